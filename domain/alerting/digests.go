package alerting

import (
	"time"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

// Morning is one person's digest of one morning.
type Morning struct {
	ID         string
	Person     string
	Day        calendar.Date
	At         time.Time // when it goes out, UTC
	Deliveries []events.Delivery
}

// Digests returns the digests of a day, in the order of the policy's people:
// none on one that is no working day, and none for people for whom it is quiet
// or who want none and have no backlog. Where the policy knows nobody the desk
// and the officer have one.
func Digests(p Policy, cal calendar.Calendar, day calendar.Date, b Backlog) []Morning {
	people := p.People
	if len(people) == 0 {
		people = []events.Person{p.Recipient("")}
		if p.Officer != p.Desk {
			people = append(people, p.Escalation())
		}
	}
	at, err := deadline.London(day, p.At)
	if err != nil {
		return nil
	}
	var all []Morning
	for _, who := range people {
		if who.NoDigest && !b.Gathers(who.Name) || p.off(cal, who, day) {
			continue
		}
		all = append(all, Morning{
			ID: DigestID(who.Name, day), Person: who.Name, Day: day, At: at,
			Deliveries: []events.Delivery{{To: who.Name, Channel: digestChannel(who)}},
		})
	}
	return all
}

// Stale reports whether the digest's time is over: one that was missed by hours
// is still sent, in the evening or on a later day it is not.
func (m Morning) Stale(now time.Time) bool {
	today := deadline.InLondon(now).Date
	return today.After(m.Day) || today == m.Day && afterHours(m.At, now)
}

// Within returns the alert as one that goes out in this digest.
func (a Alert) Within(m Morning) Alert {
	a.Digest, a.Deliveries = m.ID, m.Deliveries
	return a
}
