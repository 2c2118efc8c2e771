package deadline

import (
	"parley/domain/calendar"
	"parley/events"
)

const psrRegulations = "Health Care Services (Provider Selection Regime) Regulations 2023, "

// procurementRules are the limits of the Provider Selection Regime, and the one
// of the Procurement Act that it is mistaken for.
func procurementRules() []Rule {
	days := func(n int) Limit {
		return Limit{Period: period(n, calendar.WorkingDays), Calendar: calendar.WorkingPSR}
	}
	standstill := days(8)
	standstill.NextDay = true
	return []Rule{
		{
			ID: "psr-standstill-start", Version: 1, Title: "Standstill begins", Owner: events.Practice, From: "publication of the notice of intention",
			Limit:    Limit{Period: period(1, calendar.Days), Calendar: calendar.WorkingPSR},
			Standing: Statutory, Source: Primary, Authority: psrRegulations + "reg 12",
		},
		{
			ID: PSRStandstill, Version: 1, Title: "Make representations: the standstill ends", Owner: events.Practice, From: "publication of the notice of intention", Limit: standstill,
			Standing: Statutory, Source: Primary, Authority: psrRegulations + "reg 12",
			Note: "It begins the day after publication, and ends at midnight at the end of the eighth working day after that day. NHS England's own page lets it begin with publication: the Regulations govern.",
		},
		{
			ID: "psr-after-decision", Version: 1, Title: "Contract can be awarded after this day", Owner: events.ICB, From: "the day on which the last further decision was communicated", Limit: days(5), Earliest: true,
			Standing: Statutory, Source: Primary, Authority: psrRegulations + "reg 12",
		},
		{
			ID: PSRPanel, Version: 1, Title: "Ask the Independent Patient Choice and Procurement Panel for a review", Owner: events.Practice,
			From: "the day on which the decision on the representations is communicated", Limit: days(5), Readings: unstated(),
			Standing: GoodPractice, Source: Secondary, Authority: "Independent Patient Choice and Procurement Panel, as reported by solicitors", Note: wordsNotStated,
		},
		{
			ID: "psr-mod", Version: 1, Title: "Publish the notice of contract modification", Owner: events.ICB, From: "the modification",
			Limit: Limit{Period: period(30, calendar.Days), Calendar: calendar.WorkingPSR}, Readings: unstated(),
			Standing: Statutory, Source: Primary, Authority: psrRegulations + "reg 13",
			Note: "For modifications above the thresholds (£500,000 or 25%). " + wordsNotStated,
		},
		{
			ID: "pa23-standstill", Version: 1, Title: "Standstill under the Procurement Act ends", Owner: events.Practice, From: "the day on which the contract award notice is published",
			Limit:    Limit{Period: period(8, calendar.WorkingDays), Counting: events.BeginningWith},
			Standing: Statutory, Source: Secondary, Authority: "Procurement Act 2023",
			Note: "Not for health services under the Provider Selection Regime. Its definition of a working day was not read: those in England and Wales are counted.",
		},
	}
}

// courtRules are the limits of going to court.
func courtRules() []Rule {
	const outer = "A claim must be prompt: this is the outer limit, not a safe one, and the parties cannot extend it."
	return []Rule{
		{
			ID: "jr", Version: 1, Title: "Issue the claim for judicial review", Owner: events.Practice, From: "the day on which the grounds first arose",
			Limit:    Limit{Period: period(3, calendar.Months), Calendar: calendar.WorkingCourt},
			Standing: Statutory, Source: Secondary, Authority: "Civil Procedure Rules 54.5", Note: outer, Fixed: true,
		},
		{
			ID: "jr-planning", Version: 1, Title: "Issue the claim for judicial review (planning)", Owner: events.Practice, From: "the day on which the grounds first arose",
			Limit:    Limit{Period: period(6, calendar.Weeks), Calendar: calendar.WorkingCourt},
			Standing: Statutory, Source: Secondary, Authority: "Civil Procedure Rules 54.5(5)", Note: outer, Fixed: true,
		},
		{
			ID: "jr-pap", Version: 1, Title: "Reply under the pre-action protocol for judicial review", Owner: events.ICB, From: "the letter before claim",
			Limit: Limit{Period: period(14, calendar.Days), Calendar: calendar.WorkingCourt}, Readings: unstated(),
			Standing: Unverified, Source: Memory, Authority: "pre-action protocol for judicial review", Note: "14 days is the usual time. " + wordsNotStated,
		},
		{
			ID: "limitation-contract", Version: 1, Title: "Issue a claim in contract", Owner: events.Practice, From: "the breach",
			Limit:    Limit{Period: period(6, calendar.Years), Calendar: calendar.WorkingCourt},
			Standing: Statutory, Source: Secondary, Authority: "Limitation Act 1980, s.5", Fixed: true,
		},
	}
}
