package timeline

import (
	"fmt"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

func describeDeadline(e events.Event) string {
	switch e := e.(type) {
	case events.DeadlineSet:
		return set(e)
	case events.DeadlineMet:
		return "Deadline " + e.Deadline + " met" + clock(e.Time)
	case events.DeadlineMissed:
		return "Deadline " + e.Deadline + " missed: it was due " + e.Due.Long()
	case events.DeadlineExtended:
		return fmt.Sprintf("Deadline %s extended to %s", e.Deadline, e.Until.Long()) + because(e.Base)
	case events.DeadlineExtensionRemoved:
		which := "every extension of deadline " + e.Deadline
		if !e.Until.IsZero() {
			which = fmt.Sprintf("the extension of deadline %s to %s", e.Deadline, e.Until.Long())
		}
		return "Taken back: " + which + because(e.Why)
	case events.DeadlineShortened:
		return fmt.Sprintf("Deadline %s shortened to %s", e.Deadline, e.Until.Long()) + because(e.Base)
	case events.DeadlinePaused:
		return "Deadline " + e.Deadline + " paused" + until(e.Until) + because(e.Why)
	case events.DeadlineResumed:
		return "Deadline " + e.Deadline + " runs on"
	case events.DeadlineWaived:
		return "Deadline " + e.Deadline + " waived" + because(e.Why)
	case events.DeadlineSuperseded:
		return "Deadline " + e.Deadline + " overtaken" + because(e.Why)
	}
	return ""
}

// clock returns a time of day with what goes before it, where it is known.
func clock(time string) string {
	if time == "" {
		return ""
	}
	return " at " + time
}

// until returns the day on which something goes on again, where it is known.
func until(day calendar.Date) string {
	if day.IsZero() {
		return ""
	}
	return " until " + day.Long()
}

func set(e events.DeadlineSet) string {
	text := fmt.Sprintf("Deadline %s for %s: %s", e.Deadline, party(e.Owner), e.Title)
	if e.Practice != "" {
		text += " for " + e.Practice
	}
	text += About(e.Offer, e.Request, e.Dispute)
	period, backward := counted(e)
	switch {
	case !e.Stated.IsZero():
		text += ", by " + e.Stated.Long() + " as stated"
	case !period.IsZero() && backward:
		text += fmt.Sprintf(", %s before %s", period.Long(), e.Trigger.Long())
	case !period.IsZero():
		text += fmt.Sprintf(", %s from %s%s", period.Long(), start(e), toMonthEnd(e.ToMonthEnd))
	}
	text += filed(e.Document)
	if rule, err := deadline.Find(e.Rule); err == nil && rule.Standing == deadline.Unverified {
		text += " [unverified rule]"
	}
	return text
}

// About returns what a deadline is about, in parentheses, by the numbers of the
// offer, request and dispute that are not 0.
func About(offer, request, dispute int) string {
	text := ""
	for _, about := range deadline.About(offer, request, dispute) {
		text += " (" + about + ")"
	}
	return text
}

// start returns the moment a clock is counted from: the day that was stated for
// a document's service, where one was, or when the event was.
func start(e events.DeadlineSet) string {
	if !e.Service.Deemed.IsZero() {
		return e.Service.Deemed.Long()
	}
	return e.Trigger.Long() + clock(e.Time)
}

// counted returns the period of a clock, its own or its rule's, and whether it
// is counted backward.
func counted(e events.DeadlineSet) (calendar.Period, bool) {
	rule, err := deadline.Find(e.Rule)
	if err != nil || !e.Period.IsZero() {
		return e.Period, e.Backward || err == nil && rule.Backward
	}
	return rule.Period, e.Backward || rule.Backward
}
