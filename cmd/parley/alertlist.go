package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"parley/domain/alerting"
	"parley/projections/alerts"
)

// alertsReport is the answer of "alert list".
func (s *session) alertsReport(rows []alerts.Row) report {
	r := report{
		value:   append([]alerts.Row{}, rows...),
		columns: []string{"at", "status", "for", "ref", "deadline", "title", "practice", "due", "step", "id", "rung", "since", "why"},
		brief:   []string{"at", "status", "for", "ref", "title", "due", "step", "id", "why"},
		empty:   "No alerts match.",
	}
	for _, row := range rows {
		why := alertWhy(row, s.zone)
		r.rows = append(r.rows, []cell{
			{s.minute(row.At), row.At.Format(time.RFC3339)},
			text(string(row.Status)), text(recipients(row)), text(row.Ref), text(row.Deadline),
			{titleOf(row), row.Title},
			text(row.Practice), date(row.Due), text(row.Step), text(row.ID), text(row.Rung), s.since(row.Since), text(why),
		})
	}
	r.tight = func(w io.Writer, width int) { s.tightAlerts(w, width, rows) }
	return r
}

// titleOf says what an alert is about, with the practice if it is about one.
func titleOf(r alerts.Row) string {
	if r.Practice == "" {
		return r.Title
	}
	return r.Title + ", " + r.Practice
}

// since is the cell of a moment that may be none.
func (s *session) since(t time.Time) cell {
	if t.IsZero() {
		return cell{}
	}
	return cell{s.minute(t), t.Format(time.RFC3339)}
}

// tightAlerts shows alerts one below the other: their IDs are long, and are
// copied whole.
func (s *session) tightAlerts(w io.Writer, width int, rows []alerts.Row) {
	for _, row := range rows {
		said := row.Step
		if row.Title != "" {
			said = oneLine(titleOf(row)) + ", due " + row.Due.Long() + ": " + said
		}
		said += ", for " + oneLine(recipients(row))
		if why := alertWhy(row, s.zone); why != "" {
			said += "; " + oneLine(why)
		}
		lead := fmt.Sprintf("%-21s  %-12s  ", s.minute(row.At), row.Status)
		hanging(w, lead, said, width)
		_, _ = fmt.Fprintln(w, strings.Repeat(" ", len(lead))+row.ID)
	}
}

// minute writes a moment as people in the office read it.
func (s *session) minute(t time.Time) string { return t.In(s.zone).Format("Mon 2 Jan 2006 15:04") }

// recipients says whom an alert is for, and by which channels.
func recipients(r alerts.Row) string {
	var said []string
	for _, o := range r.Deliveries {
		if o.Delivery.To == "" {
			said = append(said, o.Delivery.Channel)
			continue
		}
		said = append(said, o.Delivery.To+" by "+o.Delivery.Channel)
	}
	if len(said) == 0 {
		return r.Person
	}
	return strings.Join(said, ", ")
}

// alertWhy says what people should know of how an alert stands.
func alertWhy(r alerts.Row, zone *time.Location) string {
	var said []string
	if r.Why != "" {
		said = append(said, r.Why)
	}
	for _, o := range r.Deliveries {
		switch {
		case o.Status == alerting.Failed && !o.RetryAt.IsZero():
			said = append(said, fmt.Sprintf("%s: %s; tried again at %s", o.Delivery.Channel, o.Why, o.RetryAt.In(zone).Format("Mon 15:04")))
		case o.Status == alerting.Failed, o.Status == alerting.Uncertain:
			said = append(said, o.Delivery.Channel+": "+o.Why)
		}
	}
	if !r.Until.IsZero() {
		said = append(said, "put off to "+r.Until.Long())
	}
	return strings.Join(said, "; ")
}
