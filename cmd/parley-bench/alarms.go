package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"parley/adapters/natsd"
	"parley/adapters/sched"
	"parley/domain/watch"
)

// Alarms are set for so many whole seconds to come, so many for each.
const (
	ringing   = 10
	perSecond = 50
)

// rung is when an alarm went off, by the second for which it was set.
type rung struct {
	id string
	at time.Time
}

// measureAlarms compares how late alarms go off with how late scheduled messages
// reach a durable consumer: as many on two servers, for the same seconds.
func (b *bench) measureAlarms(ctx context.Context, _ stores) (err error) {
	dir, err := os.MkdirTemp("", "parley-bench-alarms-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	server, err := natsd.Start(ctx, natsd.Config{Dir: dir + "/parley", Name: "parley"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	schedule, err := sched.Open(ctx, server.Conn(), sched.Config{})
	if err != nil {
		return err
	}
	r, err := startRaw(dir+"/raw", true)
	if err != nil {
		return err
	}
	defer r.stop()
	ours, end := ringer(ctx, schedule)
	defer func() { err = errors.Join(err, end()) }()
	theirs, stop, err := r.scheduled(ctx)
	if err != nil {
		return err
	}
	defer stop()
	var late [2]times
	var ratios []float64
	for round := range 3 {
		now, err := b.ring(ctx, round, schedule, r, ours, theirs)
		if err != nil {
			return err
		}
		for side := range now {
			late[side] = append(late[side], now[side]...)
		}
		ratios = append(ratios, ratio(now[0].p50(), now[1].p50()))
	}
	b.add(compared("alarms", "how late alarms go off", late[0].figure(), late[1].figure(), "scheduled messages, durable consumer", ratios, &goal{1.3, false, 8}))
	return nil
}

// ring sets alarms on both sides and returns how late each went off.
func (b *bench) ring(ctx context.Context, round int, s *sched.Schedule, r *raw, ours, theirs <-chan rung) (late [2]times, err error) {
	first := time.Now().Truncate(time.Second).Add(4 * time.Second)
	set := map[string]time.Time{}
	for i := range ringing * perSecond {
		id, at := fmt.Sprintf("a%d-%d", round, i), first.Add(time.Duration(i/perSecond)*time.Second)
		set[id] = at
		if err := errors.Join(s.Set(ctx, watch.Alarm{ID: id, At: at}), r.schedule(ctx, id, at)); err != nil {
			return late, err
		}
	}
	if left := time.Until(first); left < 0 {
		return late, fmt.Errorf("the alarms were set %s too late", short(-left))
	}
	for range set {
		for side, heard := range []<-chan rung{ours, theirs} {
			a, err := within(ctx, heard)
			if err != nil {
				return late, err
			}
			late[side] = append(late[side], a.at.Sub(set[a.id]))
		}
	}
	return late, nil
}

// ringer hears the alarms of a schedule until end is called.
func ringer(ctx context.Context, s *sched.Schedule) (heard <-chan rung, end func() error) {
	ctx, cancel := context.WithCancel(ctx)
	told, ended := make(chan rung, ringing*perSecond), make(chan error, 1)
	go func() {
		ended <- s.Ring(ctx, func(_ context.Context, id string) error {
			told <- rung{id, time.Now()}
			return nil
		})
	}()
	return told, func() error {
		cancel()
		return <-ended
	}
}

// scheduled makes a stream of scheduled messages and hears them as they come due.
func (r *raw) scheduled(ctx context.Context) (heard <-chan rung, stop func(), err error) {
	stream, err := r.js.CreateStream(ctx, jetstream.StreamConfig{
		Name: "RAW", Subjects: []string{"raw.alarm.*", "raw.due.*"}, Storage: jetstream.FileStorage, AllowMsgSchedules: true,
		PersistMode: jetstream.AsyncPersistMode, // as Parley's alarms have it
	})
	if err != nil {
		return nil, nil, err
	}
	consumer, err := stream.CreateConsumer(ctx, jetstream.ConsumerConfig{Durable: "raw", AckPolicy: jetstream.AckExplicitPolicy, FilterSubject: "raw.due.*"})
	if err != nil {
		return nil, nil, err
	}
	told := make(chan rung, ringing*perSecond)
	consuming, err := consumer.Consume(func(m jetstream.Msg) {
		told <- rung{strings.TrimPrefix(m.Subject(), "raw.due."), time.Now()}
		_ = m.Ack() // one that is not acknowledged comes again, and is one too many
	})
	if err != nil {
		return nil, nil, err
	}
	return told, consuming.Stop, nil
}

// schedule has a message sent at a time.
func (r *raw) schedule(ctx context.Context, id string, at time.Time) error {
	m := nats.NewMsg("raw.alarm." + id)
	m.Header.Set("Nats-Schedule", "@at "+at.UTC().Format(time.RFC3339))
	m.Header.Set("Nats-Schedule-Target", "raw.due."+id)
	m.Data = strconv.AppendInt(nil, at.UnixNano(), 10)
	_, err := r.js.PublishMsg(ctx, m)
	return err
}
