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
	Met        Status = "met"
	Missed     Status = "missed" // on record as missed, and still to be done
	Waived     Status = "waived"
	Superseded Status = "superseded"
)

// Span is a stretch of days: From is in it, Until is not. A zero Until means
// that it goes on.
type Span struct {
	From  calendar.Date `json:"from"`
	Until calendar.Date `json:"until,omitzero"`
}

// Clock is one deadline of a case and all that happened to it.
type Clock struct {
	events.DeadlineSet
	Ended    Status        `json:"ended,omitempty"` // met, waived or superseded; empty while it runs
	EndedOn  calendar.Date `json:"ended_on,omitzero"`
	MissedOn calendar.Date `json:"missed_on,omitzero"`
	Extended calendar.Date `json:"extended,omitzero"` // the date it was moved to
	Pauses   []Span        `json:"pauses,omitempty"`
}

// Count returns when the clock's deadline is due, with the working. Days on
// which it was paused are added at the end.
func (c Clock) Count() Count {
	count := c.unpaused()
	for _, p := range c.Pauses {
		if p.Until.IsZero() || p.From.After(count.Due) {
			continue
		}
		if lost := p.From.DaysUntil(p.Until); lost > 0 {
			count.Due = count.Due.AddDays(lost)
			count.step(count.Due, "moved by the days of the pause from "+p.From.Long())
		}
	}
	if !c.Extended.IsZero() {
		count.Due = c.Extended
		count.step(c.Extended, "the date it was extended to")
	}
	return count
}

func (c Clock) unpaused() Count {
	if !c.Stated.IsZero() {
		return Count{c.Stated, []Step{{c.Stated, "the date stated in the document"}}}
	}
	count, err := After(c.Trigger, c.Period, c.ToMonthEnd)
	if err != nil { // only a log written by other rules can say this
		return Count{c.Trigger, []Step{{c.Trigger, "due at once: " + err.Error()}}}
	}
	return count
}

// Due returns the last day on which the clock's deadline is kept.
func (c Clock) Due() calendar.Date { return c.Count().Due }

// Running reports whether the deadline still has to be kept.
func (c Clock) Running() bool { return c.Ended == "" }

// Status returns where the deadline stands.
func (c Clock) Status() Status {
	switch {
	case c.Ended != "":
		return c.Ended
	case c.paused():
		return Paused
	case !c.MissedOn.IsZero() && c.Extended.IsZero():
		return Missed
	}
	return Open
}

// Overdue reports whether the deadline has passed today without being kept.
func (c Clock) Overdue(today calendar.Date) bool {
	return c.Running() && !c.paused() && c.Due().Before(today)
}

func (c Clock) paused() bool {
	return len(c.Pauses) > 0 && c.Pauses[len(c.Pauses)-1].Until.IsZero()
}

func (c *Clock) end(as Status, on calendar.Date) {
	if c.Ended == "" {
		c.Ended, c.EndedOn = as, on
	}
}

func (c *Clock) pause(on calendar.Date) {
	if c.Running() && !c.paused() {
		c.Pauses = append(slices.Clip(c.Pauses), Span{From: on})
	}
}

func (c *Clock) resume(on calendar.Date) {
	if c.paused() {
		c.Pauses = slices.Clone(c.Pauses)
		c.Pauses[len(c.Pauses)-1].Until = on
	}
}

// Book is the clocks of one case, in the order in which they were set.
type Book []Clock

// Apply returns the book with what the fact did to its clocks. A closed case
// stops the clocks that are counted, and a reopened one lets them run on; a date
// that a document states stands. Other facts change nothing.
func (b Book) Apply(f events.Fact) Book {
	switch e := f.Event.(type) {
	case events.DeadlineSet:
		return append(slices.Clip(b), Clock{DeadlineSet: e})
	case events.DeadlineMet:
		return b.with(e.Deadline, func(c *Clock) { c.end(Met, f.On) })
	case events.DeadlineMissed:
		return b.with(e.Deadline, func(c *Clock) { c.MissedOn = f.On })
	case events.DeadlineExtended:
		return b.with(e.Deadline, func(c *Clock) { c.Extended = e.Until })
	case events.DeadlinePaused:
		return b.with(e.Deadline, func(c *Clock) { c.pause(f.On) })
	case events.DeadlineResumed:
		return b.with(e.Deadline, func(c *Clock) { c.resume(f.On) })
	case events.DeadlineWaived:
		return b.with(e.Deadline, func(c *Clock) { c.end(Waived, f.On) })
	case events.DeadlineSuperseded:
		return b.with(e.Deadline, func(c *Clock) { c.end(Superseded, f.On) })
	case events.CaseClosed:
		return b.counted(func(c *Clock) { c.pause(f.On) })
	case events.CaseReopened:
		return b.counted(func(c *Clock) { c.resume(f.On) })
	}
	return b
}

func (b Book) with(id string, change func(*Clock)) Book {
	i := slices.IndexFunc(b, func(c Clock) bool { return c.Deadline == id })
	if i < 0 {
		return b
	}
	b = slices.Clone(b)
	change(&b[i])
	return b
}

// counted changes the clocks whose date is counted. A date that a document
// states stands whatever becomes of the case.
func (b Book) counted(change func(*Clock)) Book {
	b = slices.Clone(b)
	for i := range b {
		if b[i].Stated.IsZero() {
			change(&b[i])
		}
	}
	return b
}
