package deadline

import (
	"slices"

	"parley/events"
)

// Book is the clocks of one case, in the order in which they were set.
type Book []Clock

// Clock returns the clock of this ID.
func (b Book) Clock(id string) (Clock, bool) {
	i := slices.IndexFunc(b, func(c Clock) bool { return c.Deadline == id })
	if i < 0 {
		return Clock{}, false
	}
	return b[i], true
}

// Apply returns the book with what the fact did to its clocks. A closed case
// stops the clocks that are counted; a reopened one lets them run on, or starts
// them afresh; a date that a document states stands whatever becomes of it. That
// a deadline was missed is counted, so that DeadlineMissed changes nothing; nor
// do other facts.
func (b Book) Apply(f events.Fact) Book {
	switch e := f.Event.(type) {
	case events.DeadlineSet:
		return slices.Concat(b, Book{{DeadlineSet: e}})
	case events.DeadlineMet:
		return b.with(e.Deadline, Turn{On: f.On, Kind: EndedMet, Time: e.Time})
	case events.DeadlineExtended:
		return b.with(e.Deadline, Turn{On: f.On, Kind: Extended, Until: e.Until, Why: e.Base})
	case events.DeadlineExtensionRemoved:
		return b.with(e.Deadline, Turn{On: f.On, Kind: ExtensionRemoved, Until: e.Until, Why: e.Why})
	case events.DeadlineShortened:
		return b.with(e.Deadline, Turn{On: f.On, Kind: Shortened, Until: e.Until, Why: e.Base})
	case events.DeadlinePaused:
		return b.with(e.Deadline, Turn{On: f.On, Kind: Stopped, Until: e.Until, Why: e.Why})
	case events.DeadlineResumed:
		return b.with(e.Deadline, Turn{On: f.On, Kind: Resumed})
	case events.DeadlineWaived:
		return b.with(e.Deadline, Turn{On: f.On, Kind: EndedWaived, Why: e.Why})
	case events.DeadlineSuperseded:
		return b.with(e.Deadline, Turn{On: f.On, Kind: EndedSuperseded, Why: e.Why})
	case events.CaseClosed:
		return b.running(Turn{On: f.On, Kind: CaseClosed})
	case events.CaseReopened:
		if e.FreshClocks {
			return b.running(Turn{On: f.On, Kind: Restarted})
		}
		return b.running(Turn{On: f.On, Kind: CaseReopened})
	}
	return b
}

// with returns the book with a turn of one clock added.
func (b Book) with(id string, t Turn) Book {
	return b.turned(t, func(c Clock) bool { return c.Deadline == id })
}

// running returns the book with a turn of every clock that runs, and whose date
// is counted, added.
func (b Book) running(t Turn) Book {
	return b.turned(t, func(c Clock) bool { return c.Running() && c.Stated.IsZero() })
}

func (b Book) turned(t Turn, concerned func(Clock) bool) Book {
	b = slices.Clone(b)
	for i, c := range b {
		if concerned(c) {
			b[i].Turns = append(slices.Clip(c.Turns), t)
		}
	}
	return b
}
