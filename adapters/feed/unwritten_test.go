package feed

import (
	"errors"
	"testing"

	"go.etcd.io/bbolt"

	"parley/adapters/logtest/sample"
	"parley/events"
)

// note appends a note to a case, and returns its commit.
func (w *world) note(ref string) events.Recorded {
	w.t.Helper()
	w.tell(events.Case(ref), sample.Fact("2026-11-02", events.NoteAdded{Text: "a note"}))
	return w.after(w.last[events.Case(ref)] - 1)[0]
}

// A transaction of which only the last forcing to disk failed stands in the file,
// though nobody was told so. What is written again is not counted twice, nor left
// uncounted.
func TestAWriteThatFailedAtTheVeryLastIsMadeAgain(t *testing.T) {
	w := newWorld(t)
	w.tell(events.Directory(), listed("L84001"))
	v := open1(t, inTemp(t), w.log)
	catchUp(t, v)
	if err := v.Write(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.tell(events.Directory(), sample.Fact("2027-04-01", events.CommissionerEstablished{ICB: "A1B2C", Name: "NHS Severn"}))
	catchUp(t, v)
	db, changed := v.changed()
	err := db.Update(func(tx *bbolt.Tx) error {
		for _, c := range changed {
			entries, err := c.entries()
			if err == nil {
				_, err = v.put(tx, c, entries)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := v.Write(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, when := range []string{"written again", "after another start"} {
		known, err := v.Bodies(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, missing := known.Commissioner("A1B2C", sample.Day("2027-04-01")); missing != nil || v.Commissioners.Count() != 1 {
			t.Errorf("%s: %v, of %d", when, missing, v.Commissioners.Count())
		}
		path := v.path
		closed(t, v)
		v = open1(t, path, w.log)
		catchUp(t, v)
		if repairs := v.Repairs(); len(repairs) > 0 {
			t.Errorf("%s: %v", when, repairs)
		}
	}
	closed(t, v)
}

// On a full disk not every commit costs an attempt to write all there is: that is
// for Write.
func TestADiskThatWasFullIsForWriteToTryAgain(t *testing.T) {
	w := newWorld(t).small()
	v := open1(t, inTemp(t), w.log)
	defer closed(t, v)
	catchUp(t, v)
	if err := v.Write(t.Context()); err != nil {
		t.Fatal(err)
	}
	v.full = func(int, int) bool { return true }
	was, writable := v.Written(), unwritable(t, v)
	take := func() {
		t.Helper()
		if err := v.Take(t.Context(), w.note("GLO-26-0001")); err != nil {
			t.Fatal(err)
		}
	}
	take()
	if err := v.Write(t.Context()); !errors.Is(err, ErrUnwritable) {
		t.Fatal(err)
	}
	writable()
	if take(); v.Written() != was {
		t.Error("a commit was written that was not Write's to try")
	}
	if err := v.Write(t.Context()); err != nil || v.Written() != v.Position() {
		t.Errorf("%v, up to %d of %d", err, v.Written(), v.Position())
	}
	if take(); v.Written() != v.Position() {
		t.Error("what is full is not written once there is room")
	}
}

// Whoever waits for what the log does not have yet keeps nobody else waiting.
func TestWhoAsksForTheFutureKeepsNobodyWaiting(t *testing.T) {
	w := newWorld(t).small()
	source := &badSource{Log: w.log}
	v := open1(t, inTemp(t), source)
	defer closed(t, v)
	catchUp(t, v)
	future := make(chan error, 1)
	go func() { future <- v.CatchUp(t.Context(), 1<<60) }()
	next := w.note("GLO-26-0001")
	for range 3 {
		if err := v.Take(t.Context(), next); err != nil {
			t.Fatal(err)
		}
		select {
		case err := <-future:
			t.Fatalf("it was waited for: %v", err)
		default:
		}
		next = w.note("GLO-26-0001")
	}
	if err := <-future; !errors.Is(err, ErrBehind) {
		t.Error(err)
	}
}

func TestGivenLessRoomACacheForgetsWhatIsTooMuch(t *testing.T) {
	var c cache[int]
	c.give(roomAtWork)
	for i := range roomAtWork>>20 + 1 { // the last makes the others the elder half
		c.keep(string(rune('a'+i)), i, 1<<20)
	}
	c.give(roomAtRest)
	held := 0
	for _, half := range []map[string]clean[int]{c.young, c.elder} {
		for _, kept := range half {
			held += kept.size
		}
	}
	if held > 2*roomAtRest {
		t.Errorf("%d MB of documents are kept, and there is room for %d", held>>20, 2*roomAtRest>>20)
	}
}
