package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

// limitFlags are the flags of what a clock is counted by.
type limitFlags struct {
	from      string
	limit     deadline.Limit
	beginning bool
	clear     bool
	service   events.Service
}

func (f *limitFlags) register(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&f.from, "from", "", "the day or time of the event that starts it: 2026-11-22, 2026-12-26T15:20")
	periodVar(flags, &f.limit.Period, "period", "how long: 20wd, 28d, 12w, 3m, 3y or 24h")
	oneOfFlag(cmd, &f.limit.Calendar, "calendar", "which days are working days", calendar.Workings()...)
	flags.BoolVar(&f.beginning, "beginning-with", false, "the day of the event is day 1")
	flags.BoolVar(&f.clear, "clear", false, "clear days: neither end is counted")
	flags.BoolVar(&f.limit.Backward, "backward", false, "counted back from an event that lies ahead")
	flags.BoolVar(&f.limit.ToMonthEnd, "to-month-end", false, "runs on to the end of the month it ends in")
	oneOfFlag(cmd, &f.limit.Roll, "roll", "where a last day that is no working day goes", events.RollNone, events.RollForward, events.RollBackward)
	oneOfFlag(cmd, &f.service.Method, "method", "how the document was served", events.Email, events.Post, events.Hand)
	flags.BoolVar(&f.service.Court, "court-service", false, "deemed served by the table of CPR 6.26")
	periodVar(flags, &f.service.Clause, "served-after", "deemed served so long after sending, as the contract says: 2d or 2wd")
	dateVar(flags, &f.service.Deemed, "deemed", "the day it counts as served, where that is stated")
}

// ask fills a query from the flags.
func (f *limitFlags) ask(ask *deadline.Query, pauses []string, extend string, holidays []string) error {
	var err error
	if f.from != "" {
		if ask.From, err = deadline.ParseMoment(f.from); err != nil {
			return usageError{fmt.Errorf("--from: %w", err)}
		}
	}
	switch {
	case f.beginning && f.clear:
		return usageError{fmt.Errorf("--beginning-with and --clear exclude each other")}
	case f.beginning:
		f.limit.Counting = events.BeginningWith
	case f.clear:
		f.limit.Counting = events.ClearDays
	}
	ask.Limit, ask.Service = f.limit, f.service
	for _, p := range pauses {
		span, err := deadline.ParseSpan(p)
		if err != nil {
			return usageError{fmt.Errorf("--pause: %w", err)}
		}
		ask.Pauses = append(ask.Pauses, span)
	}
	for _, h := range holidays {
		day, err := calendar.Parse(h)
		if err != nil {
			return usageError{fmt.Errorf("--holiday: %w", err)}
		}
		ask.Holidays = append(ask.Holidays, day)
	}
	return parseExtension(extend, &ask.Extension)
}

// parseExtension reads an extension, to a date or by a period.
func parseExtension(s string, e *deadline.Extension) error {
	if s == "" {
		return nil
	}
	e.Base = "supposed"
	var err error
	if e.Until, err = calendar.Parse(s); err == nil {
		return nil
	}
	if e.By, err = calendar.ParsePeriod(s); err != nil {
		return usageError{fmt.Errorf("--extend %q is neither a date nor a period", s)}
	}
	return nil
}
