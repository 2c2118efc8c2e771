package feed

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"

	"parley/adapters/logtest/sample"
	"parley/domain/negotiation"
	"parley/events"
	"parley/projections/docket"
	"parley/projections/status"
)

// written returns a file of views that has taken the world in, and its bytes.
func written(t *testing.T, w *world) (string, []byte) {
	t.Helper()
	path := inTemp(t)
	v := open1(t, path, w.log)
	catchUp(t, v)
	closed(t, v)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, data
}

func overwrite(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestAFileThatIsNotOneIsPutAside(t *testing.T) {
	w := newWorld(t).small()
	path, data := written(t, w)
	for name, content := range map[string][]byte{
		"text":                  []byte(strings.Repeat("this is no database\n", 1000)),
		"one byte":              {0},
		"zeros":                 make([]byte, len(data)),
		"cut off after a page":  data[:os.Getpagesize()],
		"cut off after 2 pages": data[:2*os.Getpagesize()],
		"cut off in the middle": data[:len(bytes.TrimRight(data, "\x00"))/2], // what follows is spare
	} {
		t.Run(name, func(t *testing.T) {
			overwrite(t, path, content)
			v := open1(t, path, w.log)
			defer closed(t, v)
			catchUp(t, v)
			w.agrees(v)
			repairs := v.Repairs()
			if len(repairs) != 1 || !errors.Is(repairs[0].Why, ErrUnreadable) {
				t.Fatalf("repairs: %v", repairs)
			}
			if aside, err := os.ReadFile(repairs[0].Aside); err != nil || !cmp.Equal(aside, content) {
				t.Errorf("what was put aside is not what was there (%v)", err)
			}
		})
	}
}

// Whatever byte of the file changes, nothing wrong is ever read from it, and
// nothing is missed.
func TestADamagedByteIsNoticed(t *testing.T) {
	w := newWorld(t).small()
	codes, _ := sample.Practices(120) // so that there are pages of pages
	var facts []events.Fact
	for _, code := range codes {
		facts = append(facts, listed(code))
	}
	w.tell(events.Directory(), facts...)
	path, data := written(t, w)
	want, pages := w.expect(29), len(data)/os.Getpagesize()
	random := rand.New(rand.NewPCG(1, 2))
	repaired := 0
	for round := range 80 {
		damaged := append([]byte(nil), data...)
		at := random.IntN(len(damaged))
		if round%2 == 0 { // where pages say what they hold
			at = random.IntN(pages)*os.Getpagesize() + random.IntN(200)
		}
		damaged[at] ^= byte(1 + random.IntN(255))
		overwrite(t, path, damaged)
		v := open1(t, path, w.log)
		catchUp(t, v)
		if diff := cmp.Diff(want, dump(t, v)); diff != "" || v.Position() != 29 {
			t.Fatalf("byte %d, position %d (-log +views):\n%s", at, v.Position(), diff)
		}
		repaired += len(v.Repairs())
		closed(t, v)
	}
	if repaired == 0 {
		t.Error("no damage was found at all")
	}
}

func TestDamageThatIsMetWhileWritingIsPutRight(t *testing.T) {
	w := newWorld(t).small()
	path, data := written(t, w)
	random := rand.New(rand.NewPCG(3, 4))
	for range 40 {
		damaged := append([]byte(nil), data...)
		for range 50 {
			damaged[2*os.Getpagesize()+random.IntN(len(damaged)-2*os.Getpagesize())] ^= 0xff
		}
		overwrite(t, path, damaged)
		v := open1(t, path, w.log)
		w.tell(events.Case("GLO-26-0001"), sample.Fact("2026-11-02", events.NoteAdded{Text: "one more"}))
		catchUp(t, v)
		if random.IntN(2) == 0 {
			if err := v.Write(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		dump(t, v)
		w.agrees(v)
		closed(t, v)
		v = open1(t, path, w.log)
		catchUp(t, v)
		w.agrees(v)
		closed(t, v)
	}
}

func TestADocumentThatIsDamagedIsPutRightWhenItIsRead(t *testing.T) {
	w := newWorld(t).small()
	path, data := written(t, w)
	at := strings.Index(string(data), `"title":"Bloods for hospitals"`)
	damaged := append([]byte(nil), data...)
	damaged[at+10] = 'F'
	overwrite(t, path, damaged)
	v := open1(t, path, w.log)
	defer closed(t, v)
	for _, ref := range []string{"GLO-26-0001", "GLO-26-0002"} {
		file, found, err := v.Case(t.Context(), ref)
		if doc, there, err := v.Docket.Get(t.Context(), ref); err != nil || !there || doc.Title != file.Case.Title || doc.Title[0] == 'F' {
			t.Errorf("the docket has %q (%v)", doc.Title, err)
		}
		if err != nil || !found {
			t.Errorf("%s: %t, %v", ref, found, err)
		}
	}
	if len(v.Repairs()) != 1 {
		t.Errorf("repairs: %v", v.Repairs())
	}
	w.agrees(v)
}

func TestALogThatIsShorterIsDamage(t *testing.T) {
	long, short := newWorld(t).small(), newWorld(t)
	path, before := written(t, long)
	for _, length := range []uint64{0, 1, 7, 27} {
		for uint64(len(short.after(0))) < length {
			short.copyNext(long)
		}
		v := open1(t, path, short.log)
		err := v.CatchUp(t.Context(), 0)
		var ahead *Ahead
		if !errors.As(err, &ahead) || !errors.Is(err, ErrAhead) || !errors.Is(err, events.ErrDamaged) || ahead.Views != 28 || ahead.Log != length {
			t.Errorf("%d commits left: %v", length, err)
		}
		if len(v.Repairs()) != 0 {
			t.Errorf("repairs: %v", v.Repairs())
		}
		closed(t, v)
	}
	if after, err := os.ReadFile(path); err != nil || !cmp.Equal(before, after) {
		t.Errorf("the views were changed (%v)", err)
	}
	v := open1(t, path, long.log)
	defer closed(t, v)
	catchUp(t, v)
	long.agrees(v)
}

// A log that loses commits is found out by what readers have been shown, though
// it was not written.
func TestALogThatGetsShorterWhileViewsAreOpenIsDamage(t *testing.T) {
	w := newWorld(t).small()
	end := uint64(28)
	v := open1(t, inTemp(t), sourceFunc{w.log, func(ctx context.Context, after uint64, f func(events.Recorded) error) error {
		return w.log.Scan(ctx, after, func(r events.Recorded) error {
			if r.Position > end {
				return nil
			}
			return f(r)
		})
	}})
	defer closed(t, v)
	catchUp(t, v)
	end = 26
	err := v.CatchUp(t.Context(), 0)
	var ahead *Ahead
	if !errors.As(err, &ahead) || ahead.Views != 28 || ahead.Log != 26 || v.Written() != 0 {
		t.Errorf("%v, written up to %d", err, v.Written())
	}
}

// copyNext appends the commit of from that w lacks.
func (w *world) copyNext(from *world) {
	w.t.Helper()
	w.take(from.after(0)[len(w.after(0)):][:1])
}

func TestAnotherLogInItsPlaceRebuildsTheViews(t *testing.T) {
	path, _ := written(t, newWorld(t).small())
	other := newWorld(t)
	for n := range 28 {
		ref := fmt.Sprintf("AVO-26-%04d", n%3)
		other.tell(events.Case(ref), sample.Fact("2026-11-02", events.CaseOpened{Ref: ref, Title: fmt.Sprint(n)}))
	}
	for range 2 { // as long as the first, then longer
		v := open1(t, path, other.log)
		catchUp(t, v)
		other.agrees(v)
		if n := len(v.Repairs()); n != 8 && v.Position() == 28 || n != 0 && v.Position() > 28 {
			t.Errorf("repairs: %v", v.Repairs())
		}
		closed(t, v)
		other.tell(events.Case("AVO-26-0000"), sample.Fact("2026-11-02", events.NoteAdded{Text: "more"}))
	}
}

func TestAChangedVersionRebuildsThatViewAlone(t *testing.T) {
	w, path := newWorld(t).small(), inTemp(t)
	var mu sync.Mutex // views grow side by side
	applied := map[string]int{}
	count := func(view string) {
		mu.Lock()
		defer mu.Unlock()
		applied[view]++
	}
	open := func(cases, due int) (*Feed, *Documents[negotiation.Casefile], *Documents[docket.Doc]) {
		clear(applied)
		files := New(View[negotiation.Casefile]{Name: "cases", Version: cases, Kind: events.KindCase, Apply: func(f negotiation.Casefile, r events.Recorded) (negotiation.Casefile, error) {
			count("cases")
			return status.ApplyCase(f, r)
		}})
		docs := New(View[docket.Doc]{Name: "docket", Version: due, Kind: events.KindCase, Apply: func(d docket.Doc, r events.Recorded) (docket.Doc, error) {
			count("docket")
			d, err := docket.Apply(d, r)
			d.Title = fmt.Sprintf("version %d", due)
			return d, err
		}})
		f, err := Open(path, w.log, files, docs)
		if err != nil {
			t.Fatal(err)
		}
		return f, files, docs
	}
	for _, step := range []struct{ cases, docket int }{{1, 1}, {1, 2}, {1, 2}, {1, 1}} {
		f, files, docs := open(step.cases, step.docket)
		if err := f.CatchUp(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		doc, _, err := docs.Get(t.Context(), "GLO-26-0001")
		if err != nil || doc.Title != fmt.Sprintf("version %d", step.docket) {
			t.Errorf("%v: %q, %v", step, doc.Title, err)
		}
		if file, _, err := files.Get(t.Context(), "GLO-26-0001"); err != nil || file.Version != 23 {
			t.Errorf("%v: %+v, %v", step, file.Head, err)
		}
		if len(f.Repairs()) != 0 {
			t.Errorf("%v: repairs: %v", step, f.Repairs())
		}
		t.Log(step, applied)
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	open1, _, _ := open(1, 1)
	if err := open1.CatchUp(t.Context(), 0); err != nil || len(applied) != 0 {
		t.Errorf("applied again: %v, %v", applied, err)
	}
	if err := open1.Close(); err != nil {
		t.Fatal(err)
	}
	rebuilt, _, _ := open(1, 3)
	defer func() { _ = rebuilt.Close() }()
	if err := rebuilt.CatchUp(t.Context(), 0); err != nil || applied["cases"] != 0 || applied["docket"] == 0 {
		t.Errorf("applied: %v, %v", applied, err)
	}
}

func TestAViewOfAnEarlierVersionIsNotRead(t *testing.T) {
	w := newWorld(t).small()
	path, _ := written(t, w)
	docs := New(View[string]{Name: docket.Name, Version: docket.Version + 1, Kind: events.KindCase, Apply: func(d string, _ events.Recorded) (string, error) { return d, nil }})
	f, err := Open(path, w.log, docs)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	if doc, found, err := docs.Get(t.Context(), "GLO-26-0001"); found || err != nil {
		t.Errorf("%q, %t, %v", doc, found, err)
	}
}

func TestAGapInTheLogIsDamage(t *testing.T) {
	w := newWorld(t).small()
	v := open1(t, inTemp(t), sourceFunc{w.log, func(ctx context.Context, after uint64, f func(events.Recorded) error) error {
		return w.log.Scan(ctx, after, func(r events.Recorded) error {
			if r.Aggregate == events.Case("GLO-26-0001") && r.Version == 5 {
				return nil
			}
			return f(r)
		})
	}})
	defer closed(t, v)
	err := v.CatchUp(t.Context(), 0)
	if !errors.Is(err, events.ErrDamaged) || !strings.Contains(err.Error(), "position 8") {
		t.Errorf("%v", err)
	}
	if v.Position() != 0 || len(v.Repairs()) != 0 {
		t.Errorf("position %d, repairs %v", v.Position(), v.Repairs())
	}
}

func TestAViewThatMissedACommitIsRebuilt(t *testing.T) {
	w := newWorld(t)
	told := sample.Collective(t, "GLO-26-0001", 2)
	w.take(told[:9])
	skip := true
	source := sourceFunc{w.log, func(ctx context.Context, after uint64, f func(events.Recorded) error) error {
		return w.log.Scan(ctx, after, func(r events.Recorded) error {
			if skip && r.Version > 6 {
				r.Aggregate = events.Case("GLO-26-0002") // the commits are mistaken for another's
				r.Version -= 6
				r.Previous = events.Hash{}
				if r.Version > 1 {
					r.Previous = told[r.Version+4].Hash
				}
			}
			return f(r)
		})
	}}
	v := open1(t, inTemp(t), source)
	defer closed(t, v)
	catchUp(t, v)
	skip = false
	w.take(told[9:])
	catchUp(t, v)
	w.agrees(v)
	if n := len(v.Repairs()); n != 2 { // cases and docket
		t.Errorf("repairs: %v", v.Repairs())
	}
}

func TestADocumentThatIsGoneIsMissedByLists(t *testing.T) {
	w := newWorld(t).small()
	path, _ := written(t, w)
	v := open1(t, path, w.log)
	defer closed(t, v)
	err := v.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket([]byte("documents/docket")).Delete([]byte("GLO-26-0001")) })
	if err != nil {
		t.Fatal(err)
	}
	var failed error
	n := 0
	for range v.Docket.All(t.Context(), &failed) {
		n++
	}
	if n != 2 || failed != nil || len(v.Repairs()) != 1 {
		t.Errorf("%d documents, %v, repairs %v", n, failed, v.Repairs())
	}
	w.agrees(v)
}
