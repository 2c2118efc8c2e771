package calendar

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"testing"
)

// The list that GOV.UK publishes is the oracle: the built-in holidays are held
// against it for every day and every division, names and substitutes included.
func TestBuiltinHolidaysAreThosePublished(t *testing.T) {
	data, err := os.ReadFile("../../../shared/data/bank-holidays.json")
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("the published list of bank holidays is not here")
	}
	if err != nil {
		t.Fatal(err)
	}
	var lists map[Division]struct {
		Events []struct{ Title, Date, Notes string }
	}
	if err := json.Unmarshal(data, &lists); err != nil {
		t.Fatal(err)
	}
	if len(lists) != len(Divisions()) {
		t.Fatalf("the published list has %d divisions", len(lists))
	}
	for _, div := range Divisions() {
		want := map[string]Holiday{}
		for _, e := range lists[div].Events {
			d, err := Parse(e.Date)
			if err != nil {
				t.Fatal(err)
			}
			want[e.Date] = Holiday{div, d, e.Title, e.Notes == "Substitute day"}
		}
		got := map[string]Holiday{}
		for year := 2012; year <= 2028; year++ {
			for _, h := range Builtin().Holidays(div, year) {
				got[h.Date.String()] = h
			}
		}
		for d := On(2012, 1, 1); !d.After(On(2028, 12, 31)); d = d.AddDays(1) {
			if got[d.String()] != want[d.String()] {
				t.Errorf("%s, %s: built in is %v, published %v", d, div, got[d.String()], want[d.String()])
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s: %d holidays are built in, %d published", div, len(got), len(want))
		}
	}
}
