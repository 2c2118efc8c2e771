// Package sched keeps the alarms of the Watch on JetStream, and the lease that
// makes one of several servers the one that watches.
//
// An alarm is a scheduled message in the stream SCHED, on sched.alarm.ID. When
// its time comes the server moves it to due.alarm.ID, also if that time passed
// while no server ran; there it stays until it has been handled. Setting an alarm
// again replaces it, and purging its subjects cancels it. The lease is a key that
// lapses unless its holder renews it.
//
// It promises that an alarm goes off at least once, and never before its time. It
// does not promise that it goes off once only, nor that two servers never both
// believe to hold the lease for a moment: that nothing is sent twice rests on
// claims in the event log. The stream holds nothing that a sweep of the Watch
// would not set afresh. That is why a single server writes it to disk a moment
// after it has answered, and many alarms of one minute do not wait for the disk
// one by one: what a crash takes with it the sweep after it makes good.
package sched

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"parley/domain/watch"
)

const (
	streamName = "SCHED"
	setPrefix  = "sched.alarm." // alarms that are set
	duePrefix  = "due.alarm."   // alarms that have gone off and are not handled yet

	// answer is how long a request waits that the caller set no limit to.
	answer = 10 * time.Second
)

// Errors of this package.
var (
	ErrUnavailable = errors.New("the alarms do not answer")
	ErrUnsafe      = errors.New("the alarms are not set up to be kept")
	ErrBadAlarm    = errors.New("this is not an alarm")
)

// Config says what Open needs.
type Config struct {
	Replicas int // copies in a cluster; 0 is 1

	// Clock tells the store's time; nil: the machine's. That of a store for
	// training may be set to another day. It must go as fast as the machine's, or
	// stand still: alarms go off by the machine's.
	Clock func() time.Time
}

// Schedule is the alarms and the lease of one store. It is safe for concurrent use.
type Schedule struct {
	js       jetstream.JetStream
	stream   jetstream.Stream
	leases   jetstream.KeyValue
	replicas int
	clock    func() time.Time
}

var _ watch.Alarms = (*Schedule)(nil)

// Open opens the alarms, beginning them if there are none. Nothing is lost by
// beginning them afresh: a sweep of the Watch sets what is wanted. Errors wrap
// ErrUnsafe or ErrUnavailable.
func Open(ctx context.Context, nc *nats.Conn, c Config) (*Schedule, error) {
	ctx, cancel := limited(ctx)
	defer cancel()
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, err
	}
	s := &Schedule{js: js, replicas: c.Replicas, clock: c.Clock}
	if s.clock == nil {
		s.clock = time.Now
	}
	for {
		tried, cancel := ctx, context.CancelFunc(func() {})
		if c.Replicas > 1 {
			tried, cancel = context.WithTimeout(ctx, try)
		}
		err := s.begin(tried)
		cancel()
		if err == nil {
			return s, nil
		}
		if c.Replicas <= 1 || !errors.Is(err, ErrUnavailable) || ctx.Err() != nil {
			return nil, err
		}
	}
}

// try is how long a cluster is asked for the stream before it is asked again: of
// two that begin it at the same moment one may never be answered.
const try = 2 * time.Second

// begin finds the stream of alarms and the lease, creating them if they never were.
func (s *Schedule) begin(ctx context.Context) (err error) {
	s.stream, err = s.js.Stream(ctx, streamName)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		s.stream, err = s.js.CreateStream(ctx, settings(s.replicas))
	}
	if err != nil {
		return unavailable("the alarms cannot be opened", err)
	}
	if err := sound(s.stream.CachedInfo().Config); err != nil {
		return err
	}
	s.leases, err = openLeases(ctx, s.js, s.replicas)
	return err
}

func settings(replicas int) jetstream.StreamConfig {
	c := jetstream.StreamConfig{
		Name:              streamName,
		Description:       "Parley's alarms: those that are set, and those that are due",
		Subjects:          subjects(),
		Retention:         jetstream.LimitsPolicy,
		Discard:           jetstream.DiscardOld,
		MaxMsgs:           -1,
		MaxBytes:          -1,
		MaxMsgSize:        -1,
		MaxMsgsPerSubject: 1,
		Storage:           jetstream.FileStorage,
		Replicas:          max(1, replicas),
		AllowMsgSchedules: true,
		Duplicates:        2 * time.Minute,
	}
	if c.Replicas == 1 { // several have one another
		c.PersistMode = jetstream.AsyncPersistMode
	}
	return c
}

func subjects() []string { return []string{duePrefix + "*", setPrefix + "*"} }

// sound returns an error that wraps ErrUnsafe if a stream with these settings
// might lose an alarm, or not let it go off or be cancelled.
func sound(c jetstream.StreamConfig) error {
	has := slices.Sorted(slices.Values(c.Subjects))
	for _, bad := range []struct {
		is   bool
		what string
	}{
		{c.Storage != jetstream.FileStorage, "they are not kept on disk"},
		{!c.AllowMsgSchedules, "they do not go off"},
		{c.DenyPurge || c.DenyDelete, "they cannot be cancelled"},
		{c.MaxMsgsPerSubject != 1, "one of an ID does not replace another"},
		{c.Retention != jetstream.LimitsPolicy, "they go when they are read"},
		{c.MaxMsgs > 0 || c.MaxBytes > 0 || c.MaxAge > 0, "there is a limit to them"},
		{c.NoAck, "it is not said whether they are kept"},
		{c.Sealed, "they are sealed"},
		{c.Mirror != nil || len(c.Sources) > 0, "they are filled from elsewhere"},
		{c.SubjectTransform != nil, "their subjects are changed"},
		{!slices.Equal(has, subjects()), fmt.Sprintf("they have other subjects: %q", has)},
	} {
		if bad.is {
			return fmt.Errorf("%w (the stream %s): %s; delete it, and the next sweep sets what is wanted", ErrUnsafe, streamName, bad.what)
		}
	}
	return nil
}

// limited gives ctx an end if it has none, so that nothing waits for ever.
func limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, has := ctx.Deadline(); has {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, answer)
}

// unavailable wraps what a request failed with.
func unavailable(what string, err error) error {
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s: %w", what, err)
	}
	return fmt.Errorf("%s: %w: %w", what, ErrUnavailable, err)
}
