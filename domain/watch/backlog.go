package watch

import (
	"context"
	"sync"
	"time"

	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/domain/deadline"
)

// tally is the backlog as it was last counted. That is done when something is
// found that belongs in one, and once for each sweep: where somebody watches all
// the time there is none. On another day, as when the machine has slept, it is
// another.
type tally struct {
	counting sync.Mutex // held while it is counted
	mu       sync.Mutex
	of       alerting.Backlog
	day      calendar.Date
	forgot   int // how often it was forgotten
}

// known returns the backlog if it has been counted on that day, else nil.
func (t *tally) known(now time.Time) alerting.Backlog {
	b, _ := t.last(now)
	return b
}

// last is known, with how often it was forgotten.
func (t *tally) last(now time.Time) (b alerting.Backlog, forgot int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.day == deadline.InLondon(now).Date {
		b = t.of
	}
	return b, t.forgot
}

// forget has it counted again when it is next asked for.
func (t *tally) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.of = nil
	t.forgot++
}

// note keeps what was counted, unless it was forgotten meanwhile.
func (t *tally) note(b alerting.Backlog, now time.Time, forgot int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.forgot == forgot {
		t.of, t.day = b, deadline.InLondon(now).Date
	}
}

// backlog returns the backlog, and counts it first if that has not been done. It
// must be called before any of it is told.
func (w *Watch) backlog(ctx context.Context, sc scene) (alerting.Backlog, error) {
	w.tally.counting.Lock()
	defer w.tally.counting.Unlock()
	now := w.Clock().UTC()
	known, forgot := w.tally.last(now)
	if known != nil {
		return known, nil
	}
	b := alerting.Backlog{}
	err := w.eachCase(ctx, func(of []alerting.Deadline) error {
		recorded, err := w.recorded(ctx, of[0].Ref)
		for _, d := range of {
			b.Add(sc.policy, sc.cal, now, alerting.Wanted(sc.policy, sc.cal, d.AsOf(now), recorded), recorded)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	w.tally.note(b, now, forgot)
	return b, nil
}

// behind reports whether anything about a case belongs in a backlog.
func (c attended) behind() bool {
	b := alerting.Backlog{}
	for _, t := range c.tasks {
		b.Add(c.policy, c.cal, c.now, t.wanted, c.recorded)
	}
	return len(b) > 0
}
