package events

import (
	"slices"
	"time"

	"parley/domain/calendar"
)

// day reads a date that the tests write out.
func day(s string) calendar.Date {
	d, err := calendar.Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

// goldens says what every golden file must read as. The values of facts stored
// long ago are never edited: a new form, or a new field, gets a line of its own.
func goldens() []golden {
	return slices.Concat(goldenNegotiation(), goldenNotices(), goldenProcedure(), goldenClosure(), goldenDeadlines(), goldenBodies(), goldenAlerts())
}

func goldenNegotiation() []golden {
	on := day("2026-09-14")
	return []golden{
		{"case-opened", Fact{on, CaseOpened{
			Ref: "GLO-26-0001", LMC: "GLO", ICB: "QR1", ICBName: "NHS Gloucestershire Integrated Care Board",
			Service: "phlebotomy", Title: "Bloods for hospitals <unfunded> & growing",
		}, false}},
		{"commissioner-changed", Fact{on, CommissionerChanged{
			ICB: "S1Y5D", ICBName: "NHS Severn and Avon Integrated Care Board", Why: "QR1 was abolished",
		}, false}},
		{"practice-joined", Fact{on, PracticeJoined{Practice: "A81001", Name: "THE DENSHAM SURGERY"}, true}},
		{"practice-left", Fact{on, PracticeLeft{Practice: "A81001", Why: "signed a contract of its own"}, false}},
		{"contract-position-recorded", Fact{on, ContractPositionRecorded{
			Practice: "A81001", Position: RolledOver, TermEnd: day("2025-03-31"), LastPayment: day("2026-06-30"),
			Clause: "14.2", Notice: calendar.Period{N: 3, Unit: calendar.Months}, ToMonthEnd: true, Document: "les-2024.pdf",
		}, false}},
		{"evidence-recorded", Fact{on, EvidenceRecorded{
			Practice: "A81001", Activity: 1204, Unit: "blood test", From: day("2025-04-01"), Until: day("2026-03-31"), Source: "EMIS search",
		}, false}},
		{"cost-recorded", Fact{on, CostRecorded{Practice: "A81001", Pence: 612, Unit: "blood test", Basis: "11 minutes, band 3"}, false}},
		{"mandate-given", Fact{on, MandateGiven{By: "LMC committee", FloorPence: 480, Text: "no less than cost"}, false}},
		{"offer-tabled", Fact{on, OfferTabled{
			Offer: 3, Round: 2, By: LMC, ReplyBy: day("2026-10-26"),
			Terms: Terms{
				PricePence: 525, Unit: "blood test", From: day("2026-12-01"), Until: day("2028-03-31"), Review: day("2027-11-30"),
				Cap: 1500, AnnualPence: 787_500, Conditions: "uplifted each April",
			},
		}, false}},
		{"offer-accepted", Fact{on, OfferAccepted{Offer: 3, By: ICB}, false}},
		{"offer-accepted+keep-notices", Fact{on, OfferAccepted{Offer: 3, By: ICB, KeepNotices: true}, false}},
		{"offer-rejected", Fact{on, OfferRejected{Offer: 2, By: LMC, Why: "below cost"}, false}},
		{"offer-withdrawn", Fact{on, OfferWithdrawn{Offer: 1, Why: "replaced by a county-wide one"}, false}},
		{"agreement-signed", Fact{on, AgreementSigned{
			Document: "variation-7.pdf", From: day("2026-12-01"), Until: day("2028-03-31"), Review: day("2027-11-30"),
		}, false}},
		{"funding-started", Fact{on, FundingStarted{Pence: 65_625, Note: "December's payment"}, false}},
	}
}

func goldenNotices() []golden {
	on := day("2026-10-30")
	return []golden{
		{"guidance-given", Fact{on, GuidanceGiven{Practice: "A81001", Text: "three months, by email, keep the receipt"}, false}},
		{"notice-served", Fact{on, NoticeServed{
			Practice: "A81001", Period: calendar.Period{N: 3, Unit: calendar.Months}, ToMonthEnd: true, Clause: "14.2", Method: Email,
			Sent: day("2026-10-30"), SentTime: "16:45", Deemed: day("2026-11-02"), Stated: true, Document: "notice-A81001.pdf",
		}, false}},
		{"notice-served+from-contract", Fact{on, NoticeServed{
			Practice: "A81001", Period: calendar.Period{N: 3, Unit: calendar.Months}, ToMonthEnd: true, Clause: "14.2", Method: Email,
			Sent: day("2026-10-30"), SentTime: "16:45", Deemed: day("2026-11-02"), Stated: true, Document: "notice-A81001.pdf",
			FromContract: FromContract{Period: true, ToMonthEnd: true, Clause: true},
		}, false}},
		{"notice-acknowledged", Fact{on, NoticeAcknowledged{Practice: "A81001", Document: "ack-A81001.eml"}, false}},
		{"notice-withdrawn", Fact{on, NoticeWithdrawn{Practice: "A81001", Agreed: 3, Why: "agreement reached"}, true}},
		{"notice-took-effect", Fact{on, NoticeTookEffect{Practice: "A81001"}, false}},
	}
}

func goldenProcedure() []golden {
	on := day("2026-11-02")
	return []golden{
		{"dispute-raised", Fact{on, DisputeRaised{Dispute: 1, By: Practice, Procedure: LocalResolution, About: "payment after the term"}, false}},
		{"dispute-stepped", Fact{on, DisputeStepped{Dispute: 1, Procedure: Mediation, Text: "first meeting held"}, false}},
		{"dispute-determined", Fact{on, DisputeDetermined{Dispute: 1, For: Practice, Text: "arrears to be paid"}, false}},
		{"foi-sent", Fact{on, FOISent{
			Request: 1, To: "QR1", ToName: "NHS Gloucestershire Integrated Care Board", About: "spend on phlebotomy", Document: "foi-1.pdf",
		}, false}},
		{"foi-answered", Fact{on, FOIAnswered{Request: 1, Outcome: Partly, Text: "s.43 relied on", Document: "foi-1-answer.pdf"}, false}},
		{"foi-review-asked", Fact{on, FOIReviewAsked{Request: 1, Why: "s.43 does not apply to what was paid", Document: "foi-1-review.pdf"}, false}},
		{"foi-review-answered", Fact{on, FOIReviewAnswered{Request: 1, Outcome: Disclosed, Text: "the figures after all", Document: "foi-1-outcome.pdf"}, false}},
		{"letter-logged", Fact{on, LetterLogged{Direction: In, With: ICB, Method: Post, Subject: "Your letter of 1 October", Document: "letter-4.pdf"}, false}},
		{"meeting-logged", Fact{on, MeetingLogged{With: Provider, Text: "will take bloods back from April"}, false}},
		{"note-added", Fact{on, NoteAdded{Text: "A line\nand a \u2028 separator, “quotes” & <angles>"}, false}},
		{"case-assigned", Fact{on, CaseAssigned{Caseworker: "j.doe"}, false}},
		{"case-closed", Fact{on, CaseClosed{Outcome: Merged, Into: "GLO-26-0002", Text: "one case for the county"}, false}},
		{"case-reopened", Fact{on, CaseReopened{Why: "the ICB stopped paying"}, false}},
		{"case-reopened+fresh-clocks", Fact{on, CaseReopened{Why: "a new offer", FreshClocks: true}, false}},
		{"event-retracted", Fact{on, EventRetracted{Event: EventID{7, 2}, Why: "entered on the wrong case"}, false}},
		{"event-replaced", Fact{on, EventReplaced{
			Event: EventID{7, 1}, Why: "posted a day later", With: []Fact{
				{day("2026-10-31"), NoticeAcknowledged{Practice: "A81001", Document: "ack.eml"}, false},
				{day("2026-10-31"), DeadlineMet{Deadline: "D5.1"}, true},
			},
		}, false}},
	}
}

func goldenClosure() []golden {
	on := day("2026-12-01")
	return []golden{
		{"list-closure-applied", Fact{on, ListClosureApplied{Practice: "A81001", Document: "closure-1.pdf"}, false}},
		{"list-closure-acknowledged", Fact{on, ListClosureAcknowledged{Practice: "A81001", Document: "ack.eml"}, false}},
		{"list-closure-decided", Fact{on, ListClosureDecided{Practice: "A81001", Granted: true, Until: day("2027-06-30"), Document: "decision.pdf"}, false}},
		{"award-intended", Fact{on, AwardIntended{Provider: "RTE", Document: "notice-2026-88"}, false}},
		{"award-decided", Fact{on, AwardDecided{Provider: "RTE", Text: "the decision stands", Document: "decision-9.pdf"}, false}},
	}
}

func goldenDeadlines() []golden {
	on := day("2026-11-02")
	return []golden{
		{"deadline-set", Fact{on, DeadlineSet{
			Deadline: "D7.1", Rule: "notice-period", RuleVersion: 2, Title: "Notice of A81001 ends", Owner: Practice, Practice: "A81001",
			Offer: 3, Trigger: day("2026-11-02"), Period: calendar.Period{N: 20, Unit: calendar.WorkingDays}, ToMonthEnd: true,
			Stated: day("2027-02-28"), Document: "letter-4.pdf",
		}, true}},
		{"deadline-set+counting", Fact{on, DeadlineSet{
			Deadline: "D7.2", Rule: "local-override", RuleVersion: 1, Title: "Reply to the letter", Owner: ICB, Practice: "A81001",
			Offer: 3, Trigger: day("2026-11-02"), Period: calendar.Period{N: 14, Unit: calendar.Days}, ToMonthEnd: true,
			Stated: day("2026-11-16"), Document: "letter-4.pdf", Time: "15:20",
			Service: Service{
				Method: Email, Court: true, Clause: calendar.Period{N: 2, Unit: calendar.WorkingDays}, Deemed: day("2026-11-04"),
			},
			Counting: BeginningWith, Calendar: calendar.WorkingAnyUK, Roll: RollForward, Backward: true,
		}, false}},
		{"deadline-set+about", Fact{on, DeadlineSet{
			Deadline: "D7.3", Rule: "foi-respond", RuleVersion: 1, Title: "Answer the FOI request", Owner: ICB, Practice: "A81001",
			Offer: 3, Request: 2, Dispute: 1, Trigger: day("2026-11-02"), Period: calendar.Period{N: 20, Unit: calendar.WorkingDays}, ToMonthEnd: true,
			Stated: day("2026-12-01"), Document: "foi-2.pdf", Time: "15:20", Service: Service{
				Method: Email, Court: true, Clause: calendar.Period{N: 2, Unit: calendar.WorkingDays}, Deemed: day("2026-11-04"),
			},
			Counting: BeginningWith, Calendar: calendar.WorkingAnyUK, Roll: RollForward, Backward: true,
		}, true}},
		{"deadline-met", Fact{on, DeadlineMet{Deadline: "D7.1"}, true}},
		{"deadline-met+time", Fact{on, DeadlineMet{Deadline: "D7.1", Time: "23:40"}, true}},
		{"deadline-missed", Fact{on, DeadlineMissed{Deadline: "D7.1", Due: day("2026-10-26")}, false}},
		{"deadline-extended", Fact{on, DeadlineExtended{Deadline: "D7.1", Until: day("2026-11-09"), Base: "agreed by email"}, false}},
		{"deadline-extension-removed", Fact{on, DeadlineExtensionRemoved{Deadline: "D7.1", Until: day("2026-11-09"), Why: "granted by mistake"}, false}},
		{"deadline-shortened", Fact{on, DeadlineShortened{Deadline: "D7.1", Until: day("2026-11-06"), Base: "agreed by email"}, false}},
		{"deadline-paused+until", Fact{on, DeadlinePaused{Deadline: "D7.1", Why: "the fee was asked for", Until: day("2026-11-09")}, false}},
		{"deadline-paused", Fact{on, DeadlinePaused{Deadline: "D7.1", Why: "clarification asked for"}, false}},
		{"deadline-resumed", Fact{on, DeadlineResumed{Deadline: "D7.1"}, false}},
		{"deadline-waived", Fact{on, DeadlineWaived{Deadline: "D7.1", Why: "no longer needed"}, false}},
		{"deadline-superseded", Fact{on, DeadlineSuperseded{Deadline: "D7.1", Why: "offer 3 was withdrawn"}, true}},
	}
}

func goldenBodies() []golden {
	on := day("2026-04-01")
	return []golden{
		{"practice-listed", Fact{on, PracticeListed{
			Practice: "A81001", Name: "THE DENSHAM SURGERY", ICB: "QHM", Opened: day("1974-04-01"), Closed: day("2026-03-31"),
		}, false}},
		{"practice-closed", Fact{on, PracticeClosed{Practice: "A81001"}, false}},
		{"practice-reopened", Fact{on, PracticeReopened{Practice: "A81001"}, false}},
		{"practice-renamed", Fact{on, PracticeRenamed{Practice: "A81001", Name: "DENSHAM HEALTH"}, false}},
		{"practice-moved", Fact{on, PracticeMoved{Practice: "A81001", ICB: "S1Y5D"}, false}},
		{"practices-imported", Fact{on, PracticesImported{Practices: 7761}, false}},
		{"commissioner-established", Fact{on, CommissionerEstablished{ICB: "S1Y5D", Name: "NHS Severn and Avon Integrated Care Board"}, false}},
		{"commissioner-abolished", Fact{on, CommissionerAbolished{ICB: "QR1", Successors: []string{"S1Y5D", "T2X6E"}}, false}},
		{"calendar-revised", Fact{on, CalendarRevised{
			Version: "GOV.UK 2026-04-01", Published: on, Horizon: day("2028-12-26"),
			Added: []calendar.Holiday{
				{Division: calendar.Scotland, Date: day("2026-06-15"), Title: "World Cup bank holiday"},
				{Division: calendar.EnglandAndWales, Date: day("2026-12-28"), Title: "Boxing Day", Substitute: true},
			},
			Removed: []calendar.Holiday{{Division: calendar.NorthernIreland, Date: day("2026-05-04"), Title: "Early May bank holiday"}},
		}, false}},
		{"case-numbered", Fact{on, CaseNumbered{Ref: "GLO-26-0001", Number: 1}, false}},
	}
}

func goldenAlerts() []golden {
	on, at := day("2026-10-23"), time.Date(2026, 10, 23, 7, 30, 0, 0, time.UTC)
	email := Delivery{To: "j.doe", Channel: "email"}
	rungs := []Rung{{ID: "5wd", Days: -5}, {ID: "1wd", Days: -1, Urgent: true}, {ID: "esc2wd", Days: 2, Urgent: true, ToOfficer: true}}
	return []golden{
		{"alert-policy-set", Fact{on, AlertPolicySet{
			At: "08:30", Ladders: []Ladder{{Rungs: rungs}, {Class: "statutory", Rungs: rungs[1:]}, {Rule: "foi-respond", Rungs: rungs[:2]}},
			People: []Person{
				{Name: "j.doe", Channels: []string{"email", "file"}, NoDigest: true, Rungs: rungs[1:], Quiet: []calendar.Date{day("2026-12-24")}},
				{Name: "a.roe", Channels: []string{"email"}},
			},
			Desk: "a.roe", Officer: "a.roe", Quiet: []calendar.Date{day("2026-12-29")}, Urgent: []string{"teams"},
		}, false}},
		{"alert-claimed", Fact{on, AlertClaimed{
			Ref: "GLO-26-0001", Deadline: "D7.1", Rung: "1wd", Due: day("2026-10-26"), Person: "j.doe", At: at, Digest: "digest_j-2edoe_20261023",
			Deliveries: []Delivery{email, {Channel: "teams"}}, Attempt: 1, Worker: "parley-1",
		}, false}},
		{"alert-sent", Fact{on, AlertSent{Delivery: email, Receipt: "250 2.0.0 Ok: queued as 4Zx"}, false}},
		{"alert-failed", Fact{on, AlertFailed{Delivery: email, Why: "451 4.7.1 greylisted", RetryAt: at.Add(time.Minute)}, false}},
		{"alert-uncertain", Fact{on, AlertUncertain{Deliveries: []Delivery{email}, Why: "the server was stopped while it was sending"}, false}},
		{"alert-acknowledged", Fact{on, AlertAcknowledged{Text: "chased by telephone"}, false}},
		{"alert-snoozed", Fact{on, AlertSnoozed{Until: day("2026-10-26")}, false}},
		{"alert-superseded", Fact{on, AlertSuperseded{
			Ref: "GLO-26-0001", Deadline: "D7.1", Rung: "1wd", Due: day("2026-10-26"), Person: "j.doe", At: at,
			Why: "missed while nobody watched", By: "GLO-26-0001_D7-1_over1wd_20261026",
		}, false}},
	}
}
