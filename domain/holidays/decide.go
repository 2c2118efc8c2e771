package holidays

import (
	"errors"
	"fmt"
	"strings"

	"parley/domain/calendar"
	"parley/events"
)

// Command is a wish to change the calendar: Import. decide is its rule.
type Command interface {
	decide(k Known, today calendar.Date) ([]events.Fact, error)
}

// Decide returns the facts that cmd adds to what is known: none if all of it is
// known already. An error means that nothing may be recorded.
func Decide(k Known, cmd Command, today calendar.Date) ([]events.Fact, error) {
	return cmd.decide(k, today)
}

// What is refused, beside calendar.ErrHolidays for a list that cannot be right.
var (
	ErrNoSource      = errors.New("a list of bank holidays needs the name of its source")
	ErrNoEdition     = errors.New("a list of bank holidays needs the day on which it was published")
	ErrFutureEdition = errors.New("a list of bank holidays cannot have been published on a day to come")
	ErrOlderEdition  = errors.New("a newer list of bank holidays has been taken in") // Older
)

// Older says that a list would undo what a newer one said.
type Older struct{ Edition, Known calendar.Date }

func (e Older) Error() string {
	return fmt.Sprintf("the list of %s differs from what is known, and that of %s has been taken in since", e.Edition.Long(), e.Known.Long())
}

// Is matches ErrOlderEdition.
func (Older) Is(target error) bool { return target == ErrOlderEdition }

// Import takes in a published list of the bank holidays of all divisions. What
// it covers is as it says from then on (calendar.Adopt); what it does not reach
// stays. A list that says nothing new changes nothing.
type Import struct {
	Source    string             // who published it, such as GOV.UK
	Published calendar.Date      // as at when the list was true
	Holidays  []calendar.Holiday // in any order
}

func (cmd Import) decide(k Known, today calendar.Date) ([]events.Fact, error) {
	switch {
	case strings.TrimSpace(cmd.Source) == "":
		return nil, ErrNoSource
	case cmd.Published.IsZero():
		return nil, ErrNoEdition
	case cmd.Published.After(today):
		return nil, fmt.Errorf("%s is after today, %s: %w", cmd.Published.Long(), today.Long(), ErrFutureEdition)
	}
	revised, err := k.Calendar.Adopt(k.version(cmd), cmd.Published, cmd.Holidays)
	if err != nil {
		return nil, err
	}
	r := calendar.Difference(k.Calendar, revised)
	switch {
	case len(r.Added) == 0 && len(r.Removed) == 0 && r.Horizon == k.Calendar.Horizon():
		return nil, nil
	case cmd.Published.Before(k.Edition):
		return nil, Older{cmd.Published, k.Edition}
	}
	r.Added, r.Removed = listed(r.Added), listed(r.Removed)
	return []events.Fact{{On: cmd.Published, Event: events.CalendarRevised(r)}}, nil
}

// listed returns the holidays as they are stored: none are an empty list.
func listed(holidays []calendar.Holiday) []calendar.Holiday {
	if holidays == nil {
		return []calendar.Holiday{}
	}
	return holidays
}

// version names what the calendar becomes: the list by its source and day, and
// by a number too if that day's list was taken in before and said otherwise.
func (k Known) version(cmd Import) string {
	base := strings.TrimSpace(cmd.Source) + " " + cmd.Published.String()
	name := base
	for n := 2; k.revised[name] || name == k.Calendar.Version(); n++ {
		name = fmt.Sprintf("%s (%d)", base, n)
	}
	return name
}
