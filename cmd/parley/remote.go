package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parley/adapters/natsd"
	"parley/adapters/rpc"
	"parley/adapters/settings"
	"parley/adapters/storedir"
	"parley/adapters/users"
)

// remote goes into the office of a server, if there is one to be asked: that of
// the context that is named, or else the one that has the store open. It returns
// nil if the store is to be opened here.
func (a *app) remote(ctx context.Context) (*session, error) {
	server, named, err := a.namedServer()
	if err != nil {
		return nil, err
	}
	if named {
		actor, _, err := users.ReadKey(server.Creds)
		if err != nil {
			return nil, err
		}
		return a.goTo(ctx, actor, natsd.Outside{URL: server.URL, Creds: server.Creds, CA: server.CA})
	}
	path, err := a.storePath()
	if err != nil {
		return nil, err
	}
	found, ok := storedir.Discover(path)
	if !ok {
		return nil, nil
	}
	s, err := a.goTo(ctx, found.Actor, natsd.Outside{URL: found.URL, Seed: found.Seed, Exact: found.Cert})
	if gone(err) { // it was killed, or is about to stop, or its word is damaged: the store's lock tells
		return nil, nil
	}
	if s != nil {
		s.found = true
	}
	return s, err
}

// gone reports whether an error means that nobody is there.
func gone(err error) bool {
	for _, is := range []error{natsd.ErrUnreachable, natsd.ErrNotPermitted, natsd.ErrCredentials, rpc.ErrUnreachable, rpc.ErrStopping} {
		if errors.Is(err, is) {
			return true
		}
	}
	return false
}

// namedServer returns the server of the context that is to be used: that of
// --context, or unless --store names a store of PARLEY_CONTEXT, or unless a store
// is named at all the default one.
func (a *app) namedServer() (settings.Context, bool, error) {
	name := a.context
	switch {
	case a.context != "" && a.store != "":
		return settings.Context{}, false, errTwoPlaces
	case a.context == "" && a.store != "":
		return settings.Context{}, false, nil
	case a.context == "":
		name = a.getenv("PARLEY_CONTEXT")
	}
	if name == "" && a.getenv("PARLEY_STORE") != "" {
		return settings.Context{}, false, nil
	}
	path, err := settings.ContextsPath()
	if err != nil && name == "" {
		return settings.Context{}, false, nil
	}
	if err != nil {
		return settings.Context{}, false, err
	}
	all, err := settings.ReadContexts(path)
	if err != nil {
		return settings.Context{}, false, err
	}
	return all.Find(name)
}

// goTo connects to a server and goes into its office.
func (a *app) goTo(ctx context.Context, actor string, to natsd.Outside) (*session, error) {
	set, fixed, err := a.setClock()
	if err != nil {
		return nil, err
	}
	to.Name, to.Inbox = "parley "+a.verb, natsd.Inbox(actor)
	nc, err := natsd.Dial(ctx, to)
	if err != nil {
		return nil, err
	}
	client := rpc.NewClient(nc, rpc.Options{Actor: actor, Errors: travelling(), Clock: set})
	s := &session{office: client, remote: client, shut: func(error) error {
		nc.Close()
		return nil
	}}
	if s.zone, err = time.LoadLocation(zone); err == nil {
		s.about, err = client.About(ctx)
	}
	if err != nil {
		nc.Close()
		return nil, err
	}
	s.clock = runningFrom(s.about.Now)
	if fixed {
		s.clock = func() time.Time { return set }
	}
	if s.about.Rehearsal {
		a.noteRehearsal(s.clock().In(s.zone))
	}
	a.warnOfDamage(s.about)
	return s, nil
}

// setClock returns what PARLEY_CLOCK is set to, if it is.
func (a *app) setClock() (set time.Time, fixed bool, err error) {
	text := a.getenv("PARLEY_CLOCK")
	if text == "" {
		return time.Time{}, false, nil
	}
	if set, err = time.Parse(time.RFC3339, text); err != nil {
		return time.Time{}, false, fmt.Errorf("%w: %q", errBadClock, text)
	}
	return set, true, nil
}

// runningFrom returns a clock that shows this time now, and runs on.
func runningFrom(t time.Time) func() time.Time {
	began := time.Now()
	return func() time.Time { return t.Add(time.Since(began)) }
}
