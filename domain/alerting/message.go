package alerting

import (
	"time"

	"parley/domain/calendar"
	"parley/events"
)

// MessageKind is a sort of message.
type MessageKind string

// The kinds of messages.
const (
	Digest     MessageKind = "digest"     // every morning: what is overdue, due today, and due soon
	Warning    MessageKind = "warning"    // one deadline is coming, or due today
	Overdue    MessageKind = "overdue"    // one deadline has passed
	Escalation MessageKind = "escalation" // one has passed, and nobody has seen to it: for the officer
	Trial      MessageKind = "test"       // somebody tries the channel
)

// Message is what one person is told on one channel, in words that are right
// for every channel. It names deadlines, cases and bodies; the terms of offers,
// the mandate, notes and people other than the recipient never appear in it.
type Message struct {
	ID        string // of the delivery: the same on every attempt, and no other delivery has it
	Kind      MessageKind
	To        string    // the person's name; empty where the channel is a place and nobody's own
	At        time.Time // when it goes out, UTC: what it says of days is as of then
	Subject   string    // one line
	Opening   string    // a sentence above the sections; may be empty
	Sections  []Section // none is empty
	Closing   string    // a sentence below: what to do next
	Rehearsal bool      // it comes from a store for training, and must say so
}

// Section is deadlines that belong together, such as the overdue ones.
type Section struct {
	Title string
	Items []Item
}

// Item is one deadline as messages tell of it.
type Item struct {
	Alert       string       // the ID of the alert, by which it can be acknowledged or snoozed; empty if there is none
	Ref         string       // of the case
	Deadline    string       // its ID within the case
	Title       string       // what is due, with the number of the request, offer or dispute that it is about
	ICB         string       // ODS code
	Practice    string       // ODS code of the practice concerned; empty if none
	Owner       events.Party // who must act
	Due         calendar.Date
	Time        string // of a limit in hours: until when on that day, 15:04 Europe/London
	WorkingDays int    // left until Due; negative once it has passed
	Provisional bool   // it rests on days for which no holidays are published yet
	Note        string // what else must be said: that the date is not a working day, that an alert is uncertain; may be empty
}
