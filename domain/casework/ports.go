package casework

import (
	"context"
	"errors"

	"parley/domain/calendar"
	"parley/domain/directory"
	"parley/domain/negotiation"
	"parley/events"
)

// Log is the event log, as the Desk needs it.
type Log interface {
	// Read returns the commits of a that stand after this position of the log
	// (0: from the first), oldest first. It sees every commit whose Append has
	// returned. An aggregate that has none is no error.
	Read(ctx context.Context, a events.Aggregate, after uint64) (events.History, error)

	// Append stores c as the next commit of its aggregate if the aggregate's
	// last stands at position expect (0: it has none), and returns c's own
	// position once c is safe on disk. ErrConflict means that the last stands
	// elsewhere and nothing was stored. ErrUncertain means that c may or may
	// not have been stored: read before trying again. Any other error means
	// that nothing was stored.
	Append(ctx context.Context, c events.Sealed, expect uint64) (uint64, error)
}

// What a Log's Append reports beside success.
var (
	ErrConflict  = errors.New("somebody else recorded something first")
	ErrUncertain = errors.New("it is not known whether this was recorded")
)

// Memory offers what is already known of an aggregate, so that a decision need
// not read its whole history. What it says may be out of date: the log decides.
type Memory interface {
	// Case returns the case with this reference as it was at the position it
	// names, and false if nothing is known of it.
	Case(ctx context.Context, ref string) (negotiation.Casefile, bool, error)

	// Calendar returns the bank holidays as they are known now.
	Calendar(ctx context.Context) (calendar.Calendar, error)

	// Register returns the series of case numbers, as Case does a case.
	Register(ctx context.Context, series string) (negotiation.Registerfile, bool, error)

	// Notices returns the notices that these practices have running for this
	// service, in whatever open cases. It is asked only when one is served, and
	// may go through every case.
	Notices(ctx context.Context, service string, practices []string) ([]negotiation.OtherNotice, error)
}

// Bodies is the directory, as the Desk needs it.
type Bodies interface {
	// Bodies returns a directory that holds the commissioners and those of the
	// practices with these codes that are known.
	Bodies(ctx context.Context, practices []string) (directory.Directory, error)
}
