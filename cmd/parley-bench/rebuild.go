package main

import (
	"context"
	"errors"
	"os"
	"time"

	"parley/adapters/feed"
	"parley/adapters/natslog"
	"parley/adapters/storedir"
	"parley/events"
)

// measureRebuild compares a rebuild of all views, every commit decoded and
// checked, with what an ordered consumer reads without looking at it. The views
// stay, as they usually are there.
func (b *bench) measureRebuild(ctx context.Context, st stores) (err error) {
	o, err := openBoth(ctx, st, makeBare)
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
		rounds = min(rounds, 3)
	}
	all := readings(ctx, o, last)
	took := make([]times, len(all))
	for range rounds {
		for i, way := range all {
			began := time.Now()
			if err := way.do(); err != nil {
				return err
			}
			took[i] = append(took[i], time.Since(began))
		}
	}
	for i, way := range all[1:] {
		var ratios []float64
		for round := range rounds {
			ratios = append(ratios, ratio(took[0][round], took[i+1][round])) // of the rates
		}
		n := int(last.Position)
		b.add(compared(way.name, way.what, took[i+1].rate(n), took[0].rate(n), "ordered consumer, nothing decoded", ratios, way.goal))
	}
	return nil
}

// reading is one way to go through the whole log.
type reading struct {
	name, what string
	goal       *goal
	do         func() error
}

// readings returns the ways to go through the log; the first is what the others
// are compared with.
func readings(ctx context.Context, o both, last natslog.Mark) []reading {
	return []reading{
		{"consumer", "", nil, func() error { _, err := o.raw.consume(ctx, ""); return err }},
		{"scan", "all commits read and decoded, each checked by its own hash", nil, func() error {
			return o.log.Scan(ctx, 0, func(events.Recorded) error { return nil })
		}},
		{"audit", "the same with the chain of each line and every command's ID checked (parley verify)", nil, func() error {
			_, err := walk(ctx, o.log, storedir.Mark(last))
			return err
		}},
		{"rebuild", "rebuild of all views, on disk, with the chain of each line checked", &goal{1, true, 4}, func() error { return rebuild(ctx, o) }},
	}
}

// rebuild grows all views from the log, in place of those that there are.
func rebuild(ctx context.Context, o both) error {
	if err := os.RemoveAll(o.dir.ViewsPath()); err != nil {
		return err
	}
	v, err := feed.OpenViews(o.dir.ViewsPath(), o.log)
	if err != nil {
		return err
	}
	return errors.Join(v.CatchUp(ctx, 0), v.Close())
}
