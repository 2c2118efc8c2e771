package watch

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"parley/domain/alerting"
	"parley/events"
)

const (
	// every is how often Run sweeps.
	every = 15 * time.Minute

	// soon is after how long it sweeps again after one that failed, and how long
	// it waits before it listens again.
	soon = 30 * time.Second
)

// Rang does what is to be done when an alarm has gone off: it looks at the case,
// or the digests, as they are at the log's head, and claims and sends what is due
// now, whatever the alarm was for. It returns when that is claimed, and while it
// is sent. After an error the alarm is to go off again.
func (w *Watch) Rang(ctx context.Context, id string) error {
	w.alarms.gone(id)
	name, err := alerting.ParseID(id)
	if err != nil {
		return nil // nobody's: that it has gone off is all that can be done about it
	}
	if w.answered(name.Ref, id) {
		return nil
	}
	sc, err := w.refresher.refresh(ctx)
	if err != nil {
		return err
	}
	if name.Person != "" {
		return w.digests(ctx, &round{}, sc)
	}
	return w.answer(ctx, &round{}, sc, name.Ref, id)
}

// Changed does what is to be done after something changed in the case with this
// reference or, for "", in what concerns all: the policy or the calendar. It
// sets the alarms that are wanted now in place of the others, and sends what is
// due at once. It returns when that is claimed, and while it is sent.
func (w *Watch) Changed(ctx context.Context, ref string) error {
	if ref == "" {
		_, err := w.sweep(ctx, &round{})
		return err
	}
	sc, err := w.refresher.refresh(ctx)
	if err != nil {
		return err
	}
	return w.attend(ctx, &round{}, sc, ref, true)
}

// Run watches until ctx ends: it sweeps at once and every 15 minutes, hears
// alarms, and follows what changes. Only the one active server should run. What
// fails is told to Config.Trouble and tried again. When ctx ends Run sees through
// what is being sent, for as long as a delivery may take, and returns nil.
func (w *Watch) Run(ctx context.Context, follow Follow) error {
	if w.Alarms == nil {
		return errors.New("a watch without alarms can only sweep")
	}
	l := &listener{w: w, dirty: map[string]bool{}, some: make(chan struct{}, 1), all: make(chan struct{}, 1)}
	after := w.Book.Position() // before the first sweep, so that nothing is missed between
	var all sync.WaitGroup
	all.Go(func() { l.follow(ctx, follow, after) })
	all.Go(func() { l.attend(ctx) })
	all.Go(func() { l.sweep(ctx) })
	all.Go(func() {
		for ctx.Err() == nil {
			w.trouble(w.Alarms.Ring(ctx, func(ctx context.Context, id string) error {
				err := w.Rang(ctx, id)
				if err != nil {
					w.trouble(fmt.Errorf("the alarm %s: %w", id, err))
				}
				return err
			}))
			pause(ctx, soon)
		}
	})
	all.Wait()
	w.Wait()
	return nil
}

// AlarmsSet returns how many alarms are set, as far as this run has set or seen
// them: 0 where another watches.
func (w *Watch) AlarmsSet() int { return w.alarms.count() }

// listener is a Watch that runs.
type listener struct {
	w *Watch

	mu    sync.Mutex
	dirty map[string]bool // cases in which something changed
	some  chan struct{}   // holds something if dirty does
	all   chan struct{}   // holds something if a sweep is wanted
}

// follow notes what changes after a position.
func (l *listener) follow(ctx context.Context, follow Follow, after uint64) {
	for ctx.Err() == nil {
		err := follow(ctx, after, func(r events.Recorded) error {
			l.note(r)
			after = r.Position
			return nil
		})
		if ctx.Err() == nil {
			l.w.trouble(fmt.Errorf("changes are not heard of: %w", err))
			pause(ctx, soon)
		}
	}
}

// note notes what a commit changed about alerts.
func (l *listener) note(r events.Recorded) {
	switch {
	case r.Aggregate.Kind == events.KindCalendar, r.Aggregate == events.AlertPolicy():
		signal(l.all)
	case r.Aggregate.Kind == events.KindCase:
		l.changed(r.Aggregate.ID)
	case r.Aggregate.Kind == events.KindAlert && r.Actor != Actor:
		l.changed(refOf(r.Aggregate.ID)) // what somebody said of an alert
	}
}

func (l *listener) changed(ref string) {
	if ref == "" {
		return
	}
	l.mu.Lock()
	l.dirty[ref] = true
	l.mu.Unlock()
	signal(l.some)
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// attend attends to the cases in which something changed.
func (l *listener) attend(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-l.some:
		}
		l.mu.Lock()
		refs := l.dirty
		l.dirty = map[string]bool{}
		l.mu.Unlock()
		sc, err := l.w.refresher.refresh(ctx)
		if err == nil {
			err = l.w.attendAll(ctx, &round{}, sc, refs, true)
		}
		if err != nil {
			l.w.trouble(err)
			pause(ctx, soon)
			signal(l.all)
		}
	}
}

// sweep sweeps at once, when it is wanted, and every now and then.
func (l *listener) sweep(ctx context.Context) {
	for ctx.Err() == nil {
		began := l.w.Clock()
		again, err := l.w.sweep(ctx, &round{})
		wait := every
		if until := again.Sub(began); !again.IsZero() && until < wait {
			wait = max(until, time.Second)
		}
		if err != nil {
			l.w.trouble(err)
			wait = min(wait, soon)
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-l.all:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// pause waits, or until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
