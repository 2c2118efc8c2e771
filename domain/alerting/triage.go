package alerting

import (
	"slices"
	"time"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

// Work is what is to be done about the alerts of one deadline.
type Work struct {
	Send      []Alert  // one at most; what is not urgent waits for the next morning digest
	Supersede []Missed // those in whose place another is sent, or was
	Ahead     []Alert  // those whose time is to come, at which they want an alarm
}

// Missed is an alert that is not sent any more.
type Missed struct {
	Alert
	Why string
	By  string // the ID of the alert that says it all
}

// notInTime begins why an alert was superseded whose time came and went: nobody
// watched, or it came to be wanted only later. Which of the two is not on record.
const notInTime = "not sent in its time"

// Triage says what is to be done now about a deadline, of which these alerts are
// wanted and this has been recorded of its case's alerts. Of those whose time
// has come the latest is sent and says it all; earlier ones are superseded. One
// of an earlier day is made up for only at hours at which alerts go out: it is
// ahead until then.
func Triage(p Policy, cal calendar.Calendar, now time.Time, wanted []Alert, recorded map[string]State) Work {
	var work Work
	var come []Alert
	for _, a := range wanted {
		switch {
		case recorded[a.ID].Settled():
		case a.At.After(now):
			work.Ahead = append(work.Ahead, a)
		default:
			come = append(come, a)
		}
	}
	if len(come) == 0 {
		return work
	}
	last := come[len(come)-1]
	if s, ok := toldBy(last, recorded); ok {
		by := told(s, wanted)
		for _, a := range come {
			why := "told together with " + by
			if !a.At.Equal(s.Claim.At) {
				why = notInTime + ", and " + by + " had gone out already"
			}
			work.Supersede = append(work.Supersede, Missed{a, why, s.ID})
		}
		return work
	}
	if opens := p.opens(cal, last, now); opens.After(now) {
		last.At = opens
		work.Ahead = append([]Alert{last}, work.Ahead...)
		slices.SortStableFunc(work.Ahead, func(a, b Alert) int { return a.At.Compare(b.At) })
		return work
	}
	for _, a := range come[:len(come)-1] {
		why := "told together with " + called(last.Rung)
		if !a.At.Equal(last.At) {
			why = notInTime + ", and " + why
		}
		work.Supersede = append(work.Supersede, Missed{a, why, last.ID})
		last.Deliveries = alsoTo(last, a)
	}
	work.Send = []Alert{last}
	return work
}

// alsoTo returns the deliveries of an alert that goes out in place of another
// too: by itself also to whom the other was for.
func alsoTo(a, other Alert) []events.Delivery {
	if !a.Rung.Urgent || a.Person == other.Person {
		return a.Deliveries
	}
	all := slices.Clone(a.Deliveries)
	for _, d := range other.Deliveries {
		if !slices.Contains(all, d) {
			all = append(all, d)
		}
	}
	return all
}

// toldBy returns the alert of the same deadline and due date that was claimed
// though its time was later, or at the same time and for the same people too.
func toldBy(a Alert, recorded map[string]State) (State, bool) {
	var found State
	for id, s := range recorded {
		tells := s.Claim.At.After(a.At) || s.Claim.At.Equal(a.At) && s.reaches(a)
		if about(id, a.Ref, a.Deadline, a.Due) && s.Claimed() && tells && s.Claim.At.After(found.Claim.At) {
			found = s
		}
	}
	return found, found.ID != ""
}

// reaches reports whether an alert that was claimed goes everywhere where a is to
// go.
func (s State) reaches(a Alert) bool {
	return !slices.ContainsFunc(a.Deliveries, func(d events.Delivery) bool {
		_, is := s.Outcome(d)
		return !is
	})
}

// told names an alert that was claimed, by its rung if it is among those wanted.
func told(s State, wanted []Alert) string {
	if i := slices.IndexFunc(wanted, func(a Alert) bool { return a.ID == s.ID }); i >= 0 {
		return called(wanted[i].Rung)
	}
	return "a later alert"
}

// opens returns when an alert whose time has come may go out: at once on its own
// day, else at an hour at which alerts go out.
func (p Policy) opens(cal calendar.Calendar, a Alert, now time.Time) time.Time {
	today := deadline.InLondon(now).Date
	if deadline.InLondon(a.At).Date == today {
		return now
	}
	who := p.known(a.Person)
	at, err := deadline.London(p.nextOn(cal, who, today), p.At)
	if err != nil || at.Before(now) {
		return now
	}
	return at
}
