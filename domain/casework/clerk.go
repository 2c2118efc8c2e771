package casework

import (
	"context"
	"time"

	"parley/events"
)

// Clerk carries out what is decided on aggregates of one kind, in the way of the
// Desk, for another application on the same log: at most once for each command
// ID, sealed into the aggregate's chain, and decided afresh when somebody else
// came first. It may be used from many goroutines.
type Clerk[S any] struct {
	scribe
	rules rules[S]
}

// NewClerk returns a Clerk for aggregates whose state fold makes of a history
// and evolve of a state and the next commit. clock tells the time.
func NewClerk[S any](log Log, clock func() time.Time, fold func(events.History) S, evolve func(S, events.Recorded) S) *Clerk[S] {
	return &Clerk[S]{scribe{log, clock}, rules[S]{fold, evolve}}
}

// Known is what somebody knows of an aggregate: its state at a head. The zero
// Known is nothing. It may be out of date: the log decides.
type Known[S any] struct {
	Head  events.Head
	State S
}

// CarryOut records on a what decide makes of its state, and returns what is
// known of it then. Nothing is refused or left undone before the log has been
// asked for what came after from; but where from is up to date, as it mostly is
// for who alone writes to a, one append is all it takes. Its errors are those of
// decide and of the Log, *Conflict and ErrUnsigned.
func (c *Clerk[S]) CarryOut(ctx context.Context, a events.Aggregate, from Known[S], how Request, decide func(S) ([]events.Fact, error)) (Outcome, Known[S], error) {
	l := &line[S]{rules: c.rules}
	l.remember(from.Head, from.State)
	out, err := carryOut(ctx, c.scribe, a, l, how, func(s S, _ int) ([]events.Fact, error) { return decide(s) })
	return out, Known[S]{l.head, l.state}, err
}
