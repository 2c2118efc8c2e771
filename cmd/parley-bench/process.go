package main

import (
	"context"
	"fmt"
	"os/exec"
)

// measureProcesses compares commands, from the start of the process to its end,
// with a process that starts a server on a copy of the store, appends one
// message and stops.
func (b *bench) measureProcesses(ctx context.Context, st stores) error {
	// The first opening of a store takes its copy, and builds the views.
	if err := b.parleyDoes(ctx, st.parley, "case", "list")(0); err != nil {
		return err
	}
	rawly := func(int) error { return complete(exec.CommandContext(ctx, b.self, "raw-append", st.raw)) }
	if err := rawly(0); err != nil {
		return err
	}
	for _, c := range []struct {
		name string
		args []string
		goal *goal
	}{
		{"case note", []string{"case", "note", st.ref(300), "--text", noteText}, &goal{1.5, false, 5}},
		{"case open", []string{"case", "open", "--icb", "QR1", "--service", "ecg", "--title", "ECGs", "--practice", code(1)}, nil},
		{"case show", []string{"case", "show", st.ref(301)}, nil},
		{"deadline list", []string{"deadline", "list", "--within", "14d"}, nil},
	} {
		n := 7
		if st.years > 1 && c.name == "deadline list" { // it reads every case
			n = 1
		}
		p, err := turns(b.rounds(5), n, b.parleyDoes(ctx, st.parley, c.args...), rawly)
		if err != nil {
			return err
		}
		b.rows = append(b.rows, compared(st.name, "process: parley "+c.name, p.parley.String(), p.raw.String()+" (raw start, append, stop)", p.ratios, c.goal))
	}
	return nil
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
