package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"parley/adapters/storedir"
	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/domain/negotiation"
)

// explain answers "deadline explain".
func (s *session) explain(ctx context.Context, ref, id string) (report, error) {
	file, err := s.casefile(ctx, ref, time.Time{})
	if err != nil {
		return report{}, err
	}
	clock, ok := file.Case.Deadlines.Clock(id)
	if !ok {
		return report{}, fmt.Errorf("%w: %s has no deadline %q", negotiation.ErrUnknownNumber, ref, id)
	}
	known, err := s.views.Calendar(ctx)
	if err != nil {
		return report{}, err
	}
	answer := clock.ResumedOn(s.today()).Explain(known)
	return answerReport(answer, clock.Breaches(known, s.today())), nil
}

// compute answers "deadline compute": by the store's calendar, or by the
// built-in one where there is no store.
func (a *app) compute(ctx context.Context, ask deadline.Query) error {
	known, _, err := a.calendar(ctx)
	if err != nil {
		return err
	}
	answer, err := deadline.Compute(known, ask)
	if err != nil {
		return err
	}
	return a.print(answerReport(answer, nil))
}

// calendar returns the store's calendar and the day it is there; where there is
// no store, the built-in calendar and today.
func (a *app) calendar(ctx context.Context) (calendar.Calendar, calendar.Date, error) {
	s, err := a.open(ctx)
	if errors.Is(err, storedir.ErrNoStore) {
		london, err := time.LoadLocation(zone)
		return calendar.Builtin(), calendar.At(a.now(), london), err
	}
	if err != nil {
		return calendar.Calendar{}, calendar.Date{}, err
	}
	known, err := s.views.Calendar(ctx)
	return known, s.today(), errors.Join(err, s.close())
}

// answerReport shows a date with its working.
func answerReport(answer deadline.Answer, breaches []deadline.Breach) report {
	r := report{
		value: struct {
			deadline.Answer
			Breaches []deadline.Breach `json:"breaches"`
		}{answer, append([]deadline.Breach{}, breaches...)},
		columns: []string{"date", "why"},
		page: func(w io.Writer, width int) {
			writeAnswer(w, width, answer, breaches)
		},
	}
	for _, s := range answer.Steps {
		r.rows = append(r.rows, []cell{date(s.Date), text(s.Why)})
	}
	return r
}

func writeAnswer(w io.Writer, width int, answer deadline.Answer, breaches []deadline.Breach) {
	title := answer.Title
	if title == "" {
		title = "A period of your own"
	}
	if answer.Rule != "" {
		title += " (" + answer.Rule + ")"
	}
	hanging(w, "", title, width)
	when := answer.Due.Long()
	if answer.Time != "" {
		when += " at " + answer.Time
	}
	hanging(w, "", "Due "+when, width)
	if answer.NotAWorkingDay != "" {
		hanging(w, "! ", "not a working day: "+answer.NotAWorkingDay, width)
	}
	if answer.Provisional {
		hanging(w, "! ", "provisional: bank holidays are not published for all of it", width)
	}
	if answer.Standing == deadline.Unverified {
		hanging(w, "! ", "unverified: the rule is from memory; confirm it before you rely on it", width)
	}
	_, _ = fmt.Fprintln(w)
	for _, s := range answer.Steps {
		hanging(w, fmt.Sprintf("  %-15s  ", s.Date.Long()), oneLine(s.Why), width)
	}
	for _, x := range answer.Readings {
		safe := ""
		if x.Safe {
			safe = " (used: the safe one)"
		}
		hanging(w, "  reading  ", x.Name+": "+x.Due.Long()+safe, width)
	}
	for _, b := range breaches {
		over := "not kept yet"
		if b.Over != "" {
			over = string(b.Over) + " " + b.On.Long()
		}
		hanging(w, "  breach   ", b.Due.Long()+" passed without its being kept ("+over+")", width)
	}
}
