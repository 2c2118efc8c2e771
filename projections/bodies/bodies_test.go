package bodies_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"parley/adapters/logtest/sample"
	"parley/domain/calendar"
	"parley/domain/directory"
	"parley/events"
	"parley/projections/bodies"
)

var sameDates = cmp.Options{cmpopts.EquateComparable(calendar.Date{}), cmpopts.EquateEmpty()}

// years returns a directory's history: a list, a newer one, and changes of ICBs.
func years(t *testing.T) events.History {
	t.Helper()
	listed := func(code, name, opened string) events.Fact {
		return sample.Fact("2025-11-01", events.PracticeListed{Practice: code, Name: name, ICB: "QR1", Opened: sample.Day(opened)})
	}
	l := sample.Begin(t, events.Directory())
	l.Tell("2025-11-03",
		sample.Fact("2025-11-01", events.PracticesImported{Practices: 3}),
		listed("L84001", "ALNEY SURGERY", "1974-04-01"),
		listed("L84002", "THE LINDEN PRACTICE", "1974-04-01"),
		listed("L84003", "OLD LINDEN HOUSE", "1980-01-01"))
	l.Tell("2026-02-03",
		sample.Fact("2026-02-01", events.PracticesImported{Practices: 3}),
		sample.Fact("2025-12-31", events.PracticeClosed{Practice: "L84003"}),
		sample.Fact("2026-02-01", events.PracticeRenamed{Practice: "L84001", Name: "ALNEY AND QUAY HEALTH"}),
		sample.Fact("2026-02-01", events.PracticeMoved{Practice: "L84001", ICB: "QUY"}))
	l.Tell("2026-03-03",
		sample.Fact("2027-04-01", events.CommissionerEstablished{ICB: "A1B2C", Name: "NHS Severn Integrated Care Board"}),
		sample.Fact("2027-03-31", events.CommissionerAbolished{ICB: "QR1", Successors: []string{"A1B2C"}}))
	return l.History
}

func practices(t *testing.T, h events.History) map[string]bodies.Practice {
	t.Helper()
	docs := map[string]bodies.Practice{}
	for _, r := range h {
		for code, part := range bodies.RoutePractices(r) {
			for range 2 { // a commit may come again
				var err error
				if docs[code], err = bodies.ApplyPractice(docs[code], part); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return docs
}

func commissioners(t *testing.T, h events.History) map[string]bodies.Commissioner {
	t.Helper()
	docs := map[string]bodies.Commissioner{}
	for _, r := range h {
		for code, part := range bodies.RouteCommissioners(r) {
			for range 2 {
				var err error
				if docs[code], err = bodies.ApplyCommissioner(docs[code], part); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	return docs
}

func TestDocumentsAgreeWithTheDirectory(t *testing.T) {
	h := years(t)
	whole := directory.Fold(h)
	var known []directory.Practice
	for _, doc := range practices(t, h) {
		known = append(known, doc.Practice)
	}
	var changed []directory.Commissioner
	for _, doc := range commissioners(t, h) {
		changed = append(changed, doc.Commissioner)
	}
	pieced := directory.New().With(known...).WithCommissioners(changed...)
	if diff := cmp.Diff(whole.Practices(), pieced.Practices(), sameDates); diff != "" {
		t.Errorf("(-folded +pieced together):\n%s", diff)
	}
	if diff := cmp.Diff(whole.Commissioners(), pieced.Commissioners(), sameDates); diff != "" {
		t.Errorf("(-folded +pieced together):\n%s", diff)
	}
	if len(known) != 3 || len(changed) != 2 {
		t.Errorf("%d practices, %d commissioners", len(known), len(changed))
	}
}

func TestRoutingGivesEachBodyItsOwnFacts(t *testing.T) {
	h := years(t)
	got := map[string]int{}
	for code, part := range bodies.RoutePractices(h[1]) {
		got[code] = len(part.Facts)
		if part.Version != 2 || part.Hash != h[1].Hash {
			t.Errorf("%s was given version %d", code, part.Version)
		}
	}
	if want := map[string]int{"L84001": 2, "L84003": 1}; !maps.Equal(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
	n := 0
	for range bodies.RoutePractices(h[0]) {
		if n++; n == 2 {
			break // a reader may stop early
		}
	}
	for code := range bodies.RouteCommissioners(h[1]) {
		t.Errorf("%s is no commissioner", code)
	}
}

func TestFind(t *testing.T) {
	docs := slices.Collect(maps.Values(practices(t, years(t))))
	for _, test := range []struct {
		text  string
		limit int
		want  string
		more  bool
	}{
		{"linden", 0, "L84002 L84003", false}, // the closed one last
		{"Linden Practice", 0, "L84002", false},
		{"practice linden", 0, "L84002", false}, // in any order
		{"l84003", 0, "L84003", false},
		{"L8400", 2, "L84001 L84002", true},
		{"alney surgery", 0, "L84001", false}, // a former name
		{"nowhere", 0, "", false},
		{"", 0, "L84001 L84002 L84003", false},
	} {
		rows, more := bodies.FindPractices(slices.Values(docs), bodies.Search{Text: test.text, On: sample.Day("2026-11-22"), Limit: test.limit})
		var codes []string
		for _, r := range rows {
			codes = append(codes, r.Code)
		}
		if got := strings.Join(codes, " "); got != test.want || more != test.more || rows == nil {
			t.Errorf("%q: %s, %t, not %s, %t", test.text, got, more, test.want, test.more)
		}
	}
}

func TestRowsAreAsOfTheDay(t *testing.T) {
	docs := slices.Collect(maps.Values(practices(t, years(t))))
	then, _ := bodies.FindPractices(slices.Values(docs), bodies.Search{Text: "L84001", On: sample.Day("2026-01-31")})
	now, _ := bodies.FindPractices(slices.Values(docs), bodies.Search{Text: "L84001", On: sample.Day("2026-02-01")})
	if got := fmt.Sprint(then, now); got != "[{practice L84001 ALNEY SURGERY QR1 true }] [{practice L84001 ALNEY AND QUAY HEALTH QUY true }]" {
		t.Error(got)
	}
	closed, _ := bodies.FindPractices(slices.Values(docs), bodies.Search{Text: "L84003", On: sample.Day("2026-02-01")})
	if closed[0].Open || closed[0].Closed != sample.Day("2025-12-31") {
		t.Errorf("%+v", closed)
	}
	icbs, _ := bodies.FindCommissioners(slices.Values(directory.Fold(years(t)).Commissioners()), bodies.Search{Text: "severn", On: sample.Day("2026-11-22")})
	if len(icbs) != 1 || icbs[0].Code != "A1B2C" || icbs[0].Open || icbs[0].Kind != bodies.KindCommissioner {
		t.Errorf("%+v", icbs)
	}
}

func TestDocumentsKeepTheirForm(t *testing.T) {
	h := years(t)
	sample.Golden(t, bodies.PracticesName, bodies.PracticesVersion, practices(t, h)["L84001"])
	sample.Golden(t, bodies.CommissionersName, bodies.CommissionersVersion, commissioners(t, h)["QR1"])
}
