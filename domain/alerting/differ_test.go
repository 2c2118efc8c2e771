package alerting_test

import (
	"slices"
	"testing"

	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/events"
)

func TestInWhatPoliciesDiffer(t *testing.T) {
	recorded := func() alerting.Policy {
		p := withOfficer()
		p.Quiet, p.Urgent = []calendar.Date{day("2026-12-28"), day("2026-12-29")}, []string{"teams"}
		return p
	}
	for _, c := range []struct {
		name   string
		change func(*alerting.Policy)
		want   []string
	}{
		{"nothing", func(*alerting.Policy) {}, nil},
		{"the order alone", func(p *alerting.Policy) { slices.Reverse(p.People); slices.Reverse(p.Quiet) }, nil},
		{"the time", func(p *alerting.Policy) { p.At = "09:00" }, []string{"when alerts go out (09:00, not 08:30)"}},
		{"posts", func(p *alerting.Policy) { p.Desk, p.Officer = "olga", "j.doe" }, []string{"the desk (olga, not j.doe)", "the officer (j.doe, not olga)"}},
		{"somebody new", func(p *alerting.Policy) { p.People = append(p.People, events.Person{Name: "bob"}) }, []string{"the person bob (here alone)"}},
		{"somebody gone", func(p *alerting.Policy) { p.People = p.People[:1] }, []string{"the person olga (not here)"}},
		{"how somebody is reached", func(p *alerting.Policy) { p.People[0].Channels = []string{"email"} }, []string{"the person j.doe"}},
		{"somebody's days", func(p *alerting.Policy) { p.People[1].Quiet = p.Quiet }, []string{"the person olga"}},
		{"a rung", func(p *alerting.Policy) { p.Ladders[0].Rungs = p.Ladders[0].Rungs[1:] }, []string{"the ladder for all other deadlines"}},
		{"a ladder", func(p *alerting.Policy) {
			p.Ladders = append(p.Ladders, events.Ladder{Class: "statutory", Rungs: p.Ladders[0].Rungs})
		}, []string{"the ladder for the class statutory (here alone)"}},
		{"days and channels", func(p *alerting.Policy) { p.Quiet, p.Urgent = p.Quiet[1:], nil }, []string{"the quiet days", "the channels that everybody has for what is urgent"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := recorded()
			c.change(&p)
			same(t, c.want, p.Differs(recorded()))
		})
	}
}
