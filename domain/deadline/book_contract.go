package deadline

import (
	"parley/domain/calendar"
	"parley/events"
)

// contractRules are the limits of the NHS Standard Contract, as pages about it
// report them.
func contractRules() []Rule {
	standard := func(id ID, title string, owner events.Party, from, where string, limit Limit) Rule {
		return Rule{
			ID: id, Version: 1, Title: title, Owner: owner, From: from, Limit: limit, Standing: Contractual, Source: Secondary,
			Authority: "NHS Standard Contract, " + where,
		}
	}
	const operational = "Operational Days are taken to be working days in England; their definition is from memory. "
	negotiate := standard(DisputeNegotiation, "Escalated negotiation of the dispute ends", events.ICB, "the dispute notice", "General Condition 14",
		Limit{Period: period(15, calendar.WorkingDays)})
	negotiate.Readings, negotiate.Note = unstated(), operational+"Mediation follows, then expert determination. "+wordsNotStated

	precedent := standard("nhssc-gc4.3", "Notify the change to a condition precedent", events.Practice, "the day of becoming aware", "General Condition 4.3 (shorter form, 2019/20)",
		Limit{Period: period(5, calendar.WorkingDays)})
	precedent.Readings, precedent.Note = unstated(), operational+wordsNotStated

	summary := standard("nhssc-sc11.5", "Discharge summary to the practice", events.Provider, "discharge from hospital, day case or A&E", "Service Condition 11.5",
		Limit{Period: period(24, calendar.Hours)})
	summary.Note = "Hours as they pass, not working hours."

	letter := standard("nhssc-sc11.7", "Clinic letter to the practice", events.Provider, "the outpatient attendance", "Service Condition 11.7",
		Limit{Period: period(7, calendar.Days)})
	letter.Readings, letter.Earliest = unstated(), true // it is the practice that waits, and may not call it late too soon
	letter.Note = "As soon as reasonably practicable, and in any event within 7 days. " + wordsNotStated

	return []Rule{negotiate, precedent, summary, letter}
}
