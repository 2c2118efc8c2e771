// Package docket is the view of deadlines: for each case a small document with
// its clocks, and from all of them the list of what is due when.
//
// Due dates are not stored. They are counted when the list is asked for, so
// that a rule or a calendar that is put right re-dates every open deadline at
// once. Which facts set and stop a clock is decided by negotiation; warning
// about deadlines is not the docket's business.
package docket

import (
	"bytes"
	"fmt"

	"parley/domain/alerting"
	"parley/domain/deadline"
	"parley/domain/holidays"
	"parley/events"
)

// Name and Version identify the view's stored documents. Version goes up with
// every change of Doc's shape or of what Apply makes of a fact.
const (
	Name    = "docket"
	Version = 5
)

// Doc is what the docket keeps of one case.
type Doc struct {
	Ref        string         `json:"ref"`
	Title      string         `json:"title"`
	ICB        string         `json:"icb"` // ODS code
	Caseworker string         `json:"caseworker,omitempty"`
	Closed     bool           `json:"closed,omitempty"`
	Version    int            `json:"version"` // of the last commit taken in
	Book       deadline.Book  `json:"book,omitempty"`
	Known      alerting.Known `json:"known,omitempty"` // since when each clock is known
}

// Apply returns doc with the case's next commit taken in. One that it has
// already changes nothing; one that is not the next is an error that wraps
// events.ErrDamaged. Facts that r corrects stay as they are: to see them
// corrected, Fold the whole history.
func Apply(doc Doc, r events.Recorded) (Doc, error) {
	if r.Version <= doc.Version {
		return doc, nil
	}
	if r.Version != doc.Version+1 {
		return doc, fmt.Errorf("%w: the docket has %s at version %d, and is given version %d", events.ErrDamaged, r.Aggregate, doc.Version, r.Version)
	}
	doc.Version = r.Version
	before := doc.Book
	doc.Book = before.Apply(r.Facts...)
	for _, f := range r.Facts {
		switch e := f.Event.(type) {
		case events.CaseOpened:
			doc.Ref, doc.Title, doc.ICB = e.Ref, e.Title, e.ICB
		case events.CaseAssigned:
			doc.Caseworker = e.Caseworker
		case events.CommissionerChanged:
			doc.ICB = e.ICB
		case events.CaseClosed:
			doc.Closed = true
		case events.CaseReopened:
			doc.Closed = false
		}
	}
	doc.Known = doc.Known.Apply(before, doc.Book, r.RecordedAt)
	return doc, nil
}

// Fold returns the document that a case's history leads to, with its
// corrections taken into account. For a moment of the past fold History.AsOf.
func Fold(h events.History) (Doc, error) {
	var doc Doc
	var err error
	for _, r := range h.Effective() {
		if doc, err = Apply(doc, r); err != nil {
			return Doc{}, err
		}
	}
	doc.Known = alerting.KnownBy(h)
	return doc, nil
}

// Deadlines returns the deadlines of the case that still have to be kept, as far
// as alerts go, by what these editions of the calendar say.
func (doc Doc) Deadlines(editions []holidays.Edition) []alerting.Deadline {
	var running []alerting.Deadline
	for _, clock := range doc.Book {
		if clock.Running() {
			known := doc.Known[clock.Deadline]
			running = append(running, alerting.Deadline{
				Ref: doc.Ref, Caseworker: doc.Caseworker, ICB: doc.ICB, Closed: doc.Closed, Clock: clock, Known: known.Last, First: known.First,
			}.Under(editions))
		}
	}
	return running
}

// MayAwait reports whether the stored form of a document, JSON, can be that of one
// with a deadline that can still fall due. If it is not, as of most cases that
// were closed, the document need not be read.
func MayAwait(stored []byte) bool {
	head, clocks, _ := bytes.Cut(stored, []byte(`"version":`)) // what is quoted in a text has a backslash before it
	return !bytes.Contains(head, []byte(`"closed":true`)) || bytes.Contains(clocks, []byte(`"stated":`))
}
