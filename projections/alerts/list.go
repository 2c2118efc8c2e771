package alerts

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

// Row is one alert or digest in a list.
type Row struct {
	ID         string             `json:"id"`
	Ref        string             `json:"ref,omitempty"`      // of the case; empty for a digest
	Deadline   string             `json:"deadline,omitempty"` // its ID within the case
	Title      string             `json:"title,omitempty"`    // of the deadline, with the number of what it is about; empty if it was retracted
	Practice   string             `json:"practice,omitempty"` // ODS code of the practice concerned; empty if none
	Rung       string             `json:"rung"`               // the ID of the step of the ladder; "digest" for one
	Step       string             `json:"step"`               // the same in words: one working day before
	Due        calendar.Date      `json:"due,omitzero"`       // the due date that it warns of
	At         time.Time          `json:"at"`                 // when it goes out, or was to, UTC
	Person     string             `json:"person,omitempty"`   // who is warned
	Digest     string             `json:"digest,omitempty"`   // the digest in which it went out
	Status     alerting.Status    `json:"status"`
	Since      time.Time          `json:"since,omitzero"` // when the last was recorded of it, UTC; zero of one that is planned
	Deliveries []alerting.Outcome `json:"deliveries"`
	Why        string             `json:"why,omitempty"`  // why it was superseded, what was said to acknowledge it, or on what it depends
	By         string             `json:"by,omitempty"`   // the alert that took its place, or who acknowledged or snoozed it
	Until      calendar.Date      `json:"until,omitzero"` // of one that was snoozed
}

// Query says which alerts are wanted: those that match all of what is set.
type Query struct {
	Ref    string          // of this case only
	Person string          // for this person only
	Status alerting.Status // that stand so
	From   time.Time       // not those that were to go out earlier, unless something is still to be done about them
	Until  time.Time       // nor those that go out later; the zero time sets no bound
}

// Matches reports whether q asks for a row.
func (q Query) Matches(r Row) bool {
	pending := slices.ContainsFunc(r.Deliveries, func(o alerting.Outcome) bool {
		return o.Status == alerting.Claimed || o.Status == alerting.Uncertain || o.Status == alerting.Failed && !o.RetryAt.IsZero()
	})
	switch {
	case q.Ref != "" && q.Ref != r.Ref,
		q.Person != "" && q.Person != r.Person,
		q.Status != "" && q.Status != r.Status,
		!q.Until.IsZero() && r.At.After(q.Until),
		r.At.Before(q.From) && !pending:
		return false
	}
	return true
}

// Outlook is what alerts are planned by.
type Outlook struct {
	Policy   alerting.Policy
	Calendar calendar.Calendar
	Now      time.Time
}

// OfCase returns the alerts of one case: those that its running deadlines want,
// and those of which something was recorded. book is all deadlines of the case, by
// which those that have ended are told too.
func (o Outlook) OfCase(deadlines []alerting.Deadline, book deadline.Book, recorded map[string]alerting.State) []Row {
	rows := make([]Row, 0, len(recorded))
	for _, s := range recorded {
		r := told(s)
		clock, _ := book.Clock(r.Deadline)
		r.Title, r.Practice, r.Step = clock.Titled(), clock.Practice, o.Policy.StepOf(r.Rung, clock, r.Person)
		rows = append(rows, r)
	}
	for _, d := range deadlines {
		for _, a := range alerting.Wanted(o.Policy, o.Calendar, d.AsOf(o.Now), recorded) {
			if _, known := recorded[a.ID]; !known {
				rows = append(rows, o.wanted(a, d))
			}
		}
	}
	return rows
}

// wanted returns an alert of which nothing has been recorded as a row.
func (o Outlook) wanted(a alerting.Alert, d alerting.Deadline) Row {
	r := Row{
		ID: a.ID, Ref: a.Ref, Deadline: a.Deadline, Title: d.Clock.Titled(), Practice: d.Clock.Practice, Rung: a.Rung.ID, Step: alerting.Step(a.Rung),
		Due: a.Due, At: a.At, Person: a.Person, Digest: a.Digest, Status: alerting.Planned, Deliveries: planned(a.Deliveries),
	}
	if !a.At.After(o.Now) {
		r.Why = alerting.NotSentYet
	}
	return r
}

// ifAnything is on what a planned digest depends: whether there is anything to say
// follows from how things stand on its morning, and can change until then.
const ifAnything = "if there is anything to say that morning"

// OfMornings returns everybody's next digest, which goes out if there is anything
// to say then, and those of which something was recorded. It looks so many days
// ahead.
func (o Outlook) OfMornings(days int, recorded map[string]alerting.State) []Row {
	rows := make([]Row, 0, len(recorded))
	for _, s := range recorded {
		r := told(s)
		r.Step = digestStep
		rows = append(rows, r)
	}
	today, has := deadline.InLondon(o.Now).Date, map[string]bool{}
	for ahead := range days {
		for _, m := range alerting.Digests(o.Policy, o.Calendar, today.AddDays(ahead), nil) {
			if _, known := recorded[m.ID]; !known && !has[m.Person] && m.At.After(o.Now) {
				has[m.Person] = true
				rows = append(rows, Row{
					ID: m.ID, Rung: Digest, Step: digestStep, At: m.At, Person: m.Person, Status: alerting.Planned, Deliveries: planned(m.Deliveries),
					Why: ifAnything,
				})
			}
		}
	}
	return rows
}

// Digest stands in the place of the rung for a digest.
const Digest = "digest"

const digestStep = "morning digest"

func planned(to []events.Delivery) []alerting.Outcome {
	all := make([]alerting.Outcome, len(to))
	for i, d := range to {
		all[i] = alerting.Outcome{Delivery: d, Status: alerting.Planned}
	}
	return all
}

// told returns what was recorded of an alert as a row.
func told(s alerting.State) Row {
	name, _ := alerting.ParseID(s.ID) // the view keeps none that does not read
	r := Row{
		ID: s.ID, Ref: name.Ref, Deadline: name.Deadline, Rung: cmp.Or(name.Rung, Digest), Due: name.Due,
		At: s.Claim.At, Person: cmp.Or(s.Claim.Person, s.Superseded.Person, name.Person), Digest: s.Claim.Digest,
		Status: s.Status(), Since: s.Head.RecordedAt, Deliveries: append([]alerting.Outcome{}, s.Deliveries...),
	}
	if name.Ref == "" {
		r.Due = calendar.Date{}
	}
	switch r.Status {
	case alerting.Superseded:
		r.Why, r.By, r.At = s.Superseded.Why, s.Superseded.By, s.Superseded.Planned
	case alerting.Acknowledged:
		r.Why, r.By = s.Acknowledged.Text, s.Acknowledged.By
	}
	if s.Snoozed.By != "" {
		r.Until = s.Snoozed.Until
		r.By = cmp.Or(r.By, s.Snoozed.By)
		if r.At.IsZero() {
			r.At = s.Snoozed.At
		}
	}
	return r
}

// Sort puts rows in the order in which they go out.
func Sort(rows []Row) {
	slices.SortFunc(rows, func(a, b Row) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.ID, b.ID))
	})
}
