package alerting

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"parley/domain/deadline"
	"parley/events"
)

// mostDays bounds rungs: half a year of working days either way.
const mostDays = 130

// snoozed begins the IDs of rungs that snoozing makes.
const snoozed = "snooze"

var (
	rungID  = regexp.MustCompile(`^[a-z0-9]+$`)
	channel = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
)

// Check refuses a policy under which somebody would not be warned, or that does
// not say what it means. Its errors match ErrPolicy.
func (p Policy) Check() error {
	if at, err := time.Parse("15:04", p.At); err != nil || at.Format("15:04") != p.At {
		return refuse(ErrPolicy, "alerts cannot go out at %q: write the time as 15:04, such as 08:30", p.At)
	}
	if err := p.checkLadders(); err != nil {
		return err
	}
	if err := p.checkPeople(); err != nil {
		return err
	}
	for i, place := range p.Urgent {
		switch {
		case !channel.MatchString(place):
			return refuse(ErrPolicy, "%q is not the name of a channel: they are named like email, teams or webhook", place)
		case slices.Contains(p.Urgent[:i], place):
			return refuse(ErrPolicy, "the channel %s is named twice for what is urgent", place)
		}
	}
	return nil
}

func (p Policy) checkLadders() error {
	seen := map[string]bool{}
	for _, l := range p.Ladders {
		name, err := ladderName(l)
		switch {
		case err != nil:
			return err
		case seen[name]:
			return refuse(ErrPolicy, "there are two ladders for %s: keep one", name)
		}
		seen[name] = true
		if err := checkRungs("the ladder for "+name, l.Rungs); err != nil {
			return err
		}
	}
	if !seen[lmcs] {
		return refuse(ErrPolicy, "there is no ladder for %s: give one that names neither rule nor class", lmcs)
	}
	return nil
}

// lmcs is what the LMC's own ladder is called.
const lmcs = "all other deadlines"

// ladderName returns what a ladder is for, in words. It refuses one that is for
// what there is not.
func ladderName(l events.Ladder) (string, error) {
	classes := []deadline.Standing{deadline.Statutory, deadline.Contractual, deadline.GoodPractice, deadline.Local, deadline.Unverified}
	switch {
	case l.Rule != "" && l.Class != "":
		return "", refuse(ErrPolicy, "a ladder is for the rule %s or for the class %s, not for both", l.Rule, l.Class)
	case l.Rule != "":
		var clockless deadline.NoClock
		rule, err := deadline.Find(l.Rule)
		switch {
		case errors.As(err, &clockless):
			return "", refuse(ErrPolicy, "a ladder is for a rule that never warns: %s", err)
		case err != nil:
			return "", refuse(ErrPolicy, "a ladder is for a rule that is unknown: %s; see parley rule list", err)
		case string(rule.ID) != l.Rule:
			return "", refuse(ErrPolicy, "a ladder is for the rule %q: write it %s", l.Rule, rule.ID)
		}
		return "the rule " + l.Rule, nil
	case l.Class != "":
		if !slices.Contains(classes, deadline.Standing(l.Class)) {
			return "", refuse(ErrPolicy, "a ladder is for the class %q: there are statutory, contractual, good-practice, local and unverified", l.Class)
		}
		return "the class " + l.Class, nil
	}
	return lmcs, nil
}

// checkRungs refuses a ladder that cannot be climbed, or that warns nobody in
// time.
func checkRungs(of string, rungs []events.Rung) error {
	inTime, last := false, -mostDays-1
	ids := map[string]bool{}
	for _, r := range rungs {
		switch {
		case !rungID.MatchString(r.ID):
			return refuse(ErrPolicy, "%s has a rung %q: IDs of rungs are lower-case letters and digits, such as 5wd", of, r.ID)
		case strings.HasPrefix(r.ID, snoozed):
			return refuse(ErrPolicy, "%s has a rung %q: names that begin with %s are kept for alerts that were put off", of, r.ID, snoozed)
		case ids[r.ID]:
			return refuse(ErrPolicy, "%s has two rungs called %s: alerts are told apart by them", of, r.ID)
		case r.Days < -mostDays || r.Days > mostDays:
			return refuse(ErrPolicy, "%s has the rung %s at %d working days: %d either way is the most", of, r.ID, r.Days, mostDays)
		case r.Days == last:
			return refuse(ErrPolicy, "%s has a second rung, %s, at %d working days: one is enough", of, r.ID, r.Days)
		case r.Days < last:
			return refuse(ErrPolicy, "%s has the rung %s out of order: the earliest comes first", of, r.ID)
		case r.ToOfficer && r.Days <= 0:
			return refuse(ErrPolicy, "%s escalates on the rung %s, at %d working days: only what has passed is escalated", of, r.ID, r.Days)
		}
		ids[r.ID], last = true, r.Days
		inTime = inTime || r.Days <= 0
	}
	if !inTime {
		return refuse(ErrPolicy, "%s has no rung on or before the due date: it would warn nobody in time", of)
	}
	return nil
}

func (p Policy) checkPeople() error {
	names := map[string]bool{}
	for _, who := range p.People {
		if names[who.Name] {
			return refuse(ErrPolicy, "there are two people called %q: alerts could reach the wrong one", who.Name)
		}
		names[who.Name] = true
		if err := p.checkPerson(who); err != nil {
			return err
		}
	}
	for _, post := range [][2]string{{"desk", p.Desk}, {"officer", p.Officer}} {
		what, name := post[0], post[1]
		switch {
		case name == "":
			return refuse(ErrPolicy, "the policy names no %s: say who it is", what)
		case len(p.People) > 0 && !names[name]:
			return refuse(ErrPolicy, "the %s, %q, is not among the people: add them, or name another", what, name)
		}
	}
	return p.checkEscalation()
}

// checkEscalation refuses an escalation that would wait for a digest which the
// officer does not have.
func (p Policy) checkEscalation() error {
	if !p.Escalation().NoDigest {
		return nil
	}
	ladders := slices.Clone(p.Ladders)
	for _, who := range p.People {
		ladders = append(ladders, events.Ladder{Rungs: who.Rungs})
	}
	for _, l := range ladders {
		for _, r := range l.Rungs {
			if r.ToOfficer && !r.Urgent {
				return refuse(ErrPolicy, "the rung %s escalates in the morning digest, and the officer, %s, has none: make it urgent, or give them the digest", r.ID, p.Officer)
			}
		}
	}
	return nil
}

func (p Policy) checkPerson(who events.Person) error {
	if strings.TrimSpace(who.Name) != who.Name || who.Name == "" || strings.ContainsFunc(who.Name, unicode.IsControl) {
		return refuse(ErrPolicy, "%q is not the name of a person: write it as in cases", who.Name)
	}
	if len(who.Channels) == 0 {
		return refuse(ErrPolicy, "%s has no channel, and would never be warned: give at least one, such as email or file", who.Name)
	}
	for i, name := range who.Channels {
		switch {
		case !channel.MatchString(name):
			return refuse(ErrPolicy, "%s has the channel %q: they are named like email or file", who.Name, name)
		case slices.Contains(who.Channels[:i], name):
			return refuse(ErrPolicy, "%s has the channel %s twice", who.Name, name)
		}
	}
	if len(who.Rungs) > 0 {
		if err := checkRungs("the ladder of "+who.Name, who.Rungs); err != nil {
			return err
		}
	}
	if !who.NoDigest {
		return nil
	}
	for _, l := range append([]events.Ladder{{Rungs: who.Rungs}}, p.Ladders...) {
		byItself := func(r events.Rung) bool { return r.Urgent && r.Days <= 0 }
		if len(l.Rungs) > 0 && !slices.ContainsFunc(l.Rungs, byItself) {
			return refuse(ErrPolicy, "%s has no digest, and a ladder without an urgent rung on or before the due date would not warn them", who.Name)
		}
		if len(who.Rungs) > 0 {
			break // their own ladder is the only one they have
		}
	}
	return nil
}
