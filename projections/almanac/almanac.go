// Package almanac is the view of the calendar: which bank holidays are known,
// as the lists that were taken in have revised them.
//
// It is one small document that keeps the revisions themselves, because what
// they make of the built-in calendar is the business of holidays, and the
// built-in calendar grows with the program.
package almanac

import (
	"parley/domain/calendar"
	"parley/domain/holidays"
	"parley/events"
)

// Name and Version identify the view's stored document. Version goes up with
// every change of Doc's shape.
const (
	Name    = "almanac"
	Version = 1
)

// Doc is what is kept of the calendar's history.
type Doc struct {
	Version   int           `json:"version"` // of the last commit taken in
	Revisions []events.Fact `json:"revisions,omitempty"`
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
			doc.Revisions = append(doc.Revisions[:len(doc.Revisions):len(doc.Revisions)], f)
		}
	}
	return doc, nil
}

// Calendar returns the calendar as the document has it.
func (doc Doc) Calendar() calendar.Calendar {
	return holidays.Evolve(holidays.New(), events.Recorded{Commit: events.Commit{Facts: doc.Revisions}}).Calendar
}
