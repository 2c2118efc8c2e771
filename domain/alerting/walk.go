package alerting

import (
	"slices"
	"strings"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/domain/holidays"
	"parley/events"
)

// walk is a proof in the making: what was known after the steps taken so far,
// and what became of the alerts by then.
type walk struct {
	Evidence
	cases, revisions int // how much of those histories
	policy           Policy
	editions         []holidays.Edition
	states           map[string]State

	d      Deadline // as it is known now
	there  bool     // the case has the deadline; otherwise it was retracted
	last   Deadline // as it was last there
	ever   bool
	due    calendar.Date // as it is counted now; no date if it is not there
	wanted map[string]Alert
	found  map[string]*Proved
}

func (w *walk) calendar() calendar.Calendar { return w.editions[len(w.editions)-1].Calendar }

// step takes one commit in, and compares what is wanted after it with what was.
func (w *walk) step(r events.Recorded) error {
	before := *w
	switch {
	case r.Aggregate.Kind == events.KindCase:
		w.cases++
	case r.Aggregate.Kind == events.KindCalendar:
		w.revisions++
		w.editions = holidays.Editions(w.Calendar[:w.revisions])
	case r.Aggregate == events.AlertPolicy():
		for _, f := range r.Facts {
			if e, ok := f.Event.(events.AlertPolicySet); ok {
				w.policy = Policy{e}
			}
		}
	default:
		s, err := Take(w.states[r.Aggregate.ID], r)
		if err != nil {
			return err
		}
		w.states[r.Aggregate.ID] = s
	}
	w.look()
	for id, a := range before.wanted {
		if now, still := w.wanted[id]; still {
			w.found[id].At, w.found[id].Person, w.found[id].Digest = now.At, now.Person, now.Digest
		} else if !w.states[id].Settled() {
			w.drop(&before, a, r)
		}
	}
	for id, a := range w.wanted {
		if _, was := before.wanted[id]; !was {
			w.plan(a, r)
		}
	}
	return nil
}

// look works out what is wanted now.
func (w *walk) look() {
	w.d, w.there = deadlineOf(w.Case[:w.cases], w.Evidence.Deadline)
	w.wanted, w.due = map[string]Alert{}, calendar.Date{}
	if !w.there {
		return
	}
	w.d = w.d.Under(w.editions).AsOf(w.Now)
	w.last, w.ever = w.d, true
	w.due, _ = w.d.due(w.calendar())
	if w.policy.IsZero() {
		return
	}
	for _, a := range Wanted(w.policy, w.calendar(), w.d, w.states) {
		w.wanted[a.ID] = a
	}
}

// deadlineOf returns a deadline as a case's history has it.
func deadlineOf(h events.History, id string) (Deadline, bool) {
	var book deadline.Book
	var d Deadline
	for _, r := range h.Effective() {
		for _, f := range r.Facts {
			book = book.Apply(f)
			switch e := f.Event.(type) {
			case events.CaseOpened:
				d.Ref, d.ICB = e.Ref, e.ICB
			case events.CommissionerChanged:
				d.ICB = e.ICB
			case events.CaseAssigned:
				d.Caseworker = e.Caseworker
			case events.CaseClosed:
				d.Closed = true
			case events.CaseReopened:
				d.Closed = false
			}
		}
	}
	clock, there := book.Clock(id)
	known := KnownBy(h)[id]
	d.Clock, d.Known, d.First = clock, known.Last, known.First
	return d, there
}

// plan notes that an alert is wanted from now on.
func (w *walk) plan(a Alert, r events.Recorded) {
	p := Proved{
		ID: a.ID, Rung: a.Rung.ID, Step: Step(a.Rung), Due: a.Due, At: a.At, Person: a.Person, Digest: a.Digest,
		Status: Planned, Since: r.RecordedAt, Deliveries: []Outcome{},
	}
	w.found[a.ID] = &p
}

// drop notes that an alert which nobody has sent is not wanted any more since r,
// and why.
func (w *walk) drop(before *walk, a Alert, r events.Recorded) {
	p := w.found[a.ID]
	p.Status, p.Since, p.Why, p.Event, p.By = Superseded, r.RecordedAt, "", "", ""
	switch {
	case r.Aggregate.Kind == events.KindCase:
		p.Event = w.event(r).String()
		p.Why = w.turn(before) + " by " + p.Event
	case r.Aggregate.Kind == events.KindCalendar:
		p.Why = revised(before.calendar(), w.calendar())
		if w.due != before.due {
			p.Why += ": " + redated(w.due)
		}
	case r.Aggregate == events.AlertPolicy():
		p.Why = "the policy was changed by " + r.Actor
	default:
		p.By = r.Aggregate.ID
		p.Status, p.Why = w.answered(r)
	}
	if !a.At.After(r.RecordedAt) {
		p.Why = notInTime + "; then " + p.Why
	}
}

// turn says what happened to the deadline.
func (w *walk) turn(before *walk) string {
	clock := w.d.Clock
	switch {
	case !w.there:
		return "retracted"
	case !clock.Running():
		return string(clock.Ended())
	case !w.d.stands():
		return "the case was closed"
	case w.due != before.due:
		return redated(w.due)
	case clock.PausedOn(deadline.InLondon(w.d.Known).Date):
		return "paused"
	case w.d.Caseworker != before.d.Caseworker:
		return "given to " + w.d.Caseworker
	}
	return "not wanted any more since what was said"
}

// event returns which of a commit's facts concerns the deadline.
func (w *walk) event(r events.Recorded) events.EventID {
	for _, concerns := range []func(events.Event) bool{
		func(e events.Event) bool { return events.Deadline(e) == w.Evidence.Deadline },
		func(e events.Event) bool {
			switch e.(type) {
			case events.EventRetracted, events.EventReplaced, events.CaseClosed, events.CaseReopened, events.CaseAssigned:
				return true
			}
			return false
		},
	} {
		if i := slices.IndexFunc(r.Facts, func(f events.Fact) bool { return concerns(f.Event) }); i >= 0 {
			return r.ID(i)
		}
	}
	return r.ID(0)
}

// answered says what somebody said to an alert, and what the others are then.
func (w *walk) answered(r events.Recorded) (Status, string) {
	for _, f := range r.Facts {
		switch e := f.Event.(type) {
		case events.AlertSnoozed:
			return Snoozed, "put off to " + e.Until.Long() + " by " + r.Actor
		case events.AlertAcknowledged:
			return Superseded, "acknowledged by " + r.Actor + because(e.Text) + ", and not escalated"
		}
	}
	return Superseded, "another took its place"
}

// mostHolidays is how many of the days that a revision changed are named.
const mostHolidays = 3

// revised says what a revision of the calendar changed of the holidays in
// England and Wales, or anywhere if it changed none there.
func revised(from, to calendar.Calendar) string {
	r := calendar.Difference(from, to)
	var said, elsewhere []string
	note := func(what string, list []calendar.Holiday) {
		for _, h := range list {
			if text := what + " " + h.Title + ", " + h.Date.Long(); h.Division == calendar.EnglandAndWales {
				said = append(said, text)
			} else if !slices.Contains(elsewhere, text) {
				elsewhere = append(elsewhere, text)
			}
		}
	}
	note("holiday added:", r.Added)
	note("holiday removed:", r.Removed)
	if len(said) == 0 {
		said = elsewhere
	}
	if len(said) > mostHolidays {
		said = append(said[:mostHolidays], "and others")
	}
	if len(said) == 0 {
		return "the calendar was revised"
	}
	return strings.Join(said, "; ")
}
