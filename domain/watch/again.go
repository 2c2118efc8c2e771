package watch

import (
	"context"
	"slices"

	"parley/domain/alerting"
	"parley/domain/deadline"
	"parley/events"
)

// unwanted is why a delivery that failed is not tried again although it could be.
const unwanted = "it is not wanted any more: the deadline was met, or moved, or nobody is to be warned of it now"

// asked is an alert that is wanted, and what is to be done about its deadline.
type asked struct {
	alert alerting.Alert
	task  *task
}

// again tries again what failed, when its time has come: where it is wanted by
// now, if that has changed at once. What goes out in a digest is tried again with
// a digest, and given up here if it is not wanted any more.
func (w *Watch) again(ctx context.Context, r *round, c attended) error {
	var wanted map[string]asked
	for id, s := range c.recorded {
		if s.RetryAt().IsZero() {
			continue
		}
		if wanted == nil {
			wanted = c.wanted()
		}
		a, is := wanted[id]
		var err error
		switch {
		case !is && !s.RetryAt().After(c.now):
			c.recorded[id], err = w.giveUp(ctx, r, s, alerting.GiveUp{Why: unwanted})
		case is && retries(s):
			err = w.retry(ctx, r, c, s, a)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// wanted returns the alerts of the case that are wanted, by ID.
func (c attended) wanted() map[string]asked {
	all := map[string]asked{}
	for i := range c.tasks {
		for _, a := range c.tasks[i].wanted {
			all[a.ID] = asked{a, &c.tasks[i]}
		}
	}
	return all
}

// retry tries an alert again where it is wanted by now, unless it is too early.
func (w *Watch) retry(ctx context.Context, r *round, c attended, s alerting.State, of asked) error {
	a := of.task.everywhere(of.alert, s, c.recorded)
	said, by := of.task.said(s, a.Deliveries, c.recorded)
	if len(said) > 0 {
		var err error
		if s, err = w.giveUp(ctx, r, s, alerting.GiveUp{Deliveries: said, Why: "said by " + by + ", which came later"}); err != nil {
			return err
		}
		c.recorded[s.ID] = s
		a.Deliveries = slices.DeleteFunc(slices.Clone(a.Deliveries), func(d events.Delivery) bool { return slices.Contains(said, d) })
	}
	if s.RetryAt().IsZero() {
		return nil
	}
	cmd := alerting.Redirect{Alert: a, Now: c.now, Worker: w.Worker}
	if facts, err := alerting.Decide(s, cmd, deadline.InLondon(c.now).Date); err != nil || len(facts) == 0 {
		return nil // it is not the time for it
	}
	f, err := w.claim(ctx, r, s, s.ID, cmd)
	if err != nil || f == nil {
		return err
	}
	c.recorded[s.ID] = f.state
	f.turn, f.scene = c.turn, c.scene
	w.send(ctx, r, f, w.warning(a, of.task.deadline, c))
	return nil
}

// everywhere returns an alert that failed as it is wanted now, also to those who
// are told by it in place of others. One that waits for a digest by now goes
// where it was to go.
func (t *task) everywhere(a alerting.Alert, s alerting.State, recorded map[string]alerting.State) alerting.Alert {
	if a.Digest != "" {
		a.Digest, a.Person, a.Deliveries = "", s.Claim.Person, nil
		for _, o := range s.Deliveries {
			a.Deliveries = append(a.Deliveries, o.Delivery)
		}
		return a
	}
	a.Deliveries = slices.Clone(a.Deliveries)
	for _, b := range t.wanted {
		if recorded[b.ID].Superseded.By != a.ID || b.Digest != "" || b.Person == a.Person {
			continue
		}
		for _, d := range b.Deliveries {
			if !slices.Contains(a.Deliveries, d) {
				a.Deliveries = append(a.Deliveries, d)
			}
		}
	}
	return a
}

// said returns where a later alert of the same deadline and date goes too, of
// these deliveries, and its ID.
func (t *task) said(s alerting.State, to []events.Delivery, recorded map[string]alerting.State) (said []events.Delivery, by string) {
	for _, b := range t.wanted {
		later := recorded[b.ID]
		if b.ID == s.ID || !later.Claimed() || !later.Claim.At.After(s.Claim.At) {
			continue
		}
		for _, d := range to {
			o, is := later.Outcome(d)
			lost := o.Status == alerting.Failed && o.RetryAt.IsZero()
			if is && !lost && !slices.Contains(said, d) {
				said, by = append(said, d), b.ID
			}
		}
	}
	return said, by
}

// giveUp records of what failed that it is not tried again, and returns what is
// known of the alert then.
func (w *Watch) giveUp(ctx context.Context, r *round, s alerting.State, cmd alerting.GiveUp) (alerting.State, error) {
	out, s, err := w.carryOut(ctx, s, s.ID, cmd)
	if err == nil && out.Position > 0 {
		w.gaveUp(r, s.ID, s.Claim.At, out.Facts)
	}
	return s, err
}
