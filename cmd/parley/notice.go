package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"parley/domain/calendar"
	"parley/domain/negotiation"
	"parley/events"
)

func newNotice(a *app) *cobra.Command {
	return group("notice", "Guidance to practices, and the notices they serve",
		newNoticeAdvise(a), newNoticeServe(a), newNoticeAcknowledge(a), newNoticeWithdraw(a), newNoticeEffect(a))
}

func newNoticeAdvise(a *app) *cobra.Command {
	var cmd negotiation.Advise
	return a.change(change{
		use: "advise REF --practice CODE... --text TEXT", short: "Record the LMC's guidance to practices",
		example: `  parley notice advise GLO-26-0001 --practice L84001,L84002 --text "Serve under clause 17"`,
		flags: func(c *cobra.Command) {
			a.practicesFlag(c, &cmd.Practices, true)
			c.Flags().StringVar(&cmd.Text, "text", "", "the guidance, in short")
			required(c, "text")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	})
}

func newNoticeServe(a *app) *cobra.Command {
	var cmd negotiation.ServeNotice
	var sent string
	var toMonthEnd bool
	var flags *pflag.FlagSet
	var suppose suppositions
	return a.change(change{
		suppose: &suppose,
		use:     "serve REF --practice CODE... --period 3m", short: "Record that practices served notice, each its own",
		long: strings.TrimSpace(`
Each practice serves its own notice, under its own contract's notice clause. The
period runs from the day after the notice counts as served. That day is what the
clause says: give it with --deemed; without it, it is the day the notice was
sent. For the post it must be given.

Period, month-end and clause are those of the contract recorded for the practice
(parley contract record), each unless it is given here: --to-month-end=false for
a notice that ends on its day. What was taken from the contract follows when the
contract is corrected.

A practice has one notice running for a service, in whatever case.

With --dry-run a pause, an extension and holidays can be supposed: when each
notice would end then is shown beside.`),
		example: `  parley notice serve GLO-26-0001 --practice L84001 --period 3m
  parley notice serve GLO-26-0001 --practice L84002 --period 6m --to-month-end --method post --sent 2026-11-19 --deemed 2026-11-23 --on 2026-11-19
  parley notice serve GLO-26-0001 --practice L84003 --dry-run --pause 2026-12-21..2027-01-04`,
		flags: func(c *cobra.Command) {
			flags = c.Flags()
			a.practicesFlag(c, &cmd.Practices, true)
			periodVar(flags, &cmd.Period, "period", "the notice period, such as 3m, 12w or 28d")
			flags.BoolVar(&toMonthEnd, "to-month-end", false, "the period runs on to the end of the month it ends in")
			flags.StringVar(&cmd.Clause, "clause", "", "the contract clause it is given under")
			oneOfFlag(c, &cmd.Method, "method", "how it was delivered", events.Email, events.Post, events.Hand)
			flags.StringVar(&sent, "sent", "", "when it was sent: 2026-11-19, or 2026-11-19T16:10 (default: the day it was given)")
			dateVar(flags, &cmd.Deemed, "deemed", "the day it counts as served, as the contract's clause has it")
			documentFlag(c, &cmd.Document)
			suppose.register(flags)
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			if flags.Changed("to-month-end") {
				cmd.ToMonthEnd = &toMonthEnd
			}
			var err error
			cmd.Sent, cmd.SentTime, err = dayAndTime(sent)
			return cmd, err
		},
		confirm: func() string {
			if len(cmd.Practices) < 2 {
				return ""
			}
			return fmt.Sprintf("Record notices of %d practices?", len(cmd.Practices))
		},
	})
}

// dayAndTime reads a day, or a day and a time of day in England.
func dayAndTime(s string) (calendar.Date, string, error) {
	if s == "" {
		return calendar.Date{}, "", nil
	}
	if d, err := calendar.Parse(s); err == nil {
		return d, "", nil
	}
	london, err := time.LoadLocation(zone)
	if err != nil {
		return calendar.Date{}, "", err
	}
	var t time.Time
	if err := (moment{&t, london}).Set(s); err != nil {
		return calendar.Date{}, "", usageError{fmt.Errorf("--sent: %w", err)}
	}
	return calendar.At(t, london), t.In(london).Format("15:04"), nil
}

func newNoticeAcknowledge(a *app) *cobra.Command {
	var cmd negotiation.AcknowledgeNotice
	return a.change(change{
		use: "acknowledge REF --practice CODE...", short: "Record that the ICB acknowledged notices",
		example: `  parley notice acknowledge GLO-26-0001 --practice L84001 --document "ICB/2026/114"`,
		flags: func(c *cobra.Command) {
			a.practicesFlag(c, &cmd.Practices, true)
			documentFlag(c, &cmd.Document)
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	})
}

func newNoticeWithdraw(a *app) *cobra.Command {
	var cmd negotiation.WithdrawNotice
	return a.change(change{
		use: "withdraw REF --practice CODE...", short: "Record that practices withdrew their notices",
		example: `  parley notice withdraw GLO-26-0001 --practice L84001 --text "Content with offer 3"`,
		flags: func(c *cobra.Command) {
			a.practicesFlag(c, &cmd.Practices, true)
			c.Flags().StringVar(&cmd.Why, "text", "", "why")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
		confirm: func() string {
			return fmt.Sprintf("Withdraw the notice of %s? A new one would start its period afresh.", strings.Join(cmd.Practices, ", "))
		},
	})
}

func newNoticeEffect(a *app) *cobra.Command {
	var cmd negotiation.EffectNotice
	return a.change(change{
		use: "effect REF --practice CODE...", short: "Record that notices ran out and the work stopped",
		example: `  parley notice effect GLO-26-0001 --practice L84001 --on 2027-02-28`,
		flags:   func(c *cobra.Command) { a.practicesFlag(c, &cmd.Practices, true) },
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	})
}
