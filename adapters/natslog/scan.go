package natslog

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"parley/events"
)

const (
	// inFlight is how many commits are asked for at once.
	inFlight = 128

	// stall is how long a scan waits for the next commit before it gives up.
	stall = 10 * time.Second
)

// Scan calls f with every commit after a position, up to the last there is when
// it is called, in order. It stops at the first error: f's own, or one that
// wraps events.ErrDamaged or events.ErrNewer and names the position.
//
// Commits are fetched by position, many at once. That is as fast as a consumer,
// needs none to be set up, and leaves no doubt about what is missing.
func (l *Log) Scan(ctx context.Context, after uint64, f func(events.Recorded) error) error {
	state, err := l.scanEnd(ctx)
	if err != nil {
		return err
	}
	return l.each(ctx, after, state, true, func(position uint64, m *nats.Msg) error {
		if m == nil {
			return missing(position)
		}
		r, err := decode(position, m.Data)
		if err != nil {
			return err
		}
		l.saw(Mark{position, r.Hash})
		return f(r)
	})
}

// ScanStored calls f with what stands at each position after one, up to the
// last there is when it is called, in order, whether it reads or not. Positions
// that have nothing are left out. It returns the last position. For an Audit.
func (l *Log) ScanStored(ctx context.Context, after uint64, f func(events.Placed) error) (uint64, error) {
	last, err := l.scanEnd(ctx)
	if errors.Is(err, events.ErrDamaged) { // it is for the audit to say so
		last, err = max(last, l.Seen().Position), nil
	}
	if err != nil {
		return 0, err
	}
	return last, l.each(ctx, after, last, false, func(position uint64, m *nats.Msg) error {
		if m == nil {
			return nil
		}
		return f(events.Placed{Position: position, Aggregate: aggregateOf(m.Header.Get("Nats-Subject")), Stored: m.Data})
	})
}

// scanEnd returns the position at which a scan that begins now ends.
func (l *Log) scanEnd(ctx context.Context) (uint64, error) {
	ctx, cancel := limited(ctx)
	defer cancel()
	state, err := l.state(ctx)
	return state.LastSeq, err
}

// each calls f with the message at each position after one up to last, in
// order; nil where there is none. bare leaves the headers out.
func (l *Log) each(ctx context.Context, after, last uint64, bare bool, f func(uint64, *nats.Msg) error) (err error) {
	if after >= last {
		return nil
	}
	inbox := l.nc.NewRespInbox()
	answers := make(chan *nats.Msg, inFlight)
	sub, err := l.nc.ChanSubscribe(inbox+".*", answers)
	if err != nil {
		return unavailable("the log cannot be read", err)
	}
	defer func() { _ = sub.Unsubscribe() }() // the connection is gone if this fails
	var arrived [inFlight]*nats.Msg          // by position, modulo its length
	asked := after
	for next := after + 1; next <= last; next++ {
		for ; asked < last && asked < after+inFlight; asked++ {
			if err := l.ask(asked+1, bare, inbox); err != nil {
				return unavailable("the log cannot be read", err)
			}
		}
		for arrived[next%inFlight] == nil {
			m, err := await(ctx, answers)
			if err != nil {
				return err
			}
			position, err := strconv.ParseUint(m.Subject[len(inbox)+1:], 10, 64)
			if err != nil || position < next || position > asked {
				continue // not an answer to what was asked
			}
			arrived[position%inFlight] = m
		}
		m := arrived[next%inFlight]
		arrived[next%inFlight] = nil
		after = next
		if m, err = l.present(ctx, next, m); err != nil {
			return err
		}
		if err := f(next, m); err != nil {
			return err
		}
	}
	return nil
}

// ask requests the message at a position. The answer's subject ends in the position.
func (l *Log) ask(position uint64, bare bool, inbox string) error {
	number := strconv.FormatUint(position, 10)
	request := `{"seq":` + number
	if bare {
		request += `,"no_hdr":true`
	}
	return l.nc.PublishRequest("$JS.API.DIRECT.GET."+stream, inbox+"."+number, []byte(request+"}"))
}

// await returns the next answer.
func await(ctx context.Context, answers <-chan *nats.Msg) (*nats.Msg, error) {
	select {
	case m := <-answers:
		return m, ctx.Err()
	default:
	}
	late := time.NewTimer(stall)
	defer late.Stop()
	select {
	case m := <-answers:
		return m, nil
	case <-ctx.Done():
		return nil, unavailable("the log cannot be read", ctx.Err())
	case <-late.C:
		return nil, unavailable("the log cannot be read", errors.New("no answer in time"))
	}
}

// present returns m, and nil if m says that there is no such message. A copy
// that lags behind may say so too soon, so that the leader is asked.
func (l *Log) present(ctx context.Context, position uint64, m *nats.Msg) (*nats.Msg, error) {
	status := m.Header.Get("Status")
	if status == "" {
		return m, nil
	}
	if status != "404" {
		return nil, unavailable("the log cannot be read", errors.New(status+" "+m.Header.Get("Description")))
	}
	ctx, cancel := limited(ctx)
	defer cancel()
	got, err := l.fromLeader(ctx, map[string]any{"seq": position})
	if err != nil || got == nil {
		return nil, err
	}
	return &nats.Msg{Header: nats.Header{"Nats-Subject": {got.Subject}}, Data: got.Data}, nil
}
