package deadline

import (
	"slices"

	"parley/events"
)

// Book is the clocks of one case, in the order in which they were set.
type Book []Clock

// Clock returns the clock of this ID.
func (b Book) Clock(id string) (Clock, bool) {
	if i := b.place(id); i >= 0 {
		return b[i], true
	}
	return Clock{}, false
}

// place returns where the clock of this ID stands in b, -1 if it has none.
func (b Book) place(id string) int {
	for i := range b {
		if b[i].Deadline == id {
			return i
		}
	}
	return -1
}

// Apply returns the book with what these facts did to its clocks, and leaves b
// as it is. A closed case stops the clocks that are counted; a reopened one lets
// them run on, or starts them afresh; a date that a document states stands
// whatever becomes of it. That a deadline was missed is counted, so that
// DeadlineMissed changes nothing; nor do other facts.
func (b Book) Apply(facts ...events.Fact) Book {
	b = b.Copy(facts)
	for _, f := range facts {
		b.Take(f)
	}
	return b
}

// Copy returns a book that can Take these facts and leave b as it is: b itself
// where they concern no clock.
func (b Book) Copy(facts []events.Fact) Book {
	concerned, set := false, 0
	for _, f := range facts {
		switch e := f.Event.(type) {
		case events.DeadlineSet:
			concerned, set = true, set+1
		case events.CaseClosed, events.CaseReopened:
			concerned = true
		default:
			concerned = concerned || b.place(events.Deadline(e)) >= 0
		}
	}
	if !concerned {
		return b
	}
	return append(slices.Grow(Book(nil), len(b)+set), b...)
}

// Take does to b itself what Apply does to a copy, one fact at a time. It is for
// who made the copy: nobody else may have b's list of clocks.
func (b *Book) Take(f events.Fact) {
	switch e := f.Event.(type) {
	case events.DeadlineSet:
		*b = append(*b, Clock{DeadlineSet: e})
	case events.DeadlineMet:
		b.turn(e.Deadline, Turn{On: f.On, Kind: EndedMet, Time: e.Time})
	case events.DeadlineExtended:
		b.turn(e.Deadline, Turn{On: f.On, Kind: Extended, Until: e.Until, Why: e.Base})
	case events.DeadlineExtensionRemoved:
		b.turn(e.Deadline, Turn{On: f.On, Kind: ExtensionRemoved, Until: e.Until, Why: e.Why})
	case events.DeadlineShortened:
		b.turn(e.Deadline, Turn{On: f.On, Kind: Shortened, Until: e.Until, Why: e.Base})
	case events.DeadlinePaused:
		b.turn(e.Deadline, Turn{On: f.On, Kind: Stopped, Until: e.Until, Why: e.Why})
	case events.DeadlineResumed:
		b.turn(e.Deadline, Turn{On: f.On, Kind: Resumed})
	case events.DeadlineWaived:
		b.turn(e.Deadline, Turn{On: f.On, Kind: EndedWaived, Why: e.Why})
	case events.DeadlineSuperseded:
		b.turn(e.Deadline, Turn{On: f.On, Kind: EndedSuperseded, Why: e.Why})
	case events.CaseClosed:
		b.turnRunning(Turn{On: f.On, Kind: CaseClosed})
	case events.CaseReopened:
		if e.FreshClocks {
			b.turnRunning(Turn{On: f.On, Kind: Restarted})
		} else {
			b.turnRunning(Turn{On: f.On, Kind: CaseReopened})
		}
	}
}

// turn adds a turn to the clock of this ID.
func (b Book) turn(id string, t Turn) {
	for i := range b {
		if b[i].Deadline == id {
			b[i].add(t)
		}
	}
}

// turnRunning adds a turn to every clock that runs, and whose date is counted.
func (b Book) turnRunning(t Turn) {
	for i := range b {
		if b[i].Running() && b[i].Stated.IsZero() {
			b[i].add(t)
		}
	}
}

// add adds a turn, and leaves the turns of clocks that were copied from c as they are.
func (c *Clock) add(t Turn) { c.Turns = append(slices.Clip(c.Turns), t) }
