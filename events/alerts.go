package events

import (
	"time"

	"parley/domain/calendar"
)

// AlertPolicySet says who is warned of deadlines, when, and by which channels.
// It is recorded whenever what is configured has changed, so that which alerts
// were due on a day can be told from facts alone. Addresses and other details of
// people are never part of it: people go by their short names.
type AlertPolicySet struct {
	At      string          `json:"at"`               // when alerts go out, 15:04 Europe/London
	Ladders []Ladder        `json:"ladders"`          // the LMC's own first, then those of classes and rules
	People  []Person        `json:"people"`           // who can be warned
	Desk    string          `json:"desk"`             // who is warned of cases that nobody has
	Officer string          `json:"officer"`          // to whom is escalated
	Quiet   []calendar.Date `json:"quiet,omitempty"`  // days on which no alert goes out, beside those that are no working days
	Urgent  []string        `json:"urgent,omitempty"` // channels that everybody has beside their own for what is urgent: teams, webhook
}

func (AlertPolicySet) storedAs() string { return "alert-policy-set" }

// Ladder is the alerts that one deadline deserves, by working days from its due
// date. One that names neither class nor rule is the LMC's own.
type Ladder struct {
	Class string `json:"class,omitempty"` // a standing of rules, such as statutory
	Rule  string `json:"rule,omitempty"`  // a rule of the book, such as foi-respond
	Rungs []Rung `json:"rungs"`           // earliest first
}

// Rung is one step of a ladder.
type Rung struct {
	ID        string `json:"id"`                   // unique within its ladder: lower-case letters and digits
	Days      int    `json:"days"`                 // working days from the due date: -10, 0, 1
	Urgent    bool   `json:"urgent,omitempty"`     // it goes out by itself; otherwise it waits for the morning digest
	ToOfficer bool   `json:"to_officer,omitempty"` // it is an escalation
}

// Person is somebody who is warned, as far as facts say.
type Person struct {
	Name     string          `json:"name"`     // the caseworker's name in cases
	Channels []string        `json:"channels"` // how: email, file
	NoDigest bool            `json:"no_digest,omitempty"`
	Rungs    []Rung          `json:"rungs,omitempty"` // a ladder of their own, in place of the LMC's
	Quiet    []calendar.Date `json:"quiet,omitempty"` // days on which they are not to be alerted
}

// Delivery is one way in which one alert reaches one person.
type Delivery struct {
	To      string `json:"to"`      // the person's name; empty where the channel is a place and nobody's own
	Channel string `json:"channel"` // email, teams, webhook, file
}

// AlertClaimed says that a server is about to deliver an alert: nobody else may.
// An alert is about one deadline and one due date, or it is a morning digest.
type AlertClaimed struct {
	Ref        string        `json:"ref,omitempty"`      // the case; empty for a digest
	Deadline   string        `json:"deadline,omitempty"` // its ID within the case
	Rung       string        `json:"rung,omitempty"`     // which step of the ladder
	Due        calendar.Date `json:"due,omitzero"`       // the due date that it warns of
	Person     string        `json:"person,omitempty"`   // of a digest: whose
	At         time.Time     `json:"at"`                 // when it was to go out, UTC
	Digest     string        `json:"digest,omitempty"`   // of one that goes out within a digest: the ID of that
	Deliveries []Delivery    `json:"deliveries"`
	Attempt    int           `json:"attempt"` // from 1
	Worker     string        `json:"worker"`  // which run of which server
}

func (AlertClaimed) storedAs() string { return "alert-claimed" }

// AlertSent says that a channel took a delivery, and gives its receipt.
type AlertSent struct {
	Delivery Delivery `json:"delivery"`
	Receipt  string   `json:"receipt"` // what the channel answered
}

func (AlertSent) storedAs() string { return "alert-sent" }

// AlertFailed says that a delivery did not reach its channel.
type AlertFailed struct {
	Delivery Delivery  `json:"delivery"`
	Why      string    `json:"why"`
	RetryAt  time.Time `json:"retry_at,omitzero"` // when it is tried again, UTC; the zero time if it is not
}

func (AlertFailed) storedAs() string { return "alert-failed" }

// AlertUncertain says that it is not known whether deliveries were made: they
// are not made again, and shown in the next digest.
type AlertUncertain struct {
	Deliveries []Delivery `json:"deliveries"`
	Why        string     `json:"why"`
}

func (AlertUncertain) storedAs() string { return "alert-uncertain" }

// AlertAcknowledged says that somebody has seen to it: it is not escalated.
type AlertAcknowledged struct {
	Text string `json:"text,omitempty"`
}

func (AlertAcknowledged) storedAs() string { return "alert-acknowledged" }

// AlertSnoozed puts off the alerts of a deadline that would come before a day.
// One comes on that day.
type AlertSnoozed struct {
	Until calendar.Date `json:"until"`
}

func (AlertSnoozed) storedAs() string { return "alert-snoozed" }

// AlertSuperseded says that an alert whose time had come was not sent, as
// another took its place or there was nothing to say. It is about one deadline
// and one due date, or about a morning digest.
type AlertSuperseded struct {
	Ref      string        `json:"ref,omitempty"` // the case; empty for a digest
	Deadline string        `json:"deadline,omitempty"`
	Rung     string        `json:"rung,omitempty"`
	Due      calendar.Date `json:"due,omitzero"`
	Person   string        `json:"person,omitempty"` // who was to be warned; of a digest: whose
	At       time.Time     `json:"at"`               // when it was to go out, UTC
	Why      string        `json:"why"`
	By       string        `json:"by,omitempty"` // the ID of the alert that says it all
}

func (AlertSuperseded) storedAs() string { return "alert-superseded" }
