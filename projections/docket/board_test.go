package docket_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/domain/directory"
	"parley/events"
	"parley/projections/docket"
)

// drawClock draws a clock to which all sorts of things have happened.
func drawClock(t *rapid.T, id string) deadline.Clock {
	day := func(what string) calendar.Date {
		return calendar.On(2026, 9, 1).AddDays(rapid.IntRange(0, 150).Draw(t, what))
	}
	c := deadline.Clock{DeadlineSet: events.DeadlineSet{
		Deadline: id, Title: "Reply", Trigger: day("trigger"),
		Owner: rapid.SampledFrom([]events.Party{events.ICB, events.LMC}).Draw(t, "owner"),
		Rule:  rapid.SampledFrom([]string{"foi-respond", "offer-reply", "les-notice", "psr-standstill", "local-period", "unheard-of"}).Draw(t, "rule"),
		Period: calendar.Period{
			N: rapid.IntRange(1, 40).Draw(t, "n"), Unit: rapid.SampledFrom([]calendar.Unit{calendar.Days, calendar.WorkingDays, calendar.Weeks}).Draw(t, "unit"),
		},
	}}
	if rapid.IntRange(0, 3).Draw(t, "stated") == 0 {
		c.Stated = day("stated date")
	}
	kinds := []deadline.Kind{
		deadline.Stopped, deadline.Resumed, deadline.Extended, deadline.ExtensionRemoved, deadline.CaseClosed, deadline.CaseReopened,
		deadline.Restarted, deadline.EndedMet, deadline.EndedWaived,
	}
	for range rapid.IntRange(0, 3).Draw(t, "turns") {
		turn := deadline.Turn{On: day("turn"), Kind: rapid.SampledFrom(kinds).Draw(t, "kind")}
		if turn.Kind == deadline.Extended || turn.Kind == deadline.Stopped && rapid.Bool().Draw(t, "has an end") {
			turn.Until = day("until")
		}
		c.Turns = append(c.Turns, turn)
	}
	return c
}

func drawDoc(t *rapid.T) docket.Doc {
	doc := docket.Doc{
		Ref: fmt.Sprintf("GLO-26-%04d", rapid.IntRange(1, 9).Draw(t, "case")), Title: "Bloods",
		ICB: rapid.SampledFrom([]string{"QR1", "QUY"}).Draw(t, "ICB"), Closed: rapid.IntRange(0, 3).Draw(t, "closed") == 0,
	}
	for i := range rapid.IntRange(0, 4).Draw(t, "clocks") {
		doc.Book = append(doc.Book, drawClock(t, fmt.Sprintf("D%d.1", 7*i+1)))
	}
	return doc
}

// drawDate draws a day on which deadlines are looked at, with what is known then.
func drawDate(t *rapid.T) docket.Day {
	day := docket.Day{Today: calendar.On(2026, 11, 20).AddDays(rapid.IntRange(0, 9).Draw(t, "today")), Calendar: calendar.Builtin(), Bodies: directory.New()}
	if rapid.Bool().Draw(t, "holidays were revised") {
		off := day.Today.AddDays(rapid.IntRange(-9, 9).Draw(t, "holiday"))
		day.Calendar = day.Calendar.With(calendar.Revision{Added: []calendar.Holiday{{Division: calendar.EnglandAndWales, Date: off, Title: "a holiday"}}})
	}
	if rapid.Bool().Draw(t, "an ICB was abolished") {
		day.Bodies = day.Bodies.WithCommissioners(directory.Commissioner{
			Code: "QR1", Name: "NHS Gloucestershire ICB", From: calendar.On(2022, 7, 1), Until: calendar.On(2026, 11, 24), Successors: []string{"QUY"},
		})
	}
	return day
}

func drawQuery(t *rapid.T, day docket.Day) docket.Query {
	q := docket.Query{Day: day, Overdue: rapid.IntRange(0, 3).Draw(t, "overdue") == 0}
	q.Owner = rapid.SampledFrom([]events.Party{"", "", events.ICB}).Draw(t, "of")
	if rapid.Bool().Draw(t, "has an end") {
		q.Within = calendar.Period{N: rapid.IntRange(1, 20).Draw(t, "within"), Unit: rapid.SampledFrom([]calendar.Unit{calendar.Days, calendar.WorkingDays}).Draw(t, "unit")}
	}
	return q
}

// Whatever becomes of cases, of the day and of what is known, a board that was
// told of it says the same as the documents.
func TestABoardSaysWhatTheDocumentsSay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		docs, day := map[string]docket.Doc{}, drawDate(t)
		board := docket.NewBoard(day)
		for range rapid.IntRange(1, 15).Draw(t, "changes") {
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0:
				doc := drawDoc(t)
				delete(docs, doc.Ref)
				board.Remove(doc.Ref)
			case 1:
				day = drawDate(t)
				board = board.On(day)
			default:
				doc := drawDoc(t)
				docs[doc.Ref] = doc
				board.Put(doc)
			}
			q := drawQuery(t, day)
			if !board.Answers(q) {
				t.Fatalf("the board of %s does not answer %+v", board.Day().Today, q)
			}
			got, err := board.List(q)
			want, listed := docket.List(maps.Values(docs), q)
			if err != nil || listed != nil {
				t.Fatal(err, listed)
			}
			if diff := cmp.Diff(want, got, sameDates); diff != "" {
				t.Fatalf("%+v (-documents +board):\n%s", q, diff)
			}
		}
	})
}

// A row says of its clock what the clock says, with the working counted or not.
func TestARowSaysWhatItsClockSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc, day := drawDoc(t), drawDate(t)
		for i, row := range doc.Rows(day) {
			clock := doc.Book[i]
			count := clock.ResumedOn(day.Today).Count(day.Calendar)
			law, _ := clock.LegalDue(day.Calendar)
			want := *row
			want.Due, want.Time, want.Provisional, want.NotAWorkingDay = count.Due, count.Time, count.Provisional, count.NotAWorkingDay
			want.Status, want.Overdue, want.Late = clock.Status(day.Calendar, day.Today), clock.Overdue(day.Calendar, day.Today), clock.Late(day.Calendar)
			want.LegalDue, want.Breaches = law, append([]deadline.Breach{}, clock.Breaches(day.Calendar, day.Today)...)
			if diff := cmp.Diff(&want, row, sameDates); diff != "" {
				t.Fatalf("%+v on %s (-clock +row):\n%s", clock, day.Today, diff)
			}
		}
	})
}

// Of a document that is passed over by its stored form nothing can fall due, and
// most of those of which nothing can are passed over, whatever their texts say.
func TestDocumentsThatNeedNotBeReadAreKnownByTheirForm(t *testing.T) {
	passed := 0
	rapid.Check(t, func(t *rapid.T) {
		doc := drawDoc(t)
		doc.Title = rapid.SampledFrom([]string{"Bloods", `"closed":true,"version":3`, `"version":1`, `,"stated":"2026-11-02"`}).Draw(t, "title")
		doc.Caseworker = rapid.SampledFrom([]string{"", `"closed":true`}).Draw(t, "caseworker")
		stored, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := docket.List(slices.Values([]docket.Doc{doc}), docket.Query{Day: on("2026-11-20")})
		switch may := docket.MayAwait(stored); {
		case err != nil || !may && len(rows) > 0:
			t.Fatalf("%s: %d deadlines are passed over, %v", stored, len(rows), err)
		case !may:
			passed++
		case doc.Closed && !slices.ContainsFunc(doc.Book, func(c deadline.Clock) bool { return !c.Stated.IsZero() }):
			t.Fatalf("%s is read for nothing", stored)
		}
	})
	if passed == 0 {
		t.Error("nothing was passed over")
	}
}

// Several ask at once, and the first to ask has the rows made.
func TestABoardIsAskedBySeveral(t *testing.T) {
	day := on("2026-02-10")
	board := docket.NewBoard(day)
	doc := book(t, "GLO-26-0001", due("D2.1", "2026-02-20", events.ICB), due("D3.1", "2026-02-01", events.LMC))
	board.Put(doc)
	want, err := docket.List(slices.Values([]docket.Doc{doc}), docket.Query{Day: day})
	if err != nil || len(want) != 2 {
		t.Fatal(want, err)
	}
	var askers sync.WaitGroup
	for range 8 {
		askers.Go(func() {
			got, err := board.List(docket.Query{Day: day})
			if diff := cmp.Diff(want, got, sameDates); err != nil || diff != "" {
				t.Errorf("%v (-documents +board):\n%s", err, diff)
			}
		})
	}
	askers.Wait()
}

func TestABoardAnswersForItsDayAndForWhatRuns(t *testing.T) {
	day := on("2026-02-10")
	board := docket.NewBoard(day)
	board.Put(book(t, "GLO-26-0001", due("D2.1", "2026-02-20", events.ICB)))
	tomorrow, revised, divided := day, day, day
	tomorrow.Today = day.Today.AddDays(1)
	revised.Calendar = day.Calendar.With(calendar.Revision{Version: "another"})
	divided.Bodies = day.Bodies.WithCommissioners(directory.Commissioner{Code: "QZ9", Name: "NHS Elsewhere ICB"})
	for name, q := range map[string]docket.Query{
		"another day": {Day: tomorrow}, "another calendar": {Day: revised}, "other commissioners": {Day: divided},
		"all": {Day: day, All: true}, "of a case": {Day: day, Ref: "GLO-26-0001"},
	} {
		if board.Answers(q) {
			t.Errorf("%s: the board answers", name)
		}
	}
	if q := (docket.Query{Day: day, Within: calendar.Period{N: 5, Unit: calendar.Hours}}); !board.Answers(q) {
		t.Error("the board does not answer")
	} else if _, err := board.List(q); err == nil {
		t.Error("5 hours were counted")
	}
	if rows, err := board.List(docket.Query{Day: day}); err != nil || !slices.Equal(ids(rows), []string{"GLO-26-0001 D2.1"}) {
		t.Errorf("%v, %v", ids(rows), err)
	}
}
