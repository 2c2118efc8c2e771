package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parley/adapters/rpc"
	"parley/adapters/storedir"
	"parley/events"
)

// What the office of a store answers those who look after its log.

var _ rpc.Keeping = (*localOffice)(nil)

// End implements rpc.Office.
func (o *localOffice) End(ctx context.Context) (rpc.End, error) {
	last, err := o.log.Last(ctx)
	if err != nil {
		return rpc.End{}, err
	}
	end := rpc.End{Position: last.Position, Hash: last.Hash}
	if o.server != nil {
		end.Bytes, err = o.dir.LogBytes()
	}
	return end, err
}

// ScanStored implements rpc.Office.
func (o *localOffice) ScanStored(ctx context.Context, after uint64, f func(events.Placed) error) (uint64, error) {
	return o.log.ScanStored(ctx, after, f)
}

// NoteBackup implements rpc.Office. What a client says that is not likely is not
// looked into: the note is for doctor alone.
func (o *localOffice) NoteBackup(_ context.Context, b rpc.Backup) error {
	return o.dir.NoteBackup(storedir.Backup(b))
}

// Verify implements rpc.Office.
func (o *localOffice) Verify(ctx context.Context, from rpc.Since) (events.Report, error) {
	r, err := o.auditSince(ctx, from)
	if o.found != nil {
		o.found(r.Err())
	}
	return r, err
}

// auditSince walks the log from there on. The first commit of each line that it
// meets is tied to what was recorded of that line before, which is read for it.
func (s *store) auditSince(ctx context.Context, from rpc.Since) (events.Report, error) {
	if from == (rpc.Since{}) {
		return s.audit(ctx)
	}
	first, err := s.first(ctx, from)
	if err != nil {
		return events.Report{}, err
	}
	var failed error
	audit := events.NewAudit()
	audit.After(first-1, func(of events.Aggregate) (events.History, error) {
		h, err := s.log.Read(ctx, of, 0)
		if err != nil && !errors.Is(err, events.ErrDamaged) && !errors.Is(err, events.ErrNewer) {
			failed = err
			return nil, nil
		}
		n := 0
		for n < len(h) && h[n].Position < first {
			n++
		}
		return h[:n], err
	})
	r, err := s.auditFrom(ctx, audit, first-1)
	return r, also(failed, err)
}

// first returns the position to begin with. Of a time that is where the clock
// had come so far, which for all but a clock that was set back is the first
// commit that was recorded then or later.
func (s *store) first(ctx context.Context, from rpc.Since) (uint64, error) {
	end, err := s.log.Last(ctx)
	if err != nil {
		return 0, err
	}
	first := from.Position
	if first == 0 {
		low, high := uint64(1), end.Position+1 // the first is at low or later, and not after high
		for low < high && err == nil {
			middle := low + (high-low)/2
			var at time.Time
			if at, err = s.recordedAt(ctx, middle); at.Before(from.Time) {
				low = middle + 1
			} else {
				high = middle
			}
		}
		first = low
	}
	if err == nil && first > end.Position {
		err = fmt.Errorf("%w: the log ends at position %d", rpc.ErrNothingSince, end.Position)
	}
	return first, err
}

// recordedAt returns when the commit was recorded that stands at a position, or
// the first after it that reads.
func (s *store) recordedAt(ctx context.Context, position uint64) (at time.Time, err error) {
	_, err = s.log.ScanStored(ctx, position-1, func(p events.Placed) error {
		c, err := events.Decode(p.Stored)
		if err != nil {
			return nil // the walk will name it
		}
		at = c.RecordedAt
		return errFetched
	})
	if errors.Is(err, errFetched) {
		err = nil
	}
	return at, err
}
