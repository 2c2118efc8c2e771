package casework_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"parley/domain/casework"
	"parley/events"
)

// fault is what goes wrong with an append.
type fault int

const (
	none    fault = iota
	taken         // ErrConflict: somebody else was first
	lost          // ErrUncertain, and nothing was stored
	unheard       // ErrUncertain, and it was stored
	broken        // another error, and nothing was stored
)

var errBroken = errors.New("the disk is full")

// testLog keeps the stored form of each commit and decodes it on every read.
// The two hooks, where they are set, make it fail.
type testLog struct {
	onAppend func(events.Sealed) fault
	onRead   func(events.Aggregate) error

	mu      sync.Mutex
	last    uint64
	stored  map[events.Aggregate][]placed
	reads   atomic.Int64
	appends atomic.Int64
}

type placed struct {
	position uint64
	stored   []byte
}

func (l *testLog) Read(ctx context.Context, a events.Aggregate, after uint64) (events.History, error) {
	l.reads.Add(1)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if l.onRead != nil {
		if err := l.onRead(a); err != nil {
			return nil, err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var h events.History
	for _, p := range l.stored[a] {
		if p.position <= after {
			continue
		}
		c, err := events.Decode(p.stored)
		if err != nil {
			return nil, err
		}
		h = append(h, events.Recorded{Commit: c, Position: p.position})
	}
	return h, nil
}

func (l *testLog) Append(ctx context.Context, c events.Sealed, expect uint64) (uint64, error) {
	l.appends.Add(1)
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	var goesWrong fault
	if l.onAppend != nil {
		goesWrong = l.onAppend(c)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var at uint64
	if line := l.stored[c.Aggregate]; len(line) > 0 {
		at = line[len(line)-1].position
	}
	switch {
	case goesWrong == broken:
		return 0, errBroken
	case goesWrong == lost:
		return 0, fmt.Errorf("no answer: %w", casework.ErrUncertain)
	case goesWrong == taken || at != expect:
		return 0, fmt.Errorf("the last stands at %d: %w", at, casework.ErrConflict)
	}
	if l.stored == nil {
		l.stored = map[events.Aggregate][]placed{}
	}
	l.last += 3 // positions of a log have gaps: other aggregates stand between
	l.stored[c.Aggregate] = append(l.stored[c.Aggregate], placed{l.last, append([]byte(nil), c.Stored...)})
	if goesWrong == unheard {
		return 0, fmt.Errorf("no answer: %w", casework.ErrUncertain)
	}
	return l.last, nil
}

// once returns a hook that lets the first commit of this kind of aggregate go
// wrong and nothing after it.
func once(kind events.Kind, f fault) func(events.Sealed) fault {
	var done atomic.Bool
	return func(c events.Sealed) fault {
		if c.Aggregate.Kind == kind && done.CompareAndSwap(false, true) {
			return f
		}
		return none
	}
}

// history reads what the log holds of an aggregate, and checks its chain.
func (l *testLog) history(t testing.TB, a events.Aggregate) events.History {
	t.Helper()
	h, err := (&testLog{stored: l.stored}).Read(context.Background(), a, 0)
	if err != nil {
		t.Fatal(err)
	}
	var head events.Head
	for i, r := range h {
		before := head.RecordedAt
		if err := head.Advance(r); err != nil {
			t.Fatal(err)
		}
		if r.RecordedAt.Before(before) {
			t.Errorf("version %d was recorded before version %d", i+1, i)
		}
	}
	if len(head.Commands) != len(h) {
		t.Errorf("%d commits of %s came of %d commands", len(h), a, len(head.Commands))
	}
	return h
}
