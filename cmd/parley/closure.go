package main

import (
	"strings"

	"github.com/spf13/cobra"

	"parley/domain/negotiation"
)

func newClosure(a *app) *cobra.Command {
	return group("closure", "Applications to close a patient list", newClosureApply(a), newClosureAcknowledge(a), newClosureDecide(a))
}

// listFlag adds --practice for a verb about the list of one.
func listFlag(a *app, c *cobra.Command, code *string) {
	c.Flags().StringVarP(code, "practice", "p", "", "ODS code of the practice whose list it is")
	must(c.RegisterFlagCompletionFunc("practice", a.completePractices))
	required(c, "practice")
}

func newClosureApply(a *app) *cobra.Command {
	var cmd negotiation.ApplyListClosure
	return a.change(change{
		use: "apply REF --practice CODE", short: "Record that the ICB received an application to close a list",
		example: `  parley closure apply GLO-26-0001 --practice L84001 --document "closure.pdf" --on 2026-12-01`,
		flags: func(c *cobra.Command) {
			listFlag(a, c, &cmd.Practice)
			documentFlag(c, &cmd.Document)
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	})
}

func newClosureAcknowledge(a *app) *cobra.Command {
	var cmd negotiation.AcknowledgeListClosure
	return a.change(change{
		use: "acknowledge REF --practice CODE", short: "Record the ICB's acknowledgement of an application",
		example: `  parley closure acknowledge GLO-26-0001 --practice L84001 --on 2026-12-07`,
		flags: func(c *cobra.Command) {
			listFlag(a, c, &cmd.Practice)
			documentFlag(c, &cmd.Document)
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	})
}

// verdict is what became of an application.
type verdict string

const (
	listClosed   verdict = "granted"
	listKeptOpen verdict = "refused"
)

func newClosureDecide(a *app) *cobra.Command {
	var cmd negotiation.DecideListClosure
	var outcome verdict
	return a.change(change{
		use: "decide REF --practice CODE --outcome NAME", short: "Record the ICB's decision on an application",
		long: strings.TrimSpace(`
The last day of closure, --until, starts the clock for asking to extend it,
which is counted back from that day. After a refusal there is a time in which
the practice cannot apply again.`),
		example: `  parley closure decide GLO-26-0001 --practice L84001 --outcome granted --until 2027-06-30 --on 2026-12-21
  parley closure decide GLO-26-0001 --practice L84001 --outcome refused --document "ICB/2026/90"`,
		flags: func(c *cobra.Command) {
			listFlag(a, c, &cmd.Practice)
			oneOfFlag(c, &outcome, "outcome", "what was decided", listClosed, listKeptOpen)
			dateVar(c.Flags(), &cmd.Until, "until", "the last day of closure")
			documentFlag(c, &cmd.Document)
			required(c, "outcome")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated, cmd.Granted = on, outcome == listClosed
			return cmd, nil
		},
	})
}

func newAward(a *app) *cobra.Command {
	return group("award", "Awards of the contract under the Provider Selection Regime", newAwardIntend(a), newAwardDecide(a))
}

func newAwardIntend(a *app) *cobra.Command {
	var cmd negotiation.PublishAwardIntention
	return a.change(change{
		use: "intend REF --provider NAME", short: "Record that the ICB published its notice of intention to award",
		example: `  parley award intend GLO-26-0001 --provider RTE --document "notice 2026/88" --on 2026-11-23`,
		flags: func(c *cobra.Command) {
			c.Flags().StringVar(&cmd.Provider, "provider", "", "who is to have the contract, by name or ODS code")
			documentFlag(c, &cmd.Document)
			required(c, "provider")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	})
}

func newAwardDecide(a *app) *cobra.Command {
	var cmd negotiation.DecideAward
	return a.change(change{
		use: "decide REF --text TEXT", short: "Record the ICB's further decision, after representations",
		example: `  parley award decide GLO-26-0001 --provider RTE --text "The decision stands" --on 2026-12-11
  parley award decide GLO-26-0001 --text "Abandoned"`,
		flags: func(c *cobra.Command) {
			c.Flags().StringVar(&cmd.Provider, "provider", "", "who is to have the contract; left out if nobody")
			c.Flags().StringVar(&cmd.Text, "text", "", "what was decided")
			documentFlag(c, &cmd.Document)
			required(c, "text")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	})
}
