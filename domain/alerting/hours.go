package alerting

import (
	"time"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

// endOfDay is when the hours end at which that goes out which could as well have
// gone out before: digests, and what was missed or failed and is not pressing.
const endOfDay = "18:00"

// afterHours reports whether the hours of a day are over at a moment for what was to
// go out before they ended.
func afterHours(at, now time.Time) bool {
	return deadline.InLondon(now).Time >= endOfDay && deadline.InLondon(at).Time < endOfDay
}

// pressing reports whether what is due then is due today or, at the latest, on
// the next day on which alerts go out to a person: by then they have to know.
func (p Policy) pressing(cal calendar.Calendar, who events.Person, due calendar.Date, now time.Time) bool {
	today := deadline.InLondon(now).Date
	return !due.Before(today) && !due.After(p.nextOn(cal, who, today.AddDays(1)))
}

// open returns the first time from at on that is within the hours at which alerts
// go out to a person.
func (p Policy) open(cal calendar.Calendar, who events.Person, at time.Time) time.Time {
	in := deadline.InLondon(at)
	day := in.Date
	if p.At < endOfDay && in.Time >= endOfDay {
		day = day.AddDays(1)
	}
	opens, err := deadline.London(p.nextOn(cal, who, day), p.At)
	if err != nil || opens.Before(at) {
		return at
	}
	return opens
}

// What goes out at once does so between these hours, later on the due date.
const morning, evening, night = "07:00", "20:00", "22:00"

// atOnce returns when an alert goes out whose time had passed when its date became
// known, or that was missed and would come too late otherwise: at once, but not at
// night nor on a day on which nothing goes out, unless that is the due date or comes
// before it with no other day between.
func (p Policy) atOnce(cal calendar.Calendar, who events.Person, due calendar.Date, hour string, now time.Time) time.Time {
	in := deadline.InLondon(now)
	today, end := in.Date == due, evening
	if today {
		end = night
	}
	open := in.Time >= morning && in.Time < end
	if today && hour != "" || open && (today || !p.off(cal, who, in.Date)) {
		return now.UTC()
	}
	start := in.Date
	if in.Time >= end || open {
		start = start.AddDays(1)
	}
	day, opens := p.nextOn(cal, who, start), p.At
	if day.After(due) && !in.Date.After(due) && (!today || in.Time < morning) {
		if open {
			return now.UTC()
		}
		day, opens = start, morning
	}
	at, err := deadline.London(day, opens)
	if err != nil || at.Before(now) {
		return now.UTC()
	}
	return at
}

// opens returns when an alert whose time has come may go out: at once on its own
// day, though not in the evening if it is not pressing; else within the hours at
// which alerts go out, and what is pressing in the evening of such a day too. What
// would be overdue by then does not wait for them.
func (p Policy) opens(cal calendar.Calendar, a Alert, now time.Time) time.Time {
	who, in := p.known(a.Person), deadline.InLondon(now)
	own, pressing := deadline.InLondon(a.At).Date == in.Date, p.pressing(cal, who, a.Due, now)
	switch {
	case own && (pressing || !afterHours(a.At, now)),
		pressing && !p.off(cal, who, in.Date) && in.Time >= p.At:
		return now
	}
	at := p.open(cal, who, now)
	if pressing && deadline.InLondon(at).Date.After(a.Due) {
		return p.atOnce(cal, who, a.Due, "", now)
	}
	return at
}

// Backoff returns how long to wait after so many attempts before the next, and
// false when there have been as many as a day has room for: 1, 5, 15 and 60
// minutes, then an hour each time.
func Backoff(attempts int) (wait time.Duration, again bool) {
	first := []time.Duration{time.Minute, 5 * time.Minute, 15 * time.Minute}
	switch {
	case attempts < 1:
		return 0, true
	case attempts <= len(first):
		return first[attempts-1], true
	}
	return time.Hour, 21*time.Minute+time.Duration(attempts-len(first))*time.Hour <= 24*time.Hour
}

// retry returns when a delivery of an alert is tried again that has just failed
// after so many attempts, and false if it is not. What is pressing is tried at any
// hour, all else at hours at which alerts go out. It is given up only at the end
// of a day on which somebody could have mended the channel. What went out in a
// digest waits for the next, as long as it is wanted; a digest lasts for a day.
func (p Policy) retry(cal calendar.Calendar, c events.AlertClaimed, attempts int, now time.Time) (time.Time, bool) {
	wait, again := Backoff(attempts)
	at := now.Add(wait)
	switch {
	case c.Digest != "":
		return at, true
	case c.Ref == "", p.IsZero():
		return at, again
	}
	who, today, next := p.known(c.Person), deadline.InLondon(now), deadline.InLondon(at)
	ends := next.Date != today.Date || next.Time >= endOfDay
	switch {
	case !again && ends && !p.off(cal, who, today.Date):
		return time.Time{}, false
	case p.pressing(cal, who, c.Due, at):
		return at, true
	}
	return p.open(cal, who, at), true
}
