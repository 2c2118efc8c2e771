// Package casework is the application: its Desk takes a command, loads what it
// concerns from the log, lets the domain decide, and appends what was decided.
//
// A command is carried out at most once, however often it is sent: its ID is
// looked for in the log first, and a repeat is given the recorded result. When
// somebody else recorded something in between, the Desk decides afresh on what
// is so now, unless the sender said which version they saw. The Desk declares
// the ports it needs; it knows neither JetStream nor the disk. Rules belong to
// the other packages of domain, queries to projections.
package casework

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"parley/domain/calendar"
	"parley/domain/directory"
	"parley/domain/holidays"
	"parley/domain/negotiation"
	"parley/events"
)

// Desk carries out commands. It may be used from many goroutines.
type Desk struct {
	scribe
	memory Memory
	bodies Bodies
	zone   *time.Location

	cases     lines[negotiation.Case]     // by reference
	registers lines[negotiation.Register] // by series
}

// New returns a Desk over these ports. clock tells the time and zone says where
// days begin: Europe/London.
func New(log Log, memory Memory, bodies Bodies, clock func() time.Time, zone *time.Location) *Desk {
	return &Desk{scribe: scribe{log, clock}, memory: memory, bodies: bodies, zone: zone}
}

// Request is what a command comes with.
type Request struct {
	Command uuid.UUID // its ID, a UUIDv7 made once by the sender
	Actor   string    // who says it
	Seen    int       // the version the sender saw: anything newer is a Conflict; 0 if that does not matter
	DryRun  bool      // decide, and record nothing
}

// Outcome is what a command brought about.
type Outcome struct {
	Aggregate events.Aggregate
	Version   int           // of the aggregate, after it
	Position  uint64        // of the commit in the log; 0 if nothing was recorded
	Facts     []events.Fact // what was recorded, or would be in a dry run; none if it was so already
	Repeated  bool          // the command had been carried out before, and this is its recorded result
	Overtaken calendar.Date // of an import: the day of the newer list that was known, if there was one
}

// check refuses a request that could not be found again, or blamed on anybody.
func (how Request) check() error {
	if how.Command == uuid.Nil || how.Actor == "" {
		return ErrUnsigned
	}
	return nil
}

// What is wrong with a Request.
var (
	// ErrUnsigned says that it has no ID or no actor.
	ErrUnsigned = errors.New("a command needs an ID, and somebody who gives it")

	// ErrUndated says that the ID of an OpenCase does not tell when it was made,
	// as a UUIDv7 does, so that a repeat in another year could not be known for one.
	ErrUndated = errors.New("a case is opened under a command ID that says when it was made, a UUIDv7")

	// ErrReused says that its ID is that of another command, which was carried out.
	ErrReused = errors.New("this command ID was given to another command before")
)

// same refuses a repeated command that is another than the one that was
// carried out under its ID, as far as its facts tell.
func (out Outcome) same(is bool) (Outcome, error) {
	if !out.Repeated || is {
		return out, nil
	}
	return Outcome{}, fmt.Errorf("%w: in version %d of %s it recorded %s", ErrReused, out.Version, out.Aggregate.ID, events.Name(out.Facts[0].Event))
}

// Conflict says that an aggregate moved on after the version its sender saw.
type Conflict struct {
	Aggregate events.Aggregate
	Seen, Now int
	Between   events.History // what came after Seen
}

func (e *Conflict) Error() string {
	if e.Seen > e.Now {
		return fmt.Sprintf("%s has no version %d: it is at version %d", e.Aggregate.ID, e.Seen, e.Now)
	}
	return fmt.Sprintf("%s has moved on: you saw version %d, and it is now at version %d", e.Aggregate.ID, e.Seen, e.Now)
}

func (e *Conflict) Unwrap() error { return ErrConflict }

// UnknownCase says that no case has this reference. Near holds the references
// that resemble it, where somebody knew them.
type UnknownCase struct {
	Ref  string
	Near []string
}

func (e *UnknownCase) Error() string { return fmt.Sprintf("there is no case %q", e.Ref) }

func (e *UnknownCase) Unwrap() error { return negotiation.ErrNotOpened }

// Today returns the day it is.
func (d *Desk) Today() calendar.Date { return calendar.At(d.clock(), d.zone) }

// Handle carries out a command on the case with this reference; an OpenCase
// goes to Open, which gives out the reference. Beside refusals of the domain its
// errors are *UnknownCase, *Conflict, ErrConflict, ErrUncertain, ErrUnsigned,
// ErrUndated, ErrReused and those of the ports.
func (d *Desk) Handle(ctx context.Context, ref string, cmd negotiation.Command, how Request) (Outcome, error) {
	if open, ok := cmd.(negotiation.OpenCase); ok {
		return d.Open(ctx, open, how)
	}
	return d.handle(ctx, ref, cmd, how)
}

func (d *Desk) handle(ctx context.Context, ref string, cmd negotiation.Command, how Request) (Outcome, error) {
	a := events.Case(ref)
	if a.Check() != nil {
		return Outcome{}, &UnknownCase{Ref: ref}
	}
	l, err := d.caseLine(ctx, ref)
	defer l.mu.Unlock()
	if err != nil {
		return Outcome{}, err
	}
	out, err := carryOut(ctx, d.scribe, a, l, how, func(c negotiation.Case, version int) ([]events.Fact, error) {
		given, err := d.circumstances(ctx, a, cmd, version)
		if serving := negotiation.Serving(cmd); err == nil && len(serving) > 0 {
			given.Others, err = d.memory.Notices(ctx, c.Service, serving)
		}
		if err != nil {
			return nil, err
		}
		return negotiation.Decide(c, cmd, given)
	})
	moved := (*Conflict)(nil)
	if errors.Is(err, negotiation.ErrNotOpened) || errors.As(err, &moved) && moved.Now == 0 {
		return Outcome{}, &UnknownCase{Ref: ref}
	}
	if err != nil || !out.Repeated {
		return out, err
	}
	return out.same(negotiation.MayCause(cmd, out.Facts))
}

// circumstances gathers what the rule of cmd needs to know beside the case.
func (d *Desk) circumstances(ctx context.Context, a events.Aggregate, cmd negotiation.Command, version int) (negotiation.Circumstances, error) {
	given := negotiation.Circumstances{Today: d.Today(), Version: version}
	var err error
	if given.Calendar, err = d.memory.Calendar(ctx); err != nil {
		return given, err
	}
	if negotiation.NeedsHistory(cmd) {
		if given.History, err = d.log.Read(ctx, a, 0); err != nil {
			return given, err
		}
	}
	given.Bodies, err = d.bodies.Bodies(ctx, negotiation.Mentions(cmd, given.History))
	return given, err
}

// UpdateDirectory carries out a command on the directory of bodies.
func (d *Desk) UpdateDirectory(ctx context.Context, cmd directory.Command, how Request) (Outcome, error) {
	l := &line[directory.Directory]{rules: rules[directory.Directory]{directory.Fold, directory.Evolve}}
	if err := l.catchUp(ctx, d.log, events.Directory()); err != nil { // nothing is known of it yet, and a list is long
		return Outcome{}, err
	}
	var newest calendar.Date
	out, err := carryOut(ctx, d.scribe, events.Directory(), l, how, func(known directory.Directory, _ int) ([]events.Fact, error) {
		newest = known.Edition()
		return directory.Decide(known, cmd, d.Today())
	})
	if err != nil {
		return out, err
	}
	if list, ok := cmd.(directory.Import); ok && list.AsAt.Before(newest) {
		out.Overtaken = newest
	}
	return out.same(directory.MayCause(cmd, out.Facts))
}

// UpdateCalendar carries out a command on the calendar of bank holidays.
func (d *Desk) UpdateCalendar(ctx context.Context, cmd holidays.Command, how Request) (Outcome, error) {
	l := &line[holidays.Known]{rules: rules[holidays.Known]{holidays.Fold, holidays.Evolve}, state: holidays.New()}
	return carryOut(ctx, d.scribe, events.Calendar(), l, how, func(known holidays.Known, _ int) ([]events.Fact, error) {
		return holidays.Decide(known, cmd, d.Today())
	})
}

// caseLine returns the line of a case, locked, with what memory knows of it.
func (d *Desk) caseLine(ctx context.Context, ref string) (*line[negotiation.Case], error) {
	l := d.cases.take(ref, rules[negotiation.Case]{
		fold: negotiation.Fold,
		evolve: func(c negotiation.Case, r events.Recorded) negotiation.Case {
			return negotiation.Evolve(c, r.Facts...)
		},
	})
	if l.head.Version > 0 {
		return l, nil
	}
	file, ok, err := d.memory.Case(ctx, ref)
	if ok {
		l.remember(file.Head, file.Case)
	}
	return l, err
}
