package main

import (
	"context"

	"github.com/spf13/cobra"

	"parley/events"
	"parley/projections/docket"
)

func newDeadline(a *app) *cobra.Command {
	return group("deadline", "What is due, and when", newDeadlineList(a))
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
	flags := cmd.Flags()
	periodVar(flags, &q.Within, "within", "only those due by the end of this period from today, such as 14d")
	flags.BoolVar(&q.Overdue, "overdue", false, "only those that have passed")
	flags.StringVar(&q.Ref, "ref", "", "only those of this case, met and superseded ones too")
	flags.BoolVar(&q.All, "all", false, "met and superseded ones too, and those of closed cases")
	oneOfFlag(cmd, &q.Owner, "owner", "only those on which this party must act", events.LMC, events.ICB, events.Practice)
	must(cmd.RegisterFlagCompletionFunc("ref", a.completeRefs))
	return cmd
}
