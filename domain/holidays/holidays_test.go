package holidays

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

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

// list is the built-in holidays of 2019 to 2028, with more and without some.
func list(without []string, more ...calendar.Holiday) []calendar.Holiday {
	all := slices.Clone(more)
	for year := 2019; year <= 2028; year++ {
		for _, div := range calendar.Divisions() {
			for _, h := range calendar.Builtin().Holidays(div, year) {
				if !slices.Contains(without, h.Date.String()) {
					all = append(all, h)
				}
			}
		}
	}
	return all
}

func govuk(t testing.TB, published string, holidays []calendar.Holiday) Import {
	t.Helper()
	return Import{Source: "GOV.UK", Published: day(t, published), Holidays: holidays}
}

// recorded puts each command's facts on record, the day after it was published.
func recorded(t testing.TB, commands ...Import) events.History {
	t.Helper()
	var h events.History
	for _, cmd := range commands {
		facts, err := Decide(Fold(h), cmd, cmd.Published)
		if err != nil {
			t.Fatal(err)
		}
		h = append(h, events.Recorded{Commit: events.Commit{
			Aggregate: events.Calendar(), Version: len(h) + 1, RecordedAt: cmd.Published.AddDays(1).In(time.UTC), Facts: facts,
		}})
	}
	return h
}

func funeral(t testing.TB) calendar.Holiday {
	t.Helper()
	return calendar.Holiday{Division: calendar.EnglandAndWales, Date: day(t, "2022-09-19"), Title: "Bank Holiday for the State Funeral of Queen Elizabeth II"}
}

func jubilee(t testing.TB) calendar.Holiday {
	t.Helper()
	return calendar.Holiday{Division: calendar.Scotland, Date: day(t, "2027-06-14"), Title: "Jubilee"}
}

func TestWhatImportsCause(t *testing.T) {
	today := day(t, "2026-11-22")
	plain, more := list(nil), list(nil, jubilee(t))
	for _, c := range []struct {
		name  string
		given []Import
		when  Import
		then  []events.Fact
		err   error
	}{
		{"a list of what is known causes nothing", nil, govuk(t, "2026-11-22", plain), nil, nil},
		{
			"a new holiday is added", nil, govuk(t, "2026-11-22", more),
			[]events.Fact{{On: today, Event: events.CalendarRevised{
				Version: "GOV.UK 2026-11-22", Published: today, Horizon: day(t, "2028-12-26"),
				Added: []calendar.Holiday{jubilee(t)}, Removed: []calendar.Holiday{},
			}}},
			nil,
		},
		{"the same list again causes nothing", []Import{govuk(t, "2026-11-20", more)}, govuk(t, "2026-11-22", more), nil, nil},
		{
			"a later list takes it back, on the same day under another version",
			[]Import{govuk(t, "2026-11-22", more)},
			govuk(t, "2026-11-22", plain),
			[]events.Fact{{On: today, Event: events.CalendarRevised{
				Version: "GOV.UK 2026-11-22 (2)", Published: today, Horizon: day(t, "2028-12-26"),
				Added: []calendar.Holiday{}, Removed: []calendar.Holiday{jubilee(t)},
			}}},
			nil,
		},
		{"an older list that says otherwise is refused", []Import{govuk(t, "2026-11-22", more)}, govuk(t, "2026-11-21", plain), nil, ErrOlderEdition},
		{"an older list of the same causes nothing", []Import{govuk(t, "2026-11-22", more)}, govuk(t, "2026-11-21", more), nil, nil},
		{"a list without a day is refused", nil, Import{Source: "GOV.UK", Holidays: more}, nil, ErrNoEdition},
		{"a list of a day to come is refused", nil, govuk(t, "2026-11-23", more), nil, ErrFutureEdition},
		{"a list from nowhere is refused", nil, Import{Published: today, Holidays: more, Source: " "}, nil, ErrNoSource},
		{"a list that cannot be right is refused", nil, govuk(t, "2026-11-22", more[:1]), nil, calendar.ErrHolidays},
	} {
		got, err := Decide(Fold(recorded(t, c.given...)), c.when, today)
		if !errors.Is(err, c.err) {
			t.Errorf("%s: %v", c.name, err)
		}
		if diff := cmp.Diff(c.then, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// The holiday of 19 September 2022 became known on the 10th. What had been
// recorded by the 9th still counts without it.
func TestWhatWasKnownThen(t *testing.T) {
	before := list([]string{"2022-09-19"})
	h := recorded(t, govuk(t, "2022-08-30", before), govuk(t, "2022-09-10", append(slices.Clone(before), funeral(t))))
	from := day(t, "2022-08-30")
	for _, c := range []struct{ asOf, due, version string }{
		{"2022-08-30", "2022-09-28", calendar.Builtin().Version()},
		{"2022-09-09", "2022-09-27", "GOV.UK 2022-08-30"},
		{"2022-09-10", "2022-09-27", "GOV.UK 2022-08-30"},
		{"2022-09-11", "2022-09-28", "GOV.UK 2022-09-10"},
	} {
		known := Fold(h.AsOf(day(t, c.asOf).In(time.UTC))).Calendar
		if got := known.AddWorkingDays(calendar.WorkingEnglandAndWales, from, 20); got != day(t, c.due) || known.Version() != c.version {
			t.Errorf("as of %s it is due %s by %s, want %s by %s", c.asOf, got, known.Version(), c.due, c.version)
		}
	}
}

func TestLiveKnowledgeIsThatOfAReplay(t *testing.T) {
	h := recorded(t, govuk(t, "2026-11-20", list(nil, jubilee(t))), govuk(t, "2026-11-21", list([]string{"2026-06-15"})), govuk(t, "2026-11-22", list(nil)))
	live := New()
	for i, r := range h {
		was := live.Calendar
		next := Evolve(live, r)
		if !live.Calendar.Equal(was) {
			t.Fatal("Evolve changed what it was given")
		}
		live = next
		if diff := cmp.Diff(Fold(h[:i+1]), live, cmp.AllowUnexported(Known{})); diff != "" {
			t.Fatalf("after commit %d (-replayed +live):\n%s", i+1, diff)
		}
	}
	if live.Edition != day(t, "2026-11-22") || len(live.Calendar.Holidays(calendar.Scotland, 2027)) != len(calendar.Builtin().Holidays(calendar.Scotland, 2027)) {
		t.Errorf("the edition is %s, Scotland has %v", live.Edition, live.Calendar.Holidays(calendar.Scotland, 2027))
	}
}

func TestARetractedRevisionIsGone(t *testing.T) {
	h := recorded(t, govuk(t, "2026-11-20", list(nil, jubilee(t))))
	h = append(h, events.Recorded{Commit: events.Commit{Aggregate: events.Calendar(), Version: 2, Facts: []events.Fact{
		{On: day(t, "2026-11-21"), Event: events.EventRetracted{Event: events.EventID{Version: 1, Index: 1}, Why: "the wrong file"}},
	}}})
	if got := Fold(h); !got.Calendar.Equal(calendar.Builtin()) || !got.Edition.IsZero() {
		t.Errorf("known is %s of %s", got.Calendar.Version(), got.Edition)
	}
}
