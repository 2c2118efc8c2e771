package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// held is how much memory a process has, and the most that it had, in bytes.
type held struct{ resident, peak int64 }

// memoryOf reads how much memory a process has. It is nothing where the system
// does not say.
func memoryOf(pid int) (held, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if errors.Is(err, fs.ErrNotExist) {
		return held{}, nil
	}
	var h held
	for line := range strings.Lines(string(status)) {
		for name, field := range map[string]*int64{"VmRSS:": &h.resident, "VmHWM:": &h.peak} {
			if after, ok := strings.CutPrefix(line, name); ok {
				if _, err := fmt.Sscanf(after, "%d kB", field); err != nil {
					return h, err
				}
				*field <<= 10
			}
		}
	}
	return h, err
}

// settling returns how long a server is left to itself before it is measured: it
// goes through every case for what is due, and for the alerts.
func (s size) settling() time.Duration {
	return 5*time.Second + time.Duration(s.n)*300*time.Microsecond
}

// pause lets time pass, or returns the context's error.
func pause(ctx context.Context, settling time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(settling):
		return nil
	}
}

// served starts a server on a store as an LMC has it, alerts and all, and returns
// how long it took to be ready, and the memory that it has when it has been left
// to itself.
func (b *bench) served(ctx context.Context, store string, settling time.Duration) (h held, ready time.Duration, err error) {
	began := time.Now()
	s, err := b.serve(ctx, store)
	if err != nil {
		return h, 0, err
	}
	ready = time.Since(began)
	defer func() { err = withStop(err, s) }()
	if err := pause(ctx, settling); err != nil {
		return h, 0, err
	}
	h, err = memoryOf(s.process.Process.Pid)
	return h, ready, err
}

// measureMemory measures servers that have the store open, and rebuild its
// views, against one that has an empty store.
func (b *bench) measureMemory(ctx context.Context, st stores) error {
	if st.large() { // it was measured with the rebuild
		return nil
	}
	_, err := b.rememberAll(ctx, st)
	return err
}

// rememberAll is measureMemory, and returns how long the rebuilding server took
// to be ready.
func (b *bench) rememberAll(ctx context.Context, st stores) (ready time.Duration, err error) {
	empty, err := b.emptyStore(ctx, st)
	if err != nil {
		return 0, err
	}
	var idle, open, rebuilt held
	if idle, _, err = b.served(ctx, empty, 5*time.Second); err != nil {
		return 0, err
	}
	if err := os.Remove(filepath.Join(st.parley, "views.db")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return 0, err
	}
	if rebuilt, ready, err = b.served(ctx, st.parley, st.settling()); err != nil {
		return 0, err
	}
	if open, _, err = b.served(ctx, st.parley, st.settling()); err != nil {
		return 0, err
	}
	if idle.resident == 0 {
		b.say("memory is left out: this system does not say")
		return ready, nil
	}
	against := memory(idle.resident)
	with := func(name, what string, most int64, g *goal) row {
		return compared(name, what, memory(most), against, "with an empty store", []float64{ratio(most, idle.resident)}, g)
	}
	if st.n > perLMC { // the goal of four times is that of an LMC's decade
		b.add(with("memory", "memory of a server with the store", open.resident, nil).within(goal{2048, false, 6}))
	} else {
		b.add(with("memory", "memory of a server with the store", open.resident, &goal{4, false, 6}))
	}
	b.add(with("memory-peak", "the most while its server rebuilds all views", rebuilt.peak, nil).within(goal{2048, false, 6}))
	return ready, nil
}
