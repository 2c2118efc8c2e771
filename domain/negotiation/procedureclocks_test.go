package negotiation

import (
	"fmt"
	"testing"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

// respond is the clock of a request that was sent on 2 November 2026.
func respond(id string, request int, owner events.Party) events.DeadlineSet {
	set := deadline.FOIRespond.Set(owner)
	set.Deadline, set.Request, set.Trigger = id, request, day("2026-11-02")
	return set
}

// review is the clock within which to ask for a review of the answer to request 1.
func review(id, on string) events.DeadlineSet {
	return requested(id, deadline.FOIReviewRequest, events.LMC, on)
}

// requested is a clock about request 1.
func requested(id string, rule deadline.ID, owner events.Party, on string) events.DeadlineSet {
	set := rule.Set(owner)
	set.Deadline, set.Request, set.Trigger = id, 1, day(on)
	return set
}

// disputed is a clock about a dispute.
func disputed(id string, rule deadline.ID, dispute int, owner events.Party, on string) events.DeadlineSet {
	set := rule.Set(owner)
	set.Deadline, set.Dispute, set.Trigger = id, dispute, day(on)
	return set
}

// standings returns the clocks of a case as they stand on a day: ID, due date, status.
func standings(c Case, on string) []string {
	var all []string
	for _, clock := range c.Deadlines {
		all = append(all, fmt.Sprintf("%s %s %s", clock.Deadline, clock.Due(calendar.Builtin()), clock.Status(calendar.Builtin(), day(on))))
	}
	return all
}

func stands(t *testing.T, what string, told []Command, on string, want ...string) {
	t.Helper()
	t.Run(what, func(t *testing.T) {
		t.Helper()
		s := newStory(t)
		s.tell(told...)
		same(t, want, standings(s.file.Case, on))
	})
}

func TestARequestFromItsSendingToItsReview(t *testing.T) {
	sent := given(opened(), SendFOI{Dated: at("2026-11-02"), About: "spend"})
	answered := and(sent, AnswerFOI{Dated: at("2026-11-30"), Request: 1, Outcome: events.Refused})
	ask := AskFOIReview{Dated: at("2026-12-14"), Request: 1, Why: "s.43 does not fit", Document: "review.pdf"}
	asked := and(answered, ask)
	reply := AnswerFOIReview{Dated: at("2027-01-11"), Request: 1, Outcome: events.Refused, Text: "upheld", Document: "outcome.pdf"}

	spec(t, "an answer that discloses all ends it", sent, when(AnswerFOI{Dated: at("2026-11-30"), Request: 1, Outcome: events.Disclosed}), then(
		fact("2026-11-30", events.FOIAnswered{Request: 1, Outcome: events.Disclosed}), follows("2026-11-30", events.DeadlineMet{Deadline: "D2.1"})))
	spec(t, "of any other a review can be asked", answered, when(ask), then(
		fact("2026-12-14", events.FOIReviewAsked{Request: 1, Why: "s.43 does not fit", Document: "review.pdf"}),
		follows("2026-12-14", events.DeadlineMet{Deadline: "D3.1"}), follows("2026-12-14", requested("D4.1", deadline.FOIReviewAnswer, events.ICB, "2026-12-14"))))
	spec(t, "for a reason", answered, when(AskFOIReview{Dated: at("2026-12-14"), Request: 1}), refused(ErrMissing, "reason"))
	spec(t, "once", asked, when(ask), refused(ErrSettled, "Mon 14 Dec 2026"))
	spec(t, "not before the answer", answered, when(AskFOIReview{Dated: at("2026-11-29"), Request: 1, Why: "x"}), refused(ErrTooEarly, "Mon 30 Nov 2026"))
	spec(t, "of a request there is", answered, when(AskFOIReview{Dated: at("2026-12-14"), Request: 2, Why: "x"}), refused(ErrUnknownNumber, "no request 2"))
	spec(t, "its outcome leaves the Commissioner", asked, when(reply), then(
		fact("2027-01-11", events.FOIReviewAnswered{Request: 1, Outcome: events.Refused, Text: "upheld", Document: "outcome.pdf"}),
		follows("2027-01-11", events.DeadlineMet{Deadline: "D4.1"}), follows("2027-01-11", requested("D5.1", deadline.FOIComplain, events.LMC, "2027-01-11"))))
	spec(t, "unless it discloses all", asked, when(AnswerFOIReview{Dated: at("2027-01-11"), Request: 1, Outcome: events.Disclosed}), then(
		fact("2027-01-11", events.FOIReviewAnswered{Request: 1, Outcome: events.Disclosed}), follows("2027-01-11", events.DeadlineMet{Deadline: "D4.1"})))
	spec(t, "a review that was not asked for has no outcome", answered, when(reply), refused(ErrUnknownNumber, "review of request 1"))
	spec(t, "one that was has one outcome", and(asked, reply), when(reply), refused(ErrSettled, "Mon 11 Jan 2027"))
	spec(t, "of those there are", asked, when(AnswerFOIReview{Dated: at("2027-01-11"), Request: 1, Outcome: "lost"}), refused(ErrInvalid, "not-held"))
	spec(t, "not before it was asked for", asked, when(AnswerFOIReview{Dated: at("2026-12-13"), Request: 1, Outcome: events.Refused}), refused(ErrTooEarly, "asked for"))

	stands(t, "each step has its own clock, a Scottish holiday among the days that do not count", and(asked, reply), today,
		"D2.1 2026-12-01 met", "D3.1 2027-01-29 met", "D4.1 2027-01-15 met", "D5.1 2027-02-21 missed")
	stands(t, "a review of silence leaves the answer due", and(sent, AskFOIReview{Dated: at("2026-12-14"), Request: 1, Why: "no answer"}), "2026-12-15",
		"D2.1 2026-12-01 missed", "D3.1 2027-01-15 open")
	stands(t, "the answer, if it comes after all, starts no second review", and(sent, AskFOIReview{Dated: at("2026-12-14"), Request: 1, Why: "no answer"},
		AnswerFOI{Dated: at("2026-12-15"), Request: 1, Outcome: events.Refused}), "2026-12-15", "D2.1 2026-12-01 met", "D3.1 2027-01-15 open")
	stands(t, "the outcome of the review takes its place", and(sent, AskFOIReview{Dated: at("2026-12-14"), Request: 1, Why: "no answer"},
		AnswerFOIReview{Dated: at("2027-01-15"), Request: 1, Outcome: events.Disclosed}), "2027-01-16", "D2.1 2026-12-01 superseded", "D3.1 2027-01-15 met")
	stands(t, "an answer that was corrected to disclose all leaves nothing to review", and(answered, change("3.1", `{"outcome":"disclosed"}`)), today, "D2.1 2026-12-01 met")
	stands(t, "one that was retracted was never given", and(answered, retract("3.1")), "2026-12-01", "D2.1 2026-12-01 open")
}

func TestDisputesStartAndStopClocks(t *testing.T) {
	mediation := RaiseDispute{at("2026-11-02"), events.ICB, events.Mediation, "the notices"}
	spec(t, "a dispute under the NHS Standard Contract is negotiated first, by the side that did not raise it", given(opened()), when(mediation), then(
		fact("2026-11-02", events.DisputeRaised{Dispute: 1, By: events.ICB, Procedure: events.Mediation, About: "the notices"}),
		follows("2026-11-02", disputed("D2.1", deadline.DisputeNegotiation, 1, events.LMC, "2026-11-02"))))
	spec(t, "NHS dispute resolution has dates in its notices, and no clock of its own", given(opened()), when(RaiseDispute{at("2026-11-02"), events.LMC, events.NHSDisputeResolution, "x"}), then(
		fact("2026-11-02", events.DisputeRaised{Dispute: 1, By: events.LMC, Procedure: events.NHSDisputeResolution, About: "x"})))
	spec(t, "an expert is not negotiated with", given(opened(), mediation), when(StepDispute{at("2026-11-20"), 1, events.ExpertDetermination, "no agreement"}), then(
		fact("2026-11-20", events.DisputeStepped{Dispute: 1, Procedure: events.ExpertDetermination, Text: "no agreement"}),
		follows("2026-11-20", events.DeadlineSuperseded{Deadline: "D2.1", Why: "the dispute moved to another procedure"})))
	spec(t, "a dispute that is sent back to the parties is to be acknowledged", given(opened(), mediation), when(StepDispute{at("2026-11-20"), 1, events.LocalResolution, "sent back"}), then(
		fact("2026-11-20", events.DisputeStepped{Dispute: 1, Procedure: events.LocalResolution, Text: "sent back"}),
		follows("2026-11-20", events.DeadlineSuperseded{Deadline: "D2.1", Why: "the dispute moved to another procedure"}),
		follows("2026-11-20", disputed("D3.1", deadline.DisputeAck, 1, events.LMC, "2026-11-20"))))
	stands(t, "the clocks of one dispute are not those of another", given(opened(), mediation, RaiseDispute{at("2026-11-03"), events.Practice, events.LocalResolution, "y"},
		DetermineDispute{Dated: at("2026-11-05"), Dispute: 2, Text: "z"}), "2026-11-06", "D2.1 2026-11-20 open", "D3.1 2026-11-09 superseded")
}
