package feed

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"parley/adapters/logtest/sample"
	"parley/domain/calendar"
	"parley/domain/casework"
	"parley/domain/deadline"
	"parley/domain/holidays"
	"parley/domain/negotiation"
	"parley/events"
	"parley/projections/docket"
)

// office is a desk over views that are kept up with what it records.
type office struct {
	t    *rapid.T
	w    *world
	v    *Views
	desk *casework.Desk
	now  time.Time
	ref  string
}

func newOffice(t *rapid.T, w *world, path string) *office {
	o := &office{t: t, w: w, v: open1(w.t, path, w.log), now: sample.Day("2026-10-01").Time().Add(9 * time.Hour)}
	o.desk = casework.New(w.log, o.v, o.v, func() time.Time { return o.now }, time.UTC)
	out, err := o.desk.Open(w.t.Context(), negotiation.OpenCase{LMC: "GLO", ICB: "QR1", Service: "ecg", Title: "ECGs"}, o.by())
	if err != nil {
		t.Fatal(err)
	}
	o.ref = out.Aggregate.ID
	return o
}

func (o *office) by() casework.Request {
	return casework.Request{Command: uuid.Must(uuid.NewV7()), Actor: "j.doe"}
}

// draw carries out a command about deadlines, or revises the calendar. What is
// refused is refused: any sequence will do.
func (o *office) draw() (accepted bool) {
	on := negotiation.Dated{On: calendar.At(o.now, time.UTC).AddDays(-rapid.IntRange(0, 6).Draw(o.t, "days ago"))}
	file, _, err := o.v.Case(o.w.t.Context(), o.ref)
	if err != nil {
		o.t.Fatal(err)
	}
	id := "D1.1"
	if clocks := file.Case.Deadlines; len(clocks) > 0 {
		id = clocks[rapid.IntRange(0, len(clocks)-1).Draw(o.t, "clock")].Deadline
	}
	until := on.On.AddDays(rapid.IntRange(0, 70).Draw(o.t, "until"))
	period := rapid.SampledFrom([]calendar.Period{{N: 20, Unit: calendar.WorkingDays}, {N: 28, Unit: calendar.Days}, {N: 3, Unit: calendar.Months}}).Draw(o.t, "period")
	what := rapid.IntRange(0, 11).Draw(o.t, "what")
	if what == 0 {
		return o.revise()
	}
	event := events.EventID{Version: rapid.IntRange(2, max(2, file.Version)).Draw(o.t, "event"), Index: 1}
	cmd := []negotiation.Command{
		negotiation.AddDeadline{Dated: on, Title: "Answer", Owner: events.ICB, Limit: deadline.Limit{Period: period}},
		negotiation.SendFOI{Dated: on, About: "spend"},
		negotiation.PauseDeadline{Dated: on, Deadline: id, Why: "x"},
		negotiation.PauseDeadline{Dated: on, Deadline: id, Until: until, Why: "x"},
		negotiation.ResumeDeadline{Dated: on, Deadline: id},
		negotiation.ExtendDeadline{Dated: on, Deadline: id, Until: until, Base: "agreed"},
		negotiation.RemoveExtension{Dated: on, Deadline: id, Why: "x"},
		negotiation.Correct{Event: event, Why: "x", Retract: true},
		negotiation.Correct{Event: event, Why: "x", Moved: on.On},
		negotiation.Close{Dated: on, Outcome: events.Withdrawn},
		negotiation.Reopen{Dated: on, Why: "x", FreshClocks: rapid.Bool().Draw(o.t, "afresh")},
	}[what-1]
	out, err := o.desk.Handle(o.w.t.Context(), o.ref, cmd, o.by())
	return err == nil && len(out.Facts) > 0
}

// revise takes in a list with a holiday more in one of the next weeks, or with none.
func (o *office) revise() bool {
	var list []calendar.Holiday
	for year := 2019; year <= 2028; year++ {
		for _, div := range calendar.Divisions() {
			list = append(list, calendar.Builtin().Holidays(div, year)...)
		}
	}
	day := calendar.At(o.now, time.UTC).AddDays(rapid.IntRange(1, 40).Draw(o.t, "holiday"))
	more := calendar.Holiday{Division: calendar.EnglandAndWales, Date: day, Title: "A day off"}
	if weekday := day.Weekday(); weekday != time.Saturday && weekday != time.Sunday && !slices.ContainsFunc(list, func(h calendar.Holiday) bool { return h.Date == day }) {
		list = append(list, more)
	}
	out, err := o.desk.UpdateCalendar(o.w.t.Context(), holidays.Import{Source: "GOV.UK", Published: calendar.At(o.now, time.UTC), Holidays: list}, o.by())
	if err != nil {
		o.t.Fatal(err)
	}
	return len(out.Facts) > 0
}

// shown returns what is said of every deadline on a day, with its working, by
// these documents and this calendar.
func (o *office) shown(docs []docket.Doc, known calendar.Calendar, day calendar.Date) []string {
	rows, err := docket.List(slices.Values(docs), docket.Query{Day: docket.Day{Today: day, Calendar: known}, All: true})
	if err != nil {
		o.t.Fatal(err)
	}
	all := []string{asJSON(o.w.t, rows)}
	for _, doc := range docs {
		for _, clock := range doc.Book {
			all = append(all, asJSON(o.w.t, clock.ResumedOn(day).Explain(known)))
		}
	}
	return all
}

// live returns what the views say, and replayed what the log does, all of it
// read afresh.
func (o *office) live(v *Views, day calendar.Date) []string {
	known, err := v.Calendar(o.w.t.Context())
	if err != nil {
		o.t.Fatal(err)
	}
	var failed error
	docs := slices.Collect(v.Docket.All(o.w.t.Context(), &failed))
	if failed != nil {
		o.t.Fatal(failed)
	}
	return o.shown(docs, known, day)
}

func (o *office) replayed(day calendar.Date) []string {
	read := func(a events.Aggregate) events.History {
		h, err := o.w.log.Read(o.w.t.Context(), a, 0)
		if err != nil {
			o.t.Fatal(err)
		}
		return h
	}
	doc, err := docket.Fold(read(events.Case(o.ref)))
	if err != nil {
		o.t.Fatal(err)
	}
	return o.shown([]docket.Doc{doc}, holidays.Fold(read(events.Calendar())).Calendar, day)
}

// Whatever is set, paused, resumed, extended, corrected, closed, reopened, and
// however the calendar changes in between: what is shown live is what the whole
// log, read afresh, would show.
func TestDeadlinesAreThoseOfAReplay(t *testing.T) {
	dir, n, accepted := t.TempDir(), 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		path := filepath.Join(dir, fmt.Sprintf("views%d.db", n%20))
		_ = os.Remove(path)
		o := newOffice(rt, newWorld(t), path)
		defer closed(t, o.v)
		for range rapid.IntRange(4, 14).Draw(rt, "commands") {
			catchUp(t, o.v)
			if o.draw() {
				accepted++
			}
			o.now = o.now.Add(time.Duration(rapid.IntRange(1, 10*24).Draw(rt, "hours later")) * time.Hour)
		}
		catchUp(t, o.v)
		o.w.agrees(o.v)

		rebuilt := open1(t, filepath.Join(dir, fmt.Sprintf("rebuilt%d.db", n)), o.w.log)
		defer closed(t, rebuilt)
		catchUp(t, rebuilt)
		if diff := cmp.Diff(dump(t, rebuilt), dump(t, o.v)); diff != "" {
			rt.Fatalf("(-rebuilt +live):\n%s", diff)
		}
		for _, days := range []int{-20, 0, 45} {
			day := calendar.At(o.now, time.UTC).AddDays(days)
			for what, want := range map[string][]string{"replayed": o.replayed(day), "rebuilt": o.live(rebuilt, day)} {
				if diff := cmp.Diff(want, o.live(o.v, day)); diff != "" {
					rt.Fatalf("on %s (-%s +live):\n%s", day, what, diff)
				}
			}
		}
	})
	if accepted < n {
		t.Errorf("only %d commands were accepted in %d runs", accepted, n)
	}
}
