// Package holidays keeps which bank holidays are known: the calendar that
// Parley comes with, as the published lists that were taken in since have
// revised it.
//
// Known is folded from the history of the aggregate events.Calendar(); folded
// from what had been recorded by some moment (events.History.AsOf), it is what
// was known then. Counting working days is the calendar's work, and re-dating
// deadlines the work of those who count them: both take Known.Calendar.
package holidays

import (
	"parley/domain/calendar"
	"parley/events"
)

// Known is the calendar with what is recorded about its revisions. It is a
// value; the zero Known knows nothing, New is where histories begin.
type Known struct {
	Calendar calendar.Calendar
	Edition  calendar.Date // when the last list that was taken in was published; none before the first

	revised map[string]bool // the versions that are taken; never written to once it is here
}

// New returns what is known before anything was recorded: the built-in calendar.
func New() Known { return Known{Calendar: calendar.Builtin()} }

// Fold returns what is known by this history, as it is now believed to have
// been: a revision that was retracted is gone.
func Fold(h events.History) Known {
	k := New()
	for _, r := range h.Effective() {
		k = Evolve(k, r)
	}
	return k
}

// Evolve returns k with the next commit taken in. A commit that corrects an
// earlier one (Commit.Corrects) needs a Fold of the whole history instead.
func Evolve(k Known, r events.Recorded) Known {
	for _, f := range r.Facts {
		if e, ok := f.Event.(events.CalendarRevised); ok {
			k = k.with(e)
		}
	}
	return k
}

func (k Known) with(e events.CalendarRevised) Known {
	k.Calendar = k.Calendar.With(e.Revision())
	if e.Published.After(k.Edition) {
		k.Edition = e.Published
	}
	taken := map[string]bool{e.Version: true}
	for v := range k.revised {
		taken[v] = true
	}
	k.revised = taken
	return k
}
