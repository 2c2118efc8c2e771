package natslog

import (
	"context"
	"errors"
	"fmt"
	"slices"
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

	// inFlight is how many stretches a scan has asked for at a time.
	inFlight = 4
)

// walk is a scan under way.
type walk struct {
	log   *Log
	bare  bool
	last  uint64 // where it ends
	inbox *inbox // nil: there is none yet

	asked   int        // how many requests were made
	awaited []*request // in order
	whole   bool       // the last stretch was as long as was asked for: so may be those after it
}

// begin makes an inbox that no answers are on their way to.
func (w *walk) begin() (err error) {
	w.awaited = nil
	w.inbox, err = w.log.newInbox(2 * inFlight * (stretch + 1))
	return err
}

func (w *walk) end() {
	if w.inbox != nil {
		w.inbox.close()
		w.inbox = nil
	}
}

// takeIn is take, asking another copy of the log if one was lost that was asked.
func (w *walk) takeIn(ctx context.Context, from uint64) (placed []events.Placed, through uint64, err error) {
	for began := time.Now(); ; {
		if w.inbox == nil {
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

// request is a stretch that was asked for, as far as it was answered.
type request struct {
	number   int // of its answers
	from     uint64
	placed   []events.Placed
	through  uint64 // the last position that it covers; lower than from if the log has nothing to offer from there
	answered bool   // in full
}

// ask requests the stretch from a position, and some of those that follow it if
// they are likely to begin where they should. Of others that are under way
// nothing is awaited any more.
func (w *walk) ask(from uint64) error {
	ahead := 1
	if w.whole {
		ahead = inFlight
	}
	if len(w.awaited) > 0 && w.awaited[0].from != from {
		w.awaited = nil
	}
	if len(w.awaited) > 0 {
		from = w.awaited[len(w.awaited)-1].from + stretch
	}
	for ; len(w.awaited) < ahead && from <= w.last; from += stretch {
		w.asked++
		if err := w.inbox.ask(w.asked, fmt.Appendf(nil, `{"seq":%d,"batch":%d,"max_bytes":%d,"no_hdr":%t}`, from, stretch, stretchBytes, w.bare)); err != nil {
			return err
		}
		w.awaited = append(w.awaited, &request{number: w.asked, from: from})
	}
	return nil
}

// take returns the stretch from a position and the last position it covers,
// which is lower than from if the log has nothing to offer from there.
func (w *walk) take(ctx context.Context, from uint64) (placed []events.Placed, through uint64, err error) {
	if err := w.ask(from); err != nil {
		return nil, 0, err
	}
	r := w.awaited[0]
	for !r.answered {
		number, m, err := w.inbox.await(ctx)
		if err != nil {
			return nil, 0, err
		}
		at := slices.IndexFunc(w.awaited, func(d *request) bool { return d.number == number })
		if at < 0 {
			continue // nobody waits for it any more
		}
		if err := w.awaited[at].answer(m, w.bare); err != nil {
			return nil, 0, err
		}
	}
	w.awaited = w.awaited[1:]
	w.whole = r.through == from+stretch-1
	return r.placed, r.through, nil
}

// answer takes in one message of what a request is answered with.
func (r *request) answer(m *nats.Msg, bare bool) (err error) {
	switch status := m.Header.Get("Status"); status {
	case "":
		p := events.Placed{Position: r.from + uint64(len(r.placed)), Stored: m.Data}
		if !bare {
			p.Aggregate = aggregateOf(m.Header.Get("Nats-Subject"))
			if p.Position, err = strconv.ParseUint(m.Header.Get("Nats-Sequence"), 10, 64); err != nil {
				return unavailable("the log cannot be read", err)
			}
		}
		r.placed = append(r.placed, p)
	case "404":
		r.answered = true
	case "204": // the end of the stretch
		r.answered = true
		if r.through, err = strconv.ParseUint(m.Header.Get("Nats-Last-Sequence"), 10, 64); err != nil {
			return unavailable("the log cannot be read", err)
		}
		if bare && r.through != r.from+uint64(len(r.placed))-1 { // it stepped over something
			r.placed, r.through = nil, 0
		}
	default:
		return unavailable("the log cannot be read", errors.New(status+" "+m.Header.Get("Description")))
	}
	return nil
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
