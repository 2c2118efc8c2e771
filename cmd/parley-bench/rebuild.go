package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"parley/adapters/feed"
	"parley/events"
)

// measureRebuild compares a rebuild of all views, every commit decoded and
// checked, with what an ordered consumer reads without looking at it.
func (b *bench) measureRebuild(ctx context.Context, st stores) (err error) {
	o, err := openBoth(ctx, st)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	last, err := o.log.Last(ctx)
	if err != nil {
		return err
	}
	rounds := b.rounds(5)
	if st.years > 1 {
		rounds = min(rounds, 3)
	}
	var scanned, rebuilt pair
	for range rounds {
		var took [3]time.Duration
		for i, do := range []func() error{
			func() error { _, err := o.raw.consume(ctx, ""); return err },
			func() error { return o.log.Scan(ctx, 0, func(events.Recorded) error { return nil }) },
			func() error { return rebuild(ctx, o, filepath.Join(st.raw, "views.db")) },
		} {
			began := time.Now()
			if err := do(); err != nil {
				return err
			}
			took[i] = time.Since(began)
		}
		for p, i := range map[*pair]int{&scanned: 1, &rebuilt: 2} {
			p.raw, p.parley = append(p.raw, took[0]), append(p.parley, took[i])
			p.ratios = append(p.ratios, ratio(took[0], took[i])) // of the rates
		}
	}
	rate := func(t times) string { return fmt.Sprintf("%.3g k/s", float64(last.Position)/1e3/t.p50().Seconds()) }
	b.rows = append(b.rows,
		compared(st.name, "all commits read, decoded and checked", rate(scanned.parley), rate(scanned.raw)+" (ordered consumer, nothing decoded)", scanned.ratios, nil),
		compared(st.name, "rebuild of all views, on disk", rate(rebuilt.parley), rate(rebuilt.raw)+" (ordered consumer, nothing decoded)", rebuilt.ratios, &goal{1, true, 4}))
	return nil
}

// rebuild grows all views from the log into a file of their own.
func rebuild(ctx context.Context, o both, path string) error {
	if err := os.RemoveAll(path); err != nil {
		return err
	}
	v, err := feed.OpenViews(path, o.log)
	if err != nil {
		return err
	}
	return errors.Join(v.CatchUp(ctx, 0), v.Close(), os.Remove(path))
}

// held is what a process says of its own memory.
type held struct {
	Resident int64 `json:"resident"` // bytes
	Peak     int64 `json:"peak"`
}

// hold is a process of its own: it opens a store with its views and says how
// much memory that takes.
func hold(ctx context.Context, dir string, stdout io.Writer) error {
	debug.SetGCPercent(400) // as the program does, where it need not rebuild
	return sayMemory(ctx, dir, stdout)
}

func sayMemory(ctx context.Context, dir string, stdout io.Writer) error {
	s, err := makeBed(ctx, dir)
	if err != nil {
		return errors.Join(err, s.close())
	}
	m, err := memory()
	return errors.Join(err, json.NewEncoder(stdout).Encode(m), s.close())
}

// rebuildAlone is a process of its own: it opens a store without its views,
// rebuilds them, and says how much memory that takes.
func rebuildAlone(ctx context.Context, dir string, stdout io.Writer) error {
	if err := os.Remove(filepath.Join(dir, "views.db")); err != nil {
		return err
	}
	return sayMemory(ctx, dir, stdout)
}

// memory reads how much memory this process has, and the most that it had. It
// is nothing where the system does not say.
func memory() (held, error) {
	status, err := os.ReadFile("/proc/self/status")
	if errors.Is(err, os.ErrNotExist) {
		return held{}, nil
	}
	var m held
	for line := range strings.Lines(string(status)) {
		for name, field := range map[string]*int64{"VmRSS:": &m.Resident, "VmHWM:": &m.Peak} {
			if after, ok := strings.CutPrefix(line, name); ok {
				if _, err := fmt.Sscanf(after, "%d kB", field); err != nil {
					return m, err
				}
				*field <<= 10
			}
		}
	}
	return m, err
}

// measureMemory measures processes that open the store, and rebuild its views,
// against one that opens an empty store.
func (b *bench) measureMemory(ctx context.Context, st stores) error {
	said := func(part, dir string) (held, error) {
		var m held
		out, err := exec.CommandContext(ctx, b.self, part, dir).Output()
		if err == nil {
			err = json.Unmarshal(out, &m)
		}
		return m, err
	}
	empty := filepath.Join(filepath.Dir(st.parley), "empty")
	if err := b.parleyDoes(ctx, empty, "init", "--lmc", "Empty", "--code", "GLO", "--actor", "bench")(0); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(empty) }()
	if err := b.parleyDoes(ctx, st.parley, "case", "list")(0); err != nil { // the views are there, as they usually are
		return err
	}
	var open, idle, rebuilt held
	for _, m := range []struct {
		held *held
		part string
		dir  string
	}{{&idle, "hold", empty}, {&open, "hold", st.parley}, {&rebuilt, "rebuild", st.parley}} {
		var err error
		if *m.held, err = said(m.part, m.dir); err != nil {
			return err
		}
	}
	if idle.Resident == 0 {
		b.say("memory: this system does not say")
		return nil
	}
	mib := func(n int64) string { return fmt.Sprintf("%d MiB", n>>20) }
	against := mib(idle.Resident) + " (empty store)"
	b.rows = append(b.rows,
		compared(st.name, "memory with the store and its views open", mib(open.Resident), against, []float64{ratio(open.Resident, idle.Resident)}, &goal{4, false, 6}),
		compared(st.name, "the most while all views are rebuilt", mib(rebuilt.Peak), against, []float64{ratio(rebuilt.Peak, idle.Resident)}, nil))
	return nil
}
