package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"parley/domain/calendar"
	"parley/domain/casework"
	"parley/domain/catalogue"
	"parley/domain/negotiation"
	"parley/events"
	"parley/projections/status"
	"parley/projections/timeline"
)

// listCases answers "case list".
func (s *session) listCases(ctx context.Context, f status.Filter) (report, error) {
	if err := s.known(ctx, f.ICB, f.Practice); err != nil {
		return report{}, err
	}
	if f.Service != "" {
		if _, err := catalogue.Find(f.Service); err != nil {
			return report{}, err
		}
	}
	rows, err := s.office.Cases(ctx, f)
	r := report{
		value:   append([]status.Row{}, rows...),
		columns: []string{"ref", "stage", "icb", "service", "practices", "notices", "caseworker", "title"},
		narrow:  []string{"ref", "stage", "icb", "service", "title"},
		empty:   "No cases match. Open one: parley case open --icb CODE --service SLUG --title TEXT",
	}
	for _, c := range rows {
		r.rows = append(r.rows, []cell{
			text(c.Ref), text(string(c.Stage)), text(c.ICB), text(c.Service), number(c.Practices), number(c.Notices), text(c.Caseworker), text(c.Title),
		})
	}
	return r, err
}

// showCase answers "case show", as things stand or as they were known at asOf.
func (s *session) showCase(ctx context.Context, ref string, asOf time.Time, confidential bool) (report, error) {
	asOf, err := s.past(asOf)
	if err != nil {
		return report{}, err
	}
	file, err := s.casefile(ctx, ref, asOf)
	if err != nil {
		return report{}, err
	}
	day, err := s.office.Day(ctx, asOf)
	if err != nil {
		return report{}, err
	}
	d := status.Show(file, day)
	if confidential {
		d = d.WithMandate(file)
	}
	r := report{
		value:   d,
		columns: []string{"ref", "version", "stage", "icb", "service", "practice", "name", "notice", "served", "deemed", "ends"},
		page:    func(w io.Writer, width int) { (&casePage{w, width}).write(d, asOf, s.zone) },
	}
	lead := []cell{text(d.Ref), number(d.Version), text(string(d.Stage)), text(d.ICB), text(d.Service)}
	for _, p := range d.Practices {
		r.rows = append(r.rows, append(lead[:len(lead):len(lead)], text(p.Code), text(p.Name), text(string(p.Notice.State)), date(p.Notice.Served), date(p.Notice.Deemed), date(p.Notice.Ends)))
	}
	if len(r.rows) == 0 {
		r.rows = [][]cell{append(lead, make([]cell, 6)...)}
	}
	return r, nil
}

// casefile returns a case as it stands, or as it was known at asOf.
func (s *session) casefile(ctx context.Context, ref string, asOf time.Time) (negotiation.Casefile, error) {
	if asOf.IsZero() {
		return s.office.Case(ctx, ref)
	}
	history, err := s.history(ctx, ref, asOf)
	if err != nil {
		return negotiation.Casefile{}, err
	}
	return status.Fold(history)
}

// history returns what had been recorded of a case by asOf, or all of it.
func (s *session) history(ctx context.Context, ref string, asOf time.Time) (events.History, error) {
	a := events.Case(ref)
	if _, err := events.ParseAggregate(a.String()); err != nil {
		return nil, &casework.UnknownCase{Ref: ref}
	}
	history, err := s.office.History(ctx, a)
	if err != nil {
		return nil, err
	}
	if len(history) == 0 {
		return nil, &casework.UnknownCase{Ref: ref}
	}
	if asOf.IsZero() {
		return history, nil
	}
	if history = history.AsOf(asOf); len(history) == 0 {
		return nil, fmt.Errorf("%w: nothing of %s had been recorded by %s", negotiation.ErrNotOpened, ref, asOf.In(s.zone).Format("Mon 2 Jan 2006 15:04"))
	}
	return history, nil
}

// past returns an as-of time that is not after now. The rest of today has not
// been, so that it means now; a later day is refused, because nobody knew
// anything then yet.
func (s *session) past(asOf time.Time) (time.Time, error) {
	now := s.clock()
	switch {
	case !asOf.After(now):
		return asOf, nil
	case calendar.At(asOf, s.zone) == s.today():
		return now, nil
	}
	return asOf, fmt.Errorf("%w: --as-of %s lies in the future", negotiation.ErrFuture, asOf.In(s.zone).Format("Mon 2 Jan 2006 15:04"))
}

// timeline answers "case timeline".
func (s *session) timeline(ctx context.Context, ref string, asOf time.Time, confidential bool) (report, error) {
	asOf, err := s.past(asOf)
	if err != nil {
		return report{}, err
	}
	history, err := s.history(ctx, ref, asOf)
	if err != nil {
		return report{}, err
	}
	revisions, err := s.office.History(ctx, events.Calendar())
	if err != nil {
		return report{}, err
	}
	if !asOf.IsZero() {
		revisions = revisions.AsOf(asOf)
	}
	entries := timeline.WithRevisions(timeline.Tell(history, s.zone), history, revisions)
	if !confidential {
		entries = timeline.Public(entries)
	}
	r := report{
		value:   entries,
		columns: []string{"event", "on", "recorded", "actor", "what"},
		page: func(w io.Writer, width int) {
			for _, e := range entries {
				hanging(w, fmt.Sprintf("%-5s %-15s  ", eventNumber(e), e.On.Long()), timelineText(e), width)
				for _, r := range e.Replaced {
					hanging(w, fmt.Sprintf("      %-15s  → ", r.On.Long()), oneLine(r.Text), width)
				}
			}
		},
	}
	for _, e := range entries {
		r.rows = append(r.rows, []cell{
			text(eventNumber(e)), date(e.On), text(e.RecordedAt.Format(time.RFC3339)), text(e.Actor), text(e.Text),
		})
	}
	return r, nil
}

// eventNumber is an entry's ID, or nothing where no recorded fact stands behind it.
func eventNumber(e timeline.Entry) string {
	if e.Event.IsZero() {
		return ""
	}
	return e.Event.String()
}

// timelineText is an entry's sentence with what became of it.
func timelineText(e timeline.Entry) string {
	var b strings.Builder
	if e.Follows {
		b.WriteString("· ")
	}
	b.WriteString(oneLine(e.Text))
	if e.Late > 0 && !e.Follows {
		_, _ = fmt.Fprintf(&b, " (recorded %s later)", count(e.Late, "day"))
	}
	switch {
	case e.Effective():
	case e.Follows:
		_, _ = fmt.Fprintf(&b, " [void: see %s]", e.CorrectedBy)
	case e.Retracted:
		_, _ = fmt.Fprintf(&b, " [retracted by %s: %s]", e.CorrectedBy, oneLine(e.Why))
	default:
		_, _ = fmt.Fprintf(&b, " [corrected by %s: %s]", e.CorrectedBy, oneLine(e.Why))
	}
	return b.String()
}

// count writes a number of things: 1 day, 3 days.
func count(n int, thing string) string {
	if n == 1 || n == -1 {
		return fmt.Sprintf("%d %s", n, thing)
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
