package casework

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"parley/domain/calendar"
	"parley/domain/negotiation"
	"parley/events"
)

// Open gives the next reference of the LMC's series for this year to a new
// case and opens it. The reference is in the outcome's Aggregate. Repeating
// the command finds the same case, and completes one that was cut off between.
// A dry run names the reference that would be next.
func (d *Desk) Open(ctx context.Context, cmd negotiation.OpenCase, how Request) (Outcome, error) {
	if err := how.check(); err != nil {
		return Outcome{}, err
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

// earlierNumber returns the number that the command was given in the year in
// which it was made, if that is not this one: it may be repeated after New Year.
func (d *Desk) earlierNumber(ctx context.Context, lmc string, how Request) (Outcome, error) {
	made, ok := d.yearOf(how.Command)
	if year, _, _ := d.Today().Split(); !ok || made == year {
		return Outcome{}, nil
	}
	return d.number(ctx, lmc, made, how, func([]events.Fact) ([]events.Fact, error) { return nil, nil })
}

// yearOf returns the year in which a command was made, which its UUIDv7 says.
func (d *Desk) yearOf(id uuid.UUID) (int, bool) {
	if id.Version() != 7 {
		return 0, false
	}
	year, _, _ := calendar.At(time.Unix(id.Time().UnixTime()), d.zone).Split()
	return year, true
}

// number returns the number that the command was given in the LMC's series of
// this year or, if none was, records what decide makes of the next.
func (d *Desk) number(ctx context.Context, lmc string, year int, how Request, decide func(next []events.Fact) ([]events.Fact, error)) (Outcome, error) {
	series := fmt.Sprintf("%s-%02d", lmc, year%100)
	a := events.Register(series)
	if _, err := events.ParseAggregate(a.String()); err != nil {
		return Outcome{}, fmt.Errorf("%q cannot be an LMC's code, which is letters and digits: %w", lmc, negotiation.ErrInvalid)
	}
	l, err := d.registerLine(ctx, series)
	defer l.mu.Unlock()
	if err != nil {
		return Outcome{}, err
	}
	how.Seen = 0 // of the case, not of the register
	return carryOut(ctx, d, a, l, how, func(r negotiation.Register, _ int) ([]events.Fact, error) {
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
