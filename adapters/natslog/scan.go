package natslog

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"sync"
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

	// stall is how long a scan waits for the next commit before it gives up.
	stall = 10 * time.Second
)

// Scan calls f with every commit after a position, up to the last there is when
// it is called, in order. It stops at the first error: f's own, or one that
// wraps events.ErrDamaged or events.ErrNewer and names the position.
func (l *Log) Scan(ctx context.Context, after uint64, f func(events.Recorded) error) error {
	last, err := l.scanEnd(ctx)
	if err != nil {
		return err
	}
	scan := &due{log: l, next: after + 1, f: f}
	// One stretch is decoded while f works on the one before.
	ahead := make(chan []decoded, 1)
	ahead <- nil
	err = l.stretches(ctx, after, last, true, func(stretch []events.Placed) error {
		before := <-ahead
		go func() { ahead <- decodeAll(stretch) }()
		return scan.hand(ctx, before)
	}, func(position uint64) error {
		if err := scan.hand(ctx, <-ahead); err != nil { // what stands before it comes first
			return err
		}
		return missing(position)
	})
	if err != nil {
		return err
	}
	return scan.hand(ctx, <-ahead)
}

// due is how far a scan has come.
type due struct {
	log  *Log
	next uint64 // the position that is due
	f    func(events.Recorded) error
}

// hand hands decoded commits to the scan's f, if they are what is due.
func (s *due) hand(ctx context.Context, all []decoded) error {
	for _, d := range all {
		switch {
		case d.recorded.Position != s.next:
			return missing(s.next)
		case d.err != nil:
			return d.err
		}
		s.next++
		s.log.saw(Mark{d.recorded.Position, d.recorded.Hash})
		if err := s.f(d.recorded); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// decoded is what reading one commit came to.
type decoded struct {
	recorded events.Recorded
	err      error
}

// few is how many commits are not worth sharing out among processors.
const few = 32

// decodeAll reads commits, on all processors if there are many of them: that
// takes longer than fetching them.
func decodeAll(stretch []events.Placed) []decoded {
	all := make([]decoded, len(stretch))
	each := func(from, step int) {
		for i := from; i < len(stretch); i += step {
			r, err := decode(stretch[i].Position, stretch[i].Stored)
			r.Position = stretch[i].Position
			all[i] = decoded{r, err}
		}
	}
	if len(stretch) <= few {
		each(0, 1)
		return all
	}
	var workers sync.WaitGroup
	n := runtime.GOMAXPROCS(0)
	for from := range n {
		workers.Go(func() { each(from, n) })
	}
	workers.Wait()
	return all
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
	return last, l.stretches(ctx, after, last, false, func(stretch []events.Placed) error {
		for _, p := range stretch {
			if err := f(p); err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		return nil
	}, func(uint64) error { return nil })
}

// scanEnd returns the position at which a scan that begins now ends.
func (l *Log) scanEnd(ctx context.Context) (uint64, error) {
	ctx, cancel := l.limited(ctx)
	defer cancel()
	state, err := l.state(ctx)
	return state.LastSeq, err
}

// stretches calls f with what stands after one position up to another, a
// stretch at a time, in order, and absent with a position that cannot be read,
// which it goes on past unless that is an error. bare leaves the headers out, which is faster by half but tells no aggregate.
//
// The log is fetched stretch by stretch, the next while f works on the last.
// That is about as fast as a consumer, has none to set up or to stall, and
// leaves no doubt about what is missing.
func (l *Log) stretches(ctx context.Context, after, last uint64, bare bool, f func([]events.Placed) error, absent func(uint64) error) error {
	if after >= last {
		return nil
	}
	w := &walk{log: l, inbox: l.nc.NewRespInbox(), bare: bare, answers: make(chan *nats.Msg, 2*stretch+2)}
	sub, err := l.nc.ChanSubscribe(w.inbox, w.answers)
	if err != nil {
		return unavailable("the log cannot be read", err)
	}
	defer func() { _ = sub.Unsubscribe() }() // fails only with the connection
	for next := after + 1; next <= last; {
		placed, through, err := w.take(ctx, next)
		if err != nil {
			return err
		}
		if through < next { // nothing to be had here
			if placed, err = w.single(ctx, next, absent); err != nil {
				return err
			}
			through = next
		}
		if next = through + 1; next <= last {
			if err := w.ask(next); err != nil {
				return err
			}
		}
		for len(placed) > 0 && placed[len(placed)-1].Position > last {
			placed = placed[:len(placed)-1]
		}
		if err := f(placed); err != nil {
			return err
		}
	}
	return nil
}

// walk is a scan under way.
type walk struct {
	log     *Log
	inbox   string
	bare    bool
	asked   uint64 // the position from which a stretch is on its way; 0: none is
	answers chan *nats.Msg
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
	late := time.NewTimer(stall)
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
