package holidays

import (
	"time"

	"parley/domain/calendar"
	"parley/events"
)

// Edition is the calendar as it was known from a moment on.
type Edition struct {
	Since    time.Time // UTC; the zero time for the built-in calendar
	Calendar calendar.Calendar
}

// Editions returns what was known of bank holidays over time: first the built-in
// calendar, then what each commit of the history made of it.
func Editions(h events.History) []Edition {
	all := []Edition{{Calendar: New().Calendar}}
	for i, r := range h {
		all = append(all, Edition{Since: r.RecordedAt, Calendar: Fold(h[:i+1]).Calendar})
	}
	return all
}
