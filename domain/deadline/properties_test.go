package deadline

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"parley/domain/calendar"
	"parley/events"
)

func TestALaterEventIsNeverDueEarlier(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cal, l, event := drawCalendar(t), drawLimit(t), drawDay(t, "event")
		var pauses []Span
		if !l.Backward {
			pauses = drawPauses(t, event.AddDays(5)) // a day later, too, it has begun to run
		}
		today, tomorrow := ask(t, cal, l, event, pauses), ask(t, cal, l, event.AddDays(1), pauses)
		if tomorrow.Before(today) {
			t.Fatalf("%+v from %s is due %s, but a day later %s", l, event, today, tomorrow)
		}
	})
}

func TestALaterHourIsNeverDueEarlier(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		event := drawDay(t, "event")
		l := Limit{Period: calendar.Period{N: rapid.IntRange(1, 100).Draw(t, "hours"), Unit: calendar.Hours}}
		var moments []string
		for _, day := range []calendar.Date{event, event.AddDays(1)} {
			a, err := Compute(calendar.Builtin(), Query{Limit: l, From: Moment{day, "09:20"}})
			if err != nil {
				t.Fatal(err)
			}
			moments = append(moments, a.Due.String()+" "+a.Time)
		}
		if !slices.IsSorted(moments) {
			t.Fatalf("%s and a day later are due %v", event, moments)
		}
	})
}

// ask returns when a limit is due, whether or not a pause falls within it.
func ask(t *rapid.T, cal calendar.Calendar, l Limit, event calendar.Date, pauses []Span) calendar.Date {
	t.Helper()
	sorted, err := inOrder(pauses)
	if err != nil {
		t.Fatal(err)
	}
	return question{cal: cal, limit: l, from: Moment{Date: event}, pauses: sorted}.count().Due
}

// drawForward draws a limit that pauses can move.
func drawForward(t *rapid.T) Limit {
	l := drawLimit(t)
	l.Backward = false
	return l
}

func TestAPauseOfNoDaysChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cal, l, event := drawCalendar(t), drawForward(t), drawDay(t, "event")
		on := event.AddDays(rapid.IntRange(0, 60).Draw(t, "pause"))
		if with, without := ask(t, cal, l, event, []Span{{on, on}}), ask(t, cal, l, event, nil); with != without {
			t.Fatalf("%+v from %s is due %s, and %s with no days paused on %s", l, event, without, with, on)
		}
		h := []events.Fact{{On: event, Event: events.DeadlineSet{Deadline: "D1.1", Trigger: event, Period: l.Period, Counting: events.After}}}
		paused := append(slices.Clone(h), events.Fact{On: on, Event: events.DeadlinePaused{Deadline: "D1.1"}}, events.Fact{On: on, Event: events.DeadlineResumed{Deadline: "D1.1"}})
		if with, without := book(paused...)[0].Due(cal), book(h...)[0].Due(cal); with != without {
			t.Fatalf("the clock is due %s, and %s with no days paused on %s", without, with, on)
		}
	})
}

func TestTheOrderOfPausesIsIrrelevant(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cal, l, event := drawCalendar(t), drawForward(t), drawDay(t, "event")
		pauses := drawPauses(t, event)
		shuffled := rapid.Permutation(pauses).Draw(t, "said as")
		if a, b := ask(t, cal, l, event, pauses), ask(t, cal, l, event, shuffled); a != b {
			t.Fatalf("%v: %s, and said as %v: %s", pauses, a, shuffled, b)
		}
	})
}

func TestAnExtensionTakenBackReturnsToTheStart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := drawSet(t)
		cal, today := drawCalendar(t), set.On.AddDays(rapid.IntRange(0, 120).Draw(t, "today"))
		on := set.On.AddDays(rapid.IntRange(0, 60).Draw(t, "extended"))
		facts := []events.Fact{set}
		for range rapid.IntRange(0, 3).Draw(t, "pauses") {
			from := set.On.AddDays(rapid.IntRange(0, 60).Draw(t, "from"))
			facts = append(facts, events.Fact{On: from, Event: events.DeadlinePaused{Deadline: "D1.1", Until: from.AddDays(rapid.IntRange(0, 9).Draw(t, "days"))}})
		}
		extended := append(slices.Clone(facts), events.Fact{On: on, Event: events.DeadlineExtended{Deadline: "D1.1", Until: on.AddDays(90)}})
		named := events.DeadlineExtensionRemoved{Deadline: "D1.1", Until: on.AddDays(90)}
		if rapid.Bool().Draw(t, "every extension") {
			named.Until = calendar.Date{}
		}
		back := append(extended, events.Fact{On: on.AddDays(rapid.IntRange(0, 5).Draw(t, "taken back")), Event: named})
		a, b := book(facts...)[0], book(back...)[0]
		if a.Due(cal) != b.Due(cal) || a.Status(cal, today) != b.Status(cal, today) || !b.Moved().IsZero() {
			t.Fatalf("without: %s, %s; extended and taken back: %s, %s", a.Due(cal), a.Status(cal, today), b.Due(cal), b.Status(cal, today))
		}
	})
}

// TestTheWorkingEndsOnTheDate holds every answer to its own working: the last
// step is the date, each counted day and each pause is in order, and a date that
// is not a working day is flagged.
func TestTheWorkingEndsOnTheDate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cal, l, event := drawCalendar(t), drawLimit(t), drawDay(t, "event")
		a, err := Compute(cal, Query{Limit: l, From: Moment{Date: event}})
		if err != nil {
			t.Fatal(err)
		}
		if a.Steps[0].Date != event || a.Steps[len(a.Steps)-1].Date != a.Due {
			t.Fatalf("from %s to %s: %v", event, a.Due, a.Steps)
		}
		if off := !cal.WorkingDay(l.working(), a.Due); off != (a.NotAWorkingDay != "") || off != says(a.Steps, "NOT A WORKING DAY") {
			t.Fatalf("%s: a working day is %t, flagged %q", a.Due, !off, a.NotAWorkingDay)
		}
		if a.Due.After(cal.Horizon()) && !a.Provisional || a.Provisional != says(a.Steps, "PROVISIONAL") {
			t.Fatalf("%s: provisional %t: %v", a.Due, a.Provisional, a.Steps)
		}
	})
}
