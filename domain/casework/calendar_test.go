package casework_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"parley/domain/calendar"
	"parley/domain/casework"
	"parley/domain/holidays"
	"parley/events"
)

// published is the list of what is built in, and more.
func published(on string, more ...calendar.Holiday) holidays.Import {
	list := slices.Clone(more)
	for year := 2019; year <= 2028; year++ {
		for _, div := range calendar.Divisions() {
			list = append(list, calendar.Builtin().Holidays(div, year)...)
		}
	}
	return holidays.Import{Source: "GOV.UK", Published: day(on), Holidays: list}
}

func TestAListOfBankHolidaysIsTakenInOnce(t *testing.T) {
	o := newOffice(t)
	ctx := context.Background()
	if out, err := o.desk().UpdateCalendar(ctx, published("2026-11-20"), by("j.doe")); err != nil || len(out.Facts) != 0 {
		t.Fatalf("a list of what is built in causes %v, %v", out.Facts, err)
	}
	jubilee := calendar.Holiday{Division: calendar.Scotland, Date: day("2027-06-14"), Title: "Jubilee"}
	how := by("j.doe")
	for n, repeated := range []bool{false, true} {
		out, err := o.desk().UpdateCalendar(ctx, published("2026-11-20", jubilee), how)
		if err != nil || out.Version != 1 || out.Repeated != repeated || len(out.Facts) != 1 {
			t.Fatalf("attempt %d: %+v, %v", n+1, out, err)
		}
		if e := out.Facts[0].Event.(events.CalendarRevised); len(e.Removed) != 0 || len(e.Added) != 1 || e.Added[0] != jubilee {
			t.Errorf("it revises %+v", e)
		}
	}
	if out, err := o.desk().UpdateCalendar(ctx, published("2026-11-21", jubilee), by("j.doe")); err != nil || len(out.Facts) != 0 {
		t.Errorf("the same list later causes %v, %v", out.Facts, err)
	}
	dry := by("j.doe")
	dry.DryRun = true
	if out, err := o.desk().UpdateCalendar(ctx, published("2026-11-21"), dry); err != nil || len(out.Facts) != 1 || out.Position != 0 {
		t.Errorf("supposed: %+v, %v", out, err)
	}
	if _, err := o.desk().UpdateCalendar(ctx, published("2026-11-19"), by("j.doe")); !errors.Is(err, holidays.ErrOlderEdition) {
		t.Errorf("an older list: %v", err)
	}
	if _, err := o.desk().UpdateCalendar(ctx, published("2026-11-21"), casework.Request{}); !errors.Is(err, casework.ErrUnsigned) {
		t.Errorf("without an ID: %v", err)
	}
	if h := o.log.history(t, events.Calendar()); len(h) != 1 {
		t.Errorf("%d commits", len(h))
	}
}
