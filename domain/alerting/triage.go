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
	Send      []Alert  // one at most, and one for each who has a backlog; what has a Digest waits for the next
	Supersede []Missed // those in whose place another is sent, or was; of one that waits for a digest only with that
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
// that was missed is made up for only at hours at which alerts go out: it is ahead
// until then, unless it is pressing and of today. Who has a backlog of them is told in the next digest.
func Triage(p Policy, cal calendar.Calendar, now time.Time, wanted []Alert, recorded map[string]State, b Backlog) Work {
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
	backlogs, others := b.apart(p, cal, now, come)
	if len(others) > 0 && !work.toldAlready(others, wanted, recorded) {
		last := others[len(others)-1]
		if opens := p.opens(cal, last, now); opens.After(now) {
			last.At = opens
			work.Ahead = append([]Alert{last}, work.Ahead...)
			slices.SortStableFunc(work.Ahead, func(a, b Alert) int { return a.At.Compare(b.At) })
		} else {
			work.tell(others)
		}
	}
	for _, theirs := range backlogs {
		if !work.toldAlready(theirs, wanted, recorded) {
			last := &theirs[len(theirs)-1]
			last.Digest = DigestID(last.Person, deadline.InLondon(now).Date) // or a later one
			work.tell(theirs)
		}
	}
	return work
}

// toldAlready supersedes alerts whose time has come if one that was claimed tells
// the last of them, and reports whether it does.
func (work *Work) toldAlready(come, wanted []Alert, recorded map[string]State) bool {
	s, is := toldBy(come[len(come)-1], recorded)
	if !is {
		return false
	}
	by := told(s, wanted)
	for _, a := range come {
		why := "told together with " + by
		if !a.At.Equal(s.Claim.At) {
			why = notInTime + ", and " + by + " had gone out already"
		}
		work.Supersede = append(work.Supersede, Missed{a, why, s.ID})
	}
	return true
}

// tell sends the last of these alerts, which says it all.
func (work *Work) tell(come []Alert) {
	last := come[len(come)-1]
	for _, a := range come[:len(come)-1] {
		why := "told together with " + called(last.Rung)
		if !a.At.Equal(last.At) {
			why = notInTime + ", and " + why
		}
		work.Supersede = append(work.Supersede, Missed{a, why, last.ID})
		last.Deliveries = alsoTo(last, a)
	}
	work.Send = append(work.Send, last)
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
// though its time was later, or at the same time and for the same people too. What
// went out in a digest tells nobody but whose that is.
func toldBy(a Alert, recorded map[string]State) (State, bool) {
	var found State
	for id, s := range recorded {
		tells := s.Claim.At.After(a.At) || s.Claim.At.Equal(a.At) && s.reaches(a)
		theirs := s.Claim.Digest == "" || s.Claim.Person == a.Person
		if about(id, a.Ref, a.Deadline, a.Due) && s.Claimed() && tells && theirs && s.Claim.At.After(found.Claim.At) {
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
