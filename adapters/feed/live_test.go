package feed

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"
	"pgregory.net/rapid"

	"parley/adapters/logtest/sample"
	"parley/events"
	"parley/projections/docket"
)

// However the log comes, and however the views are cut off, written, killed,
// closed and opened again in between, they hold what the log says, and tell it to
// those who follow them. What they gave out stays as it was.
func TestAnyWayOfCatchingUpComesToTheSame(t *testing.T) {
	dir := t.TempDir()
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		path := filepath.Join(dir, "views"+string(rune('a'+n%20))+".db")
		_ = os.Remove(path)
		w := newWorld(t)
		source := &badSource{Log: w.log}
		open := func() (*Views, reflected) {
			v := open1(t, path, source)
			v.batch = rapid.IntRange(1, 6).Draw(rt, "commits at once")
			flush := rapid.IntRange(1, 20).Draw(rt, "commits until they are written")
			v.full = func(commits, _ int) bool { return commits >= flush }
			v.give(rapid.SampledFrom([]int{0, 1000, 1 << 20}).Draw(rt, "room"))
			return v, followed(t, v)
		}
		v, told := open()
		defer func() { closed(t, v) }()
		var out givenOut
		for range rapid.IntRange(1, 12).Draw(rt, "steps") {
			for range rapid.IntRange(0, 6).Draw(rt, "commits") {
				w.drawCommit(rt)
			}
			source.back = uint64(rapid.IntRange(0, 8).Draw(rt, "back"))
			source.cut = rapid.IntRange(0, 9).Draw(rt, "cut")
			var err error
			if news := w.after(v.Position()); rapid.Bool().Draw(rt, "by hand") && len(news) > 0 {
				err = v.Take(context.Background(), rapid.SampledFrom(news).Draw(rt, "commit"))
			} else {
				err = v.CatchUp(context.Background(), 0)
			}
			if err != nil && !errors.Is(err, errCut) {
				rt.Fatal(err)
			}
			w.agrees(v)
			told.agree(t, v)
			out.add(t, v)
			switch rapid.SampledFrom([]string{"go on", "go on", "write", "close", "kill"}).Draw(rt, "then") {
			case "write":
				if err := v.Write(context.Background()); err != nil || v.Written() != v.Position() {
					rt.Fatalf("written up to %d of %d: %v", v.Written(), v.Position(), err)
				}
			case "close":
				reached := v.Position()
				closed(t, v)
				if v, told = open(); v.Position() != reached {
					rt.Fatalf("position %d of %d", v.Position(), reached)
				}
			case "kill":
				written := v.Written()
				killed(t, v)
				if v, told = open(); v.Position() != written {
					rt.Fatalf("position %d of %d", v.Position(), written)
				}
			}
			w.agrees(v)
			told.agree(t, v)
		}
		source.cut = 0
		catchUp(t, v)
		if reached, _ := w.log.ScanStored(context.Background(), 0, func(events.Placed) error { return nil }); v.Position() != reached {
			rt.Fatalf("position %d of %d", v.Position(), reached)
		}
		w.agrees(v)
		out.check(t)
		if len(v.Repairs()) != 0 {
			rt.Fatalf("repairs: %v", v.Repairs())
		}
	})
}

// givenOut is documents that views gave out, and what they were then.
type givenOut struct {
	docs []any
	were []string
}

func (g *givenOut) add(t testing.TB, v *Views) {
	t.Helper()
	giveOut(t, g, v.Cases, "GLO-26-0001")
	giveOut(t, g, v.Docket, "GLO-26-0001")
	giveOut(t, g, v.Registers, "GLO-26")
	giveOut(t, g, v.Practices, "L84001")
	giveOut(t, g, v.Almanac, events.Calendar().ID)
	giveOut(t, g, v.AlertLog, "GLO-26-0001")
	giveOut(t, g, v.AlertPolicy, events.AlertPolicy().ID)
}

func giveOut[D any](t testing.TB, g *givenOut, d *Documents[D], key string) {
	t.Helper()
	doc, found, err := d.Get(context.Background(), key)
	if err != nil {
		t.Fatal(err)
	}
	if found {
		g.docs, g.were = append(g.docs, doc), append(g.were, asJSON(t, doc))
	}
}

func (g *givenOut) check(t testing.TB) {
	t.Helper()
	for i, doc := range g.docs {
		if diff := cmp.Diff(g.were[i], asJSON(t, doc)); diff != "" {
			t.Fatalf("a document was changed after it was given out:\n%s", diff)
		}
	}
}

func TestViewsAreWrittenWhenTheyAreToldToBe(t *testing.T) {
	w, path := newWorld(t).small(), inTemp(t)
	v := open1(t, path, w.log)
	catchUp(t, v)
	if v.Position() != 28 || v.Written() != 0 {
		t.Errorf("position %d, written up to %d", v.Position(), v.Written())
	}
	if err := v.Write(t.Context()); err != nil || v.Written() != 28 {
		t.Errorf("written up to %d: %v", v.Written(), err)
	}
	before, err := os.ReadFile(path)
	if err == nil {
		err = v.Write(t.Context())
	}
	if after, _ := os.ReadFile(path); err != nil || !cmp.Equal(before, after) {
		t.Errorf("nothing new was written (%v)", err)
	}
	w.tell(events.Case("GLO-26-0002"), sample.Fact("2026-11-02", events.NoteAdded{Text: "a note"}))
	catchUp(t, v)
	w.agrees(v)
	killed(t, v)
	v = open1(t, path, w.log)
	if v.Position() != 28 {
		t.Errorf("position %d", v.Position())
	}
	w.agrees(v)
	catchUp(t, v)
	w.agrees(v)
	closed(t, v)
	v = open1(t, path, w.log)
	defer closed(t, v)
	if v.Position() != 29 || len(v.Repairs()) != 0 {
		t.Errorf("position %d, repairs %v", v.Position(), v.Repairs())
	}
	w.agrees(v)
}

func TestMuchIsWrittenAtOnce(t *testing.T) {
	w := newWorld(t)
	for range many {
		w.tell(events.Directory(), listed("L84001"))
	}
	v := open1(t, inTemp(t), w.log)
	defer closed(t, v)
	if catchUp(t, v); v.Written() != many {
		t.Errorf("written up to %d", v.Written())
	}
	w.agrees(v)
}

func TestACommitThatIsTakenNeedNotBeRead(t *testing.T) {
	w := newWorld(t).small()
	scans := 0
	v := open1(t, inTemp(t), sourceFunc{w.log, func(ctx context.Context, after uint64, f func(events.Recorded) error) error {
		scans++
		return w.log.Scan(ctx, after, f)
	}})
	all := w.after(0)
	for _, r := range append(all[:20:20], all[3], all[19]) { // some twice
		if err := v.Take(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if w.agrees(v); v.Position() != 20 || scans != 0 {
		t.Errorf("position %d, %d scans", v.Position(), scans)
	}
	if err := v.Take(t.Context(), all[25]); err != nil { // the ones before it are missing
		t.Fatal(err)
	}
	if w.agrees(v); v.Position() != 28 || scans != 1 {
		t.Errorf("position %d, %d scans", v.Position(), scans)
	}
	if closed(t, v); !errors.Is(v.Take(t.Context(), all[27]), ErrClosed) {
		t.Error("closed views take a commit")
	}
}

// A commit that one view cannot take in is seen in none.
func TestNoViewIsAheadOfAnother(t *testing.T) {
	w := newWorld(t).small()
	v := open1(t, inTemp(t), w.log)
	defer closed(t, v)
	catchUp(t, v)
	told := followed(t, v)
	sound, broken := v.Docket.def.Apply, errors.New("broken")
	v.Docket.def.Apply = func(docket.Doc, events.Recorded) (docket.Doc, error) { return docket.Doc{}, broken }
	w.tell(events.Directory(), listed("L84003"))
	w.tell(events.Case("GLO-26-0001"), sample.Fact("2026-11-02", events.NoteAdded{Text: "a note"}))
	if err := v.CatchUp(t.Context(), 0); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	w.agrees(v)
	told.agree(t, v)
	v.Docket.def.Apply = sound
	catchUp(t, v)
	w.agrees(v)
	told.agree(t, v)
}

// unwritable has v write to a file that nobody may write to, until the func that
// it returns is called.
func unwritable(t *testing.T, v *Views) (writable func()) {
	t.Helper()
	swap := func(options *bbolt.Options) {
		if err := v.db.Close(); err != nil {
			t.Fatal(err)
		}
		db, err := bbolt.Open(v.path, 0o600, options)
		if err != nil {
			t.Fatal(err)
		}
		v.db = db
	}
	swap(&bbolt.Options{OpenFile: func(name string, _ int, _ os.FileMode) (*os.File, error) { return os.Open(name) }})
	return func() { swap(nil) }
}

// What cannot be written can be read: nobody is refused what the views have taken
// in because the disk is full.
func TestWhatCannotBeWrittenIsTakenInAllTheSame(t *testing.T) {
	w := newWorld(t).small()
	v := open1(t, inTemp(t), w.log)
	defer closed(t, v)
	catchUp(t, v)
	if err := v.Write(t.Context()); err != nil {
		t.Fatal(err)
	}
	writable := unwritable(t, v)
	v.full = func(int, int) bool { return true }
	note := w.note("GLO-26-0001")
	if err := v.Take(t.Context(), note); err != nil || v.Position() != note.Position {
		t.Errorf("position %d of %d: %v", v.Position(), note.Position, err)
	}
	at := w.note("GLO-26-0001").Position
	if err := v.CatchUp(t.Context(), at); err != nil || v.Position() != at {
		t.Errorf("position %d of %d: %v", v.Position(), at, err)
	}
	v.full = func(int, int) bool { return false }
	for range many {
		w.tell(events.Directory(), listed("L84001"))
	}
	if err := v.CatchUp(t.Context(), 0); err != nil || v.Position() != at+many {
		t.Errorf("position %d of %d: %v", v.Position(), at+many, err)
	}
	w.agrees(v)
	if err := v.Write(t.Context()); !errors.Is(err, ErrUnwritable) || v.Written() != 28 {
		t.Errorf("written up to %d: %v", v.Written(), err)
	}
	writable()
	if err := v.Write(t.Context()); err != nil || v.Written() != at+many {
		t.Errorf("written up to %d: %v", v.Written(), err)
	}
	w.agrees(v)
}

// Views are not given up because their file cannot grow.
func TestAFileThatCannotGrowIsNotUnreadable(t *testing.T) {
	w := newWorld(t).small()
	v := open1(t, inTemp(t), w.log)
	defer closed(t, v)
	catchUp(t, v)
	if err := v.Write(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.listing(2000)
	catchUp(t, v)
	writable := unwritable(t, v)
	if err := v.Write(t.Context()); !errors.Is(err, ErrUnwritable) || len(v.Repairs()) != 0 {
		t.Errorf("%v, repairs %v", err, v.Repairs())
	}
	w.agrees(v)
	writable()
}
