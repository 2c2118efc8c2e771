package alerting

import (
	"slices"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

// Policy says who is warned of deadlines, when and how.
type Policy struct{ events.AlertPolicySet }

// file is the channel that works without any set-up.
const file = "file"

// DefaultPolicy returns the policy of a store where nothing was configured: at
// 08:30, and everything goes to the actor, into a file. Ten and five working
// days before the due date a deadline stands in the morning digest, one working
// day before and on the day it warns by itself; one working day after it is
// overdue, after two it is escalated to the officer.
func DefaultPolicy(actor string) Policy {
	return Policy{events.AlertPolicySet{
		At: "08:30",
		Ladders: []events.Ladder{{Rungs: []events.Rung{
			{ID: "10wd", Days: -10},
			{ID: "5wd", Days: -5},
			{ID: "1wd", Days: -1, Urgent: true},
			{ID: "day", Days: 0, Urgent: true},
			{ID: "over1wd", Days: 1, Urgent: true},
			{ID: "esc2wd", Days: 2, Urgent: true, ToOfficer: true},
		}}},
		People: []events.Person{}, Desk: actor, Officer: actor,
	}}
}

// IsZero reports whether p is no policy at all.
func (p Policy) IsZero() bool { return p.At == "" }

// Recipient returns who is warned of the deadlines of a caseworker's cases: the
// caseworker, or the desk where that is nobody the policy knows. Where it knows
// nobody everything goes to the desk's name, into a file.
func (p Policy) Recipient(caseworker string) events.Person {
	if caseworker != "" {
		if who, ok := p.person(caseworker); ok {
			return who
		}
	}
	return p.known(p.Desk)
}

// Escalation returns the officer, to whom is escalated.
func (p Policy) Escalation() events.Person { return p.known(p.Officer) }

func (p Policy) person(name string) (events.Person, bool) {
	i := slices.IndexFunc(p.People, func(who events.Person) bool { return who.Name == name })
	if i < 0 {
		return events.Person{}, false
	}
	return p.People[i], true
}

func (p Policy) known(name string) events.Person {
	if who, ok := p.person(name); ok {
		return who
	}
	return events.Person{Name: name, Channels: []string{file}}
}

// LadderFor returns the rungs on which a deadline of a rule and standing warns
// a person. The most particular ladder counts: the person's own, else the rule's,
// else the class's, else the LMC's. A ladder of a person's own takes no
// escalation away: without one it keeps those that would be otherwise.
func (p Policy) LadderFor(rule string, standing deadline.Standing, who events.Person) []events.Rung {
	common := p.common(rule, standing)
	escalates := func(r events.Rung) bool { return r.ToOfficer }
	if len(who.Rungs) == 0 {
		return common
	}
	if slices.ContainsFunc(who.Rungs, escalates) {
		return who.Rungs
	}
	own := slices.Clone(who.Rungs)
	for _, r := range common {
		if escalates(r) && !slices.ContainsFunc(own, func(o events.Rung) bool { return o.ID == r.ID }) {
			own = append(own, r)
		}
	}
	slices.SortStableFunc(own, func(a, b events.Rung) int { return a.Days - b.Days })
	return own
}

// common returns the ladder of a rule and standing without regard to people.
func (p Policy) common(rule string, standing deadline.Standing) []events.Rung {
	var class, lmc []events.Rung
	for _, l := range p.Ladders {
		switch {
		case l.Rule != "" && l.Rule == rule:
			return l.Rungs
		case l.Rule != "":
		case l.Class != "" && l.Class == string(standing):
			class = l.Rungs
		case l.Class == "":
			lmc = l.Rungs
		}
	}
	if class != nil {
		return class
	}
	return lmc
}

// off reports whether nothing goes out to a person on a day: it is no working
// day in England and Wales, or one that they or the LMC want to be quiet.
func (p Policy) off(cal calendar.Calendar, who events.Person, d calendar.Date) bool {
	return slices.Contains(p.Quiet, d) || slices.Contains(who.Quiet, d) || !cal.WorkingDay(calendar.WorkingEnglandAndWales, d)
}

// nextOn returns d, or the first day after it on which something goes out.
func (p Policy) nextOn(cal calendar.Calendar, who events.Person, d calendar.Date) calendar.Date {
	for p.off(cal, who, d) {
		d = d.AddDays(1)
	}
	return d
}

// digestChannel returns the channel by which a person has the morning digest:
// email if they have it, else their first.
func digestChannel(who events.Person) string {
	if slices.Contains(who.Channels, "email") || len(who.Channels) == 0 {
		return "email"
	}
	return who.Channels[0]
}

// deliveries returns the ways in which what is urgent reaches a person.
func (p Policy) deliveries(who events.Person) []events.Delivery {
	var all []events.Delivery
	add := func(d events.Delivery) {
		if !slices.Contains(all, d) {
			all = append(all, d)
		}
	}
	for _, channel := range who.Channels {
		add(events.Delivery{To: who.Name, Channel: channel})
	}
	for _, place := range p.Urgent {
		add(events.Delivery{Channel: place})
	}
	return all
}
