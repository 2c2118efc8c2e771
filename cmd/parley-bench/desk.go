package main

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"parley/domain/casework"
	"parley/domain/negotiation"
)

func request() (casework.Request, error) {
	id, err := uuid.NewV7()
	return casework.Request{Command: id, Actor: "bench"}, err
}

// noteText is a note of the length of those in the store.
const noteText = "Rang the contracts team again: they have the figures now, and will answer before the month ends"

// measureDesk measures commands against raw durable appends.
func (b *bench) measureDesk(ctx context.Context, st stores) (err error) {
	o, err := openBoth(ctx, st, makeBed)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	return errors.Join(b.commands(ctx, st, o), b.threeFacts(ctx, st, o))
}

// commands compares one command with one raw append of a payload as long.
func (b *bench) commands(ctx context.Context, st stores, o both) error {
	payload := make([]byte, ordinary)
	rounds := b.rounds(st, 7)
	for _, c := range []struct {
		name, what string
		n          int
		ref        func(i int) string
		goal       *goal
	}{
		{"append", "a command through the Desk, on a case that it has in mind", 300, func(i int) string { return st.ref(i % 8) }, &goal{1.15, false, 1}},
		{"append-cold", "the same, each on a case that it has to look up", min(300, (len(st.open)-8)/rounds), func(i int) string { return st.ref(8 + i) }, nil},
	} {
		subjects := lines("command", 8)
		for i := range subjects {
			if err := errors.Join(o.raw.publish(ctx, subjects[i], payload), o.do(ctx, st.ref(i), negotiation.AddNote{Text: noteText}, 1)); err != nil {
				return err
			}
		}
		p, err := turns(rounds, c.n, func(i int) error {
			return o.do(ctx, c.ref(i), negotiation.AddNote{Text: noteText}, 1)
		}, func(i int) error {
			return o.raw.publish(ctx, subjects[i%8], payload)
		})
		if err != nil {
			return err
		}
		b.add(p.row(c.name, c.what, "raw append", c.goal))
	}
	return nil
}

// threeFacts compares a command of three events with one of one event.
func (b *bench) threeFacts(ctx context.Context, st stores, o both) error {
	rounds := b.rounds(st, 7)
	n := min(50, len(st.open)/rounds) // nobody joins a case twice
	join := func(i, from, to int) error {
		codes := st.practicesOf(st.place(i))[joined:] // those of the case itself come first
		return o.do(ctx, st.ref(i), negotiation.Join{Practices: codes[from:to]}, to-from)
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
	b.add(p.row("append-three", "a command of three events", "of one event", &goal{1.3, false, 1}))
	return nil
}

// measureWriters compares how much sixteen writers get done, each on a case, or
// a subject, of its own.
func (b *bench) measureWriters(ctx context.Context, st stores) (err error) {
	o, err := openBoth(ctx, st, makeBed)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	payload, subjects := make([]byte, ordinary), lines("writer", writers)
	const each = 250
	ways := []func(int, int) error{
		func(w, _ int) error { return o.do(ctx, st.ref(w), negotiation.AddNote{Text: noteText}, 1) },
		func(w, _ int) error { return o.raw.publish(ctx, subjects[w], payload) },
	}
	var took [2]times // of all that all of them do
	var ratios []float64
	for round := range b.rounds(st, 9) {
		var now [2]time.Duration
		for turn := range 2 {
			which := (round + turn) % 2
			if now[which], err = together(writers, each, ways[which]); err != nil {
				return err
			}
			took[which] = append(took[which], now[which])
		}
		ratios = append(ratios, ratio(now[1], now[0]))
	}
	b.add(compared("writers", "sixteen writers on different cases",
		took[0].rate(writers*each), took[1].rate(writers*each), "raw appends", ratios, &goal{0.95, true, 2}))
	return nil
}
