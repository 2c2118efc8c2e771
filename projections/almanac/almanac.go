// Package almanac is the view of the calendar: which bank holidays are known,
// as the lists that were taken in have revised them.
//
// It is one small document that keeps the revisions themselves, because what
// they make of the built-in calendar is the business of holidays, and the
// built-in calendar grows with the program.
package almanac

import (
	"slices"
	"time"

	"parley/domain/calendar"
	"parley/domain/holidays"
	"parley/events"
)

// Name and Version identify the view's stored document. Version goes up with
// every change of Doc's shape.
const (
	Name    = "almanac"
	Version = 2
)

// Doc is what is kept of the calendar's history.
type Doc struct {
	Version   int           `json:"version"` // of the last commit taken in
	Revisions []events.Fact `json:"revisions,omitempty"`
	Recorded  []time.Time   `json:"recorded,omitempty"` // when each of them was, UTC
}

// Apply returns doc with the calendar's next commit taken in. One that it has
// already changes nothing; one that is not the next is an error that wraps
// events.ErrDamaged.
func Apply(doc Doc, r events.Recorded) (Doc, error) {
	if r.Version <= doc.Version {
		return doc, nil
	}
	if r.Version != doc.Version+1 {
		return doc, r.Continues(doc.Version, r.Previous)
	}
	doc.Version = r.Version
	for _, f := range r.Facts {
		if _, ok := f.Event.(events.CalendarRevised); ok {
			doc.Revisions = append(slices.Clip(doc.Revisions), f)
			doc.Recorded = append(slices.Clip(doc.Recorded), r.RecordedAt)
		}
	}
	return doc, nil
}

// Calendar returns the calendar as the document has it.
func (doc Doc) Calendar() calendar.Calendar {
	return holidays.Evolve(holidays.New(), events.Recorded{Commit: events.Commit{Facts: doc.Revisions}}).Calendar
}

// Editions returns what was known of bank holidays over time: first the built-in
// calendar, then what each revision made of it.
func (doc Doc) Editions() []holidays.Edition {
	known := holidays.New()
	all := []holidays.Edition{{Calendar: known.Calendar}}
	for i, f := range doc.Revisions {
		known = holidays.Evolve(known, events.Recorded{Commit: events.Commit{Facts: []events.Fact{f}}})
		all = append(all, holidays.Edition{Since: doc.Recorded[i], Calendar: known.Calendar})
	}
	return all
}
