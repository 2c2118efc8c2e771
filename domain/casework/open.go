package casework

import (
	"context"
	"fmt"
	"time"

	"parley/domain/calendar"
	"parley/domain/negotiation"
	"parley/events"
)

// Open gives the next reference of the LMC's series for this year to a new
// case and opens it. The reference is in the outcome's Aggregate. Repeating
// the command, in whatever year, finds the same case, and completes one that was
// cut off between. A dry run names the reference that would be next.
func (d *Desk) Open(ctx context.Context, cmd negotiation.OpenCase, how Request) (Outcome, error) {
	if err := how.check(); err != nil {
		return Outcome{}, err
	}
	if how.Command.Version() != 7 {
		return Outcome{}, ErrUndated
	}
	number, err := d.earlierNumber(ctx, cmd.LMC, how)
	if err != nil {
		return Outcome{}, err
	}
	var opened []events.Fact
	if !number.Repeated {
		year, _, _ := d.Today().Split()
		number, err = d.number(ctx, cmd.LMC, year, how, func(next []events.Fact) ([]events.Fact, error) {
			cmd.Ref = next[0].Event.(events.CaseNumbered).Ref
			given, err := d.circumstances(ctx, events.Case(cmd.Ref), cmd, 1)
			if err != nil {
				return nil, err
			}
			opened, err = negotiation.Decide(negotiation.Case{}, cmd, given)
			return next, err // no number is spent on a case that is refused
		})
	}
	if err != nil {
		return Outcome{}, err
	}
	cmd.Ref = number.Facts[0].Event.(events.CaseNumbered).Ref
	if how.DryRun && !number.Repeated {
		return Outcome{Aggregate: events.Case(cmd.Ref), Facts: opened}, nil
	}
	return d.handle(ctx, cmd.Ref, cmd, how)
}

// earlierNumber returns the number that the command was given in another year
// than this one: it may be repeated after New Year, or years later. It looks
// from the year before the command was made, which its UUIDv7 says: the clock of
// its maker may have been ahead.
func (d *Desk) earlierNumber(ctx context.Context, lmc string, how Request) (Outcome, error) {
	made, _, _ := calendar.At(time.Unix(how.Command.Time().UnixTime()), d.zone).Split()
	this, _, _ := d.Today().Split()
	for year := made - 1; year <= max(made, this); year++ {
		if year == this {
			continue
		}
		found, err := d.number(ctx, lmc, year, how, func([]events.Fact) ([]events.Fact, error) { return nil, nil })
		if err != nil || found.Repeated {
			return found, err
		}
	}
	return Outcome{}, nil
}

// number returns the number that the command was given in the LMC's series of
// this year or, if none was, records what decide makes of the next.
func (d *Desk) number(ctx context.Context, lmc string, year int, how Request, decide func(next []events.Fact) ([]events.Fact, error)) (Outcome, error) {
	series := fmt.Sprintf("%s-%02d", lmc, year%100)
	a := events.Register(series)
	if a.Check() != nil {
		return Outcome{}, fmt.Errorf("%q cannot be an LMC's code, which is letters and digits: %w", lmc, negotiation.ErrInvalid)
	}
	l, err := d.registerLine(ctx, series)
	defer l.mu.Unlock()
	if err != nil {
		return Outcome{}, err
	}
	how.Seen = 0 // of the case, not of the register
	return carryOut(ctx, d.scribe, a, l, how, func(r negotiation.Register, _ int) ([]events.Fact, error) {
		return decide(r.Next(series, d.Today()))
	})
}

// registerLine returns the line of a register, locked, as caseLine does a case's.
func (d *Desk) registerLine(ctx context.Context, series string) (*line[negotiation.Register], error) {
	l := d.registers.take(series, rules[negotiation.Register]{negotiation.FoldRegister, negotiation.EvolveRegister})
	if l.head.Version > 0 {
		return l, nil
	}
	file, ok, err := d.memory.Register(ctx, series)
	if ok {
		l.remember(file.Head, file.Register)
	}
	return l, err
}
