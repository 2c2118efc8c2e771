// Package logtest is the contract of an event log, as a test that every log passes.
//
// A log's own test calls Run with a function that makes an empty one. What only
// one sort of log can do, such as survive a bad disk, is for its own tests.
package logtest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"parley/domain/calendar"
	"parley/domain/casework"
	"parley/events"
)

// Log is what a log offers: the Desk's port, and the walk over all of it that
// views and audits need.
type Log interface {
	casework.Log
	Scan(ctx context.Context, after uint64, f func(events.Recorded) error) error
	ScanStored(ctx context.Context, after uint64, f func(events.Placed) error) (uint64, error)
}

// Run tests that the logs that make returns, each empty, keep the contract.
func Run(t *testing.T, make func(t *testing.T) Log) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, Log){
		"an empty log":                       empty,
		"what is appended is read":           appended,
		"reading after a position":           readAfter,
		"a conflict leaves nothing":          conflict,
		"aggregates are independent":         independent,
		"a command is recorded once":         sameCommand,
		"a command may touch two aggregates": twoAggregates,
		"commits of two megabytes":           large,
		"a cancelled context":                cancelled,
		"a scan from the middle":             scanMiddle,
		"a scan stops when it is told to":    scanStops,
		"a long scan":                        scanLong,
		"an audit of a sound log":            audit,
		"sixteen writers on one aggregate":   writersOnOne,
		"sixteen writers on many aggregates": writersOnMany,
	} {
		t.Run(name, func(t *testing.T) { test(t, make(t)) })
	}
}

// Next returns a note by actor that follows r; the zero Recorded is no commit.
func Next(t testing.TB, a events.Aggregate, r events.Recorded, actor, text string) events.Sealed {
	t.Helper()
	id, err := uuid.NewV7()
	if err != nil {
		t.Fatal(err)
	}
	c, err := events.Seal(events.Commit{
		Command: id, Aggregate: a, Version: r.Version + 1, Actor: actor,
		RecordedAt: time.Date(2026, 11, 22, 9, 0, r.Version, 0, time.UTC), Previous: r.Hash,
		Facts: []events.Fact{{On: calendar.On(2026, 11, 20), Event: events.NoteAdded{Text: text}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Fill appends n notes to a, which must be empty, and returns them.
func Fill(t testing.TB, l casework.Log, a events.Aggregate, n int, text string) events.History {
	t.Helper()
	var h events.History
	var last events.Recorded
	for range n {
		c := Next(t, a, last, "filler", text)
		position, err := l.Append(t.Context(), c, last.Position)
		if err != nil {
			t.Fatal(err)
		}
		last = events.Recorded{Commit: c.Commit, Position: position}
		h = append(h, last)
	}
	return h
}

func empty(t *testing.T, l Log) {
	for _, after := range []uint64{0, 7} {
		if h, err := l.Read(t.Context(), events.Case("GLO-26-0001"), after); err != nil || len(h) != 0 {
			t.Errorf("after %d: %v, %v", after, h, err)
		}
	}
	if got := scan(t, l, 0); len(got) != 0 {
		t.Errorf("a scan found %v", got)
	}
}

func appended(t *testing.T, l Log) {
	a := events.Case("GLO-26-0001")
	want := Fill(t, l, a, 5, "a note")
	same(t, read(t, l, a, 0), want)
	same(t, scan(t, l, 0), want)
	for i := 1; i < len(want); i++ {
		if want[i].Position <= want[i-1].Position {
			t.Errorf("position %d after %d", want[i].Position, want[i-1].Position)
		}
	}
	note, ok := read(t, l, a, 0)[2].Facts[0].Event.(events.NoteAdded)
	if !ok || note.Text != "a note" {
		t.Errorf("the third event is %v", note)
	}
}

func readAfter(t *testing.T, l Log) {
	a, b := events.Case("GLO-26-0001"), events.Case("GLO-26-0002")
	mine := Fill(t, l, a, 3, "mine")
	theirs := Fill(t, l, b, 2, "theirs")
	same(t, read(t, l, a, mine[0].Position), mine[1:])
	same(t, read(t, l, a, mine[2].Position), nil)
	same(t, read(t, l, b, mine[1].Position), theirs)
	same(t, read(t, l, b, 1000), nil)
}

func conflict(t *testing.T, l Log) {
	a := events.Case("GLO-26-0001")
	h := Fill(t, l, a, 2, "a note")
	for _, expect := range []uint64{0, h[0].Position, h[1].Position + 1, 99} {
		_, err := l.Append(t.Context(), Next(t, a, h[1], "late", "lost"), expect)
		if !errors.Is(err, casework.ErrConflict) {
			t.Errorf("expecting %d: %v", expect, err)
		}
	}
	if _, err := l.Append(t.Context(), Next(t, events.Case("GLO-26-0002"), events.Recorded{}, "late", "lost"), h[1].Position); !errors.Is(err, casework.ErrConflict) {
		t.Errorf("on an aggregate without commits: %v", err)
	}
	same(t, scan(t, l, 0), h)
}

func independent(t *testing.T, l Log) {
	var all events.History
	last := map[events.Aggregate]events.Recorded{}
	lines := []events.Aggregate{events.Case("GLO-26-0001"), events.Case("GLO-26-00011"), events.Register("GLO-26"), events.Directory()}
	for i := range 12 {
		a := lines[i%len(lines)]
		c := Next(t, a, last[a], "filler", "a note")
		position, err := l.Append(t.Context(), c, last[a].Position)
		if err != nil {
			t.Fatal(err)
		}
		last[a] = events.Recorded{Commit: c.Commit, Position: position}
		all = append(all, last[a])
	}
	for i, a := range lines {
		same(t, read(t, l, a, 0), events.History{all[i], all[i+4], all[i+8]})
	}
	same(t, scan(t, l, 0), all)
}

func sameCommand(t *testing.T, l Log) {
	a := events.Case("GLO-26-0001")
	first := Next(t, a, events.Recorded{}, "x", "a note")
	position, err := l.Append(t.Context(), first, 0)
	if err != nil {
		t.Fatal(err)
	}
	stored := events.Recorded{Commit: first.Commit, Position: position}
	again, err := l.Append(t.Context(), first, 0)
	if !errors.Is(err, casework.ErrConflict) && again != position {
		t.Errorf("the same commit once more: %d, %v", again, err)
	}
	other := Next(t, a, stored, "x", "another note").Commit
	other.Command = first.Command
	sealed, err := events.Seal(other)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(t.Context(), sealed, position); !errors.Is(err, casework.ErrConflict) {
		t.Errorf("another commit of the same command: %v", err)
	}
	same(t, read(t, l, a, 0), events.History{stored})
}

func twoAggregates(t *testing.T, l Log) {
	first := Next(t, events.Register("GLO-26"), events.Recorded{}, "x", "a number")
	second := Next(t, events.Case("GLO-26-0001"), events.Recorded{}, "x", "a case").Commit
	second.Command = first.Command
	sealed, err := events.Seal(second)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []events.Sealed{first, sealed} {
		if _, err := l.Append(t.Context(), c, 0); err != nil {
			t.Fatal(err)
		}
		if h := read(t, l, c.Aggregate, 0); len(h) != 1 || h[0].Hash != c.Hash {
			t.Errorf("%s has %v", c.Aggregate, h)
		}
	}
}

func large(t *testing.T, l Log) {
	a := events.Directory()
	want := Fill(t, l, a, 2, strings.Repeat("practice ", 200_000))
	same(t, read(t, l, a, 0), want)
	same(t, scan(t, l, 0), want)
}

func cancelled(t *testing.T, l Log) {
	a := events.Case("GLO-26-0001")
	h := Fill(t, l, a, 3, "a note")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := l.Append(ctx, Next(t, a, h[2], "x", "lost"), h[2].Position); !errors.Is(err, context.Canceled) {
		t.Errorf("append: %v", err)
	}
	if _, err := l.Read(ctx, a, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("read: %v", err)
	}
	if err := l.Scan(ctx, 0, func(events.Recorded) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("scan: %v", err)
	}
	same(t, read(t, l, a, 0), h)
}

func scanMiddle(t *testing.T, l Log) {
	h := Fill(t, l, events.Case("GLO-26-0001"), 9, "a note")
	for i, r := range h {
		same(t, scan(t, l, r.Position), h[i+1:])
	}
	same(t, scan(t, l, 1000), nil)
}

func scanStops(t *testing.T, l Log) {
	Fill(t, l, events.Case("GLO-26-0001"), 9, "a note")
	enough, n := errors.New("enough"), 0
	err := l.Scan(t.Context(), 0, func(events.Recorded) error {
		if n++; n == 4 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || n != 4 {
		t.Errorf("stopped after %d with %v", n, err)
	}
}

func scanLong(t *testing.T, l Log) {
	h := Fill(t, l, events.Case("GLO-26-0001"), 1100, "a note")
	same(t, scan(t, l, 0), h)
	same(t, read(t, l, h[0].Aggregate, 0), h)
}

func audit(t *testing.T, l Log) {
	Fill(t, l, events.Case("GLO-26-0001"), 4, "a note")
	Fill(t, l, events.Case("GLO-26-0002"), 3, "a note")
	if r := Audit(t, l); !r.OK() || r.Commits != 7 || r.Facts != 7 || r.Aggregates != 2 || r.Last != 7 {
		t.Errorf("the audit says %+v", r)
	}
}

// Audit walks all of l and returns what it found.
func Audit(t testing.TB, l Log) events.Report {
	t.Helper()
	a := events.NewAudit()
	last, err := l.ScanStored(t.Context(), 0, func(p events.Placed) error {
		a.Next(p)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return a.Report(last)
}

func writersOnOne(t *testing.T, l Log) {
	const writers, each = 16, 8
	a := events.Case("GLO-26-0001")
	var mu sync.Mutex
	acknowledged := map[uint64]events.Sealed{}
	together(writers, func(w int) {
		var last events.Recorded
		for done := 0; done < each; {
			h, err := l.Read(t.Context(), a, last.Position)
			if err != nil {
				t.Errorf("writer %d: %v", w, err)
				return
			}
			if len(h) > 0 {
				last = h[len(h)-1]
			}
			c := Next(t, a, last, fmt.Sprintf("writer %d", w), "a note")
			position, err := l.Append(t.Context(), c, last.Position)
			if errors.Is(err, casework.ErrConflict) {
				continue
			}
			if err != nil {
				t.Errorf("writer %d: %v", w, err)
				return
			}
			done++
			mu.Lock()
			if earlier, twice := acknowledged[position]; twice {
				t.Errorf("position %d went to %s and to %s", position, earlier.Actor, c.Actor)
			}
			acknowledged[position] = c
			mu.Unlock()
		}
	})
	h := read(t, l, a, 0)
	if len(h) != writers*each || len(acknowledged) != len(h) {
		t.Fatalf("%d commits stored, %d acknowledged, %d wanted", len(h), len(acknowledged), writers*each)
	}
	for _, r := range h { // Read has checked that each follows from the one before
		if c := acknowledged[r.Position]; c.Hash != r.Hash {
			t.Errorf("position %d has a commit by %s, and was acknowledged to %s", r.Position, r.Actor, c.Actor)
		}
	}
}

func writersOnMany(t *testing.T, l Log) {
	const writers, each = 16, 8
	filled := make([]events.History, writers)
	line := func(w int) events.Aggregate { return events.Case(fmt.Sprintf("GLO-26-%04d", w+1)) }
	together(writers, func(w int) { filled[w] = Fill(t, l, line(w), each, "a note") })
	for w, want := range filled {
		same(t, read(t, l, line(w), 0), want)
	}
	if r := Audit(t, l); !r.OK() || r.Commits != writers*each {
		t.Errorf("the audit says %+v", r)
	}
}

// together runs f for 0 to n-1 at once and waits for all.
func together(n int, f func(int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { f(i) })
	}
	all.Wait()
}

func read(t *testing.T, l Log, a events.Aggregate, after uint64) events.History {
	t.Helper()
	h, err := l.Read(t.Context(), a, after)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func scan(t *testing.T, l Log, after uint64) events.History {
	t.Helper()
	var h events.History
	if err := l.Scan(t.Context(), after, func(r events.Recorded) error {
		h = append(h, r)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return h
}

// same compares what tells commits apart: position, version and hash.
func same(t *testing.T, got, want events.History) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%d commits, not %d", len(got), len(want))
		return
	}
	for i := range got {
		if got[i].Position != want[i].Position || got[i].Version != want[i].Version || got[i].Hash != want[i].Hash {
			t.Errorf("commit %d is %s version %d at %d, not %s version %d at %d", i,
				got[i].Aggregate, got[i].Version, got[i].Position, want[i].Aggregate, want[i].Version, want[i].Position)
			return
		}
	}
}
