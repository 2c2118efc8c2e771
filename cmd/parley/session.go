package main

import (
	"context"
	"errors"
	"time"

	"parley/adapters/rpc"
	"parley/adapters/storedir"
	"parley/domain/calendar"
	"parley/domain/casework"
)

// session is what a verb works with: an office, whoever has it, and the clock
// that goes there.
type session struct {
	office rpc.Office
	remote *rpc.Client // the office, where it is a server's; nil otherwise
	found  bool        // that server is the one that had this machine's store open
	about  rpc.About
	clock  func() time.Time
	zone   *time.Location
	shut   func(work error) error       // lets the office go, after work that ended so
	remind func(context.Context) string // what is overdue or due today, in a line; nil where a server sees to that

	done []done // what was recorded
}

// today returns the day it is in England.
func (s *session) today() calendar.Date { return calendar.At(s.clock(), s.zone) }

// open goes into the office that has the LMC's cases: a server's, if a context
// names one or if one has the store open, or else that of the store itself. The
// caller closes the session.
func (a *app) open(ctx context.Context) (*session, error) {
	return a.enter(ctx, (*app).openWithViews)
}

// openLog is open for those who want nothing but the log.
func (a *app) openLog(ctx context.Context) (*session, error) {
	return a.enter(ctx, (*app).openWithoutViews)
}

func (a *app) enter(ctx context.Context, open func(*app, context.Context) (*store, error)) (*session, error) {
	begin := time.Now()
	for {
		s, err := a.remote(ctx)
		if s != nil || err != nil {
			return s, err
		}
		s, err = a.openHere(ctx, min(a.wait, patience), open)
		var held *storedir.HeldError
		if !errors.As(err, &held) || time.Since(begin) >= a.wait {
			return s, err
		} // else whoever has it may be a server by now
	}
}

// patience is how long a store that is in use is waited for before it is looked
// again whether a server has it.
const patience = 250 * time.Millisecond

// openHere goes into the office of the store, waiting for as long as this for one
// that is in use.
func (a *app) openHere(ctx context.Context, wait time.Duration, open func(*app, context.Context) (*store, error)) (*session, error) {
	here := *a
	here.wait = wait
	st, err := open(&here, ctx)
	a.rehearsal = here.rehearsal
	if err != nil {
		return nil, err
	}
	office := newLocalOffice(st)
	s := &session{office: office, clock: st.clock, zone: st.zone, shut: func(work error) error {
		st.note(work)
		return st.close()
	}}
	if st.views != nil {
		s.remind = office.reminded
	}
	if s.about, err = office.About(ctx); err != nil {
		return nil, also(err, s.close(err))
	}
	a.warnOfDamage(s.about)
	return s, nil
}

// warnOfDamage says that the store is damaged, and can only be read.
func (a *app) warnOfDamage(about rpc.About) {
	if about.Damage != "" {
		a.say("Warning: %s", about.Damage)
	}
}

// close ends the session after work that ended with an error, or with nil.
func (s *session) close(work error) error { return s.shut(work) }

// with goes into the office, does its work there and prints the report.
func (a *app) with(ctx context.Context, work func(context.Context, *session) (report, error)) error {
	s, err := a.open(ctx)
	if err != nil {
		return err
	}
	r, err := work(ctx, s)
	reminder := ""
	switch {
	case err != nil:
		err = s.nearest(ctx, err)
	case s.remind != nil && a.verb != "parley deadline list":
		reminder = s.remind(ctx)
	}
	err = also(err, s.close(err))
	if err == nil {
		err = a.print(r)
	}
	if err == nil && reminder != "" {
		a.say("%s", reminder)
	}
	return s.afterwards(err)
}

// nearest adds to the error about an unknown reference those that resemble it.
func (s *session) nearest(ctx context.Context, err error) error {
	var unknown *casework.UnknownCase
	if !errors.As(err, &unknown) || len(unknown.Near) > 0 {
		return err
	}
	near, failed := s.office.Nearest(ctx, unknown.Ref)
	if failed != nil {
		return err // then there is nothing to suggest
	}
	return &casework.UnknownCase{Ref: unknown.Ref, Near: near}
}
