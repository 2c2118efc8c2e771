package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"parley/adapters/storedir"
	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/domain/negotiation"
	"parley/events"
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
	day, err := s.office.Day(ctx, time.Time{})
	if err != nil {
		return report{}, err
	}
	known := day.Calendar
	return answerReport(clock.ResumedOn(day.Today).Explain(known), &explained{
		Ref: ref, ID: clock.Deadline, Owner: clock.Owner, Practice: clock.Practice,
		Trigger: clock.Trigger, Time: clock.Time, Service: clock.Service,
		Status:   clock.Status(known, day.Today),
		Breaches: append([]deadline.Breach{}, clock.Breaches(known, day.Today)...),
	}), nil
}

// explained is what a deadline of a case has beside its date.
type explained struct {
	Ref      string            `json:"ref"`
	ID       string            `json:"id"`
	Owner    events.Party      `json:"owner"`
	Practice string            `json:"practice,omitempty"`
	Trigger  calendar.Date     `json:"trigger"`                // the day of the event; of a document, when it was sent
	Time     string            `json:"trigger_time,omitempty"` // of that day, where it is known
	Service  events.Service    `json:"service,omitzero"`       // of the document, how and when it counts as served
	Status   deadline.Status   `json:"status"`
	Breaches []deadline.Breach `json:"breaches"`
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
	day, err := s.office.Day(ctx, time.Time{})
	return day.Calendar, day.Today, also(err, s.close(err))
}

// answerReport shows a date with its working, and the deadline that it is the
// date of, if it is one's.
func answerReport(answer deadline.Answer, of *explained) report {
	r := report{
		value: struct {
			*explained
			deadline.Answer
		}{of, answer},
		columns: []string{"date", "why"},
		page: func(w io.Writer, width int) {
			if of != nil {
				hanging(w, of.Ref+"  "+of.ID+"  ", of.about(), width)
			}
			writeAnswer(w, width, answer)
			if of != nil {
				of.write(w, width)
			}
		},
	}
	for _, s := range answer.Steps {
		r.rows = append(r.rows, []cell{date(s.Date), text(s.Why)})
	}
	return r
}

func writeAnswer(w io.Writer, width int, answer deadline.Answer) {
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
}

// about says where the deadline stands, and who must act.
func (x explained) about() string {
	text := string(x.Status) + ", on the " + string(x.Owner)
	if x.Owner == events.LMC || x.Owner == events.ICB {
		text = string(x.Status) + ", on the " + strings.ToUpper(string(x.Owner))
	}
	if x.Practice != "" {
		text += " (" + x.Practice + ")"
	}
	return text
}

// write writes how the document was served, where the working has not said it,
// and the days that passed without the deadline's being kept.
func (x explained) write(w io.Writer, width int) {
	if m := x.Service.Method; m != "" && x.Service == (events.Service{Method: m}) {
		sent := "sent by " + string(m) + " on " + x.Trigger.Long()
		if x.Time != "" {
			sent += " at " + x.Time
		}
		hanging(w, "  service  ", sent+", and counts as served on that day", width)
	}
	for _, b := range x.Breaches {
		over := "not kept yet"
		if b.Over != "" {
			over = string(b.Over) + " " + b.On.Long()
		}
		hanging(w, "  breach   ", b.Due.Long()+" passed without its being kept ("+over+")", width)
	}
}
