package sched

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"parley/domain/watch"
)

// What a message says of its alarm. The server takes the first two away when the
// alarm goes off and leaves the others.
const (
	headerPattern = "Nats-Schedule"        // @at and a machine's time
	headerTarget  = "Nats-Schedule-Target" // where it goes when it is due
	headerAt      = "Parley-At"            // when it is to go off, by the store's clock
	headerMachine = "Parley-Machine-At"    // the same by the machine's, in whole seconds
)

// alarmID is what can stand in a subject; aggregates have such IDs.
var alarmID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)

// Set implements watch.Alarms. An alarm goes off within a second of its time:
// JetStream counts in whole seconds, and this rounds up. One whose time has
// passed goes off at once. Errors wrap ErrBadAlarm or ErrUnavailable.
func (s *Schedule) Set(ctx context.Context, a watch.Alarm) error {
	if !alarmID.MatchString(a.ID) {
		return fmt.Errorf("%w: the ID %q is not of letters, digits, - and _", ErrBadAlarm, a.ID)
	}
	if year := a.At.UTC().Year(); year < 1970 || year > 2200 {
		return fmt.Errorf("%w: %s is to go off in the year %d", ErrBadAlarm, a.ID, year)
	}
	ctx, cancel := limited(ctx)
	defer cancel()
	machine := roundUp(a.At.Add(-s.offset()))
	m := nats.NewMsg(setPrefix + a.ID)
	m.Header.Set(headerPattern, "@at "+machine.Format(time.RFC3339))
	m.Header.Set(headerTarget, duePrefix+a.ID)
	m.Header.Set(headerAt, a.At.UTC().Format(time.RFC3339Nano))
	m.Header.Set(headerMachine, machine.Format(time.RFC3339))
	if _, err := s.js.PublishMsg(ctx, m); err != nil {
		return unavailable("the alarm "+a.ID+" was not set", err)
	}
	return nil
}

// Cancel implements watch.Alarms. It also takes away an alarm that has gone off
// and is not handled yet, unless it is being handled.
func (s *Schedule) Cancel(ctx context.Context, id string) error {
	if !alarmID.MatchString(id) {
		return fmt.Errorf("%w: the ID %q is not of letters, digits, - and _", ErrBadAlarm, id)
	}
	ctx, cancel := limited(ctx)
	defer cancel()
	err := s.stream.Purge(ctx, jetstream.WithPurgeSubject(setPrefix+id))
	if err == nil {
		err = s.takeBack(ctx, id)
	}
	if err != nil {
		return unavailable("the alarm "+id+" was not cancelled", err)
	}
	return nil
}

// takeBack removes an alarm that has gone off and is not handled yet. It is not
// purged: the server would forget that it gave the alarm out, and not give out
// the next in its place if it had been waiting until fewer are out.
func (s *Schedule) takeBack(ctx context.Context, id string) error {
	m, err := s.stream.GetLastMsgForSubject(ctx, duePrefix+id)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return nil
	case err != nil:
		return err
	}
	err = s.stream.DeleteMsg(ctx, m.Sequence)
	if errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) {
		if _, gone := s.stream.GetMsg(ctx, m.Sequence); errors.Is(gone, jetstream.ErrMsgNotFound) {
			return nil // somebody else removed it meanwhile
		}
	}
	return err
}

// All implements watch.Alarms, as the stream's leader knows them. The times are
// those that were set, by the store's clock; if that clock has been changed
// since, they are when the alarms will go off by the clock as it is now.
func (s *Schedule) All(ctx context.Context) (map[string]time.Time, error) {
	listing, end := limited(ctx)
	defer end()
	info, err := s.stream.Info(listing, jetstream.WithSubjectFilter(setPrefix+"*"))
	if err != nil {
		return nil, unavailable("the alarms cannot be listed", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	subjects := make(chan string)
	go func() {
		defer close(subjects)
		for subject := range info.State.Subjects {
			select {
			case subjects <- subject:
			case <-ctx.Done():
				return
			}
		}
	}()
	all := make(map[string]time.Time, len(info.State.Subjects))
	var mu sync.Mutex
	var failed error
	var askers sync.WaitGroup
	for range min(readers, len(info.State.Subjects)) {
		askers.Go(func() {
			for subject := range subjects {
				at, set, err := s.read(ctx, subject)
				mu.Lock()
				if err != nil && failed == nil {
					failed = err
					cancel()
				}
				if set {
					all[strings.TrimPrefix(subject, setPrefix)] = at
				}
				mu.Unlock()
			}
		})
	}
	askers.Wait()
	if failed != nil {
		return nil, failed
	}
	return all, nil
}

// readers is how many alarms are read at once.
const readers = 32

// read returns when the alarm on a subject goes off, and false if it is gone.
func (s *Schedule) read(ctx context.Context, subject string) (time.Time, bool, error) {
	ctx, cancel := limited(ctx)
	defer cancel()
	m, err := s.stream.GetLastMsgForSubject(ctx, subject)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return time.Time{}, false, nil
	}
	if err != nil {
		return time.Time{}, false, unavailable("the alarms cannot be listed", err)
	}
	return s.goesOff(m.Header), true, nil
}

// goesOff returns when an alarm with these headers goes off, by the store's
// clock. One that does not say goes off at the beginning of time: whoever
// compares it with what is wanted sets it afresh.
func (s *Schedule) goesOff(h nats.Header) time.Time {
	at, errAt := time.Parse(time.RFC3339Nano, h.Get(headerAt))
	machine, errMachine := time.Parse(time.RFC3339, h.Get(headerMachine))
	if errAt != nil || errMachine != nil {
		return time.Time{}
	}
	now := machine.Add(s.offset())
	if late := now.Sub(at); late > -tolerance && late < time.Second+tolerance {
		return at.UTC()
	}
	return now.UTC()
}

// tolerance is by how much two readings of one offset may differ: what passes
// between looking at the one clock and at the other.
const tolerance = time.Second

// offset returns how far the store's clock is ahead of the machine's. It never
// says less than it is by more than precision, so that alarms are not late.
func (s *Schedule) offset() time.Duration {
	machine := time.Now()
	return s.clock().Sub(machine).Truncate(precision)
}

const precision = 10 * time.Millisecond

// roundUp returns t or the next whole second after it, UTC.
func roundUp(t time.Time) time.Time {
	whole := t.UTC().Truncate(time.Second)
	if whole.Before(t) {
		whole = whole.Add(time.Second)
	}
	return whole
}
