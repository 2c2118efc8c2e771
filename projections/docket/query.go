package docket

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

// Row is one deadline as it stands on a day.
type Row struct {
	Ref         string          `json:"ref"`
	ID          string          `json:"id"` // within the case, D7.1
	Rule        string          `json:"rule"`
	Title       string          `json:"title"` // of the deadline
	Case        string          `json:"case"`  // the case's title
	ICB         string          `json:"icb"`
	Owner       events.Party    `json:"owner"` // who must act
	Practice    string          `json:"practice,omitempty"`
	Offer       int             `json:"offer,omitempty"`
	Trigger     calendar.Date   `json:"trigger"` // the day that is counted from
	Due         calendar.Date   `json:"due"`     // the last day on which it is kept; of a paused one, if it ran on from today
	Status      deadline.Status `json:"status"`
	Overdue     bool            `json:"overdue"`
	DaysLeft    int             `json:"days_left"`   // to Due; negative once it has passed, 0 if it no longer runs
	Provisional bool            `json:"provisional"` // counted past the published calendar
	Extended    bool            `json:"extended,omitempty"`
	EndedOn     calendar.Date   `json:"ended_on,omitzero"`
	Document    string          `json:"document,omitempty"`
}

// Rows returns all deadlines of the case as they stand today, in the order in
// which they were set.
func (doc Doc) Rows(today calendar.Date) []Row {
	rows := make([]Row, 0, len(doc.Book))
	for _, clock := range doc.Book {
		rows = append(rows, doc.row(clock, today))
	}
	return rows
}

func (doc Doc) row(clock deadline.Clock, today calendar.Date) Row {
	row := Row{
		Ref: doc.Ref, ID: clock.Deadline, Rule: clock.Rule, Title: clock.Title, Case: doc.Title, ICB: doc.ICB,
		Owner: clock.Owner, Practice: clock.Practice, Offer: clock.Offer, Trigger: clock.Trigger, Due: due(clock, today),
		Status: clock.Status(), Overdue: clock.Overdue(today), Extended: !clock.Extended.IsZero(),
		EndedOn: clock.EndedOn, Document: clock.Document,
	}
	if clock.Running() {
		row.DaysLeft = today.DaysUntil(row.Due)
	}
	return row
}

// due returns the day on which a clock's deadline falls: of a paused one that
// on which it would fall if it ran on from today.
func due(clock deadline.Clock, today calendar.Date) calendar.Date {
	if clock.Status() == deadline.Paused {
		clock.Pauses = slices.Clone(clock.Pauses)
		if last := &clock.Pauses[len(clock.Pauses)-1]; last.From.Before(today) {
			last.Until = today
		}
	}
	return clock.Due()
}

// Query says which deadlines are wanted. Its zero value, with Today, asks for
// the running ones: of closed cases those whose date a document states, which
// stands whatever becomes of the case.
type Query struct {
	Today   calendar.Date
	Within  calendar.Period // due by the end of this period from today, or overdue; not in hours or working days
	Overdue bool            // only those that have passed
	Ref     string          // of this case only, open or closed, running or not
	Owner   events.Party    // only those on which this party must act
	All     bool            // also those that no longer run, and those that stand still with their closed case
}

// List returns the deadlines in docs that q asks for: the overdue ones first,
// then by due date, reference and ID. It refuses a Within that cannot be
// counted here.
func List(docs iter.Seq[Doc], q Query) ([]Row, error) {
	var until calendar.Date
	if !q.Within.IsZero() {
		count, err := deadline.After(q.Today, q.Within, false)
		if err != nil {
			return nil, err
		}
		until = count.Due
	}
	rows := []Row{}
	for doc := range docs {
		if q.Ref != "" && doc.Ref != q.Ref {
			continue
		}
		for _, clock := range doc.Book {
			if q.skips(clock) || doc.Closed && clock.Status() == deadline.Paused && q.Ref == "" && !q.All {
				continue
			}
			row := doc.row(clock, q.Today)
			if q.Overdue && !row.Overdue || !until.IsZero() && row.Due.After(until) {
				continue
			}
			rows = append(rows, row)
		}
	}
	slices.SortFunc(rows, compare)
	return rows, nil
}

// skips reports whether q leaves the clock out whatever its date.
func (q Query) skips(clock deadline.Clock) bool {
	everything := q.All || q.Ref != "" && !q.Overdue && q.Within.IsZero()
	return !clock.Running() && !everything || q.Owner != "" && clock.Owner != q.Owner
}

func compare(a, b Row) int {
	if a.Overdue != b.Overdue {
		if a.Overdue {
			return -1
		}
		return 1
	}
	if a.Due != b.Due {
		return a.Due.Compare(b.Due)
	}
	if a.Ref != b.Ref {
		return strings.Compare(a.Ref, b.Ref)
	}
	return compareIDs(a.ID, b.ID)
}

// compareIDs orders D7.2 before D10.1: the numbers in them have no leading
// zeros, so that the longer one is the higher.
func compareIDs(a, b string) int {
	aVersion, aIndex, _ := strings.Cut(a, ".")
	bVersion, bIndex, _ := strings.Cut(b, ".")
	return cmp.Or(
		cmp.Compare(len(aVersion), len(bVersion)), strings.Compare(aVersion, bVersion),
		cmp.Compare(len(aIndex), len(bIndex)), strings.Compare(aIndex, bIndex),
	)
}
