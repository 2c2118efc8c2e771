package calendar

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func parse(t testing.TB, s string) Date {
	t.Helper()
	d, err := Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func holiday(t testing.TB, div Division, day, title string) Holiday {
	t.Helper()
	return Holiday{Division: div, Date: parse(t, day), Title: title}
}

func TestBuiltinCalendar(t *testing.T) {
	c := Builtin()
	if c.Version() == "" || c.Horizon() != On(2028, 12, 26) || c.Published().After(c.Horizon()) {
		t.Errorf("version %q, published %s, horizon %s", c.Version(), c.Published(), c.Horizon())
	}
	for _, div := range Divisions() {
		if last := c.Holidays(div, 2028); last[len(last)-1].Date != c.Horizon() {
			t.Errorf("the last holiday known in %s is %s, the horizon %s", div.Name(), last[len(last)-1], c.Horizon())
		}
		for _, year := range []int{2011, 2029} {
			if got := c.Holidays(div, year); len(got) > 0 {
				t.Errorf("in %d: %v", year, got)
			}
		}
	}
	if got := c.Holidays(Scotland, 2027)[1].String(); got != "Mon 4 Jan 2027, 2nd January (substitute; Scotland)" {
		t.Errorf("it reads %q", got)
	}
	c.Holidays(Scotland, 2027)[0].Title = "changed"
	if got := c.Holidays(Scotland, 2027)[0].Title; got != "New Year’s Day" {
		t.Errorf("a calendar was changed through what it returned: %q", got)
	}
}

// The holiday of 19 September 2022 was proclaimed ten days before.
func TestALateHolidayMovesADate(t *testing.T) {
	funeral := holiday(t, EnglandAndWales, "2022-09-19", "Bank Holiday for the State Funeral of Queen Elizabeth II")
	before := Builtin().With(Revision{Version: "before", Removed: []Holiday{funeral}})
	after, err := before.Revise(Revision{Version: "GOV.UK 2022-09-10", Published: parse(t, "2022-09-10"), Added: []Holiday{funeral}})
	if err != nil {
		t.Fatal(err)
	}
	from := parse(t, "2022-08-30")
	for c, want := range map[*Calendar]string{&before: "2022-09-27", &after: "2022-09-28"} {
		if got := c.AddWorkingDays(WorkingEnglandAndWales, from, 20); got != parse(t, want) {
			t.Errorf("by %s it is due %s, want %s", c.Version(), got, want)
		}
	}
	if after.Published() != parse(t, "2022-09-10") || after.Horizon() != Builtin().Horizon() {
		t.Errorf("published %s, horizon %s", after.Published(), after.Horizon())
	}
}

func TestRevisionsThatCannotBeRight(t *testing.T) {
	jubilee := holiday(t, Scotland, "2027-06-14", "Jubilee")
	for _, c := range []struct {
		name, want string
		r          Revision
	}{
		{"no version", "no version", Revision{Added: []Holiday{jubilee}}},
		{"unknown division", `"wales" is no division`, Revision{Version: "v", Added: []Holiday{holiday(t, "wales", "2027-03-01", "St David’s Day")}}},
		{"no day", "has no day", Revision{Version: "v", Added: []Holiday{{Division: Scotland, Title: "Jubilee"}}}},
		{"no name", "has no name", Revision{Version: "v", Removed: []Holiday{holiday(t, Scotland, "2027-06-14", " ")}}},
		{"twice", "two holidays on 2027-06-14", Revision{Version: "v", Added: []Holiday{jubilee, holiday(t, Scotland, "2027-06-14", "Other")}}},
	} {
		got, err := Builtin().Revise(c.r)
		if !errors.Is(err, ErrHolidays) || !strings.Contains(err.Error(), c.want) || got.Version() != "" {
			t.Errorf("%s: %q, %v", c.name, got.Version(), err)
		}
	}
}

func TestWhatARevisionMayRepeat(t *testing.T) {
	c := Builtin()
	gone := holiday(t, Scotland, "2026-06-16", "nothing is here")
	if got := c.With(Revision{Removed: []Holiday{gone}, Horizon: On(2020, 1, 1)}); !got.Equal(c) {
		t.Error("removing what is not there, or an earlier horizon, changed the calendar")
	}
	if got := c.With(Revision{Added: c.Holidays(Scotland, 2026)}); !got.Equal(c) {
		t.Error("adding what is there changed the calendar")
	}
	renamed := holiday(t, Scotland, "2026-06-15", "World Cup")
	got := c.With(Revision{Added: []Holiday{renamed}})
	if why, _ := got.Off(WorkingScotland, renamed.Date); why != "World Cup (Scotland)" {
		t.Errorf("renamed it reads %q", why)
	}
	d := Difference(c, got)
	if len(d.Added) != 1 || len(d.Removed) != 1 || d.Added[0] != renamed {
		t.Errorf("the difference is %+v", d)
	}
}

// drawRevision draws some holidays to add and to remove.
func drawRevision(t *rapid.T) Revision {
	draw := func(label string) []Holiday {
		var hs []Holiday
		for range rapid.IntRange(0, 8).Draw(t, label) {
			h := Holiday{
				rapid.SampledFrom(Divisions()).Draw(t, "division"), On(2026, 1, 1).AddDays(rapid.IntRange(0, 500).Draw(t, "day")),
				rapid.SampledFrom([]string{"One", "Two"}).Draw(t, "title"), rapid.Bool().Draw(t, "substitute"),
			}
			if check(append(slices.Clone(hs), h)) == nil {
				hs = append(hs, h)
			}
		}
		return hs
	}
	removed := append(draw("removed"), Builtin().Holidays(Scotland, 2026)...)
	return Revision{
		Version: rapid.SampledFrom([]string{"a", "b"}).Draw(t, "version"), Published: On(2026, 1, rapid.IntRange(1, 28).Draw(t, "published")),
		Horizon: On(2028, 12, 26).AddDays(rapid.IntRange(0, 800).Draw(t, "horizon")), Added: draw("added"), Removed: removed[:rapid.IntRange(0, len(removed)).Draw(t, "removals")],
	}
}

func TestADifferenceMakesTheOtherCalendar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := Builtin().With(drawRevision(t))
		to := from.With(drawRevision(t))
		d := Difference(from, to)
		if got := from.With(d); !got.Equal(to) {
			t.Fatalf("%+v makes\n%+v, want\n%+v", d, got, to)
		}
		if !from.With(d).With(d).Equal(to) {
			t.Fatal("a revision taken in twice changes something")
		}
		if len(Difference(to, to).Added)+len(Difference(to, to).Removed) != 0 {
			t.Fatal("a calendar differs from itself")
		}
		if !slices.IsSortedFunc(to.holidays, order) {
			t.Fatal("the holidays are out of order")
		}
	})
}

func TestARevisionIsWrittenAndRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawRevision(t)
		data, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got Revision
		if err := json.Unmarshal(data, &got); err != nil {
			t.Fatal(err)
		}
		if !Builtin().With(got).Equal(Builtin().With(want)) {
			t.Fatalf("%s reads as %+v", data, got)
		}
	})
}

// listed is the built-in holidays of some years, as a published list has them.
func listed(from, to int) []Holiday {
	var all []Holiday
	for year := from; year <= to; year++ {
		for _, div := range Divisions() {
			all = append(all, Builtin().Holidays(div, year)...)
		}
	}
	return all
}

// shifted is a year's list moved by so many years, and so not at all real.
func shifted(list []Holiday, years int) []Holiday {
	moved := slices.Clone(list)
	for i, h := range moved {
		moved[i].Date = h.Date.AddMonths(12 * years)
	}
	return moved
}

func TestAListIsAdopted(t *testing.T) {
	published := parse(t, "2026-11-22")
	cup := func(h Holiday) bool { return h.Title == "World Cup bank holiday" }
	coronation := func(h Holiday) bool { return h.Title == "Bank holiday for the coronation of King Charles III" }
	for _, c := range []struct {
		name           string
		list           []Holiday
		added, removed []string // the days
		horizon        string
	}{
		{"all that is known", listed(2012, 2028), nil, nil, "2028-12-26"},
		{"some of the years", listed(2019, 2027), nil, nil, "2028-12-26"},
		{"without one in the middle", slices.DeleteFunc(listed(2019, 2028), cup), nil, []string{"2026-06-15"}, "2028-12-26"},
		{"without one before it begins", slices.DeleteFunc(listed(2024, 2028), coronation), nil, nil, "2028-12-26"},
		{"with another", append(listed(2019, 2028), holiday(t, Scotland, "2027-06-14", "Jubilee")), []string{"2027-06-14"}, nil, "2028-12-26"},
		{"another year", append(listed(2025, 2028), shifted([]Holiday{
			holiday(t, EnglandAndWales, "2028-12-25", "Christmas Day"), holiday(t, Scotland, "2028-12-26", "Boxing Day"), holiday(t, NorthernIreland, "2028-12-26", "Boxing Day"),
		}, 1)...), []string{"2029-12-25", "2029-12-26", "2029-12-26"}, nil, "2029-12-25"},
	} {
		got, err := Builtin().Adopt("GOV.UK 2026-11-22", published, c.list)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		d := Difference(Builtin(), got)
		if diff := cmp.Diff([][]string{c.added, c.removed}, [][]string{dates(d.Added), dates(d.Removed)}); diff != "" {
			t.Errorf("%s: added and removed (-want +got):\n%s", c.name, diff)
		}
		if got.Horizon() != parse(t, c.horizon) || got.Version() != "GOV.UK 2026-11-22" || got.Published() != published {
			t.Errorf("%s: horizon %s, version %s, published %s", c.name, got.Horizon(), got.Version(), got.Published())
		}
	}
}

func dates(hs []Holiday) []string {
	var days []string
	for _, h := range hs {
		days = append(days, h.Date.String())
	}
	return days
}

func TestListsThatAreNotAdopted(t *testing.T) {
	without := func(year int, div Division) []Holiday {
		return slices.DeleteFunc(listed(2019, 2028), func(h Holiday) bool {
			y, _, _ := h.Date.Split()
			return h.Division == div && (year == 0 || y == year)
		})
	}
	for _, c := range []struct {
		name, want string
		list       []Holiday
	}{
		{"nothing", "none of England and Wales", nil},
		{"a division missing", "none of Scotland", without(0, Scotland)},
		{"a year missing", "none of Northern Ireland in 2023", without(2023, NorthernIreland)},
		{"too far ahead", "2037-01-01 in Scotland is more than 10 years", append(listed(2019, 2028), holiday(t, Scotland, "2037-01-01", "New Year’s Day"))},
		{"years between are missing", "begin in 2030", shifted(listed(2026, 2027), 4)},
		{"twice", "two holidays on 2019-01-01", append(listed(2019, 2019), listed(2019, 2019)...)},
	} {
		if _, err := Builtin().Adopt("v", parse(t, "2026-11-22"), c.list); !errors.Is(err, ErrHolidays) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
