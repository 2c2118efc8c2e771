package directory

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"parley/domain/calendar"
	"parley/events"
)

// Command is a wish to change the directory: Import, MovePractice,
// EstablishCommissioner or AbolishCommissioner. decide is its rule.
type Command interface {
	decide(d Directory, today calendar.Date) ([]events.Fact, error)
}

// Decide returns the facts that cmd adds to d: none if all of it is known
// already. An error means that nothing may be recorded.
func Decide(d Directory, cmd Command, today calendar.Date) ([]events.Fact, error) {
	return cmd.decide(d, today)
}

// What is refused beside the errors about a single body.
var (
	ErrFutureEdition = errors.New("a list cannot be true as at a day to come")
	ErrNoEdition     = errors.New("a list needs the day as at which it was true")
	ErrBadListing    = errors.New("a listing contradicts itself or another") // BadListing
	ErrIncomplete    = errors.New("something is missing")                    // Incomplete
	ErrExists        = errors.New("the commissioner is known already")       // Exists
	ErrBackwards     = errors.New("the days are the wrong way round")
	ErrOwnSuccessor  = errors.New("a commissioner cannot succeed itself")
	ErrFutureMove    = errors.New("a practice's move is recorded when it has happened")
)

// MayCause reports whether facts can be what cmd brought about. It is false
// only where they are of a kind that another command brings about.
func MayCause(cmd Command, facts []events.Fact) bool {
	if len(facts) == 0 {
		return true
	}
	var established, abolished, moved bool
	switch facts[0].Event.(type) {
	case events.CommissionerEstablished:
		established = true
	case events.CommissionerAbolished:
		abolished = true
	case events.PracticeMoved:
		moved = true
	}
	switch cmd.(type) {
	case EstablishCommissioner:
		return established
	case AbolishCommissioner:
		return abolished
	case MovePractice:
		return moved && len(facts) == 1
	}
	return !established && !abolished
}

// Incomplete says what a command lacks.
type Incomplete struct{ What string }

func (e Incomplete) Error() string { return "there is no " + e.What }

// Is matches ErrIncomplete.
func (Incomplete) Is(target error) bool { return target == ErrIncomplete }

// Exists says that an ICB with this code is known, and differs from the one to enter.
type Exists struct{ Commissioner Commissioner }

func (e Exists) Error() string {
	return fmt.Sprintf("%s is known already, from %s", e.Commissioner, day(e.Commissioner.From))
}

// Is matches ErrExists.
func (Exists) Is(target error) bool { return target == ErrExists }

// EstablishCommissioner enters an ICB that is not built in. It may be entered
// ahead of its first day.
type EstablishCommissioner struct {
	ICB  string // ODS code
	Name string // its statutory name
	From calendar.Date
}

func (cmd EstablishCommissioner) decide(d Directory, _ calendar.Date) ([]events.Fact, error) {
	name := strings.TrimSpace(cmd.Name)
	known, exists := d.lookUp(cmd.ICB)
	switch {
	case !IsCommissionerCode(cmd.ICB):
		return nil, malformedCommissioner(cmd.ICB)
	case name == "":
		return nil, Incomplete{"name of the commissioner"}
	case cmd.From.IsZero():
		return nil, Incomplete{"first day of the commissioner"}
	case exists && known.Name == name && known.From == cmd.From:
		return nil, nil
	case exists:
		return nil, Exists{known}
	}
	return []events.Fact{{On: cmd.From, Event: events.CommissionerEstablished{ICB: cmd.ICB, Name: name}}}, nil
}

// AbolishCommissioner ends an ICB and says who takes over: at least one, each
// known by then. It may be entered ahead of the last day.
type AbolishCommissioner struct {
	ICB        string // ODS code
	LastDay    calendar.Date
	Successors []string // ODS codes
}

func (cmd AbolishCommissioner) decide(d Directory, _ calendar.Date) ([]events.Fact, error) {
	c, known := d.lookUp(cmd.ICB)
	switch {
	case !IsCommissionerCode(cmd.ICB):
		return nil, malformedCommissioner(cmd.ICB)
	case !known:
		return nil, UnknownCommissioner{Code: cmd.ICB}
	case cmd.LastDay.IsZero():
		return nil, Incomplete{"last day of " + c.String()}
	case len(cmd.Successors) == 0:
		return nil, Incomplete{"successor of " + c.String() + ": name each body that takes over from it"}
	}
	successors := slices.Compact(slices.Sorted(slices.Values(cmd.Successors)))
	switch {
	case c.Until == cmd.LastDay && slices.Equal(successors, slices.Sorted(slices.Values(c.Successors))):
		return nil, nil
	case !c.Until.IsZero():
		return nil, Abolished{Code: c.Code, Name: c.Name, LastDay: c.Until, Successors: d.Successors(c.Code, c.Until.AddDays(1))}
	case cmd.LastDay.Before(c.From):
		return nil, fmt.Errorf("%s began on %s, after %s: %w", c, day(c.From), day(cmd.LastDay), ErrBackwards)
	case slices.Contains(successors, c.Code):
		return nil, fmt.Errorf("%s: %w", c, ErrOwnSuccessor)
	}
	for _, code := range successors {
		if _, err := d.Commissioner(code, cmd.LastDay.AddDays(1)); err != nil {
			return nil, fmt.Errorf("the successor of %s: %w", c, err)
		}
	}
	return []events.Fact{{On: cmd.LastDay, Event: events.CommissionerAbolished{ICB: c.Code, Successors: successors}}}, nil
}
