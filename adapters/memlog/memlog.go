// Package memlog is the event log in memory: for tests, for rehearsing a
// command, and for whatever need not outlive the process.
//
// It keeps the stored form of each commit and reads it as the log on disk does,
// so that what passes here has been through the codec. It loses everything when
// the process ends.
package memlog

import (
	"context"
	"fmt"
	"sync"

	"github.com/google/uuid"

	"parley/domain/casework"
	"parley/events"
)

// Log is a log in memory. The zero Log is empty and ready. It is safe for
// concurrent use.
type Log struct {
	mu     sync.RWMutex
	placed []events.Placed // by position - 1
	lines  map[events.Aggregate]*line
}

// line is one aggregate's part of the log.
type line struct {
	positions []uint64
	commands  map[uuid.UUID]uint64 // → position
}

// New returns an empty log.
func New() *Log { return &Log{} }

// Append stores c as casework.Log describes.
func (l *Log) Append(ctx context.Context, c events.Sealed, expect uint64) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if err := c.Aggregate.Check(); err != nil {
		return 0, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	of := l.lines[c.Aggregate]
	if of == nil {
		of = &line{commands: map[uuid.UUID]uint64{}}
	}
	if last := of.last(); expect != last {
		return 0, fmt.Errorf("%w: the last commit of %s stands at position %d", casework.ErrConflict, c.Aggregate, last)
	}
	if position, seen := of.commands[c.Command]; seen {
		return 0, fmt.Errorf("%w: command %s has been recorded at position %d", casework.ErrConflict, c.Command, position)
	}
	if l.lines == nil {
		l.lines = map[events.Aggregate]*line{}
	}
	position := uint64(len(l.placed)) + 1
	l.placed = append(l.placed, events.Placed{Position: position, Aggregate: c.Aggregate, Stored: append([]byte(nil), c.Stored...)})
	of.positions = append(of.positions, position)
	of.commands[c.Command] = position
	l.lines[c.Aggregate] = of
	return position, nil
}

// last returns the line's last position; 0 if it has none.
func (of *line) last() uint64 {
	if len(of.positions) == 0 {
		return 0
	}
	return of.positions[len(of.positions)-1]
}

// Read returns the commits of a after a position, as casework.Log describes.
func (l *Log) Read(ctx context.Context, a events.Aggregate, after uint64) (events.History, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	of := l.lines[a]
	if of == nil {
		return nil, nil
	}
	var h events.History
	for _, position := range of.positions {
		if position <= after {
			continue
		}
		r, err := decode(l.placed[position-1])
		if err != nil {
			return nil, err
		}
		switch {
		case len(h) > 0:
			err = r.Continues(h[len(h)-1].Version, h[len(h)-1].Hash)
		case after == 0:
			err = r.Continues(0, events.Hash{})
		}
		if err != nil {
			return nil, fmt.Errorf("position %d: %w", position, err)
		}
		h = append(h, r)
	}
	return h, nil
}

// Scan calls f with every commit after a position, up to the last there is when
// it is called, in order. It stops at the first error.
func (l *Log) Scan(ctx context.Context, after uint64, f func(events.Recorded) error) error {
	_, err := l.ScanStored(ctx, after, func(p events.Placed) error {
		r, err := decode(p)
		if err != nil {
			return err
		}
		return f(r)
	})
	return err
}

// ScanStored calls f with what stands at each position after one, up to the
// last there is when it is called, in order. It returns the last position.
func (l *Log) ScanStored(ctx context.Context, after uint64, f func(events.Placed) error) (uint64, error) {
	l.mu.RLock()
	placed := l.placed
	l.mu.RUnlock()
	last := uint64(len(placed))
	for position := after; position < last; position++ {
		if err := ctx.Err(); err != nil {
			return last, err
		}
		if err := f(placed[position]); err != nil {
			return last, err
		}
	}
	return last, nil
}

// decode reads what stands at a position.
func decode(p events.Placed) (events.Recorded, error) {
	c, err := events.Decode(p.Stored)
	if err != nil {
		return events.Recorded{}, fmt.Errorf("position %d: %w", p.Position, err)
	}
	return events.Recorded{Commit: c, Position: p.Position}, nil
}
