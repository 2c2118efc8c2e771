package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/google/uuid"

	"parley/domain/casework"
	"parley/domain/negotiation"
	"parley/events"
)

func request() (casework.Request, error) {
	id, err := uuid.NewV7()
	return casework.Request{Command: id, Actor: "bench"}, err
}

// noteText is a note of the length of those in the store.
const noteText = "Rang the contracts team again: they have the figures now, and will answer before the month ends"

// measureDesk measures commands against raw durable appends.
func (b *bench) measureDesk(ctx context.Context, st stores) (err error) {
	o, err := openBoth(ctx, st)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	return errors.Join(b.commands(ctx, st, o), b.threeFacts(ctx, st, o))
}

// commands compares one command with one raw append of a payload as long.
func (b *bench) commands(ctx context.Context, st stores, o both) error {
	payload := make([]byte, ordinary)
	rounds, n := b.rounds(7), 300
	for _, c := range []struct {
		what string
		ref  func(i int) string
		goal *goal
	}{
		{"a command through the Desk, on a case that it has in mind", func(i int) string { return st.ref(i % 8) }, &goal{1.15, false, 1}},
		{"the same, each on a case that it has to look up", func(i int) string { return st.ref(8 + i) }, nil},
	} {
		if rounds*n > cases-8 {
			n = min(n, (cases-8)/rounds) // each case is to be new to the desk
		}
		subjects := lines("command", 8)
		for i := range subjects {
			if err := errors.Join(o.raw.publish(ctx, subjects[i], payload), o.do(ctx, st.ref(i), negotiation.AddNote{Text: noteText}, 1)); err != nil {
				return err
			}
		}
		p, err := turns(rounds, n, func(i int) error {
			return o.do(ctx, c.ref(i), negotiation.AddNote{Text: noteText}, 1)
		}, func(i int) error {
			return o.raw.publish(ctx, subjects[i%8], payload)
		})
		if err != nil {
			return err
		}
		b.rows = append(b.rows, compared(st.name, c.what, p.parley.String(), p.raw.String()+" (raw append)", p.ratios, c.goal))
	}
	return nil
}

// threeFacts compares a command of three events with one of one event.
func (b *bench) threeFacts(ctx context.Context, st stores, o both) error {
	rounds, n := b.rounds(7), 50
	join := func(i, from, to int) error {
		// The practices of a case are the four from its own number on; these are others.
		var codes []string
		for k := from; k < to; k++ {
			codes = append(codes, code((i%practices+joined+k)%practices))
		}
		return o.do(ctx, st.ref(i), negotiation.Join{Practices: codes}, to-from)
	}
	for i := range rounds * n { // the cases are to be in mind
		if err := o.do(ctx, st.ref(i), negotiation.AddNote{Text: noteText}, 1); err != nil {
			return err
		}
	}
	p, err := turns(rounds, n, func(i int) error { return join(i, 0, 3) }, func(i int) error { return join(i, 3, 4) })
	if err != nil {
		return err
	}
	b.rows = append(b.rows, compared(st.name, "a command of three events", p.parley.String(), p.raw.String()+" (of one event)", p.ratios, &goal{1.3, false, 1}))
	return nil
}

// writers is how many write at once.
const writers = 16

// measureWriters compares how much sixteen writers get done, each on a case, or
// a subject, of its own.
func (b *bench) measureWriters(ctx context.Context, st stores) (err error) {
	o, err := openBoth(ctx, st)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	payload, subjects := make([]byte, ordinary), lines("writer", writers)
	ours := func(w int) error { return o.do(ctx, st.ref(w), negotiation.AddNote{Text: noteText}, 1) }
	theirs := func(w int) error { return o.raw.publish(ctx, subjects[w], payload) }
	const each = 250
	var rates [2]times // of one append, on the average
	var ratios []float64
	for round := range b.rounds(9) {
		var took [2]time.Duration
		for turn := range 2 {
			which := (round + turn) % 2
			if took[which], err = together(each, []func(int) error{ours, theirs}[which]); err != nil {
				return err
			}
		}
		ratios = append(ratios, ratio(took[1], took[0]))
		rates[0], rates[1] = append(rates[0], took[0]/(writers*each)), append(rates[1], took[1]/(writers*each))
	}
	b.rows = append(b.rows, compared(st.name, "sixteen writers on different cases",
		perSecond(rates[0]), perSecond(rates[1])+" (raw appends)", ratios, &goal{0.95, true, 2}))
	return nil
}

func perSecond(each times) string {
	return fmt.Sprintf("%.3g k/s", 1e6/float64(each.p50()))
}

// together has every writer do something so many times, and returns how long
// that took in all.
func together(each int, do func(writer int) error) (time.Duration, error) {
	errs := make([]error, writers)
	var all sync.WaitGroup
	began := time.Now()
	for w := range writers {
		all.Go(func() {
			for range each {
				if errs[w] = do(w); errs[w] != nil {
					return
				}
			}
		})
	}
	all.Wait()
	return time.Since(began), errors.Join(errs...)
}

// measureLoads measures how long it takes to know a case well enough to decide.
func (b *bench) measureLoads(ctx context.Context, st stores) (err error) {
	o, err := openBoth(ctx, st)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	view, stream, consumer := func(i int) error {
		file, ok, err := o.views.Case(ctx, st.ref(200+i))
		return errors.Join(err, some(len(file.Commands), 20), map[bool]error{false: errNothing}[ok])
	}, func(i int) error {
		h, err := o.log.Read(ctx, events.Case(st.ref(200+i)), 0)
		if err == nil && negotiation.Fold(h).Ref == "" {
			err = errNothing
		}
		return errors.Join(err, some(len(h), 20))
	}, func(i int) error {
		n, err := o.raw.consume(ctx, "es.case."+st.ref(200+i))
		return errors.Join(err, some(n, 20))
	}
	p, err := turns(b.rounds(5), 40, view, stream)
	if err != nil {
		return err
	}
	r := compared(st.name, "a case of 20 commits from the view on disk", p.parley.String(), p.raw.String()+" (from the stream)", p.ratios, nil)
	r.Goal, r.Met = "≤ 20 µs (goal 3)", goal{20, false, 3}.met(float64(p.parley.p50())/1e3)
	b.rows = append(b.rows, r)
	if p, err = turns(b.rounds(5), 20, stream, consumer); err != nil {
		return err
	}
	b.rows = append(b.rows, compared(st.name, "a case of 20 commits from the stream, decoded, checked and folded",
		p.parley.String(), p.raw.String()+" (ordered consumer)", p.ratios, &goal{0.125, false, 3}))
	return nil
}
