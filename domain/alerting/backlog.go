package alerting

import (
	"time"

	"parley/domain/calendar"
	"parley/domain/deadline"
)

// handful is how many alerts of earlier days a person is told one by one. More
// are told in one digest.
const handful = 5

// Backlog is how many alerts of earlier days are to be made up for, by person:
// those whose time came while nobody watched. Who has more than a handful of them
// is told in the next digest, and not by as many messages. A nil Backlog has not
// been counted, and one that is empty is of nobody.
type Backlog map[string]int

// Add counts the alerts of one deadline. What goes out in a digest for this
// reason already, today or after that failed, keeps the rest there too: it counts
// for more than a handful.
func (b Backlog) Add(p Policy, cal calendar.Calendar, now time.Time, wanted []Alert, recorded map[string]State) {
	last := map[string]Alert{}
	for _, a := range wanted {
		switch s := recorded[a.ID]; {
		case s.Claimed() && s.gathered(a) && (!s.RetryAt().IsZero() || s.digestOn(deadline.InLondon(now).Date)):
			b[a.Person] += handful + 1
		case !s.Settled() && !a.At.After(now):
			last[a.Person] = a
		}
	}
	for person, a := range last {
		if p.belated(cal, a, now) {
			b[person]++
		}
	}
}

// Gathers reports whether a person is told in one digest what they were not told
// in time.
func (b Backlog) Gathers(person string) bool { return b[person] > handful }

// gathered reports whether an alert that goes out by itself was claimed within a
// digest.
func (s State) gathered(a Alert) bool { return a.Digest == "" && s.Claim.Digest != "" }

// digestOn reports whether the digest in which an alert was claimed is of this
// day.
func (s State) digestOn(day calendar.Date) bool {
	name, err := ParseID(s.Claim.Digest)
	return err == nil && name.Due == day
}

// belated reports whether an alert was to go out by itself on an earlier day, and
// is of nothing that is pressing.
func (p Policy) belated(cal calendar.Calendar, a Alert, now time.Time) bool {
	earlier := deadline.InLondon(a.At).Date.Before(deadline.InLondon(now).Date)
	return a.Digest == "" && earlier && !p.pressing(cal, p.known(a.Person), a.Due, now)
}

// apart divides the alerts of a deadline whose time has come, in order, into
// those that one message tells: of each person who has a backlog theirs, if the
// last of them is belated, and all others together.
func (b Backlog) apart(p Policy, cal calendar.Calendar, now time.Time, come []Alert) (backlogs [][]Alert, others []Alert) {
	of := map[string][]Alert{}
	for _, a := range come {
		if b.Gathers(a.Person) {
			of[a.Person] = append(of[a.Person], a)
		}
	}
	for person, theirs := range of {
		if !p.belated(cal, theirs[len(theirs)-1], now) {
			delete(of, person)
		}
	}
	for _, a := range come {
		theirs, apart := of[a.Person]
		switch {
		case !apart:
			others = append(others, a)
		case a.ID == theirs[0].ID:
			backlogs = append(backlogs, theirs)
		}
	}
	return backlogs, others
}
