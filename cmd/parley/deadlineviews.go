package main

import (
	"context"
	"errors"
	"fmt"

	"parley/domain/deadline"
	"parley/projections/docket"
	"parley/projections/timeline"
)

// listDeadlines answers "deadline list".
func (s *session) listDeadlines(ctx context.Context, q docket.Query) (report, error) {
	rows, err := s.office.Deadlines(ctx, q)
	if errors.Is(err, deadline.ErrUncountable) {
		err = usageError{err}
	}
	if err != nil {
		return report{}, err
	}
	r := report{
		value: append([]*docket.Row{}, rows...),
		columns: []string{
			"due", "left", "ref", "id", "owner", "practice", "status", "working_days_left", "provisional", "not_a_working_day", "standing",
			"time", "rule", "overdue", "trigger", "case", "icb", "offer", "request", "dispute", "moved", "legal_due", "breaches", "title",
		},
		brief: []string{"due", "left", "ref", "id", "owner", "title"},
		empty: "No deadlines match.",
	}
	for _, d := range rows {
		r.rows = append(r.rows, []cell{
			{due(d), d.Due.String()},
			{daysLeft(d), fmt.Sprint(d.DaysLeft)},
			text(d.Ref), text(d.ID), text(string(d.Owner)), text(d.Practice), text(string(d.Status)),
			number(d.WorkingDaysLeft), text(fmt.Sprint(d.Provisional)), text(d.NotAWorkingDay), text(string(d.Standing)),
			text(d.Time), text(d.Rule), text(fmt.Sprint(d.Overdue)), date(d.Trigger), text(d.Case), text(d.ICB),
			numbered(d.Offer), numbered(d.Request), numbered(d.Dispute), date(d.Moved), date(d.LegalDue), number(len(d.Breaches)),
			{deadlineTitle(d), d.Title},
		})
	}
	return r, nil
}

// deadlineTitle returns what is due, with the practice or number it is about and
// what must be said aloud about its date.
func deadlineTitle(d *docket.Row) string {
	title := d.Title + timeline.About(d.Offer, d.Request, d.Dispute)
	if d.Practice != "" {
		title += " (" + d.Practice + ")"
	}
	if d.Status == deadline.Open || d.Status == deadline.Missed || d.Status == deadline.Paused {
		for _, aloud := range []struct {
			is  bool
			say string
		}{
			{d.NotAWorkingDay != "", "not a working day"},
			{d.Provisional, "provisional"},
			{d.Standing == deadline.Unverified, "unverified rule"},
			{len(d.Breaches) > 0 && !d.Overdue, "was breached"},
			{!d.LegalDue.IsZero(), "by law " + d.LegalDue.Time().Format("2 Jan 2006")},
		} {
			if aloud.is {
				title += " [" + aloud.say + "]"
			}
		}
	}
	return title
}

// numbered is the number of an offer, request or dispute, or nothing for none.
func numbered(n int) cell {
	if n == 0 {
		return text("")
	}
	return number(n)
}

// due returns when a deadline is due, with the time of one in hours.
func due(d *docket.Row) string {
	if d.Time == "" {
		return d.Due.Long()
	}
	return d.Due.Long() + " " + d.Time
}

// daysLeft says how long there is to a deadline, or what became of it.
func daysLeft(d *docket.Row) string {
	switch {
	case d.Overdue:
		return count(-d.DaysLeft, "day") + " over"
	case d.Late:
		return "met late"
	case d.Status != deadline.Open && d.Status != deadline.Missed:
		return string(d.Status)
	case d.DaysLeft == 0:
		return "today"
	}
	return fmt.Sprintf("%dd %dwd", d.DaysLeft, d.WorkingDaysLeft)
}
