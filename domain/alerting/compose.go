package alerting

import (
	"fmt"
	"strings"
	"time"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

// For returns the message as one delivery of an alert or digest: to whom, and
// under an ID that is the same on every attempt.
func (m Message) For(id string, d events.Delivery) Message {
	m.ID, m.To = DeliveryID(id, d), d.To
	return m
}

// ComposeWarning returns what an alert that goes out by itself says at a moment:
// the same to everybody whom it reaches (see Message.For). It names the deadline,
// the case and the bodies, and nobody who works on it.
func ComposeWarning(a Alert, d Deadline, cal calendar.Calendar, now time.Time) Message {
	v := look(d, cal, now)
	m := Message{
		Kind: Warning, At: now.UTC(), Sections: []Section{{Title: "Coming up", Items: []Item{v.item(a.ID)}}},
		Closing: fmt.Sprintf("When it has been done, record it: parley deadline meet %s %s. That ends its reminders", a.Ref, a.Deadline),
	}
	if !(v.passed && a.Rung.ToOfficer) {
		m.Closing += acknowledging
	}
	if last := lastSnooze(cal, v.due, v.today); last.After(v.today) {
		m.Closing += fmt.Sprintf(". To be told again later, on %s at the latest: parley alert snooze %s --until DATE", last.Long(), a.ID)
	}
	name := v.name()
	switch {
	case v.passed && a.Rung.ToOfficer:
		m.Kind, m.Subject, m.Sections[0].Title = Escalation, "Overdue since "+plain(v.due)+": "+name, "Overdue"
		m.Opening = "This has been overdue since " + v.due.Long() + ", and nobody has acknowledged it: it goes to the officer."
	case v.passed:
		m.Kind, m.Subject, m.Sections[0].Title = Overdue, "Overdue since "+plain(v.due)+": "+name, "Overdue"
		m.Opening = "This was due on " + v.due.Long() + ", and is not recorded as done."
	case v.due == v.today:
		m.Subject, m.Sections[0].Title = "Due today"+v.by()+": "+name, "Due today"
	case v.due == v.today.AddDays(1):
		m.Subject = "Due tomorrow" + v.by() + ": " + name
	default:
		m.Subject = "Due " + v.due.Long() + v.by() + ": " + name
	}
	return m
}

// acknowledging says what acknowledging an alert does, and what it does not.
const acknowledging = ". Until then parley alert ack says that somebody is seeing to it: it is not escalated to the officer, and the reminders go on"

// view is a deadline as it stands at a moment.
type view struct {
	d      Deadline
	cal    calendar.Calendar
	today  calendar.Date
	due    calendar.Date
	hour   string
	passed bool
}

func look(d Deadline, cal calendar.Calendar, now time.Time) view {
	v := view{d: d, cal: cal, today: deadline.InLondon(now).Date}
	v.due, v.hour = d.due(cal)
	v.passed = passed(v.due, v.hour, now)
	return v
}

// name says in a subject line which deadline it is: Answer the FOI request
// (request 1, GLO-26-0001), Notice ends (A81001, GLO-26-0001).
func (v view) name() string {
	clock := v.d.Clock
	about := deadline.About(clock.Offer, clock.Request, clock.Dispute)
	if clock.Practice != "" {
		about = append(about, clock.Practice)
	}
	about = append(about, v.d.Ref)
	return fmt.Sprintf("%s (%s)", short(clock.Title), strings.Join(about, ", "))
}

// by says until when on the day, of a limit in hours.
func (v view) by() string {
	if v.hour == "" {
		return ""
	}
	return " by " + v.hour
}

// item returns the deadline as messages tell of it, with the ID of the alert by
// which it can be acknowledged, or none.
func (v view) item(alert string, notes ...string) Item {
	clock := v.d.Clock
	count := clock.Count(v.cal)
	i := Item{
		Alert: alert, Ref: v.d.Ref, Deadline: clock.Deadline, Title: clock.Titled(), ICB: v.d.ICB, Practice: clock.Practice, Owner: clock.Owner,
		Due: v.due, Time: v.hour, WorkingDays: v.cal.WorkingDaysUntil(clock.Working(), v.today, v.due), Provisional: count.Provisional,
	}
	if count.NotAWorkingDay != "" && !v.passed {
		notes = append([]string{fmt.Sprintf("%s is not a working day (%s).", v.due.Long(), count.NotAWorkingDay)}, notes...)
	}
	for _, note := range notes {
		if i.Note != "" && note != "" {
			i.Note += " "
		}
		i.Note += note
	}
	return i
}

// plain writes a day without its weekday: 26 Oct 2026.
func plain(d calendar.Date) string { return d.Time().Format("2 Jan 2006") }

// mostTitle is how many letters of a title a subject line has room for.
const mostTitle = 80

func short(title string) string {
	letters := []rune(OneLine(title))
	if len(letters) <= mostTitle {
		return string(letters)
	}
	return string(letters[:mostTitle-1]) + "…"
}
