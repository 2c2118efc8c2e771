// Package timeline tells a case as it was recorded: every fact, those that were
// corrected beside those that correct them, each in a sentence.
//
// It is worked out from one case's history whenever it is asked for, and keeps
// no documents: it says everything that the history does, so that a stored copy
// would be as large as the history and no quicker to come by. What the case
// adds up to is the business of status.
package timeline

import (
	"fmt"
	"slices"
	"time"

	"parley/domain/calendar"
	"parley/events"
)

// Entry is one fact of a case, or what a revision of the calendar did to one of
// its deadlines (Redated), which has neither an ID nor a version.
type Entry struct {
	Event      events.EventID `json:"event"` // 7.2
	Version    int            `json:"version"`
	On         calendar.Date  `json:"on"`          // the day it was so
	RecordedAt time.Time      `json:"recorded_at"` // when Parley was told, UTC
	Actor      string         `json:"actor"`       // who said so
	Type       string         `json:"type"`        // its stored name, notice-served
	Text       string         `json:"text"`        // it, in a sentence

	Follows      bool `json:"follows,omitempty"`      // the nearest earlier entry without this mark brought it about
	Late         int  `json:"late,omitempty"`         // how many days after On it was recorded
	Confidential bool `json:"confidential,omitempty"` // for the LMC's eyes only

	Corrects    events.EventID `json:"corrects,omitzero"`     // the fact that this one corrects
	CorrectedBy events.EventID `json:"corrected_by,omitzero"` // the fact that corrects this one, or what brought it about
	Why         string         `json:"why,omitempty"`         // why it was corrected
	Retracted   bool           `json:"retracted,omitempty"`   // nothing stands in its place
	Replaced    []Replacement  `json:"replaced_with,omitempty"`
}

// Replacement is what stands in place of a fact that was replaced.
type Replacement struct {
	On      calendar.Date `json:"on"`
	Type    string        `json:"type"`
	Text    string        `json:"text"`
	Follows bool          `json:"follows,omitempty"`
}

// Brief describes e without what is for the LMC's eyes only: what a mandate
// says, and why anything was corrected, which may be a mandate.
func Brief(e events.Event) string {
	switch e := e.(type) {
	case events.MandateGiven:
		return confidential
	case events.EventRetracted:
		return fmt.Sprintf("Event %s retracted", e.Event)
	case events.EventReplaced:
		return fmt.Sprintf("Event %s corrected", e.Event)
	}
	return Describe(e)
}

// confidential stands in place of what is for the LMC's eyes only.
const confidential = "Confidential to the LMC"

// Public returns the entries without what those say that are for the LMC's eyes
// only: that there is such an entry is no secret, what is in it is.
func Public(entries []Entry) []Entry {
	shown := slices.Clone(entries)
	for i := range shown {
		if shown[i].Confidential {
			shown[i].Text, shown[i].Why, shown[i].Replaced = confidential, "", nil
		}
	}
	return shown
}

// Effective reports whether the entry still counts as it was first recorded.
func (e Entry) Effective() bool { return e.CorrectedBy.IsZero() }

// Tell returns the facts of one case's history in the order in which they were
// recorded. zone says where days begin: Europe/London. For the timeline as it
// was at a moment of the past give it History.AsOf.
func Tell(h events.History, zone *time.Location) []Entry {
	entries := []Entry{}
	corrections := h.Corrections()
	for _, r := range h {
		told := calendar.At(r.RecordedAt, zone)
		var cause events.Correction // of the fact that those marked Follows followed from
		for i, f := range r.Facts {
			e := Entry{
				Event: r.ID(i), Version: r.Version, On: f.On, RecordedAt: r.RecordedAt, Actor: r.Actor,
				Type: events.Name(f.Event), Text: Describe(f.Event), Follows: f.Follows, Corrects: corrected(f.Event),
			}
			e.Confidential = secret(h, f.Event)
			if !f.On.IsZero() {
				e.Late = max(0, f.On.DaysUntil(told))
			}
			own := corrections[e.Event]
			if !f.Follows {
				cause = own
			}
			switch {
			case f.Follows && !cause.By.IsZero(): // it fell with its cause
				e.CorrectedBy, e.Why, e.Retracted = cause.By, cause.Why, true
			case !own.By.IsZero():
				e.CorrectedBy, e.Why, e.Retracted, e.Replaced = own.By, own.Why, len(own.With) == 0, replacements(own.With)
			}
			entries = append(entries, e)
		}
	}
	return entries
}

// secret reports whether a fact is for the LMC's eyes only: a mandate, or the
// correction of one.
func secret(h events.History, e events.Event) bool {
	if _, mandate := e.(events.MandateGiven); mandate {
		return true
	}
	target, ok := h.Fact(corrected(e))
	return ok && secret(h, target.Event)
}

func replacements(with []events.Fact) []Replacement {
	var all []Replacement
	for _, f := range with {
		all = append(all, Replacement{f.On, events.Name(f.Event), Describe(f.Event), f.Follows})
	}
	return all
}

// corrected returns the ID of the fact that e corrects, if it corrects one.
func corrected(e events.Event) events.EventID {
	switch e := e.(type) {
	case events.EventRetracted:
		return e.Event
	case events.EventReplaced:
		return e.Event
	}
	return events.EventID{}
}
