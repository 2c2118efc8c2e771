package alerting

import (
	"cmp"
	"slices"
	"strings"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

// Wanted returns the alerts that a deadline deserves, by their time; recorded is
// what has been recorded of the alerts of its case, by ID. Those that have been
// claimed are among them as long as the deadline stands and its date is the same:
// see Triage.
//
// A deadline that has ended, stands still with its closed case or is paused on
// the day wants none. What had passed when the date became known is not made up
// for, except that the most urgent of the urgent alerts goes out at once, or as soon as
// it does not wake anybody up: before
// the due date one of those up to it, after it one of those that say that it has
// passed. Nobody is flooded by what is entered late: of a deadline that was
// recorded when its due date had passed only what is still to come is wanted. Of
// two alerts for one person at one moment only the later of the ladder is wanted.
func Wanted(p Policy, cal calendar.Calendar, d Deadline, recorded map[string]State) []Alert {
	if !d.stands() {
		return nil
	}
	w := wish{Policy: p, cal: cal, d: d, who: p.Recipient(d.Caseworker), recorded: recorded}
	w.due, w.hour = d.due(cal)
	w.acknowledged, w.snoozed = answers(d, w.due, recorded)
	gone := passed(w.due, w.hour, d.Known)
	var all []planned
	var late *planned // the most urgent that had passed
	for i, rung := range p.LadderFor(d.Clock.Rule, d.Clock.Standing(), w.who) {
		a, ok := w.alert(rung)
		switch {
		case !ok:
		case a.At.After(d.Known):
			all = append(all, planned{a, i})
		case recorded[a.ID].Claimed(): // whatever was said since, this is about the same date
			a.At, late = recorded[a.ID].Claim.At, nil
			all = append(all, planned{a, i})
		case rung.Urgent && (rung.Days > 0) == gone:
			late = &planned{a, i}
		}
	}
	if a, ok := w.wakeUp(); ok && a.At.After(d.Known) {
		all = append(all, planned{a, -1})
	}
	if late != nil && d.inTime(w.due, w.hour) {
		if late.At = w.atOnce(cal, w.who, w.due, w.hour, d.Known); w.speaks(deadline.InLondon(late.At).Date) {
			all = append(all, *late)
		}
	}
	return oneAtATime(all)
}

// planned is an alert and its place in the ladder.
type planned struct {
	Alert
	place int
}

// oneAtATime returns the alerts in order, and of those for one person at one
// moment only the last of the ladder.
func oneAtATime(all []planned) []Alert {
	slices.SortFunc(all, func(a, b planned) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.place, b.place)) })
	var alerts []Alert
	for i, a := range all {
		after := all[i+1:]
		if !slices.ContainsFunc(after, func(b planned) bool { return b.At.Equal(a.At) && b.Person == a.Person }) {
			alerts = append(alerts, a.Alert)
		}
	}
	return alerts
}

// wish is what the alerts of one deadline follow from.
type wish struct {
	Policy
	cal calendar.Calendar
	d   Deadline
	who events.Person // who is warned

	recorded map[string]State

	due  calendar.Date
	hour string // of a limit in hours

	acknowledged bool
	snoozed      calendar.Date // until when the alerts were put off; no date if they were not
}

// speaks reports whether the deadline warns on a day at all.
func (w wish) speaks(day calendar.Date) bool {
	return !w.d.Clock.PausedOn(day) && (w.snoozed.IsZero() || !day.Before(w.snoozed))
}

// alert returns the alert on a rung, and whether there is one. An escalation that
// would come while the alerts are put off comes when they come again.
func (w wish) alert(rung events.Rung) (Alert, bool) {
	who := w.who
	if rung.ToOfficer {
		who = w.Escalation()
	}
	day := w.day(rung, who)
	settled := w.recorded[ID(w.d.Ref, w.d.Clock.Deadline, rung.ID, w.due)].Settled()
	if rung.ToOfficer && !settled && !w.snoozed.IsZero() && day.Before(w.snoozed) {
		day = w.nextOn(w.cal, who, w.snoozed) // putting off does not keep it from the officer
	}
	switch {
	case !w.speaks(day), rung.ToOfficer && w.acknowledged, !rung.Urgent && who.NoDigest:
		return Alert{}, false
	}
	return w.on(day, rung, who)
}

// on returns the alert on a rung that goes out on this day.
func (w wish) on(day calendar.Date, rung events.Rung, who events.Person) (Alert, bool) {
	at, err := deadline.London(day, w.At)
	if err != nil {
		return Alert{}, false // before 1996
	}
	a := Alert{
		ID: ID(w.d.Ref, w.d.Clock.Deadline, rung.ID, w.due), Ref: w.d.Ref, Deadline: w.d.Clock.Deadline, Rung: rung, Due: w.due,
		At: at, Person: who.Name,
	}
	if rung.Urgent {
		a.Deliveries = w.deliveries(who)
	} else {
		a.Digest = DigestID(who.Name, day)
		a.Deliveries = []events.Delivery{{To: who.Name, Channel: digestChannel(who)}}
	}
	return a, true
}

// day returns the day on which a rung's alert goes out: so many days before or
// after the due date on which alerts go out at all. That of the due date itself
// goes out on it, or on the last such day before; of a limit in hours that ends
// before alerts go out, on the last such day before its end.
func (w wish) day(rung events.Rung, who events.Person) calendar.Date {
	day, step, n := w.due, 1, rung.Days
	switch {
	case n < 0:
		step, n = -1, -n
	case n == 0:
		step = -1
		if w.hour != "" && w.hour <= w.At || w.off(w.cal, who, day) {
			n = 1
		}
	}
	for n > 0 {
		day = day.AddDays(step)
		if !w.off(w.cal, who, day) {
			n--
		}
	}
	return day
}

// wakeUp returns the alert that comes when the alerts were put off: on that day
// or the next on which alerts go out, but never past a due date to come.
func (w wish) wakeUp() (Alert, bool) {
	if w.snoozed.IsZero() {
		return Alert{}, false
	}
	day := w.nextOn(w.cal, w.who, w.snoozed)
	if day.After(w.due) && !w.snoozed.After(w.due) {
		day = w.snoozed
	}
	if !w.speaks(day) {
		return Alert{}, false
	}
	return w.on(day, events.Rung{ID: snoozed + compact(w.snoozed), Urgent: true}, w.who)
}

// answers returns what people said to the alerts of a deadline and due date:
// whether one that had gone out was acknowledged, and until when they were last
// put off.
func answers(d Deadline, due calendar.Date, recorded map[string]State) (acknowledged bool, until calendar.Date) {
	var last Snoozing
	for id, s := range recorded {
		if !about(id, d.Ref, d.Clock.Deadline, due) {
			continue
		}
		acknowledged = acknowledged || s.Claimed() && s.Acknowledged.By != ""
		if s.Snoozed.At.After(last.At) {
			last = s.Snoozed
		}
	}
	return acknowledged, last.Until
}

// about reports whether an ID is that of an alert of a deadline and due date.
func about(id, ref, of string, due calendar.Date) bool {
	return strings.HasPrefix(id, ref+"_"+strings.ReplaceAll(of, ".", "-")+"_") && strings.HasSuffix(id, "_"+compact(due))
}
