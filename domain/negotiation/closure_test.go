package negotiation

import (
	"testing"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

// listed is a clock about the list of A81001.
func listed(id string, rule deadline.ID, owner events.Party, on string) events.DeadlineSet {
	set := rule.Set(owner)
	set.Deadline, set.Practice, set.Trigger = id, "A81001", day(on)
	return set
}

func TestClosingAList(t *testing.T) {
	const code = "A81001"
	apply := ApplyListClosure{at("2026-12-01"), code, "closure.pdf"}
	ack := AcknowledgeListClosure{at("2026-12-07"), code, "ack.eml"}
	grant := DecideListClosure{at("2026-12-21"), code, true, day("2027-06-30"), "decision.pdf"}
	applied := given(joined(code), apply)
	turned := DecideListClosure{Dated: at("2026-12-21"), Practice: code}
	length := listed("D3.1", deadline.ListClosureLength, events.Practice, "2026-12-21")
	length.Stated, length.Document = day("2027-06-30"), "decision.pdf"

	spec(t, "an application is to be acknowledged and decided", given(joined(code)), when(apply), then(
		fact("2026-12-01", events.ListClosureApplied{Practice: code, Document: "closure.pdf"}),
		follows("2026-12-01", listed("D2.1", deadline.ListClosureAck, events.ICB, "2026-12-01")),
		follows("2026-12-01", listed("D2.2", deadline.ListClosureDecide, events.ICB, "2026-12-01"))))
	spec(t, "of a practice", given(joined(code)), when(ApplyListClosure{Dated: at("2026-12-01")}), refused(ErrMissing, "practice"))
	spec(t, "that is a party", given(joined(code)), when(ApplyListClosure{at("2026-12-01"), "A81002", ""}), refused(ErrNotParty, "A81002"))
	spec(t, "not before the case was opened", given(joined(code)), when(ApplyListClosure{at("2026-08-01"), code, ""}), refused(ErrTooEarly, "opened"))
	spec(t, "one at a time", applied, when(ApplyListClosure{at("2026-12-02"), code, ""}), refused(ErrSettled, "Tue 1 Dec 2026"))
	spec(t, "the next comes after the decision", and(applied, turned), when(ApplyListClosure{at("2026-12-20"), code, ""}), refused(ErrTooEarly, "decided"))

	spec(t, "the acknowledgement meets its clock", applied, when(ack), then(
		fact("2026-12-07", events.ListClosureAcknowledged{Practice: code, Document: "ack.eml"}), follows("2026-12-07", events.DeadlineMet{Deadline: "D2.1"})))
	spec(t, "is given once", and(applied, ack), when(AcknowledgeListClosure{at("2026-12-08"), code, ""}), refused(ErrSettled, "Mon 7 Dec 2026"))
	spec(t, "and the same one again changes nothing", and(applied, ack), when(ack), nothing())
	spec(t, "not before the application", applied, when(AcknowledgeListClosure{at("2026-11-30"), code, ""}), refused(ErrTooEarly, "received"))
	spec(t, "of one there is", given(joined(code)), when(ack), refused(ErrUnknownNumber, code))
	spec(t, "of one practice", applied, when(AcknowledgeListClosure{Dated: at("2026-12-07")}), refused(ErrMissing, "practice"))
	spec(t, "of a party", applied, when(AcknowledgeListClosure{at("2026-12-07"), "A81002", ""}), refused(ErrNotParty))

	spec(t, "a closure that is granted ends, and is extended in time", and(applied, ack), when(
		DecideListClosure{at("2026-12-21"), code, true, day("2027-06-30"), "decision.pdf"}), then(
		fact("2026-12-21", events.ListClosureDecided{Practice: code, Granted: true, Until: day("2027-06-30"), Document: "decision.pdf"}),
		follows("2026-12-21", events.DeadlineMet{Deadline: "D2.2"}),
		follows("2026-12-21", stated("D4.1", length)),
		follows("2026-12-21", listed("D4.2", deadline.ListClosureExtend, events.Practice, "2027-06-30"))))
	spec(t, "a decision acknowledges too, and without a last day starts nothing", applied, when(DecideListClosure{Dated: at("2026-12-21"), Practice: code, Granted: true}), then(
		fact("2026-12-21", events.ListClosureDecided{Practice: code, Granted: true}),
		follows("2026-12-21", events.DeadlineMet{Deadline: "D2.1"}), follows("2026-12-21", events.DeadlineMet{Deadline: "D2.2"})))
	spec(t, "after a refusal the practice waits", and(applied, ack), when(turned), then(
		fact("2026-12-21", events.ListClosureDecided{Practice: code}), follows("2026-12-21", events.DeadlineMet{Deadline: "D2.2"}),
		follows("2026-12-21", listed("D4.1", deadline.ListClosureReapply, events.Practice, "2026-12-21"))))
	spec(t, "which has no last day", applied, when(DecideListClosure{Dated: at("2026-12-21"), Practice: code, Until: day("2027-06-30")}), refused(ErrInvalid, "refused"))
	spec(t, "a closure does not end before it is decided", applied, when(DecideListClosure{Dated: at("2026-12-21"), Practice: code, Granted: true, Until: day("2026-12-20")}), refused(ErrInvalid, "earlier"))
	spec(t, "no decision without an application", given(joined(code)), when(grant), refused(ErrUnknownNumber, "no application"))
	spec(t, "nor two", and(applied, grant), when(turned), refused(ErrSettled, "Mon 21 Dec 2026"))
	spec(t, "nor before it", applied, when(DecideListClosure{Dated: at("2026-11-30"), Practice: code}), refused(ErrTooEarly, "received"))
	spec(t, "nor an acknowledgement after it", and(applied, grant), when(ack), refused(ErrSettled, "decided"))

	stands(t, "each date is counted by the Regulations", and(applied, ack, grant), "2026-12-22",
		"D2.1 2026-12-07 met", "D2.2 2026-12-21 met", "D4.1 2027-06-30 open", "D4.2 2027-05-05 open")
	stands(t, "another application overtakes the wait", and(applied, turned, ApplyListClosure{at("2027-01-04"), code, ""}), "2027-01-05",
		"D2.1 2026-12-07 met", "D2.2 2026-12-21 met", "D3.1 2027-03-20 superseded", "D4.1 2027-01-10 open", "D4.2 2027-01-24 open")
	stands(t, "one practice's clocks are not another's", given(joined(code, "A81002"), apply, ApplyListClosure{at("2026-12-01"), "A81002", ""}, ack), "2026-12-08",
		"D2.1 2026-12-07 met", "D2.2 2026-12-21 open", "D3.1 2026-12-07 missed", "D3.2 2026-12-21 open")
	stands(t, "a decision that was corrected to a refusal leaves the wait", and(applied, grant, change("3.1", `{"granted":false,"until":""}`)), "2026-12-22",
		"D2.1 2026-12-07 met", "D2.2 2026-12-21 met", "D4.1 2027-03-20 open")
	stands(t, "an acknowledgement that was retracted was never given", and(applied, ack, retract("3.1")), "2026-12-08", "D2.1 2026-12-07 missed", "D2.2 2026-12-21 open")
}

// stated is a clock under another ID.
func stated(id string, set events.DeadlineSet) events.DeadlineSet {
	set.Deadline = id
	return set
}

// awarding is a clock of the LMC about an award.
func awarding(id string, rule deadline.ID, on, document string) events.DeadlineSet {
	set := rule.Set(events.LMC)
	set.Deadline, set.Trigger, set.Document = id, day(on), document
	return set
}

func TestAnAwardFromItsNoticeToTheFurtherDecision(t *testing.T) {
	intend := PublishAwardIntention{at("2026-12-18"), "RTE", "notice.pdf"}
	decide := DecideAward{at("2026-12-30"), "RTE", "it stands", "decision.pdf"}
	intended := given(opened(), intend)

	spec(t, "the notice of intention starts the standstill", given(opened()), when(intend), then(
		fact("2026-12-18", events.AwardIntended{Provider: "RTE", Document: "notice.pdf"}),
		follows("2026-12-18", awarding("D2.1", deadline.PSRStandstill, "2026-12-18", "notice.pdf"))))
	spec(t, "to somebody", given(opened()), when(PublishAwardIntention{Dated: at("2026-12-18")}), refused(ErrMissing, "provider"))
	spec(t, "one at a time", intended, when(PublishAwardIntention{at("2026-12-19"), "RTE", ""}), refused(ErrSettled, "Fri 18 Dec 2026"))
	spec(t, "not before the case", given(opened()), when(PublishAwardIntention{at("2026-08-01"), "RTE", ""}), refused(ErrTooEarly, "opened"))
	spec(t, "the next after the decision", and(intended, decide), when(PublishAwardIntention{at("2026-12-29"), "RTE", ""}), refused(ErrTooEarly, "decided"))
	spec(t, "the further decision ends it, and can be put to the panel", intended, when(decide), then(
		fact("2026-12-30", events.AwardDecided{Provider: "RTE", Text: "it stands", Document: "decision.pdf"}),
		follows("2026-12-30", events.DeadlineMet{Deadline: "D2.1"}), follows("2026-12-30", awarding("D3.1", deadline.PSRPanel, "2026-12-30", "decision.pdf"))))
	spec(t, "says something", intended, when(DecideAward{Dated: at("2026-12-30")}), refused(ErrMissing, "decided"))
	spec(t, "about an award there is", given(opened()), when(decide), refused(ErrUnknownNumber, "no intention"))
	spec(t, "once", and(intended, decide), when(decide), refused(ErrSettled, "Wed 30 Dec 2026"))
	spec(t, "after the notice", intended, when(DecideAward{Dated: at("2026-12-17"), Text: "x"}), refused(ErrTooEarly, "published"))
	stands(t, "the holidays of England are not counted", intended, "2026-12-22", "D2.1 2027-01-04 open")
	stands(t, "a decision that was retracted leaves the standstill", and(intended, decide, retract("3.1")), "2026-12-31", "D2.1 2027-01-04 open")
}

func TestEvolvingAnAwardLeavesTheOldCaseAlone(t *testing.T) {
	was := Evolve(Case{}, fact("2026-12-18", events.AwardIntended{Provider: "RTE"}), fact("2026-12-18", events.ListClosureApplied{Practice: "A81001"}))
	_ = Evolve(was, fact("2026-12-30", events.AwardDecided{}), fact("2026-12-30", events.ListClosureDecided{Practice: "A81001", Granted: true}))
	same(t, Award{Provider: "RTE", Intended: day("2026-12-18")}, *was.Award)
	same(t, []calendar.Date{{}}, []calendar.Date{was.Closures[0].Decided})
}
