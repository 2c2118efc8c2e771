package deadline

import (
	"parley/domain/calendar"
	"parley/events"
)

// period is a period as the rulebook writes it.
func period(n int, unit calendar.Unit) calendar.Period { return calendar.Period{N: n, Unit: unit} }

// unstated is the two readings of a limit whose words do not say whether the
// day of the event counts.
func unstated() []Alternative {
	return []Alternative{
		{Name: "the day of the event does not count", Counting: events.After},
		{Name: "the day of the event counts as day 1", Counting: events.BeginningWith},
	}
}

// notLessThan is the two readings of "not less than n days after": the last of
// the days, or the day after so many clear days.
func notLessThan() []Alternative {
	return []Alternative{
		{Name: "so many days after the day of the event", Counting: events.After},
		{Name: "so many clear days, both ends excluded", Counting: events.ClearDays, ToEvent: true},
	}
}

const wordsNotStated = "The text does not say whether the day of the event counts: both readings are given."

// caseRules are the limits that the parties of a case set themselves.
func caseRules() []Rule {
	return []Rule{
		{
			ID: OfferReply, Version: 1, Title: "Reply to offer", From: "the offer", Stated: true,
			Standing: Local, Source: CaseFile, Authority: "the date stated in the offer",
		},
		{
			ID: AgreementReview, Version: 1, Title: "Review the agreement", Owner: events.LMC, From: "the agreement", Stated: true,
			Standing: Local, Source: CaseFile, Authority: "the date stated in the agreement",
		},
		{
			ID: AgreementEnd, Version: 1, Title: "Agreement ends", Owner: events.LMC, From: "the agreement", Stated: true,
			Standing: Local, Source: CaseFile, Authority: "the date stated in the agreement",
		},
		{
			ID: LocalOverride, Version: 1, Title: "Date stated in a letter", From: "the letter", Stated: true,
			Standing: Local, Source: CaseFile, Authority: "the letter that states it",
			Note: "A date that a letter states beats one that is counted; keep the reference of the document.",
		},
	}
}

// noticeRules are the notice periods of contracts that are agreed locally.
func noticeRules() []Rule {
	return []Rule{
		{
			ID: LESNotice, Version: 1, Title: "Notice ends", Owner: events.Practice, Earliest: true,
			From:     "the day on which the notice counts as served under the contract",
			Standing: Contractual, Source: CaseFile, Authority: "the notice clause of the practice's own contract",
			Note: "Notice periods are local: 3 to 12 months were seen within one ICB. Read the contract.",
		},
		{
			ID: "nhssc-gc17", Version: 1, Title: "Notice under the NHS Standard Contract ends", Owner: events.Practice, Earliest: true,
			From: "the notice", Standing: Unverified, Source: Memory,
			Authority: "NHS Standard Contract, General Condition 17, and the contract's own Particulars",
			Note:      "That the period is completed locally, in the Particulars, is from memory.",
		},
	}
}

// uncounted is the rules that state nothing to count.
var uncounted = []NoClock{
	{"nhsdr-local", "Local dispute resolution before referral", "the Regulations fix no period: every reasonable effort must be made, and either party may invite the LMC (GMS Regulations 2015, regs 81 and 86)"},
	{"nhsdr-decide", "Determination by NHS Resolution", "there is no statutory limit (GMS Regulations 2015, reg 83)"},
	{"implied-contract", "Implied contract after a term has ended", "it is a question of fact, not a limit: what was signed, when the term ended, what was paid since"},
	{"nhssc-opday", "Operational Day", "it is a definition, and from memory: a day other than a Saturday, a Sunday or a bank holiday in England"},
	{"nhssc-sc11.9", "Medication supplied on discharge or after a clinic", "it says how many days' supply is due, not by when something must be done"},
	{"icb-involve", "Public involvement by an ICB", "no period is fixed: arrangements are to be made when proposals are planned (NHS Act 2006, s.14Z45; its content is from memory)"},
}
