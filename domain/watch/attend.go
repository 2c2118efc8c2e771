package watch

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"parley/domain/alerting"
	"parley/events"
)

// attend does what is to be done about the alerts of one case, and sets its
// alarms. What it claims is sent while it returns. fresh says that the book is as
// good as the log was when attend was called; otherwise, or if it was not its turn
// at once, it looks again before anything is claimed.
func (w *Watch) attend(ctx context.Context, r *round, sc scene, ref string, fresh bool) error {
	t, err := w.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer t.end()
	defer w.cases.lock(ref)()
	return w.attendLocked(ctx, r, sc, ref, t, fresh)
}

// turn is the right to have alerts of a case in hand.
type turn struct {
	w      *Watch
	waited bool           // others had to finish first
	sends  sync.WaitGroup // its deliveries
}

// takeTurn waits until there is room for another case in hand.
func (w *Watch) takeTurn(ctx context.Context) (*turn, error) {
	t := &turn{w: w}
	select {
	case w.room <- struct{}{}:
		return t, nil
	default:
	}
	t.waited = true
	select {
	case w.room <- struct{}{}:
		return t, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// end ends the turn when its deliveries are made. It returns at once.
func (t *turn) end() {
	t.w.sends.Go(func() {
		t.sends.Wait()
		<-t.w.room
	})
}

// answer attends to the case of an alarm, unless that was for an alert that this
// run has claimed meanwhile, with others of its case. The book is as good as the
// log was when answer was called.
func (w *Watch) answer(ctx context.Context, r *round, sc scene, ref, id string) error {
	t, err := w.takeTurn(ctx)
	if err != nil {
		return err
	}
	defer t.end()
	defer w.cases.lock(ref)()
	if w.answered(ref, id) {
		return nil
	}
	return w.attendLocked(ctx, r, sc, ref, t, true)
}

// answered reports whether this run has claimed an alert and need not try it
// again now.
func (w *Watch) answered(ref, id string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	s := w.own[ref][id]
	return s.Claimed() && s.Claim.Worker == w.Worker && (s.RetryAt().IsZero() || s.RetryAt().After(w.Clock()))
}

// attendLocked is attend where the case is locked already.
func (w *Watch) attendLocked(ctx context.Context, r *round, sc scene, ref string, t *turn, fresh bool) error {
	if err := w.clearUp(ctx, r, sc, ref); err != nil {
		return err
	}
	c, err := w.caseOf(ctx, sc, ref)
	if err == nil && (t.waited || !fresh) && c.busy() {
		if c.scene, err = w.refresher.refresh(ctx); err == nil {
			c, err = w.caseOf(ctx, c.scene, ref)
		}
	}
	if err != nil {
		return err
	}
	c.turn = t
	for _, t := range c.tasks {
		if err := w.see(ctx, r, c, t); err != nil {
			return err
		}
	}
	if err := w.again(ctx, r, c); err != nil {
		return err
	}
	busy := w.underWay(ref)
	if c.recorded, err = w.recorded(ctx, ref); err != nil { // what was sent may have failed by now
		return err
	}
	return w.alarms.want(ctx, ref, c.alarms(), busy)
}

// underWay returns the alerts of a case, or the digests for "", that are being
// delivered. Their alarms are set by what comes of them.
func (w *Watch) underWay(ref string) map[string]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := map[string]bool{}
	for id := range w.sending {
		if refOf(id) == ref {
			all[id] = true
		}
	}
	return all
}

// attended is a case and what is to be done about its alerts.
type attended struct {
	scene
	turn     *turn
	now      time.Time
	recorded map[string]alerting.State
	tasks    []task
}

// task is what is to be done about the alerts of one deadline.
type task struct {
	deadline alerting.Deadline
	wanted   []alerting.Alert
	work     alerting.Work
}

// caseOf returns what is to be done about a case now.
func (w *Watch) caseOf(ctx context.Context, sc scene, ref string) (attended, error) {
	c := attended{scene: sc, now: w.Clock().UTC()}
	c.backlog = w.tally.known(c.now)
	var err error
	if c.recorded, err = w.recorded(ctx, ref); err != nil {
		return c, err
	}
	err = w.Book.Deadlines(ctx, ref, func(d alerting.Deadline) bool {
		c.tasks = append(c.tasks, c.task(d))
		return true
	})
	if err != nil || c.backlog != nil || !c.behind() {
		return c, err
	}
	if c.backlog, err = w.backlog(ctx, sc); err != nil {
		return c, err
	}
	for i, t := range c.tasks {
		c.tasks[i] = c.task(t.deadline)
	}
	return c, nil
}

func (c attended) task(d alerting.Deadline) task {
	wanted := alerting.Wanted(c.policy, c.cal, d.AsOf(c.now), c.recorded)
	return task{d, wanted, alerting.Triage(c.policy, c.cal, c.now, wanted, c.recorded, c.backlog)}
}

// busy reports whether anything is to be claimed or recorded now.
func (c attended) busy() bool {
	for _, t := range c.tasks {
		if len(t.work.Send)+len(t.work.Supersede) > 0 {
			return true
		}
	}
	return slices.ContainsFunc(slices.Collect(maps.Values(c.recorded)), func(s alerting.State) bool { return !s.RetryAt().IsZero() })
}

// retries reports whether an alert is to be tried again by itself; what goes out
// in a digest is tried again with the digest.
func retries(s alerting.State) bool { return !s.RetryAt().IsZero() && s.Claim.Digest == "" }

// farthest is how many days ahead alarms are set. Those for later are set by
// the sweeps of a year's time.
const farthest = 366

// alarms returns the alarms that the case wants, by ID.
func (c attended) alarms() map[string]time.Time {
	wanted, last := map[string]time.Time{}, c.now.AddDate(0, 0, farthest)
	for _, t := range c.tasks {
		for _, a := range t.work.Ahead {
			if a.Digest == "" && a.At.Before(last) {
				wanted[a.ID] = a.At
			}
		}
	}
	for id, s := range c.recorded {
		if retries(s) {
			wanted[id] = s.RetryAt()
		}
	}
	return wanted
}

// see does what is to be done about one deadline. What goes out in a digest waits
// for it, and so does what is superseded by that.
func (w *Watch) see(ctx context.Context, r *round, c attended, t task) error {
	for _, a := range t.work.Send {
		if a.Digest != "" {
			continue
		}
		f, err := w.claim(ctx, r, c.recorded[a.ID], a.ID, alerting.Claim{Alert: a, Worker: w.Worker})
		if err != nil {
			return err
		}
		if f != nil {
			c.recorded[a.ID] = f.state
			f.turn, f.scene = c.turn, c.scene
			w.send(ctx, r, f, w.warning(a, t.deadline, c))
		}
	}
	for _, m := range t.work.Supersede {
		if t.waits(m.By) {
			continue
		}
		if err := w.supersede(ctx, r, c.recorded[m.ID], m); err != nil {
			return err
		}
	}
	return nil
}

// waits reports whether an alert of the deadline is to be sent now and waits for
// a digest.
func (t task) waits(id string) bool {
	return slices.ContainsFunc(t.work.Send, func(a alerting.Alert) bool { return a.ID == id && a.Digest != "" })
}

// warning returns what composes the message of each delivery of an alert.
func (w *Watch) warning(a alerting.Alert, d alerting.Deadline, c attended) func(events.Delivery) alerting.Message {
	m := alerting.ComposeWarning(a, d, c.cal, c.now)
	m.Rehearsal = w.Rehearsal
	return func(to events.Delivery) alerting.Message { return m.For(a.ID, to) }
}

// supersede records that an alert is not sent any more.
func (w *Watch) supersede(ctx context.Context, r *round, s alerting.State, m alerting.Missed) error {
	out, _, err := w.carryOut(ctx, s, m.ID, alerting.Supersede{Alert: m.Alert, Why: m.Why, By: m.By})
	if err != nil && !settled(err) {
		return err
	}
	if out.Position > 0 {
		w.did(r, Deed{ID: m.ID, What: alerting.Superseded, Why: m.Why, Due: m.At})
	}
	return nil
}
