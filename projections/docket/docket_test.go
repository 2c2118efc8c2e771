package docket_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"parley/adapters/logtest/sample"
	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/domain/directory"
	"parley/domain/negotiation"
	"parley/events"
	"parley/projections/docket"
)

var sameDates = cmpopts.EquateComparable(calendar.Date{})

// on is a day on which deadlines are looked at, as Parley comes.
func on(day string) docket.Day {
	return docket.Day{Today: sample.Day(day), Calendar: calendar.Builtin(), Bodies: directory.New()}
}

// book returns the document of a case with these facts, one commit for each.
func book(t *testing.T, ref string, facts ...events.Fact) docket.Doc {
	t.Helper()
	l := sample.Begin(t, events.Case(ref))
	l.Tell("2026-01-05", sample.Fact("2026-01-05", events.CaseOpened{Ref: ref, Title: "Bloods", ICB: "QR1"}))
	for _, f := range facts {
		l.Tell("2026-01-05", f)
	}
	doc, err := docket.Fold(l.History)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func due(id, day string, owner events.Party) events.Fact {
	return sample.Fact("2026-01-05", events.DeadlineSet{Deadline: id, Rule: "offer-reply", Title: "Reply", Owner: owner, Trigger: sample.Day("2026-01-05"), Stated: sample.Day(day)})
}

func ids(rows []*docket.Row) []string {
	found := []string{}
	for _, r := range rows {
		found = append(found, r.Ref+" "+r.ID)
	}
	return found
}

func list(t *testing.T, q docket.Query, docs ...docket.Doc) []*docket.Row {
	t.Helper()
	q.Day = on("2026-02-10")
	rows, err := docket.List(slices.Values(docs), q)
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestTheListSaysWhatIsDueFirst(t *testing.T) {
	a := book(t, "GLO-26-0001",
		due("D10.1", "2026-02-20", events.ICB), due("D2.1", "2026-02-20", events.LMC), due("D3.1", "2026-02-09", events.ICB),
		due("D4.1", "2026-02-01", events.LMC), sample.Fact("2026-02-02", events.DeadlineMet{Deadline: "D4.1"}))
	b := book(t, "GLO-26-0002", due("D2.1", "2026-02-10", events.Practice), due("D2.2", "2026-02-01", events.LMC))
	counted := sample.Fact("2026-01-01", events.DeadlineSet{Deadline: "D2.1", Owner: events.ICB, Trigger: sample.Day("2026-01-01"), Period: calendar.Period{N: 31, Unit: calendar.Days}})
	closed := book(t, "GLO-26-0003", counted, sample.Fact("2026-01-20", events.CaseClosed{Outcome: events.Withdrawn}))
	agreed := book(t, "GLO-26-0004", due("D2.1", "2027-03-31", events.Provider), sample.Fact("2026-01-20", events.CaseClosed{Outcome: events.Resourced}))
	for _, test := range []struct {
		name  string
		query docket.Query
		want  []string
	}{
		{"running ones of open cases", docket.Query{}, []string{
			"GLO-26-0002 D2.2", "GLO-26-0001 D3.1", "GLO-26-0002 D2.1", "GLO-26-0001 D2.1", "GLO-26-0001 D10.1", "GLO-26-0004 D2.1",
		}},
		{"overdue: the day itself is not", docket.Query{Overdue: true}, []string{"GLO-26-0002 D2.2", "GLO-26-0001 D3.1"}},
		{"within nine days", docket.Query{Within: calendar.Period{N: 9, Unit: calendar.Days}}, []string{"GLO-26-0002 D2.2", "GLO-26-0001 D3.1", "GLO-26-0002 D2.1"}},
		{"within ten days", docket.Query{Within: calendar.Period{N: 10, Unit: calendar.Days}, Ref: "GLO-26-0001"}, []string{"GLO-26-0001 D3.1", "GLO-26-0001 D2.1", "GLO-26-0001 D10.1"}},
		{"of one case, ended ones too", docket.Query{Ref: "GLO-26-0001"}, []string{"GLO-26-0001 D3.1", "GLO-26-0001 D4.1", "GLO-26-0001 D2.1", "GLO-26-0001 D10.1"}},
		{"of one case that is closed", docket.Query{Ref: "GLO-26-0003"}, []string{"GLO-26-0003 D2.1"}},
		{"of one party", docket.Query{Owner: events.LMC}, []string{"GLO-26-0002 D2.2", "GLO-26-0001 D2.1"}},
		{"of a closed case what a document states", docket.Query{Owner: events.Provider}, []string{"GLO-26-0004 D2.1"}},
		{"all there are", docket.Query{All: true, Owner: events.ICB}, []string{"GLO-26-0001 D3.1", "GLO-26-0001 D10.1", "GLO-26-0003 D2.1"}},
		{"of no case", docket.Query{Ref: "GLO-26-0009"}, []string{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, ids(list(t, test.query, a, b, closed, agreed))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestAPeriodThatCannotBeCountedIsRefused(t *testing.T) {
	if _, err := docket.List(slices.Values([]docket.Doc{}), docket.Query{Day: on("2026-02-10"), Within: calendar.Period{N: 5, Unit: calendar.Hours}}); err == nil {
		t.Error("5 hours were counted")
	}
}

func TestRowsSayHowTheyStand(t *testing.T) {
	doc := book(t, "GLO-26-0001",
		due("D2.1", "2026-02-01", events.ICB),
		due("D3.1", "2026-02-01", events.ICB), sample.Fact("2026-02-03", events.DeadlineMissed{Deadline: "D3.1", Due: sample.Day("2026-02-01")}),
		due("D5.1", "2026-02-01", events.ICB), sample.Fact("2026-01-25", events.DeadlinePaused{Deadline: "D5.1", Why: "asked"}),
		due("D7.1", "2026-02-01", events.ICB), sample.Fact("2026-01-25", events.DeadlineExtended{Deadline: "D7.1", Until: sample.Day("2026-02-14"), Base: "agreed"}),
		due("D9.1", "2026-02-01", events.ICB), sample.Fact("2026-01-25", events.DeadlineWaived{Deadline: "D9.1", Why: "let go"}),
	)
	type row struct {
		ID       string
		Status   deadline.Status
		Due      string
		Overdue  bool
		DaysLeft int
	}
	var got []row
	for _, r := range doc.Rows(on("2026-02-10")) {
		got = append(got, row{r.ID, r.Status, r.Due.String(), r.Overdue, r.DaysLeft})
	}
	want := []row{
		{"D2.1", deadline.Missed, "2026-02-01", true, -9},
		{"D3.1", deadline.Missed, "2026-02-01", true, -9},
		{"D5.1", deadline.Paused, "2026-02-17", false, 7}, // seven days were left when it was paused
		{"D7.1", deadline.Open, "2026-02-14", false, 4},
		{"D9.1", deadline.Waived, "2026-02-01", false, 0},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCommitsAreTakenInOnceAndInOrder(t *testing.T) {
	h := sample.Collective(t, "GLO-26-0001", 4)
	doc, err := docket.Fold(h)
	if err != nil {
		t.Fatal(err)
	}
	again, err := docket.Apply(doc, h[3])
	if err != nil || !reflect.DeepEqual(again, doc) {
		t.Errorf("a commit came twice: %v, %v", again, err)
	}
	if _, err := docket.Apply(docket.Doc{Version: 3}, h[4]); !errors.Is(err, events.ErrDamaged) {
		t.Errorf("a commit was passed over: %v", err)
	}
}

func TestTheDocketAgreesWithTheCase(t *testing.T) {
	h := sample.Collective(t, "GLO-26-0001", 4)
	for v := range h {
		doc, err := docket.Fold(h[:v+1])
		if err != nil {
			t.Fatal(err)
		}
		c := negotiation.Fold(h[:v+1])
		if diff := cmp.Diff(c.Deadlines, doc.Book, sameDates, cmpopts.EquateEmpty()); diff != "" || doc.Version != v+1 {
			t.Fatalf("version %d (-case +docket):\n%s", doc.Version, diff)
		}
	}
}

func TestDocumentsKeepTheirForm(t *testing.T) {
	doc, err := docket.Fold(sample.Collective(t, "GLO-26-0001", 2))
	if err != nil {
		t.Fatal(err)
	}
	sample.Golden(t, docket.Name, docket.Version, doc)
}

// What alerts need of a case: the deadlines that still have to be kept, who has
// it, and since when each date is known.
func TestDeadlinesForAlerts(t *testing.T) {
	doc := book(t, "GLO-26-0001",
		due("D2.1", "2026-02-20", events.ICB), due("D3.1", "2026-02-20", events.ICB),
		sample.Fact("2026-01-06", events.DeadlineMet{Deadline: "D2.1"}), sample.Fact("2026-01-06", events.CaseAssigned{Caseworker: "a.roe"}),
		sample.Fact("2026-01-06", events.DeadlineMissed{Deadline: "D3.1"}))
	got := doc.Deadlines(nil)
	if len(got) != 1 || got[0].Clock.Deadline != "D3.1" || got[0].Ref != "GLO-26-0001" || got[0].ICB != "QR1" || got[0].Caseworker != "a.roe" || got[0].Closed {
		t.Fatalf("%+v", got)
	}
	if want := sample.Day("2026-01-05").Time().Add(12*time.Hour + 2*time.Second); !got[0].Known.Equal(want) {
		t.Errorf("known since %s, not %s", got[0].Known, want)
	}
}
