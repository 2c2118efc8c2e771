package main

import (
	"fmt"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/domain/negotiation"
	"parley/events"
)

// dueDate is a deadline that a command set or moved, as it is counted at once.
type dueDate struct {
	ID             string        `json:"id"`
	Due            calendar.Date `json:"due"`
	Time           string        `json:"time,omitempty"`
	Paused         bool          `json:"paused,omitempty"`
	Provisional    bool          `json:"provisional"`
	NotAWorkingDay string        `json:"not_a_working_day"`

	Standing deadline.Standing `json:"standing"` // what the date rests on
}

func dueNow(clock deadline.Clock, known calendar.Calendar, today calendar.Date) dueDate {
	c := clock.ResumedOn(today).Count(known)
	return dueDate{clock.Deadline, c.Due, c.Time, clock.PausedOn(today), c.Provisional, c.NotAWorkingDay, clock.Standing()}
}

// String says when it is due, with what must be said aloud about the day.
func (d dueDate) String() string {
	text := "due " + d.Due.Long()
	if d.Time != "" {
		text += " at " + d.Time
	}
	if d.Paused {
		text = "it stands still, " + text + " if it ran on today"
	}
	if d.NotAWorkingDay != "" {
		text += " (not a working day: " + d.NotAWorkingDay + ")"
	}
	if d.Provisional {
		text += " (provisional)"
	}
	if d.Standing == deadline.Unverified {
		text += " (unverified rule)"
	}
	return text
}

// clocksOf returns the running clocks that an event is about: the one that it
// names, or those that a correction sets anew.
func clocksOf(c negotiation.Case, e events.Event) []deadline.Clock {
	ids := []string{events.Deadline(e)}
	if corrected, ok := e.(events.EventReplaced); ok {
		for _, f := range corrected.With {
			ids = append(ids, events.Deadline(f.Event))
		}
	}
	var found []deadline.Clock
	for _, id := range ids {
		if clock, ok := c.Deadlines.Clock(id); ok && clock.Running() {
			found = append(found, clock)
		}
	}
	return found
}

// dueText says when a clock is due, where the fact's own sentence does not.
func dueText(f events.Fact, due dueDate) string {
	set, started := f.Event.(events.DeadlineSet)
	if started {
		due.Standing = "" // the sentence has said it
	}
	switch _, corrected := f.Event.(events.EventReplaced); {
	case corrected:
		return "; deadline " + due.ID + " is now " + due.String()
	case started && set.Stated == due.Due && due.String() == "due "+due.Due.Long():
		return ""
	}
	return "; " + due.String()
}

// silenced returns the deadlines that had not ended when facts closed the case:
// nobody is reminded of them from then on.
func silenced(c negotiation.Case, known calendar.Calendar, facts []events.Fact) []string {
	var titles []string
	for _, f := range facts {
		if _, closed := f.Event.(events.CaseClosed); !closed {
			continue
		}
		for _, clock := range c.Deadlines {
			if clock.Running() && clock.Stated.IsZero() {
				title := fmt.Sprintf("%s %s, due %s", clock.Deadline, clock.Title, clock.Due(known).Long())
				if clock.Standing() == deadline.Unverified {
					title += " (unverified rule)"
				}
				titles = append(titles, title)
			}
		}
	}
	return titles
}
