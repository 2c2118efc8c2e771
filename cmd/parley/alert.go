package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"parley/adapters/rpc"
	"parley/adapters/settings"
	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/domain/casework"
	"parley/projections/alerts"
)

func newAlert(a *app) *cobra.Command {
	return group("alert", "Who is warned of deadlines, and what became of it",
		newAlertList(a), newAlertRun(a), newAlertAck(a), newAlertSnooze(a), newAlertProof(a), newAlertTest(a), newAlertCalendar(a), newAlertSettings(a))
}

func newAlertList(a *app) *cobra.Command {
	var q alerts.Query
	var within calendar.Period
	var all bool
	cmd := &cobra.Command{
		Use: "list", Short: "List alerts: those to come, and what became of others", Args: cobra.NoArgs,
		Long: strings.TrimSpace(`
List the alerts that are planned for the next two weeks, and those of the last
two weeks with what became of each; older ones too if it is not known whether
they arrived, or if they are still to be tried again.`),
		Example: `  parley alert list
  parley alert list --ref GLO-26-0001 --all
  parley alert list --status uncertain -o json`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a.ref = q.Ref
			return a.with(cmd.Context(), func(ctx context.Context, s *session) (report, error) {
				if err := s.span(&q, within, all); err != nil {
					return report{}, err
				}
				rows, err := s.office.Alerts(ctx, q)
				return s.alertsReport(rows), err
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&q.Ref, "ref", "", "only those of this case")
	flags.StringVar(&q.Person, "person", "", "only those for this person")
	oneOfFlag(cmd, &q.Status, "status", "only those that stand so", alerting.Planned, alerting.Claimed, alerting.Sent, alerting.Failed,
		alerting.Uncertain, alerting.Superseded, alerting.Acknowledged, alerting.Snoozed)
	periodVar(flags, &within, "within", "those of this period from today and back, such as 28d (default: 14d)")
	flags.BoolVar(&all, "all", false, "whenever they go out, or did")
	must(cmd.RegisterFlagCompletionFunc("ref", a.completeRefs))
	return cmd
}

// span bounds a query of alerts by when they go out.
func (s *session) span(q *alerts.Query, within calendar.Period, all bool) error {
	if all {
		return nil
	}
	days := 14
	switch {
	case within.IsZero():
	case within.Unit == calendar.Days:
		days = within.N
	case within.Unit == calendar.Weeks:
		days = 7 * within.N
	default:
		return usageError{fmt.Errorf("--within %s is not in days or weeks: write 14d or 2w", within)}
	}
	q.From, q.Until = s.today().AddDays(-days).Time(), s.today().AddDays(days+1).Time()
	return nil
}

// answerAlert is a verb by which somebody answers an alert.
func (a *app) answerAlert(cmd *cobra.Command, answer func(ctx context.Context, o rpc.Office, id string, how casework.Request) (casework.Outcome, error), said func() string) *cobra.Command {
	var write writeFlags
	cmd.Args = oneAlert
	cmd.ValidArgsFunction = a.completeAlerts
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return a.with(cmd.Context(), func(ctx context.Context, s *session) (report, error) {
			how, err := write.request(s)
			if err != nil {
				return report{}, err
			}
			out, err := answer(ctx, s.office, args[0], how)
			if err == nil {
				err = s.committed(ctx, out, how)
			}
			if err != nil {
				return report{}, err
			}
			return answered(args[0], said(), out, how), nil
		})
	}
	write.register(cmd.Flags())
	return cmd
}

// answered is the answer to somebody who answered an alert.
func answered(id, said string, out casework.Outcome, how casework.Request) report {
	what := said
	switch {
	case how.DryRun:
		what = "would be " + said + "; nothing was recorded"
	case len(out.Facts) == 0 || out.Repeated:
		what = said + ", as it was already"
	}
	value := struct {
		ID        string `json:"id"`
		Version   int    `json:"version"`
		CommandID string `json:"command_id"`
		Recorded  bool   `json:"recorded"`
	}{id, out.Version, how.Command.String(), out.Position > 0 && !out.Repeated}
	return report{
		value: value, columns: []string{"id", "what"}, rows: [][]cell{{text(id), text(what)}},
		page: func(w io.Writer, width int) { hanging(w, id+"  ", what, width) },
	}
}

// oneAlert asks for exactly one argument, the ID of an alert.
func oneAlert(cmd *cobra.Command, args []string) error {
	if len(args) != 1 {
		return usageError{errors.New("which alert? Give its ID, as parley alert list shows it")}
	}
	return nil
}

func newAlertAck(a *app) *cobra.Command {
	var what string
	cmd := a.answerAlert(&cobra.Command{
		Use: "ack ID", Short: "Say that somebody is seeing to it, so that it is not escalated",
		Long: strings.TrimSpace(`
Acknowledge an alert that has gone out: somebody is seeing to the deadline, and
it is not escalated to the officer. The deadline itself stands until it is met,
and the morning digest goes on to show it.`),
		Example: `  parley alert ack GLO-26-0001_D7-1_over1wd_20261026 --text "Rang them; the answer comes tomorrow"`,
	}, func(ctx context.Context, o rpc.Office, id string, how casework.Request) (casework.Outcome, error) {
		return o.AcknowledgeAlert(ctx, id, what, how)
	}, func() string { return "acknowledged" })
	cmd.Flags().StringVar(&what, "text", "", "what was done about it")
	return cmd
}

func newAlertSnooze(a *app) *cobra.Command {
	var until calendar.Date
	cmd := a.answerAlert(&cobra.Command{
		Use: "snooze ID --until DATE", Short: "Put the alerts of a deadline off to a later day",
		Long: strings.TrimSpace(`
Put off the alerts of an alert's deadline that would come before a day; one comes
on that day. They cannot be put off past the due date, and those of a deadline
that is overdue by ten working days at most.`),
		Example: `  parley alert snooze GLO-26-0001_D7-1_5wd_20261026 --until 2026-10-23`,
	}, func(ctx context.Context, o rpc.Office, id string, how casework.Request) (casework.Outcome, error) {
		return o.SnoozeAlert(ctx, id, until, how)
	}, func() string { return "put off to " + until.Long() })
	dateVar(cmd.Flags(), &until, "until", "the day on which an alert is to come again")
	required(cmd, "until")
	return cmd
}

func newAlertTest(a *app) *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use: "test CHANNEL", Short: "Send a test message by a channel: email, teams, webhook or file",
		Example: `  parley alert test email --to "Jo Reed"
  parley alert test teams`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{errors.New("which channel? Give email, teams, webhook or file")}
			}
			return nil
		},
		ValidArgs: []cobra.Completion{"email", "teams", "webhook", "file"},
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd.Context(), func(ctx context.Context, s *session) (report, error) {
				receipt, err := s.office.TryChannel(ctx, args[0], to)
				if err != nil {
					return report{}, err
				}
				value := struct {
					Channel string `json:"channel"`
					To      string `json:"to,omitempty"`
					Receipt string `json:"receipt"`
				}{args[0], to, receipt}
				return report{
					value: value, columns: []string{"channel", "to", "receipt"}, rows: [][]cell{{text(args[0]), text(to), text(receipt)}},
					page: func(w io.Writer, width int) {
						hanging(w, args[0]+"  ", "took the test message: "+oneLine(receipt), width)
					},
				}, nil
			})
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "the person to whom it goes, for a channel that goes to people")
	return cmd
}

func newAlertCalendar(a *app) *cobra.Command {
	var renew, revoke bool
	cmd := &cobra.Command{
		Use: "calendar PERSON", Short: "Give somebody the secret address of their calendar of deadlines",
		Long: strings.TrimSpace(`
Print the address under which a person's deadlines can be subscribed to, in
Outlook or any other calendar. Whoever has the address can read them: give it to
that person alone. Calendars are answered for by "parley serve --http", and read
afresh by Outlook every few hours: alerts do not depend on them.`),
		Example: `  parley alert calendar "Jo Reed"
  parley alert calendar "Jo Reed" --renew`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{errors.New("whose calendar? Give a person's name, as in " + settings.AlertsFile)}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			do := rpc.KeepFeed
			switch {
			case renew:
				do = rpc.RenewFeed
			case revoke:
				do = rpc.RevokeFeed
			}
			return a.with(cmd.Context(), func(ctx context.Context, s *session) (report, error) {
				address, err := s.office.Feed(ctx, args[0], do)
				if err != nil {
					return report{}, err
				}
				said := address
				switch {
				case revoke:
					said = "from now on there is no calendar of " + args[0]
				case strings.HasPrefix(address, "/"):
					said += "\nPut the address of the server before it (parley serve --http), or write it as public_url in " + settings.AlertsFile + "."
				}
				value := struct {
					Person  string `json:"person"`
					Address string `json:"address"`
				}{args[0], address}
				return report{
					value: value, columns: []string{"person", "address"}, rows: [][]cell{{text(args[0]), text(address)}},
					page: func(w io.Writer, _ int) { _, _ = fmt.Fprintln(w, said) },
				}, nil
			})
		},
	}
	cmd.Flags().BoolVar(&renew, "renew", false, "give another address in place of the old one, which is worth nothing then")
	cmd.Flags().BoolVar(&revoke, "revoke", false, "take the address away")
	cmd.MarkFlagsMutuallyExclusive("renew", "revoke")
	return cmd
}

func newAlertSettings(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "settings", Short: "Print a sample of the file that says who is warned, when and how", Args: cobra.NoArgs,
		Long: strings.TrimSpace(`
Print a file alerts.toml with everything in it, explained. Put what you need of
it in the store's folder under that name; parley doctor says whether it is right.
Without one, every alert goes to the file alerts.log in the store's folder.`),
		Example: `  parley alert settings > alerts.toml`,
		RunE: func(*cobra.Command, []string) error {
			value := struct {
				Sample string `json:"sample"`
			}{settings.Sample()}
			return a.print(report{
				value: value, columns: []string{"sample"}, rows: [][]cell{{text(value.Sample)}},
				page: func(w io.Writer, _ int) { _, _ = fmt.Fprint(w, value.Sample) },
			})
		},
	}
}
