// Command parley tracks the negotiations of a Local Medical Committee: the
// cases its practices bring, the offers made, the notices served, and the
// dates that all of it turns on.
//
// main wires the adapters to the domain and turns errors into exit codes; each
// verb stands in a file of its own and does three things: it reads its flags,
// makes one call, and prints the answer. No rule lives here.
//
// What a verb calls is an rpc.Office: that of the store (localOffice), which is
// opened for it, or that of a server which has the store open (rpc.Client). The
// verb serve is such a server. It answers for the same localOffice, and watches
// the deadlines.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
	_ "time/tzdata" // Windows has no time zones of its own

	"golang.org/x/term"
)

// How much garbage may gather before it is collected, in percent of what is in
// use. A command is mostly over before it is worth a collection. What goes on for
// longer, a server or the taking in of a long log, keeps to twice what it needs.
const (
	garbage     = 400
	lessGarbage = 100
)

// collectAt has garbage collected when so much of it has gathered, unless whoever
// runs the program has said when.
func collectAt(percent int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}

func main() {
	collectAt(garbage)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second interrupt ends the program where it stands
	a := &app{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		getenv: os.Getenv, now: time.Now,
		terminal: term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stderr.Fd())),
		width:    width(os.Stdout),
	}
	code := a.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// width returns how many columns a terminal has, and 0 for what is none.
func width(f *os.File) int {
	w, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return w
}
