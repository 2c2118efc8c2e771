package watch

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"parley/domain/alerting"
)

// lost is why deliveries are recorded as uncertain that were claimed and of
// which nothing was heard.
const lost = "the server ended, or could not record it, before it was known whether this was delivered"

// together is how many cases a sweep attends to at once, and how many alerts are
// claimed at once for a digest.
const together = 16

// Sweep goes over everything. It sets exactly the alarms that are wanted; makes
// good what was missed while nobody watched, by one message for each deadline, or
// the digest where that is too many; tries again what failed, makes the digests
// that are due, and records as uncertain what was claimed and never heard of
// again. It waits for what it sends.
//
// A claim of another run is left alone until two and a half minutes have passed
// (with the usual time for a delivery): no run begins a delivery later than a minute after
// its claim, and until then another may be at it. So may this one.
//
// Its error says what could not be done; the rest is done all the same. Two
// sweeps of two processes at once send nothing twice.
func (w *Watch) Sweep(ctx context.Context) (Report, error) {
	r := &round{}
	_, err := w.sweep(ctx, r)
	r.sends.Wait()
	if next, is := w.alarms.first(); is {
		r.next(next)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.rep, err
}

// sweep is Sweep without waiting for deliveries. It returns when it would be
// good to sweep again, for the sake of claims that are too fresh to be judged;
// the zero time if there are none.
func (w *Watch) sweep(ctx context.Context, r *round) (again time.Time, err error) {
	sc, err := w.refresher.refresh(ctx)
	if err != nil {
		return again, err
	}
	failed := w.alarms.load(ctx)
	w.tally.forget()
	again, err = w.judge(ctx, r)
	failed = errors.Join(failed, err)
	refs := map[string]bool{}
	err = w.eachCase(ctx, func(of []alerting.Deadline) error {
		refs[of[0].Ref] = true
		if w.Alarms == nil {
			r.foresee(sc, w.Clock(), of)
		}
		return nil
	})
	if err != nil {
		return again, errors.Join(failed, err)
	}
	for _, ref := range w.alarms.refs() { // with alarms, though nothing runs in them
		refs[ref] = true
	}
	if err := w.pending(ctx, refs); err != nil {
		failed = errors.Join(failed, err)
	}
	delete(refs, "")
	failed = errors.Join(failed, w.attendAll(ctx, r, sc, refs, false))
	if sc, err = w.refresher.refresh(ctx); err != nil {
		return again, errors.Join(failed, err)
	}
	return again, errors.Join(failed, w.digests(ctx, r, sc))
}

// attendAll attends to cases, several at once.
func (w *Watch) attendAll(ctx context.Context, r *round, sc scene, refs map[string]bool, fresh bool) error {
	err := several(ctx, slices.Collect(maps.Keys(refs)), func(ref string) error {
		if err := w.attend(ctx, r, sc, ref, fresh); err != nil {
			return fmt.Errorf("alerts of %s: %w", ref, err)
		}
		return nil
	})
	return errors.Join(err, ctx.Err())
}

// several calls f with each of all, with several at once, and returns what went
// wrong. When ctx ends it begins no more.
func several[T any](ctx context.Context, all []T, f func(T) error) (failed error) {
	next := make(chan T)
	var workers sync.WaitGroup
	var mu sync.Mutex
	for range min(together, len(all)) {
		workers.Go(func() {
			for one := range next {
				if err := f(one); err != nil {
					mu.Lock()
					failed = errors.Join(failed, err)
					mu.Unlock()
				}
			}
		})
	}
	for _, one := range all {
		if ctx.Err() != nil {
			break
		}
		next <- one
	}
	close(next)
	workers.Wait()
	return failed
}

// pending adds the cases of which something is to be tried again.
func (w *Watch) pending(ctx context.Context, refs map[string]bool) error {
	return w.Book.Pending(ctx, func(s alerting.State) bool {
		refs[refOf(s.ID)] = true
		return true
	})
}

// judge records as uncertain what was claimed and never heard of again. It
// returns when the first of those can be judged that are too fresh; the zero time
// if there are none.
func (w *Watch) judge(ctx context.Context, r *round) (again time.Time, failed error) {
	var all []alerting.State
	err := w.Book.Pending(ctx, func(s alerting.State) bool {
		all = append(all, s)
		return true
	})
	if err != nil {
		return again, err
	}
	now := w.Clock().UTC()
	for _, s := range all {
		at := w.judgeable(s)
		switch {
		case at.IsZero():
		case at.After(now):
			if again.IsZero() || at.Before(again) {
				again = at
			}
		default:
			failed = errors.Join(failed, w.uncertain(ctx, r, s))
		}
	}
	return again, failed
}

// judgeable returns when it can be said of an alert that nothing will be heard
// of its claim any more; the zero time if it has no claim without an outcome, or
// this run is at it.
func (w *Watch) judgeable(s alerting.State) time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, unsure := w.unsure[s.ID]; unsure || w.sending[s.ID] > 0 {
		return time.Time{}
	}
	var at time.Time
	for _, o := range s.Deliveries {
		if dead := o.At.Add(queueTime + w.SendTime + slack); o.Status == alerting.Claimed && dead.After(at) {
			at = dead
		}
	}
	return at
}

func (w *Watch) uncertain(ctx context.Context, r *round, s alerting.State) error {
	before := s
	out, s, err := w.carryOut(ctx, s, s.ID, alerting.RecordUncertain{Why: lost})
	if err != nil {
		return fmt.Errorf("%s: %w", before.ID, err)
	}
	if out.Position == 0 {
		return nil
	}
	for _, o := range s.Deliveries {
		if was, _ := before.Outcome(o.Delivery); was.Status == alerting.Claimed && o.Status == alerting.Uncertain {
			w.did(r, Deed{ID: s.ID, What: alerting.Uncertain, Delivery: o.Delivery, Why: o.Why, Due: s.Claim.At})
		}
	}
	return nil
}

// foresee notes what is next for a case, where there are no alarms to tell.
func (r *round) foresee(sc scene, now time.Time, of []alerting.Deadline) {
	for _, d := range of {
		for _, a := range alerting.Wanted(sc.policy, sc.cal, d, nil) {
			if a.At.After(now) {
				r.next(Alarm{a.ID, a.At})
				break
			}
		}
	}
}
