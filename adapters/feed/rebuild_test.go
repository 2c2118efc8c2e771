package feed

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"parley/adapters/logtest/sample"
	"parley/domain/calendar"
	"parley/events"
	"parley/projections/docket"
)

// Whoever was shown something is not told afterwards that it is not there, because
// views are being grown again or because that was cut off.
func TestViewsThatAreRebuiltAreWaitedFor(t *testing.T) {
	w := newWorld(t).small()
	codes, _ := sample.Practices(2*chunk + 3)
	var facts []events.Fact
	for _, code := range codes {
		facts = append(facts, listed(code))
	}
	w.tell(events.Directory(), append(facts, sample.Fact("2027-04-01", events.CommissionerEstablished{ICB: "A1B2C", Name: "NHS Severn"}))...)
	source := &badSource{Log: w.log}
	v := open1(t, inTemp(t), source)
	defer closed(t, v)
	catchUp(t, v)
	day := docket.Day{Today: sample.Day("2026-11-02"), Calendar: calendar.Builtin()}
	if err := v.KeepDue(t.Context(), day); err != nil {
		t.Fatal(err)
	}
	due, err := v.Due(t.Context(), docket.Query{Day: day})
	if err != nil || len(due) == 0 {
		t.Fatal(due, err)
	}
	ctx := t.Context()
	for what, asks := range map[string]func() bool{
		"a case": func() bool {
			_, found, err := v.Case(ctx, "GLO-26-0001")
			return found && err == nil
		},
		"what is due": func() bool {
			rows, err := v.Due(ctx, docket.Query{Day: day})
			return len(rows) == len(due) && err == nil
		},
		"bodies": func() bool {
			known, err := v.Bodies(ctx, nil)
			_, missing := known.Commissioner("A1B2C", sample.Day("2027-04-01"))
			return missing == nil && err == nil
		},
	} {
		if err := v.afresh(os.ErrInvalid); err != nil {
			t.Fatal(err)
		}
		source.cut = 3
		if err := v.CatchUp(ctx, 0); !errors.Is(err, errCut) {
			t.Fatal(err)
		}
		if asks() {
			t.Errorf("%s: it is answered from part of the log", what)
		}
		if source.cut = 0; !asks() {
			t.Errorf("%s: it is not there", what)
		}
	}
	var failed error
	n := 0
	for range v.Practices.Keys(ctx, &failed) {
		if n++; n == 1 {
			if err := v.afresh(os.ErrInvalid); err != nil {
				t.Fatal(err)
			}
		}
	}
	if failed != nil || n < len(codes) {
		t.Errorf("%d practices of %d: %v", n, len(codes), failed)
	}
	w.agrees(v)
}

func TestPeopleAskWhileViewsAreRebuilt(t *testing.T) {
	w := newWorld(t).small()
	v := open1(t, inTemp(t), w.log)
	defer closed(t, v)
	catchUp(t, v)
	day := docket.Day{Today: sample.Day("2026-11-02"), Calendar: calendar.Builtin()}
	if err := v.KeepDue(t.Context(), day); err != nil {
		t.Fatal(err)
	}
	due, err := v.Due(t.Context(), docket.Query{Day: day})
	if err != nil {
		t.Fatal(err)
	}
	var asking sync.WaitGroup
	defer asking.Wait()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	for range 3 {
		asking.Go(func() {
			for ctx.Err() == nil {
				file, found, err := v.Case(t.Context(), "GLO-26-0001")
				rows, wrong := v.Due(t.Context(), docket.Query{Day: day})
				if !found || file.Version != 23 || len(rows) != len(due) || err != nil || wrong != nil {
					t.Errorf("version %d, %d rows of %d: %v, %v", file.Version, len(rows), len(due), err, wrong)
					return
				}
			}
		})
	}
	for range 20 {
		v.catching.Lock()
		err := v.afresh(os.ErrInvalid)
		v.catching.Unlock()
		if err != nil {
			t.Fatal(err)
		}
		catchUp(t, v)
	}
}

// Where there is no room for another file, it is begun as soon as there is.
func TestAFileThatCannotBeBegunAfreshIsTriedAgain(t *testing.T) {
	w := newWorld(t).small()
	folder := filepath.Join(t.TempDir(), "store")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	v := open1(t, filepath.Join(folder, "views.db"), w.log)
	defer closed(t, v)
	catchUp(t, v)
	for what, again := range map[string]func() error{
		"reading": func() error {
			_, _, err := v.Case(t.Context(), "GLO-26-0009")
			return err
		},
		"writing": func() error {
			w.tell(events.Case("GLO-26-0002"), sample.Fact("2026-11-02", events.NoteAdded{Text: "a note"}))
			return errors.Join(v.CatchUp(t.Context(), 0), v.Write(t.Context()))
		},
	} {
		if err := v.Write(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(folder, folder+".away"); err != nil {
			t.Fatal(err)
		}
		if err := v.afresh(os.ErrInvalid); !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if err := again(); err == nil {
			t.Errorf("%s without a file", what)
		}
		if err := os.Rename(folder+".away", folder); err != nil {
			t.Fatal(err)
		}
		if err := again(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		w.agrees(v)
	}
}
