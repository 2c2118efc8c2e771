package main

import (
	"strings"

	"github.com/spf13/cobra"

	"parley/domain/negotiation"
	"parley/events"
)

func newFOI(a *app) *cobra.Command {
	return group("foi", "Freedom of information requests and their answers", newFOISend(a), newFOIAnswer(a), newFOIReview(a), newFOIReviewAnswer(a))
}

func newFOISend(a *app) *cobra.Command {
	var cmd negotiation.SendFOI
	return a.change(change{
		use: "send REF --about TEXT", short: "Record a request that was sent",
		example: `  parley foi send GLO-26-0001 --about "Payments for the service since 2023"
  parley foi send GLO-26-0001 --to RTE --about "Samples sent to practices" --on 2026-11-02`,
		flags: func(c *cobra.Command) {
			c.Flags().StringVar(&cmd.To, "to", "", "ODS code of the body asked (default: the case's ICB)")
			c.Flags().StringVar(&cmd.About, "about", "", "what was asked for")
			documentFlag(c, &cmd.Document)
			required(c, "about")
			must(c.RegisterFlagCompletionFunc("to", a.completeICBs))
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	})
}

func newFOIAnswer(a *app) *cobra.Command {
	var cmd negotiation.AnswerFOI
	return a.change(change{
		use: "answer REF --request N --outcome NAME", short: "Record the answer to a request",
		example: `  parley foi answer GLO-26-0001 --request 1 --outcome partly --text "Totals only" --on 2026-11-30`,
		flags: func(c *cobra.Command) {
			requestFlag(c, &cmd.Request)
			outcomeFlag(c, &cmd.Outcome)
			c.Flags().StringVar(&cmd.Text, "text", "", "the answer, in short")
			documentFlag(c, &cmd.Document)
			required(c, "outcome")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	})
}

func requestFlag(c *cobra.Command, n *int) {
	c.Flags().IntVar(n, "request", 1, "the number of the request")
}

func outcomeFlag(c *cobra.Command, o *events.FOIOutcome) {
	oneOfFlag(c, o, "outcome", "how it was answered", events.Disclosed, events.Partly, events.Refused, events.NotHeld)
}

func newFOIReview(a *app) *cobra.Command {
	var cmd negotiation.AskFOIReview
	return a.change(change{
		use: "review REF --request N --text TEXT", short: "Record that an internal review of the answer was asked for",
		long: strings.TrimSpace(`
A review can also be asked of a request that was not answered in time: the
answer stays due until it comes, or until the review takes its place.`),
		example: `  parley foi review GLO-26-0001 --request 1 --text "s.43 does not fit what was paid" --on 2026-12-14`,
		flags: func(c *cobra.Command) {
			requestFlag(c, &cmd.Request)
			c.Flags().StringVar(&cmd.Why, "text", "", "what the answer got wrong")
			documentFlag(c, &cmd.Document)
			required(c, "text")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	})
}

func newFOIReviewAnswer(a *app) *cobra.Command {
	var cmd negotiation.AnswerFOIReview
	return a.change(change{
		use: "review-answer REF --request N --outcome NAME", short: "Record the outcome of an internal review",
		example: `  parley foi review-answer GLO-26-0001 --request 1 --outcome disclosed --document "FOI/2026/31" --on 2027-01-11`,
		flags: func(c *cobra.Command) {
			requestFlag(c, &cmd.Request)
			outcomeFlag(c, &cmd.Outcome)
			c.Flags().StringVar(&cmd.Text, "text", "", "the outcome, in short")
			documentFlag(c, &cmd.Document)
			required(c, "outcome")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	})
}

func newLetter(a *app) *cobra.Command {
	return group("letter", "Letters and emails, in and out", newLetterLog(a))
}

func withFlag(c *cobra.Command, party *events.Party) {
	oneOfFlag(c, party, "with", "the other party", events.ICB, events.Practice, events.Provider, events.LMC)
}

func newLetterLog(a *app) *cobra.Command {
	cmd := negotiation.LogLetter{Letter: events.LetterLogged{With: events.ICB, Method: events.Email}}
	return a.change(change{
		use: "log REF --direction in|out --subject TEXT", short: "Note a letter or an email",
		example: `  parley letter log GLO-26-0001 --direction in --subject "ICB: holding reply" --document "ICB/2026/88" --on 2026-10-12
  parley letter log GLO-26-0001 --direction out --method post --subject "Letter before notice"`,
		flags: func(c *cobra.Command) {
			l := &cmd.Letter
			oneOfFlag(c, &l.Direction, "direction", "which way it went", events.In, events.Out)
			withFlag(c, &l.With)
			oneOfFlag(c, &l.Method, "method", "how it was delivered", events.Email, events.Post, events.Hand)
			c.Flags().StringVar(&l.Subject, "subject", "", "what it was about")
			documentFlag(c, &l.Document)
			required(c, "direction", "subject")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	})
}

func newMeeting(a *app) *cobra.Command {
	return group("meeting", "Meetings and what came of them", newMeetingLog(a))
}

func newMeetingLog(a *app) *cobra.Command {
	cmd := negotiation.LogMeeting{Meeting: events.MeetingLogged{With: events.ICB}}
	return a.change(change{
		use: "log REF --text TEXT", short: "Note a meeting and what came of it",
		example: `  parley meeting log GLO-26-0001 --text "ICB will table terms by the 20th" --on 2026-11-13`,
		flags: func(c *cobra.Command) {
			withFlag(c, &cmd.Meeting.With)
			c.Flags().StringVar(&cmd.Meeting.Text, "text", "", "what came of it; no names")
			required(c, "text")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	})
}
