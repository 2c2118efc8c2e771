package main

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/domain/calendar"
	"parley/events"
)

// patience is how long anything that should take milliseconds is waited for.
const patience = time.Minute

// errLate says that something did not come.
var errLate = errors.New("it did not come in a minute")

// within waits for something.
func within[T any](ctx context.Context, c <-chan T) (got T, err error) {
	select {
	case got = <-c:
	case <-ctx.Done():
		err = ctx.Err()
	case <-time.After(patience):
		err = errLate
	}
	return got, err
}

// measureFollow compares how long it takes from the recording of a fact until
// the views have it, with what passes between the sending of a message and a
// durable consumer's handler.
func (b *bench) measureFollow(ctx context.Context, st stores) (err error) {
	o, err := openBoth(ctx, st, makeBed)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	viewed, end := o.viewing(ctx)
	defer func() { err = errors.Join(err, end()) }()
	subject, payload := lines("followed", 1)[0], make([]byte, ordinary)
	handled, stop, err := o.raw.handling(ctx, subject.subject)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	file, _, err := o.views.Case(ctx, st.ref(20))
	if err != nil {
		return err
	}
	next := note(file.Head)
	p, err := turns(b.rounds(st, 7), 100, func(int) error {
		sealed, err := next(st.ref(20))
		if err != nil {
			return err
		}
		if file.Position, err = o.log.Append(ctx, sealed, file.Position); err != nil {
			return err
		}
		for at := uint64(0); at < file.Position && err == nil; {
			at, err = within(ctx, viewed)
		}
		return err
	}, func(int) error {
		if err := o.raw.publish(ctx, subject, payload); err != nil {
			return err
		}
		_, err := within(ctx, handled)
		return err
	})
	if err == nil {
		b.add(p.row("follow", "from the recording of a fact until the views have it", "sent until handled, durable consumer", &goal{1.3, false, 8}))
	}
	return err
}

// note returns what makes the next commits of a case: one note each.
func note(h events.Head) func(ref string) (events.Sealed, error) {
	version, hash := h.Version, h.Hash
	return func(ref string) (events.Sealed, error) {
		how, err := request()
		if err != nil {
			return events.Sealed{}, err
		}
		now := time.Now()
		sealed, err := events.Seal(events.Commit{
			Command: how.Command, Aggregate: events.Case(ref), Version: version + 1, Actor: how.Actor, RecordedAt: now, Previous: hash,
			Facts: []events.Fact{{On: calendar.At(now, time.UTC), Event: events.NoteAdded{Text: noteText}}},
		})
		version, hash = sealed.Version, sealed.Hash
		return sealed, err
	}
}

// viewing keeps the views up to date as a server does, and tells how far they
// have come. end ends it.
func (s *bed) viewing(ctx context.Context) (viewed <-chan uint64, end func() error) {
	ctx, cancel := context.WithCancel(ctx)
	told, ended := make(chan uint64, 1024), make(chan error, 1)
	go func() {
		ended <- s.log.Follow(ctx, s.views.Position(), func(r events.Recorded) error {
			if err := s.views.Take(ctx, r); err != nil {
				return err
			}
			told <- s.views.Position()
			return nil
		})
	}()
	return told, func() error {
		cancel()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			return err
		}
		return nil
	}
}

// handling hears what is appended to a subject, by a durable consumer, and tells of each message when it has acknowledged it.
func (r *raw) handling(ctx context.Context, subject string) (handled <-chan struct{}, stop func() error, err error) {
	name := "bench-" + strconv.FormatInt(time.Now().UnixNano(), 36)
	consumer, err := r.js.CreateConsumer(ctx, "ES", jetstream.ConsumerConfig{
		Durable: name, DeliverPolicy: jetstream.DeliverNewPolicy, AckPolicy: jetstream.AckExplicitPolicy, FilterSubject: subject,
	})
	if err != nil {
		return nil, nil, err
	}
	told := make(chan struct{}, 1024)
	consuming, err := consumer.Consume(func(m jetstream.Msg) {
		if m.Ack() == nil {
			told <- struct{}{}
		}
	})
	if err != nil {
		return nil, nil, err
	}
	return told, func() error {
		consuming.Stop()
		return r.js.DeleteConsumer(ctx, "ES", name)
	}, nil
}
