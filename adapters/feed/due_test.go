package feed

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"parley/adapters/logtest/sample"
	"parley/domain/calendar"
	"parley/domain/directory"
	"parley/events"
	"parley/projections/docket"
)

// today returns the office's day, and what its views know of holidays and bodies.
func (o *office) today() docket.Day {
	o.t.Helper()
	known, err := o.v.Calendar(o.w.t.Context())
	if err != nil {
		o.t.Fatal(err)
	}
	bodies, err := o.v.Bodies(o.w.t.Context(), nil)
	if err != nil {
		o.t.Fatal(err)
	}
	return docket.Day{Today: calendar.At(o.now, time.UTC), Calendar: known, Bodies: bodies}
}

// asked compares what is due with what the documents say.
func (o *office) asked(queries ...docket.Query) {
	o.t.Helper()
	var failed error
	docs := slices.Collect(o.v.Docket.All(o.w.t.Context(), &failed))
	for _, q := range queries {
		q.Day = o.today()
		got, err := o.v.Due(o.w.t.Context(), q)
		want, refused := docket.List(slices.Values(docs), q)
		if err != nil || refused != nil || failed != nil {
			o.t.Fatal(err, refused, failed)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateComparable(calendar.Date{})); diff != "" {
			o.t.Fatalf("%+v (-documents +kept):\n%s", q, diff)
		}
	}
}

// Whatever is recorded of cases, of the calendar and of commissioners, and
// however days go by: what is kept says the same as the documents.
func TestWhatIsDueIsKeptAsTheDocumentsHaveIt(t *testing.T) {
	dir, n := t.TempDir(), 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		path := filepath.Join(dir, fmt.Sprintf("views%d.db", n%20))
		_ = os.Remove(path)
		o := newOffice(rt, newWorld(t), path)
		defer closed(t, o.v)
		queries := []docket.Query{
			{},
			{Overdue: true},
			{Within: calendar.Period{N: 14, Unit: calendar.Days}},
			{Within: calendar.Period{N: 5, Unit: calendar.WorkingDays}, Owner: events.ICB},
			{All: true},
			{Ref: o.ref},
			{Ref: "GLO-26-9999"},
		}
		commands := rapid.IntRange(4, 14).Draw(rt, "commands")
		kept := rapid.IntRange(0, commands-1).Draw(rt, "kept from")
		for i := range commands {
			if i == kept {
				if err := o.v.KeepDue(t.Context(), o.today()); err != nil {
					rt.Fatal(err)
				}
			}
			switch rapid.IntRange(0, 9).Draw(rt, "beside") {
			case 0:
				if _, err := o.desk.UpdateDirectory(t.Context(), directory.AbolishCommissioner{ICB: "QR1", LastDay: o.today().Today, Successors: []string{"QUY"}}, o.by()); err != nil {
					rt.Logf("refused: %v", err)
				}
			case 1:
				if err := o.v.afresh(os.ErrInvalid); err != nil {
					rt.Fatal(err)
				}
			}
			o.draw()
			catchUp(t, o.v)
			o.asked(queries...)
			o.now = o.now.Add(time.Duration(rapid.IntRange(0, 10*24).Draw(rt, "hours later")) * time.Hour)
		}
	})
}

// People ask, some of them on another day, while facts are recorded: what was
// taken in before they asked they are told of.
func TestWhatIsDueIsKeptWhilePeopleAsk(t *testing.T) {
	w := newWorld(t).small()
	v := open1(t, inTemp(t), w.log)
	defer closed(t, v)
	day := docket.Day{Today: sample.Day("2026-11-02"), Calendar: calendar.Builtin()}
	if err := v.KeepDue(t.Context(), day); err != nil {
		t.Fatal(err)
	}
	catchUp(t, v)
	var asking sync.WaitGroup
	defer asking.Wait()
	before, err := v.Due(t.Context(), docket.Query{Day: day})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		w.tell(events.Case("GLO-26-0002"), sample.Fact("2026-11-02", events.DeadlineSet{
			Deadline: fmt.Sprintf("D%d.1", i+2), Rule: "foi-respond", Owner: events.ICB, Trigger: sample.Day("2026-11-02"),
		}))
		catchUp(t, v)
		asking.Go(func() {
			q := docket.Query{Day: day}
			q.Today = day.Today.AddDays(i % 3)
			if rows, err := v.Due(t.Context(), q); err != nil || len(rows) < len(before)+i+1 {
				t.Errorf("after %d more: %d rows, and %d before, %v", i+1, len(rows), len(before), err)
			}
		})
	}
}

// Whoever asks while what is due is being gone through waits for that, for as long
// as they have patience, and is answered from the documents where it fails.
func TestWhoAsksWhatIsDueWaitsUntilItIsKept(t *testing.T) {
	w := newWorld(t).small()
	v := open1(t, inTemp(t), w.log)
	defer closed(t, v)
	catchUp(t, v)
	q := docket.Query{Day: docket.Day{Today: sample.Day("2026-11-02"), Calendar: calendar.Builtin()}}
	want, err := v.Due(t.Context(), q)
	if err != nil || len(want) == 0 || v.KeepsDue() {
		t.Fatalf("%d rows, kept: %t, %v", len(want), v.KeepsDue(), err)
	}
	for name, fails := range map[string]bool{"kept": false, "not kept": true} {
		keeping, stop := context.WithCancel(t.Context())
		defer stop()
		v.catching.Lock() // it cannot begin
		kept := make(chan error, 1)
		go func() { kept <- v.KeepDue(keeping, q.Day) }()
		for v.due.Load() == nil {
			runtime.Gosched()
		}
		hasty, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := v.Due(hasty, q); !errors.Is(err, context.Canceled) || v.KeepsDue() {
			t.Errorf("%s: in haste: %v", name, err)
		}
		if all, err := v.Due(t.Context(), docket.Query{Day: q.Day, All: true}); err != nil || len(all) < len(want) {
			t.Errorf("%s: all, which are not kept: %d rows, %v", name, len(all), err)
		}
		rows := make(chan []*docket.Row, 1)
		go func() {
			got, err := v.Due(t.Context(), q)
			if err != nil {
				t.Error(err)
			}
			rows <- got
		}()
		if fails {
			stop()
		}
		v.catching.Unlock()
		if got := <-rows; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %d rows, and from the documents %d", name, len(got), len(want))
		}
		if err := <-kept; (err != nil) != fails || v.KeepsDue() == fails {
			t.Errorf("%s: %v, kept: %t", name, err, v.KeepsDue())
		}
		v.due.Store(nil)
	}
}
