package natslog

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"parley/events"
)

const (
	// stretch is how many commits a scan asks for at once, and stretchBytes
	// about how large they may be together, so that a scan of large commits does
	// not hold many of them in memory.
	stretch      = 256
	stretchBytes = 4 << 20

	// stall is how long a scan of one server's log waits for the next commit
	// before it gives up.
	stall = 10 * time.Second
)

// walk is a scan under way.
type walk struct {
	log     *Log
	bare    bool
	inbox   string
	sub     *nats.Subscription // on the inbox; nil: there is none yet
	asked   uint64             // the position from which a stretch is on its way; 0: none is
	answers chan *nats.Msg
}

// begin makes an inbox that no answers are on their way to.
func (w *walk) begin() (err error) {
	w.inbox, w.answers, w.asked = w.log.nc.NewRespInbox(), make(chan *nats.Msg, 2*stretch+2), 0
	if w.sub, err = w.log.nc.ChanSubscribe(w.inbox, w.answers); err != nil {
		return unavailable("the log cannot be read", err)
	}
	return nil
}

func (w *walk) end() {
	if w.sub != nil {
		_ = w.sub.Unsubscribe() // fails only with the connection
		w.sub = nil
	}
}

// takeIn is take, asking another copy of the log if one was lost that was asked.
func (w *walk) takeIn(ctx context.Context, from uint64) (placed []events.Placed, through uint64, err error) {
	for began := time.Now(); ; {
		if w.sub == nil {
			err = w.begin()
		}
		if err == nil {
			placed, through, err = w.take(ctx, from)
		}
		if err == nil || w.log.replicas == 1 || ctx.Err() != nil || !passes(err) || time.Since(began) > clusterAnswer {
			return placed, through, err
		}
		w.end()
		err = nil
		select {
		case <-ctx.Done():
		case <-time.After(retry):
		}
	}
}

// ask requests the stretch from a position.
func (w *walk) ask(from uint64) error {
	w.asked = from
	request := fmt.Sprintf(`{"seq":%d,"batch":%d,"max_bytes":%d,"no_hdr":%t}`, from, stretch, stretchBytes, w.bare)
	if err := w.log.nc.PublishRequest("$JS.API.DIRECT.GET."+streamName, w.inbox, []byte(request)); err != nil {
		return unavailable("the log cannot be read", err)
	}
	return nil
}

// take returns the stretch from a position and the last position it covers,
// which is lower than from if the log has nothing to offer from there.
func (w *walk) take(ctx context.Context, from uint64) (placed []events.Placed, through uint64, err error) {
	if w.asked != from {
		if err := w.ask(from); err != nil {
			return nil, 0, err
		}
	}
	w.asked = 0
	for {
		m, err := w.await(ctx)
		if err != nil {
			return nil, 0, err
		}
		switch status := m.Header.Get("Status"); status {
		case "":
			p := events.Placed{Position: from + uint64(len(placed)), Stored: m.Data}
			if !w.bare {
				p.Aggregate = aggregateOf(m.Header.Get("Nats-Subject"))
				if p.Position, err = strconv.ParseUint(m.Header.Get("Nats-Sequence"), 10, 64); err != nil {
					return nil, 0, unavailable("the log cannot be read", err)
				}
			}
			placed = append(placed, p)
		case "404":
			return nil, 0, nil
		case "204": // the end of the stretch
			through, err = strconv.ParseUint(m.Header.Get("Nats-Last-Sequence"), 10, 64)
			if err != nil {
				return nil, 0, unavailable("the log cannot be read", err)
			}
			if w.bare && through != from+uint64(len(placed))-1 { // it stepped over something
				return nil, 0, nil
			}
			return placed, through, nil
		default:
			return nil, 0, unavailable("the log cannot be read", errors.New(status+" "+m.Header.Get("Description")))
		}
	}
}

// single returns what stands at one position, as the stream's leader has it: a
// copy may lag behind. It calls absent if there is nothing.
func (w *walk) single(ctx context.Context, position uint64, absent func(uint64) error) ([]events.Placed, error) {
	ctx, cancel := w.log.limited(ctx)
	defer cancel()
	m, err := w.log.fromLeader(ctx, map[string]any{"seq": position})
	if err != nil {
		return nil, err
	}
	if m == nil {
		return nil, absent(position)
	}
	return []events.Placed{{Position: position, Aggregate: aggregateOf(m.Subject), Stored: m.Data}}, nil
}

// await returns the next answer.
func (w *walk) await(ctx context.Context) (*nats.Msg, error) {
	select {
	case m := <-w.answers:
		return m, nil
	default:
	}
	most := stall
	if w.log.replicas > 1 {
		most = try
	}
	late := time.NewTimer(most)
	defer late.Stop()
	select {
	case m := <-w.answers:
		return m, nil
	case <-ctx.Done():
		return nil, unavailable("the log cannot be read", ctx.Err())
	case <-late.C:
		return nil, unavailable("the log cannot be read", errors.New("no answer in time"))
	}
}
