package docket

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/domain/directory"
	"parley/events"
)

// Day is the day on which deadlines are looked at, and what is known of
// holidays and of bodies then.
type Day struct {
	Today    calendar.Date
	Calendar calendar.Calendar
	Bodies   directory.Directory
}

// Row is one deadline as it stands on a day.
type Row struct {
	Ref             string            `json:"ref"`
	ID              string            `json:"id"` // within the case, D7.1
	Rule            string            `json:"rule"`
	Title           string            `json:"title"`       // of the deadline
	Case            string            `json:"case"`        // the case's title
	ICB             string            `json:"icb"`         // of the case
	Responsible     []string          `json:"responsible"` // that ICB, or who has succeeded it by now
	Owner           events.Party      `json:"owner"`       // who must act
	Practice        string            `json:"practice,omitempty"`
	Offer           int               `json:"offer,omitempty"`
	Request         int               `json:"request,omitempty"`
	Dispute         int               `json:"dispute,omitempty"`
	Trigger         calendar.Date     `json:"trigger"`        // the day that is counted from
	Due             calendar.Date     `json:"due"`            // the last day on which it is kept; of a paused one, if it ran on from today
	Time            string            `json:"time,omitempty"` // of a limit in hours: until when on that day
	Status          deadline.Status   `json:"status"`
	Standing        deadline.Standing `json:"standing"`
	Overdue         bool              `json:"overdue"`
	Late            bool              `json:"late,omitempty"`     // it was met after its day
	DaysLeft        int               `json:"days_left"`          // to Due; negative once it has passed, 0 if it no longer runs
	WorkingDaysLeft int               `json:"working_days_left"`  // likewise, by the rule's own working days
	Provisional     bool              `json:"provisional"`        // it rests on days for which no holidays are published yet
	NotAWorkingDay  string            `json:"not_a_working_day"`  // why Due is none; empty if it is one
	LegalDue        calendar.Date     `json:"legal_due,omitzero"` // of a statutory one whose case was closed: when the law has it due all the same, where that is another answer
	Moved           calendar.Date     `json:"moved,omitzero"`     // the date it was extended or shortened to
	EndedOn         calendar.Date     `json:"ended_on,omitzero"`
	Breaches        []deadline.Breach `json:"breaches"` // days that passed without its being kept
	Document        string            `json:"document,omitempty"`
}

// Rows returns all deadlines of the case as they stand on that day, in the
// order in which they were set.
func (doc Doc) Rows(day Day) []*Row {
	rows := make([]*Row, 0, len(doc.Book))
	for _, clock := range doc.Book {
		count, status := clock.Look(day.Calendar, day.Today)
		rows = append(rows, doc.row(clock, count, status, day))
	}
	return rows
}

// row returns the row of a clock that was looked at on that day.
func (doc Doc) row(clock deadline.Clock, count deadline.Count, status deadline.Status, day Day) *Row {
	row := &Row{
		Ref: doc.Ref, ID: clock.Deadline, Rule: clock.Rule, Title: clock.Title, Case: doc.Title,
		ICB: doc.ICB, Responsible: day.Responsible(doc.ICB),
		Owner: clock.Owner, Practice: clock.Practice, Offer: clock.Offer, Request: clock.Request, Dispute: clock.Dispute, Trigger: clock.Trigger,
		Due: count.Due, Time: count.Time, Status: status, Standing: clock.Standing(),
		Overdue: status == deadline.Missed, Late: clock.Late(day.Calendar),
		Provisional: count.Provisional, NotAWorkingDay: count.NotAWorkingDay, Moved: clock.Moved(),
		EndedOn: clock.EndedOn(), Breaches: []deadline.Breach{}, Document: clock.Document,
	}
	if row.Overdue || len(clock.Turns) > 0 { // otherwise it has only the date that lies ahead
		row.Breaches = append(row.Breaches, clock.Breaches(day.Calendar, day.Today)...)
	}
	if law, differs := clock.LegalDue(day.Calendar); differs {
		row.LegalDue = law
	}
	if clock.Running() {
		row.DaysLeft = day.Today.DaysUntil(row.Due)
		row.WorkingDaysLeft = day.Calendar.WorkingDaysUntil(clock.Working(), day.Today, row.Due)
	}
	return row
}

// Responsible returns the codes of who answers for an ICB on that day.
func (day Day) Responsible(icb string) []string {
	codes := []string{}
	for _, c := range day.Bodies.Successors(icb, day.Today) {
		codes = append(codes, c.Code)
	}
	return codes
}

// Query says which deadlines are wanted. Its zero value, with Day, asks for the
// running ones: of closed cases those whose date a document states, which stands
// whatever becomes of the case.
type Query struct {
	Day
	Within  calendar.Period // due by the end of this period from today, or overdue; not in hours
	Overdue bool            // only those that have passed
	Ref     string          // of this case only, open or closed, running or not
	Owner   events.Party    // only those on which this party must act
	All     bool            // also those that no longer run, and those that stand still with their closed case
}

// List returns the deadlines in docs that q asks for: the overdue ones first,
// then by due date, reference and ID. It refuses a Within in hours.
func List(docs iter.Seq[Doc], q Query) ([]*Row, error) {
	last, err := q.last()
	if err != nil {
		return nil, err
	}
	rows := []*Row{}
	for doc := range docs {
		if q.Ref != "" && doc.Ref != q.Ref {
			continue
		}
		for _, clock := range doc.Book {
			if !q.concerns(doc, clock) {
				continue
			}
			count, status := clock.Look(q.Calendar, q.Today)
			if overdue := status == deadline.Missed; overdue || !q.Overdue && !count.Due.After(last) {
				rows = append(rows, doc.row(clock, count, status, q.Day))
			}
		}
	}
	slices.SortFunc(rows, func(a, b *Row) int { return compare(a.place(), b.place()) })
	return rows, nil
}

// last returns the last day of Within; without Within the last that there is.
func (q Query) last() (calendar.Date, error) {
	switch {
	case q.Within.IsZero():
		return calendar.On(9999, 12, 31), nil
	case q.Within.Unit == calendar.WorkingDays:
		return q.Calendar.AddWorkingDays(calendar.WorkingEnglandAndWales, q.Today, q.Within.N), nil
	}
	count, err := deadline.After(q.Today, q.Within, false)
	return count.Due, err
}

// concerns reports whether q asks for the clock, if its date is among those that
// q asks for.
func (q Query) concerns(doc Doc, clock deadline.Clock) bool {
	switch {
	case q.Owner != "" && clock.Owner != q.Owner:
		return false
	case q.All:
		return true
	case q.Ref != "":
		return clock.Running() || !q.Overdue && q.Within.IsZero()
	}
	return doc.Awaits(clock)
}

// Awaits reports whether the clock can still fall due: it runs, and does not
// stand still with its closed case. What a document states stands whatever
// becomes of the case.
func (doc Doc) Awaits(clock deadline.Clock) bool {
	return clock.Running() && (!doc.Closed || !clock.Stated.IsZero())
}

// place is where a deadline stands in a list.
type place struct {
	overdue bool
	due     calendar.Date
	ref, id string
}

func compare(a, b place) int {
	if a.overdue != b.overdue {
		if a.overdue {
			return -1
		}
		return 1
	}
	if a.due != b.due {
		return a.due.Compare(b.due)
	}
	if a.ref != b.ref {
		return strings.Compare(a.ref, b.ref)
	}
	return compareIDs(a.id, b.id)
}

func (r *Row) place() place { return place{r.Overdue, r.Due, r.Ref, r.ID} }

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
