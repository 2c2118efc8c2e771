package negotiation

import (
	"encoding/json"
	"testing"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/domain/directory"
	"parley/events"
)

// id reads the number of an event, 3.1.
func id(s string) events.EventID {
	n, err := events.ParseEventID(s)
	if err != nil {
		panic(err)
	}
	return n
}

func retract(event string) Correct {
	return Correct{Dated: at(today), Event: id(event), Why: "a slip", Retract: true}
}

func move(event, to string) Correct {
	return Correct{Dated: at(today), Event: id(event), Why: "a slip", Moved: day(to)}
}

func change(event, fields string) Correct {
	return Correct{Dated: at(today), Event: id(event), Why: "a slip", Fields: json.RawMessage(fields)}
}

func retracted(event string) events.EventRetracted {
	return events.EventRetracted{Event: id(event), Why: "a slip"}
}

func replaced(event string, with ...events.Fact) events.EventReplaced {
	return events.EventReplaced{Event: id(event), Why: "a slip", With: with}
}

// amended is the replacement of a fact that another correction made turn out otherwise.
func amended(event string, with ...events.Fact) events.Fact {
	return follows(today, events.EventReplaced{Event: id(event), Why: "it follows from the correction", With: with})
}

func TestRetracting(t *testing.T) {
	noted := given(opened(), AddNote{at("2026-10-01"), "a"}, AddNote{at("2026-10-02"), "b"})
	spec(t, "what did not happen is retracted", noted, when(retract("2.1")), then(fact(today, retracted("2.1"))))
	spec(t, "once", and(noted, retract("2.1")), when(retract("2.1")), nothing())
	spec(t, "for a reason", noted, when(Correct{Event: id("2.1"), Retract: true}), refused(ErrMissing, "reason"))
	spec(t, "what is there", noted, when(retract("4.1")), refused(ErrUnknownEvent, "4.1"))
	spec(t, "at its place", noted, when(retract("2.2")), refused(ErrUnknownEvent, "2.2"))
	spec(t, "not nothing", noted, when(Correct{Why: "x", Retract: true}), refused(ErrUnknownEvent))
	spec(t, "a correction says what was wrong", noted, when(Correct{Event: id("2.1"), Why: "x"}), refused(ErrMissing, "what was wrong"))
	both := retract("2.1")
	both.Moved = day("2026-10-03")
	spec(t, "and not two things", noted, when(both), refused(ErrCorrection, "not both"))
	spec(t, "the opening stays", noted, when(retract("1.1")), refused(ErrCorrection, "close the case"))
	spec(t, "what is gone is not changed", and(noted, retract("2.1")), when(change("2.1", `{"text":"c"}`)), refused(ErrCorrection, "retracted by 4.1"))
	spec(t, "a retraction is retracted, and the event is back", and(noted, retract("2.1")), when(retract("4.1")), then(fact(today, retracted("4.1"))))
	spec(t, "and can be changed again", and(noted, retract("2.1"), retract("4.1")), when(change("2.1", `{"text":"c"}`)),
		then(fact(today, replaced("2.1", fact("2026-10-01", events.NoteAdded{Text: "c"})))))
	spec(t, "a correction is not changed", and(noted, retract("2.1")), when(change("4.1", `{"why":"c"}`)), refused(ErrCorrection, "itself a correction"))
	spec(t, "what followed is not corrected by itself", serving("A81001"), when(retract("3.2")), refused(ErrCorrection, "deadline-set", "follows from the one before"))
	spec(t, "a notice falls with its clock", serving("A81001"), when(retract("3.1")), then(fact(today, retracted("3.1"))))
	spec(t, "one practice's notice of many", serving("A81001", "A81002"), when(retract("3.4")), func(t *testing.T, facts []events.Fact, err error) {
		then(fact(today, retracted("3.4")))(t, facts, err)
		s := newStory(t)
		s.tell(serving("A81001", "A81002")...)
		s.record(facts)
		same(t, map[NoticeState]int{Served: 1, Guided: 1}, states(s.file.Case, "2026-11-01"))
		if len(s.file.Case.Deadlines) != 2 || s.file.Case.Deadlines[0].Practice != "A81001" {
			t.Errorf("%+v", s.file.Case.Deadlines)
		}
	})
}

func TestCorrectionsThatLaterFactsRestOn(t *testing.T) {
	running := serving("A81001") // 1 opened and joined, 2 guided, 3 served
	offered := given(opened(), bid("2026-10-05", events.ICB, 450, "2026-10-26"))
	accepted := and(offered, AcceptOffer{Dated: at("2026-10-19"), Offer: 1})
	raised := given(opened(), RaiseDispute{at("2026-11-02"), events.LMC, events.Mediation, "x"})
	for what, c := range map[string]struct {
		told []Command
		cmd  Correct
		says string
	}{
		"guidance under a notice":             {running, retract("2.1"), "event 3.1 (notice-served) could not stand"},
		"guidance moved after a notice":       {running, move("2.1", "2026-11-01"), "no LMC guidance"},
		"joining under guidance":              {running, retract("1.2"), "guidance-given"},
		"joining moved after guidance":        {and(given(opened(), Join{at("2026-09-02"), []string{"A81001"}}), Advise{at("2026-10-01"), []string{"A81001"}, "x"}), move("2.1", "2026-10-02"), "joined"},
		"a notice under its acknowledgement":  {and(running, AcknowledgeNotice{at("2026-11-04"), []string{"A81001"}, ""}), retract("3.1"), "notice-acknowledged"},
		"a notice under its withdrawal":       {and(running, WithdrawNotice{at("2026-11-04"), []string{"A81001"}, ""}), retract("3.1"), "notice-withdrawn"},
		"a notice that would have run out":    {and(running, WithdrawNotice{at("2026-12-31"), []string{"A81001"}, ""}), change("3.1", `{"period":"28d"}`), "ran out on Sat 28 Nov 2026"},
		"a notice that would be running":      {and(running, EffectNotice{at("2027-01-31"), []string{"A81001"}}), change("3.1", `{"period":"6m"}`), "not taken effect"},
		"a withdrawal under a second notice":  {and(running, WithdrawNotice{at("2026-11-04"), []string{"A81001"}, ""}, notice("2026-11-10", "A81001")), retract("4.1"), "already has a notice running"},
		"a withdrawal under a leaving":        {and(running, WithdrawNotice{at("2026-11-04"), []string{"A81001"}, ""}, Leave{at("2026-11-10"), []string{"A81001"}, ""}), retract("4.1"), "practice-left"},
		"a withdrawal under a closing":        {and(running, WithdrawNotice{at("2026-11-04"), []string{"A81001"}, ""}, Close{Dated: at("2026-11-10"), Outcome: events.Withdrawn}), retract("4.1"), "case-closed"},
		"an offer under its acceptance":       {accepted, retract("2.1"), "offer-accepted"},
		"an offer moved after its acceptance": {accepted, move("2.1", "2026-10-20"), "offer-accepted"},
		"an offer that would have lapsed":     {accepted, change("2.1", `{"reply_by":"2026-10-18"}`), "lapsed"},
		"an offer moved after the next":       {and(offered, bid("2026-10-12", events.ICB, 470, "")), move("2.1", "2026-10-13"), "made on Tue 13 Oct 2026"},
		"an acceptance under a signature":     {and(accepted, Sign{Dated: at("2026-11-02")}), retract("3.1"), "agreement-signed"},
		"a signature under funding":           {and(accepted, Sign{Dated: at("2026-11-02")}, Fund{Dated: at("2026-12-01")}), retract("4.1"), "funding-started"},
		"a withdrawal under a second offer":   {and(accepted, WithdrawOffer{at("2026-11-02"), 1, ""}, bid("2026-11-03", events.ICB, 470, "")), retract("4.1"), "offer-tabled"},
		"a dispute under its step":            {and(raised, StepDispute{Dated: at("2026-11-09"), Dispute: 1, Text: "x"}), retract("2.1"), "dispute-stepped"},
		"a dispute under its outcome":         {and(raised, DetermineDispute{Dated: at("2026-11-09"), Dispute: 1, Text: "x"}), move("2.1", "2026-11-10"), "dispute-determined"},
		"a request under its answer":          {given(opened(), SendFOI{Dated: at("2026-11-02"), About: "x"}, AnswerFOI{Dated: at("2026-12-01"), Request: 1, Outcome: events.NotHeld}), retract("2.1"), "foi-answered"},
		"a closing under a reopening":         {given(opened(), Close{Dated: at("2026-12-01"), Outcome: events.Withdrawn}, Reopen{Dated: at("2026-12-02"), Why: "x"}), retract("2.1"), "case-reopened"},
		"a reopening under what came after":   {given(opened(), Close{Dated: at("2026-12-01"), Outcome: events.Withdrawn}, Reopen{Dated: at("2026-12-02"), Why: "x"}, Assign{at("2026-12-03"), "j"}), retract("3.1"), "case-assigned"},
		"the opening moved after the closing": {given(opened(), Close{Dated: at("2026-12-01"), Outcome: events.Withdrawn}), move("1.1", "2026-12-02"), "case-closed"},
	} {
		spec(t, "not "+what, c.told, when(c.cmd), refused(ErrCorrection, c.says, "correct that first"))
	}
}

// What was retracted and then said again cannot be brought back beside it.
func TestRetractedFactsThatWereSaidAgain(t *testing.T) {
	offer := bid("2026-10-05", events.ICB, 450, "")
	raise := RaiseDispute{at("2026-11-02"), events.LMC, events.Mediation, "x"}
	ask := SendFOI{Dated: at("2026-11-02"), About: "x"}
	accept := AcceptOffer{Dated: at("2026-10-19"), Offer: 1}
	for what, c := range map[string]struct {
		told []Command
		cmd  Correct
		says string
	}{
		"two notices":          {and(serving("A81001"), retract("3.1"), notice("2026-11-10", "A81001")), retract("4.1"), "already has a notice running"},
		"two offers":           {given(opened(), offer, retract("2.1"), bid("2026-10-06", events.ICB, 460, "")), retract("3.1"), "two offers 1"},
		"two disputes":         {given(opened(), raise, retract("2.1"), raise), retract("3.1"), "two disputes 1"},
		"two requests":         {given(opened(), ask, retract("2.1"), ask), retract("3.1"), "two requests 1"},
		"two acceptances":      {given(opened(), offer, bid("2026-10-06", events.LMC, 500, ""), accept, retract("4.1"), AcceptOffer{Dated: at("2026-10-20"), Offer: 2}), retract("5.1"), "offer 1 was accepted"},
		"one acceptance twice": {given(opened(), offer, accept, retract("3.1"), accept), retract("4.1"), "accepted already"},
		"one signature twice":  {given(opened(), offer, accept, Sign{Dated: at("2026-11-02")}, retract("4.1"), Sign{Dated: at("2026-11-02")}), retract("5.1"), "signed already"},
		"two payments":         {given(opened(), offer, accept, Sign{Dated: at("2026-11-02")}, Fund{Dated: at("2026-12-01")}, retract("5.1"), Fund{Dated: at("2026-12-01")}), retract("6.1"), "only the first payment"},
	} {
		spec(t, "no "+what, c.told, when(c.cmd), refused(ErrCorrection, c.says))
	}
}

func TestMovingAndChanging(t *testing.T) {
	noted := given(opened(), AddNote{at("2026-10-01"), "a"})
	spec(t, "a fact is moved to another day", noted, when(move("2.1", "2026-09-30")), then(fact(today, replaced("2.1", fact("2026-09-30", events.NoteAdded{Text: "a"})))))
	spec(t, "not to the day it is on", noted, when(move("2.1", "2026-10-01")), nothing())
	spec(t, "not into the future", noted, when(move("2.1", "2027-03-02")), refused(ErrFuture))
	spec(t, "a field is changed", noted, when(change("2.1", `{"text":"b"}`)), then(fact(today, replaced("2.1", fact("2026-10-01", events.NoteAdded{Text: "b"})))))
	spec(t, "to what it is", noted, when(change("2.1", `{"text":"a"}`)), nothing())
	for _, c := range []struct {
		fields string
		why    error
		says   string
	}{
		{`{"txt":"b"}`, ErrCorrection, `no field "txt"`},
		{`{"Text":"b"}`, ErrCorrection, `no field "Text"`},
		{`{"text":7}`, ErrCorrection, "cannot take"},
		{`{"text":null}`, ErrCorrection, "null"},
		{`null`, ErrCorrection, "null"},
		{`[]`, ErrCorrection, "not a JSON object"},
		{`{"text":"b"`, ErrCorrection, "not a JSON object"},
		{`{"text":""}`, ErrMissing, ""},
		{`{"text":"943 476 5919"}`, ErrPatientData, ""},
		{`{"text":"` + long(10_001) + `"}`, ErrTooLong, ""},
	} {
		spec(t, "not to nonsense", noted, when(change("2.1", c.fields)), refused(c.why, c.says))
	}
	blamed := retract("2.1")
	blamed.Why = "about 943-476-5919"
	spec(t, "nor for a patient", noted, when(blamed), refused(ErrPatientData))

	chain := and(noted, change("2.1", `{"text":"b"}`))
	spec(t, "a corrected fact is corrected further", chain, when(move("2.1", "2026-09-30")), then(fact(today, replaced("2.1", fact("2026-09-30", events.NoteAdded{Text: "b"})))))
	spec(t, "without what corrected it the first one stands again", and(chain, move("2.1", "2026-09-30"), retract("4.1"), retract("3.1")), when(change("2.1", `{"text":"a"}`)), nothing())
	spec(t, "or not at all", chain, when(retract("2.1")), then(fact(today, retracted("2.1"))))

	spec(t, "the title of the case", noted, when(change("1.1", `{"title":"Blood tests"}`)), then(fact(today, replaced("1.1", fact("2026-09-01",
		events.CaseOpened{Ref: "GLO-26-0001", LMC: "GLO", ICB: "QR1", ICBName: gloucestershire, Service: "phlebotomy-secondary", Title: "Blood tests"})))))
	spec(t, "not its reference", noted, when(change("1.1", `{"ref":"GLO-26-0002"}`)), refused(ErrCorrection, "about something else"))
	spec(t, "nor its ICB's name", noted, when(change("1.1", `{"icb_name":"NHS Elsewhere"}`)), refused(ErrCorrection, "icb_name follows from the rest"))
	spec(t, "nor one ICB for another that is gone", noted, when(change("1.1", `{"icb":"QMJ"}`)), refused(directory.ErrAbolished))
	spec(t, "nor one practice for another", serving("A81001"), when(change("3.1", `{"practice":"A81002"}`)), refused(ErrCorrection, "about something else"))
	tabled := given(opened(), bid("2026-10-05", events.ICB, 450, ""), bid("2026-10-06", events.LMC, 500, ""))
	spec(t, "nor an offer's side", tabled, when(change("2.1", `{"by":"lmc"}`)), refused(ErrCorrection, "about something else"))
	spec(t, "nor its number", tabled, when(change("2.1", `{"offer":7}`)), refused(ErrCorrection, "about something else"))
	spec(t, "nor its round", tabled, when(change("2.1", `{"round":7}`)), refused(ErrCorrection, "round follows from the rest"))
	spec(t, "nor who accepted", agreed(), when(change("3.1", `{"by":"icb"}`)), refused(ErrCorrection, "by follows"))
	want := events.OfferTabled{Offer: 2, Round: 1, By: events.LMC, Terms: terms(505)}
	spec(t, "an offer's price", tabled, when(change("3.1", `{"terms":{"price_pence":505}}`)), then(fact(today, replaced("3.1", fact("2026-10-06", want)))))
	spec(t, "an offer keeps its number though one before it is gone", and(tabled, retract("2.1")), when(change("3.1", `{"terms":{"price_pence":505}}`)),
		then(fact(today, replaced("3.1", fact("2026-10-06", want)))))
	spec(t, "not a negative price", tabled, when(change("3.1", `{"terms":{"price_pence":-505}}`)), refused(ErrInvalid))
	spec(t, "a correction is not dated in the future", noted, when(Correct{Dated: at("2027-03-02"), Event: id("2.1"), Why: "x", Retract: true}), refused(ErrFuture))
}

func TestCorrectingANotice(t *testing.T) {
	running := serving("A81001", "A81002") // the clocks are D3.1 and D3.2
	spec(t, "another day re-dates the clock, which stays the same", running, when(move("3.4", "2026-11-30")),
		then(fact(today, replaced("3.4", fact("2026-11-30", served("2026-11-30", "A81002")), follows("2026-11-30", clock("D3.3", "2026-11-30", "A81002")), follows("2026-11-30", ack("D3.4", "2026-11-30", "A81002"))))))
	again := served("2026-10-31", "A81002")
	again.Sent, again.Deemed = day("2026-10-28"), day("2026-10-28")
	spec(t, "the day it was sent is the day it counts, unless that was stated", running, when(change("3.4", `{"sent":"2026-10-28"}`)),
		then(fact(today, replaced("3.4", fact("2026-10-31", again), follows("2026-10-31", clock("D3.3", "2026-10-28", "A81002")), follows("2026-10-31", ack("D3.4", "2026-10-28", "A81002"))))))
	stated := served("2026-10-31", "A81002")
	stated.Deemed, stated.Stated = day("2026-11-02"), true
	spec(t, "the day it counts is stated now", running, when(change("3.4", `{"deemed":"2026-11-02"}`)),
		then(fact(today, replaced("3.4", fact("2026-10-31", stated), follows("2026-10-31", deemed(clock("D3.3", "2026-10-31", "A81002"), "2026-11-02")), follows("2026-10-31", deemed(ack("D3.4", "2026-10-31", "A81002"), "2026-11-02"))))))
	spec(t, "one that was stated stays", and(running, change("3.4", `{"deemed":"2026-11-02"}`)), when(change("3.4", `{"sent":"2026-10-28"}`)), func(t *testing.T, facts []events.Fact, err error) {
		stated.Sent = day("2026-10-28")
		then(fact(today, replaced("3.4", fact("2026-10-31", stated), follows("2026-10-31", deemed(clock("D3.3", "2026-10-28", "A81002"), "2026-11-02")), follows("2026-10-31", deemed(ack("D3.4", "2026-10-28", "A81002"), "2026-11-02")))))(t, facts, err)
	})
	spec(t, "not by post without saying when it counts", running, when(change("3.4", `{"method":"post"}`)), refused(ErrMissing, "posted"))
	spec(t, "not in working days", running, when(change("3.4", `{"period":"60wd"}`)), refused(ErrInvalid, "working days"))
	s := newStory(t)
	s.tell(and(running, move("3.4", "2026-11-30"), AcknowledgeNotice{at("2026-12-01"), []string{"A81001", "A81002"}, ""})...)
	first, _ := s.file.Case.Practice("A81001")
	second, _ := s.file.Case.Practice("A81002")
	if first.Notice.Ends != day("2027-01-31") || second.Notice.Ends != day("2027-02-28") {
		t.Errorf("the notices end on %s and %s", first.Notice.Ends, second.Notice.Ends)
	}
}

func TestClocksOfCorrectedFactsStayTheSame(t *testing.T) {
	s := newStory(t)
	s.tell(given(opened(), bid("2026-10-05", events.ICB, 450, ""))...)
	for _, c := range []struct{ fields, due string }{
		{`{"reply_by":"2026-10-26"}`, "2026-10-26"},
		{`{"reply_by":"2026-11-02"}`, "2026-11-02"},
		{`{"terms":{"price_pence":460}}`, "2026-11-02"},
	} {
		s.tell(change("2.1", c.fields))
		if d := s.file.Case.Deadlines; len(d) != 1 || d[0].Deadline != "D3.1" || d[0].Due(calendar.Builtin()) != day(c.due) {
			t.Fatalf("after %s the clocks are %+v", c.fields, d)
		}
	}
	s.tell(change("2.1", `{"reply_by":""}`))
	if d := s.file.Case.Deadlines; len(d) != 0 {
		t.Errorf("without a date to reply by the clocks are %+v", d)
	}
}

// What later facts brought about is worked out again when a correction changes
// what they rest on.
func TestCorrectionsReachLaterConsequences(t *testing.T) {
	settled := and(serving("A81001", "A81002"), bid("2027-02-01", events.ICB, 480, ""), AcceptOffer{Dated: at("2027-02-15"), Offer: 1})
	accepted := fact("2027-02-15", events.OfferAccepted{Offer: 1, By: events.LMC})
	ended := []events.Fact{follows("2027-01-31", events.NoticeTookEffect{Practice: "A81001"}), follows("2027-01-31", events.DeadlineMet{Deadline: "D3.1"}), follows("2027-01-31", events.DeadlineSuperseded{Deadline: "D3.2", Why: "the notice took effect"})}
	cancelled := []events.Fact{
		follows("2027-02-15", events.NoticeWithdrawn{Practice: "A81002", Agreed: 1}),
		follows("2027-02-15", events.DeadlineSuperseded{Deadline: "D3.3", Why: "the notice was cancelled by agreement"}), follows("2027-02-15", events.DeadlineSuperseded{Deadline: "D3.4", Why: "the notice was cancelled by agreement"}),
	}
	spec(t, "a notice that ended before the agreement ran on, and was cancelled", settled, when(move("3.4", "2026-11-30")), then(
		fact(today, replaced("3.4", fact("2026-11-30", served("2026-11-30", "A81002")), follows("2026-11-30", clock("D3.3", "2026-11-30", "A81002")), follows("2026-11-30", ack("D3.4", "2026-11-30", "A81002")))),
		amended("5.1", append(append([]events.Fact{accepted}, ended...), cancelled...)...)))
	spec(t, "a notice that was never served did not end", settled, when(retract("3.4")), then(fact(today, retracted("3.4")), amended("5.1", append([]events.Fact{accepted}, ended...)...)))
	spec(t, "with the correction retracted all is as before", and(settled, move("3.4", "2026-11-30")), when(retract("6.1")), func(t *testing.T, facts []events.Fact, err error) {
		then(fact(today, retracted("6.1")))(t, facts, err)
		s := newStory(t)
		s.tell(settled...)
		before := asJSON(t, s.file.Case)
		s.tell(move("3.4", "2026-11-30"), retract("6.1"))
		if after := asJSON(t, s.file.Case); after != before {
			t.Errorf("\n%s\n%s", before, after)
		}
	})
	spec(t, "of two corrections each is counted", and(settled, move("3.4", "2026-11-30"), retract("3.1")), when(retract("6.1")), then(
		fact(today, retracted("6.1")),
		amended("5.1", accepted, follows("2027-01-31", events.NoticeTookEffect{Practice: "A81002"}), follows("2027-01-31", events.DeadlineMet{Deadline: "D3.3"}), follows("2027-01-31", events.DeadlineSuperseded{Deadline: "D3.4", Why: "the notice took effect"}))))
	spec(t, "an agreement moved back cancels what had not run out by then", settled, when(move("5.1", "2027-02-14")), func(t *testing.T, _ []events.Fact, err error) {
		if err != nil {
			t.Fatal(err)
		}
	})
	answered := given(opened(), bid("2026-10-05", events.ICB, 450, ""), RejectOffer{Dated: at("2026-10-12"), Offer: 1})
	s := newStory(t)
	s.tell(and(answered, change("2.1", `{"reply_by":"2026-10-26"}`))...)
	if d := s.file.Case.Deadlines; len(d) != 1 || d[0].Ended() != deadline.Met || d[0].EndedOn() != day("2026-10-12") {
		t.Errorf("the clock of an offer that was answered is %+v", d)
	}
	spec(t, "an unconcerned correction changes nothing else", settled, when(change("2.1", `{"text":"by post"}`)),
		then(fact(today, replaced("2.1", fact("2026-10-01", events.GuidanceGiven{Practice: "A81001", Text: "by post"})))))
	spec(t, "a later commit is amended once", and(settled, move("3.4", "2026-11-30")), when(AddNote{at(today), "x"}), then(fact(today, events.NoteAdded{Text: "x"})))
}

func FuzzCorrectedFields(f *testing.F) {
	for _, fields := range []string{
		`{}`, `null`, `[]`, `{"period":"3m"}`, `{"sent":"2026-10-28","deemed":"2026-11-02"}`, `{"deemed":""}`, `{"stated":false}`, `{"terms":{"price_pence":-1}}`,
		`{"terms":{"from":""}}`, `{"reply_by":"2026-10-26"}`, `{"practice":"A81002"}`, `{"title":"x","icb":"QHM"}`, `{"text":"943 476 5919"}`, `{"period":"9999d"}`,
	} {
		for event := range uint8(6) {
			f.Add(event, fields)
		}
	}
	f.Fuzz(func(t *testing.T, event uint8, fields string) {
		s := newStory(t)
		s.tell(and(serving("A81001"), bid("2026-11-02", events.ICB, 450, "2026-11-30"), AcceptOffer{Dated: at("2026-11-09"), Offer: 1}, Sign{Dated: at("2026-11-16")})...)
		cmd := change([]string{"1.1", "2.1", "3.1", "4.1", "5.1", "6.1"}[event%6], `{}`)
		cmd.Fields = json.RawMessage(fields)
		facts, err := s.decide(cmd)
		if err != nil && len(facts) > 0 {
			t.Fatalf("refused (%v), and yet %v", err, facts)
		}
		s.record(facts)
		if err == nil {
			if again, err := s.decide(cmd); err != nil || len(again) > 0 {
				t.Fatalf("said again %s causes %v, %v", fields, again, err)
			}
		}
	})
}
