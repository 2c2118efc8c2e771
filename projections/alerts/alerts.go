// Package alerts is the view of what has become of alerts: for each case a
// document with the alerts that were claimed, answered or superseded, one with
// the morning digests of the last weeks, and one with the policy.
//
// Alerts that are only planned are not here: which are wanted follows from the
// docket, the policy and the calendar (domain/alerting). Nor is anything decided
// or sent here.
package alerts

import (
	"bytes"
	"fmt"
	"iter"
	"maps"
	"slices"

	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/events"
)

// Name and Version identify the view's stored documents. Version goes up with
// every change of Doc's shape.
const (
	Name    = "alerts"
	Version = 4
)

// Digests is the key of the document with the digests, which belong to no case.
const Digests = "digests"

// keptDays is of how many mornings the digests are kept, the latest: what was
// sent is tried again for a day, and shown in the next digest. They are counted,
// so that one far ahead, of a clock that was wrong, takes no others away.
const keptDays = 29

// Doc is the alerts of one case, or the digests.
type Doc struct {
	// Pending is of how many alerts the last word has not been said. It comes
	// first, so that a document without any is told from its bytes: see
	// MayBePending.
	Pending int `json:"pending,omitempty"`

	Alerts map[string]alerting.State `json:"alerts"` // by ID
}

// Route takes a commit to the document that its alert belongs in. The alerts of
// a document are aggregates of their own, each with its own versions; none of
// them is ever corrected.
func Route(r events.Recorded) iter.Seq2[string, events.Recorded] {
	return func(yield func(string, events.Recorded) bool) {
		if r.Aggregate == events.AlertPolicy() {
			return
		}
		name, err := alerting.ParseID(r.Aggregate.ID)
		switch {
		case err != nil: // nobody claims such an alert
		case name.Ref == "":
			yield(Digests, r)
		default:
			yield(name.Ref, r)
		}
	}
}

// Apply returns doc with the next commit of one of its alerts taken in. One that
// it has already changes nothing; one that is not the next is an error that
// wraps events.ErrDamaged. Digests of all but the latest mornings are dropped.
func Apply(doc Doc, r events.Recorded) (Doc, error) {
	id := r.Aggregate.ID
	name, err := alerting.ParseID(id)
	if err != nil {
		return doc, fmt.Errorf("%w: %w", events.ErrDamaged, err)
	}
	ofDigest := name.Ref == ""
	was, there := doc.Alerts[id]
	if ofDigest && !there && name.Due.Before(doc.oldest()) {
		return doc, nil
	}
	is, err := alerting.Take(was, r)
	if err != nil {
		return doc, err
	}
	doc.Alerts = maps.Clone(doc.Alerts)
	if doc.Alerts == nil {
		doc.Alerts = map[string]alerting.State{}
	}
	doc.Alerts[id] = is
	doc.Pending += one(is.Pending()) - one(was.Pending())
	if ofDigest && !there {
		doc = doc.dropOld()
	}
	return doc, nil
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}

// oldest returns the first of the mornings whose digests are kept; no date as
// long as there are fewer than are kept.
func (doc Doc) oldest() calendar.Date {
	var days []calendar.Date
	for id := range doc.Alerts {
		if name, err := alerting.ParseID(id); err == nil {
			days = append(days, name.Due)
		}
	}
	slices.SortFunc(days, calendar.Date.Compare)
	if days = slices.Compact(days); len(days) < keptDays {
		return calendar.Date{}
	}
	return days[len(days)-keptDays]
}

func (doc Doc) dropOld() Doc {
	first := doc.oldest()
	for id, s := range doc.Alerts {
		if name, err := alerting.ParseID(id); err == nil && name.Due.Before(first) {
			delete(doc.Alerts, id)
			doc.Pending -= one(s.Pending())
		}
	}
	return doc
}

// InOrder returns the alerts of the document by ID.
func (doc Doc) InOrder() []alerting.State {
	all := make([]alerting.State, 0, len(doc.Alerts))
	for _, id := range slices.Sorted(maps.Keys(doc.Alerts)) {
		all = append(all, doc.Alerts[id])
	}
	return all
}

// MayBePending reports whether the stored form of a document, JSON, can be that
// of one with pending alerts. If it is not, the document need not be read.
func MayBePending(stored []byte) bool {
	return bytes.HasPrefix(stored, []byte(pendingFirst))
}

const pendingFirst = `{"pending":`
