package natslog

import (
	"context"
	"errors"
	"runtime"
	"sync"

	"parley/events"
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
// The log is fetched stretch by stretch, the next few while f works on the last.
// That is about as fast as a consumer, has none to set up or to stall, and
// leaves no doubt about what is missing.
func (l *Log) stretches(ctx context.Context, after, last uint64, bare bool, f func([]events.Placed) error, absent func(uint64) error) error {
	if after >= last {
		return nil
	}
	w := &walk{log: l, bare: bare, last: last}
	defer w.end()
	for next := after + 1; next <= last; {
		placed, through, err := w.takeIn(ctx, next)
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
