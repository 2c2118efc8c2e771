package negotiation

import (
	"testing"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/domain/directory"
	"parley/events"
)

func TestEvidence(t *testing.T) {
	position := events.ContractPositionRecorded{Position: events.RolledOver, TermEnd: day("2025-03-31"), Notice: period("3m")}
	spec(t, "a contract position is recorded", given(opened()), when(RecordContract{at("2026-09-02"), position}), then(fact("2026-09-02", position)))
	spec(t, "once", given(opened(), RecordContract{at("2026-09-02"), position}), when(RecordContract{at("2026-09-03"), position}), nothing())
	spec(t, "of a party", given(joined("A81001")), when(RecordContract{at("2026-09-02"), events.ContractPositionRecorded{Practice: "A81002", Position: events.Signed}}), refused(ErrNotParty))
	spec(t, "one of those there are", given(opened()), when(RecordContract{at("2026-09-02"), events.ContractPositionRecorded{Position: "vague"}}), refused(ErrInvalid, "rolled-over"))
	spec(t, "with a period that can be written down", given(opened()),
		when(RecordContract{at("2026-09-02"), events.ContractPositionRecorded{Position: events.Signed, Notice: calendar.Period{N: -1, Unit: calendar.Days}}}), refused(ErrInvalid, "-1d"))

	evidence := events.EvidenceRecorded{Activity: 1204, Unit: "blood test", From: day("2025-04-01"), Until: day("2026-03-31"), Source: "EMIS"}
	spec(t, "evidence is recorded", given(opened()), when(RecordEvidence{at("2026-09-02"), evidence}), then(fact("2026-09-02", evidence)))
	spec(t, "once", given(opened(), RecordEvidence{at("2026-09-02"), evidence}), when(RecordEvidence{at("2026-09-02"), evidence}), nothing())
	for what, c := range map[string]struct {
		change func(*events.EvidenceRecorded)
		why    error
	}{
		"of nothing":                 {func(e *events.EvidenceRecorded) { e.Activity = 0 }, ErrInvalid},
		"of less":                    {func(e *events.EvidenceRecorded) { e.Activity = -4 }, ErrInvalid},
		"without a unit":             {func(e *events.EvidenceRecorded) { e.Unit = "" }, ErrMissing},
		"without a source":           {func(e *events.EvidenceRecorded) { e.Source = "" }, ErrMissing},
		"without a beginning":        {func(e *events.EvidenceRecorded) { e.From = calendar.Date{} }, ErrMissing},
		"without an end":             {func(e *events.EvidenceRecorded) { e.Until = calendar.Date{} }, ErrMissing},
		"that ends before it begins": {func(e *events.EvidenceRecorded) { e.Until = day("2025-03-31") }, ErrInvalid},
		"counted up to a day ahead":  {func(e *events.EvidenceRecorded) { e.Until = day("2027-03-02") }, ErrFuture},
		"of a stranger":              {func(e *events.EvidenceRecorded) { e.Practice = "A81001" }, ErrNotParty},
		"from a patient":             {func(e *events.EvidenceRecorded) { e.Source = "record of 943 4765919" }, ErrPatientData},
	} {
		bad := evidence
		c.change(&bad)
		spec(t, "no evidence "+what, given(opened()), when(RecordEvidence{at("2026-09-02"), bad}), refused(c.why))
	}

	cost := events.CostRecorded{Pence: 612, Unit: "blood test", Basis: "11 minutes, band 3"}
	spec(t, "a cost is recorded", given(opened()), when(RecordCost{at("2026-09-02"), cost}), then(fact("2026-09-02", cost)))
	spec(t, "once", given(opened(), RecordCost{at("2026-09-02"), cost}), when(RecordCost{at("2026-09-03"), cost}), nothing())
	for _, c := range []struct {
		cost events.CostRecorded
		why  error
	}{
		{events.CostRecorded{Pence: -1, Unit: "x", Basis: "y"}, ErrInvalid},
		{events.CostRecorded{Pence: dearest + 1, Unit: "x", Basis: "y"}, ErrInvalid},
		{events.CostRecorded{Pence: 1, Basis: "y"}, ErrMissing},
		{events.CostRecorded{Pence: 1, Unit: "x"}, ErrMissing},
		{events.CostRecorded{Practice: "A81001", Pence: 1, Unit: "x", Basis: "y"}, ErrNotParty},
	} {
		spec(t, "no cost that makes no sense", given(opened()), when(RecordCost{at("2026-09-02"), c.cost}), refused(c.why))
	}

	mandate := events.MandateGiven{By: "LMC committee", FloorPence: 480, Text: "no less than cost"}
	spec(t, "a mandate is given", given(opened()), when(GiveMandate{at("2026-09-10"), mandate}), then(fact("2026-09-10", mandate)))
	spec(t, "once", given(opened(), GiveMandate{at("2026-09-10"), mandate}), when(GiveMandate{at("2026-09-11"), mandate}), nothing())
	for _, c := range []struct {
		mandate events.MandateGiven
		why     error
	}{
		{events.MandateGiven{Text: "x"}, ErrMissing},
		{events.MandateGiven{By: "x"}, ErrMissing},
		{events.MandateGiven{By: "x", Text: "y", FloorPence: -1}, ErrInvalid},
		{events.MandateGiven{By: "x", Text: "y", FloorPence: dearest + 1}, ErrInvalid},
	} {
		spec(t, "no mandate that makes no sense", given(opened()), when(GiveMandate{at("2026-09-10"), c.mandate}), refused(c.why))
	}
}

func TestDisputes(t *testing.T) {
	raise := RaiseDispute{at("2026-11-02"), events.Practice, events.LocalResolution, "payment after the term"}
	spec(t, "a dispute is raised", given(opened()), when(raise), then(
		fact("2026-11-02", events.DisputeRaised{Dispute: 1, By: events.Practice, Procedure: events.LocalResolution, About: "payment after the term"}),
		follows("2026-11-02", disputed("D2.1", deadline.DisputeAck, 1, events.ICB, "2026-11-02"))))
	raised := given(opened(), raise)
	spec(t, "another has its own number", raised, when(raise), then(
		fact("2026-11-02", events.DisputeRaised{Dispute: 2, By: events.Practice, Procedure: events.LocalResolution, About: "payment after the term"}),
		follows("2026-11-02", disputed("D3.1", deadline.DisputeAck, 2, events.ICB, "2026-11-02"))))
	for what, c := range map[string]struct {
		change func(*RaiseDispute)
		why    error
	}{
		"by nobody":                  {func(d *RaiseDispute) { d.By = "" }, ErrMissing},
		"by a hospital":              {func(d *RaiseDispute) { d.By = events.Provider }, ErrInvalid},
		"without a procedure":        {func(d *RaiseDispute) { d.Procedure = "" }, ErrMissing},
		"by a duel":                  {func(d *RaiseDispute) { d.Procedure = "duel" }, ErrInvalid},
		"about nothing":              {func(d *RaiseDispute) { d.About = "" }, ErrMissing},
		"before the case was opened": {func(d *RaiseDispute) { d.Dated = at("2026-08-31") }, ErrTooEarly},
		"about a patient":            {func(d *RaiseDispute) { d.About = "943-4765919" }, ErrPatientData},
	} {
		bad := raise
		c.change(&bad)
		spec(t, "no dispute "+what, given(opened()), when(bad), refused(c.why))
	}
	spec(t, "a step keeps the procedure", raised, when(StepDispute{Dated: at("2026-11-09"), Dispute: 1, Text: "met"}), then(
		fact("2026-11-09", events.DisputeStepped{Dispute: 1, Procedure: events.LocalResolution, Text: "met"})))
	spec(t, "or changes it", raised, when(StepDispute{at("2026-11-09"), 1, events.Mediation, "met"}), then(
		fact("2026-11-09", events.DisputeStepped{Dispute: 1, Procedure: events.Mediation, Text: "met"}),
		follows("2026-11-09", events.DeadlineSuperseded{Deadline: "D2.1", Why: "the dispute moved to another procedure"})))
	spec(t, "a step says what was done", raised, when(StepDispute{Dated: at("2026-11-09"), Dispute: 1}), refused(ErrMissing))
	spec(t, "by a known procedure", raised, when(StepDispute{at("2026-11-09"), 1, "duel", "met"}), refused(ErrInvalid))
	spec(t, "not before it was raised", raised, when(StepDispute{Dated: at("2026-11-01"), Dispute: 1, Text: "met"}), refused(ErrTooEarly))
	spec(t, "there must be such a dispute", raised, when(StepDispute{Dated: at("2026-11-09"), Dispute: 2, Text: "met"}), refused(ErrUnknownNumber, "no dispute 2"))
	determined := follows("2026-12-01", events.DeadlineSuperseded{Deadline: "D2.1", Why: "the dispute was determined"})
	determine := DetermineDispute{at("2026-12-01"), 1, events.Practice, "arrears to be paid"}
	spec(t, "a dispute is determined", raised, when(determine), then(fact("2026-12-01", events.DisputeDetermined{Dispute: 1, For: events.Practice, Text: "arrears to be paid"}), determined))
	spec(t, "for neither side", raised, when(DetermineDispute{Dated: at("2026-12-01"), Dispute: 1, Text: "a draw"}), then(fact("2026-12-01", events.DisputeDetermined{Dispute: 1, Text: "a draw"}), determined))
	spec(t, "for a side there is", raised, when(DetermineDispute{at("2026-12-01"), 1, "press", "x"}), refused(ErrInvalid))
	spec(t, "with its outcome", raised, when(DetermineDispute{Dated: at("2026-12-01"), Dispute: 1}), refused(ErrMissing))
	spec(t, "once", and(raised, determine), when(determine), refused(ErrSettled, "Tue 1 Dec 2026"))
	spec(t, "and takes no more steps", and(raised, determine), when(StepDispute{Dated: at("2026-12-02"), Dispute: 1, Text: "x"}), refused(ErrSettled))
}

func TestCorrespondence(t *testing.T) {
	ask := SendFOI{Dated: at("2026-11-02"), About: "spend on phlebotomy", Document: "foi.pdf"}
	spec(t, "a request goes to the case's ICB", given(opened()), when(ask), then(
		fact("2026-11-02", events.FOISent{Request: 1, To: "QR1", ToName: gloucestershire, About: "spend on phlebotomy", Document: "foi.pdf"}), follows("2026-11-02", respond("D2.1", 1, events.ICB))))
	spec(t, "or to another body", given(opened(), ask), when(SendFOI{at("2026-11-02"), "RTE", "activity", ""}), then(
		fact("2026-11-02", events.FOISent{Request: 2, To: "RTE", About: "activity"}), follows("2026-11-02", respond("D3.1", 2, events.Provider))))
	spec(t, "with a code", given(opened()), when(SendFOI{at("2026-11-02"), "the trust", "activity", ""}), refused(ErrInvalid, "the trust"))
	spec(t, "not to an ICB that is gone", given(opened()), when(SendFOI{at("2026-11-02"), "QMJ", "activity", ""}), refused(directory.ErrAbolished))
	spec(t, "about something", given(opened()), when(SendFOI{Dated: at("2026-11-02")}), refused(ErrMissing))
	spec(t, "not before the case was opened", given(opened()), when(SendFOI{Dated: at("2026-08-31"), About: "x"}), refused(ErrTooEarly))
	asked := given(opened(), ask)
	answer := AnswerFOI{at("2026-12-01"), 1, events.Partly, "s.43", "answer.pdf"}
	spec(t, "it is answered", asked, when(answer), then(
		fact("2026-12-01", events.FOIAnswered{Request: 1, Outcome: events.Partly, Text: "s.43", Document: "answer.pdf"}),
		follows("2026-12-01", events.DeadlineMet{Deadline: "D2.1"}), follows("2026-12-01", review("D3.1", "2026-12-01"))))
	spec(t, "alike again is nothing new", and(asked, answer), when(answer), nothing())
	spec(t, "otherwise is a correction", and(asked, answer), when(AnswerFOI{at("2026-12-02"), 1, events.Refused, "", ""}), refused(ErrSettled, "correct"))
	spec(t, "by its number", asked, when(AnswerFOI{at("2026-12-01"), 2, events.Partly, "", ""}), refused(ErrUnknownNumber, "no request 2"))
	spec(t, "with an outcome", asked, when(AnswerFOI{Dated: at("2026-12-01"), Request: 1}), refused(ErrMissing))
	spec(t, "not before it was sent", asked, when(AnswerFOI{at("2026-11-01"), 1, events.Partly, "", ""}), refused(ErrTooEarly, "sent"))

	letter := events.LetterLogged{Direction: events.In, With: events.ICB, Method: events.Email, Subject: "your offer", Document: "l1.pdf"}
	spec(t, "a letter is logged, even one from before the case", given(opened()), when(LogLetter{at("2026-08-01"), letter}), then(fact("2026-08-01", letter)))
	for _, c := range []struct {
		change func(*events.LetterLogged)
		why    error
	}{
		{func(l *events.LetterLogged) { l.Direction = "" }, ErrMissing},
		{func(l *events.LetterLogged) { l.With = "press" }, ErrInvalid},
		{func(l *events.LetterLogged) { l.Method = "fax" }, ErrInvalid},
		{func(l *events.LetterLogged) { l.Subject = "" }, ErrMissing},
		{func(l *events.LetterLogged) { l.Subject = "Re: 943 476 5919" }, ErrPatientData},
		{func(l *events.LetterLogged) { l.Document = "9434765919.pdf" }, ErrPatientData},
	} {
		bad := letter
		c.change(&bad)
		spec(t, "no letter that makes no sense", given(opened()), when(LogLetter{at("2026-10-01"), bad}), refused(c.why))
	}
	spec(t, "a meeting is logged", given(opened()), when(LogMeeting{at("2026-10-01"), events.MeetingLogged{With: events.Provider, Text: "agreed to disagree"}}),
		then(fact("2026-10-01", events.MeetingLogged{With: events.Provider, Text: "agreed to disagree"})))
	spec(t, "with somebody", given(opened()), when(LogMeeting{at("2026-10-01"), events.MeetingLogged{Text: "x"}}), refused(ErrMissing))
	spec(t, "about something", given(opened()), when(LogMeeting{at("2026-10-01"), events.MeetingLogged{With: events.ICB}}), refused(ErrMissing))
	spec(t, "a note is added, as often as it is said", given(opened(), AddNote{at("2026-10-01"), "x"}), when(AddNote{at("2026-10-01"), "x"}), then(fact("2026-10-01", events.NoteAdded{Text: "x"})))
	spec(t, "not an empty one", given(opened()), when(AddNote{Text: " "}), refused(ErrMissing))
	spec(t, "not tomorrow's", given(opened()), when(AddNote{at("2027-03-02"), "x"}), refused(ErrFuture, "when it has happened"))
	spec(t, "not about a patient", given(opened()), when(AddNote{Text: "Mrs X (943 476 5919) phoned"}), refused(ErrPatientData, "…919"))
}

func TestStage(t *testing.T) {
	dispute := RaiseDispute{at("2026-11-20"), events.LMC, events.Mediation, "x"}
	offer := bid("2026-11-01", events.ICB, 450, "")
	accept := AcceptOffer{Dated: at("2026-11-10"), Offer: 1}
	for _, c := range []struct {
		what  string
		told  []Command
		today string
		want  Stage
	}{
		{"nothing yet", given(opened()), today, StagePreparing},
		{"guidance is preparation", guided("A81001"), today, StagePreparing},
		{"an offer is on the table", given(opened(), offer), today, StageNegotiating},
		{"a rejected offer is still negotiation", given(opened(), offer, RejectOffer{Dated: at("2026-11-02"), Offer: 1}), today, StageNegotiating},
		{"a notice runs, on its last day too", serving("A81001"), "2027-01-31", StageNotice},
		{"an acknowledged one too", and(serving("A81001"), AcknowledgeNotice{Dated: at("2026-11-01"), Practices: []string{"A81001"}}), "2026-12-01", StageNotice},
		{"a running notice outranks an offer", and(serving("A81001"), offer), "2026-12-01", StageNotice},
		{"all notices ran out", serving("A81001", "A81002"), "2027-02-01", StageCeased},
		{"one ran out and one runs", and(guided("A81001", "A81002"), notice("2026-10-31", "A81001"), notice("2026-11-30", "A81002")), "2027-02-01", StageNotice},
		{"notices were withdrawn", and(serving("A81001"), WithdrawNotice{Dated: at("2026-11-01"), Practices: []string{"A81001"}}), "2027-02-01", StagePreparing},
		{"agreed", and(serving("A81001"), offer, accept), "2027-02-01", StageAgreed},
		{"agreed with a notice running on", and(serving("A81001"), offer, AcceptOffer{at("2026-11-10"), 1, true}), "2026-12-01", StageAgreed},
		{"the agreement fell through", given(opened(), offer, accept, WithdrawOffer{Dated: at("2026-11-12"), Offer: 1}), today, StageNegotiating},
		{"a dispute outranks an agreement", given(opened(), offer, accept, dispute), today, StageDisputed},
		{"until it is determined", given(opened(), offer, accept, dispute, DetermineDispute{Dated: at("2026-12-01"), Dispute: 1, Text: "x"}), today, StageAgreed},
		{"closed", given(opened(), dispute, Close{Dated: at("2026-12-01"), Outcome: events.Withdrawn}), today, StageClosed},
		{"reopened", given(opened(), dispute, Close{Dated: at("2026-12-01"), Outcome: events.Withdrawn}, Reopen{Dated: at("2026-12-02"), Why: "x"}), today, StageDisputed},
	} {
		t.Run(c.what, func(t *testing.T) {
			s := newStory(t)
			s.tell(c.told...)
			if got := s.file.Case.Stage(day(c.today)); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}
