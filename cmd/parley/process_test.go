package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/domain/calendar"
	"parley/events"
)

// program is the built program at work on a store of its own, process by process.
type program struct {
	t     *testing.T
	path  string
	store string   // empty: none is named
	env   []string // beside what this process has
}

// newProgram builds the program and makes a store for it.
func newProgram(t *testing.T) program {
	t.Helper()
	p := newStore(t)
	p.path = filepath.Join(t.TempDir(), "parley.exe")
	build(t, p.path)
	return p
}

// newStore makes a store with a directory of practices, for this process.
func newStore(t *testing.T) program {
	t.Helper()
	dir := t.TempDir()
	p := program{t: t, store: filepath.Join(dir, "store")}
	list := filepath.Join(dir, "epraccur.csv")
	if err := os.WriteFile(list, []byte(listOfEight()), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"init", "--lmc", "Test LMC", "--code", "GLO", "--actor", "test"}, {"directory", "import", list}} {
		var stdout, stderr bytes.Buffer
		if code := p.app(&stdout, &stderr).run(t.Context(), append([]string{"--store", p.store}, args...)); code != exitOK {
			t.Fatalf("parley %s: exit %d\n%s%s", strings.Join(args, " "), code, &stdout, &stderr)
		}
	}
	return p
}

// eight are the codes of the practices in listOfEight.
func eight() []string {
	codes := make([]string, 8)
	for i := range codes {
		codes[i] = fmt.Sprintf("L8400%d", i+1)
	}
	return codes
}

// listOfEight is a list of practices of Gloucestershire as ODS publishes them.
func listOfEight() string { return listOf(eight()) }

// listOf is such a list of practices with these codes.
func listOf(codes []string) string {
	var list strings.Builder
	for i, code := range codes {
		columns := make([]string, 27)
		for col, s := range map[int]string{
			1: code, 2: fmt.Sprintf("SURGERY %d", i+1), 3: "Y58", 4: "QR1", 10: "GL1 1AA", 11: "19740401",
			13: "ACTIVE", 14: "B", 15: "11M", 16: "20200401", 22: "0", 24: "11M", 26: "RO76",
		} {
			columns[col-1] = s
		}
		list.WriteString(`"` + strings.Join(columns, `","`) + "\"\n")
	}
	return list.String()
}

// ended is how a process ended.
type ended struct {
	stdout, stderr string
	code           int // -1 if it was killed
	took           time.Duration
}

// run runs a command in a process of its own, which is killed after a time
// unless that is 0.
func (p program) run(kill time.Duration, args ...string) ended {
	p.t.Helper()
	ctx, cancel := context.WithCancel(p.t.Context())
	if kill > 0 {
		ctx, cancel = context.WithTimeout(p.t.Context(), kill)
	}
	defer cancel()
	var stdout, stderr bytes.Buffer
	line := append([]string{"-o", "json"}, args...)
	if p.store != "" {
		line = append([]string{"--store", p.store}, line...)
	}
	c := exec.CommandContext(ctx, p.path, line...)
	c.Env = append(os.Environ(), p.env...)
	c.Stdout, c.Stderr = &stdout, &stderr // killed by SIGKILL when ctx ends
	began := time.Now()
	err := c.Run()
	var exit *exec.ExitError
	switch {
	case err == nil, errors.As(err, &exit):
		return ended{stdout.String(), stderr.String(), c.ProcessState.ExitCode(), time.Since(began)}
	case ctx.Err() != nil: // it was too late to start it
		return p.run(2*kill, args...)
	}
	p.t.Fatal(err)
	return ended{}
}

// must runs a command that is to succeed, and returns what it printed.
func (p program) must(args ...string) string {
	p.t.Helper()
	e := p.run(0, args...)
	if e.code != 0 {
		p.t.Fatalf("parley %s: exit %d\n%s%s", strings.Join(args, " "), e.code, e.stdout, e.stderr)
	}
	return e.stdout
}

// acknowledged returns the answer of a command that ended well; false if it did
// not. An answer in pieces is no answer.
func (e ended) acknowledged() (changed, bool) {
	var answer changed
	if e.code != 0 || json.Unmarshal([]byte(e.stdout), &answer) != nil || answer.CommandID == "" {
		return changed{}, false
	}
	return answer, true
}

// app returns the program within this process, on the same store.
func (p program) app(stdout, stderr *bytes.Buffer) *app {
	return &app{
		stdin: strings.NewReader(""), stdout: stdout, stderr: stderr, now: time.Now,
		getenv: func(string) string { return "" }, store: p.store, wait: time.Minute, verb: "parley test", noInput: true,
	}
}

// commits returns every commit of the store's log.
func (p program) commits() events.History {
	p.t.Helper()
	var stdout, stderr bytes.Buffer
	s, err := p.app(&stdout, &stderr).openWithoutViews(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	var all events.History
	err = s.log.Scan(p.t.Context(), 0, func(r events.Recorded) error {
		all = append(all, r)
		return nil
	})
	if err := errors.Join(err, s.close()); err != nil {
		p.t.Fatal(err)
	}
	return all
}

// soon is a day some weeks ahead.
func soon() string { return calendar.At(time.Now(), time.UTC).AddDays(60).String() }
