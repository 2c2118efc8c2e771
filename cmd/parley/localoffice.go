package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"parley/adapters/feed"
	"parley/adapters/rpc"
	"parley/adapters/settings"
	"parley/domain/calendar"
	"parley/domain/casework"
	"parley/domain/directory"
	"parley/domain/holidays"
	"parley/domain/negotiation"
	"parley/events"
	"parley/projections/bodies"
	"parley/projections/docket"
	"parley/projections/status"
)

// localOffice is the office of the store that this process has open, as one
// person comes in.
type localOffice struct {
	*store
	desk  *casework.Desk
	actor string
	clock func() time.Time
	found func(error) // told of damage that is found; nil if whoever works with it sees to that

	// alerting is the settings of alerts that a server works by, and of which it
	// has recorded who is warned; nil to read them when they are asked for.
	alerting *settings.Alerts
}

var _ rpc.Served = (*localOffice)(nil)

// newLocalOffice returns the office of a store for whoever works with it where
// no connection proves who acts.
func newLocalOffice(s *store) *localOffice {
	return (&localOffice{store: s, actor: s.dir.Identity().Actor}).at(s.clock)
}

// at returns the office as it goes by another clock.
func (o localOffice) at(clock func() time.Time) *localOffice {
	o.clock, o.desk = clock, casework.New(o.recorder(), o.views, o.views, clock, o.zone)
	return &o
}

// About implements rpc.Office.
func (o *localOffice) About(context.Context) (rpc.About, error) {
	id := o.dir.Identity()
	about := rpc.About{
		LMC: id.LMC, Code: id.Code, Actor: o.actor, Rehearsal: id.Rehearsal, Encrypted: id.Sealed != "",
		Now: o.clock(), Store: o.dir.Path(), Created: id.Created,
	}
	if damage := o.dir.Damage(); damage != nil {
		about.Damage = damage.Error()
	}
	return about, nil
}

// signed puts the actor into a request. It refuses what cannot be recorded
// because the log is damaged or there is no room.
func (o *localOffice) signed(how casework.Request) (casework.Request, error) {
	how.Actor = o.actor
	err := o.dir.Damage()
	if err == nil && !how.DryRun {
		err = o.dir.CheckSpace()
	}
	return how, err
}

// Handle implements rpc.Office.
func (o *localOffice) Handle(ctx context.Context, ref string, cmd negotiation.Command, how casework.Request) (casework.Outcome, error) {
	how, err := o.signed(how)
	if err != nil {
		return casework.Outcome{}, err
	}
	return o.desk.Handle(ctx, ref, cmd, how)
}

// UpdateDirectory implements rpc.Office.
func (o *localOffice) UpdateDirectory(ctx context.Context, cmd directory.Command, how casework.Request) (casework.Outcome, error) {
	how, err := o.signed(how)
	if err != nil {
		return casework.Outcome{}, err
	}
	return o.desk.UpdateDirectory(ctx, cmd, how)
}

// UpdateCalendar implements rpc.Office.
func (o *localOffice) UpdateCalendar(ctx context.Context, cmd holidays.Command, how casework.Request) (casework.Outcome, error) {
	how, err := o.signed(how)
	if err != nil {
		return casework.Outcome{}, err
	}
	return o.desk.UpdateCalendar(ctx, cmd, how)
}

// CatchUp implements rpc.Office.
func (o *localOffice) CatchUp(ctx context.Context, position uint64) error {
	seen := o.log.Seen().Position
	switch own := o.server != nil; { // of its own log it knows the end: nobody else records anything here
	case own && position > seen:
		return fmt.Errorf("%w: %d, and it ends at %d", feed.ErrBehind, position, seen)
	case own && position == 0:
		position = seen
	}
	return o.views.CatchUp(ctx, position)
}

// Case implements rpc.Office.
func (o *localOffice) Case(ctx context.Context, ref string) (negotiation.Casefile, error) {
	file, ok, err := o.views.Case(ctx, ref)
	if err == nil && !ok {
		err = &casework.UnknownCase{Ref: ref}
	}
	return file, err
}

// History implements rpc.Office.
func (o *localOffice) History(ctx context.Context, a events.Aggregate) (events.History, error) {
	return o.log.Read(ctx, a, 0)
}

// Stored implements rpc.Served. The stored form of what was read is made again,
// and only of what was stored in an older form it is fetched.
func (o *localOffice) Stored(ctx context.Context, a events.Aggregate) ([]events.Placed, error) {
	history, err := o.log.Read(ctx, a, 0)
	if err != nil {
		return nil, err
	}
	all := make([]events.Placed, len(history))
	for i, r := range history {
		sealed, err := events.Seal(r.Commit)
		if err != nil {
			return nil, err
		}
		all[i] = events.Placed{Position: r.Position, Aggregate: a, Stored: sealed.Stored}
		if sealed.Hash == r.Hash {
			continue
		}
		if _, err := o.log.ScanStored(ctx, r.Position-1, func(p events.Placed) error {
			all[i] = p
			return errFetched
		}); err != nil && !errors.Is(err, errFetched) {
			return nil, err
		}
	}
	return all, nil
}

// errFetched ends a walk over the log that was for one commit.
var errFetched = errors.New("fetched")

// Position implements rpc.Served.
func (o *localOffice) Position() uint64 { return o.views.Position() }

// today returns the day it is in England.
func (o *localOffice) today() calendar.Date { return calendar.At(o.clock(), o.zone) }

// Cases implements rpc.Office.
func (o *localOffice) Cases(ctx context.Context, f status.Filter) ([]status.Row, error) {
	var failed error
	rows := status.List(o.views.Cases.All(ctx, &failed), f, o.today())
	return rows, failed
}

// Deadlines implements rpc.Office.
func (o *localOffice) Deadlines(ctx context.Context, q docket.Query) ([]docket.Row, error) {
	var err error
	if q.Day, err = o.Day(ctx, time.Time{}); err != nil {
		return nil, err
	}
	if q.Ref != "" {
		if _, err := o.Case(ctx, q.Ref); err != nil {
			return nil, err
		}
	}
	var failed error
	rows, err := docket.List(o.views.Docket.All(ctx, &failed), q)
	if err == nil {
		err = failed
	}
	return rows, err
}

// Nearest implements rpc.Office.
func (o *localOffice) Nearest(ctx context.Context, ref string) ([]string, error) {
	var failed error
	near := status.Nearest(o.views.Cases.Keys(ctx, &failed), ref, 3)
	return near, failed
}

// Day implements rpc.Office.
func (o *localOffice) Day(ctx context.Context, asOf time.Time) (docket.Day, error) {
	if asOf.IsZero() {
		day := docket.Day{Today: o.today()}
		var err error
		if day.Calendar, err = o.views.Calendar(ctx); err != nil {
			return day, err
		}
		day.Bodies, err = o.views.Bodies(ctx, nil)
		return day, err
	}
	day := docket.Day{Today: calendar.At(asOf, o.zone)}
	revisions, err := o.log.Read(ctx, events.Calendar(), 0)
	if err != nil {
		return day, err
	}
	known, err := o.log.Read(ctx, events.Directory(), 0)
	day.Calendar = holidays.Fold(revisions.AsOf(asOf)).Calendar
	day.Bodies = directory.New().WithCommissioners(directory.Fold(known.AsOf(asOf)).Commissioners()...)
	return day, err
}

// Bodies implements rpc.Office.
func (o *localOffice) Bodies(ctx context.Context, practices []string) (directory.Directory, error) {
	return o.views.Bodies(ctx, practices)
}

// Examine implements rpc.Office.
func (o *localOffice) Examine(ctx context.Context) ([]rpc.Check, error) {
	return o.examine(ctx, o.clock), nil
}

// Find implements rpc.Office.
func (o *localOffice) Find(ctx context.Context, s bodies.Search) ([]bodies.Row, bool, error) {
	known, err := o.views.Bodies(ctx, nil)
	if err != nil {
		return nil, false, err
	}
	icbs, moreICBs := bodies.FindCommissioners(slices.Values(known.Commissioners()), s)
	practices, more := bodies.FindPractices(o.views.Practices.All(ctx, &err), s)
	return append(icbs, practices...), more || moreICBs, err
}
