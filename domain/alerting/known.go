package alerting

import (
	"maps"
	"time"

	"parley/domain/deadline"
	"parley/domain/holidays"
	"parley/events"
)

// Known is when the last was recorded that a clock is counted by, for each clock
// of a case by the ID of its deadline, UTC.
type Known map[string]time.Time

// Apply returns k with a fact taken in that was recorded at this moment; book is
// the case's clocks after it. k stays as it is.
func (k Known) Apply(f events.Fact, book deadline.Book, at time.Time) Known {
	return k.with(concerned(f.Event, book), at)
}

func (k Known) with(ids []string, at time.Time) Known {
	if len(ids) == 0 {
		return k
	}
	k = maps.Clone(k)
	if k == nil {
		k = Known{}
	}
	for _, id := range ids {
		if at.After(k[id]) {
			k[id] = at
		}
	}
	return k
}

// concerned returns the IDs of the deadlines whose clocks a fact sets, stops or
// moves.
func concerned(e events.Event, book deadline.Book) []string {
	switch e.(type) {
	case events.DeadlineMissed: // says what is counted anyway
		return nil
	case events.CaseClosed, events.CaseReopened:
		var ids []string
		for _, c := range book {
			if c.Running() && c.Stated.IsZero() {
				ids = append(ids, c.Deadline)
			}
		}
		return ids
	}
	if _, there := book.Clock(events.Deadline(e)); there {
		return []string{events.Deadline(e)}
	}
	return nil
}

// KnownBy returns what a case's history makes known, corrections among it: a
// correction counts as said about the clocks that the fact it corrects was
// about, and about those of what stands in its place.
func KnownBy(h events.History) Known {
	var book deadline.Book
	var k Known
	corrections := h.Corrections()
	for _, r := range h.Under(corrections) {
		for _, f := range r.Facts {
			book = book.Apply(f)
			k = k.Apply(f, book, r.RecordedAt)
		}
	}
	for id, c := range corrections {
		ids := spoken(h, id, book)
		for _, f := range c.With {
			ids = append(ids, concerned(f.Event, book)...)
		}
		k = k.with(ids, h[c.By.Version-1].RecordedAt)
	}
	for id := range k {
		if _, there := book.Clock(id); !there {
			delete(k, id) // retracted with what set it
		}
	}
	return k
}

// spoken returns the deadlines that a recorded fact and what followed from it
// were about and, of a correction, those that it corrected.
func spoken(h events.History, id events.EventID, book deadline.Book) []string {
	f, there := h.Fact(id)
	if !there {
		return nil
	}
	ids := concerned(f.Event, book)
	var target events.EventID
	switch e := f.Event.(type) {
	case events.EventRetracted:
		target = e.Event
	case events.EventReplaced:
		target = e.Event
		for _, with := range e.With {
			ids = append(ids, concerned(with.Event, book)...)
		}
	}
	if target.Version < id.Version && !target.IsZero() {
		ids = append(ids, spoken(h, target, book)...)
	}
	for _, after := range h[id.Version-1].Facts[id.Index:] {
		if f.Follows || !after.Follows {
			break
		}
		ids = append(ids, concerned(after.Event, book)...)
	}
	return ids
}

// Under returns the deadline with the revisions of the calendar taken into
// account: one that moved it later than all else that is known counts as said.
func (d Deadline) Under(editions []holidays.Edition) Deadline {
	for i := len(editions) - 1; i > 0 && editions[i].Since.After(d.Known); i-- {
		if d.Clock.Due(editions[i-1].Calendar) != d.Clock.Due(editions[i].Calendar) {
			d.Known = editions[i].Since
			break
		}
	}
	return d
}
