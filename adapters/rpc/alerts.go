package rpc

import (
	"context"

	"github.com/google/uuid"

	"parley/domain/calendar"
	"parley/domain/casework"
	"parley/domain/watch"
	"parley/projections/alerts"
)

// Alerting is what the verbs of the command line ask and tell about alerts.
type Alerting interface {
	// Alerts returns the alerts and digests that q asks for, planned ones too, in
	// the order in which they go out. The error is *casework.UnknownCase for the
	// Ref of q.
	Alerts(ctx context.Context, q alerts.Query) ([]alerts.Row, error)

	// AcknowledgeAlert records that somebody has seen to what an alert warns of,
	// SnoozeAlert that its deadline's alerts are put off. Errors are those of
	// domain/alerting.
	AcknowledgeAlert(ctx context.Context, id, text string, how casework.Request) (casework.Outcome, error)
	SnoozeAlert(ctx context.Context, id string, until calendar.Date, how casework.Request) (casework.Outcome, error)

	// SweepAlerts sends what is due now and has not been sent.
	SweepAlerts(ctx context.Context) (watch.Report, error)

	// TryChannel sends a test message by a channel to a person, or to nobody where
	// the channel is a place, and returns the channel's receipt.
	TryChannel(ctx context.Context, channel, person string) (string, error)

	// Feed returns the secret address of a person's calendar, as far as the office
	// knows it: made if there was none, made afresh, or taken back.
	Feed(ctx context.Context, person string, do FeedChange) (string, error)
}

// FeedChange is what is to be done about the secret address of a calendar.
type FeedChange string

// The changes.
const (
	KeepFeed   FeedChange = "keep"   // as it is, made if there is none
	RenewFeed  FeedChange = "renew"  // another in its place
	RevokeFeed FeedChange = "revoke" // none from now on
)

// The verbs about alerts.
const (
	verbAlerts      = "alerts"
	verbAcknowledge = "acknowledge-alert"
	verbSnooze      = "snooze-alert"
	verbSweep       = "sweep-alerts"
	verbTry         = "try-channel"
	verbFeed        = "feed"
)

type (
	askAnswer struct {
		Alert   string
		Text    string
		Until   calendar.Date
		Command uuid.UUID
		DryRun  bool
	}
	askTry  struct{ Channel, Person string }
	askFeed struct {
		Person string
		Do     FeedChange
	}
)

func onAlerts() []*verb {
	return []*verb{
		answering(verbAlerts, smallBody, func(ctx context.Context, o Served, q alerts.Query) ([]alerts.Row, error) { return o.Alerts(ctx, q) }),
		answering(verbAcknowledge, smallBody, func(ctx context.Context, o Served, q askAnswer) (outcome, error) {
			out, err := o.AcknowledgeAlert(ctx, q.Alert, q.Text, q.how())
			return recorded(ctx, o, out, err)
		}),
		answering(verbSnooze, smallBody, func(ctx context.Context, o Served, q askAnswer) (outcome, error) {
			out, err := o.SnoozeAlert(ctx, q.Alert, q.Until, q.how())
			return recorded(ctx, o, out, err)
		}),
		answering(verbSweep, smallBody, func(ctx context.Context, o Served, _ nothing) (watch.Report, error) { return o.SweepAlerts(ctx) }),
		answering(verbTry, smallBody, func(ctx context.Context, o Served, q askTry) (string, error) {
			return o.TryChannel(ctx, q.Channel, q.Person)
		}),
		answering(verbFeed, smallBody, func(ctx context.Context, o Served, q askFeed) (string, error) { return o.Feed(ctx, q.Person, q.Do) }),
	}
}

func (q askAnswer) how() casework.Request {
	return casework.Request{Command: q.Command, DryRun: q.DryRun}
}

// Alerts implements Office.
func (c *Client) Alerts(ctx context.Context, q alerts.Query) ([]alerts.Row, error) {
	return ask[[]alerts.Row](ctx, c, verbAlerts, q, false)
}

// AcknowledgeAlert implements Office.
func (c *Client) AcknowledgeAlert(ctx context.Context, id, text string, how casework.Request) (casework.Outcome, error) {
	return c.tell(ctx, verbAcknowledge, askAnswer{Alert: id, Text: text, Command: how.Command, DryRun: how.DryRun}, how.DryRun)
}

// SnoozeAlert implements Office.
func (c *Client) SnoozeAlert(ctx context.Context, id string, until calendar.Date, how casework.Request) (casework.Outcome, error) {
	return c.tell(ctx, verbSnooze, askAnswer{Alert: id, Until: until, Command: how.Command, DryRun: how.DryRun}, how.DryRun)
}

// SweepAlerts implements Office. A mail server may take its time.
func (c *Client) SweepAlerts(ctx context.Context) (watch.Report, error) {
	return askFor[watch.Report](ctx, c, verbSweep, nothing{}, false, mostTime)
}

// TryChannel implements Office. It waits far longer than any channel takes, so
// that nothing is tried twice.
func (c *Client) TryChannel(ctx context.Context, channel, person string) (string, error) {
	return askFor[string](ctx, c, verbTry, askTry{channel, person}, true, 8*c.o.Patience)
}

// Feed implements Office.
func (c *Client) Feed(ctx context.Context, person string, do FeedChange) (string, error) {
	return ask[string](ctx, c, verbFeed, askFeed{person, do}, false)
}
