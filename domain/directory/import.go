package directory

import (
	"errors"
	"fmt"
	"slices"

	"parley/domain/calendar"
	"parley/events"
)

// Listing is a practice as a published list has it.
type Listing struct {
	Practice string        // ODS code
	Name     string        // as published
	ICB      string        // ODS code; empty if it closed before there were ICBs
	Opened   calendar.Date // its first day
	Closed   calendar.Date // its last day; none while it is open
	Joined   calendar.Date // since when it has been where it is; none if the list does not say
}

// Import takes a published list in: the difference between what is known and
// what the list says becomes facts.
//
// A practice that is not known is listed. One that is known may have closed (on
// the day the list gives), reopened (on the day the list has it opened, if it
// was closed before, otherwise AsAt), been renamed (AsAt) or come under another
// ICB (on the day it joined, if that is later than when it came under the one
// before; on the day after the old ICB's last if the new one is its successor;
// otherwise AsAt). Practices that the list leaves out stay as they are: lists
// drop long-closed practices. A closed practice is neither renamed nor moved,
// because sources rewrite those columns long afterwards. One whose ICB in the
// list is doubtful stays where it was known to be: MovePractice moves it.
//
// Lists are best imported oldest first. One that is older than the newest
// already imported only adds practices that are not known at all: what it says
// of the others was overtaken, and cannot undo what a newer list said.
type Import struct {
	Listings []Listing
	AsAt     calendar.Date // the day on which the list was true
	Doubtful []string      // codes of the practices whose ICB in it is likely not their commissioner
}

// BadListing says what is wrong with one listing of an import.
type BadListing struct{ Code, Why string }

func (e BadListing) Error() string { return e.Code + " " + e.Why }

// Is matches ErrBadListing.
func (BadListing) Is(target error) bool { return target == ErrBadListing }

func (cmd Import) decide(d Directory, today calendar.Date) ([]events.Fact, error) {
	switch {
	case cmd.AsAt.IsZero():
		return nil, ErrNoEdition
	case cmd.AsAt.After(today):
		return nil, fmt.Errorf("%s is after today, %s: %w", day(cmd.AsAt), day(today), ErrFutureEdition)
	}
	if err := cmd.check(d); err != nil {
		return nil, err
	}
	var facts []events.Fact
	if cmd.AsAt.After(d.edition) {
		facts = append(facts, events.Fact{On: cmd.AsAt, Event: events.PracticesImported{Practices: len(cmd.Listings)}})
	}
	for _, l := range cmd.Listings {
		p, known := d.practices[l.Practice]
		switch {
		case !known:
			facts = append(facts, events.Fact{On: cmd.AsAt, Event: events.PracticeListed{
				Practice: l.Practice, Name: l.Name, ICB: l.ICB, Opened: l.Opened, Closed: l.Closed,
			}})
		case !cmd.AsAt.Before(d.edition):
			if slices.Contains(cmd.Doubtful, p.Code) && p.tenure().ICB != "" {
				l.ICB = p.tenure().ICB
			}
			facts = append(facts, d.changes(p, l, cmd.AsAt)...)
		}
	}
	return facts, nil
}

// check returns all that is wrong with the listings, joined.
func (cmd Import) check(d Directory) error {
	var bad []error
	seen := make(map[string]bool, len(cmd.Listings))
	for _, l := range cmd.Listings {
		switch _, known := d.lookUp(l.ICB); {
		case !IsPracticeCode(l.Practice):
			bad = append(bad, malformedPractice(l.Practice))
		case seen[l.Practice]:
			bad = append(bad, BadListing{l.Practice, "is listed twice"})
		case l.Name == "":
			bad = append(bad, BadListing{l.Practice, "has no name"})
		case l.Opened.IsZero():
			bad = append(bad, BadListing{l.Practice, "has no opening day"})
		case !l.Closed.IsZero() && l.Closed.Before(l.Opened):
			bad = append(bad, BadListing{l.Practice, fmt.Sprintf("closed on %s, before it opened on %s", day(l.Closed), day(l.Opened))})
		case l.ICB == "" && l.Closed.IsZero():
			bad = append(bad, BadListing{l.Practice, "is open and has no ICB"})
		case l.ICB != "" && !known:
			bad = append(bad, fmt.Errorf("%s: %w", l.Practice, UnknownCommissioner{Code: l.ICB}))
		}
		seen[l.Practice] = true
	}
	return errors.Join(bad...)
}

// changes returns what became of p for the list of that day to have it as l.
func (d Directory) changes(p Practice, l Listing, asAt calendar.Date) []events.Fact {
	var facts []events.Fact
	add := func(on calendar.Date, e events.Event) { facts = append(facts, events.Fact{On: on, Event: e}) }

	closed := p.Closed()
	switch {
	case closed == l.Closed:
	case !l.Closed.IsZero():
		add(l.Closed, events.PracticeClosed{Practice: p.Code})
	default:
		add(reopenedOn(closed, l, asAt), events.PracticeReopened{Practice: p.Code})
	}
	openOn := func(on calendar.Date) bool { return l.Closed.IsZero() || !on.After(l.Closed) }
	if l.Name != p.NameOn(asAt) && openOn(asAt) {
		add(asAt, events.PracticeRenamed{Practice: p.Code, Name: l.Name})
	}
	if was := p.tenure(); l.ICB != was.ICB && l.ICB != "" {
		if on := d.movedOn(was, l, asAt); openOn(on) {
			add(on, events.PracticeMoved{Practice: p.Code, ICB: l.ICB})
		}
	}
	return facts
}

// reopenedOn returns since when a practice is open again that closed on that
// day: the day after, if the list is older than the closing or of the same day,
// because then it was called off.
func reopenedOn(closed calendar.Date, l Listing, asAt calendar.Date) calendar.Date {
	switch {
	case l.Opened.After(closed):
		return l.Opened
	case asAt.After(closed):
		return asAt
	}
	return closed.AddDays(1)
}

// movedOn returns since when a practice that was under one ICB comes under
// that of the listing, as far as the list of that day can tell.
func (d Directory) movedOn(was Tenure, l Listing, asAt calendar.Date) calendar.Date {
	on := asAt
	if old, known := d.lookUp(was.ICB); known && !old.Until.IsZero() && old.Until.Before(asAt) {
		for _, successor := range d.Successors(was.ICB, asAt) {
			if successor.Code == l.ICB {
				on = old.Until.AddDays(1)
			}
		}
	}
	if l.Joined.After(was.From) && !l.Joined.Before(ICBsBegan) && !l.Joined.After(asAt) {
		on = l.Joined
	}
	if began, known := d.lookUp(l.ICB); known && on.Before(began.From) {
		on = began.From
	}
	return on
}

// tenure returns the commissioner that p came under last.
func (p Practice) tenure() Tenure {
	if len(p.ICBs) == 0 {
		return Tenure{}
	}
	return p.ICBs[len(p.ICBs)-1]
}
