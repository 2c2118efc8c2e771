// Package watch is the application that sees to alerts: it keeps the alarms of
// those that are wanted, and when one goes off it looks at the deadline again,
// claims the alert, sends it and records what came of it.
//
// An alert is sent once. Who sends it has claimed it in the log first, where
// only one can; what is not known to have been sent is recorded as uncertain and
// not sent again. What was missed while nobody watched is made good by one
// message for each deadline, and more than a handful of those by the digest
// alone. The Watch declares the ports it needs; it knows neither JetStream nor
// mail. Which alerts are wanted, and what may become of one, belongs to
// domain/alerting.
package watch

import (
	"context"
	"errors"
	"time"

	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/domain/casework"
	"parley/domain/directory"
	"parley/events"
)

// Log is the event log, as the Desk knows it.
type Log = casework.Log

// Book is what the views know of deadlines and alerts. Every answer is as good
// as the log up to at least the last position that was passed to CatchUp.
type Book interface {
	// CatchUp takes in what the log holds up to this position, or all of it for 0.
	CatchUp(ctx context.Context, position uint64) error

	// Position returns up to where in the log the book is known to be good.
	Position() uint64

	// Deadlines calls f with the running deadlines of the case with this
	// reference, or of every case for "", case by case, until f returns false.
	// f may ask the book.
	Deadlines(ctx context.Context, ref string, f func(alerting.Deadline) bool) error

	// Alerts returns what has been recorded of the alerts of a case by ID, or
	// those of no case (the digests) for "".
	Alerts(ctx context.Context, ref string) (map[string]alerting.State, error)

	// Pending calls f with every alert of which the last word has not been said:
	// claimed without an outcome, or failed and to be tried again, until f
	// returns false.
	Pending(ctx context.Context, f func(alerting.State) bool) error

	// Policy returns who is warned, when and how, as it was last recorded.
	Policy(ctx context.Context) (alerting.Policy, error)

	// Calendar returns the bank holidays as they are known now, and Bodies who
	// is who.
	Calendar(ctx context.Context) (calendar.Calendar, error)
	Bodies(ctx context.Context, practices []string) (directory.Directory, error)
}

// Alarm is a time at which the Watch wants to be called.
type Alarm struct {
	ID string    // of the alert or digest
	At time.Time // UTC
}

// Alarms keeps alarms and calls when one is due, also if that was in the past.
// There is one alarm for an ID.
type Alarms interface {
	// Set sets an alarm, in place of another of its ID. It is kept once Set
	// returns; what a crash of the machine takes all the same, the next Sweep sets
	// again.
	Set(ctx context.Context, a Alarm) error

	// Cancel takes an alarm away. One that is not there is no error.
	Cancel(ctx context.Context, id string) error

	// All returns the alarms that are set and have not gone off.
	All(ctx context.Context) (map[string]time.Time, error)

	// Ring calls f with the ID of each alarm that goes off, of many at once, until
	// ctx ends and f has returned. It calls again, soon, if f returned an error,
	// and may call again although it did not.
	Ring(ctx context.Context, f func(ctx context.Context, id string) error) error
}

// Follow calls f with every commit after a position of the log, in order, and
// goes on with each that is stored, until ctx ends, f returns an error, or the log
// can no longer be followed. It may tell of a commit before the Book knows it.
type Follow func(ctx context.Context, after uint64, f func(events.Recorded) error) error

// Channel delivers messages in one way.
type Channel interface {
	// Send delivers a message once and returns the channel's receipt, such as
	// what a mail server answered. An error wraps ErrTemporary (nothing was
	// delivered, and it may be tried again), ErrPermanent (nothing was delivered,
	// and never will be that way) or ErrUncertain (it may have been delivered).
	// Send ends when ctx does.
	Send(ctx context.Context, m alerting.Message) (receipt string, err error)

	// Check reports whether the channel could be used now, without delivering
	// anything to anybody.
	Check(ctx context.Context) error
}

// What a Channel's errors say.
var (
	ErrTemporary = errors.New("the channel is out of order for now")
	ErrPermanent = errors.New("the channel refuses this message")
	ErrUncertain = errors.New("it is not known whether this was delivered")
)

// Channels is the channels there are, by name.
type Channels map[string]Channel
