package directory

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/domain/calendar"
	"parley/events"
)

// eventful is a practice that was renamed, moved, closed and opened again.
var eventful = Practice{
	Code:  "A81001",
	Names: []Naming{{on("1974-04-01"), "THE DENSHAM SURGERY"}, {on("2025-05-01"), "DENSHAM HEALTH"}},
	ICBs:  []Tenure{{on("2022-07-01"), "QNX"}, {on("2025-10-01"), "QKS"}},
	Open:  []Span{{on("1974-04-01"), on("2024-03-31")}, {From: on("2025-01-01")}},
}

func TestAPracticeAsItWasOnADay(t *testing.T) {
	for _, c := range []struct {
		day, name, icb string
		open           bool
	}{
		{"1974-03-31", "THE DENSHAM SURGERY", "", false},
		{"1974-04-01", "THE DENSHAM SURGERY", "", true},
		{"2022-06-30", "THE DENSHAM SURGERY", "", true},
		{"2022-07-01", "THE DENSHAM SURGERY", "QNX", true},
		{"2024-03-31", "THE DENSHAM SURGERY", "QNX", true},
		{"2024-04-01", "THE DENSHAM SURGERY", "QNX", false},
		{"2024-12-31", "THE DENSHAM SURGERY", "QNX", false},
		{"2025-01-01", "THE DENSHAM SURGERY", "QNX", true},
		{"2025-05-01", "DENSHAM HEALTH", "QNX", true},
		{"2026-11-22", "DENSHAM HEALTH", "QKS", true},
	} {
		p, day := eventful, on(c.day)
		if p.NameOn(day) != c.name || p.ICBOn(day) != c.icb || p.OpenOn(day) != c.open {
			t.Errorf("on %s: %s, %s, open %t; want %s, %s, %t", day, p.NameOn(day), p.ICBOn(day), p.OpenOn(day), c.name, c.icb, c.open)
		}
		if _, err := New().With(p).Practice("A81001", day); (err == nil) != c.open {
			t.Errorf("on %s: %v", day, err)
		}
	}
}

func TestWhatIsSaidOfABodyThatCannotBeHad(t *testing.T) {
	gone := Practice{Code: "A81002", Names: []Naming{{on("1974-04-01"), "OLD LANE"}}, Open: []Span{{on("1974-04-01"), on("2013-03-31")}}}
	d := New().With(eventful, gone)
	practice := func(code, day string) error { _, err := d.Practice(code, on(day)); return err }
	icb := func(code, day string) error { _, err := d.Commissioner(code, on(day)); return err }
	for _, c := range []struct {
		err  error
		is   error
		says string
	}{
		{practice("81001", today), ErrMalformedCode, `"81001" is not the ODS code of a practice: it looks like a letter and five digits, such as A81001`},
		{practice("A81003", today), ErrUnknownPractice, "no practice with the code A81003 is in the directory"},
		{practice("A81002", today), ErrNotOpen, "OLD LANE (A81002) closed on 31 March 2013"},
		{practice("A81001", "1974-03-31"), ErrNotOpen, "THE DENSHAM SURGERY (A81001) was not open on 31 March 1974: its first day is 1 April 1974"},
		{practice("A81001", "2024-06-01"), ErrNotOpen, "THE DENSHAM SURGERY (A81001) was not open on 1 June 2024: it closed on 31 March 2024 and opened again on 1 January 2025"},
		{icb("Sussex", today), ErrMalformedCode, `"Sussex" is not the ODS code of a commissioner: it looks like QR1, or S1Y5D since April 2026`},
		{icb("QZZ", today), ErrUnknownCommissioner, "no commissioner with the code QZZ is in the directory"},
		{icb("S9B9J", "2026-03-31"), ErrNotYetEstablished, "NHS Surrey and Sussex Integrated Care Board (S9B9J) did not exist before 1 April 2026"},
		{icb("QNX", "2026-04-01"), ErrAbolished, "NHS Sussex Integrated Care Board (QNX) was abolished on 31 March 2026: its successor is NHS Surrey and Sussex Integrated Care Board (S9B9J)"},
		{icb("QNQ", today), ErrAbolished, "NHS Frimley Integrated Care Board (QNQ) was abolished on 31 March 2026: its successors are NHS Thames Valley Integrated Care Board (S0E4D), " +
			"NHS Surrey and Sussex Integrated Care Board (S9B9J) and NHS Hampshire and Isle of Wight Integrated Care Board (QRL)"},
	} {
		if !errors.Is(c.err, c.is) || c.err.Error() != c.says {
			t.Errorf("got  %v\nwant %s", c.err, c.says)
		}
	}
	for _, day := range []string{"2022-07-01", "2026-03-31"} {
		if c, err := d.Commissioner("QNX", on(day)); err != nil || c.NameOn(on(day)) != "NHS Sussex Integrated Care Board" {
			t.Errorf("on %s: %v, %v", day, c, err)
		}
	}
}

func codes(all []Commissioner) string {
	var s []string
	for _, c := range all {
		s = append(s, c.Code)
	}
	return strings.Join(s, " ")
}

func TestSuccessionIsFollowedThrough(t *testing.T) {
	later := Fold(history(given(
		fact("2027-04-01", events.CommissionerEstablished{ICB: "V1A2B", Name: "NHS South East Integrated Care Board"}),
		fact("2027-03-31", events.CommissionerAbolished{ICB: "S9B9J", Successors: []string{"V1A2B"}}),
		fact("2027-03-31", events.CommissionerAbolished{ICB: "QRL", Successors: []string{"V1A2B"}}),
	)))
	for _, c := range []struct{ icb, day, want string }{
		{"QNQ", "2022-06-30", ""},
		{"QNQ", "2026-03-31", "QNQ"},
		{"QNQ", "2026-04-01", "S0E4D S9B9J QRL"},
		{"QNQ", "2027-03-31", "S0E4D S9B9J QRL"},
		{"QNQ", "2027-04-01", "S0E4D V1A2B"},
		{"QNX", "2027-04-01", "V1A2B"},
		{"V1A2B", "2027-03-31", ""},
		{"QZZ", today, ""},
	} {
		if got := codes(later.Successors(c.icb, on(c.day))); got != c.want {
			t.Errorf("successors of %s on %s: %s, want %s", c.icb, c.day, got, c.want)
		}
	}
	if got := codes(later.CommissionersOf(eventful, on("2024-01-01"))); got != "QNX" {
		t.Errorf("commissioners before the move: %s", got)
	}
	circle := New().WithCommissioners(
		Commissioner{Code: "QA1", From: ICBsBegan, Until: on("2023-03-31"), Successors: []string{"QA2"}},
		Commissioner{Code: "QA2", From: ICBsBegan, Until: on("2023-03-31"), Successors: []string{"QA1"}})
	if got := circle.Successors("QA1", on(today)); len(got) != 0 {
		t.Errorf("a circle of successors ends in %v", got)
	}
}

func TestADirectoryIsAValue(t *testing.T) {
	d := New().With(eventful)
	_ = d.With(Practice{Code: "A81001"}, Practice{Code: "A81002"})
	_ = d.WithCommissioners(Commissioner{Code: "QR1", Name: "Another"})
	_ = Evolve(d, history(given(
		fact(today, events.PracticeRenamed{Practice: "A81001", Name: "ANOTHER"}),
		fact(today, events.PracticeClosed{Practice: "A81001"}),
		fact("2023-01-01", events.PracticeMoved{Practice: "A81001", ICB: "QR1"}),
		fact(today, events.CommissionerAbolished{ICB: "QR1", Successors: []string{"QSL"}}),
	))[0])
	if diff := cmp.Diff(New().With(eventful), d, sameDates); diff != "" {
		t.Errorf("changed from outside:\n%s", diff)
	}
	if n := len(d.Commissioners()); n != 48 {
		t.Errorf("%d commissioners, want 48", n)
	}
}

func TestAWronglyRecordedFactIsUndone(t *testing.T) {
	h := history(
		given(listing),
		given(fact("2026-01-31", events.PracticeClosed{Practice: "A81001"}), fact("2026-03-31", events.CommissionerAbolished{ICB: "QHM", Successors: []string{"QOQ"}})),
		given(fact(today, events.EventRetracted{Event: events.EventID{Version: 2, Index: 1}, Why: "another practice"}),
			fact(today, events.EventRetracted{Event: events.EventID{Version: 2, Index: 2}, Why: "not so"})),
	)
	d := Fold(h)
	if _, err := d.Practice("A81001", on(today)); err != nil {
		t.Error(err)
	}
	if _, err := d.Commissioner("QHM", on(today)); err != nil {
		t.Error(err)
	}
}

func TestABodyKeepsItsShapeInJSON(t *testing.T) {
	stored, err := json.Marshal(eventful)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"code":"A81001",` +
		`"names":[{"from":"1974-04-01","name":"THE DENSHAM SURGERY"},{"from":"2025-05-01","name":"DENSHAM HEALTH"}],` +
		`"icbs":[{"from":"2022-07-01","icb":"QNX"},{"from":"2025-10-01","icb":"QKS"}],` +
		`"open":[{"from":"1974-04-01","until":"2024-03-31"},{"from":"2025-01-01"}]}`
	if string(stored) != want {
		t.Errorf("got  %s\nwant %s", stored, want)
	}
	var back Practice
	if err := json.Unmarshal(stored, &back); err != nil || !cmp.Equal(eventful, back, sameDates) {
		t.Errorf("read back: %+v, %v", back, err)
	}
	c, _ := Builtin("QNX")
	if stored, err = json.Marshal(c); err != nil ||
		string(stored) != `{"code":"QNX","name":"NHS Sussex Integrated Care Board","from":"2022-07-01","until":"2026-03-31","successors":["S9B9J"]}` {
		t.Errorf("%s, %v", stored, err)
	}
}

func TestBuiltInCommissionersHoldTogether(t *testing.T) {
	of2022, of2026 := 0, 0
	for _, c := range builtin {
		switch c.From {
		case ICBsBegan:
			of2022++
		case calendar.On(2026, 4, 1):
			of2026++
		}
		if !IsCommissionerCode(c.Code) || !strings.HasPrefix(c.Name, "NHS ") || !strings.HasSuffix(c.Name, " Integrated Care Board") {
			t.Errorf("%s is malformed", c)
		}
		if c.Until.IsZero() != (len(c.Successors) == 0) {
			t.Errorf("%s has an end without a successor, or the reverse", c)
		}
		for _, s := range c.Successors {
			if _, err := New().Commissioner(s, c.Until.AddDays(1)); err != nil {
				t.Errorf("%s: %v", c, err)
			}
		}
	}
	now := 0
	for _, c := range New().Commissioners() {
		if c.ExistsOn(on("2026-04-01")) {
			now++
		}
	}
	if of2022 != 42 || of2026 != 6 || now != 36 {
		t.Errorf("%d of 2022, %d of 2026, %d since: want 42, 6 and 36", of2022, of2026, now)
	}
}

// The research behind the table is not part of the repository.
func TestBuiltInCommissionersAgreeWithTheirSource(t *testing.T) {
	const path = "../../../shared/data/icbs.csv"
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no", path, "on this machine")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows)-1 != len(builtin) {
		t.Errorf("the source has %d commissioners, the table %d", len(rows)-1, len(builtin))
	}
	for _, row := range rows[1:] {
		want := Commissioner{Code: row[0], Name: row[1], From: on(row[2])}
		if row[3] != "" {
			want.Until, want.Successors = on(row[3]), strings.Split(row[4], ";")
		}
		got, known := Builtin(row[0])
		if !known || !cmp.Equal(want, got, sameDates) || !slices.Equal(want.Successors, got.Successors) {
			t.Errorf("%s is built in as %+v, want %+v", row[0], got, want)
		}
	}
}
