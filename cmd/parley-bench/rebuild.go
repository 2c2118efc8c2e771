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
	if st.large() {
		return b.measureOnce(ctx, st)
	}
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
	if st.n > perLMC {
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

// measureOnce is measureRebuild for a store that takes long: everything is done
// once. The audit is the one that the store had when it was made, and the rebuild
// is that of a server that is started without views, whose memory is measured too.
func (b *bench) measureOnce(ctx context.Context, st stores) (err error) {
	o, err := openBoth(ctx, st, makeBare)
	if err != nil {
		return err
	}
	last, err := o.log.Last(ctx)
	var took [2]time.Duration
	for i, way := range readings(ctx, o, last)[:2] {
		began := time.Now()
		err = errors.Join(err, way.do())
		took[i] = time.Since(began)
	}
	if err := errors.Join(err, o.close()); err != nil {
		return err
	}
	ready, err := b.rememberAll(ctx, st)
	if err != nil {
		return err
	}
	n := int(last.Position)
	for _, r := range []struct {
		name, what string
		took       time.Duration
		goal       *goal
	}{
		{"scan", "all commits read and decoded, each checked by its own hash", took[1], nil},
		{"audit", "the audit when the store was made", b.audited, nil},
		{"rebuild", "the start of a server that rebuilds all views", ready, &goal{1, true, 4}},
	} {
		if r.took > 0 { // a store that was kept was not made
			b.add(compared(r.name, r.what, times{r.took}.rate(n), times{took[0]}.rate(n), "ordered consumer, nothing decoded",
				[]float64{ratio(took[0], r.took)}, r.goal))
		}
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
