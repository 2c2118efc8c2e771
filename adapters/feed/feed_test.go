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
	if n := len(dump(t, v)); n != 8 {
		t.Errorf("%d documents: %v", n, sortedKeys(dump(t, v)))
	}
	if _, found, err := v.Cases.Get(t.Context(), "GLO-26-0009"); found || err != nil {
		t.Errorf("a case that is not there: %t, %v", found, err)
	}
	if len(v.Repairs()) != 0 {
		t.Errorf("repairs: %v", v.Repairs())
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
