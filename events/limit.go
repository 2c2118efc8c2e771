package events

import "parley/domain/calendar"

// Counting says how the days of a period are counted from the event that
// starts it, where a clock does not leave that to its rule.
type Counting string

// The ways of counting.
const (
	After         Counting = "after"          // the day of the event is day 0
	BeginningWith Counting = "beginning-with" // the day of the event is day 1
	ClearDays     Counting = "clear"          // neither the first day nor that of the event at the end is counted
)

// Roll says what becomes of a last day that is not a working day.
type Roll string

// The rolls.
const (
	RollNone     Roll = "none" // it stays where it is
	RollForward  Roll = "forward"
	RollBackward Roll = "backward"
)

// Service says how the document that starts a clock was served, where the day
// on which it counts as served is not the day on which it was sent. A day that
// is stated beats the clause, and the clause beats the table.
type Service struct {
	Method Method          `json:"method,omitempty"`
	Court  bool            `json:"court,omitempty"` // by the table of the Civil Procedure Rules, r. 6.26
	Clause calendar.Period `json:"clause,omitzero"` // so long after it was sent, as the contract says: 2d or 2wd
	Deemed calendar.Date   `json:"deemed,omitzero"` // the day that was stated
}
