package main

import (
	"github.com/spf13/cobra"

	"parley/domain/negotiation"
)

func newPractice(a *app) *cobra.Command {
	return group("practice", "Practices joining and leaving a case", newPracticeJoin(a), newPracticeLeave(a))
}

func newPracticeJoin(a *app) *cobra.Command {
	var cmd negotiation.Join
	return a.change(change{
		use: "join REF --practice CODE...", short: "Make practices parties to the case",
		example: `  parley practice join GLO-26-0001 --practice L84001 --practice L84002
  parley practice join GLO-26-0001 --practice L84001,L84002,L84003 --dry-run`,
		flags: func(c *cobra.Command) { a.practicesFlag(c, &cmd.Practices, true) },
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	})
}

func newPracticeLeave(a *app) *cobra.Command {
	var cmd negotiation.Leave
	return a.change(change{
		use: "leave REF --practice CODE...", short: "Take practices out of the case",
		example: `  parley practice leave GLO-26-0001 --practice L84002 --text "Merged with L84001"`,
		flags: func(c *cobra.Command) {
			a.practicesFlag(c, &cmd.Practices, true)
			c.Flags().StringVar(&cmd.Why, "text", "", "why")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			cmd.Dated = on
			return cmd, nil
		},
	})
}
