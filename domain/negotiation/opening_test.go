package negotiation

import (
	"testing"

	"parley/domain/catalogue"
	"parley/domain/directory"
	"parley/events"
)

const gloucestershire = "NHS Gloucestershire Integrated Care Board"

func opening(on string, practices ...string) OpenCase {
	return OpenCase{at(on), "GLO-26-0001", "GLO", "QR1", "phlebotomy-secondary", "Bloods for hospitals", practices}
}

// joined is a case with these practices, opened on 1 September 2026.
func joined(practices ...string) Command { return opening("2026-09-01", practices...) }

// opened is a case without practices.
func opened() Command { return joined() }

func TestOpening(t *testing.T) {
	open := opening("2026-09-01", "A81001", "A81002", "A81001")
	spec(t, "a case is opened with its practices, each once, under the names they had",
		given(), when(open), then(
			fact("2026-09-01", events.CaseOpened{Ref: "GLO-26-0001", LMC: "GLO", ICB: "QR1", ICBName: gloucestershire, Service: "phlebotomy-secondary", Title: "Bloods for hospitals"}),
			fact("2026-09-01", events.PracticeJoined{Practice: "A81001", Name: "SURGERY A81001"}),
			fact("2026-09-01", events.PracticeJoined{Practice: "A81002", Name: "SURGERY A81002"}),
		))
	spec(t, "a case is opened once", given(opened()), when(open), refused(ErrOpened, "GLO-26-0001"))
	spec(t, "what is not open takes nothing", given(), when(AddNote{Text: "x"}), refused(ErrNotOpened))
	spec(t, "nor a correction", given(), when(Correct{Event: events.EventID{Version: 1, Index: 1}, Why: "x", Retract: true}), refused(ErrNotOpened))
	for what, c := range map[string]struct {
		change func(*OpenCase)
		why    error
		says   string
	}{
		"without a title":                      {func(o *OpenCase) { o.Title = "" }, ErrMissing, "a title"},
		"with a title of nothing but spaces":   {func(o *OpenCase) { o.Title = " \t\n" }, ErrMissing, "a title"},
		"without its LMC":                      {func(o *OpenCase) { o.LMC = "" }, ErrMissing, "LMC"},
		"in the future":                        {func(o *OpenCase) { o.Dated = at("2027-03-02") }, ErrFuture, "Tue 2 Mar 2027"},
		"about an unknown service":             {func(o *OpenCase) { o.Service = "blood" }, catalogue.ErrUnknownService, "blood"},
		"with a malformed ICB":                 {func(o *OpenCase) { o.ICB = "qr1" }, directory.ErrMalformedCode, "qr1"},
		"with an unknown ICB":                  {func(o *OpenCase) { o.ICB = "QZZ" }, directory.ErrUnknownCommissioner, "QZZ"},
		"with an ICB that does not exist yet":  {func(o *OpenCase) { o.ICB, o.Dated = "S1Y5D", at("2026-03-31") }, directory.ErrNotYetEstablished, "1 April 2026"},
		"with an abolished ICB, of several":    {func(o *OpenCase) { o.ICB = "QNQ" }, directory.ErrAbolished, "(S0E4D), NHS Surrey and Sussex Integrated Care Board (S9B9J) and "},
		"with a malformed practice":            {func(o *OpenCase) { o.Practices = []string{"81001"} }, directory.ErrMalformedCode, "81001"},
		"with an unknown practice":             {func(o *OpenCase) { o.Practices = []string{"A81001", "A89999"} }, directory.ErrUnknownPractice, "A89999"},
		"with a practice that closed":          {func(o *OpenCase) { o.Practices = []string{"A83001"} }, directory.ErrNotOpen, "31 March 2025"},
		"with a practice of another ICB":       {func(o *OpenCase) { o.Practices = []string{"A82001"} }, ErrOtherICB, "QHM"},
		"with an NHS number in its title":      {func(o *OpenCase) { o.Title = "Bloods of 943 476 5919" }, ErrPatientData, "919"},
		"with a title that is a whole letter":  {func(o *OpenCase) { o.Title = long(10_001) }, ErrTooLong, "10001 characters"},
		"with too many letters of two bytes":   {func(o *OpenCase) { o.Title = long(10_001, "é") }, ErrTooLong, "10001 characters"},
		"under an LMC that is an NHS number":   {func(o *OpenCase) { o.LMC = "9434765919" }, ErrPatientData, ""},
		"with practices before ICBs had them ": {func(o *OpenCase) { o.Dated = at("2022-06-30") }, directory.ErrNotYetEstablished, ""},
	} {
		refusedOpening := open
		c.change(&refusedOpening)
		spec(t, "a case is not opened "+what, given(), when(refusedOpening), refused(c.why, c.says))
	}
	spec(t, "the longest title that is allowed", given(), when(OpenCase{at("2026-09-01"), "GLO-26-0001", "GLO", "QR1", "phlebotomy-secondary", long(10_000, "é"), nil}),
		then(fact("2026-09-01", events.CaseOpened{Ref: "GLO-26-0001", LMC: "GLO", ICB: "QR1", ICBName: gloucestershire, Service: "phlebotomy-secondary", Title: long(10_000, "é")})))
}

func long(n int, letter ...string) string {
	letter = append(letter, "x")
	var text []byte
	for range n {
		text = append(text, letter[0]...)
	}
	return string(text)
}

func TestJoiningAndLeaving(t *testing.T) {
	spec(t, "practices join; those that are parties stay as they are",
		given(joined("A81001")), when(Join{at("2026-09-20"), []string{"A81001", "A81002"}}),
		then(fact("2026-09-20", events.PracticeJoined{Practice: "A81002", Name: "SURGERY A81002"})))
	spec(t, "joining twice is joining once", given(joined("A81001")), when(Join{at("2026-09-20"), []string{"A81001"}}), nothing())
	spec(t, "nobody joins", given(opened()), when(Join{Dated: at("2026-09-20")}), refused(ErrMissing))
	spec(t, "one that cannot join keeps all out", given(opened()), when(Join{at("2026-09-20"), []string{"A81001", "A83001"}}), refused(directory.ErrNotOpen))
	spec(t, "a practice of an ICB that the case's ICB succeeded joins",
		given(OpenCase{at("2026-09-01"), "NCL-26-0001", "NCL", "Z9B2Z", "phlebotomy-secondary", "x", nil}), when(Join{at("2026-09-20"), []string{"A84001"}}),
		then(fact("2026-09-20", events.PracticeJoined{Practice: "A84001", Name: "SURGERY A84001"})))
	spec(t, "a practice leaves", given(joined("A81001", "A81002")), when(Leave{at("2026-10-01"), []string{"A81002", "A81002"}, "a contract of its own"}),
		then(fact("2026-10-01", events.PracticeLeft{Practice: "A81002", Why: "a contract of its own"})))
	left := given(joined("A81001"), Leave{at("2026-10-01"), []string{"A81001"}, ""})
	spec(t, "leaving twice is leaving once", left, when(Leave{at("2026-10-02"), []string{"A81001"}, ""}), nothing())
	spec(t, "nobody leaves", given(joined("A81001")), when(Leave{Dated: at("2026-10-01")}), refused(ErrMissing))
	spec(t, "a stranger cannot leave", given(joined("A81001")), when(Leave{at("2026-10-01"), []string{"A81002"}, ""}), refused(ErrNotParty, "A81002"))
	spec(t, "nobody leaves before they joined", given(joined("A81001")), when(Leave{at("2026-08-31"), []string{"A81001"}, ""}), refused(ErrTooEarly, "joined"))
	spec(t, "a practice with a running notice cannot leave", given(serving("A81001")...), when(Leave{at("2026-11-10"), []string{"A81001"}, ""}), refused(ErrNoticeRunning, "Sun 31 Jan 2027"))
	spec(t, "one that left comes back", left, when(Join{at("2026-11-01"), []string{"A81001"}}),
		then(fact("2026-11-01", events.PracticeJoined{Practice: "A81001", Name: "SURGERY A81001"})))
	spec(t, "but not before it left", left, when(Join{at("2026-09-30"), []string{"A81001"}}), refused(ErrTooEarly, "left"))
	spec(t, "one that left is no party", left, when(Advise{at("2026-11-01"), []string{"A81001"}, "x"}), refused(ErrNotParty))
}

func TestTransferAndAssignment(t *testing.T) {
	spec(t, "another ICB takes over", given(opened()), when(Transfer{at("2026-10-01"), "QHM", "the wrong one"}),
		then(fact("2026-10-01", events.CommissionerChanged{ICB: "QHM", ICBName: "NHS North East and North Cumbria Integrated Care Board", Why: "the wrong one"})))
	spec(t, "the same ICB takes over nothing", given(opened()), when(Transfer{at("2026-10-01"), "QR1", ""}), nothing())
	spec(t, "an abolished ICB takes over nothing", given(opened()), when(Transfer{at("2026-10-01"), "QMJ", ""}), refused(directory.ErrAbolished, "Z9B2Z"))
	spec(t, "a case is assigned", given(opened()), when(Assign{at("2026-10-01"), "j.doe"}), then(fact("2026-10-01", events.CaseAssigned{Caseworker: "j.doe"})))
	spec(t, "once", given(opened(), Assign{at("2026-10-01"), "j.doe"}), when(Assign{at("2026-10-02"), "j.doe"}), nothing())
	spec(t, "to somebody", given(opened()), when(Assign{at("2026-10-01"), ""}), refused(ErrMissing, "caseworker"))
}

func TestClosingAndReopening(t *testing.T) {
	closing := Close{Dated: at("2026-12-01"), Outcome: events.Withdrawn, Text: "all happy"}
	closed := given(joined("A81001"), closing)
	spec(t, "a case is closed", given(opened()), when(closing), then(fact("2026-12-01", events.CaseClosed{Outcome: events.Withdrawn, Text: "all happy"})))
	spec(t, "closing it alike again changes nothing", closed, when(closing), nothing())
	spec(t, "closing it otherwise is refused", closed, when(Close{Dated: at("2026-12-02"), Outcome: events.Ceased}), refused(ErrClosed, "withdrawn"))
	spec(t, "closing needs an outcome", given(opened()), when(Close{Dated: at("2026-12-01")}), refused(ErrMissing, "resourced, ceased"))
	spec(t, "one of those there are", given(opened()), when(Close{Dated: at("2026-12-01"), Outcome: "won"}), refused(ErrInvalid, `"won"`))
	spec(t, "a merged case says into which", given(opened()), when(Close{Dated: at("2026-12-01"), Outcome: events.Merged}), refused(ErrMissing))
	spec(t, "and not into itself", given(opened()), when(Close{Dated: at("2026-12-01"), Outcome: events.Merged, Into: "GLO-26-0001"}), refused(ErrMissing))
	spec(t, "only a merged one", given(opened()), when(Close{Dated: at("2026-12-01"), Outcome: events.Ceased, Into: "GLO-26-0002"}), refused(ErrInvalid))
	spec(t, "merged", given(opened()), when(Close{Dated: at("2026-12-01"), Outcome: events.Merged, Into: "GLO-26-0002"}),
		then(fact("2026-12-01", events.CaseClosed{Outcome: events.Merged, Into: "GLO-26-0002"})))
	spec(t, "nothing was resourced without an agreement", given(opened()), when(Close{Dated: at("2026-12-01"), Outcome: events.Resourced}), refused(ErrNotAgreed))
	spec(t, "nothing is closed before it was opened", given(opened()), when(Close{Dated: at("2026-08-31"), Outcome: events.Withdrawn}), refused(ErrTooEarly))
	running := serving("A81001") // to 31 January 2027
	spec(t, "not while a notice runs", running, when(Close{Dated: at("2027-01-31"), Outcome: events.Ceased}), refused(ErrNoticeRunning, "A81001", "Sun 31 Jan 2027"))
	spec(t, "once it has run out", running, when(Close{Dated: at("2027-02-01"), Outcome: events.Ceased}), then(fact("2027-02-01", events.CaseClosed{Outcome: events.Ceased})))

	spec(t, "a closed case takes a note", closed, when(AddNote{Text: "x"}), then(fact(today, events.NoteAdded{Text: "x"})))
	spec(t, "and corrections", closed, when(Correct{Event: events.EventID{Version: 2, Index: 1}, Why: "not yet", Retract: true}),
		then(fact(today, events.EventRetracted{Event: events.EventID{Version: 2, Index: 1}, Why: "not yet"})))
	for _, cmd := range []Command{
		Join{Practices: []string{"A81002"}},
		Leave{Practices: []string{"A81001"}},
		Transfer{ICB: "QHM"},
		Assign{Caseworker: "j"},
		proposal(events.LMC, 500),
		Advise{Practices: []string{"A81001"}, Text: "x"},
		RaiseDispute{By: events.LMC, Procedure: events.Mediation, About: "x"},
		SendFOI{About: "x"},
		LogMeeting{Meeting: events.MeetingLogged{With: events.ICB, Text: "x"}},
		GiveMandate{Mandate: events.MandateGiven{By: "x", Text: "y"}},
	} {
		spec(t, "and nothing else", closed, when(cmd), refused(ErrClosed, "notes, corrections and reopening"))
	}
	spec(t, "it is reopened", closed, when(Reopen{Dated: at("2026-12-20"), Why: "they stopped paying"}), then(fact("2026-12-20", events.CaseReopened{Why: "they stopped paying"})))
	spec(t, "for a reason", closed, when(Reopen{Dated: at("2026-12-20"), Why: ""}), refused(ErrMissing))
	spec(t, "not before it was closed", closed, when(Reopen{Dated: at("2026-11-30"), Why: "x"}), refused(ErrTooEarly, "was closed"))
	spec(t, "an open case is not reopened", given(opened()), when(Reopen{Dated: at("2026-12-20"), Why: "x"}), refused(ErrNotClosed))
}
