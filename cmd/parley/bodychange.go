package main

import (
	"context"

	"github.com/spf13/cobra"

	"parley/domain/casework"
	"parley/domain/directory"
	"parley/events"
	"parley/projections/timeline"
)

func newDirectoryMove(a *app) *cobra.Command {
	var cmd directory.MovePractice
	move := a.updateDirectory("move CODE --icb CODE --from DATE", "Put a practice under an ICB, where the lists say otherwise",
		`  parley directory move L84001 --icb QR1 --from 2026-02-03`,
		func(c *cobra.Command) {
			c.Flags().StringVar(&cmd.ICB, "icb", "", "ODS code of the ICB that commissions from it")
			dateVar(c.Flags(), &cmd.From, "from", "its first day under that ICB; what was known since is overruled")
			required(c, "icb", "from")
			must(c.RegisterFlagCompletionFunc("icb", a.completeICBs))
		},
		func(code string) directory.Command {
			cmd.Practice = code
			return cmd
		})
	move.ValidArgsFunction = a.completeBodies
	return move
}

func newDirectoryEstablish(a *app) *cobra.Command {
	var cmd directory.EstablishCommissioner
	return a.updateDirectory("establish CODE --name NAME --from DATE", "Enter an ICB that is not built in",
		`  parley directory establish Z1Z1Z --name "NHS Severnshire Integrated Care Board" --from 2027-04-01`,
		func(c *cobra.Command) {
			c.Flags().StringVar(&cmd.Name, "name", "", "its statutory name")
			dateVar(c.Flags(), &cmd.From, "from", "its first day")
			required(c, "name", "from")
		},
		func(code string) directory.Command {
			cmd.ICB = code
			return cmd
		})
}

func newDirectoryAbolish(a *app) *cobra.Command {
	var cmd directory.AbolishCommissioner
	return a.updateDirectory("abolish CODE --last-day DATE --successor CODE...", "Record that an ICB ends, and who takes over",
		`  parley directory abolish QR1 --last-day 2027-03-31 --successor Z1Z1Z`,
		func(c *cobra.Command) {
			dateVar(c.Flags(), &cmd.LastDay, "last-day", "its last day")
			c.Flags().StringSliceVar(&cmd.Successors, "successor", nil, "ODS code of a successor; repeat it for more")
			required(c, "last-day", "successor")
		},
		func(code string) directory.Command {
			cmd.ICB = code
			return cmd
		})
}

// updateDirectory returns the cobra command of a verb that changes one body.
func (a *app) updateDirectory(use, short, example string, flags func(*cobra.Command), build func(code string) directory.Command) *cobra.Command {
	var write writeFlags
	cmd := &cobra.Command{
		Use: use, Short: short, Example: example, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, s *session) (report, error) {
				how, err := write.request(s)
				if err != nil {
					return report{}, err
				}
				out, err := s.office.UpdateDirectory(ctx, build(args[0]), how)
				if err != nil {
					return report{}, err
				}
				if err := s.committed(ctx, out, how); err != nil {
					return report{}, err
				}
				return directoryReport(out, how), nil
			})
		},
	}
	flags(cmd)
	write.register(cmd.Flags())
	return cmd
}

// directoryReport is the answer to a change of the directory.
func directoryReport(out casework.Outcome, how casework.Request) report {
	answer := changed{
		Ref: out.Aggregate.ID, Version: out.Version, Stage: "directory", CommandID: how.Command.String(),
		Recorded: []recorded{}, Repeated: out.Repeated, DryRun: how.DryRun,
	}
	for i, f := range out.Facts {
		answer.Recorded = append(answer.Recorded, recorded{events.EventID{Version: out.Version, Index: i + 1}.String(), events.Name(f.Event), f.On.String(), timeline.Describe(f.Event)})
	}
	r := answer.report(out.Facts)
	r.empty = "nothing to record, it was so already"
	return r
}
