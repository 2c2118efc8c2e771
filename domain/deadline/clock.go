package deadline

import (
	"slices"

	"parley/domain/calendar"
	"parley/events"
)

// Status is where a deadline stands.
type Status string

// The statuses of deadlines.
const (
	Open       Status = "open"
	Paused     Status = "paused"
	Met        Status = "met"    // in time or late: see Late
	Missed     Status = "missed" // its day has passed, and it is still to be done
	Waived     Status = "waived"
	Superseded Status = "superseded"
)

// Kind is what can happen to a clock.
type Kind string

// The kinds of turns.
const (
	Stopped          Kind = "paused"
	Resumed          Kind = "resumed"
	CaseClosed       Kind = "case-closed"
	CaseReopened     Kind = "case-reopened"
	Restarted        Kind = "restarted" // the case was reopened with fresh clocks
	Extended         Kind = "extended"
	ExtensionRemoved Kind = "extension-removed"
	Shortened        Kind = "shortened"
	EndedMet         Kind = "met"
	EndedWaived      Kind = "waived"
	EndedSuperseded  Kind = "superseded"
)

// Turn is one thing that happened to a clock.
type Turn struct {
	On    calendar.Date `json:"on"`
	Kind  Kind          `json:"kind"`
	Time  string        `json:"time,omitempty"` // of being met, 15:04 Europe/London
	Until calendar.Date `json:"until,omitzero"` // the date it was moved to or back from, or the day a pause ends
	Why   string        `json:"why,omitempty"`
}

// Clock is one deadline of a case and all that happened to it. What follows
// from that is counted when it is asked for, by the days on which things
// happened, whatever the order in which they were recorded.
type Clock struct {
	events.DeadlineSet
	Turns []Turn `json:"turns,omitempty"` // as they were recorded
}

// Count returns when the clock's deadline is due, with the working. A clock that
// stands still is counted as if it ran on at once: see ResumedOn.
func (c Clock) Count(cal calendar.Calendar) Count {
	q := c.question(cal, true)
	counted := c.now().count(q)
	if open, still := c.still(); still && !counted.Due.Before(open.From) {
		why := "PAUSED: the clock stands still, and keeps what remains of it; the date is the one it would have if it ran on at once"
		if m := c.now().move(); m.Kind != "" && !m.On.Before(open.From) {
			why = "PAUSED: the clock stands still; the date was agreed while it did, and this pause does not move it"
		}
		counted.Steps = append(counted.Steps, Step{open.From, why})
	}
	if legal, differs := c.LegalDue(cal); differs {
		counted.Steps = append(counted.Steps, Step{legal, "CLOSING THE FILE DOES NOT STOP THE LAW'S CLOCK: without it this was due " + legal.Long()})
	}
	return q.closing(counted)
}

// Due returns the last day on which the clock's deadline is kept, as Count does.
func (c Clock) Due(cal calendar.Calendar) calendar.Date {
	return c.now().count(c.question(cal, false)).Due
}

// Explain returns the clock's date with its working, as Compute does for a
// clock that is only supposed.
func (c Clock) Explain(cal calendar.Calendar) Answer {
	q := c.question(cal, false)
	return q.rule.answer(c.Title, c.Count(cal), cal)
}

// ResumedOn returns the clock as if it ran on from this day. One that does not
// stand still then is returned as it is.
func (c Clock) ResumedOn(day calendar.Date) Clock {
	if open, still := c.still(); still && !day.Before(open.From) {
		c.Turns = append(slices.Clip(c.Turns), Turn{On: day, Kind: Resumed}, Turn{On: day, Kind: CaseReopened})
	}
	return c
}

// Running reports whether the deadline still has to be kept.
func (c Clock) Running() bool { return c.Ended() == "" }

// Ended returns how the clock ended: met, waived or superseded; nothing while it runs.
func (c Clock) Ended() Status {
	end, _ := c.end()
	return Status(end.Kind)
}

// EndedOn returns the day on which the clock ended, or no date.
func (c Clock) EndedOn() calendar.Date {
	end, _ := c.end()
	return end.On
}

// end returns the turn that ended the clock: the earliest, by the day on which
// it was so. On one day being met comes first.
func (c Clock) end() (Turn, bool) {
	var found Turn
	for _, kind := range []Kind{EndedMet, EndedWaived, EndedSuperseded} {
		for _, t := range c.Turns {
			if t.Kind == kind && (found.Kind == "" || t.On.Before(found.On)) {
				found = t
			}
		}
	}
	return found, found.Kind != ""
}

// Moved returns the date to which the clock was last extended or shortened, if
// that still stands; otherwise no date.
func (c Clock) Moved() calendar.Date { return c.now().move().Until }

// Look returns when the clock's deadline is due and where it stands today, of one
// count without the working. One that stands still is counted as if it ran on
// from today.
func (c Clock) Look(cal calendar.Calendar, today calendar.Date) (Count, Status) {
	on := c.ResumedOn(today)
	count := on.now().count(on.question(cal, false))
	if ended := c.Ended(); ended != "" {
		return count, ended
	}
	switch {
	case c.PausedOn(today):
		return count, Paused
	case count.Due.Before(today):
		return count, Missed
	}
	return count, Open
}

// Status returns where the deadline stands today.
func (c Clock) Status(cal calendar.Calendar, today calendar.Date) Status {
	_, status := c.Look(cal, today)
	return status
}

// Overdue reports whether the deadline has passed today without being kept. One
// that is paused never is.
func (c Clock) Overdue(cal calendar.Calendar, today calendar.Date) bool {
	return c.Status(cal, today) == Missed
}

// Pauses returns the stretches in which the clock stood still, by date: its own
// pauses and those in which the case was closed. Only the last can go on.
func (c Clock) Pauses() []Span { return union(c.apart()) }

// apart returns the clock's own pauses, and those in which the case was closed.
func (c Clock) apart() []Span {
	var own, closed []mark
	for _, t := range c.Turns {
		switch t.Kind {
		case Stopped:
			own = append(own, mark{on: t.On, stop: true, until: t.Until})
		case Resumed:
			own = append(own, mark{on: t.On})
		case CaseClosed:
			closed = append(closed, mark{on: t.On, stop: true})
		case CaseReopened, Restarted:
			closed = append(closed, mark{on: t.On})
		}
	}
	return slices.Concat(spans(own), spans(closed))
}

// PausedOn reports whether the clock stands still on a day.
func (c Clock) PausedOn(day calendar.Date) bool {
	return slices.ContainsFunc(c.Pauses(), func(s Span) bool { return s.has(day) })
}

// still returns the pause that goes on, if there is one.
func (c Clock) still() (Span, bool) {
	pauses := c.Pauses()
	if n := len(pauses); n > 0 && pauses[n-1].Until.IsZero() {
		return pauses[n-1], true
	}
	return Span{}, false
}
