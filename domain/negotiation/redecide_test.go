package negotiation

import (
	"slices"
	"strings"
	"testing"

	"parley/events"
)

// TestEveryFactOfACaseCanBeCorrected holds that a fact answers to a command, so
// that a correction can put it to the rules again, or stands here with a reason.
func TestEveryFactOfACaseCanBeCorrected(t *testing.T) {
	// Corrections are retracted, never changed. What follows from another fact is
	// corrected with that, and no command states it by itself.
	without := []string{
		"event-retracted", "event-replaced",
		"deadline-missed", "deadline-superseded",
	}
	elsewhere := []string{ // facts of the directory, the calendar, the register and alerts
		"practices-imported", "practice-listed", "practice-closed", "practice-reopened", "practice-renamed", "practice-moved",
		"commissioner-established", "commissioner-abolished", "calendar-revised", "case-numbered",
	}
	for _, e := range events.All() {
		name := events.Name(e)
		if slices.Contains(elsewhere, name) || strings.HasPrefix(name, "alert-") {
			continue
		}
		if _, ok := commandFor(e, Dated{}); ok == slices.Contains(without, name) {
			t.Errorf("%s: answers to a command: %t; see commandFor in redecide.go, or the list here", name, ok)
		}
	}
}
