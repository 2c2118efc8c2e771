package deadline

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/domain/calendar"
	"parley/events"
)

func TestWhatIsAgreedAfterTheEndChangesNothing(t *testing.T) {
	set := clockOf(t, "D1.1", "2026-09-28", "20wd") // due 26 October
	extended := fact(t, "2026-11-02", events.DeadlineExtended{Deadline: "D1.1", Until: day(t, "2026-11-09")})
	late := book(set, fact(t, "2026-10-30", events.DeadlineMet{Deadline: "D1.1"}), extended)[0]
	if !late.Late(calendar.Builtin()) {
		t.Error("what was done late was made good by an extension afterwards")
	}
	breaches(t, late, "2026-12-01", Breach{Due: day(t, "2026-10-26"), Over: EndedMet, On: day(t, "2026-10-30")})
	early := book(set, fact(t, "2026-10-20", events.DeadlineMet{Deadline: "D1.1"}), fact(t, "2026-10-22", events.DeadlineShortened{Deadline: "D1.1", Until: day(t, "2026-10-19")}))[0]
	breaches(t, early, "2026-12-01")
}

func TestOfTwoEndsOnOneDayBeingMetCounts(t *testing.T) {
	set := clockOf(t, "D1.1", "2026-09-28", "20wd")
	for _, other := range []events.Event{events.DeadlineSuperseded{Deadline: "D1.1"}, events.DeadlineWaived{Deadline: "D1.1"}} {
		c := book(set, fact(t, "2026-10-20", other), fact(t, "2026-10-20", events.DeadlineMet{Deadline: "D1.1"}))[0]
		if c.Ended() != Met {
			t.Errorf("it is %s", c.Ended())
		}
	}
}

func TestHoursAreMetByTheHour(t *testing.T) {
	set := events.DeadlineSet{Deadline: "D1.1", Rule: "nhssc-sc11.5", Trigger: day(t, "2026-12-26"), Time: "15:20"}
	for clock, late := range map[string]bool{"15:20": false, "15:21": true, "": false} {
		c := book(events.Fact{On: set.Trigger, Event: set}, fact(t, "2026-12-27", events.DeadlineMet{Deadline: "D1.1", Time: clock}))[0]
		if got := c.Late(calendar.Builtin()); got != late || (len(c.Breaches(calendar.Builtin(), day(t, "2026-12-27"))) > 0) != late {
			t.Errorf("met at %q: late %t, want %t", clock, got, late)
		}
	}
}

func TestAFreshClockForgetsWhatWasAgreedBefore(t *testing.T) {
	set := clockOf(t, "D1.1", "2026-10-15", "20wd")
	closed, afresh := fact(t, "2026-11-06", events.CaseClosed{}), fact(t, "2026-11-23", events.CaseReopened{FreshClocks: true})
	extended := fact(t, "2026-11-02", events.DeadlineExtended{Deadline: "D1.1", Until: day(t, "2026-11-30")})
	c := book(set, extended, closed, afresh)[0]
	due(t, c, "2026-12-21")
	if !c.Moved().IsZero() {
		t.Errorf("it still counts as moved to %s", c.Moved())
	}
}

// A date that a document states stands, whatever becomes of the case.
func TestClosingACaseLeavesStatedDatesAlone(t *testing.T) {
	set := AgreementReview.Set(events.LMC)
	set.Deadline, set.Trigger, set.Stated = "D3.1", day(t, "2026-09-21"), day(t, "2027-09-30")
	b := book(events.Fact{On: set.Trigger, Event: set})
	for _, f := range []events.Fact{
		fact(t, "2026-12-01", events.CaseClosed{}), fact(t, "2026-12-02", events.CaseReopened{FreshClocks: true}),
		fact(t, "2026-12-03", events.CaseClosed{}), fact(t, "2027-12-01", events.CaseReopened{}),
	} {
		b = b.Apply(f)
		due(t, b[0], "2027-09-30")
		if got := b[0].Status(calendar.Builtin(), day(t, "2027-09-30")); got != Open {
			t.Errorf("after %s it is %s", events.Name(f.Event), got)
		}
	}
}

func TestTakingBackExtensionsLeavesWhatWasShortened(t *testing.T) {
	c := book(clockOf(t, "D1.1", "2026-09-28", "20wd"),
		fact(t, "2026-10-05", events.DeadlineShortened{Deadline: "D1.1", Until: day(t, "2026-10-19")}),
		fact(t, "2026-10-06", events.DeadlineExtended{Deadline: "D1.1", Until: day(t, "2026-11-09")}),
		fact(t, "2026-10-07", events.DeadlineExtensionRemoved{Deadline: "D1.1"}))[0]
	due(t, c, "2026-10-19")
}

func TestAClosedCaseStopsOnlyWhatRuns(t *testing.T) {
	b := book(clockOf(t, "D1.1", "2026-09-28", "20wd"), fact(t, "2026-10-20", events.DeadlineMet{Deadline: "D1.1"}))
	if diff := cmp.Diff(b, b.Apply(fact(t, "2026-11-06", events.CaseClosed{})), sameDates); diff != "" {
		t.Errorf("closing the case changed a clock that had ended:\n%s", diff)
	}
}

func TestPausesThatTouchAreOne(t *testing.T) {
	set := clockOf(t, "D1.1", "2026-09-28", "20wd")
	paused, resumed := events.DeadlinePaused{Deadline: "D1.1"}, events.DeadlineResumed{Deadline: "D1.1"}
	for name, facts := range map[string][]events.Fact{
		"one after the other":         {fact(t, "2026-10-05", paused), fact(t, "2026-10-08", resumed), fact(t, "2026-10-08", paused), fact(t, "2026-10-12", resumed)},
		"the later recorded first":    {fact(t, "2026-10-08", paused), fact(t, "2026-10-12", resumed), fact(t, "2026-10-05", paused), fact(t, "2026-10-08", resumed)},
		"its own, then the case's":    {fact(t, "2026-10-05", paused), fact(t, "2026-10-08", resumed), fact(t, "2026-10-08", events.CaseClosed{}), fact(t, "2026-10-12", events.CaseReopened{})},
		"its own within the case's":   {fact(t, "2026-10-05", events.CaseClosed{}), fact(t, "2026-10-06", paused), fact(t, "2026-10-07", resumed), fact(t, "2026-10-12", events.CaseReopened{})},
		"resumed twice on one day":    {fact(t, "2026-10-05", paused), fact(t, "2026-10-12", resumed), fact(t, "2026-10-12", resumed)},
		"paused twice, resumed once":  {fact(t, "2026-10-05", paused), fact(t, "2026-10-07", paused), fact(t, "2026-10-12", resumed)},
		"to a day known, and resumed": {fact(t, "2026-10-05", events.DeadlinePaused{Deadline: "D1.1", Until: day(t, "2026-10-12")}), fact(t, "2026-10-12", resumed)},
	} {
		c := book(append([]events.Fact{set}, facts...)...)[0]
		if diff := cmp.Diff([]Span{span(t, "2026-10-05..2026-10-12")}, c.Pauses(), sameDates); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		due(t, c, "2026-11-02")
	}
}

func TestTheFirstAndTheLastDayOfAPause(t *testing.T) {
	for _, c := range []struct{ from, period, pause, want string }{
		{"2026-12-01", "7d", "2026-12-08..2026-12-10", "2026-12-10"}, // begins on the last day
		{"2026-12-01", "7d", "2026-12-01..2026-12-03", "2026-12-09"}, // the day of the event would not have counted
		{"2026-12-01", "1m", "2027-01-01..2027-01-03", "2027-01-03"},
		{"2026-12-01", "5wd", "2026-12-08..2026-12-09", "2026-12-09"},
		{"2026-12-01T15:00", "9h", "2026-12-02..2026-12-05", "2026-12-02"}, // over as the pause begins
		{"2026-12-01T15:00", "10h", "2026-12-02..2026-12-05", "2026-12-05"},
	} {
		a := computed(t, Query{Limit: Limit{Period: length(t, c.period)}, From: from(t, c.from), Pauses: []Span{span(t, c.pause)}})
		if a.Due != day(t, c.want) {
			t.Errorf("%s from %s, paused %s: due %s, want %s\n%v", c.period, c.from, c.pause, a.Due, c.want, a.Steps)
		}
	}
	ask := Query{Limit: Limit{Period: length(t, "7d")}, From: from(t, "2026-12-01"), Pauses: []Span{span(t, "2026-12-09..2026-12-10")}}
	if _, err := Compute(calendar.Builtin(), ask); !errors.Is(err, ErrPause) {
		t.Errorf("a pause that begins when the day has passed: %v", err)
	}
	ask.Pauses = append(ask.Pauses, span(t, "2026-12-04..2026-12-05")) // which makes it due on the 9th
	if a, err := Compute(calendar.Builtin(), ask); err != nil || a.Due != day(t, "2026-12-10") {
		t.Errorf("a pause that another one lets it reach: due %s, %v", a.Due, err)
	}
	a := computed(t, Query{Rule: "offer-reply", From: from(t, "2026-12-01"), Stated: day(t, "2026-12-28"), Pauses: []Span{span(t, "2026-12-01..2026-12-03")}})
	if a.Due != day(t, "2026-12-29") {
		t.Errorf("a stated date, paused on the day of the event and the next, is due %s", a.Due)
	}
}

func TestWhatNobodyKnowsIsProvisional(t *testing.T) {
	post := events.Service{Method: events.Post, Court: true}
	clause := events.Service{Clause: length(t, "2wd")}
	for _, c := range []struct {
		name    string
		service events.Service
		from    string
		want    bool
	}{
		{"within the calendar", events.Service{}, "2026-12-01", false},
		{"on its last day", events.Service{}, "2028-11-28", false},
		{"past it", events.Service{}, "2028-11-29", true},
		{"before it", events.Service{}, "2011-11-01", true},
		{"posted before it", post, "2011-12-29", true},
		{"served before it, by a clause", clause, "2011-12-28", true},
		{"served in it, by a clause", clause, "2012-01-03", false},
	} {
		a := computed(t, Query{Limit: Limit{Period: length(t, "28d")}, From: from(t, c.from), Service: c.service})
		if a.Provisional != c.want || says(a.Steps, "PROVISIONAL") != c.want {
			t.Errorf("%s: due %s, provisional %t\n%v", c.name, a.Due, a.Provisional, a.Steps)
		}
	}
	edge := computed(t, Query{Limit: Limit{Period: length(t, "16w"), Counting: events.ClearDays}, From: from(t, "2028-09-05")})
	if !edge.Provisional || !says(edge.Steps, "PROVISIONAL") {
		t.Errorf("one of its readings lies past the calendar: provisional %t\n%v", edge.Provisional, edge.Steps)
	}
	ambiguous := computed(t, Query{Rule: "nhssc-gc4.3", From: from(t, "2011-12-29"), Service: post})
	if !ambiguous.Provisional {
		t.Error("a reading rests on a service that nobody knows")
	}
	for _, s := range []events.Service{post, clause} {
		if served, err := Served(calendar.Builtin(), s, from(t, "2029-03-01")); err != nil || !served.Provisional {
			t.Errorf("%+v: served %s, provisional %t, %v", s, served.Due, served.Provisional, err)
		}
	}
}

func TestCourtPeriodsOfFiveDaysSkipWeekends(t *testing.T) {
	for period, want := range map[string]string{"5d": "2026-12-11", "6d": "2026-12-10"} { // from Friday the 4th
		a := computed(t, Query{Limit: Limit{Period: length(t, period), Counting: events.ClearDays, Calendar: calendar.WorkingCourt}, From: from(t, "2026-12-04")})
		if a.Due != day(t, want) {
			t.Errorf("%s: due %s, want %s\n%v", period, a.Due, want, a.Steps)
		}
	}
}

func TestANoticeOfClearDaysEndsAfterThem(t *testing.T) {
	set := LESNotice.Set(events.Practice)
	set.Deadline, set.Trigger, set.Period, set.Counting = "D1.1", day(t, "2026-10-02"), length(t, "14d"), events.ClearDays
	c := book(events.Fact{On: set.Trigger, Event: set})[0]
	due(t, c, "2026-10-17") // who gives notice waits for the later day
	if readings := c.Count(calendar.Builtin()).Readings; len(readings) != 2 || readings[0].Due != day(t, "2026-10-16") {
		t.Errorf("the readings are %+v", readings)
	}
}

func TestParametersOfTheCaseJoinTheRules(t *testing.T) {
	own := Limit{
		Period: length(t, "3m"), Counting: events.ClearDays, Calendar: calendar.WorkingScotland, Roll: events.RollForward,
		ToMonthEnd: true, NextDay: true, ToEvent: true,
	}
	rule, err := Find("les-notice")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := rule.Fit(own); err != nil || got != own {
		t.Errorf("les-notice is counted as %+v, %v", got, err)
	}
	foi, err := Find("foi-respond")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := foi.Fit(Limit{Roll: events.RollNone, Counting: events.After}); err != nil || got.Calendar != calendar.WorkingAnyUK || got.Period != length(t, "20wd") {
		t.Errorf("foi-respond is counted as %+v, %v", got, err)
	}
}

func TestNobodyRecountsARuleByItsAuthority(t *testing.T) {
	for _, c := range []struct {
		rule string
		own  Limit
		want error
	}{
		{"jr", Limit{Roll: events.RollForward}, ErrParameter},
		{"foi-respond", Limit{Calendar: calendar.WorkingEnglandAndWales}, ErrParameter},
		{"foi-respond", Limit{Backward: true}, ErrParameter},
		{"foi-respond", Limit{ToMonthEnd: true}, ErrParameter},
		{"gms-close-ack", Limit{Counting: events.ClearDays}, ErrParameter},
		{"gms-close-extend", Limit{Counting: events.BeginningWith}, ErrParameter},
		{"gms-close-extend", Limit{NextDay: true}, ErrParameter},
		{"gms-close-ack", Limit{Counting: events.BeginningWith, Calendar: calendar.WorkingEnglandAndWales}, nil}, // its own ways
		{"jr", Limit{Counting: events.After, Roll: events.RollNone}, nil},
		{"gms-sanction", Limit{Counting: events.After}, nil}, // one of its readings
		{"gms-sanction", Limit{Counting: events.BeginningWith}, ErrParameter},
		{"les-notice", Limit{Period: length(t, "3m"), ToMonthEnd: true}, nil},
		{"notice-ack", Limit{Roll: events.RollForward}, nil},
	} {
		rule, err := Find(c.rule)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := rule.Fit(c.own); !errors.Is(err, c.want) {
			t.Errorf("%s with %+v: %v, want %v", c.rule, c.own, err, c.want)
		}
	}
}
