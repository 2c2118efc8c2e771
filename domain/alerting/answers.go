package alerting

import (
	"strings"

	"parley/domain/calendar"
	"parley/domain/texts"
	"parley/events"
)

// Acknowledge records that somebody has seen to what an alert warns of: the
// deadline is not escalated. Only what has gone out can be acknowledged. What
// texts refuses of the text is refused here too.
type Acknowledge struct {
	Text string // what was done; may be empty
}

func (cmd Acknowledge) decide(s State) ([]events.Event, error) {
	text := strings.TrimSpace(cmd.Text)
	switch {
	case s.Superseded.Why != "" && !s.Claimed():
		return nil, superseded(s)
	case !s.Claimed():
		return nil, refuse(ErrNotClaimed, "%s has not gone out yet: there is nothing to acknowledge", s.ID)
	case s.Acknowledged.By != "" && (text == "" || text == s.Acknowledged.Text):
		return nil, nil
	}
	if err := texts.Check(text); err != nil {
		return nil, err
	}
	return []events.Event{events.AlertAcknowledged{Text: text}}, nil
}

// mostSnooze is how many working days an overdue deadline can be put off.
const mostSnooze = 10

// Snooze puts off the alerts of an alert's deadline and due date that would come
// before a day; one comes on that day. Until the due date it cannot be put off
// past that; once it has passed, by ten working days at most.
type Snooze struct {
	Until    calendar.Date
	Today    calendar.Date
	Due      calendar.Date // of the deadline, as it is counted now
	Calendar calendar.Calendar
}

func (cmd Snooze) decide(s State) ([]events.Event, error) {
	last, overdue := lastSnooze(cmd.Calendar, cmd.Due, cmd.Today), cmd.Due.Before(cmd.Today)
	switch {
	case s.Snoozed.By != "" && s.Snoozed.Until == cmd.Until:
		return nil, nil
	case !cmd.Until.After(cmd.Today):
		return nil, refuse(ErrSnooze, "alerts are put off to a day to come, and %s is none: today is %s", cmd.Until.Long(), cmd.Today.Long())
	case !overdue && cmd.Until.After(last):
		return nil, refuse(ErrSnooze, "alerts cannot be put off past the due date, %s", last.Long())
	case overdue && cmd.Until.After(last):
		return nil, refuse(ErrSnooze, "alerts of what is overdue can be put off by %d working days at most, to %s", mostSnooze, last.Long())
	}
	return []events.Event{events.AlertSnoozed{Until: cmd.Until}}, nil
}

// lastSnooze returns the last day to which alerts of a deadline can be put off:
// none can be chosen if that is not after today.
func lastSnooze(cal calendar.Calendar, due, today calendar.Date) calendar.Date {
	if due.Before(today) {
		return cal.AddWorkingDays(calendar.WorkingEnglandAndWales, today, mostSnooze)
	}
	return due
}

// Supersede records that an alert whose time had come is not sent.
type Supersede struct {
	Alert Alert
	Why   string
	By    string // the ID of the alert that says it all; may be empty
}

func (cmd Supersede) decide(s State) ([]events.Event, error) {
	a := cmd.Alert
	return supersede(s, events.AlertSuperseded{
		Ref: a.Ref, Deadline: a.Deadline, Rung: a.Rung.ID, Due: a.Due, Person: a.Person, At: a.At.UTC(), Why: cmd.Why, By: cmd.By,
	})
}

// SkipDigest records that a digest is not sent: there is nothing to say, or its
// morning has passed.
type SkipDigest struct {
	Morning Morning
	Why     string
}

func (cmd SkipDigest) decide(s State) ([]events.Event, error) {
	return supersede(s, events.AlertSuperseded{Person: cmd.Morning.Person, At: cmd.Morning.At.UTC(), Why: cmd.Why})
}

func supersede(s State, e events.AlertSuperseded) ([]events.Event, error) {
	switch {
	case e.Why == "":
		return nil, refuse(ErrUnsigned, "an alert is superseded for a reason")
	case s.Superseded.Why != "":
		return nil, nil
	case s.Claimed():
		return nil, refuse(ErrClaimed, "%s has been claimed by %s: it cannot be superseded", s.ID, s.Claim.Worker)
	}
	return []events.Event{e}, nil
}
