package deadline

import (
	"slices"

	"parley/domain/calendar"
)

// Working returns which days are working days to the clock's rule.
func (c Clock) Working() calendar.Working {
	return c.question(calendar.Calendar{}, false).limit.working()
}

// Standing returns what the clock's date rests on: its rule's standing, or
// Local for a rule that the book does not have.
func (c Clock) Standing() Standing {
	rule, err := Find(c.Rule)
	if err != nil {
		return Local
	}
	return rule.Standing
}

// LegalDue returns when a statutory deadline is due if the case's being closed
// and reopened is left out of account, and whether that is another answer than
// the clock's: another date, or a date where the clock stands still because the
// case is closed. Closing a file does not stop the law's clock.
func (c Clock) LegalDue(cal calendar.Calendar) (calendar.Date, bool) {
	if c.Standing() != Statutory {
		return calendar.Date{}, false
	}
	law := c
	law.Turns = slices.DeleteFunc(slices.Clone(c.Turns), func(t Turn) bool {
		return t.Kind == CaseClosed || t.Kind == CaseReopened || t.Kind == Restarted
	})
	if len(law.Turns) == len(c.Turns) {
		return calendar.Date{}, false
	}
	_, still := c.still()
	_, anyway := law.still()
	due := law.Due(cal)
	if due == c.Due(cal) && still == anyway {
		return calendar.Date{}, false
	}
	return due, true
}
