package alerting_test

import (
	"testing"

	"parley/domain/alerting"
	"parley/domain/deadline"
	"parley/events"
)

func TestStepsInWords(t *testing.T) {
	for want, rung := range map[string]events.Rung{
		"ten working days before":    {ID: "10wd", Days: -10},
		"one working day before":     {ID: "1wd", Days: -1},
		"on the day":                 {ID: "day"},
		"one working day after":      {ID: "over1wd", Days: 1},
		"12 working days after":      {ID: "late", Days: 12},
		"escalation":                 {ID: "esc2wd", Days: 2, ToOfficer: true},
		"put off to Fri 23 Oct 2026": {ID: "snooze20261023", Urgent: true},
	} {
		if got := alerting.Step(rung); got != want {
			t.Errorf("%s: %q, want %q", rung.ID, got, want)
		}
	}
}

// Of what is on record only the ID of the rung is known: the ladder that holds
// says what it means.
func TestTheStepOfWhatIsOnRecord(t *testing.T) {
	p := alerting.DefaultPolicy("desk")
	p.Ladders = append(p.Ladders, events.Ladder{Rule: "foi-respond", Rungs: []events.Rung{{ID: "first", Days: -3}, {ID: "day"}}})
	p.People = []events.Person{{Name: "jo", Channels: []string{"file"}, Rungs: []events.Rung{{ID: "first", Days: -7}, {ID: "day"}}}}
	foi := deadline.Clock{DeadlineSet: events.DeadlineSet{Rule: "foi-respond"}}
	for _, c := range []struct {
		id, person string
		clock      deadline.Clock
		want       string
	}{
		{"first", "desk", foi, "three working days before"},
		{"first", "jo", foi, "seven working days before"},
		{"first", "desk", deadline.Clock{}, "three working days before"},
		{"5wd", "jo", foi, "five working days before"},
		{"snooze20261023", "jo", foi, "put off to Fri 23 Oct 2026"},
		{"gone", "jo", foi, "gone"},
	} {
		if got := p.StepOf(c.id, c.clock, c.person); got != c.want {
			t.Errorf("%s of %s: %q, want %q", c.id, c.person, got, c.want)
		}
	}
}
