// Package alerting decides who is warned of which deadline, and when.
//
// A ladder says how many working days before and after a due date a deadline
// warns its people. Which alerts are wanted follows from the deadline as it
// stands, the policy and the calendar: nothing is stored of them until their
// time has come, so that a date that moves takes its alerts along. What becomes
// of an alert then is its own small history, with its own decider: claimed,
// sent, failed, uncertain, acknowledged, superseded. Nothing is sent from here,
// and no clock is read; that is for domain/watch.
//
// Wanted says which alerts a deadline deserves, Triage which of them are to be
// sent now, Decide what may be recorded of one, and Prove tells afterwards what
// became of each and why.
package alerting

import (
	"time"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

// Deadline is one deadline of a case, as far as alerts go.
type Deadline struct {
	Ref        string // of the case
	Caseworker string // who has the case; empty if nobody has
	ICB        string // ODS code
	Closed     bool   // the case is closed
	Clock      deadline.Clock

	// Known is when that became known by which the clock is counted now, UTC: the
	// last that was said about it, or the revision of the calendar that moved it.
	Known time.Time

	// First is when it became known that there is such a deadline at all, UTC; the
	// zero time if that was when Known was.
	First time.Time
}

// inTime reports whether a deadline was known before its due date had passed:
// what is entered later, such as history, is not.
func (d Deadline) inTime(due calendar.Date, hour string) bool {
	return !passed(due, hour, d.Known) || !d.First.IsZero() && !passed(due, hour, d.First)
}

// AsOf returns the deadline as it is taken at a moment. What was recorded by a
// clock that was ahead cannot be known only later: it counts as known for a day.
func (d Deadline) AsOf(now time.Time) Deadline {
	for _, since := range []*time.Time{&d.Known, &d.First} {
		if since.After(now) {
			*since = now.AddDate(0, 0, -1)
		}
	}
	return d
}

// stands reports whether the deadline can warn anybody: it still has to be kept,
// and does not stand still with its closed case. What a document states stands
// whatever becomes of the case.
func (d Deadline) stands() bool {
	return d.Clock.Running() && !(d.Closed && d.Clock.Stated.IsZero())
}

// due returns the last day on which the deadline is kept and, of a limit in
// hours, until when on that day.
func (d Deadline) due(cal calendar.Calendar) (calendar.Date, string) {
	unit := d.Clock.Period.Unit
	if d.Clock.Period.IsZero() {
		if rule, err := deadline.Find(d.Clock.Rule); err == nil {
			unit = rule.Period.Unit
		}
	}
	if unit != calendar.Hours {
		return d.Clock.Due(cal), ""
	}
	count := d.Clock.Count(cal)
	return count.Due, count.Time
}

// passed reports whether a due date, with its hour if it has one, has passed at
// a moment.
func passed(due calendar.Date, hour string, at time.Time) bool {
	now := deadline.InLondon(at)
	if now.Date != due || hour == "" {
		return now.Date.After(due)
	}
	end, err := deadline.London(due, hour)
	return err == nil && !at.Before(end)
}

// Alert is one alert of a deadline that is wanted, at its time.
type Alert struct {
	ID         string // REF_DEADLINE_RUNG_DUE, with - for what an ID cannot hold: GLO-26-0001_D7-1_day_20261026
	Ref        string
	Deadline   string
	Rung       events.Rung
	Due        calendar.Date
	At         time.Time // when it goes out, UTC
	Person     string    // who is warned
	Digest     string    // the ID of the morning digest it belongs in; empty for what goes out by itself
	Deliveries []events.Delivery
}
