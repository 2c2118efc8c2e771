package deadline

import (
	"parley/domain/calendar"
	"parley/events"
)

// foiRules are the limits of the Freedom of Information Act 2000 and of the
// practice that goes with it.
func foiRules() []Rule {
	days := func(n int) Limit {
		return Limit{Period: period(n, calendar.WorkingDays), Calendar: calendar.WorkingAnyUK}
	}
	return []Rule{
		{
			ID: FOIRespond, Version: 1, Title: "Answer the FOI request", Owner: events.ICB, From: "receipt of the request, on whatever day", Limit: days(20),
			Standing: Statutory, Source: Primary, Authority: "Freedom of Information Act 2000, s.10(1) and (6)",
			Note: "No day is a working day that is a bank holiday in any part of the UK. Days from a fees notice to its payment do not count.",
		},
		{
			ID: FOIFees, Version: 1, Title: "Pay the FOI fee", Owner: events.LMC, From: "the day on which the fees notice is given",
			Limit:    Limit{Period: period(3, calendar.Months), Counting: events.BeginningWith, Calendar: calendar.WorkingAnyUK},
			Standing: Statutory, Source: Primary, Authority: "Freedom of Information Act 2000, ss.9(2) and 10(2)",
		},
		{
			ID: FOIReviewAnswer, Version: 1, Title: "Answer the request for an internal review", Owner: events.ICB, From: "receipt of the request for a review",
			Limit: days(20), Least: period(20, calendar.WorkingDays), Most: period(40, calendar.WorkingDays),
			Standing: GoodPractice, Source: Primary, Authority: "Information Commissioner's guidance on internal reviews",
			Note: "Good practice, not law: 20 working days, exceptionally up to 40.",
		},
		{
			ID: FOIReviewRequest, Version: 1, Title: "Ask for an internal review", Owner: events.LMC, From: "the answer to the request", Limit: days(40),
			Standing: GoodPractice, Source: Secondary, Authority: "code of practice under s.45 of the Freedom of Information Act 2000",
			Note: "An authority may refuse to review later.",
		},
		{
			ID: "foi-ico", Version: 1, Title: "Complain to the Information Commissioner", Owner: events.LMC, From: "the outcome of the internal review",
			Limit: Limit{Period: period(6, calendar.Weeks), Calendar: calendar.WorkingAnyUK}, Readings: unstated(),
			Standing: Unverified, Source: Memory, Authority: "the Information Commissioner's practice", Note: wordsNotStated,
		},
	}
}

// complaintRules are the limits of NHS complaints, and of refusing to register
// a patient.
func complaintRules() []Rule {
	const regulations = "Local Authority Social Services and NHS Complaints (England) Regulations 2009, "
	return []Rule{
		{
			ID: "complaint-ack", Version: 1, Title: "Acknowledge the complaint", Owner: events.ICB, From: "the day on which the complaint is received",
			Limit:    Limit{Period: period(3, calendar.WorkingDays)},
			Standing: Statutory, Source: Secondary, Authority: regulations + "reg 13(3)",
			Note: "What a working day is was not found there: those in England are counted.",
		},
		{
			ID: "complaint-make", Version: 1, Title: "Make the complaint", Owner: events.LMC, From: "the day on which the matter occurred or came to notice",
			Limit:    Limit{Period: period(12, calendar.Months)},
			Standing: Statutory, Source: Secondary, Authority: regulations + "reg 12", Note: "A later complaint may be taken up at discretion.",
		},
		{
			ID: "complaint-respond", Version: 1, Title: "Answer the complaint, or explain the delay", Owner: events.ICB, From: "the day on which the complaint is received",
			Limit: Limit{Period: period(6, calendar.Months)}, Least: period(6, calendar.Months), Readings: unstated(),
			Standing: Unverified, Source: Memory, Authority: regulations + "reg 14",
			Note: "Longer if that was agreed before it ended. Parallel regulations (SI 2012/3094) were read; reg 14 itself is from memory. " + wordsNotStated,
		},
		{
			ID: "patient-refuse-reg", Version: 1, Title: "Give the patient written reasons for refusing registration", Owner: events.Practice, From: "the decision",
			Limit: Limit{Period: period(14, calendar.Days)}, Readings: unstated(),
			Standing: Statutory, Source: Secondary, Authority: "NHS (General Medical Services Contracts) Regulations 2015, Schedule 3, paragraph 21",
			AsReadAt: gmsReadAt, Note: wordsNotStated,
		},
	}
}
