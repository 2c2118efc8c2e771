package directory

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"parley/domain/calendar"
	"parley/events"
)

var sameDates = cmp.Options{cmpopts.EquateComparable(calendar.Date{}), cmpopts.EquateEmpty(), cmp.AllowUnexported(Directory{})}

func on(s string) calendar.Date {
	d, err := calendar.Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

func fact(day string, e events.Event) events.Fact { return events.Fact{On: on(day), Event: e} }

// history makes a history of one commit per group of facts.
func history(commits ...[]events.Fact) events.History {
	var h events.History
	for i, facts := range commits {
		h = append(h, events.Recorded{
			Commit: events.Commit{
				Aggregate: events.Directory(), Version: i + 1, Facts: facts,
				RecordedAt: time.Date(2026, 11, 22, 9, i, 0, 0, time.UTC),
			},
			Position: uint64(i + 1),
		})
	}
	return h
}

const today = "2026-11-22"

func given(facts ...events.Fact) []events.Fact { return facts }

func when(c Command) Command { return c }

type outcome func(t *testing.T, facts []events.Fact, err error)

func then(want ...events.Fact) outcome {
	return func(t *testing.T, facts []events.Fact, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, facts, sameDates); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func nothing() outcome { return then() }

func refused(want error) outcome {
	return func(t *testing.T, facts []events.Fact, err error) {
		t.Helper()
		if !errors.Is(err, want) || len(facts) > 0 {
			t.Errorf("got %v, %v, want to be refused with: %v", facts, err, want)
		}
	}
}

// spec checks what a command causes, and that repeating it causes nothing.
func spec(t *testing.T, name string, facts []events.Fact, cmd Command, want outcome) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Helper()
		d := Fold(history(facts))
		caused, err := Decide(d, cmd, on(today))
		want(t, caused, err)
		if err != nil {
			return
		}
		if again, err := Decide(Fold(history(facts, caused)), cmd, on(today)); err != nil || len(again) > 0 {
			t.Errorf("repeated, it causes %v, %v", again, err)
		}
	})
}
