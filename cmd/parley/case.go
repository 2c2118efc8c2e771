package main

import (
	"context"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"parley/domain/negotiation"
	"parley/events"
	"parley/projections/status"
)

func newCase(a *app) *cobra.Command {
	return group("case", "Open cases, see them, and keep their record",
		newCaseOpen(a), newCaseList(a), newCaseShow(a), newCaseWatch(a), newCaseTimeline(a), newCaseNote(a),
		newCaseAssign(a), newCaseTransfer(a), newCaseClose(a), newCaseReopen(a), newCaseCorrect(a))
}

func newCaseOpen(a *app) *cobra.Command {
	var open negotiation.OpenCase
	var write writeFlags
	cmd := &cobra.Command{
		Use:   "open --icb CODE --service SLUG --title TEXT [--practice CODE]...",
		Short: "Open a case about one service with one ICB",
		Example: `  parley case open --icb QR1 --service phlebotomy-secondary --title "Hospital bloods, north"
  parley case open --icb QR1 --service ecg --title "12-lead ECGs" --practice L84001,L84002 --on 2026-11-02`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, s *session) (report, error) {
				how, err := write.request(s)
				if err != nil {
					return report{}, err
				}
				open.LMC = s.about.Code
				out, err := s.office.Handle(ctx, "", open, how)
				if err != nil {
					return report{}, err
				}
				return s.changed(ctx, out, how, nil)
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&open.ICB, "icb", "", "ODS code of the Integrated Care Board")
	flags.StringVar(&open.Service, "service", "", "slug of the service; see: parley service list")
	flags.StringVar(&open.Title, "title", "", "what the case is called")
	dateVar(flags, &open.On, "on", "the day it was opened (default: today)")
	a.practicesFlag(cmd, &open.Practices, false)
	required(cmd, "icb", "service", "title")
	write.register(flags)
	flags.Lookup("command-id").Usage = "ID of this command, a UUID of version 7: the same one never opens a second case (default: a new one)"
	must(cmd.RegisterFlagCompletionFunc("icb", a.completeICBs))
	must(cmd.RegisterFlagCompletionFunc("service", completeServices))
	return cmd
}

func newCaseNote(a *app) *cobra.Command {
	var note string
	return a.change(change{
		use: "note REF --text TEXT", short: "Add a note",
		example: `  parley case note GLO-26-0001 --text "Rang the ICB: they will answer by Friday"`,
		flags: func(cmd *cobra.Command) {
			cmd.Flags().StringVar(&note, "text", "", "the note; never anything about patients")
			required(cmd, "text")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			return negotiation.AddNote{Dated: on, Text: note}, nil
		},
	})
}

func newCaseAssign(a *app) *cobra.Command {
	var caseworker string
	return a.change(change{
		use: "assign REF --caseworker NAME", short: "Give the case to a caseworker",
		example: `  parley case assign GLO-26-0001 --caseworker jo`,
		flags: func(cmd *cobra.Command) {
			cmd.Flags().StringVar(&caseworker, "caseworker", "", "who has the case from now on: a short name, as in the office")
			required(cmd, "caseworker")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			return negotiation.Assign{Dated: on, Caseworker: caseworker}, nil
		},
	})
}

func newCaseTransfer(a *app) *cobra.Command {
	var icb, why string
	return a.change(change{
		use: "transfer REF --icb CODE", short: "Put the case before another ICB, such as a successor",
		long: strings.TrimSpace(`
Every practice that is a party and open must come under that ICB on the day, as
it does when an ICB takes over from another. Where one does not, let it leave
(parley practice leave), or put right what is known of it (parley directory move).`),
		example: `  parley case transfer GLO-26-0001 --icb S9B9J --text "QNX was abolished"`,
		flags: func(cmd *cobra.Command) {
			cmd.Flags().StringVar(&icb, "icb", "", "ODS code of the ICB that has the case from now on")
			cmd.Flags().StringVar(&why, "text", "", "why")
			required(cmd, "icb")
			must(cmd.RegisterFlagCompletionFunc("icb", a.completeICBs))
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			return negotiation.Transfer{Dated: on, ICB: icb, Why: why}, nil
		},
	})
}

func newCaseClose(a *app) *cobra.Command {
	closing := negotiation.Close{}
	return a.change(change{
		use: "close REF --outcome NAME", short: "Close the case with its outcome",
		example: `  parley case close GLO-26-0001 --outcome resourced --text "Paid since January"
  parley case close GLO-26-0002 --outcome merged --into GLO-26-0001`,
		flags: func(cmd *cobra.Command) {
			oneOfFlag(cmd, &closing.Outcome, "outcome", "how it ended", events.Resourced, events.Ceased, events.Withdrawn, events.Determined, events.Merged)
			cmd.Flags().StringVar(&closing.Into, "into", "", "the case it merged into")
			cmd.Flags().StringVar(&closing.Text, "text", "", "a last word")
			required(cmd, "outcome")
			must(cmd.RegisterFlagCompletionFunc("into", a.completeRefs))
		},
		mentions: func() string { return closing.Into },
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			closing.Dated = on
			return closing, nil
		},
	})
}

func newCaseReopen(a *app) *cobra.Command {
	var reopen negotiation.Reopen
	return a.change(change{
		use: "reopen REF --text TEXT", short: "Take a closed case up again",
		long: strings.TrimSpace(`
The deadlines that were running when the case was closed run on with what
remained of them: none of them is overdue because of the time in between. With
--fresh-clocks they are counted anew, as if they had been set on that day.`),
		example: `  parley case reopen GLO-26-0001 --text "The ICB stopped paying"
  parley case reopen GLO-26-0001 --text "Talks begin again" --fresh-clocks --on 2026-11-23`,
		flags: func(cmd *cobra.Command) {
			cmd.Flags().StringVar(&reopen.Why, "text", "", "why")
			cmd.Flags().BoolVar(&reopen.FreshClocks, "fresh-clocks", false, "count its deadlines anew from that day")
			required(cmd, "text")
		},
		build: func(on negotiation.Dated) (negotiation.Command, error) {
			reopen.Dated = on
			return reopen, nil
		},
	})
}

func newCaseList(a *app) *cobra.Command {
	var f status.Filter
	cmd := &cobra.Command{
		Use: "list", Short: "List cases and where they stand", Args: cobra.NoArgs,
		Example: `  parley case list
  parley case list --stage notice --icb QR1
  parley case list --practice L84001 --closed -o csv`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, s *session) (report, error) {
				return s.listCases(ctx, f)
			})
		},
	}
	flags := cmd.Flags()
	oneOfFlag(cmd, &f.Stage, "stage", "only those at this stage", negotiation.Stages()...)
	flags.StringVar(&f.ICB, "icb", "", "only those with this ICB")
	flags.StringVar(&f.Practice, "practice", "", "only those with this practice")
	flags.StringVar(&f.Service, "service", "", "only those about this service")
	flags.StringVar(&f.Caseworker, "caseworker", "", "only those of this caseworker")
	flags.BoolVar(&f.Closed, "closed", false, "closed cases too")
	must(cmd.RegisterFlagCompletionFunc("icb", a.completeICBs))
	must(cmd.RegisterFlagCompletionFunc("practice", a.completePractices))
	must(cmd.RegisterFlagCompletionFunc("service", completeServices))
	return cmd
}

// asOfFlag adds --as-of.
func asOfFlag(cmd *cobra.Command, t *time.Time) {
	london, err := time.LoadLocation(zone)
	must(err)
	cmd.Flags().Var(moment{t, london}, "as-of", "as it was known at this time, or at the end of this day")
}

// confidentialFlag adds --confidential.
func confidentialFlag(cmd *cobra.Command, with *bool) {
	cmd.Flags().BoolVar(with, "confidential", false, "with the LMC's mandate, which is for the LMC alone")
}

func newCaseShow(a *app) *cobra.Command {
	var asOf time.Time
	var confidential bool
	cmd := &cobra.Command{
		Use: "show REF", Short: "Show where a case stands", Args: oneRef, ValidArgsFunction: a.completeRefs,
		Example: `  parley case show GLO-26-0001
  parley case show GLO-26-0001 --as-of 2026-09-09
  parley case show GLO-26-0001 --jq '.practices[] | select(.notice.state == "served") | .code'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			a.ref = args[0]
			return a.with(cmd.Context(), func(ctx context.Context, s *session) (report, error) {
				return s.showCase(ctx, args[0], asOf, confidential)
			})
		},
	}
	asOfFlag(cmd, &asOf)
	confidentialFlag(cmd, &confidential)
	return cmd
}

func newCaseTimeline(a *app) *cobra.Command {
	var asOf time.Time
	var confidential bool
	cmd := &cobra.Command{
		Use: "timeline REF", Short: "Show everything that was recorded of a case", Args: oneRef, ValidArgsFunction: a.completeRefs,
		Example: `  parley case timeline GLO-26-0001
  parley case timeline GLO-26-0001 --as-of 2026-09-09T12:00 -o json`,
		RunE: func(cmd *cobra.Command, args []string) error {
			a.ref = args[0]
			return a.with(cmd.Context(), func(ctx context.Context, s *session) (report, error) {
				return s.timeline(ctx, args[0], asOf, confidential)
			})
		},
	}
	asOfFlag(cmd, &asOf)
	confidentialFlag(cmd, &confidential)
	return cmd
}
