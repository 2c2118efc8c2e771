package calendar

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDatesAgreeWithTheStandardLibrary(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 109_000).Draw(t, "days after 1900-01-01")
		want := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n)
		got := On(1900, 1, 1).AddDays(n)
		if got.Time() != want || got.Weekday() != want.Weekday() {
			t.Fatalf("got %s %s, want %s", got, got.Weekday(), want)
		}
		back, err := Parse(got.String())
		if err != nil || back != got {
			t.Fatalf("Parse(%q) = %v, %v", got, back, err)
		}
		if end := got.MonthEnd(); end.AddDays(1).Time().Day() != 1 || end.Time().Month() != want.Month() {
			t.Fatalf("month end of %s is %s", got, end)
		}
	})
}

func TestMonthsRunToTheCorrespondingDate(t *testing.T) {
	for _, c := range []struct {
		from   string
		months int
		want   string
	}{
		{"1978-09-30", 4, "1979-01-30"}, // Dodds v Walker
		{"2026-11-30", 3, "2027-02-28"},
		{"2027-11-30", 3, "2028-02-29"},
		{"2026-12-31", 2, "2027-02-28"},
		{"2027-02-28", 6, "2027-08-28"},
		{"2026-01-31", 12, "2027-01-31"},
		{"2026-03-31", -1, "2026-02-28"},
		{"2028-02-29", 36, "2031-02-28"},
	} {
		from, _ := Parse(c.from)
		if got := from.AddMonths(c.months).String(); got != c.want {
			t.Errorf("%s + %d months = %s, want %s", c.from, c.months, got, c.want)
		}
	}
}

func TestParseRefusesWhatIsNotADay(t *testing.T) {
	for _, s := range []string{"2026-02-31", "2026-13-01", "31/12/2026", "2026-1-1", "", "0001-01-01", "9999-12-31", "2026-11-22T10:00:00Z"} {
		if d, err := Parse(s); err == nil {
			t.Errorf("Parse(%q) = %s, want an error", s, d)
		}
	}
}

func TestDateOfAMomentFollowsTheZone(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Skip("no time zone data on this machine:", err)
	}
	late := time.Date(2026, 6, 30, 23, 30, 0, 0, time.UTC) // half past midnight in London
	if got := At(late, london); got != On(2026, 7, 1) {
		t.Errorf("At = %s, want 2026-07-01", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("2026-11-22")
	f.Add("2026-02-31")
	f.Fuzz(func(t *testing.T, s string) {
		d, err := Parse(s)
		if err == nil && d.String() != s {
			t.Errorf("Parse(%q) reads back as %q", s, d)
		}
	})
}

// Dates are written as the library writes them, every day of them.
func TestDatesAreWrittenAsTheLibraryWritesThem(t *testing.T) {
	for _, stretch := range [][2]Date{{On(-2, 1, 1), On(3, 1, 1)}, {On(1900, 1, 1), On(2200, 12, 31)}, {On(9998, 1, 1), On(10001, 12, 31)}} {
		for d := stretch[0]; !d.After(stretch[1]); d = d.AddDays(1) {
			want := d.Time().Format(layout)
			if d.IsZero() {
				want = ""
			}
			if text, err := d.MarshalText(); d.String() != want || string(text) != want || err != nil {
				t.Fatalf("%s is written %s and %s, %v", want, d, text, err)
			}
		}
	}
}

func BenchmarkMarshalText(b *testing.B) {
	from := On(2020, 1, 1)
	for i := 0; b.Loop(); i++ {
		if _, err := from.AddDays(i % 3000).MarshalText(); err != nil {
			b.Fatal(err)
		}
	}
}
