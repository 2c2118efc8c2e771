package alerting

import (
	"fmt"
	"slices"
	"strings"

	"parley/domain/deadline"
	"parley/events"
)

// Step says in words which step of a ladder a rung is: ten working days before,
// on the day, one working day after, escalation, put off to Fri 23 Oct 2026.
func Step(r events.Rung) string {
	until, dated := uncompact(strings.TrimPrefix(r.ID, snoozed))
	switch {
	case strings.HasPrefix(r.ID, snoozed) && dated:
		return "put off to " + until.Long()
	case r.ToOfficer:
		return "escalation"
	case r.Days < 0:
		return workingDays(-r.Days) + " before"
	case r.Days > 0:
		return workingDays(r.Days) + " after"
	}
	return "on the day"
}

// workingDays writes a number of working days, small ones as a word.
func workingDays(n int) string {
	words := []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"}
	number := fmt.Sprint(n)
	if n < len(words) {
		number = words[n]
	}
	if n == 1 {
		return number + " working day"
	}
	return number + " working days"
}

// called names the alert on a rung in a sentence.
func called(r events.Rung) string {
	switch {
	case r.ToOfficer:
		return "the escalation"
	case r.Days != 0:
		return "the alert " + Step(r) + " the due date"
	}
	return "the alert " + Step(r)
}

// StepOf says in words which step of its ladder an alert was of which the ID of
// the rung is on record, and whom it warned: by the ladder that holds for that
// person and clock, else by any with such a rung. Where there is none (the policy
// was another then) it is the ID itself.
func (p Policy) StepOf(id string, clock deadline.Clock, person string) string {
	if strings.HasPrefix(id, snoozed) {
		return Step(events.Rung{ID: id})
	}
	var ladders [][]events.Rung
	if clock.Rule != "" {
		ladders = append(ladders, p.LadderFor(clock.Rule, clock.Standing(), p.known(person)))
	}
	for _, l := range p.Ladders {
		ladders = append(ladders, l.Rungs)
	}
	for _, who := range p.People {
		ladders = append(ladders, who.Rungs)
	}
	for _, rungs := range ladders {
		if i := slices.IndexFunc(rungs, func(r events.Rung) bool { return r.ID == id }); i >= 0 {
			return Step(rungs[i])
		}
	}
	return id
}
