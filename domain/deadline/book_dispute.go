package deadline

import (
	"parley/domain/calendar"
	"parley/events"
)

// disputeRules are the limits of NHS dispute resolution, and of local dispute
// procedure as it is remembered.
func disputeRules() []Rule {
	beginning := func(n int, unit calendar.Unit) Limit {
		return Limit{Period: period(n, unit), Counting: events.BeginningWith}
	}
	refer := gms(DisputeRefer, "Refer the dispute to NHS dispute resolution", events.Practice,
		"the day on which the matter occurred, or should reasonably have come to the party's attention", "reg 83(4)", beginning(3, calendar.Years))
	refer.Fixed = true
	refer.Note = "The last day is the day before the third anniversary."

	reps := gms(DisputeReps, "Send written representations to the adjudicator", events.Practice, "the day on which the adjudicator's notice is given", "reg 83(14)",
		Limit{Counting: events.BeginningWith})
	reps.Least, reps.Most, reps.Stated = period(2, calendar.Weeks), period(4, calendar.Weeks), true
	reps.Note = "The notice states the date: record it. The adjudicator may extend it."

	return []Rule{
		refer,
		gms("nhsdr-sos-ask", "NHS Resolution asks the parties for representations", events.Adjudicator, "the day on which the matter is referred", "reg 83(6)", beginning(7, calendar.Days)),
		reps,
		remembered(DisputeAck, "Acknowledge the local dispute", events.ICB, "receipt of the dispute", 7),
		remembered("pgm-dispute-evidence", "Evidence in the local dispute", events.Practice, "the acknowledgement, or the request", 28),
		remembered("pgm-dispute-meeting", "Meet about the local dispute", events.ICB, "the end of the period for evidence", 21),
	}
}

// remembered is a limit of the policy manual's chapter on disputes.
func remembered(id ID, title string, owner events.Party, from string, days int) Rule {
	return Rule{
		ID: id, Version: 1, Title: title, Owner: owner, From: from, Limit: Limit{Period: period(days, calendar.Days)}, Readings: unstated(),
		Standing: Unverified, Source: Memory, Authority: "NHS England, Primary Medical Services Policy and Guidance Manual, version 6 (August 2025)",
		Note: "The chapter on disputes could not be read. " + wordsNotStated,
	}
}
