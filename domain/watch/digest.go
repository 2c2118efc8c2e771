package watch

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
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
	if err := w.clearUp(ctx, r, sc, ""); err != nil {
		return err
	}
	recorded, err := w.recorded(ctx, "")
	if err != nil {
		return err
	}
	now := w.Clock().UTC()
	sc.backlog = w.tally.known(now)
	due := dueMornings(sc, now, recorded)
	if len(due) > 0 && sc.backlog == nil {
		if sc.backlog, err = w.backlog(ctx, sc); err != nil {
			return err
		}
		due = dueMornings(sc, now, recorded)
	}
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
	for _, m := range alerting.Digests(sc.policy, sc.cal, deadline.InLondon(now).Date, sc.backlog) {
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
		for _, m := range alerting.Digests(sc.policy, sc.cal, today.AddDays(days), sc.backlog) {
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

// page is what stands in a digest, and what is superseded by the alerts that go
// out in it.
type page struct {
	alerting.Page
	missed []alerting.Missed
}

// pages gathers what stands in each of these digests. Of a case it reads only
// what it must.
func (w *Watch) pages(ctx context.Context, sc scene, now time.Time, due []alerting.Morning, digests map[string]alerting.State) ([]page, error) {
	pages := make([]page, len(due))
	for i, m := range due {
		pages[i].Page = alerting.Page{Morning: m, Calendar: sc.cal, Now: now, Digests: digests}
	}
	err := w.eachCase(ctx, func(of []alerting.Deadline) error {
		recorded, err := w.recorded(ctx, of[0].Ref)
		if err != nil {
			return err
		}
		for _, d := range of {
			t := attended{scene: sc, now: now, recorded: recorded}.task(d)
			for i := range pages {
				with := within(pages[i].Morning, t, recorded)
				pages[i].missed = append(pages[i].missed, t.missedFor(with)...)
				tells, other := sc.policy.TellsOf(pages[i].Morning.Person, d, recorded)
				if len(with) > 0 || tells {
					pages[i].Entries = append(pages[i].Entries, alerting.Entry{Deadline: d, Recorded: recorded, With: with, Other: other})
				}
			}
		}
		return nil
	})
	return pages, err
}

// within returns the alerts of a deadline that go out in a digest: those that
// wait for one, and those of the person that were in it, or in another that is
// given up or was somebody else's, when that failed.
func within(m alerting.Morning, t task, recorded map[string]alerting.State) []alerting.Alert {
	var with []alerting.Alert
	for _, a := range t.work.Send {
		if a.Digest != "" && a.Person == m.Person {
			with = append(with, a.Within(m))
		}
	}
	for _, a := range t.wanted {
		if s := recorded[a.ID]; a.Person == m.Person && !s.RetryAt().IsZero() && waitsFor(m, s.Claim.Digest) {
			with = append(with, a.Within(m))
		}
	}
	return with
}

// missedFor returns what is superseded by one of these alerts of the deadline.
func (t task) missedFor(with []alerting.Alert) []alerting.Missed {
	return slices.DeleteFunc(slices.Clone(t.work.Supersede), func(m alerting.Missed) bool {
		return !slices.ContainsFunc(with, func(a alerting.Alert) bool { return a.ID == m.By })
	})
}

// waitsFor reports whether what was to go out in a digest that failed goes out
// in the digest m: if it is the same, or another person's, or of an earlier day.
func waitsFor(m alerting.Morning, failed string) bool {
	name, err := alerting.ParseID(failed)
	return err == nil && (failed == m.ID || name.Person != m.Person || name.Due.Before(m.Day))
}

// eachCase calls f with the running deadlines of every case, case by case, until it
// fails: there may be more of them than anybody wants to hold at once.
func (w *Watch) eachCase(ctx context.Context, f func(of []alerting.Deadline) error) error {
	var of []alerting.Deadline
	var failed error
	told := func() bool {
		if len(of) > 0 {
			failed = f(of)
		}
		of = nil
		return failed == nil
	}
	err := w.Book.Deadlines(ctx, "", func(d alerting.Deadline) bool {
		if len(of) > 0 && of[0].Ref != d.Ref && !told() {
			return false
		}
		of = append(of, d)
		return true
	})
	if err == nil && failed == nil {
		told()
	}
	return cmp.Or(err, failed)
}

// digest claims a digest and the alerts in it, and sends it; where there is
// nothing to say, or it is too late for it, it records that.
func (w *Watch) digest(ctx context.Context, r *round, p page, recorded map[string]alerting.State) error {
	m := p.Morning
	s := recorded[m.ID]
	retry := s.Claimed()
	message, says := alerting.ComposeDigest(p.Page)
	message.Rehearsal = w.Rehearsal
	if why := skipped(p.Page, says); !retry && why != "" {
		_, s, err := w.carryOut(ctx, s, m.ID, alerting.SkipDigest{Morning: m, Why: why})
		if err != nil && !settled(err) {
			return err
		}
		recorded[m.ID] = s
		return nil
	}
	if why := idle(p.Page, says); retry && why != "" {
		s, err := w.giveUp(ctx, r, s, alerting.GiveUp{Why: why})
		if err == nil {
			recorded[m.ID] = s
		}
		return err
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
	if f.carries, err = w.carried(ctx, r, p.Page); err != nil {
		w.trouble(err) // they are in the message all the same, and wait for the next
	}
	carries := slices.Clone(f.carries)
	w.send(ctx, r, f, func(to events.Delivery) alerting.Message { return message.For(m.ID, to) })
	return w.supersedeBy(ctx, r, carries, p)
}

// supersedeBy supersedes what the alerts tell that a digest carries. What is left
// out is superseded when the case is attended to, as those have gone out.
func (w *Watch) supersedeBy(ctx context.Context, r *round, carries []*flight, p page) error {
	sent := map[string]bool{}
	for _, f := range carries {
		sent[f.id] = true
	}
	missed := slices.DeleteFunc(p.missed, func(m alerting.Missed) bool { return !sent[m.By] })
	return several(ctx, missed, func(m alerting.Missed) error { return w.supersede(ctx, r, alerting.State{}, m) })
}

// skipped returns why a digest is not sent at all; "" if it is. What was to go
// out in it goes out in the next.
func skipped(p alerting.Page, says bool) string {
	switch {
	case !says:
		return nothingToSay
	case p.Morning.Stale(p.Now):
		return "its morning has passed, and the next digest says it all"
	}
	return ""
}

// idle returns why a digest that failed is not tried again; "" if it is. What it
// carried goes out in the next.
func idle(p alerting.Page, says bool) string {
	switch {
	case !says:
		return "there is nothing to say any more"
	case p.Morning.Stale(p.Now):
		return "its morning has passed, and the next digest says it all"
	}
	return ""
}

// carried claims the alerts that go out in a digest.
func (w *Watch) carried(ctx context.Context, r *round, p alerting.Page) (all []*flight, failed error) {
	var mu sync.Mutex
	failed = several(ctx, p.Entries, func(e alerting.Entry) error {
		var failed error
		for _, a := range e.With {
			s := e.Recorded[a.ID]
			var cmd alerting.Command = alerting.Claim{Alert: a, Worker: w.Worker}
			if s.Claimed() {
				cmd = alerting.Redirect{Alert: a, Now: p.Now, Worker: w.Worker}
			}
			f, err := w.claim(ctx, r, s, a.ID, cmd)
			failed = errors.Join(failed, err)
			if f != nil {
				mu.Lock()
				all = append(all, f)
				mu.Unlock()
			}
		}
		return failed
	})
	return all, failed
}
