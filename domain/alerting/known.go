package alerting

import (
	"maps"
	"slices"
	"time"

	"parley/domain/deadline"
	"parley/domain/holidays"
	"parley/events"
)

// Known is since when the clocks of a case are known, by the ID of their
// deadline.
type Known map[string]Since

// Since is when a clock was recorded, UTC.
type Since struct {
	First time.Time `json:"first"` // at all
	Last  time.Time `json:"last"`  // as it is counted now
}

// Apply returns k with a commit taken in that was recorded at this moment and led
// from one book of clocks to the next. k stays as it is. Commits that correct
// earlier ones are for KnownBy.
func (k Known) Apply(before, after deadline.Book, at time.Time) Known {
	return k.with(changed(before, after), at)
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
		was, there := k[id]
		if !there {
			was.First = at
		}
		if at.After(was.Last) {
			was.Last = at
		}
		k[id] = was
	}
	return k
}

// KnownBy returns what a case's history makes known, corrections among it. A
// correction counts as said about the clocks that it lets run, rest or end
// otherwise than before; one of a title, of a document or of a reason does not.
func KnownBy(h events.History) Known {
	var book deadline.Book
	var k Known
	for i, r := range h {
		before := book
		if slices.ContainsFunc(r.Facts, corrects) {
			book = clocks(h[:i+1].Effective())
		} else {
			for _, f := range r.Facts {
				book = book.Apply(f)
			}
		}
		k = k.Apply(before, book, r.RecordedAt)
	}
	for id := range k {
		if _, there := book.Clock(id); !there {
			delete(k, id) // retracted with what set it
		}
	}
	return k
}

// corrects reports whether a fact corrects another.
func corrects(f events.Fact) bool {
	switch f.Event.(type) {
	case events.EventRetracted, events.EventReplaced:
		return true
	}
	return false
}

// clocks returns the clocks of a case with this history.
func clocks(h events.History) deadline.Book {
	var book deadline.Book
	for _, r := range h {
		for _, f := range r.Facts {
			book = book.Apply(f)
		}
	}
	return book
}

// changed returns the deadlines of a book that were not in it before, or were
// counted by something else.
func changed(before, book deadline.Book) []string {
	var ids []string
	for _, c := range book {
		was, there := before.Clock(c.Deadline)
		if !there || counted(was) != counted(c) || !slices.Equal(bare(was.Turns), bare(c.Turns)) {
			ids = append(ids, c.Deadline)
		}
	}
	return ids
}

// counted returns what a clock was set to, as far as its date follows from it.
func counted(c deadline.Clock) events.DeadlineSet {
	e := c.DeadlineSet
	e.Title, e.Owner, e.Practice, e.Document = "", "", "", ""
	e.Offer, e.Request, e.Dispute = 0, 0, 0
	return e
}

// bare returns what happened to a clock, without the reasons.
func bare(turns []deadline.Turn) []deadline.Turn {
	turns = slices.Clone(turns)
	for i := range turns {
		turns[i].Why = ""
	}
	return turns
}

// Under returns the deadline with the revisions of the calendar taken into
// account: one that moved it later than all else that is known counts as said,
// and as what set that date in the first place.
func (d Deadline) Under(editions []holidays.Edition) Deadline {
	for i := len(editions) - 1; i > 0 && editions[i].Since.After(d.Known); i-- {
		if d.Clock.Due(editions[i-1].Calendar) != d.Clock.Due(editions[i].Calendar) {
			d.First, d.Known = editions[i].Since, editions[i].Since
			break
		}
	}
	return d
}
