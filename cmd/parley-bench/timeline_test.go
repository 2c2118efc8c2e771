package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/adapters/natslog"
	"parley/adapters/storedir"
	"parley/domain/calendar"
	"parley/events"
)

// some cases of two LMCs, enough for every ending.
func fewCases(t *testing.T, n int) *timeline {
	t.Helper()
	w, err := newWorld(filepath.Join("..", ".."), 2)
	if err != nil {
		t.Fatal(err)
	}
	return size{"few", "a few", n}.history(w, calendar.On(2026, time.November, 22))
}

func TestEveryCaseIsToldWhole(t *testing.T) {
	line := fewCases(t, 60)
	next := make([]int, len(line.cases))
	mixed, before := 0, -1
	var day calendar.Date
	err := line.tell(t.Context(), func(on calendar.Date, i, n int, facts []events.Fact) error {
		if on.Before(day) {
			t.Errorf("%s comes after %s", on, day)
		}
		day = on
		if next[i] != n {
			t.Errorf("commit %d of case %d comes where %d is due", n, i, next[i])
		}
		next[i]++
		if i != before {
			mixed++
		}
		before = i
		for _, f := range line.facts(i, facts) {
			for _, text := range events.Texts(f.Event) {
				if strings.HasPrefix(text, "Z9900") {
					t.Errorf("%T of case %d still has the practice that stood in: %s", f.Event, i, text)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range next {
		if n != commits {
			t.Errorf("case %d, which ends %d, has %d commits", i, line.cases[i].how, n)
		}
	}
	if mixed < 10*len(line.cases) {
		t.Errorf("the cases come one after another: only %d times another follows", mixed)
	}
	if !day.Before(calendar.On(2026, time.November, 22)) {
		t.Errorf("the last commit is of %s", day)
	}
}

func TestEndings(t *testing.T) {
	var seen [3]int
	for _, c := range fewCases(t, 60).cases {
		seen[c.how]++
	}
	for how, n := range seen {
		if n == 0 {
			t.Errorf("no case ends as %d", how)
		}
	}
}

func TestWrittenStoreIsSound(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "parley")
	d, err := storedir.Create(t.Context(), dir, storedir.Identity{LMC: "Bench", Code: ownCode, Actor: "bench"}, storedir.Claim{Command: "test"})
	if err != nil {
		t.Fatal(err)
	}
	last, err := write(t.Context(), d, fewCases(t, 120))
	if err = errors.Join(err, d.SetMark(last), d.Close()); err != nil {
		t.Fatal(err)
	}
	report, err := audit(t.Context(), dir, last)
	if err != nil {
		t.Fatal(err)
	}
	if want := 1 + 120*(commits+1); report.Commits != want {
		t.Errorf("%d commits, and not %d", report.Commits, want)
	}

	// A copy for the raw server has the same, and goes its own way.
	other := filepath.Join(t.TempDir(), "raw")
	if err := twin(filepath.Join(dir, "jetstream"), filepath.Join(other, "jetstream")); err != nil {
		t.Fatal(err)
	}
	r, err := startRaw(other, true)
	if err != nil {
		t.Fatal(err)
	}
	defer r.stop()
	if n, err := r.consume(t.Context(), ""); err != nil || n != report.Commits {
		t.Errorf("the copy has %d messages: %v", n, err)
	}
	if err := r.publish(t.Context(), lines("test", 1)[0], []byte("{}")); err != nil {
		t.Error(err)
	}
	if again, err := audit(t.Context(), dir, last); err != nil || again.Commits != report.Commits {
		t.Errorf("what was appended to the copy is in the store: %d commits, %v", again.Commits, err)
	}
}

// A store that is not as its mark says is not taken for sound.
func TestAuditFails(t *testing.T) {
	r, err := startRaw(t.TempDir(), true)
	if err != nil {
		t.Fatal(err)
	}
	defer r.stop()
	log, err := natslog.Open(t.Context(), r.conn, natslog.Guard{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := walk(t.Context(), log, storedir.Mark{Position: 3, Hash: events.Hash{1}}); !errors.Is(err, events.ErrDamaged) {
		t.Errorf("a log without what it is known to hold: %v", err)
	}
}

func TestNoRoom(t *testing.T) {
	b := &bench{progress: io.Discard, root: filepath.Join("..", "..")}
	dir := t.TempDir()
	huge := size{"huge", "Huge", 1}
	if err := huge.room(dir); err != nil {
		t.Skip("there is no room for one case: ", err)
	}
	huge.n = 1 << 50 / commits / onDisk * 16
	if err := huge.room(dir); !errors.Is(err, errNoRoom) || !strings.Contains(err.Error(), "Huge needs") {
		t.Errorf("room for %d cases: %v", huge.n, err)
	}
	if _, err := b.stock(cancelled(t), dir, size{"one", "One", 1}); err == nil {
		t.Error("a store was made although it was to end")
	}
}

func cancelled(t *testing.T) context.Context {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
