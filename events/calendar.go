package events

import "parley/domain/calendar"

// CalendarRevised changes which bank holidays are known. The day of the fact is
// the day as at which they were published. What it adds and removes is stored
// in full, so that reading it back needs no list.
type CalendarRevised struct {
	Version   string             `json:"version"`   // what the calendar is called from now on
	Published calendar.Date      `json:"published"` // the edition
	Horizon   calendar.Date      `json:"horizon"`   // the last day for which all divisions are published
	Added     []calendar.Holiday `json:"added"`
	Removed   []calendar.Holiday `json:"removed"` // a holiday removed and added on one day was renamed
}

func (CalendarRevised) storedAs() string { return "calendar-revised" }

// Revision returns what the fact changes, as calendars take it.
func (e CalendarRevised) Revision() calendar.Revision { return calendar.Revision(e) }
