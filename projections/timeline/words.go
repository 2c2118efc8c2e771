package timeline

import (
	"fmt"

	"parley/domain/calendar"
	"parley/events"
)

// Pounds returns an amount of pence as people write it: £4.10, £14,000,000.00.
func Pounds(pence int64) string {
	sign, whole, rest := "", pence/100, pence%100
	if pence < 0 {
		sign, whole, rest = "-", -whole, -rest
	}
	digits := fmt.Sprint(whole)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return fmt.Sprintf("%s£%s.%02d", sign, digits, rest)
}

// named returns a code with its name, where that is known.
func named(code, name string) string {
	if name == "" {
		return code
	}
	return fmt.Sprintf("%s (%s)", name, code)
}

func whose(practice string) string {
	if practice == "" {
		return "all practices"
	}
	return practice
}

func because(why string) string {
	if why == "" {
		return ""
	}
	return ": " + why
}

func filed(document string) string {
	if document == "" {
		return ""
	}
	return " [" + document + "]"
}

func toMonthEnd(runsOn bool) string {
	if !runsOn {
		return ""
	}
	return " to the end of the month"
}

func review(on calendar.Date) string {
	if on.IsZero() {
		return ""
	}
	return ", review by " + on.Long()
}

func party(p events.Party) string {
	switch p {
	case events.LMC:
		return "the LMC"
	case events.ICB:
		return "the ICB"
	case events.Practice:
		return "the practice"
	case events.Provider:
		return "the provider"
	case events.Adjudicator:
		return "the adjudicator"
	}
	return string(p)
}

func method(m events.Method) string {
	if m == events.Hand {
		return "hand delivery"
	}
	return string(m)
}

// letter returns what a letter that came in this way is called.
func letter(m events.Method) string {
	switch m {
	case events.Email:
		return "Email"
	case events.Hand:
		return "Letter by hand"
	}
	return "Letter"
}

func procedure(p events.Procedure) string {
	switch p {
	case events.LocalResolution:
		return "local resolution"
	case events.Mediation:
		return "mediation"
	case events.ExpertDetermination:
		return "expert determination"
	case events.NHSDisputeResolution:
		return "NHS dispute resolution"
	}
	return string(p)
}

func outcome(o events.FOIOutcome) string {
	switch o {
	case events.Disclosed:
		return "disclosed"
	case events.Partly:
		return "disclosed in part"
	case events.Refused:
		return "refused"
	case events.NotHeld:
		return "not held"
	}
	return string(o)
}
