package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"parley/domain/casework"
	"parley/domain/negotiation"
	"parley/events"
	"parley/projections/timeline"
)

// writeFlags is what every command that records something takes.
type writeFlags struct {
	command string
	seen    int
	dryRun  bool
}

func (w *writeFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&w.command, "command-id", "", "ID of this command, a UUID: in one case nothing is recorded twice under the same (default: a new one)")
	flags.BoolVar(&w.dryRun, "dry-run", false, "show what would be recorded, and record nothing")
}

// request turns the flags into what the desk is told.
func (w *writeFlags) request(s *session) (casework.Request, error) {
	how := casework.Request{Actor: s.about.Actor, Seen: w.seen, DryRun: w.dryRun}
	if w.seen < 0 {
		return how, usageError{fmt.Errorf("--seen %d is not a version: they count from 1", w.seen)}
	}
	var err error
	if w.command == "" {
		how.Command, err = uuid.NewV7()
		return how, err
	}
	if how.Command, err = uuid.Parse(w.command); err != nil {
		return how, usageError{fmt.Errorf("--command-id %q is not a UUID: %w", w.command, err)}
	}
	return how, nil
}

// change is a verb that changes one case. build makes the command from the
// verb's own flags; check, if there is one, is asked before anything is done.
type change struct {
	use, short, long, example string
	flags                     func(*cobra.Command)
	build                     func(negotiation.Dated) (negotiation.Command, error)
	confirm                   func() string // what to ask on a terminal, or nothing
	mentions                  func() string // the reference of another case that must exist, or nothing
	suppose                   *suppositions // what a dry run may suppose beside; nil if nothing
}

// change returns the cobra command of a verb that changes one case.
func (a *app) change(c change) *cobra.Command {
	var dated negotiation.Dated
	var write writeFlags
	cmd := &cobra.Command{
		Use: c.use, Short: c.short, Long: c.long, Example: c.example,
		Args: oneRef, ValidArgsFunction: a.completeRefs,
		RunE: func(cmd *cobra.Command, args []string) error {
			a.ref = args[0]
			domain, err := c.build(dated)
			if err := errors.Join(err, c.suppose.check(write.dryRun)); err != nil {
				return err
			}
			if c.confirm != nil && !write.dryRun {
				if err := a.ask(cmd.Context(), c.confirm()); err != nil {
					return err
				}
			}
			return a.with(cmd.Context(), func(ctx context.Context, s *session) (report, error) {
				how, err := write.request(s)
				if err != nil {
					return report{}, err
				}
				if c.mentions != nil && c.mentions() != "" {
					if _, err := s.casefile(ctx, c.mentions(), time.Time{}); err != nil {
						return report{}, err
					}
				}
				out, err := s.office.Handle(ctx, args[0], domain, how)
				if err != nil {
					return report{}, err
				}
				return s.changed(ctx, out, how, c.suppose)
			})
		},
	}
	dateVar(cmd.Flags(), &dated.On, "on", "the day it happened (default: today)")
	cmd.Flags().IntVar(&write.seen, "seen", 0, "the version you saw: refuse if the case has moved on")
	write.register(cmd.Flags())
	c.flags(cmd)
	return cmd
}

// oneRef asks for exactly one argument, a case reference.
func oneRef(cmd *cobra.Command, args []string) error {
	switch len(args) {
	case 0:
		return usageError{errors.New("which case? Give its reference, such as GLO-26-0001")}
	case 1:
		return nil
	}
	return usageError{fmt.Errorf("%q is one too many: %s takes one case reference, and flags for the rest", args[1], cmd.CommandPath())}
}

// recorded is one fact of a write's answer.
type recorded struct {
	Event string `json:"event"` // empty in a dry run
	Type  string `json:"type"`
	On    string `json:"on"`
	Text  string `json:"text"`
}

// changed is the answer to a command that changed a case. The numbers are
// those that the command gave out.
type changed struct {
	Ref       string     `json:"ref"`
	Version   int        `json:"version"`
	Stage     string     `json:"stage"`
	Offer     int        `json:"offer,omitempty"`
	Dispute   int        `json:"dispute,omitempty"`
	Request   int        `json:"request,omitempty"`
	Deadlines []dueDate  `json:"deadlines"` // those that it set or moved, and that are running
	CommandID string     `json:"command_id"`
	Recorded  []recorded `json:"recorded"` // empty if it was so already
	Repeated  bool       `json:"repeated,omitempty"`
	DryRun    bool       `json:"dry_run,omitempty"`
	WhatIf    []whatIf   `json:"what_if,omitempty"` // of a dry run that supposes something

	silenced []string // the deadlines that stand still because the case was closed
}

// changed waits until the views have seen the change, and reports it.
func (s *session) changed(ctx context.Context, out casework.Outcome, how casework.Request, suppose *suppositions) (report, error) {
	if err := s.committed(ctx, out, how); err != nil {
		return report{}, err
	}
	answer := changed{
		Ref: out.Aggregate.ID, Version: out.Version, CommandID: how.Command.String(),
		Deadlines: []dueDate{}, Recorded: []recorded{}, Repeated: out.Repeated, DryRun: how.DryRun,
	}
	after, err := s.after(ctx, out, how)
	if err != nil {
		return report{}, err
	}
	day, err := s.office.Day(ctx, time.Time{})
	if err != nil {
		return report{}, err
	}
	known := day.Calendar
	answer.Stage = string(after.Stage(day.Today))
	if suppose.given() {
		if answer.WhatIf, err = suppose.ends(known, out.Facts); err != nil {
			return report{}, err
		}
	}
	answer.silenced = silenced(after, known, out.Facts)
	for i, f := range out.Facts {
		fact := recorded{Type: events.Name(f.Event), On: f.On.String(), Text: timeline.Describe(f.Event)}
		for _, clock := range clocksOf(after, f.Event) {
			due := dueNow(clock, known, day.Today)
			answer.Deadlines = append(answer.Deadlines, due)
			fact.Text += dueText(f, due)
		}
		if !how.DryRun {
			fact.Event = events.EventID{Version: out.Version, Index: i + 1}.String()
		}
		answer.Recorded = append(answer.Recorded, fact)
		answer.take(f.Event)
	}
	return answer.report(out.Facts), nil
}

// after returns the case as it is with what was decided, or in a dry run as it
// would be.
func (s *session) after(ctx context.Context, out casework.Outcome, how casework.Request) (negotiation.Case, error) {
	if !how.DryRun {
		file, err := s.office.Case(ctx, out.Aggregate.ID)
		return file.Case, err
	}
	history, err := s.office.History(ctx, out.Aggregate)
	next := events.Recorded{Commit: events.Commit{Aggregate: out.Aggregate, Version: len(history) + 1, Facts: out.Facts}}
	return negotiation.Fold(append(history, next)), err
}

// take notes the numbers that an event gave out.
func (c *changed) take(e events.Event) {
	switch e := e.(type) {
	case events.OfferTabled:
		c.Offer = e.Offer
	case events.OfferAccepted:
		c.Offer = e.Offer
	case events.OfferRejected:
		c.Offer = e.Offer
	case events.OfferWithdrawn:
		c.Offer = e.Offer
	case events.DisputeRaised:
		c.Dispute = e.Dispute
	case events.FOISent:
		c.Request = e.Request
	}
}

func (c changed) report(facts []events.Fact) report {
	r := report{
		value:   c,
		columns: []string{"ref", "version", "stage", "event", "on", "recorded"},
		empty:   fmt.Sprintf("%s: nothing to record, it was so already (version %d)", c.Ref, c.Version),
	}
	for i, f := range c.Recorded {
		r.rows = append(r.rows, []cell{text(c.Ref), number(c.Version), text(c.Stage), text(f.Event), date(facts[i].On), text(f.Text)})
	}
	for _, x := range c.WhatIf {
		r.rows = append(r.rows, []cell{text(c.Ref), number(c.Version), text(c.Stage), text(""), date(x.WouldEnd), text(x.String())})
	}
	if len(r.rows) > 0 {
		r.page = c.write(facts)
	}
	return r
}

// write returns what writes the answer as people read it.
func (c changed) write(facts []events.Fact) func(io.Writer, int) {
	return func(w io.Writer, width int) {
		heading := fmt.Sprintf("%s  version %d, %s", c.Ref, c.Version, c.Stage)
		switch {
		case c.DryRun:
			heading = fmt.Sprintf("%s  would be recorded, on top of version %d; nothing was:", c.Ref, c.Version)
		case c.Repeated:
			heading += ": recorded before, under the same command ID"
		}
		_, _ = fmt.Fprintln(w, heading)
		for i, f := range c.Recorded {
			hanging(w, fmt.Sprintf("  %-5s %-15s  ", f.Event, facts[i].On.Long()), oneLine(f.Text), width)
		}
		for _, x := range c.WhatIf {
			hanging(w, "  ", x.String(), width)
		}
		if len(c.silenced) > 0 {
			hanging(w, "", "With the case these deadlines stand still, and run on if it is reopened:", width)
		}
		for _, d := range c.silenced {
			hanging(w, "  ", d, width)
		}
	}
}

// practicesFlag adds --practice, given once for each practice or with commas.
func (a *app) practicesFlag(cmd *cobra.Command, practices *[]string, required bool) {
	cmd.Flags().StringSliceVarP(practices, "practice", "p", nil, "ODS code of a practice; repeat it, or separate codes with commas")
	if required {
		must(cmd.MarkFlagRequired("practice"))
	}
	must(cmd.RegisterFlagCompletionFunc("practice", a.completePractices))
}

// documentFlag adds --document.
func documentFlag(cmd *cobra.Command, document *string) {
	cmd.Flags().StringVar(document, "document", "", "reference of the document, where the original is kept")
}

// oneOfFlag adds a flag that takes one of the domain's named values.
func oneOfFlag[S ~string](cmd *cobra.Command, value *S, name, usage string, allowed ...S) {
	cmd.Flags().Var(chosen[S]{value, allowed}, name, usage+": "+strings.Join(names(allowed), ", "))
	must(cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(names(allowed), cobra.ShellCompDirectiveNoFileComp)))
}

// required marks flags that must be given.
func required(cmd *cobra.Command, names ...string) {
	for _, name := range names {
		must(cmd.MarkFlagRequired(name))
	}
}
