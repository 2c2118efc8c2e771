package deadline

import (
	"errors"
	"testing"

	"parley/domain/calendar"
	"parley/events"
)

func TestAPauseThatRunsWhenADateIsAgreedIsInIt(t *testing.T) {
	set := clockOf(t, "D1.1", "2027-03-01", "20wd")
	paused := fact(t, "2027-03-08", events.DeadlinePaused{Deadline: "D1.1"})
	agreed := fact(t, "2027-03-10", events.DeadlineExtended{Deadline: "D1.1", Until: day(t, "2027-05-14"), Base: "agreed"})
	resumed := fact(t, "2027-03-22", events.DeadlineResumed{Deadline: "D1.1"})
	still := book(set, paused, agreed)[0]
	due(t, still, "2027-05-14")
	if got := still.Count(calendar.Builtin()); !says(got.Steps, "this pause does not move it") {
		t.Errorf("%v", got.Steps)
	}
	due(t, book(set, paused, agreed, resumed)[0], "2027-05-14")
	again := fact(t, "2027-04-05", events.DeadlinePaused{Deadline: "D1.1", Until: day(t, "2027-04-12")})
	due(t, book(set, paused, agreed, resumed, again)[0], "2027-05-21")
}

func TestAPauseThatBeginsInAnotherMovesWhatIsLeftOfIt(t *testing.T) {
	set := clockOf(t, "D1.1", "2027-03-01", "20wd")
	paused := fact(t, "2027-03-08", events.DeadlinePaused{Deadline: "D1.1"})
	agreed := fact(t, "2027-03-10", events.DeadlineExtended{Deadline: "D1.1", Until: day(t, "2027-05-14")})
	resumed := fact(t, "2027-03-22", events.DeadlineResumed{Deadline: "D1.1"})
	due(t, book(set, paused, agreed, fact(t, "2027-03-15", events.CaseClosed{}), resumed, fact(t, "2027-03-29", events.CaseReopened{}))[0], "2027-05-21")
	due(t, book(set, paused, agreed, resumed, fact(t, "2027-03-22", events.DeadlinePaused{Deadline: "D1.1", Until: day(t, "2027-03-29")}))[0], "2027-05-21")
	due(t, book(set, paused, agreed, fact(t, "2027-03-15", events.CaseClosed{}), resumed)[0], "2027-05-14") // it stands still
}

func TestTheWorkingListsEveryAgreement(t *testing.T) {
	set := clockOf(t, "D1.1", "2027-03-01", "20wd")
	c := book(
		set,
		fact(t, "2027-03-10", events.DeadlineExtended{Deadline: "D1.1", Until: day(t, "2027-05-14"), Base: "letter B"}),
		fact(t, "2027-03-08", events.DeadlineExtended{Deadline: "D1.1", Until: day(t, "2027-06-30"), Base: "letter A, entered late"}),
		fact(t, "2027-03-11", events.DeadlineShortened{Deadline: "D1.1", Until: day(t, "2027-05-12"), Base: "by telephone"}),
		fact(t, "2027-03-12", events.DeadlineExtensionRemoved{Deadline: "D1.1", Until: day(t, "2027-05-14"), Why: "a mistake"}),
	)[0]
	due(t, c, "2027-05-12")
	got := c.Explain(calendar.Builtin())
	for _, want := range []string{
		"letter B", "letter A", "shortened by agreement to Wed 12 May 2027: by telephone",
		"the extension to Fri 14 May 2027 taken back: a mistake", "what was agreed on Thu 11 Mar 2027 counts",
	} {
		if !says(got.Steps, want) {
			t.Errorf("the working does not say %q: %v", want, got.Steps)
		}
	}
}

func TestClosingTheFileDoesNotStopTheLaw(t *testing.T) {
	cal := calendar.Builtin()
	started := func(rule ID, period string) events.Fact {
		set := rule.Set(events.LMC)
		set.Deadline, set.Trigger, set.Period = "D1.1", day(t, "2026-10-14"), length(t, period)
		return events.Fact{On: set.Trigger, Event: set}
	}
	closed, reopened := fact(t, "2026-10-20", events.CaseClosed{}), fact(t, "2026-11-20", events.CaseReopened{})
	fresh := fact(t, "2026-11-20", events.CaseReopened{FreshClocks: true})
	without, _ := book(started(DisputeRefer, "3y"))[0].LegalDue(cal)
	if !without.IsZero() {
		t.Errorf("of a case that was never closed the law says %s", without)
	}
	want := book(started(DisputeRefer, "3y"))[0].Due(cal)
	for name, facts := range map[string][]events.Fact{"closed": {closed}, "reopened": {closed, reopened}, "with fresh clocks": {closed, fresh}} {
		c := book(append([]events.Fact{started(DisputeRefer, "3y")}, facts...)...)[0]
		got, differs := c.LegalDue(cal)
		if !differs || got != want || !says(c.Count(cal).Steps, "DOES NOT STOP THE LAW'S CLOCK") {
			t.Errorf("%s: by law %s, %t, want %s; %v", name, got, differs, want, c.Count(cal).Steps)
		}
	}
	c := book(started(DisputeRefer, "3y"), closed, fresh)[0]
	if !says(c.Count(cal).Steps, "reopened with fresh clocks on Fri 20 Nov 2026: counted from that day; first counted from Wed 14 Oct 2026") {
		t.Errorf("%v", c.Count(cal).Steps)
	}
	if got, differs := book(started(LocalPeriod, "3m"), closed, reopened)[0].LegalDue(cal); differs {
		t.Errorf("the parties' own period is due by law %s", got)
	}
}

func TestWhatTheLawFixesThePartiesDoNotMove(t *testing.T) {
	cal := calendar.Builtin()
	for _, rule := range []string{"jr", "jr-planning", "nhsdr-refer", "limitation-contract", "gms-sanction-dispute"} {
		found, err := Find(rule)
		if err != nil {
			t.Fatal(err)
		}
		set := found.Set(events.LMC)
		set.Deadline, set.Trigger = "D1.1", day(t, "2026-10-14")
		c := book(events.Fact{On: set.Trigger, Event: set})[0]
		if err := c.MayExtend(cal, c.Due(cal).AddDays(7)); !errors.Is(err, ErrExtension) {
			t.Errorf("%s is extended: %v", rule, err)
		}
		if err := c.MayPause(cal, Span{From: set.Trigger.AddDays(1)}); !errors.Is(err, ErrPause) {
			t.Errorf("%s is paused: %v", rule, err)
		}
		ask := Query{Rule: rule, From: Moment{Date: set.Trigger}, Extension: Extension{By: length(t, "1m")}}
		if _, err := Compute(cal, ask); !errors.Is(err, ErrExtension) {
			t.Errorf("%s is supposed to be extended: %v", rule, err)
		}
	}
}
