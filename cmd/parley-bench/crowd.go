package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"parley/adapters/feed"
	"parley/adapters/natsd"
	"parley/adapters/natslog"
	"parley/adapters/sched"
	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/domain/watch"
	"parley/events"
)

// A crowd is many alarms of one minute, so many of each case.
const (
	crowd   = 20_000
	perCase = 10
)

// Claims are compared with raw appends as long as they are, by as many writers
// as pay.
const (
	claimLength = 900 // bytes
	manyWriters = 64
)

// square is where a crowd gathers: a store with a server that watches, in which
// it is soon half past eight in the morning.
type square struct {
	server *natsd.Server
	log    *natslog.Log
	views  *feed.Views
	alarms *sched.Schedule
	due    time.Time     // when all of them go off, by the store's clock
	ahead  time.Duration // the store's clock before the machine's
}

func (s *square) clock() time.Time { return time.Now().Add(s.ahead) }

// errCrowd says that not all alarms could be set before their time came.
var errCrowd = errors.New("the alarms could not be set in time")

// measureCrowd measures how long it takes until all of many alarms of one minute
// are claimed durably, against as many raw durable appends.
func (b *bench) measureCrowd(ctx context.Context, _ stores) (err error) {
	n := crowd
	if b.quick {
		n /= 10
	}
	dir, err := os.MkdirTemp("", "parley-bench-crowd-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	r, err := startRaw(filepath.Join(dir, "raw"), true)
	if err != nil {
		return err
	}
	defer r.stop()
	if _, err := natslog.Open(ctx, r.conn, natslog.Guard{}); err != nil { // an empty log
		return err
	}
	before, err := r.many(ctx, n)
	if err != nil {
		return err
	}
	s := &square{}
	err = s.gather(ctx, filepath.Join(dir, "parley"), n)
	var took time.Duration
	if err == nil {
		took, err = s.claimed(ctx, n)
	}
	err = errors.Join(err, s.close())
	if errors.Is(err, errCrowd) {
		b.say("the crowd is left out: %v", err)
		return nil
	}
	if err != nil {
		return err
	}
	after, err := r.many(ctx, n)
	if err != nil {
		return err
	}
	raw := (before + after) / 2
	b.add(compared("crowd", fmt.Sprintf("%d alarms of one minute, until all are claimed", n),
		times{took}.figure(), times{raw}.figure(), "as many raw appends, before and after",
		[]float64{ratio(took, after), ratio(took, raw), ratio(took, before)}, &goal{1.2, false, 8}))
	return nil
}

// many returns how long so many raw durable appends take.
func (r *raw) many(ctx context.Context, n int) (time.Duration, error) {
	payload, subjects := make([]byte, claimLength), lines("claim", n)
	return together(manyWriters, n/manyWriters, func(w, k int) error {
		return r.publish(ctx, subjects[w*(n/manyWriters)+k], payload)
	})
}

// gather fills a store with deadlines that are all due on one day, and policy
// that warns of each at half past eight on that day.
func (s *square) gather(ctx context.Context, dir string, n int) (err error) {
	if s.server, err = natsd.Start(ctx, natsd.Config{Dir: dir, Name: "parley"}); err != nil {
		return err
	}
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		return err
	}
	// A Monday of the summer half: the day is fixed, so that every run is alike.
	s.due = time.Date(2026, time.July, 20, 8, 30, 0, 0, zone)
	s.ahead = time.Until(s.due.AddDate(0, 0, -3))
	if s.log, err = natslog.Open(ctx, s.server.Conn(), natslog.Guard{}); err != nil {
		return err
	}
	if s.views, err = feed.OpenViews(filepath.Join(dir, "views.db"), s.log); err != nil {
		return err
	}
	_, err = together(writers, n/perCase/writers+1, func(w, k int) error {
		if i := k*writers + w; i < n/perCase {
			return s.deadlines(ctx, i)
		}
		return nil
	})
	if err != nil {
		return err
	}
	p := alerting.DefaultPolicy("ann")
	p.Ladders = []events.Ladder{{Rungs: []events.Rung{{ID: "day", Urgent: true}}}}
	p.People = []events.Person{{Name: "ann", Channels: []string{"file"}, NoDigest: true}}
	how, err := request()
	if err == nil {
		_, err = watch.New(watch.Config{Log: s.log, Book: s.views, Clock: s.clock, Worker: "policy"}).SetPolicy(ctx, p, how)
	}
	if err == nil {
		err = s.views.CatchUp(ctx, 0)
	}
	return err
}

// close puts everything away.
func (s *square) close() error {
	var errs []error
	if s.views != nil {
		errs = append(errs, s.views.Close())
	}
	if s.server != nil {
		errs = append(errs, s.server.Stop())
	}
	return errors.Join(errs...)
}

// deadlines opens the i'th case, with its deadlines.
func (s *square) deadlines(ctx context.Context, i int) error {
	how, err := request()
	if err != nil {
		return err
	}
	ref, due := fmt.Sprintf("%s-26-%04d", ownCode, i+1), calendar.At(s.due, s.due.Location())
	on := due.AddDays(-10)
	facts := []events.Fact{{On: on, Event: events.CaseOpened{Ref: ref, LMC: ownCode, ICB: standIn.icb, Service: "ecg", Title: "ECGs"}}}
	for n := range perCase {
		facts = append(facts, events.Fact{On: on, Event: events.DeadlineSet{
			Deadline: fmt.Sprintf("D1.%d", n+2), Rule: "local-override", Title: "Reply to our letter", Owner: events.ICB,
			Trigger: on, Stated: due, Document: "the letter",
		}})
	}
	sealed, err := events.Seal(events.Commit{Command: how.Command, Aggregate: events.Case(ref), Version: 1, Actor: how.Actor, RecordedAt: s.clock(), Facts: facts})
	if err == nil {
		_, err = s.log.Append(ctx, sealed, 0)
	}
	return err
}

// claimed lets a Watch set its alarms, and returns how long after their time the
// last of them was claimed.
func (s *square) claimed(ctx context.Context, n int) (time.Duration, error) {
	lead := 30*time.Second + time.Duration(n)*10*time.Millisecond // that the alarms can be set in, if others work here too
	s.ahead = time.Until(s.due.Add(-lead)).Truncate(time.Second)  // alarms go off at whole seconds of the machine
	var err error
	if s.alarms, err = sched.Open(ctx, s.server.Conn(), sched.Config{Clock: s.clock}); err != nil {
		return 0, err
	}
	var mu sync.Mutex
	claims, all := 0, make(chan time.Time, 1)
	watcher := watch.New(watch.Config{
		Log: s.log, Book: s.views, Alarms: s.alarms, Channels: watch.Channels{"file": accepting{}}, Clock: s.clock, Worker: "bench",
		Done: func(d watch.Deed) {
			mu.Lock()
			defer mu.Unlock()
			if d.What == alerting.Claimed {
				if claims++; claims == n {
					all <- d.At
				}
			}
		},
	})
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- watcher.Run(ctx, s.log.Follow) }()
	defer func() {
		cancel()
		<-ended
	}()
	set, err := s.alarms.All(ctx)
	for err == nil && len(set) < n && s.clock().Before(s.due) {
		time.Sleep(time.Second)
		set, err = s.alarms.All(ctx)
	}
	switch {
	case err != nil:
		return 0, err
	case len(set) < n:
		return 0, fmt.Errorf("%w: %d of %d", errCrowd, len(set), n)
	}
	time.Sleep(s.due.Sub(s.clock()))
	last, err := within(ctx, all)
	return last.Sub(s.due), err
}

// accepting is a channel that takes whatever it is given.
type accepting struct{}

// Send implements watch.Channel.
func (accepting) Send(_ context.Context, m alerting.Message) (string, error) {
	return "taken " + m.ID, nil
}

// Check implements watch.Channel.
func (accepting) Check(context.Context) error { return nil }
