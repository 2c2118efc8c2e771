package deadline

import (
	"parley/domain/calendar"
	"parley/events"
)

// Where the statutory texts were read.
const (
	gmsReadAt = "GMS Regulations as consolidated at 1 October 2018: confirm against the text in force"
	pmsReadAt = "an old consolidation of the PMS Regulations: confirm against the text in force"
)

// gms returns what the rules of the GMS Regulations have in common.
func gms(id ID, title string, owner events.Party, from, where string, limit Limit) Rule {
	return Rule{
		ID: id, Version: 1, Title: title, Owner: owner, From: from, Limit: limit, Standing: Statutory, Source: Primary,
		Authority: "NHS (General Medical Services Contracts) Regulations 2015, " + where, AsReadAt: gmsReadAt,
	}
}

// gmsRules are the notices and sanctions of the GMS and PMS Regulations. They
// have no roll: a limit can end on a holiday.
func gmsRules() []Rule {
	after := func(n int, unit calendar.Unit) Limit { return Limit{Period: period(n, unit)} }
	partnership := gms(GMSTermPartnership, "GMS contract ends (partnership or company)", events.Practice, "the day on which notice is given",
		"Schedule 3, paragraph 62", Limit{Period: period(6, calendar.Months), ToMonthEnd: true})
	partnership.Earliest = true

	individual := gms(GMSTermIndividual, "GMS contract ends (individual practitioner)", events.Practice, "the day on which notice is given",
		"Schedule 3, paragraph 62", Limit{Period: period(3, calendar.Months), ToMonthEnd: true})
	individual.Earliest = true

	pms := gms(PMSTerm, "PMS agreement ends", events.Practice, "the day on which notice is given", "", after(6, calendar.Months))
	pms.Authority, pms.AsReadAt = "NHS (Personal Medical Services Agreements) Regulations 2015, Schedule 2, paragraph 55", pmsReadAt
	pms.Earliest, pms.Least = true, period(6, calendar.Months)
	pms.Note = "Six months at the least; the agreement may fix longer. Unlike GMS it does not run on to a month's end."

	payment := gms("gms-late-payment", "Contract may be ended for late payment", events.Practice, "the late payment notice",
		"Schedule 3, paragraph 63; PMS Schedule 2, paragraph 56", after(28, calendar.Days))
	payment.Earliest, payment.Readings = true, notLessThan()

	variation := gms("gms-var-unilateral", "Unilateral variation takes effect", events.Practice, "the day on which the variation notice is served",
		"Schedule 3, paragraph 57(3); PMS Schedule 2, paragraph 52(3)", after(14, calendar.Days))
	variation.Readings, variation.Least = notLessThan(), period(1, calendar.Days)
	variation.Note = "Not less than 14 days after the notice, where reasonably practicable: both readings are given. The practice must be ready on the earlier."

	change := gms("gms-partner-change", "Change between individual and partnership takes effect", events.Practice, "the day on which notice is served",
		"Schedule 3, paragraphs 58 and 59", after(28, calendar.Days))
	change.Earliest, change.Readings, change.Least = true, notLessThan(), period(28, calendar.Days)

	return append([]Rule{partnership, individual, pms, payment, variation, change}, sanctionRules()...)
}

func sanctionRules() []Rule {
	remedial := gms("gms-remedial", "Remedy the breach", events.Practice, "the day on which the remedial notice is given",
		"Schedule 3, paragraph 70; PMS Schedule 2, paragraph 61", Limit{Period: period(28, calendar.Days), Counting: events.BeginningWith})
	remedial.Least = period(1, calendar.Days)
	remedial.Note = "28 days at the least, unless a shorter period is needed for patients' safety or against financial loss."

	sanction := gms("gms-sanction", "Contract sanction can take effect", events.Practice, "the sanction notice",
		"Schedule 3, paragraph 72(5)", Limit{Period: period(28, calendar.Days)})
	sanction.Readings = notLessThan()
	sanction.Note = "The practice must have acted by the earlier of the two readings."

	dispute := gms("gms-sanction-dispute", "Refer the sanction or termination to NHS dispute resolution", events.Practice, "the day on which notice is given",
		"Schedule 3, paragraphs 73 and 74", Limit{Period: period(28, calendar.Days), Counting: events.BeginningWith})
	dispute.Fixed = true
	dispute.Note = "Referred in time, the sanction or termination is suspended."
	return []Rule{remedial, sanction, dispute}
}

// listRules are the limits of list closure and of assignments to closed lists.
func listRules() []Rule {
	beginning := func(n int, unit calendar.Unit) Limit {
		return Limit{Period: period(n, unit), Counting: events.BeginningWith}
	}
	decide := gms(ListClosureDecide, "Decide on the list closure", events.ICB, "receipt of the application", "Schedule 3, paragraph 33", beginning(21, calendar.Days))
	decide.Least = period(21, calendar.Days)
	decide.Note = "Longer if the parties agree."

	length := gms(ListClosureLength, "List closure ends", events.Practice, "the day of closure", "Schedule 3, paragraphs 33 and 34", Limit{})
	length.Least, length.Most, length.Readings = period(3, calendar.Months), period(12, calendar.Months), unstated()
	length.Stated = true
	length.Note = wordsNotStated + " An application to extend is counted back from the earlier."

	repeat := gms("gms-close-repeat", "No second application to close the list until this day has passed", events.Practice, "the day of the decision",
		"Schedule 3, paragraph 33", beginning(12, calendar.Months))
	repeat.Earliest, repeat.Note = true, "Unless circumstances change. The first day for a new application is the day after."

	reapply := gms(ListClosureReapply, "No new application after a rejection until this day has passed", events.Practice,
		"the later of the rejection and the final determination of a dispute about it", "Schedule 3, paragraph 35", beginning(3, calendar.Months))
	reapply.Earliest, reapply.Note = true, "The first day for a new application is the day after."

	extend := gms(ListClosureExtend, "Apply to extend the list closure", events.Practice, "the day on which the closure expires",
		"Schedule 3, paragraph 36", Limit{Period: period(8, calendar.Weeks), Backward: true})
	extend.Note = "No later than eight weeks before expiry; it never rolls forward."

	extensionDecide := gms("gms-close-ext-decide", "Decide on the extension of the list closure", events.ICB, "receipt of the application",
		"Schedule 3, paragraph 36", beginning(14, calendar.Days))
	extensionDecide.Note = "The list stays closed until the outcome."

	return []Rule{
		gms(ListClosureAck, "Acknowledge the application to close the list", events.ICB, "receipt of the application", "Schedule 3, paragraph 33", beginning(7, calendar.Days)),
		decide, length, repeat, reapply, extend,
		gms("gms-close-ext-ack", "Acknowledge the application to extend the closure", events.ICB, "receipt of the application", "Schedule 3, paragraph 36", beginning(7, calendar.Days)),
		extensionDecide,
		gms("gms-assign-panel", "Assessment panel determines", events.ICB, "the day on which the panel is appointed", "Schedule 3, paragraph 41", beginning(28, calendar.Days)),
		gms("gms-assign-refer", "Refer the panel's determination to the Secretary of State", events.Practice, "the day of the determination", "Schedule 3, paragraph 42(4)", beginning(7, calendar.Days)),
	}
}
