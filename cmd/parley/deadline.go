package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"parley/domain/deadline"
	"parley/domain/negotiation"
	"parley/events"
	"parley/projections/docket"
)

func newDeadline(a *app) *cobra.Command {
	return group("deadline", "What is due, when, and why",
		newDeadlineList(a), newDeadlineWatch(a), newDeadlineExplain(a), newDeadlineCompute(a), newDeadlineAdd(a), newDeadlineExtend(a), newDeadlineUnextend(a),
		newDeadlineShorten(a), newDeadlinePause(a), newDeadlineResume(a), newDeadlineMeet(a), newDeadlineWaive(a))
}

func newDeadlineList(a *app) *cobra.Command {
	var q docket.Query
	cmd := &cobra.Command{
		Use: "list", Short: "List deadlines by due date, the overdue ones first", Args: cobra.NoArgs,
		Example: `  parley deadline list --within 14d
  parley deadline list --overdue --owner lmc
  parley deadline list --ref GLO-26-0001 -o json`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a.ref = q.Ref
			return a.with(cmd.Context(), func(ctx context.Context, s *session) (report, error) {
				return s.listDeadlines(ctx, q)
			})
		},
	}
	a.deadlineFilter(cmd, &q)
	return cmd
}

// deadlineFilter adds the flags that say which deadlines are wanted.
func (a *app) deadlineFilter(cmd *cobra.Command, q *docket.Query) {
	flags := cmd.Flags()
	periodVar(flags, &q.Within, "within", "only those due by the end of this period from today, such as 14d or 10wd")
	flags.BoolVar(&q.Overdue, "overdue", false, "only those that have passed")
	flags.StringVar(&q.Ref, "ref", "", "only those of this case, met and superseded ones too")
	flags.BoolVar(&q.All, "all", false, "met and superseded ones too, and those of closed cases")
	ownerFlag(cmd, &q.Owner, "only those on which this party must act")
	must(cmd.RegisterFlagCompletionFunc("ref", a.completeRefs))
}

// ownerFlag adds --owner.
func ownerFlag(cmd *cobra.Command, owner *events.Party, usage string) {
	oneOfFlag(cmd, owner, "owner", usage, events.LMC, events.ICB, events.Practice, events.Provider, events.Adjudicator)
}

func newDeadlineExplain(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use: "explain REF ID", Short: "Show the working behind a deadline, step by step",
		Example: `  parley deadline explain GLO-26-0001 D7.1
  parley deadline explain GLO-26-0001 D7.1 -o json --jq .steps`,
		Args: cobra.ExactArgs(2), ValidArgsFunction: a.completeDeadlines,
		RunE: func(cmd *cobra.Command, args []string) error {
			a.ref, a.id = args[0], args[1]
			return a.with(cmd.Context(), func(ctx context.Context, s *session) (report, error) {
				return s.explain(ctx, args[0], args[1])
			})
		},
	}
	return cmd
}

func newDeadlineCompute(a *app) *cobra.Command {
	var ask deadline.Query
	var own limitFlags
	var pauses, holidays []string
	var extend string
	cmd := &cobra.Command{
		Use: "compute [RULE] (--from DATE|TIME | --stated DATE)", Short: "Count a date by a rule, or by a period of your own, and record nothing",
		Long: strings.TrimSpace(`
Count when something would be due, with the working. Give a rule of the book (see
parley rule list), with what it leaves to the case, or a period of your own. A
date that a document states (--stated) beats one that is counted.
Pauses, an extension and holidays can be supposed. Nothing is recorded, and no
store is needed: without one the built-in calendar is used.`),
		Example: `  parley deadline compute foi-respond --from 2026-11-02
  parley deadline compute les-notice --period 6m --to-month-end --from 2026-11-30
  parley deadline compute foi-respond --from 2026-12-07 --pause 2026-12-21..2027-01-04
  parley deadline compute offer-reply --stated 2026-12-18 --document "ICB/2026/140"
  parley deadline compute --period 20wd --calendar uk-any --from 2026-11-22 --holiday 2026-12-24`,
		Args: cobra.MaximumNArgs(1), ValidArgsFunction: completeRules,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				ask.Rule = args[0]
			}
			if err := errors.Join(own.ask(&ask, pauses, extend, holidays), stated(ask)); err != nil {
				return err
			}
			return a.compute(cmd.Context(), ask)
		},
	}
	own.register(cmd)
	flags := cmd.Flags()
	flags.StringArrayVar(&pauses, "pause", nil, "suppose a pause, FROM..TO: the day of pausing does not count, the day of resuming does; repeat it for more")
	flags.StringVar(&extend, "extend", "", "suppose an extension, to a date or by a period")
	flags.StringArrayVar(&holidays, "holiday", nil, "suppose that this day is a holiday; repeat it for more")
	dateVar(flags, &ask.Stated, "stated", "the date that a document states, which is not counted")
	documentFlag(cmd, &ask.Document)
	return cmd
}

// stated refuses a question that has nothing to count from, and one that counts
// what a document states.
func stated(ask deadline.Query) error {
	own := ask.Limit
	own.Calendar = "" // by which it is told whether the date is a working day
	switch {
	case ask.Stated.IsZero() && ask.From.Date.IsZero():
		return usageError{errors.New("--from is missing; or give the date that a document states, with --stated")}
	case ask.Stated.IsZero() && ask.Document != "":
		return usageError{errors.New("--document is where the date of --stated was read: give that too")}
	case !ask.Stated.IsZero() && (own != (deadline.Limit{}) || ask.Service != (events.Service{})):
		return usageError{fmt.Errorf("a date that is stated, %s, is not counted: leave the period out, and how it is counted", ask.Stated.Long())}
	}
	return nil
}

// change of one deadline: its ID is the second argument.
func (a *app) changeDeadline(c change, id *string) *cobra.Command {
	cmd := a.change(c)
	run := cmd.RunE
	cmd.Args, cmd.ValidArgsFunction = cobra.ExactArgs(2), a.completeDeadlines
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		*id, a.id = args[1], args[1]
		return run(cmd, args[:1])
	}
	return cmd
}

func newDeadlineAdd(a *app) *cobra.Command {
	var add negotiation.AddDeadline
	var own limitFlags
	return a.change(change{
		use: "add REF (--rule RULE | --period PERIOD | --stated DATE) --from DATE", short: "Start a clock that no event of the case starts by itself",
		long: strings.TrimSpace(`
Start a clock by a rule of the book (see parley rule list), by a period of your
own, or on a date that a letter states. A stated date beats one that is counted.`),
		example: `  parley deadline add GLO-26-0001 --rule gms-close-ack --from 2026-12-01 --owner icb
  parley deadline add GLO-26-0001 --period 10wd --from 2026-11-20 --owner icb --title "Answer our letter"
  parley deadline add GLO-26-0001 --stated 2026-12-18 --document "ICB/2026/140" --owner lmc --title "Reply to the ICB"`,
		flags: func(c *cobra.Command) {
			flags := c.Flags()
			flags.StringVar(&add.Rule, "rule", "", "a rule of the book")
			flags.StringVar(&add.Title, "title", "", "what is due (default: the rule's title)")
			ownerFlag(c, &add.Owner, "who must act (default: the rule's)")
			onePractice(a, c, &add.Practice)
			dateVar(flags, &add.Stated, "stated", "the date that a document states")
			documentFlag(c, &add.Document)
			own.register(c)
			must(c.RegisterFlagCompletionFunc("rule", completeRule))
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			var ask deadline.Query
			if err := own.ask(&ask, nil, "", nil); err != nil {
				return nil, err
			}
			add.Dated, add.From, add.Limit, add.Service = on, ask.From, ask.Limit, ask.Service
			return add, nil
		},
	})
}

func newDeadlineExtend(a *app) *cobra.Command {
	var cmd negotiation.ExtendDeadline
	return a.changeDeadline(change{
		use: "extend REF ID --until DATE --base TEXT", short: "Move a deadline to a later date that was agreed or granted",
		example: `  parley deadline extend GLO-26-0001 D7.1 --until 2026-11-09 --base "ICB's email of 28 October"`,
		flags: func(c *cobra.Command) {
			dateVar(c.Flags(), &cmd.Until, "until", "the new date")
			c.Flags().StringVar(&cmd.Base, "base", "", "by what right: the agreement, or the rule")
			required(c, "until", "base")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	}, &cmd.Deadline)
}

func newDeadlineUnextend(a *app) *cobra.Command {
	var cmd negotiation.RemoveExtension
	return a.changeDeadline(change{
		use: "unextend REF ID --text TEXT", short: "Take an extension back",
		example: `  parley deadline unextend GLO-26-0001 D7.1 --until 2026-11-09 --text "The ICB withdrew it"`,
		flags: func(c *cobra.Command) {
			dateVar(c.Flags(), &cmd.Until, "until", "the date that falls away (default: every extension)")
			c.Flags().StringVar(&cmd.Why, "text", "", "why")
			required(c, "text")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	}, &cmd.Deadline)
}

func newDeadlineShorten(a *app) *cobra.Command {
	var cmd negotiation.ShortenDeadline
	return a.changeDeadline(change{
		use: "shorten REF ID --until DATE --base TEXT", short: "Move a deadline to an earlier date that was agreed",
		example: `  parley deadline shorten GLO-26-0001 D7.1 --until 2027-01-31 --base "agreed at the meeting of 3 November"`,
		flags: func(c *cobra.Command) {
			dateVar(c.Flags(), &cmd.Until, "until", "the new date")
			c.Flags().StringVar(&cmd.Base, "base", "", "by what right")
			required(c, "until", "base")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	}, &cmd.Deadline)
}

func newDeadlinePause(a *app) *cobra.Command {
	var cmd negotiation.PauseDeadline
	return a.changeDeadline(change{
		use: "pause REF ID --text TEXT", short: "Stop a clock; what remains of it is kept",
		example: `  parley deadline pause GLO-26-0001 D7.1 --text "The ICB asked what we meant" --on 2026-12-21
  parley deadline pause GLO-26-0001 D7.1 --text "Agreed over Christmas" --on 2026-12-21 --until 2027-01-04`,
		flags: func(c *cobra.Command) {
			c.Flags().StringVar(&cmd.Why, "text", "", "why")
			dateVar(c.Flags(), &cmd.Until, "until", "the first day that counts again, if it is known")
			required(c, "text")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	}, &cmd.Deadline)
}

func newDeadlineResume(a *app) *cobra.Command {
	var cmd negotiation.ResumeDeadline
	return a.changeDeadline(change{
		use: "resume REF ID", short: "Let a paused clock run on; the day itself counts",
		example: `  parley deadline resume GLO-26-0001 D7.1 --on 2027-01-04`,
		flags:   func(*cobra.Command) {},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	}, &cmd.Deadline)
}

func newDeadlineMeet(a *app) *cobra.Command {
	var cmd negotiation.MeetDeadline
	return a.changeDeadline(change{
		use: "meet REF ID", short: "Record that what was due was done, on the day it was done",
		example: `  parley deadline meet GLO-26-0001 D7.1 --on 2026-10-26
  parley deadline meet GLO-26-0001 D9.1 --on 2026-12-27 --time 15:10`,
		flags: func(c *cobra.Command) {
			c.Flags().StringVar(&cmd.Time, "time", "", "the time of day, for a limit in hours: 15:10")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	}, &cmd.Deadline)
}

func newDeadlineWaive(a *app) *cobra.Command {
	var cmd negotiation.WaiveDeadline
	return a.changeDeadline(change{
		use: "waive REF ID --text TEXT", short: "Record that who was owed it let it go",
		example: `  parley deadline waive GLO-26-0001 D7.1 --text "Answered by telephone; a letter is not needed"`,
		flags: func(c *cobra.Command) {
			c.Flags().StringVar(&cmd.Why, "text", "", "why")
			required(c, "text")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	}, &cmd.Deadline)
}
