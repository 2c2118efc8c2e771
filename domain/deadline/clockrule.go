package deadline

import "parley/domain/calendar"

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
