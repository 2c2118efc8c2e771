package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"parley/domain/alerting"
	"parley/domain/watch"
	"parley/events"
	"parley/projections/alerts"
)

// betweenSweeps is how long "alert run" waits between two sweeps.
const betweenSweeps = time.Minute

func newAlertRun(a *app) *cobra.Command {
	var once bool
	cmd := &cobra.Command{
		Use: "run [--once]", Short: "Send the alerts that are due, where no server does", Args: cobra.NoArgs,
		Long: strings.TrimSpace(`
Send every alert whose time has come and that has not been sent, each once, and
record what became of it. With --once that is all: for cron or the Task
Scheduler, every quarter of an hour or so. Without it, it goes on every minute
until it is interrupted, and the store is free in between. Where "parley serve"
runs, that does it by itself.`),
		Example: `  parley alert run --once
  */15 7-18 * * 1-5  parley --store /srv/parley alert run --once`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for {
				failed := 0
				err := a.with(cmd.Context(), func(ctx context.Context, s *session) (report, error) {
					done, err := s.office.SweepAlerts(ctx)
					failed = len(done.Failed)
					return s.swept(done), err
				})
				switch {
				case err != nil:
					return err
				case once && failed > 0:
					return fmt.Errorf("%w: %d failed", errUndelivered, failed)
				case once:
					return nil
				}
				select {
				case <-cmd.Context().Done():
					return context.Cause(cmd.Context())
				case <-time.After(betweenSweeps):
				}
			}
		},
	}
	cmd.Flags().BoolVar(&once, "once", false, "once, and no more")
	return cmd
}

// errUndelivered says that a sweep did what it could, and that some of it failed.
var errUndelivered = errors.New("not everything could be delivered")

// swept is what a sweep did.
type swept struct {
	Sent       []deed     `json:"sent"`
	Failed     []deed     `json:"failed"`
	Uncertain  []deed     `json:"uncertain"`
	Superseded []deed     `json:"superseded"`
	Next       *nextAlert `json:"next"` // null if nothing is planned
}

// deed is what was done about one alert.
type deed struct {
	ID      string    `json:"id"`
	To      string    `json:"to,omitempty"`
	Channel string    `json:"channel,omitempty"`
	Receipt string    `json:"receipt,omitempty"`
	Why     string    `json:"why,omitempty"`
	RetryAt time.Time `json:"retry_at,omitzero"`
}

// nextAlert is what is next.
type nextAlert struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
}

// swept is the answer of "alert run".
func (s *session) swept(done watch.Report) report {
	answer := swept{deeds(done.Sent), deeds(done.Failed), deeds(done.Uncertain), deeds(done.Superseded), nil}
	then := ""
	if done.Next.ID != "" {
		answer.Next = &nextAlert{done.Next.ID, done.Next.At}
		then = "Next: " + s.minute(done.Next.At) + ", " + done.Next.ID
	}
	r := report{value: answer, columns: []string{"status", "id", "to", "channel", "what"}}
	for _, of := range []struct {
		status alerting.Status
		deeds  []deed
	}{
		{alerting.Sent, answer.Sent}, {alerting.Failed, answer.Failed}, {alerting.Uncertain, answer.Uncertain}, {alerting.Superseded, answer.Superseded},
	} {
		for _, d := range of.deeds {
			r.rows = append(r.rows, []cell{text(string(of.status)), text(d.ID), text(d.To), text(d.Channel), text(d.said(s.zone))})
		}
	}
	r.page = func(w io.Writer, width int) {
		for _, row := range r.rows {
			hanging(w, fmt.Sprintf("%-10s  ", row[0].shown), oneLine(strings.TrimSpace(row[1].shown+"  "+row[4].shown)), width)
		}
		if len(r.rows) == 0 {
			_, _ = fmt.Fprintln(w, "Nothing was due.")
		}
		if then != "" {
			_, _ = fmt.Fprintln(w, then)
		}
	}
	return r
}

func deeds(all []watch.Deed) []deed {
	told := make([]deed, len(all))
	for i, d := range all {
		told[i] = deed{d.ID, d.Delivery.To, d.Delivery.Channel, d.Receipt, d.Why, d.RetryAt}
	}
	return told
}

func (d deed) said(zone *time.Location) string {
	said := d.Channel
	if d.To != "" {
		said = "to " + d.To + " by " + d.Channel
	}
	for _, more := range []string{d.Receipt, d.Why} {
		if more != "" && said != "" {
			said += ": "
		}
		said += more
	}
	if !d.RetryAt.IsZero() {
		said += "; tried again at " + d.RetryAt.In(zone).Format("Mon 15:04")
	}
	return said
}

func newAlertProof(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "proof ID | proof REF DEADLINE", Short: "Prove what became of every alert of a deadline, from events alone",
		Example: `  parley alert proof GLO-26-0001 D7.1
  parley alert proof GLO-26-0001_D7-1_day_20261026 -o json`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 && len(args) != 2 {
				return usageError{errors.New("of which deadline? Give a case and a deadline, such as GLO-26-0001 D7.1, or the ID of an alert")}
			}
			return nil
		},
		ValidArgsFunction: a.completeDeadlines,
		RunE: func(cmd *cobra.Command, args []string) error {
			name := alerting.Name{Ref: args[0]}
			if len(args) == 2 {
				name.Deadline = args[1]
			} else {
				var err error
				if name, err = alerting.ParseID(args[0]); err != nil {
					return err
				}
				if name.Ref == "" {
					return usageError{fmt.Errorf("%s is a morning digest: see it with parley alert list --all", args[0])}
				}
			}
			a.ref, a.id = name.Ref, name.Deadline
			return a.with(cmd.Context(), func(ctx context.Context, s *session) (report, error) {
				return s.prove(ctx, name)
			})
		},
	}
}

// prove answers "alert proof".
func (s *session) prove(ctx context.Context, name alerting.Name) (report, error) {
	history, err := s.history(ctx, name.Ref, time.Time{})
	if err != nil {
		return report{}, err
	}
	ev := alerting.Evidence{
		Case: history, Deadline: name.Deadline, Alerts: map[string]events.History{},
		Before: alerting.DefaultPolicy(s.about.Actor), Now: s.clock(),
	}
	if ev.Calendar, err = s.office.History(ctx, events.Calendar()); err != nil {
		return report{}, err
	}
	if ev.Policy, err = s.office.History(ctx, events.AlertPolicy()); err != nil {
		return report{}, err
	}
	rows, err := s.office.Alerts(ctx, alerts.Query{Ref: name.Ref})
	if err != nil {
		return report{}, err
	}
	for _, row := range rows {
		if row.Deadline != name.Deadline || row.Status == alerting.Planned {
			continue
		}
		if ev.Alerts[row.ID], err = s.office.History(ctx, events.Alert(row.ID)); err != nil {
			return report{}, err
		}
	}
	proof, err := alerting.Prove(ev)
	if err != nil {
		return report{}, err
	}
	return s.proofReport(proof), nil
}

func (s *session) proofReport(p alerting.Proof) report {
	r := report{
		value:   p,
		columns: []string{"at", "status", "person", "due", "rung", "step", "since", "why", "event", "by", "id"},
	}
	for _, row := range p.Alerts {
		r.rows = append(r.rows, []cell{
			{s.minute(row.At), row.At.Format(time.RFC3339)},
			text(string(row.Status)), text(row.Person), date(row.Due), text(row.Rung), text(row.Step),
			{s.minute(row.Since), row.Since.Format(time.RFC3339)},
			text(row.Why), text(row.Event), text(row.By), text(row.ID),
		})
	}
	r.page = func(w io.Writer, width int) {
		hanging(w, "", fmt.Sprintf("%s %s  %s: due %s, %s", p.Ref, p.Deadline, oneLine(p.Title), p.Due.Long(), p.Status), width)
		if len(p.Alerts) == 0 {
			_, _ = fmt.Fprintln(w, "  No alert was ever wanted.")
		}
		for _, row := range p.Alerts {
			hanging(w, fmt.Sprintf("  %-21s  %-12s  ", s.minute(row.At), row.Status), s.proved(p, row), width)
		}
	}
	return r
}

// proved says in words what became of an alert.
func (s *session) proved(p alerting.Proof, row alerting.Proved) string {
	said := row.Step
	if row.Due != p.Due {
		said += ", when it was due " + row.Due.Long()
	}
	if row.Person != "" {
		said += ", for " + oneLine(row.Person)
	}
	if row.Digest != "" && len(row.Deliveries) > 0 {
		said += ", in " + row.Digest
	}
	if row.Why != "" {
		said += ": " + oneLine(row.Why)
	}
	if row.Event != "" {
		said += " [" + row.Event + "]"
	}
	for _, o := range row.Deliveries {
		said += fmt.Sprintf("; %s at %s", deliverySaid(o), s.minute(o.At))
	}
	return said
}

func deliverySaid(o alerting.Outcome) string {
	said := string(o.Status) + " by " + o.Delivery.Channel
	if o.Receipt != "" {
		said += " (" + oneLine(o.Receipt) + ")"
	}
	return said
}
