package main

import (
	"context"
	"errors"

	"parley/domain/negotiation"
	"parley/events"
)

// measureLoads measures how long it takes to know a case well enough to decide.
func (b *bench) measureLoads(ctx context.Context, st stores) (err error) {
	o, err := openBoth(ctx, st, makeBed)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	// Any case of the store, and each time another.
	anyOf := func(i int) string { return st.timeline.ref(st.cases[i*7919%len(st.cases)]) }
	view, stream, consumer := func(i int) error {
		file, ok, err := o.views.Case(ctx, anyOf(i))
		return errors.Join(err, some(file.Version, commits), map[bool]error{false: errNothing}[ok])
	}, func(i int) error {
		h, err := o.log.Read(ctx, events.Case(anyOf(i)), 0)
		if err == nil && negotiation.Fold(h).Ref == "" {
			err = errNothing
		}
		return errors.Join(err, some(len(h), commits))
	}, func(i int) error {
		n, err := o.raw.consume(ctx, "es.case."+anyOf(i))
		return errors.Join(err, some(n, commits))
	}
	p, err := turns(b.rounds(st, 5), 40, view, stream)
	if err != nil {
		return err
	}
	b.add(p.row("load-view", "a case of 20 commits from the view on disk", "from the stream", nil))
	inUse := func(int) error { return view(0) }
	if p, err = turns(b.rounds(st, 5), 40, inUse, stream); err != nil {
		return err
	}
	b.add(p.row("load-live", "a case in use from the live view", "a case from the stream", nil).within(goal{20, false, 3}))
	if p, err = turns(b.rounds(st, 5), 20, stream, consumer); err != nil {
		return err
	}
	b.add(p.row("load-stream", "a case of 20 commits from the stream, decoded, checked and folded", "ordered consumer", &goal{0.125, false, 3}))
	return nil
}
