package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/google/uuid"

	"parley/adapters/rpc"
	"parley/adapters/settings"
	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/domain/casework"
	"parley/domain/watch"
	"parley/projections/alerts"
	"parley/projections/docket"
)

// aheadDays is how many days ahead everybody's next digest is looked for.
const aheadDays = 14

// watcher is what sees to alerts: the settings that were read, and a Watch over
// the store by them.
type watcher struct {
	*watch.Watch
	settings settings.Alerts
}

// watcher returns a Watch that sweeps when it is told to, and waits for nothing.
func (o *localOffice) watcher() (*watcher, error) {
	worker, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	set := o.alerting
	if set == nil {
		read, err := o.readAlerting()
		if err != nil {
			return nil, err
		}
		set = &read
	}
	return newWatcher(o.store, *set, watch.Config{Clock: o.clock, Worker: worker.String()}, nil)
}

// readAlerting reads the settings of the store's alerts.
func (s *store) readAlerting() (settings.Alerts, error) {
	return settings.ReadAlerts(s.dir.Path(), s.dir.Identity().Actor)
}

// newWatcher returns a Watch over a store by these settings, with what c says
// beside.
func newWatcher(s *store, set settings.Alerts, c watch.Config, echo io.Writer) (*watcher, error) {
	id := s.dir.Identity()
	var err error
	if c.Channels, err = channels(set, echo); err != nil {
		return nil, err
	}
	c.Log, c.Book, c.Rehearsal = s.recorder(), s.views, id.Rehearsal
	return &watcher{watch.New(c), set}, nil
}

// policy is what the settings say of who is warned.
func (w *watcher) policy() alerting.Policy {
	return alerting.Policy{AlertPolicySet: w.settings.Policy}
}

// recordPolicy records what the settings say of who is warned, if that is news.
func (w *watcher) recordPolicy(ctx context.Context, actor string) error {
	command, err := uuid.NewV7()
	if err != nil {
		return err
	}
	out, err := w.SetPolicy(ctx, w.policy(), casework.Request{Command: command, Actor: actor})
	if err == nil && out.Position > 0 {
		err = w.Book.CatchUp(ctx, out.Position)
	}
	return err
}

// Alerts implements rpc.Office. What is planned is planned by the settings as
// they are now.
func (o *localOffice) Alerts(ctx context.Context, q alerts.Query) ([]alerts.Row, error) {
	w, err := o.watcher()
	if err != nil {
		return nil, err
	}
	if q.Ref != "" {
		if _, err := o.Case(ctx, q.Ref); err != nil {
			return nil, err
		}
	}
	look := alerts.Outlook{Policy: w.policy(), Now: o.clock()}
	if look.Calendar, err = o.views.Calendar(ctx); err != nil {
		return nil, err
	}
	rows, err := o.caseAlerts(ctx, look, q)
	if err == nil && q.Ref == "" {
		recorded, failed := o.views.Alerts(ctx, "")
		for _, r := range look.OfMornings(aheadDays, recorded) {
			if q.Matches(r) {
				rows = append(rows, r)
			}
		}
		err = failed
	}
	alerts.Sort(rows)
	return rows, err
}

// caseAlerts returns the alerts of cases that q asks for.
func (o *localOffice) caseAlerts(ctx context.Context, look alerts.Outlook, q alerts.Query) ([]alerts.Row, error) {
	running := map[string][]alerting.Deadline{}
	if err := o.views.Deadlines(ctx, q.Ref, func(d alerting.Deadline) bool {
		running[d.Ref] = append(running[d.Ref], d)
		return true
	}); err != nil {
		return nil, err
	}
	refs := []string{q.Ref}
	if q.Ref == "" {
		var failed error
		refs = slices.Collect(o.views.Docket.Keys(ctx, &failed))
		if failed != nil {
			return nil, failed
		}
	}
	rows := []alerts.Row{}
	for _, ref := range refs {
		recorded, err := o.views.Alerts(ctx, ref)
		if err != nil {
			return nil, err
		}
		var doc docket.Doc
		if len(recorded) > 0 { // of what is planned all is known already
			if doc, _, err = o.views.Docket.Get(ctx, ref); err != nil {
				return nil, err
			}
		}
		for _, r := range look.OfCase(running[ref], doc.Book, recorded) {
			if q.Matches(r) {
				rows = append(rows, r)
			}
		}
	}
	return rows, nil
}

// AcknowledgeAlert implements rpc.Office.
func (o *localOffice) AcknowledgeAlert(ctx context.Context, id, text string, how casework.Request) (casework.Outcome, error) {
	return o.tellAlert(ctx, id, alerting.Acknowledge{Text: text}, how)
}

// SnoozeAlert implements rpc.Office.
func (o *localOffice) SnoozeAlert(ctx context.Context, id string, until calendar.Date, how casework.Request) (casework.Outcome, error) {
	return o.tellAlert(ctx, id, alerting.Snooze{Until: until}, how)
}

func (o *localOffice) tellAlert(ctx context.Context, id string, cmd alerting.Command, how casework.Request) (casework.Outcome, error) {
	how, err := o.signed(how)
	if err == nil {
		err = o.isAlert(ctx, id)
	}
	if err != nil {
		return casework.Outcome{}, err
	}
	w, err := o.watcher()
	if err != nil {
		return casework.Outcome{}, err
	}
	return w.Tell(ctx, id, cmd, how)
}

// isAlert refuses an ID under which there is no alert of a deadline, neither
// planned nor recorded: nobody could tell whether what was said of it had worked.
func (o *localOffice) isAlert(ctx context.Context, id string) error {
	name, err := alerting.ParseID(id)
	switch {
	case err != nil:
		return err
	case name.Ref == "":
		return &notAlert{id + " is a morning digest: answer the alerts in it, each by its own ID"}
	}
	rows, err := o.Alerts(ctx, alerts.Query{Ref: name.Ref})
	if err == nil && !slices.ContainsFunc(rows, func(r alerts.Row) bool { return r.ID == id }) {
		err = &notAlert{"there is no alert " + id + ": the deadline has no such warning, or has another date"}
	}
	return err
}

// notAlert says of an ID why it is none of an alert. It wraps
// alerting.ErrUnknownAlert.
type notAlert struct{ text string }

func (e *notAlert) Error() string { return e.text }
func (e *notAlert) Unwrap() error { return alerting.ErrUnknownAlert }

// SweepAlerts implements rpc.Office.
func (o *localOffice) SweepAlerts(ctx context.Context) (watch.Report, error) {
	if _, err := o.signed(casework.Request{}); err != nil {
		return watch.Report{}, err
	}
	w, err := o.watcher()
	if err != nil {
		return watch.Report{}, err
	}
	if o.alerting == nil {
		if err := w.recordPolicy(ctx, o.actor); err != nil {
			return watch.Report{}, err
		}
	}
	return w.Sweep(ctx)
}

// errChannel says that something is wrong with how a channel is named.
var errChannel = errors.New("there is no such channel")

// TryChannel implements rpc.Office.
func (o *localOffice) TryChannel(ctx context.Context, channel, person string) (string, error) {
	w, err := o.watcher()
	if err != nil {
		return "", err
	}
	by, known := w.Channels[channel]
	if !known {
		return "", fmt.Errorf("%w: %q is not set up in %s", errChannel, channel, settings.AlertsFile)
	}
	if _, has := w.settings.Addresses[person]; channel == "email" && !has {
		return "", fmt.Errorf("%w: no email address of %q is in %s", errNobody, person, settings.AlertsFile)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return "", err
	}
	m := alerting.ComposeTrial(id.String(), person, o.clock())
	m.Rehearsal = w.Rehearsal
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	return by.Send(ctx, m)
}

// Feed implements rpc.Office.
func (o *localOffice) Feed(_ context.Context, person string, do rpc.FeedChange) (string, error) {
	w, err := o.watcher()
	if err != nil {
		return "", err
	}
	if w.policy().Recipient(person).Name != person {
		return "", fmt.Errorf("%w: %q", errNobody, person)
	}
	if o.actor != person && o.actor != o.dir.Identity().Actor {
		return "", fmt.Errorf("%w: you are %s, and it is the calendar of %s", errNotYours, o.actor, person)
	}
	feeds := settings.OpenFeeds(o.dir.Path())
	known, err := feeds.All()
	if err != nil {
		return "", err
	}
	token := known[person]
	switch {
	case do == rpc.RevokeFeed:
		return "", feeds.Revoke(person)
	case do == rpc.RenewFeed:
		token, err = feeds.Renew(person)
	case token == "":
		token, err = feeds.Create(person)
	}
	if err != nil {
		return "", err
	}
	return w.settings.PublicURL + "/calendar/" + token + ".ics", nil
}

// errNotYours says that somebody asked for the secret address of another.
var errNotYours = errors.New("the address of a calendar is for that person, and for whoever runs the server")

// errNobody says that a person is not among those whom the settings name.
var errNobody = errors.New("nobody of this name is warned of anything")
