package alerting_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"

	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

func day(s string) calendar.Date {
	d, err := calendar.Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

// at reads a moment as clocks in London show it: 2026-10-23 08:30.
func at(s string) time.Time {
	m, err := deadline.ParseMoment(s)
	if err != nil {
		panic(err)
	}
	t, err := deadline.London(m.Date, m.Time)
	if err != nil {
		panic(err)
	}
	return t
}

var sameDates = cmpopts.EquateComparable(calendar.Date{})

func same(t interface {
	Helper()
	Errorf(string, ...any)
}, want, got any,
) {
	t.Helper()
	if diff := cmp.Diff(want, got, sameDates, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// stated is a deadline whose date a letter states, known since 1 September 2026.
func stated(due string, turns ...deadline.Turn) alerting.Deadline {
	return alerting.Deadline{
		Ref: "GLO-26-0001", Caseworker: "j.doe", ICB: "QR1", Known: at("2026-09-01 10:00"),
		Clock: deadline.Clock{DeadlineSet: events.DeadlineSet{
			Deadline: "D7.1", Rule: "local-override", Title: "Answer the FOI request", Owner: events.ICB, Trigger: day("2026-08-03"), Stated: day(due),
		}, Turns: turns},
	}
}

// counted is a deadline of 20 working days from a day, known since that day.
func counted(from string, turns ...deadline.Turn) alerting.Deadline {
	d := stated("2026-10-26", turns...)
	d.Clock.Stated, d.Clock.Rule = calendar.Date{}, "local-period"
	d.Clock.Trigger, d.Clock.Period = day(from), calendar.Period{N: 20, Unit: calendar.WorkingDays}
	d.Known = at(from + " 16:00")
	return d
}

// rungs writes alerts as rung and the moment, UTC.
func rungs(alerts []alerting.Alert) []string {
	var all []string
	for _, a := range alerts {
		all = append(all, a.Rung.ID+" "+a.At.Format("2006-01-02 15:04Z"))
	}
	return all
}

func wanted(d alerting.Deadline) []alerting.Alert {
	return alerting.Wanted(alerting.DefaultPolicy("j.doe"), calendar.Builtin(), d, nil)
}

// find returns the alert on a rung.
func find(t *testing.T, alerts []alerting.Alert, rung string) alerting.Alert {
	t.Helper()
	for _, a := range alerts {
		if a.Rung.ID == rung {
			return a
		}
	}
	t.Fatalf("no alert on rung %s among %v", rung, rungs(alerts))
	return alerting.Alert{}
}

// story is the history of one alert as it grows. Commands go through Decide,
// facts through the stored form, and after each commit the state that was
// evolved so far must be the one that the whole history folds to.
type story struct {
	t interface {
		Helper()
		Errorf(string, ...any)
		Fatalf(string, ...any)
	}
	id      string
	history events.History
	state   alerting.State
	now     time.Time
}

func (s *story) decide(cmd alerting.Command) ([]events.Fact, error) {
	return alerting.Decide(s.state, cmd, deadline.InLondon(s.now).Date)
}

func (s *story) record(facts []events.Fact) {
	s.t.Helper()
	if len(facts) == 0 {
		return
	}
	version := len(s.history) + 1
	sealed, err := events.Seal(events.Commit{
		Command: uuid.NewSHA1(uuid.Nil, fmt.Append(nil, s.id, version)), Aggregate: events.Alert(s.id), Version: version, Actor: "j.doe",
		RecordedAt: s.now, Previous: s.state.Head.Hash, Facts: facts,
	})
	if err != nil {
		s.t.Fatalf("facts that cannot be stored: %v", err)
	}
	stored, err := events.Decode(sealed.Stored)
	if err != nil {
		s.t.Fatalf("facts that do not read back: %v\n%s", err, sealed.Stored)
	}
	s.history = append(s.history, events.Recorded{Commit: stored, Position: uint64(version)})
	before := s.state
	if s.state, err = alerting.Take(s.state, s.history[version-1]); err != nil {
		s.t.Fatalf("%v", err)
	}
	if again, err := alerting.Take(s.state, s.history[version-1]); err != nil || !cmp.Equal(again, s.state, sameDates) {
		s.t.Errorf("a commit that came twice changed something: %v", err)
	}
	folded, err := alerting.Fold(s.history)
	if err != nil {
		s.t.Fatalf("%v", err)
	}
	same(s.t, folded, s.state)
	if replayed, err := alerting.Fold(s.history[:version-1]); err != nil || !cmp.Equal(before, replayed, sameDates) {
		s.t.Errorf("taking a commit in changed the state it was given")
	}
}

// tell gives the alert commands that must not be refused.
func (s *story) tell(cmds ...alerting.Command) {
	s.t.Helper()
	for _, cmd := range cmds {
		facts, err := s.decide(cmd)
		if err != nil {
			s.t.Fatalf("%#v was refused: %v", cmd, err)
		}
		s.record(facts)
	}
}

func given(cmds ...alerting.Command) []alerting.Command { return cmds }

func when(cmd alerting.Command) alerting.Command { return cmd }

type outcome func(*testing.T, *story, []events.Fact, error)

func then(want ...events.Event) outcome {
	return func(t *testing.T, s *story, facts []events.Fact, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		var got []events.Event
		for _, f := range facts {
			got = append(got, f.Event)
		}
		same(t, want, got)
	}
}

func nothing() outcome { return then() }

func refused(want error) outcome {
	return func(t *testing.T, s *story, facts []events.Fact, err error) {
		t.Helper()
		if !errors.Is(err, want) || len(facts) > 0 {
			t.Fatalf("got %v, %v, want to be refused with: %v", facts, err, want)
		}
		if err.Error() == want.Error() {
			t.Errorf("%q says nothing of the alert at hand", err)
		}
	}
}

// spec checks what a command brings about for the alert that the given commands
// led to. What was brought about is not brought about again.
func spec(t *testing.T, name string, given []alerting.Command, cmd alerting.Command, want outcome) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Helper()
		s := &story{t: t, id: "GLO-26-0001_D7-1_1wd_20261026", now: at("2026-10-23 08:30")}
		s.tell(given...)
		facts, err := s.decide(cmd)
		want(t, s, facts, err)
		if err != nil || len(facts) == 0 {
			return
		}
		s.record(facts)
		if again, err := s.decide(cmd); err != nil || len(again) > 0 {
			t.Errorf("the same command again: %v, %v", again, err)
		}
	})
}
