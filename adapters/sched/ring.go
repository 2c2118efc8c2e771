package sched

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	consumerName = "watch"

	// parallel is how many alarms are handled at once: they wait for the disk
	// together. The server gives out no more than that before it hears of some.
	parallel = 512

	// patience is how long the server waits to hear of an alarm before it gives
	// it to somebody else. Whoever handles it says every working that they still do.
	patience = 5 * time.Second
	working  = 2 * time.Second

	// again is after how long an alarm goes off again that could not be handled.
	again = 5 * time.Second

	// asking is for how long one request for alarms stands, and beat how often the
	// server says meanwhile that it is there.
	asking = 5 * time.Minute
	beat   = 20 * time.Second

	// tidying is how often what has been handled is removed.
	tidying = 5 * time.Second
)

// Ring calls f with the ID of each alarm that is due, up to 512 at once, until
// ctx ends; then it waits for what is being handled and returns nil. An alarm for
// which f returned an error goes off again after 5 s; one that nobody finished
// handling, because the process ended, goes off again elsewhere within 5 s. Only
// whoever holds the lease should ring: two that do share the alarms among them.
// Its own errors wrap ErrUnavailable.
func (s *Schedule) Ring(ctx context.Context, f func(ctx context.Context, id string) error) error {
	consumer, err := s.consumer(ctx)
	if err != nil {
		return ended(ctx, err)
	}
	messages, err := consumer.Messages(jetstream.PullMaxMessages(parallel), jetstream.PullExpiry(asking),
		jetstream.PullHeartbeat(beat), jetstream.WithMessagesErrOnMissingHeartbeat(false))
	if err != nil {
		return ended(ctx, unavailable("due alarms cannot be had", err))
	}
	stop := context.AfterFunc(ctx, messages.Stop)
	defer stop()
	defer messages.Stop()

	var done atomic.Uint64
	var handlers sync.WaitGroup
	handlers.Go(func() { s.tidy(ctx, consumer, &done) })
	defer handlers.Wait()
	free := make(chan struct{}, parallel)
	for {
		m, err := messages.Next()
		if err != nil {
			return ended(ctx, unavailable("due alarms cannot be had", err))
		}
		free <- struct{}{}
		handlers.Go(func() {
			defer func() { <-free }()
			if s.handle(ctx, m, f) {
				done.Add(1)
			}
		})
	}
}

// consumer returns the consumer of due alarms, and begins it if there is none.
func (s *Schedule) consumer(ctx context.Context) (jetstream.Consumer, error) {
	ctx, cancel := limited(ctx)
	defer cancel()
	consumer, err := s.stream.Consumer(ctx, consumerName)
	if errors.Is(err, jetstream.ErrConsumerNotFound) {
		consumer, err = s.stream.CreateConsumer(ctx, jetstream.ConsumerConfig{
			Durable:       consumerName,
			Description:   "alarms that are due, for whoever watches",
			FilterSubject: duePrefix + "*",
			DeliverPolicy: jetstream.DeliverAllPolicy,
			AckPolicy:     jetstream.AckExplicitPolicy,
			AckWait:       patience,
			MaxDeliver:    -1,
			MaxAckPending: parallel,
		})
	}
	if err != nil {
		return nil, unavailable("due alarms cannot be had", err)
	}
	return consumer, nil
}

// handle lets f handle the alarm in m and says what came of it. What it says may
// be lost, and then the alarm goes off again, which f must be ready for.
func (s *Schedule) handle(ctx context.Context, m jetstream.Msg, f func(context.Context, string) error) bool {
	if ctx.Err() != nil {
		_ = m.Nak()
		return false
	}
	if early := s.early(m); early > 0 { // the clock was set back
		_ = m.NakWithDelay(early)
		return false
	}
	beat := time.NewTicker(working)
	defer beat.Stop()
	answered := make(chan error, 1)
	go func() { answered <- f(ctx, strings.TrimPrefix(m.Subject(), duePrefix)) }()
	for {
		select {
		case <-beat.C:
			_ = m.InProgress()
		case err := <-answered:
			if err != nil {
				_ = m.NakWithDelay(again)
				return false
			}
			return m.Ack() == nil
		}
	}
}

// early returns how long it is until the alarm in m is due.
func (s *Schedule) early(m jetstream.Msg) time.Duration {
	at, err := time.Parse(time.RFC3339Nano, m.Headers().Get(headerAt))
	if err != nil {
		return 0
	}
	return at.Sub(s.clock())
}

// tidy removes alarms that were handled, every now and then while there are new
// ones in done, and once more when ctx ends. The consumer remembers what else it
// need not give out again.
func (s *Schedule) tidy(ctx context.Context, consumer jetstream.Consumer, done *atomic.Uint64) {
	ticker := time.NewTicker(tidying)
	defer ticker.Stop()
	for removed := uint64(0); ; {
		last := false
		select {
		case <-ticker.C:
		case <-ctx.Done():
			last = true
		}
		if n := done.Load(); n > removed {
			if s.remove(context.WithoutCancel(ctx), consumer) == nil {
				removed = n
			}
		}
		if last {
			return
		}
	}
}

// remove removes the alarms up to the first that has not been handled.
func (s *Schedule) remove(ctx context.Context, consumer jetstream.Consumer) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	info, err := consumer.Info(ctx)
	if err != nil {
		return err
	}
	return s.stream.Purge(ctx, jetstream.WithPurgeSubject(duePrefix+"*"), jetstream.WithPurgeSequence(info.AckFloor.Stream+1))
}

// ended returns err unless it only says that ctx has ended.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}
