package natslog

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/events"
)

const (
	// beat is how often a server elsewhere says that it is there while nothing is
	// stored, and ownBeat the embedded one, of which it is known anyway. Two that
	// are missing end a consumer.
	beat    = time.Second
	ownBeat = 30 * time.Second

	// pulled is how many commits are sent ahead of being handled, and pulledBytes
	// how large they may be together.
	pulled      = 256
	pulledBytes = 16 << 20

	// forgotten is when the server drops a consumer whose follower is gone.
	forgotten = 30 * time.Second
)

// Follow calls f with every commit after a position, in order, and goes on with
// each that is stored, until ctx ends, f returns an error, or the log is found to
// be damaged. It returns ctx's error, f's, or one that wraps events.ErrDamaged or
// events.ErrNewer and names the position. That the connection is lost, or the
// server that leads, delays it only: no commit is left out or handed over twice.
// If the embedded server fails or the connection is closed for good, the error
// wraps ErrUnavailable or ErrNoSpace.
func (l *Log) Follow(ctx context.Context, after uint64, f func(events.Recorded) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(l.alive, func() { cancel(failed(context.Cause(l.alive))) })()
	t := &trail{log: l, due: &due{log: l, next: after + 1, f: f}, reached: l.Seen().Position >= after}
	for {
		err := t.follow(ctx)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case t.ended || errors.Is(err, events.ErrDamaged) || errors.Is(err, events.ErrNewer):
			return err
		case l.nc.IsClosed():
			return unavailable("the log cannot be followed", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(retry):
		}
	}
}

// trail is a log being followed.
type trail struct {
	log   *Log
	due   *due
	ended bool // f has had enough

	reached bool // the log is known to have gone as far as what is handed over
}

// follow follows the log with one consumer, as long as that lasts. A consumer
// lives on one server only, and is made anew when anything is amiss with it.
func (t *trail) follow(ctx context.Context) error {
	made, cancel := context.WithTimeout(ctx, try)
	defer cancel()
	c, err := t.log.stream.CreateConsumer(made, jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: t.due.next,
		AckPolicy: jetstream.AckNonePolicy, MemoryStorage: true, Replicas: 1, InactiveThreshold: forgotten,
	})
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return fmt.Errorf("%w: the log (the stream %s) is gone", events.ErrDamaged, streamName)
	}
	if err != nil {
		return err
	}
	every := beat
	if t.log.alive != context.Background() {
		every = ownBeat
	}
	messages, err := c.Messages(jetstream.PullMaxMessagesWithBytesLimit(pulled, pulledBytes), jetstream.PullExpiry(60*every),
		jetstream.PullHeartbeat(every), jetstream.WithMessagesErrOnMissingHeartbeat(true))
	if err != nil {
		return err
	}
	defer messages.Stop()
	for {
		m, err := messages.Next(jetstream.NextContext(ctx))
		if err != nil {
			return err
		}
		at, err := m.Metadata()
		if err != nil {
			return err
		}
		if err := t.take(ctx, events.Placed{Position: at.Sequence.Stream, Stored: m.Data()}); err != nil {
			return err
		}
	}
}

// take hands over a commit that came, and before it those that did not.
func (t *trail) take(ctx context.Context, p events.Placed) error {
	if p.Position < t.due.next {
		return t.behind(p.Position)
	}
	for t.due.next < p.Position {
		r, err := t.log.commit(ctx, t.due.next)
		if err != nil {
			return err
		}
		if err := t.hand(ctx, decoded{recorded: r}); err != nil {
			return err
		}
	}
	return t.hand(ctx, decodeAll([]events.Placed{p})[0])
}

// behind judges a position that comes before what is due. A copy of the log that
// lagged behind when the consumer was made goes back. So does one server whose
// log ends before the caller wanted to begin; but not after it went on from there.
func (t *trail) behind(position uint64) error {
	if t.log.replicas == 1 && t.reached {
		return fmt.Errorf("%w: the log had reached position %d and now counts on from %d", events.ErrDamaged, t.due.next-1, position)
	}
	return nil
}

// hand hands over what is due, and tells f's errors from others.
func (t *trail) hand(ctx context.Context, d decoded) error {
	next := t.due.next
	err := t.due.hand(ctx, []decoded{d})
	t.reached = true
	t.ended = err != nil && t.due.next > next
	return err
}
