// Package rpc is both ends of the conversation between the command line and an
// office: whatever has the log and the views of an LMC.
//
// Office is all that verbs ask and tell. A program with a store of its own
// implements it over that; where a server has the store, Serve answers for an
// Office over NATS and a Client is one for whoever asks, so that verbs cannot
// tell the difference.
//
// It promises that what travels arrives as it was sent or not at all: bodies are
// read strictly, histories travel as the stored bytes and are checked by their
// hashes, and errors keep what they are. Who acts is taken from the subject that
// a request came on, which the connection's permissions guard, and from nothing
// else. What an office does with a question is none of its business.
package rpc

import (
	"context"
	"time"

	"parley/domain/casework"
	"parley/domain/directory"
	"parley/domain/holidays"
	"parley/domain/negotiation"
	"parley/events"
	"parley/projections/bodies"
	"parley/projections/docket"
	"parley/projections/status"
)

// Office is what the verbs of the command line ask and tell, as one person. What
// it answers includes everything that it has itself recorded before. It is safe
// for concurrent use.
type Office interface {
	Alerting
	Keeping

	// About says whose office it is.
	About(ctx context.Context) (About, error)

	// Handle carries out a command on the case with this reference, or opens a
	// case, as the Desk does. It takes the actor from About, not from how.
	Handle(ctx context.Context, ref string, cmd negotiation.Command, how casework.Request) (casework.Outcome, error)

	// UpdateDirectory and UpdateCalendar carry out commands on the bodies and on
	// the bank holidays, likewise.
	UpdateDirectory(ctx context.Context, cmd directory.Command, how casework.Request) (casework.Outcome, error)
	UpdateCalendar(ctx context.Context, cmd holidays.Command, how casework.Request) (casework.Outcome, error)

	// CatchUp sees to it that what is asked from now on is answered with what the
	// log holds up to this position; 0 is all that it holds now.
	CatchUp(ctx context.Context, position uint64) error

	// Case returns a case as it stands. The error is *casework.UnknownCase if
	// there is none.
	Case(ctx context.Context, ref string) (negotiation.Casefile, error)

	// History returns all that was recorded of an aggregate; nothing is no error.
	History(ctx context.Context, a events.Aggregate) (events.History, error)

	// Cases returns those that f matches, as they stand today.
	Cases(ctx context.Context, f status.Filter) ([]status.Row, error)

	// Deadlines returns those that q asks for, as they stand today; the Day of q
	// is not looked at. Errors are *casework.UnknownCase for the Ref of q, and
	// deadline.ErrUncountable for its Within.
	Deadlines(ctx context.Context, q docket.Query) ([]*docket.Row, error)

	// Nearest returns the references that are written most like ref, three at most.
	Nearest(ctx context.Context, ref string) ([]string, error)

	// Day returns today with what is known of holidays and commissioners, or for
	// another time than the zero one that day with what was known by then. Its
	// bodies have no practices.
	Day(ctx context.Context, asOf time.Time) (docket.Day, error)

	// Bodies returns a directory that holds the commissioners and those of the
	// practices with these codes that are known.
	Bodies(ctx context.Context, practices []string) (directory.Directory, error)

	// Find searches practices and commissioners, and says whether there are more
	// than the limit of either. Commissioners come first.
	Find(ctx context.Context, s bodies.Search) ([]bodies.Row, bool, error)

	// Examine makes the checks that can be made of a store that is in use.
	Examine(ctx context.Context) ([]Check, error)
}

// About says whose office it is, and what everybody should know who comes in.
type About struct {
	LMC       string    `json:"lmc"`       // its name
	Code      string    `json:"code"`      // GLO
	Actor     string    `json:"actor"`     // as whom the one who asks acts
	Rehearsal bool      `json:"rehearsal"` // for training and tests
	Encrypted bool      `json:"encrypted"` // whether the log is encrypted on disk, by the office itself
	Damage    string    `json:"damage"`    // that was found and is not cleared up: nothing is recorded; empty if there is none
	Now       time.Time `json:"now"`       // by the office's clock
	Store     string    `json:"store"`     // the folder on its machine, for messages
	Created   time.Time `json:"created"`   // of the store, UTC
}

// Check is one thing that was looked at.
type Check struct {
	Check  string `json:"check"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}
