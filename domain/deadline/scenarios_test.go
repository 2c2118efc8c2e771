package deadline

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/domain/calendar"
	"parley/events"
)

// clockOf is the fact that a clock of this period starts.
func clockOf(t testing.TB, id, trigger, period string) events.Fact {
	t.Helper()
	set := LESNotice.Set(events.ICB)
	set.Deadline, set.Trigger, set.Period = id, day(t, trigger), length(t, period)
	return events.Fact{On: set.Trigger, Event: set}
}

func due(t testing.TB, c Clock, want string) {
	t.Helper()
	if got := c.Count(calendar.Builtin()); got.Due != day(t, want) || c.Due(calendar.Builtin()) != got.Due {
		t.Errorf("due %s (in short %s), want %s\n%v", got.Due, c.Due(calendar.Builtin()), want, got.Steps)
	}
}

func stands(t testing.TB, c Clock, today string, want Status) {
	t.Helper()
	if got := c.Status(calendar.Builtin(), day(t, today)); got != want {
		t.Errorf("on %s it is %s, want %s", today, got, want)
	}
}

func TestALateHolidayMovesTheDate(t *testing.T) {
	funeral := calendar.Holiday{Division: calendar.EnglandAndWales, Date: day(t, "2022-09-19"), Title: "State Funeral"}
	before := calendar.Builtin().With(calendar.Revision{Version: "as known on 9 September", Removed: []calendar.Holiday{funeral}})
	after := before.With(calendar.Revision{Version: "as known on 10 September", Added: []calendar.Holiday{funeral}})
	clock := book(clockOf(t, "D1.1", "2022-08-30", "20wd"))[0]
	for _, c := range []struct {
		cal  calendar.Calendar
		want string
	}{{before, "2022-09-27"}, {after, "2022-09-28"}, {before, "2022-09-27"}} {
		got := clock.Count(c.cal)
		if got.Due != day(t, c.want) || clock.Due(c.cal) != got.Due {
			t.Errorf("%s: due %s, want %s", c.cal.Version(), got.Due, c.want)
		}
		if says(got.Steps, "State Funeral") != (c.want == "2022-09-28") || !says(got.Steps, c.cal.Version()) {
			t.Errorf("%s: the working is %v", c.cal.Version(), got.Steps)
		}
	}
	if clock.Status(before, day(t, "2022-09-28")) != Missed || clock.Status(after, day(t, "2022-09-28")) != Open {
		t.Error("on 28 September it is late by the old calendar and in time by the new")
	}
}

func says(steps []Step, text string) bool {
	return slices.ContainsFunc(steps, func(s Step) bool { return strings.Contains(s.Why, text) })
}

func TestAPauseOverChristmasKeepsWhatRemained(t *testing.T) {
	set := clockOf(t, "D1.1", "2026-12-07", "20wd")
	paused := fact(t, "2026-12-21", events.DeadlinePaused{Deadline: "D1.1", Why: "clarification"})
	resumed := fact(t, "2027-01-04", events.DeadlineResumed{Deadline: "D1.1"})
	due(t, book(set)[0], "2027-01-07")
	still := book(set, paused)[0]
	for _, today := range []string{"2026-12-21", "2027-01-08", "2027-06-01"} {
		stands(t, still, today, Paused)
		if still.Overdue(calendar.Builtin(), day(t, today)) || len(still.Breaches(calendar.Builtin(), day(t, today))) > 0 {
			t.Errorf("on %s what is paused is late", today)
		}
	}
	due(t, still.ResumedOn(day(t, "2027-01-04")), "2027-01-18")
	on := book(set, paused, resumed)[0]
	due(t, on, "2027-01-18")
	if steps := on.Count(calendar.Builtin()).Steps; !says(steps, "9 of 20 working days had run, 11 remain") {
		t.Errorf("the working does not say what remained: %v", steps)
	}
	whole := events.DeadlinePaused{Deadline: "D1.1", Until: day(t, "2027-01-04")}
	due(t, book(set, fact(t, "2026-12-21", whole))[0], "2027-01-18")
	asked := computed(t, Query{Limit: Limit{Period: length(t, "20wd")}, From: from(t, "2026-12-07"), Pauses: []Span{span(t, "2026-12-21..2027-01-04")}})
	if asked.Due != day(t, "2027-01-18") {
		t.Errorf("asked, it is due %s", asked.Due)
	}
}

func TestNoDateDependsOnTheWayThere(t *testing.T) {
	set := clockOf(t, "D1.1", "2026-09-01", "20wd")
	pause := func(from, until string) events.Fact {
		return fact(t, from, events.DeadlinePaused{Deadline: "D1.1", Until: day(t, until)})
	}
	extended := fact(t, "2026-10-05", events.DeadlineExtended{Deadline: "D1.1", Until: day(t, "2026-11-30"), Base: "agreed"})
	removed := fact(t, "2026-10-12", events.DeadlineExtensionRemoved{Deadline: "D1.1", Why: "not agreed after all"})
	without := book(set, pause("2026-09-07", "2026-09-14"), pause("2026-09-21", "2026-09-23"))
	backWhereItWas := book(set, pause("2026-09-21", "2026-09-23"), extended, pause("2026-09-07", "2026-09-14"), removed)
	if a, b := without[0].Due(calendar.Builtin()), backWhereItWas[0].Due(calendar.Builtin()); a != b {
		t.Errorf("with an extension that was taken back it is due %s, without one %s", b, a)
	}
	corrected := book(set, pause("2026-09-07", "2026-09-16"), pause("2026-09-21", "2026-09-23"))
	h := events.History{
		recorded(1, set), recorded(2, pause("2026-09-07", "2026-09-14")), recorded(3, pause("2026-09-21", "2026-09-23")),
		recorded(4, fact(t, "2026-10-01", events.EventReplaced{Event: events.EventID{Version: 2, Index: 1}, Why: "it was longer", With: []events.Fact{pause("2026-09-07", "2026-09-16")}})),
	}
	if diff := cmp.Diff(corrected[0].Count(calendar.Builtin()), replay(h)[0].Count(calendar.Builtin()), sameDates); diff != "" {
		t.Errorf("corrected, it is not what it would have been (-want +got):\n%s", diff)
	}
}

func TestAnExtensionAfterABreachLeavesItOnRecord(t *testing.T) {
	set := clockOf(t, "D1.1", "2026-09-28", "20wd")
	extended := fact(t, "2026-10-28", events.DeadlineExtended{Deadline: "D1.1", Until: day(t, "2026-11-09"), Base: "letter of 28 October"})
	due(t, book(set)[0], "2026-10-26")
	stands(t, book(set)[0], "2026-10-26", Open)
	stands(t, book(set)[0], "2026-10-27", Missed)

	c := book(set, extended)[0]
	due(t, c, "2026-11-09")
	stands(t, c, "2026-10-29", Open)
	breaches(t, c, "2026-10-29", Breach{Due: day(t, "2026-10-26"), Over: Extended, On: day(t, "2026-10-28")})
	breaches(t, c, "2026-11-10", Breach{Due: day(t, "2026-10-26"), Over: Extended, On: day(t, "2026-10-28")}, Breach{Due: day(t, "2026-11-09")})

	inTime := fact(t, "2026-10-26", events.DeadlineMet{Deadline: "D1.1", Time: "23:40"}) // logged on the 27th
	missed := fact(t, "2026-10-27", events.DeadlineMissed{Deadline: "D1.1", Due: day(t, "2026-10-26")})
	for name, facts := range map[string][]events.Fact{
		"logged the day after":                {set, inTime},
		"put on record as missed, then heard": {set, missed, inTime},
		"extended before it was heard":        {set, extended, inTime},
	} {
		c := book(facts...)[0]
		stands(t, c, "2026-12-01", Met)
		if c.Late(calendar.Builtin()) || len(c.Breaches(calendar.Builtin(), day(t, "2026-12-01"))) > 0 {
			t.Errorf("%s: what was in time is late", name)
		}
	}
}

func breaches(t *testing.T, c Clock, today string, want ...Breach) {
	t.Helper()
	if diff := cmp.Diff(want, c.Breaches(calendar.Builtin(), day(t, today)), sameDates); diff != "" {
		t.Errorf("breaches by %s (-want +got):\n%s", today, diff)
	}
}

func TestThreeMonthsFromTheEndOfNovember(t *testing.T) {
	plain := computed(t, Query{Rule: "les-notice", Limit: Limit{Period: length(t, "3m")}, From: from(t, "2026-11-30")})
	if plain.Due != day(t, "2027-02-28") || plain.NotAWorkingDay != "Sunday" || !says(plain.Steps, "NOT A WORKING DAY (Sunday), and no rule moves it: the last working day before is Fri 26 Feb 2027") {
		t.Errorf("due %s, %q\n%v", plain.Due, plain.NotAWorkingDay, plain.Steps)
	}
	rolled := computed(t, Query{Rule: "les-notice", Limit: Limit{Period: length(t, "3m"), Roll: events.RollForward}, From: from(t, "2026-11-30")})
	if rolled.Due != day(t, "2027-03-01") || rolled.NotAWorkingDay != "" || !says(rolled.Steps, "moved forward") {
		t.Errorf("rolled, due %s\n%v", rolled.Due, rolled.Steps)
	}
}

func TestTheClocksChangeAtTheEndOfOctober(t *testing.T) {
	for date, want := range map[string]string{"2026-10-23": "08:00", "2026-10-24": "08:00", "2026-10-25": "09:00", "2026-10-26": "09:00"} {
		if at, err := London(day(t, date), "09:00"); err != nil || at.Format("15:04") != want {
			t.Errorf("09:00 on %s is %s, %v; want %sZ", date, at, err, want)
		}
	}
	a := computed(t, Query{Rule: "nhssc-sc11.5", From: from(t, "2026-10-24T15:20")})
	if a.Due != day(t, "2026-10-25") || a.Time != "14:20" {
		t.Errorf("24 hours over the change end on %s %s, want 14:20 on the 25th", a.Due, a.Time)
	}
	if _, err := London(day(t, "2027-03-28"), "01:30"); err == nil {
		t.Error("there is no 01:30 on 28 March 2027")
	}
}

func TestAReorganisationMovesNoDate(t *testing.T) {
	set := clockOf(t, "D1.1", "2027-03-08", "20wd")
	due(t, book(set)[0], "2027-04-07")
	changed := book(set, fact(t, "2027-04-01", events.CommissionerChanged{ICB: "C", Why: "A and B became C"}))
	if diff := cmp.Diff(book(set), changed, sameDates); diff != "" {
		t.Errorf("another commissioner changed the clock:\n%s", diff)
	}
}

func TestFortyPracticesHaveFortyClocks(t *testing.T) {
	var facts []events.Fact
	for i := range 40 {
		served := "2026-10-31"
		if i >= 10 {
			served = "2026-11-30"
		}
		if i >= 30 {
			served = "2026-12-31"
		}
		facts = append(facts, clockOf(t, fmt.Sprint("D1.", i), served, "3m"))
	}
	agreed := day(t, "2027-02-15")
	withdrawn := book(append(facts, fact(t, "2026-12-03", events.DeadlineSuperseded{Deadline: "D1.12", Why: "withdrawn"}))...)
	for i, c := range withdrawn {
		if i != 12 && c.Ended() != "" {
			t.Errorf("clock %d ended with another practice's", i)
		}
	}
	all := withdrawn
	over := 0
	for _, c := range withdrawn {
		if c.Running() && c.Due(calendar.Builtin()).Before(agreed) {
			over++
			all = all.Apply(events.Fact{On: c.Due(calendar.Builtin()), Event: events.DeadlineMet{Deadline: c.Deadline}})
		} else {
			all = all.Apply(events.Fact{On: agreed, Event: events.DeadlineSuperseded{Deadline: c.Deadline, Why: "agreed"}})
		}
	}
	counts := map[Status]int{}
	for i, c := range all {
		counts[c.Status(calendar.Builtin(), agreed)]++
		if i < 10 && c.EndedOn() != day(t, "2027-01-31") || i == 12 && c.EndedOn() != day(t, "2026-12-03") {
			t.Errorf("clock %d ended on %s", i, c.EndedOn())
		}
	}
	if over != 10 || counts[Met] != 10 || counts[Superseded] != 30 {
		t.Errorf("%d had run out, and in the end they are %v", over, counts)
	}
}

func TestAReopenedCaseHasWhatRemained(t *testing.T) {
	set := clockOf(t, "D1.1", "2026-10-15", "20wd")
	closed := fact(t, "2026-11-06", events.CaseClosed{Outcome: events.Withdrawn})
	reopened := fact(t, "2026-11-23", events.CaseReopened{Why: "the work goes on"})
	due(t, book(set)[0], "2026-11-12") // on the 6th, 5 working days were left
	c := book(set, closed, reopened)[0]
	due(t, c, "2026-11-27")
	stands(t, c, "2026-11-23", Open)
	stands(t, book(set, closed)[0], "2027-01-04", Paused)

	fresh := book(set, closed, fact(t, "2026-11-23", events.CaseReopened{Why: "a new request", FreshClocks: true}))[0]
	due(t, fresh, "2026-12-21")
	stands(t, fresh, "2026-12-21", Open)
	late := book(set, fact(t, "2026-11-20", events.CaseClosed{}), fact(t, "2026-11-23", events.CaseReopened{FreshClocks: true}))[0]
	breaches(t, late, "2026-11-24", Breach{Due: day(t, "2026-11-12"), Over: Restarted, On: day(t, "2026-11-23")})

	own := fact(t, "2026-11-02", events.DeadlinePaused{Deadline: "D1.1", Why: "clarification"})
	if c := book(set, own, closed, reopened)[0]; !c.PausedOn(day(t, "2026-11-24")) {
		t.Error("reopening the case ended a pause of the clock's own")
	}
}

func TestWhatDoesNotFitAClockIsRefused(t *testing.T) {
	cal := calendar.Builtin()
	set := clockOf(t, "D1.1", "2026-09-28", "20wd")
	paused := fact(t, "2026-10-05", events.DeadlinePaused{Deadline: "D1.1", Why: "asked"})
	resumed := fact(t, "2026-10-08", events.DeadlineResumed{Deadline: "D1.1"})
	running, still, again := book(set)[0], book(set, paused)[0], book(set, paused, resumed)[0]
	met := book(set, fact(t, "2026-10-20", events.DeadlineMet{Deadline: "D1.1"}))[0]
	extended := book(set, fact(t, "2026-10-20", events.DeadlineExtended{Deadline: "D1.1", Until: day(t, "2026-11-09")}))[0]
	shortened := book(set, fact(t, "2026-10-20", events.DeadlineShortened{Deadline: "D1.1", Until: day(t, "2026-10-22")}))[0]
	since := func(from string) Span { return Span{From: day(t, from)} }
	for name, c := range map[string]struct{ got, want error }{
		"pause":                                {running.MayPause(cal, since("2026-10-05")), nil},
		"pause that ends before it starts":     {running.MayPause(cal, Span{day(t, "2026-10-05"), day(t, "2026-10-04")}), ErrPause},
		"pause of what is paused":              {still.MayPause(cal, since("2026-10-07")), ErrPause},
		"pause in a pause":                     {again.MayPause(cal, since("2026-10-06")), ErrPause},
		"pause that runs into another":         {again.MayPause(cal, since("2026-10-01")), ErrPause},
		"pause up to another":                  {again.MayPause(cal, span(t, "2026-10-01..2026-10-05")), nil},
		"pause from the end of another":        {again.MayPause(cal, since("2026-10-08")), nil},
		"pause on its last day":                {running.MayPause(cal, since("2026-10-26")), nil},
		"pause when its day has passed":        {running.MayPause(cal, since("2026-10-27")), ErrPause},
		"pause before it started":              {running.MayPause(cal, span(t, "2026-09-21..2026-09-29")), ErrPause},
		"pause of what is met":                 {met.MayPause(cal, since("2026-10-05")), ErrEnded},
		"resume":                               {still.MayResume(day(t, "2026-10-08")), nil},
		"resume on the day of the pause":       {still.MayResume(day(t, "2026-10-05")), nil},
		"resume before the pause":              {still.MayResume(day(t, "2026-10-04")), ErrPause},
		"resume without a pause":               {running.MayResume(day(t, "2026-10-08")), ErrPause},
		"resume twice":                         {again.MayResume(day(t, "2026-10-12")), ErrPause},
		"resume of what is met":                {met.MayResume(day(t, "2026-10-21")), ErrEnded},
		"resume of what a closed case stopped": {book(set, fact(t, "2026-10-05", events.CaseClosed{}))[0].MayResume(day(t, "2026-10-08")), ErrPause},
		"extend":                               {running.MayExtend(cal, day(t, "2026-11-09")), nil},
		"extend to the day it is due":          {running.MayExtend(cal, day(t, "2026-10-26")), ErrExtension},
		"extend what is met":                   {met.MayExtend(cal, day(t, "2026-11-09")), ErrEnded},
		"shorten":                              {running.MayShorten(cal, day(t, "2026-10-01"), day(t, "2026-10-19")), nil},
		"shorten to the day it is due":         {running.MayShorten(cal, day(t, "2026-10-01"), day(t, "2026-10-26")), ErrExtension},
		"shorten to a day that has passed":     {running.MayShorten(cal, day(t, "2026-10-20"), day(t, "2026-10-19")), ErrExtension},
		"shorten what is met":                  {met.MayShorten(cal, day(t, "2026-10-01"), day(t, "2026-10-19")), ErrEnded},
		"take back an extension":               {extended.MayRemoveExtension(day(t, "2026-10-21"), calendar.Date{}), nil},
		"take back this extension":             {extended.MayRemoveExtension(day(t, "2026-10-21"), day(t, "2026-11-09")), nil},
		"take back another extension":          {extended.MayRemoveExtension(day(t, "2026-10-21"), day(t, "2026-11-10")), ErrExtension},
		"take back before it was granted":      {extended.MayRemoveExtension(day(t, "2026-10-19"), calendar.Date{}), ErrExtension},
		"take back none":                       {running.MayRemoveExtension(day(t, "2026-10-21"), calendar.Date{}), ErrExtension},
		"take back a shortening":               {shortened.MayRemoveExtension(day(t, "2026-10-21"), calendar.Date{}), ErrExtension},
	} {
		if !errors.Is(c.got, c.want) || c.got != nil && c.got.Error() == "" {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
}
