package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/nats-io/nats.go"

	"parley/adapters/feed"
	"parley/adapters/natslog"
	"parley/adapters/rpc"
	"parley/adapters/web"
	"parley/events"
	"parley/projections/docket"
)

// What a server does beside answering: see serving.run.

// serverLog returns the log of a server, in one of its two forms.
func (a *app) serverLog(form string) (*slog.Logger, error) {
	switch form {
	case "text":
		return slog.New(slog.NewTextHandler(a.stderr, nil)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(a.stderr, nil)), nil
	}
	return nil, usageError{fmt.Errorf("--log %s is not a way to write the log: use text or json", form)}
}

// conn returns the connection over which requests come.
func (sv *serving) conn() *nats.Conn {
	if sv.store.nc != nil {
		return sv.store.nc
	}
	return sv.store.server.Conn()
}

// follow lets the views take in what is recorded, by whatever server, and tells
// whoever listens.
func (sv *serving) follow(ctx context.Context) error {
	sv.metrics.LogPosition(sv.store.log.Seen().Position)
	err := sv.store.log.Follow(ctx, sv.store.views.Position(), func(r events.Recorded) error {
		if err := sv.takeIn(ctx, r); err != nil {
			return err
		}
		sv.metrics.LogPosition(r.Position)
		sv.heardPolicy(r)
		err := sv.rpc.Announce(rpc.Change{Kind: r.Aggregate.Kind, ID: r.Aggregate.ID, Version: r.Version, Position: r.Position})
		if err != nil { // whoever listens looks again before long
			sv.log.Warn("a change was not told", "why", err)
		}
		return nil
	})
	if ctx.Err() == nil {
		sv.found(err)
	}
	return err
}

// takeIn lets the views take in what is recorded up to a commit. That the log
// does not answer for a while, as when a server of a cluster is lost, delays it.
func (sv *serving) takeIn(ctx context.Context, r events.Recorded) error {
	for said := false; ; said = true {
		err := sv.store.views.Take(ctx, r)
		if !errors.Is(err, natslog.ErrUnavailable) && !errors.Is(err, feed.ErrBehind) {
			return err
		}
		if !said {
			sv.log.Warn("the views wait for the log", "position", r.Position, "why", err)
		}
		if err := pause(ctx, time.Second); err != nil {
			return err
		}
	}
}

// writing is how often the views are written. What they have taken in since is taken
// in again if the server is killed; and that the log lost of it, only the log's own
// mark could tell.
const writing = time.Second

// writeViews writes what the views have taken in, every now and then. That it fails,
// as where the disk is full, is no harm to anybody who asks.
func (sv *serving) writeViews(ctx context.Context) error {
	for tick, said := time.NewTicker(writing), false; ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return nil
		case <-tick.C:
		}
		err := sv.store.views.Write(ctx)
		if err != nil && !said && ctx.Err() == nil {
			sv.found(err)
			sv.log.Error("the views are not written: it is tried again", "why", err)
		}
		said = err != nil
	}
}

// interval is how often the mark and the log's copy are brought up to date.
const interval = 10 * time.Second

// keep notes how far the log has come, and keeps its copy up to date, so that
// little is left to do when the server stops, or to doubt when it is killed.
func (sv *serving) keep(ctx context.Context) error {
	for tick := time.NewTicker(interval); ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return nil
		case <-tick.C:
		}
		sv.measure(ctx)
		if err := sv.keepUp(); err != nil {
			sv.log.Error("the store is not kept as it should be: it is tried again", "why", err)
		}
	}
}

// measure says how things stand, for whoever looks at the metrics.
func (sv *serving) measure(ctx context.Context) {
	s := sv.store
	sv.metrics.ViewLag("all", s.log.Seen().Position-min(s.log.Seen().Position, s.views.Position()))
	if sv.sentry != nil {
		sv.metrics.Alarms(sv.sentry.AlarmsSet())
	}
	if !sv.store.views.KeepsDue() { // it would wait until every case was gone through
		return
	}
	if overdue, err := sv.office.Deadlines(ctx, docket.Query{Overdue: true}); err == nil {
		sv.metrics.Overdue(len(overdue))
	}
}

// keepDue has the views keep in order what is due, so that nobody who asks waits
// for it to be counted. Until that is done whoever asks waits.
// When a day begins, measure is the first to ask.
func (sv *serving) keepDue(ctx context.Context) error {
	for {
		day, err := sv.office.Day(ctx, time.Time{})
		if err == nil {
			err = sv.store.views.KeepDue(ctx, day)
			debug.FreeOSMemory() // what going through every case needed
		}
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		sv.log.Warn("what is due is not kept yet: it is tried again", "why", err)
		if err := pause(ctx, interval); err != nil {
			return err
		}
	}
}

func (sv *serving) keepUp() error {
	s := sv.store
	sv.mu.Lock()
	damaged := s.damaged != nil
	sv.mu.Unlock()
	if damaged || s.log.Seen().Position <= s.dir.Mark().Position {
		return nil
	}
	var err error
	if s.server != nil {
		_, err = s.dir.KeepUp() // what contradicts the copy is dealt with when the log is next opened
	}
	return also(err, s.setMark())
}

// done counts a request that was answered.
func (sv *serving) done(d rpc.Done) {
	sv.found(d.Err)
	if !d.Writes {
		return
	}
	outcome := web.Recorded
	if d.Err != nil {
		switch code, exit, _ := sv.describe(d.Err); {
		case exit == exitConflict:
			outcome = web.Conflict
		case exit == exitUnreachable || code == "failed" || code == "damaged":
			outcome = web.Failed
		default:
			outcome = web.Refused
		}
	}
	sv.metrics.Command(outcome, d.Took)
}

// behind is how many commits the views may lack of the log before the server is
// no longer ready.
const behind = 1000

// checks are what must be in order for the server to be ready.
func (sv *serving) checks() map[string]web.Check {
	return map[string]web.Check{
		"nats": func(context.Context) error { return sv.store.healthy() },
		"log": func(ctx context.Context) error {
			_, err := sv.store.log.Last(ctx)
			return err
		},
		"views": func(context.Context) error {
			if log, views := sv.store.log.Seen().Position, sv.store.views.Position(); log > views+behind {
				return fmt.Errorf("they are at position %d, and the log is at %d", views, log)
			}
			return nil
		},
		"damage": func(context.Context) error { return sv.store.dir.Damage() },
		"space": func(context.Context) error {
			if sv.store.server == nil {
				return nil
			}
			return sv.store.dir.CheckSpace()
		},
	}
}

// webFailed waits until the web server has stopped, and says why.
func (sv *serving) webFailed(ctx context.Context) error {
	select {
	case err := <-sv.web.Failed():
		if err == nil {
			err = errors.New("it has stopped")
		}
		return err
	case <-ctx.Done():
		return nil
	}
}
