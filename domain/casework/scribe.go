package casework

import (
	"context"
	"fmt"
	"time"

	"parley/events"
)

// scribe writes to a log, and reads in it what was written before.
type scribe struct {
	log   Log
	clock func() time.Time
}

// append seals facts as the commit after head and stores it.
func (d scribe) append(ctx context.Context, a events.Aggregate, head events.Head, how Request, facts []events.Fact) (events.Recorded, error) {
	now := d.clock()
	if now.Before(head.RecordedAt) { // the machine's clock was set back
		now = head.RecordedAt
	}
	sealed, err := events.Seal(events.Commit{
		Command: how.Command, Aggregate: a, Version: head.Version + 1, Actor: how.Actor,
		RecordedAt: now, Previous: head.Hash, Facts: facts,
	})
	if err != nil {
		return events.Recorded{}, err
	}
	position, err := d.log.Append(ctx, sealed, head.Position)
	return events.Recorded{Commit: sealed.Commit, Position: position}, err
}

// recorded returns the result of the command that caused this version.
func (d scribe) recorded(ctx context.Context, a events.Aggregate, version int) (Outcome, error) {
	history, err := d.log.Read(ctx, a, 0)
	if err != nil {
		return Outcome{}, err
	}
	if version > len(history) {
		return Outcome{}, fmt.Errorf("%w: %s lacks its version %d", events.ErrDamaged, a, version)
	}
	r := history[version-1]
	return Outcome{Aggregate: a, Version: r.Version, Position: r.Position, Facts: r.Facts, Repeated: true}, nil
}

// conflict returns the Conflict of a sender who saw an older version.
func (d scribe) conflict(ctx context.Context, a events.Aggregate, seen int) error {
	history, err := d.log.Read(ctx, a, 0)
	if err != nil {
		return err
	}
	return &Conflict{a, seen, len(history), history[min(seen, len(history)):]}
}
