// Package alerting decides who is warned of which deadline, and when.
//
// A ladder says how many working days before and after a due date a deadline
// warns its people. Which alerts are wanted follows from the deadline as it
// stands, the policy and the calendar: nothing is stored of them until their
// time has come, so that a date that moves takes its alerts along. What becomes
// of an alert then is its own small history, with its own decider: claimed,
// sent, failed, uncertain, acknowledged, superseded. Nothing is sent from here,
// and no clock is read; that is for domain/watch.
package alerting

import (
	"time"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

// Deadline is one deadline of a case, as far as alerts go.
type Deadline struct {
	Ref        string // of the case
	Caseworker string // who has the case; empty if nobody has
	ICB        string // ODS code
	Closed     bool   // the case is closed
	Clock      deadline.Clock
	Known      time.Time // when the last that was said about the clock was recorded, UTC
}

// Alert is one alert of a deadline that is wanted, at its time.
type Alert struct {
	ID         string // REF_DEADLINE_RUNG_DUE, with - for what an ID cannot hold: GLO-26-0001_D7-1_day_20261026
	Ref        string
	Deadline   string
	Rung       events.Rung
	Due        calendar.Date
	At         time.Time // when it goes out, UTC
	Deliveries []events.Delivery
}
