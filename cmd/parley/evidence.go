package main

import (
	"github.com/spf13/cobra"

	"parley/domain/negotiation"
	"parley/events"
)

func newContract(a *app) *cobra.Command {
	return group("contract", "On what footing the work is done", newContractRecord(a))
}

func newContractRecord(a *app) *cobra.Command {
	var cmd negotiation.RecordContract
	return a.change(change{
		use: "record REF --position NAME", short: "Record a contract position and its notice clause",
		long: `Record on what footing the work is done: by one practice, or by all of the case
if no practice is named. The notice period recorded here is what "parley notice
serve" takes when it is given none.`,
		example: `  parley contract record GLO-26-0001 --position none
  parley contract record GLO-26-0001 --practice L84001 --position rolled-over --term-end 2024-03-31 --clause "LES 9.2" --notice 6m --to-month-end`,
		flags: func(c *cobra.Command) {
			p, flags := &cmd.Position, c.Flags()
			onePractice(a, c, &p.Practice)
			oneOfFlag(c, &p.Position, "position", "the footing", events.NoContract, events.Signed, events.RolledOver, events.Core)
			dateVar(flags, &p.TermEnd, "term-end", "the last day of the written term")
			dateVar(flags, &p.LastPayment, "last-payment", "the last payment after the term")
			flags.StringVar(&p.Clause, "clause", "", "the notice clause, as numbered or quoted")
			periodVar(flags, &p.Notice, "notice", "the notice period the clause asks for, such as 3m")
			flags.BoolVar(&p.ToMonthEnd, "to-month-end", false, "the clause lets notice end only at the end of a month")
			documentFlag(c, &p.Document)
			required(c, "position")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	})
}

// onePractice adds --practice for a verb that concerns one, or all if it is left out.
func onePractice(a *app, c *cobra.Command, code *string) {
	c.Flags().StringVarP(code, "practice", "p", "", "ODS code of the practice (default: all of the case)")
	must(c.RegisterFlagCompletionFunc("practice", a.completePractices))
}

func newEvidence(a *app) *cobra.Command {
	return group("evidence", "How much work is done, and what it costs", newEvidenceActivity(a), newEvidenceCost(a))
}

func newEvidenceActivity(a *app) *cobra.Command {
	var cmd negotiation.RecordEvidence
	return a.change(change{
		use: "activity REF --count N --unit TEXT --from DATE --until DATE --source TEXT", short: "Record how much work was done",
		example: `  parley evidence activity GLO-26-0001 --practice L84001 --count 1180 --unit samples --from 2026-04-01 --until 2026-09-30 --source "clinical system search"`,
		flags: func(c *cobra.Command) {
			e, flags := &cmd.Evidence, c.Flags()
			onePractice(a, c, &e.Practice)
			flags.IntVar(&e.Activity, "count", 0, "how many")
			flags.StringVar(&e.Unit, "unit", "", "of what")
			dateVar(flags, &e.From, "from", "the first day counted")
			dateVar(flags, &e.Until, "until", "the last day counted")
			flags.StringVar(&e.Source, "source", "", "where the figure comes from")
			required(c, "count", "unit", "from", "until", "source")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	})
}

func newEvidenceCost(a *app) *cobra.Command {
	var cmd negotiation.RecordCost
	return a.change(change{
		use: "cost REF --amount POUNDS --unit TEXT --basis TEXT", short: "Record what one unit of the work costs",
		example: `  parley evidence cost GLO-26-0001 --amount 4.62 --unit "per sample" --basis "12 minutes of a phlebotomist, with consumables"`,
		flags: func(c *cobra.Command) {
			cost := &cmd.Cost
			onePractice(a, c, &cost.Practice)
			poundsVar(c.Flags(), &cost.Pence, "amount", "the cost, in pounds")
			c.Flags().StringVar(&cost.Unit, "unit", "", "of what, such as \"per sample\"")
			c.Flags().StringVar(&cost.Basis, "basis", "", "how it was worked out")
			required(c, "amount", "unit", "basis")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	})
}

func newMandate(a *app) *cobra.Command {
	return group("mandate", "What the LMC is authorised to negotiate", newMandateRecord(a))
}

func newMandateRecord(a *app) *cobra.Command {
	var cmd negotiation.GiveMandate
	return a.change(change{
		use: "record REF --by TEXT --text TEXT", short: "Record the LMC's mandate, which stays with the LMC",
		example: `  parley mandate record GLO-26-0001 --by "committee, 3 September" --floor 4.00 --text "Not below cost; notice if refused"`,
		flags: func(c *cobra.Command) {
			m := &cmd.Mandate
			c.Flags().StringVar(&m.By, "by", "", "who gave it: a committee, a ballot")
			poundsVar(c.Flags(), &m.FloorPence, "floor", "the lowest price per unit to accept, in pounds")
			c.Flags().StringVar(&m.Text, "text", "", "what it says, in short")
			required(c, "by", "text")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	})
}
