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
	"runtime"
	"runtime/debug"
	"syscall"
	"time"
	_ "time/tzdata" // Windows has no time zones of its own

	"golang.org/x/term"
)

// How much garbage may gather before it is collected, in percent of what is in
// use, or at the beginning of 4 MB, where the runtime counts from.
const (
	unhurried = 1600 // 64 MB: most commands are over by then
	usual     = 100
)

// plenty is how many bytes a process may come to before garbage is collected more
// often than that: a log of all England fits twice.
const plenty = 1280 << 20

// collectLate has garbage collected as usual from its first collection on, and
// that late: a command that is over before needs none. Whoever runs the program
// and says when (GOGC) is obeyed.
func collectLate() {
	if os.Getenv("GOGC") != "" {
		return
	}
	debug.SetGCPercent(unhurried)
	runtime.AddCleanup(new([64]byte), func(percent int) { debug.SetGCPercent(percent) }, usual)
}

// collectAsUsual has garbage collected as usual, in what is known to go on for
// long. Whoever says how large it may become (GOMEMLIMIT) is obeyed.
func collectAsUsual() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(usual)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(plenty)
	}
}

func main() {
	collectLate()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second interrupt ends the program where it stands
	a := &app{
		stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr,
		getenv: os.Getenv, now: time.Now,
		terminal: term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stderr.Fd())),
		width:    width(os.Stdout), told: width(os.Stderr),
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
