package feed

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"parley/adapters/logtest/sample"
	"parley/adapters/memlog"
	"parley/domain/negotiation"
	"parley/events"
	"parley/projections/status"
)

func TestViewsHoldWhatTheLogSays(t *testing.T) {
	w := newWorld(t).small()
	v := open1(t, inTemp(t), w.log)
	defer closed(t, v)
	if len(dump(t, v)) != 0 {
		t.Error("documents before anything was taken in")
	}
	catchUp(t, v)
	if v.Position() != 28 {
		t.Errorf("position %d", v.Position())
	}
	w.agrees(v)
	if n := len(dump(t, v)); n != 10 {
		t.Errorf("%d documents: %v", n, sortedKeys(dump(t, v)))
	}
	if _, found, err := v.Cases.Get(t.Context(), "GLO-26-0009"); found || err != nil {
		t.Errorf("a case that is not there: %t, %v", found, err)
	}
	if len(v.Repairs()) != 0 {
		t.Errorf("repairs: %v", v.Repairs())
	}
}

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

func TestNothingNewWritesNothing(t *testing.T) {
	w, path := newWorld(t).small(), inTemp(t)
	v := open1(t, path, w.log)
	catchUp(t, v)
	closed(t, v)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	v = open1(t, path, w.log)
	catchUp(t, v)
	if err := v.CatchUp(t.Context(), 28); err != nil {
		t.Error(err)
	}
	dump(t, v)
	closed(t, v)
	if after, err := os.ReadFile(path); err != nil || !cmp.Equal(before, after) {
		t.Errorf("the file was written to (%v)", err)
	}
}

func TestTheReachedPositionIsNotReadAgain(t *testing.T) {
	w := newWorld(t).small()
	scans := 0
	v := open1(t, inTemp(t), sourceFunc{w.log, func(ctx context.Context, after uint64, f func(events.Recorded) error) error {
		scans++
		return w.log.Scan(ctx, after, f)
	}})
	defer closed(t, v)
	for range 3 {
		if err := v.CatchUp(t.Context(), 28); err != nil {
			t.Fatal(err)
		}
	}
	if scans != 1 {
		t.Errorf("%d scans", scans)
	}
}

// sourceFunc is a log with another way of scanning.
type sourceFunc struct {
	*memlog.Log
	scan func(context.Context, uint64, func(events.Recorded) error) error
}

func (s sourceFunc) Scan(ctx context.Context, after uint64, f func(events.Recorded) error) error {
	return s.scan(ctx, after, f)
}

func TestAPositionThatIsNeverReached(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t).small()
		v := open1(t, inTemp(t), w.log)
		defer closed(t, v)
		if err := v.CatchUp(t.Context(), 29); !errors.Is(err, ErrBehind) {
			t.Errorf("%v", err)
		}
		if v.Position() != 28 {
			t.Errorf("position %d", v.Position())
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := v.CatchUp(ctx, 29); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
}

func TestALogThatLagsIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t).small()
		scans := 0
		v := open1(t, inTemp(t), sourceFunc{w.log, func(ctx context.Context, after uint64, f func(events.Recorded) error) error {
			scans++
			return w.log.Scan(ctx, after, func(r events.Recorded) error {
				if scans < 3 && r.Position > 20 {
					return nil
				}
				return f(r)
			})
		}})
		defer closed(t, v)
		if err := v.CatchUp(t.Context(), 28); err != nil {
			t.Fatal(err)
		}
		w.agrees(v)
	})
}

func TestOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // it waits for some seconds
		w, path := newWorld(t), inTemp(t)
		v := open1(t, path, w.log)
		if second, err := OpenViews(path, w.log); !errors.Is(err, ErrHeld) {
			t.Errorf("%v, %v", second, err)
		}
		closed(t, v)
		closed(t, open1(t, path, w.log))
	})
}

func TestAFolderThatIsNotThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "no", "views.db")
	if _, err := OpenViews(path, memlog.New()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestClosedViewsSaySo(t *testing.T) {
	v := open1(t, inTemp(t), newWorld(t).small().log)
	catchUp(t, v)
	closed(t, v)
	closed(t, v)
	if _, _, err := v.Cases.Get(t.Context(), "GLO-26-0001"); !errors.Is(err, ErrClosed) {
		t.Errorf("Get: %v", err)
	}
	if err := v.CatchUp(t.Context(), 99); !errors.Is(err, ErrClosed) {
		t.Errorf("CatchUp: %v", err)
	}
	var failed error
	for range v.Cases.All(t.Context(), &failed) {
		t.Error("a document")
	}
	if !errors.Is(failed, ErrClosed) {
		t.Errorf("All: %v", failed)
	}
}

func TestTwoViewsOfOneName(t *testing.T) {
	def := View[negotiation.Casefile]{Name: "cases", Version: 1, Kind: events.KindCase, Apply: status.ApplyCase}
	if _, err := Open(inTemp(t), memlog.New(), New(def), New(def)); err == nil {
		t.Error("they were opened")
	}
}

func TestManyReadersWhileTheViewsCatchUp(t *testing.T) {
	w := newWorld(t).small()
	for range 300 { // more than one chunk
		w.tell(events.Case("GLO-26-0002"), sample.Fact("2026-11-02", events.NoteAdded{Text: "a note"}))
	}
	v := open1(t, inTemp(t), w.log)
	defer closed(t, v)
	v.full = func(commits, _ int) bool { return commits >= 10 }
	v.give(0)
	var readers sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		readers.Go(func() {
			for last := 0; ; {
				select {
				case <-stop:
					return
				default:
				}
				file, _, err := v.Case(context.Background(), "GLO-26-0002")
				if err != nil || file.Version < last {
					t.Errorf("version %d after %d: %v", file.Version, last, err)
					return
				}
				last = file.Version
				var failed error
				for range v.Docket.All(context.Background(), &failed) {
					if _, _, err := v.Practices.Get(context.Background(), "L84001"); err != nil {
						t.Error(err)
					}
				}
				if failed != nil {
					t.Error(failed)
				}
			}
		})
	}
	for _, r := range w.after(0) {
		err := v.Take(t.Context(), r)
		if r.Position%50 == 0 {
			err = errors.Join(err, v.Write(t.Context()))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	readers.Wait()
	w.agrees(v)
}

func TestLongListsComeInChunks(t *testing.T) {
	w := newWorld(t)
	var facts []events.Fact
	want := 2*chunk + 3
	codes, _ := sample.Practices(want)
	for _, code := range codes {
		facts = append(facts, listed(code))
	}
	w.tell(events.Directory(), facts...)
	v := open1(t, inTemp(t), w.log)
	defer closed(t, v)
	catchUp(t, v)
	w.agrees(v)
	var failed error
	n := 0
	for range v.Practices.All(t.Context(), &failed) {
		if n++; n == chunk+1 {
			break
		}
	}
	if n != chunk+1 || failed != nil {
		t.Errorf("%d, %v", n, failed)
	}
}
