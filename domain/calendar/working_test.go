package calendar

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestWhyADayIsOff(t *testing.T) {
	const works = ""
	for _, c := range []struct {
		day     string
		working Working
		want    string
	}{
		// The days that stand in for a Christmas at the weekend.
		{"2027-12-25", WorkingEnglandAndWales, "Saturday"},
		{"2027-12-26", WorkingEnglandAndWales, "Sunday"},
		{"2027-12-27", WorkingEnglandAndWales, "Christmas Day (substitute; England and Wales)"},
		{"2027-12-28", WorkingEnglandAndWales, "Boxing Day (substitute; England and Wales)"},
		{"2026-12-26", WorkingEnglandAndWales, "Saturday"},
		{"2026-12-28", WorkingEnglandAndWales, "Boxing Day (substitute; England and Wales)"},
		{"2026-12-28", WorkingAnyUK, "Boxing Day (substitute; throughout the UK)"},
		{"2026-12-29", WorkingAnyUK, works},

		// A holiday in Scotland counts under the FOI Act alone.
		{"2026-11-30", WorkingEnglandAndWales, works},
		{"2026-11-30", WorkingCourt, works},
		{"2026-11-30", WorkingPSR, works},
		{"2026-11-30", WorkingNorthernIreland, works},
		{"2026-11-30", WorkingScotland, "St Andrew’s Day (Scotland)"},
		{"2026-11-30", WorkingAnyUK, "St Andrew’s Day (Scotland)"},
		{"2026-06-15", WorkingEnglandAndWales, works},
		{"2026-06-15", WorkingAnyUK, "World Cup bank holiday (Scotland)"},
		{"2014-03-17", WorkingAnyUK, "St Patrick’s Day (Northern Ireland)"},

		// Two divisions, and one day with two names.
		{"2026-08-31", WorkingAnyUK, "Summer bank holiday (England and Wales, Northern Ireland)"},
		{"2012-01-02", WorkingAnyUK, "New Year’s Day (substitute; England and Wales, Northern Ireland); 2nd January (Scotland)"},
		{"2012-01-02", WorkingNorthernIreland, "New Year’s Day (substitute; Northern Ireland)"},
		{"2012-01-02", WorkingScotland, "2nd January (Scotland)"},

		// Proclaimed once.
		{"2012-06-05", WorkingPSR, "Queen’s Diamond Jubilee (England and Wales)"},
		{"2022-06-03", WorkingCourt, "Platinum Jubilee bank holiday (England and Wales)"},
		{"2022-09-19", WorkingEnglandAndWales, "Bank Holiday for the State Funeral of Queen Elizabeth II (England and Wales)"},
		{"2023-05-08", WorkingScotland, "Bank holiday for the coronation of King Charles III (Scotland)"},

		// The Provider Selection Regime names the first Monday in May, whether
		// it is a bank holiday, as it is in most years, or not, as in 2020.
		{"2020-05-04", WorkingPSR, "the first Monday in May"},
		{"2020-05-04", WorkingEnglandAndWales, works},
		{"2020-05-08", WorkingPSR, "Early May bank holiday (VE day) (England and Wales)"},
		{"2026-05-04", WorkingPSR, "Early May bank holiday (England and Wales)"},
		{"2026-05-11", WorkingPSR, works},

		// Past what is published, and before it, only days named by the authority.
		{"2029-03-30", WorkingAnyUK, "Good Friday"},
		{"2029-12-25", WorkingCourt, "Christmas Day"},
		{"2029-05-07", WorkingPSR, "the first Monday in May"},
		{"2029-05-07", WorkingAnyUK, works},
		{"2029-12-26", WorkingEnglandAndWales, works},
		{"2029-12-25", WorkingScotland, works},
		{"2029-12-29", WorkingScotland, "Saturday"},
		{"2008-12-25", WorkingEnglandAndWales, "Christmas Day"},
		{"2008-12-26", WorkingEnglandAndWales, works},
	} {
		d := parse(t, c.day)
		why, off := Builtin().Off(c.working, d)
		if why != c.want || off != (c.want != works) || Builtin().WorkingDay(c.working, d) == off {
			t.Errorf("%s, %s: %q, %t; want %q", c.day, c.working, why, off, c.want)
		}
	}
}

func TestWorkingDaysAreCounted(t *testing.T) {
	for _, c := range []struct {
		from    string
		n       int
		working Working
		want    string
	}{
		{"2026-11-02", 20, WorkingAnyUK, "2026-12-01"},
		{"2026-11-02", 20, WorkingEnglandAndWales, "2026-11-30"},
		{"2026-11-22", 20, WorkingAnyUK, "2026-12-21"},
		{"2026-05-26", 20, WorkingAnyUK, "2026-06-24"},
		{"2026-12-24", 20, WorkingAnyUK, "2027-01-27"},
		{"2027-06-28", 20, WorkingAnyUK, "2027-07-27"},
		{"2014-03-16", 20, WorkingAnyUK, "2014-04-14"}, // decided by the Information Commissioner
		{"2022-08-30", 20, WorkingEnglandAndWales, "2022-09-28"},
		{"2026-11-24", 8, WorkingPSR, "2026-12-04"},
		{"2026-12-19", 8, WorkingPSR, "2027-01-04"},
		{"2027-04-24", 8, WorkingPSR, "2027-05-06"},
		{"2026-12-28", 1, WorkingEnglandAndWales, "2026-12-29"},
		{"2026-12-28", 0, WorkingEnglandAndWales, "2026-12-28"},
		{"2026-12-29", -1, WorkingEnglandAndWales, "2026-12-24"},
	} {
		from, want := parse(t, c.from), parse(t, c.want)
		if got := Builtin().AddWorkingDays(c.working, from, c.n); got != want {
			t.Errorf("%d working days (%s) after %s: %s, want %s", c.n, c.working, from, got, want)
		}
		if got := Builtin().WorkingDaysUntil(c.working, from, want); got != c.n {
			t.Errorf("working days (%s) from %s until %s: %d, want %d", c.working, from, want, got, c.n)
		}
	}
}

func TestEveryDefinitionSaysWhatItIs(t *testing.T) {
	seen := map[string]bool{}
	for _, w := range Workings() {
		if got, err := ParseWorking(string(w)); got != w || err != nil {
			t.Errorf("%s is read as %q, %v", w, got, err)
		}
		if w.Title() == "" || w.Authority() == "" || len(w.Divisions()) == 0 || seen[w.Title()] {
			t.Errorf("%s: %q by %q for %v", w, w.Title(), w.Authority(), w.Divisions())
		}
		seen[w.Title()] = true
	}
	if len(seen) != 6 {
		t.Errorf("there are %d definitions", len(seen))
	}
	for _, s := range []string{"", "UK-any", "england"} {
		if w, err := ParseWorking(s); err == nil || !strings.Contains(err.Error(), "uk-any") {
			t.Errorf("%q is read as %q, %v", s, w, err)
		}
	}
}

// The days that definitions name themselves are held against those published.
func TestNamedDaysAreThosePublished(t *testing.T) {
	for year := 2012; year <= 2028; year++ {
		on := map[string]Date{}
		for _, h := range Builtin().Holidays(EnglandAndWales, year) {
			on[h.Title] = h.Date
		}
		if got := easter(year); got.AddDays(-2) != on["Good Friday"] || got.AddDays(1) != on["Easter Monday"] {
			t.Errorf("Easter of %d is reckoned as %s; Good Friday was published as %s", year, got, on["Good Friday"])
		}
		if got := on["Early May bank holiday"]; year != 2020 && firstMondayInMay.in(year) != got {
			t.Errorf("%s is not taken for the first Monday in May", got)
		}
		if got := on["Christmas Day"]; christmasDay.in(year) != On(year, 12, 25) || got.Before(christmasDay.in(year)) {
			t.Errorf("Christmas Day of %d is taken for %s; it was published as %s", year, christmasDay.in(year), got)
		}
	}
	for _, s := range []string{"1954-04-18", "1981-04-19", "2008-03-23", "2038-04-25", "2049-04-18"} {
		want := parse(t, s)
		if year, _, _ := want.Split(); easter(year) != want {
			t.Errorf("Easter of %d is reckoned as %s, want %s", year, easter(year), want)
		}
	}
}

// drawn draws a definition and a day within and around what is published.
func drawn(t *rapid.T) (Working, Date) {
	w := rapid.SampledFrom(Workings()).Draw(t, "working days")
	return w, On(2011, 1, 1).AddDays(rapid.IntRange(0, 7000).Draw(t, "day"))
}

func TestAddingWorkingDaysIsUndoneByCountingThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w, from := drawn(t)
		n := rapid.IntRange(-300, 300).Draw(t, "n")
		c := Builtin()
		to := c.AddWorkingDays(w, from, n)
		if got := c.WorkingDaysUntil(w, from, to); got != n {
			t.Fatalf("%d working days (%s) after %s is %s, but until then there are %d", n, w, from, to, got)
		}
		if n != 0 && !c.WorkingDay(w, to) {
			t.Fatalf("%d working days (%s) after %s is %s, which is none", n, w, from, to)
		}
		if c.WorkingDay(w, from) && c.AddWorkingDays(w, to, -n) != from {
			t.Fatalf("%d working days (%s) after %s and as many back is %s", n, w, from, c.AddWorkingDays(w, to, -n))
		}
	})
}

// A definition that skips the holidays of more divisions has fewer working days.
func TestAUnionSkipsWhatItsPartsSkip(t *testing.T) {
	parts := map[Division]Working{EnglandAndWales: WorkingEnglandAndWales, Scotland: WorkingScotland, NorthernIreland: WorkingNorthernIreland}
	c := Builtin()
	for d := On(2010, 1, 1); !d.After(On(2031, 12, 31)); d = d.AddDays(1) {
		for _, w := range Workings() {
			for _, div := range w.Divisions() {
				if c.WorkingDay(w, d) && !c.WorkingDay(parts[div], d) {
					t.Errorf("%s is a working day by %s, and not in %s", d, w, div)
				}
			}
		}
		if c.WorkingDay(WorkingPSR, d) && !c.WorkingDay(WorkingCourt, d) || c.WorkingDay(WorkingCourt, d) != c.WorkingDay(WorkingEnglandAndWales, d) {
			t.Errorf("%s: by psr, court and england-and-wales %t, %t, %t", d, c.WorkingDay(WorkingPSR, d), c.WorkingDay(WorkingCourt, d), c.WorkingDay(WorkingEnglandAndWales, d))
		}
	}
}

func BenchmarkWorkingDay(b *testing.B) {
	c, from := Builtin(), On(2020, 1, 1)
	for i := 0; b.Loop(); i++ {
		c.WorkingDay(WorkingPSR, from.AddDays(i%3000))
	}
}
