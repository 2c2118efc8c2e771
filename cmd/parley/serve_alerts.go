package main

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/google/uuid"

	"parley/adapters/ics"
	"parley/adapters/sched"
	"parley/adapters/settings"
	"parley/adapters/web"
	"parley/domain/alerting"
	"parley/domain/watch"
	"parley/events"
	"parley/projections/docket"
	"parley/projections/timeline"
)

// sentry is what sees to alerts while a server runs.
type sentry struct {
	*watcher
	schedule *sched.Schedule
	worker   string
}

// newSentry reads the settings of alerts, records what they say of who is warned,
// and opens the alarms. What cannot be right is refused here, before anybody
// relies on it; a channel that is out of order for now is complained of.
func (sv *serving) newSentry(ctx context.Context) (*sentry, error) {
	schedule, err := sv.openSchedule(ctx)
	if err != nil {
		return nil, err
	}
	worker, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	set, err := sv.store.readAlerting()
	if err != nil {
		return nil, err
	}
	sv.office.alerting = &set
	s := &sentry{schedule: schedule, worker: worker.String()}
	echo := sv.stdout // of what goes to the file
	if sv.output == "json" {
		echo = nil
	}
	if s.watcher, err = newWatcher(sv.store, set, watch.Config{
		Alarms: schedule, Clock: sv.store.clock, Worker: s.worker, Done: sv.deed, Trouble: sv.trouble,
	}, echo); err != nil {
		return nil, err
	}
	if err := sv.sayPolicyChanges(ctx, s.watcher); err != nil {
		return nil, err
	}
	if err := s.recordPolicy(ctx, sv.store.dir.Identity().Actor); err != nil {
		return nil, err
	}
	return s, nil
}

// How long a cluster that is without a leader is waited for, and after what pause
// it is asked again.
const (
	electing = time.Minute
	asking   = time.Second
)

// openSchedule opens the alarms. A cluster of which a server has just been lost
// may need a moment.
func (sv *serving) openSchedule(ctx context.Context) (*sched.Schedule, error) {
	for began := time.Now(); ; {
		s, err := sched.Open(ctx, sv.conn(), sched.Config{Replicas: sv.flags.outside.replicas, Clock: sv.store.clock})
		if !errors.Is(err, sched.ErrUnavailable) || time.Since(began) > electing {
			return s, err
		}
		sv.log.Warn("the alarms do not answer yet: they are asked again", "why", err)
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(asking):
		}
	}
}

// watchDeadlines sees to it that deadlines warn their people, for as long as this
// server is the one that does, until ctx ends. Its error ends the server.
func (sv *serving) watchDeadlines(ctx context.Context) error {
	go sv.tryChannels(ctx)
	return sv.sentry.schedule.Lead(ctx, sv.sentry.worker, func(ctx context.Context) error {
		sv.metrics.Active(true)
		defer sv.metrics.Active(false)
		sv.log.Info("this server watches the deadlines now")
		return sv.sentry.Run(ctx, sv.store.log.Follow)
	})
}

// checkTime is how long a channel is given to say whether it could be used.
const checkTime = 20 * time.Second

// tryChannels complains of channels that could not be used now.
func (sv *serving) tryChannels(ctx context.Context) {
	for name, channel := range sv.sentry.Channels {
		go func() {
			ctx, cancel := context.WithTimeout(ctx, checkTime)
			defer cancel()
			if err := channel.Check(ctx); err != nil && ctx.Err() == nil {
				sv.log.Error("alerts cannot be delivered by this channel now: run parley doctor", "channel", name, "why", err)
			}
		}()
	}
}

// deed counts and logs what was done about an alert.
func (sv *serving) deed(d watch.Deed) {
	about := []any{"alert", d.ID, "channel", d.Delivery.Channel}
	switch d.What {
	case alerting.Sent:
		sv.metrics.Alert(d.Delivery.Channel, web.Sent)
		sv.log.Info("alert sent", about...)
	case alerting.Failed:
		sv.metrics.Alert(d.Delivery.Channel, web.Failed)
		sv.log.Error("alert not sent", append(about, "why", d.Why, "again", d.RetryAt)...)
	case alerting.Uncertain:
		sv.metrics.Alert(d.Delivery.Channel, web.Uncertain)
		sv.log.Warn("it is not known whether an alert arrived", append(about, "why", d.Why)...)
	case alerting.Superseded:
		sv.log.Info("alert superseded", "alert", d.ID, "why", d.Why)
	}
}

// trouble logs what could not be done about alerts and is tried again.
func (sv *serving) trouble(err error) {
	if err == nil {
		return
	}
	sv.found(err)
	sv.log.Error("alerts: this is tried again", "why", err)
}

// calendarFeed answers for people's calendars over HTTP.
func (sv *serving) calendarFeed(ctx context.Context, token string) (body []byte, etag string, found bool, err error) {
	person, found, err := settings.OpenFeeds(sv.store.dir.Path()).Lookup(token)
	if err != nil || !found {
		return nil, "", false, err
	}
	cal, err := sv.calendarOf(ctx, person)
	if err != nil {
		return nil, "", false, err
	}
	if body, err = ics.Feed(cal); err != nil {
		return nil, "", false, err
	}
	return body, ics.ETag(body), true, nil
}

// calendarOf returns the deadlines of which somebody is warned, as a calendar.
func (sv *serving) calendarOf(ctx context.Context, person string) (ics.Calendar, error) {
	views, id := sv.store.views, sv.store.dir.Identity()
	day, err := sv.office.Day(ctx, time.Time{})
	if err != nil {
		return ics.Calendar{}, err
	}
	almanac, _, err := views.Almanac.Get(ctx, events.Calendar().ID)
	if err != nil {
		return ics.Calendar{}, err
	}
	editions := almanac.Editions()
	cal := ics.Calendar{
		LMC: id.Code, Person: person, Rehearsal: id.Rehearsal, Today: day.Today,
		Holidays: len(editions) - 1, Revised: editions[len(editions)-1].Since,
	}
	var failed error
	for doc := range views.Docket.All(ctx, &failed) {
		if sv.sentry.policy().Recipient(doc.Caseworker).Name == person {
			cal.Entries = append(cal.Entries, entries(doc, day)...)
		}
	}
	return cal, failed
}

// entries returns the deadlines of a case as a calendar has them.
func entries(doc docket.Doc, day docket.Day) []ics.Entry {
	var all []ics.Entry
	for _, row := range doc.Rows(day) {
		all = append(all, ics.Entry{
			Ref: row.Ref, Deadline: row.ID, Title: row.Title + timeline.About(row.Offer, row.Request, row.Dispute), ICB: row.ICB, Practice: row.Practice, Owner: row.Owner,
			Due: row.Due, Time: row.Time, Status: row.Status, Provisional: row.Provisional, NotAWorkingDay: row.NotAWorkingDay,
			Version: doc.Version, Changed: doc.Known[row.ID].Last,
		})
	}
	return all
}

// checkAlerts looks whether the settings of alerts are right and each channel
// could be used now.
func (s *store) checkAlerts(ctx context.Context, checks *checkList) {
	set, err := s.readAlerting()
	if err != nil {
		checks.add("alerts", err, "")
		return
	}
	w, err := newWatcher(s, set, watch.Config{Clock: s.clock, Worker: "doctor"}, nil)
	if !checks.add("alerts", err, "the settings are right") {
		return
	}
	s.checkCaseworkers(ctx, w.policy(), checks)
	for _, name := range slices.Sorted(maps.Keys(w.Channels)) {
		ctx, cancel := context.WithTimeout(ctx, checkTime)
		checks.add("channel "+name, w.Channels[name].Check(ctx), "alerts can go out by it")
		cancel()
	}
}
