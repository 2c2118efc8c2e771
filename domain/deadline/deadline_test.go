package deadline

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"parley/domain/calendar"
	"parley/events"
)

func day(t testing.TB, s string) calendar.Date {
	t.Helper()
	d, err := calendar.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func period(t testing.TB, s string) calendar.Period {
	t.Helper()
	p, err := calendar.ParsePeriod(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPeriodsEndOnTheCorrespondingDate(t *testing.T) {
	for _, c := range []struct {
		from, period string
		toMonthEnd   bool
		want         string
	}{
		{"1978-09-30", "4m", false, "1979-01-30"}, // Dodds v Walker
		{"1983-03-23", "2m", false, "1983-05-23"}, // E J Riley v Eurostile
		{"2026-11-30", "3m", false, "2027-02-28"},
		{"2027-11-30", "3m", false, "2028-02-29"},
		{"2026-12-31", "2m", false, "2027-02-28"},
		{"2027-02-28", "6m", false, "2027-08-28"},
		{"2026-11-22", "6m", true, "2027-05-31"}, // GMS Regulations 2015, Schedule 3, paragraph 62
		{"2026-08-31", "6m", true, "2027-02-28"},
		{"2026-12-01", "3m", true, "2027-03-31"},
		{"2026-12-22", "7d", false, "2026-12-29"},
		{"2026-10-01", "12w", false, "2026-12-24"},
		{"2028-02-29", "1y", false, "2029-02-28"},
	} {
		got, err := After(day(t, c.from), period(t, c.period), c.toMonthEnd)
		if err != nil || got.Due != day(t, c.want) {
			t.Errorf("%s after %s = %s, %v; want %s", c.period, c.from, got.Due, err, c.want)
		}
		if last := got.Steps[len(got.Steps)-1]; last.Date != got.Due {
			t.Errorf("%s after %s: the working ends on %s, the date is %s", c.period, c.from, last.Date, got.Due)
		}
	}
	for _, p := range []string{"20wd", "24h"} {
		if got, err := After(day(t, "2026-11-22"), period(t, p), false); err == nil {
			t.Errorf("%s was counted as %s, want an error", p, got.Due)
		}
	}
}

func TestALaterEventIsNeverDueEarlier(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := calendar.On(2026, 1, 1).AddDays(rapid.IntRange(0, 3000).Draw(t, "day"))
		p := calendar.Period{N: rapid.IntRange(1, 60).Draw(t, "n"), Unit: rapid.SampledFrom([]calendar.Unit{calendar.Days, calendar.Weeks, calendar.Months, calendar.Years}).Draw(t, "unit")}
		toEnd := rapid.Bool().Draw(t, "to month end")
		today, _ := After(from, p, toEnd)
		tomorrow, _ := After(from.AddDays(1), p, toEnd)
		if tomorrow.Due.Before(today.Due) {
			t.Fatalf("%s from %s is due %s, but a day later %s", p, from, today.Due, tomorrow.Due)
		}
	})
}

// A date that a document states stands, whatever becomes of the case.
func TestClosingACaseLeavesStatedDatesAlone(t *testing.T) {
	set := AgreementReview.Set(events.LMC)
	set.Deadline, set.Trigger, set.Stated = "D3.1", day(t, "2026-09-21"), day(t, "2027-09-30")
	book := Book(nil).Apply(events.Fact{On: set.Trigger, Event: set})
	for _, f := range []events.Fact{{On: day(t, "2026-12-01"), Event: events.CaseClosed{}}, {On: day(t, "2027-12-01"), Event: events.CaseReopened{}}} {
		book = book.Apply(f)
		if clock := book[0]; clock.Due() != set.Stated || clock.Status() != Open {
			t.Errorf("after %s: due %s, %s", events.Name(f.Event), clock.Due(), clock.Status())
		}
	}
}

func TestClockLife(t *testing.T) {
	set := LESNotice.Set(events.Practice)
	set.Deadline, set.Trigger, set.Period = "D3.1", day(t, "2026-11-30"), period(t, "3m")
	fact := func(on string, e events.Event) events.Fact { return events.Fact{On: day(t, on), Event: e} }
	for _, c := range []struct {
		name        string
		facts       []events.Fact
		due, status string
	}{
		{"set", nil, "2027-02-28", "open"},
		{"met", []events.Fact{fact("2027-02-01", events.DeadlineMet{Deadline: "D3.1"})}, "2027-02-28", "met"},
		{"waived, then superseded: the first end stands", []events.Fact{fact("2027-02-01", events.DeadlineWaived{Deadline: "D3.1"}), fact("2027-02-02", events.DeadlineSuperseded{Deadline: "D3.1"})}, "2027-02-28", "waived"},
		{"missed, then extended", []events.Fact{fact("2027-03-01", events.DeadlineMissed{Deadline: "D3.1"}), fact("2027-03-02", events.DeadlineExtended{Deadline: "D3.1", Until: day(t, "2027-03-31")})}, "2027-03-31", "open"},
		{"paused", []events.Fact{fact("2026-12-21", events.DeadlinePaused{Deadline: "D3.1"})}, "2027-02-28", "paused"},
		{"paused for a fortnight", []events.Fact{fact("2026-12-21", events.DeadlinePaused{Deadline: "D3.1"}), fact("2027-01-04", events.DeadlineResumed{Deadline: "D3.1"})}, "2027-03-14", "open"},
		{"paused and resumed in a day", []events.Fact{fact("2026-12-21", events.DeadlinePaused{Deadline: "D3.1"}), fact("2026-12-21", events.DeadlineResumed{Deadline: "D3.1"})}, "2027-02-28", "open"},
		{"the case closed", []events.Fact{fact("2026-12-21", events.CaseClosed{})}, "2027-02-28", "paused"},
		{"the case closed and reopened", []events.Fact{fact("2026-12-21", events.CaseClosed{}), fact("2026-12-23", events.CaseReopened{})}, "2027-03-02", "open"},
		{"another clock met", []events.Fact{fact("2026-12-21", events.DeadlineMet{Deadline: "D4.1"})}, "2027-02-28", "open"},
	} {
		book := Book(nil).Apply(fact("2026-11-30", set))
		for _, f := range c.facts {
			before := append(Book(nil), book...)
			after := book.Apply(f)
			if diff := cmp.Diff(before, book); diff != "" {
				t.Fatalf("%s: Apply changed the book it was given:\n%s", c.name, diff)
			}
			book = after
		}
		if got := book[0]; got.Due() != day(t, c.due) || string(got.Status()) != c.status {
			t.Errorf("%s: due %s, %s; want %s, %s", c.name, got.Due(), got.Status(), c.due, c.status)
		}
	}
}
