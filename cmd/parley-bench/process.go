package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"parley/adapters/storedir"
)

// verb is a command of the program that is timed.
type verb struct {
	name string
	args []string
	goal *goal
}

// verbs returns the commands whose processes are timed on a store.
func verbs(st stores, note *goal) []verb {
	lmc := st.lmcs[0]
	return []verb{
		{"case note", []string{"case", "note", st.ref(300), "--text", noteText}, note},
		{"case open", []string{"case", "open", "--icb", lmc.icb, "--service", "ecg", "--title", "ECGs", "--practice", lmc.practices[1]}, nil},
		{"case show", []string{"case", "show", st.ref(301)}, nil},
		{"deadline list", []string{"deadline", "list", "--within", "14d"}, nil},
	}
}

// often is how often a verb is run in a round: what reads every case, less often.
func (v verb) often(st stores) int {
	if st.n > yearly && v.name == "deadline list" {
		return 1
	}
	return 7
}

// measureProcesses compares commands, from the start of the process to its end,
// with a process that starts a server on a copy of the store, appends one
// message and stops.
func (b *bench) measureProcesses(ctx context.Context, st stores) error {
	// The first opening of a store takes its copy, and builds the views.
	if err := b.parleyDoes(ctx, st.parley, "case", "show", st.ref(0))(0); err != nil {
		return err
	}
	rawly := func(int) error { return complete(exec.CommandContext(ctx, b.self, "raw-append", st.raw)) }
	if err := rawly(0); err != nil {
		return err
	}
	for _, v := range verbs(st, &goal{1.5, false, 5}) {
		p, err := turns(b.rounds(st, 5), v.often(st), b.parleyDoes(ctx, st.parley, v.args...), rawly)
		if err != nil {
			return err
		}
		b.add(p.row("process "+v.name, "process: parley "+v.name, "raw start, append, stop", v.goal))
	}
	return nil
}

// measureServer compares commands whose store a server has open with a program
// that only connects to that server, and with psql where there is one.
func (b *bench) measureServer(ctx context.Context, st stores) (err error) {
	s, err := b.serve(ctx, st.parley, "--alerts=false")
	if err != nil {
		return err
	}
	defer func() { err = withStop(err, s) }()
	if err := pause(ctx, st.settling()); err != nil {
		return err
	}
	connects := func(int) error { return complete(exec.CommandContext(ctx, b.connect, s.at.URL, s.at.Seed)) }
	for _, v := range verbs(st, &goal{1.5, false, 5}) {
		p, err := turns(b.rounds(st, 5), v.often(st), b.parleyDoes(ctx, st.parley, v.args...), connects)
		if err != nil && v.goal == nil && ctx.Err() == nil { // a list that takes too long is an answer too
			b.say("%s: %v", v.name, err)
			b.add(row{Figure: "server " + v.name, What: "with a server: parley " + v.name, Parley: "**fails**", Against: "it must be answered within 15 s", Unit: "µs"})
			continue
		}
		if err != nil {
			return err
		}
		b.add(p.row("server "+v.name, "with a server: parley "+v.name, "connecting and nothing else", v.goal))
	}
	psql := b.peers.psql()
	if psql == nil {
		b.say("psql is left out: there is no PostgreSQL here")
		return nil
	}
	selects := func(int) error { return complete(exec.CommandContext(ctx, psql[0], psql[1:]...)) }
	note := verbs(st, nil)[0]
	p, err := turns(b.rounds(st, 5), note.often(st), b.parleyDoes(ctx, st.parley, note.args...), selects)
	if err == nil {
		b.add(p.row("server psql", "the same parley case note", "psql select 1", &goal{1, false, 5}))
	}
	return err
}

// parleyDoes returns what runs a command of the program on a store.
func (b *bench) parleyDoes(ctx context.Context, store string, args ...string) func(int) error {
	args = append([]string{"--store", store, "-o", "json"}, args...)
	return func(int) error { return complete(exec.CommandContext(ctx, b.parley, args...)) }
}

// complete runs a process to its end, and says what it printed if that was bad.
func complete(c *exec.Cmd) error {
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%v: %w: %s", c.Args, err, out)
	}
	return nil
}

// serving is a parley serve at work.
type serving struct {
	process *exec.Cmd
	said    strings.Builder
	ended   chan error
	at      storedir.Serving
}

// serve starts parley serve on a store, and returns once it lets clients in.
func (b *bench) serve(ctx context.Context, store string, args ...string) (*serving, error) {
	s := &serving{ended: make(chan error, 1)}
	s.process = exec.CommandContext(ctx, b.parley, append([]string{"--store", store, "serve"}, args...)...)
	s.process.Stderr = &s.said
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	go func() { s.ended <- s.process.Wait() }()
	for {
		select {
		case err := <-s.ended:
			return nil, fmt.Errorf("parley serve ended: %w: %s", err, &s.said)
		case <-time.After(20 * time.Millisecond):
		}
		var there bool
		if s.at, there = storedir.Discover(store); there && s.at.PID == s.process.Process.Pid {
			return s, nil
		}
	}
}

// stop stops the server, and waits until it has put everything away.
func (s *serving) stop() error {
	if err := s.process.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	if err := <-s.ended; err != nil {
		return fmt.Errorf("parley serve ended: %w: %s", err, &s.said)
	}
	return nil
}

// withStop stops a server, whatever has happened before.
func withStop(err error, s *serving) error {
	if stopped := s.stop(); err == nil {
		err = stopped
	}
	return err
}

// emptyStore makes a store in which nothing is, beside another.
func (b *bench) emptyStore(ctx context.Context, st stores) (string, error) {
	path := filepath.Join(filepath.Dir(st.parley), "empty")
	if err := os.RemoveAll(path); err != nil {
		return "", err
	}
	return path, b.parleyDoes(ctx, path, "init", "--lmc", "Empty", "--code", ownCode, "--actor", "bench")(0)
}
