package main

import (
	"github.com/spf13/cobra"

	"parley/domain/negotiation"
	"parley/events"
)

func newDispute(a *app) *cobra.Command {
	return group("dispute", "Disputes and how they are settled", newDisputeRaise(a), newDisputeStep(a), newDisputeDetermine(a))
}

func procedureFlag(c *cobra.Command, p *events.Procedure) {
	oneOfFlag(c, p, "procedure", "how it is to be settled",
		events.LocalResolution, events.Mediation, events.ExpertDetermination, events.NHSDisputeResolution)
}

func disputeFlag(c *cobra.Command, n *int) {
	c.Flags().IntVar(n, "dispute", 1, "the number of the dispute")
}

func newDisputeRaise(a *app) *cobra.Command {
	cmd := negotiation.RaiseDispute{By: events.LMC, Procedure: events.LocalResolution}
	return a.change(change{
		use: "raise REF --about TEXT", short: "Record that a dispute was raised",
		example: `  parley dispute raise GLO-26-0001 --about "Whether the 2019 contract rolled over"
  parley dispute raise GLO-26-0001 --by icb --procedure nhs-dispute-resolution --about "Validity of the notices"`,
		flags: func(c *cobra.Command) {
			oneOfFlag(c, &cmd.By, "by", "who raised it", events.LMC, events.ICB, events.Practice)
			procedureFlag(c, &cmd.Procedure)
			c.Flags().StringVar(&cmd.About, "about", "", "what it is about")
			required(c, "about")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	})
}

func newDisputeStep(a *app) *cobra.Command {
	var cmd negotiation.StepDispute
	return a.change(change{
		use: "step REF --text TEXT", short: "Record a step in a dispute, or its move to another procedure",
		example: `  parley dispute step GLO-26-0001 --dispute 1 --text "Meeting held, no agreement"
  parley dispute step GLO-26-0001 --procedure mediation --text "Both sides agreed to mediation"`,
		flags: func(c *cobra.Command) {
			disputeFlag(c, &cmd.Dispute)
			procedureFlag(c, &cmd.Procedure)
			c.Flags().StringVar(&cmd.Text, "text", "", "what was done")
			required(c, "text")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	})
}

func newDisputeDetermine(a *app) *cobra.Command {
	var cmd negotiation.DetermineDispute
	return a.change(change{
		use: "determine REF --text TEXT", short: "Record the outcome of a dispute",
		example: `  parley dispute determine GLO-26-0001 --for practice --text "No implied contract"`,
		flags: func(c *cobra.Command) {
			disputeFlag(c, &cmd.Dispute)
			oneOfFlag(c, &cmd.For, "for", "whom it favoured, if anybody", events.LMC, events.ICB, events.Practice)
			c.Flags().StringVar(&cmd.Text, "text", "", "the outcome")
			required(c, "text")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	})
}
