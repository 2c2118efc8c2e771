package watch

import (
	"context"
	"sync"

	"parley/domain/alerting"
)

// tally is the backlog as it was last counted. That is done when something is
// found that belongs in one, and once for each sweep: where somebody watches all
// the time there is none.
type tally struct {
	counting sync.Mutex // held while it is counted
	mu       sync.Mutex
	of       alerting.Backlog
}

// known returns the backlog if it has been counted, else nil.
func (t *tally) known() alerting.Backlog {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.of
}

func (t *tally) note(b alerting.Backlog) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.of = b
}

// backlog returns the backlog, and counts it first if that has not been done. It
// must be called before any of it is told.
func (w *Watch) backlog(ctx context.Context, sc scene) (alerting.Backlog, error) {
	w.tally.counting.Lock()
	defer w.tally.counting.Unlock()
	if b := w.tally.known(); b != nil {
		return b, nil
	}
	cases, err := w.everyDeadline(ctx)
	if err != nil {
		return nil, err
	}
	b, now := alerting.Backlog{}, w.Clock().UTC()
	for _, of := range cases {
		recorded, err := w.recorded(ctx, of[0].Ref)
		if err != nil {
			return nil, err
		}
		for _, d := range of {
			b.Add(sc.policy, sc.cal, now, alerting.Wanted(sc.policy, sc.cal, d.AsOf(now), recorded), recorded)
		}
	}
	w.tally.note(b)
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
