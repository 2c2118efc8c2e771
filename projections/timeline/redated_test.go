package timeline_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/adapters/logtest/sample"
	"parley/domain/calendar"
	"parley/events"
	"parley/projections/timeline"
)

// list is a revision of the calendar, by the holidays of England and Wales that
// it adds and removes.
func list(published string, added, removed []calendar.Holiday) events.Fact {
	return sample.Fact(published, events.CalendarRevised{
		Version: "GOV.UK " + published, Published: sample.Day(published), Horizon: calendar.Builtin().Horizon(), Added: added, Removed: removed,
	})
}

func holiday(day, title string) calendar.Holiday {
	return calendar.Holiday{Division: calendar.EnglandAndWales, Date: sample.Day(day), Title: title}
}

// place gives the commits of a line these positions in the log.
func place(l *sample.Line, positions ...uint64) {
	for i, p := range positions {
		l.History[i].Position = p
	}
}

// Of two commits of one time the log says which came first.
func TestADeadlineThatWasNotSetYetIsNotToldOf(t *testing.T) {
	l := sample.Begin(t, events.Case("GLO-26-0001"))
	set := events.DeadlineSet{Deadline: "D2.1", Rule: "local-period", Title: "Answer", Owner: events.ICB, Trigger: sample.Day("2026-11-02"), Period: calendar.Period{N: 5, Unit: calendar.WorkingDays}}
	l.Tell("2026-11-01", sample.Fact("2026-11-01", events.CaseOpened{Ref: "GLO-26-0001"}))
	l.Tell("2026-11-02", sample.Fact("2026-11-02", set))
	c := sample.Begin(t, events.Calendar())
	c.Tell("2026-11-02", list("2026-11-02", []calendar.Holiday{holiday("2026-11-04", "Jubilee")}, nil))
	for where, want := range map[uint64][]string{
		2: {"case-opened", "deadline-set"},
		4: {"case-opened", "deadline-set", timeline.Redated},
	} {
		place(l, 1, 3)
		place(c, where)
		var got []string
		for _, e := range timeline.WithRevisions(timeline.Tell(l.History, london(t)), l.History, c.History) {
			got = append(got, e.Type)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("with the revision at %d (-want +got):\n%s", where, diff)
		}
	}
}

// The holiday for the funeral of 2022 was not known when the clock started.
func TestARevisionOfTheCalendarIsToldWhereItMovedADeadline(t *testing.T) {
	var funeral calendar.Holiday
	for _, h := range calendar.Builtin().Holidays(calendar.EnglandAndWales, 2022) {
		if h.Date == sample.Day("2022-09-19") {
			funeral = h
		}
	}
	wd := calendar.Period{N: 20, Unit: calendar.WorkingDays}
	clock := func(id, title string) events.Fact {
		return sample.Fact("2022-08-30", events.DeadlineSet{Deadline: id, Rule: "local-period", Title: title, Owner: events.ICB, Trigger: sample.Day("2022-08-30"), Period: wd})
	}
	l := sample.Begin(t, events.Case("GLO-22-0001"))
	l.Tell("2022-08-30", sample.Fact("2022-08-30", events.CaseOpened{Ref: "GLO-22-0001"}), clock("D1.1", "Answer"), clock("D1.2", "Given up"))
	l.Tell("2022-09-08", sample.Fact("2022-09-08", events.DeadlineWaived{Deadline: "D1.2", Why: "x"}))
	l.Tell("2022-09-20", sample.Fact("2022-09-20", events.NoteAdded{Text: "a note"}), clock("D3.1", "Set later"))

	c := sample.Begin(t, events.Calendar())
	c.Tell("2022-08-01", list("2022-08-01", nil, []calendar.Holiday{funeral}))
	c.Tell("2022-09-10", list("2022-09-10", []calendar.Holiday{funeral, holiday("2027-06-14", "Jubilee"), holiday("2027-06-15", "Jubilee"), holiday("2021-06-15", "Jubilee")}, nil))
	c.Tell("2022-10-01", sample.Fact("2022-10-01", events.EventRetracted{Event: events.EventID{Version: 2, Index: 1}, Why: "the wrong file"}))

	place(l, 2, 3, 5)
	place(c, 1, 4, 6)
	entries := timeline.WithRevisions(timeline.Tell(l.History, london(t)), l.History, c.History)
	var told []string
	for _, e := range entries {
		if e.Type == timeline.Redated {
			told = append(told, e.On.String()+" "+e.Text)
		}
	}
	want := []string{
		"2022-09-10 Deadline D1.1 (Answer) moved from Tue 27 Sep 2022 to Wed 28 Sep 2022: the calendar was revised (added Bank Holiday for the State Funeral of Queen Elizabeth II, Mon 19 Sep 2022)",
		"2022-10-01 Deadline D1.1 (Answer) moved from Wed 28 Sep 2022 to Tue 27 Sep 2022: the calendar was revised (removed Bank Holiday for the State Funeral of Queen Elizabeth II, Mon 19 Sep 2022)",
		"2022-10-01 Deadline D3.1 (Set later) moved from Wed 28 Sep 2022 to Tue 27 Sep 2022: the calendar was revised (removed Bank Holiday for the State Funeral of Queen Elizabeth II, Mon 19 Sep 2022)",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if at := entries[4]; at.Type != timeline.Redated || at.Event.IsZero() != true || at.RecordedAt != c.History[1].RecordedAt {
		t.Errorf("the fifth entry is %+v", at)
	}
	if len(entries) != len(timeline.Tell(l.History, london(t)))+3 {
		t.Errorf("%d entries", len(entries))
	}
}
