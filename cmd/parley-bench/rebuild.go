package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"parley/adapters/feed"
	"parley/adapters/storedir"
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
	rounds := b.rounds(st, 5)
	switch {
	case st.n > 100*yearly:
		rounds = 1
	case st.n > perLMC:
		rounds = 3
	}
	var took [4]times
	for range rounds {
		for i, do := range []func() error{
			func() error { _, err := o.raw.consume(ctx, ""); return err },
			func() error { return o.log.Scan(ctx, 0, func(events.Recorded) error { return nil }) },
			func() error { _, err := walk(ctx, o.log, storedir.Mark(last)); return err },
			func() error { return rebuild(ctx, o, filepath.Join(st.raw, "views.db")) },
		} {
			began := time.Now()
			if err := do(); err != nil {
				return err
			}
			took[i] = append(took[i], time.Since(began))
		}
	}
	n := int(last.Position)
	rates := func(name, what string, t times, g *goal) row {
		var ratios []float64
		for round := range t {
			ratios = append(ratios, ratio(took[0][round], t[round])) // of the rates
		}
		return compared(name, what, t.rate(n), took[0].rate(n), "ordered consumer, nothing decoded", ratios, g)
	}
	b.add(
		rates("scan", "all commits read and decoded, each checked by its own hash", took[1], nil),
		rates("audit", "the same with the chain of each line and every command's ID checked (parley verify)", took[2], nil),
		rates("rebuild", "rebuild of all views, on disk, with the chain of each line checked", took[3], &goal{1, true, 4}),
	)
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
