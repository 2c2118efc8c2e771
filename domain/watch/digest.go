package watch

import (
	"context"
	"errors"
	"time"

	"parley/domain/alerting"
	"parley/domain/deadline"
	"parley/events"
)

// ahead is how many days ahead the next digests are looked for. Who wants none
// for longer has theirs found by a later sweep.
const ahead = 14

// nothingToSay is why a digest was not sent.
const nothingToSay = "there was nothing to say"

// digests makes the morning digests whose time has come, and sets the alarms of
// the next. The book is as good as the log was when digests was called.
func (w *Watch) digests(ctx context.Context, r *round, sc scene) error {
	w.mornings.Lock()
	defer w.mornings.Unlock()
	recorded, err := w.recorded(ctx, "")
	if err != nil {
		return err
	}
	now := w.Clock().UTC()
	due := dueMornings(sc, now, recorded)
	if len(due) > 0 {
		pages, err := w.pages(ctx, sc, now, due, recorded)
		if err != nil {
			return err
		}
		for _, p := range pages {
			if err := w.digest(ctx, r, p, recorded); err != nil {
				return err
			}
		}
	}
	busy := w.underWay("")
	if recorded, err = w.recorded(ctx, ""); err != nil { // what was sent may have failed by now
		return err
	}
	next := nextMornings(sc, now, recorded)
	for id, at := range next {
		r.next(Alarm{id, at})
	}
	return w.alarms.want(ctx, "", next, busy)
}

// dueMornings returns the digests that are to be made now: today's, and those
// that failed and are to be tried again.
func dueMornings(sc scene, now time.Time, recorded map[string]alerting.State) []alerting.Morning {
	var due []alerting.Morning
	for _, m := range alerting.Digests(sc.policy, sc.cal, deadline.InLondon(now).Date) {
		if !m.At.After(now) && !recorded[m.ID].Settled() {
			due = append(due, m)
		}
	}
	for id, s := range recorded {
		name, err := alerting.ParseID(id)
		if at := s.RetryAt(); err == nil && !at.IsZero() && !at.After(now) {
			due = append(due, alerting.Morning{ID: id, Person: name.Person, Day: name.Due, At: s.Claim.At, Deliveries: s.Claim.Deliveries})
		}
	}
	return due
}

// nextMornings returns the alarms of everybody's next digest, and of those that
// are tried again.
func nextMornings(sc scene, now time.Time, recorded map[string]alerting.State) map[string]time.Time {
	wanted, has := map[string]time.Time{}, map[string]bool{}
	today := deadline.InLondon(now).Date
	for days := range ahead {
		for _, m := range alerting.Digests(sc.policy, sc.cal, today.AddDays(days)) {
			if m.At.After(now) && !has[m.Person] {
				has[m.Person], wanted[m.ID] = true, m.At
			}
		}
	}
	for id, s := range recorded {
		if at := s.RetryAt(); !at.IsZero() {
			wanted[id] = at
		}
	}
	return wanted
}

// pages gathers what stands in each of these digests. Of a case it reads only
// what it must.
func (w *Watch) pages(ctx context.Context, sc scene, now time.Time, due []alerting.Morning, digests map[string]alerting.State) ([]alerting.Page, error) {
	pages := make([]alerting.Page, len(due))
	for i, m := range due {
		pages[i] = alerting.Page{Morning: m, Calendar: sc.cal, Now: now, Digests: digests}
	}
	cases, err := w.everyDeadline(ctx)
	if err != nil {
		return nil, err
	}
	for _, of := range cases {
		recorded, err := w.recorded(ctx, of[0].Ref)
		if err != nil {
			return nil, err
		}
		for _, d := range of {
			t := attended{scene: sc, now: now, recorded: recorded}.task(d)
			for i := range pages {
				with := within(pages[i].Morning, t, recorded)
				if len(with) > 0 || sc.policy.Recipient(d.Caseworker).Name == pages[i].Morning.Person {
					pages[i].Entries = append(pages[i].Entries, alerting.Entry{Deadline: d, Recorded: recorded, With: with})
				}
			}
		}
	}
	return pages, nil
}

// within returns the alerts of a deadline that go out in a digest: those that
// wait for one, and those that went with it when it failed.
func within(m alerting.Morning, t task, recorded map[string]alerting.State) []alerting.Alert {
	var with []alerting.Alert
	for _, a := range t.work.Send {
		if a.Digest != "" && a.Person == m.Person {
			with = append(with, a.Within(m))
		}
	}
	for _, a := range t.wanted {
		if s := recorded[a.ID]; s.Claim.Digest == m.ID && !s.RetryAt().IsZero() {
			with = append(with, a.Within(m))
		}
	}
	return with
}

// everyDeadline returns the running deadlines of every case, case by case.
func (w *Watch) everyDeadline(ctx context.Context) (cases [][]alerting.Deadline, err error) {
	place := map[string]int{}
	err = w.Book.Deadlines(ctx, "", func(d alerting.Deadline) bool {
		i, known := place[d.Ref]
		if !known {
			i = len(cases)
			place[d.Ref], cases = i, append(cases, nil)
		}
		cases[i] = append(cases[i], d)
		return true
	})
	return cases, err
}

// digest claims a digest and the alerts in it, and sends it; where there is
// nothing to say it records that.
func (w *Watch) digest(ctx context.Context, r *round, p alerting.Page, recorded map[string]alerting.State) error {
	m := p.Morning
	s := recorded[m.ID]
	retry := s.Claimed()
	message, says := alerting.ComposeDigest(p)
	message.Rehearsal = w.Rehearsal
	if !says && !retry {
		_, s, err := w.carryOut(ctx, s, m.ID, alerting.SkipDigest{Morning: m, Why: nothingToSay})
		if err != nil && !settled(err) {
			return err
		}
		recorded[m.ID] = s
		return nil
	}
	var cmd alerting.Command = alerting.ClaimDigest{Morning: m, Worker: w.Worker}
	if retry {
		cmd = alerting.Retry{Now: p.Now, Worker: w.Worker}
	}
	f, err := w.claim(ctx, r, s, m.ID, cmd)
	if err != nil || f == nil {
		return err
	}
	recorded[m.ID] = f.state
	if f.carries, err = w.carried(ctx, r, p, retry); err != nil {
		w.trouble(err) // they are in the message all the same, and wait for the next
	}
	switch {
	case !says:
		w.giveUp(ctx, r, f, "there is nothing to say any more")
	case m.Stale(p.Now):
		for _, f := range append([]*flight{f}, f.carries...) {
			w.giveUp(ctx, r, f, "its morning has passed, and the next digest says it all")
		}
	default:
		w.send(ctx, r, f, func(to events.Delivery) alerting.Message { return message.For(m.ID, to) })
		return nil
	}
	recorded[m.ID] = f.state
	return nil
}

// carried claims the alerts that go out in a digest.
func (w *Watch) carried(ctx context.Context, r *round, p alerting.Page, retry bool) (all []*flight, failed error) {
	for _, e := range p.Entries {
		for _, a := range e.With {
			s := e.Recorded[a.ID]
			var cmd alerting.Command = alerting.Claim{Alert: a, Worker: w.Worker}
			if retry && s.Claimed() {
				cmd = alerting.Retry{Now: p.Now, Worker: w.Worker}
			}
			f, err := w.claim(ctx, r, s, a.ID, cmd)
			switch {
			case err != nil:
				failed = errors.Join(failed, err)
			case f != nil:
				all = append(all, f)
			}
		}
	}
	return all, failed
}
