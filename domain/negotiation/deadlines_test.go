package negotiation

import (
	"testing"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

// moment reads the moment that a clock starts at.
func moment(s string) deadline.Moment {
	m, err := deadline.ParseMoment(s)
	if err != nil {
		panic(err)
	}
	return m
}

// answerLetter is a clock of the case's own: ten working days from 2 November 2026, to the 16th.
func answerLetter() AddDeadline {
	return AddDeadline{Dated: at("2026-11-02"), Title: "Answer our letter", Owner: events.ICB, From: moment("2026-11-02"), Limit: deadline.Limit{Period: period("10wd")}}
}

func ticking() []Command { return given(joined("A81001"), answerLetter()) }

func TestAddingDeadlines(t *testing.T) {
	set := events.DeadlineSet{
		Deadline: "D2.1", Rule: "local-period", RuleVersion: 1, Title: "Answer our letter", Owner: events.ICB, Trigger: day("2026-11-02"), Period: period("10wd"),
	}
	spec(t, "a period of the case's own", given(opened()), when(answerLetter()), then(fact("2026-11-02", set)))
	rule := AddDeadline{Dated: at("2026-11-20"), Rule: "gms-close-ack", From: moment("2026-11-19"), Practice: "A81001"}
	byRule := deadline.ListClosureAck.Set("")
	byRule.Deadline, byRule.Practice, byRule.Trigger = "D2.1", "A81001", day("2026-11-19")
	spec(t, "a rule of the book, with its title and its owner", given(joined("A81001")), when(rule), then(fact("2026-11-20", byRule)))
	spec(t, "counted from the day of the fact, where nothing else is said", given(opened()), when(AddDeadline{Dated: at("2026-11-20"), Rule: "gms-close-ack"}), func(t *testing.T, facts []events.Fact, err error) {
		byRule.Practice, byRule.Trigger = "", day("2026-11-20")
		then(fact("2026-11-20", byRule))(t, facts, err)
	})
	letter := AddDeadline{Dated: at("2026-11-20"), Title: "Reply to the ICB", Owner: events.LMC, Stated: day("2026-12-18"), Document: "ICB/2026/140"}
	stated := events.DeadlineSet{
		Deadline: "D2.1", Rule: "local-override", RuleVersion: 1, Title: "Reply to the ICB", Owner: events.LMC,
		Trigger: day("2026-11-20"), Stated: day("2026-12-18"), Document: "ICB/2026/140",
	}
	spec(t, "a date that a letter states", given(opened()), when(letter), then(fact("2026-11-20", stated)))
	adjudicator := AddDeadline{Dated: at("2026-11-20"), Rule: "nhsdr-sos-ask"}
	spec(t, "an adjudicator's", given(opened()), when(adjudicator), func(t *testing.T, facts []events.Fact, err error) {
		if err != nil || facts[0].Event.(events.DeadlineSet).Owner != events.Adjudicator {
			t.Errorf("%v, %v", facts, err)
		}
	})
	for what, c := range map[string]struct {
		change func(*AddDeadline)
		why    error
		says   string
	}{
		"by a rule there is not":               {func(d *AddDeadline) { d.Rule = "foi-respnd" }, deadline.ErrUnknownRule, "foi-respond"},
		"by a rule without a clock":            {func(d *AddDeadline) { d.Rule = "nhsdr-decide" }, deadline.ErrNoClock, "no statutory limit"},
		"of a notice":                          {func(d *AddDeadline) { d.Rule = "les-notice" }, ErrInvalid, "when the notice is served"},
		"of a rule that fixes its period":      {func(d *AddDeadline) { d.Rule = "foi-respond" }, deadline.ErrParameter, "20 working days"},
		"of nothing":                           {func(d *AddDeadline) { d.Limit.Period = calendar.Period{} }, deadline.ErrUncountable, "period of nothing"},
		"of a period of zero":                  {func(d *AddDeadline) { d.Limit.Period = calendar.Period{Unit: calendar.Days} }, deadline.ErrUncountable, "period of nothing"},
		"without a title":                      {func(d *AddDeadline) { d.Title = "" }, ErrMissing, "title"},
		"without an owner":                     {func(d *AddDeadline) { d.Owner = "" }, ErrMissing, "adjudicator"},
		"of a stranger":                        {func(d *AddDeadline) { d.Owner = "press" }, ErrInvalid, "press"},
		"of a practice that is no party":       {func(d *AddDeadline) { d.Practice = "A81002" }, ErrNotParty, "A81002"},
		"of hours from a day":                  {func(d *AddDeadline) { d.Limit.Period = period("24h") }, deadline.ErrParameter, "give the time too"},
		"backward to a later day":              {func(d *AddDeadline) { d.Limit.Backward, d.Limit.Roll = true, events.RollForward }, deadline.ErrUncountable, "late"},
		"that is stated and counted":           {func(d *AddDeadline) { d.Stated = day("2026-12-01") }, ErrInvalid, "leave the period out"},
		"that is stated and served":            {func(d *AddDeadline) { d.Stated, d.Limit, d.Service.Court = day("2026-12-01"), deadline.Limit{}, true }, ErrInvalid, "is not counted"},
		"with a title about a patient":         {func(d *AddDeadline) { d.Title = "943 476 5919" }, ErrPatientData, ""},
		"under a document named for a patient": {func(d *AddDeadline) { d.Document = "943 476 5919.pdf" }, ErrPatientData, ""},
	} {
		bad := answerLetter()
		c.change(&bad)
		spec(t, "no deadline "+what, given(joined("A81001")), when(bad), refused(c.why, c.says))
	}
}

func TestMovingDeadlines(t *testing.T) {
	extend := ExtendDeadline{at("2026-11-10"), "D2.1", day("2026-11-23"), "the ICB's email"}
	spec(t, "a deadline is extended", ticking(), when(extend), then(fact("2026-11-10", events.DeadlineExtended{Deadline: "D2.1", Until: day("2026-11-23"), Base: "the ICB's email"})))
	spec(t, "by some right", ticking(), when(ExtendDeadline{at("2026-11-10"), "D2.1", day("2026-11-23"), ""}), refused(ErrMissing, "base"))
	spec(t, "to a later day", ticking(), when(ExtendDeadline{at("2026-11-10"), "D2.1", day("2026-11-16"), "x"}), refused(deadline.ErrExtension, "Mon 16 Nov 2026 already"))
	spec(t, "where there is one", ticking(), when(ExtendDeadline{at("2026-11-10"), "D2.2", day("2026-11-23"), "x"}), refused(ErrUnknownNumber, `no deadline "D2.2"`))
	spec(t, "as long as it runs", and(ticking(), MeetDeadline{at("2026-11-09"), "D2.1", ""}), when(extend), refused(deadline.ErrEnded, "met since Mon 9 Nov 2026"))

	extended := and(ticking(), extend)
	spec(t, "an extension is taken back", extended, when(RemoveExtension{Dated: at("2026-11-12"), Deadline: "D2.1", Why: "granted by mistake"}), then(
		fact("2026-11-12", events.DeadlineExtensionRemoved{Deadline: "D2.1", Why: "granted by mistake"})))
	spec(t, "for a reason", extended, when(RemoveExtension{Dated: at("2026-11-12"), Deadline: "D2.1"}), refused(ErrMissing, "reason"))
	spec(t, "the one that there is", extended, when(RemoveExtension{at("2026-11-12"), "D2.1", day("2026-11-24"), "x"}), refused(deadline.ErrExtension, "Tue 24 Nov 2026"))
	spec(t, "if there is one", ticking(), when(RemoveExtension{Dated: at("2026-11-12"), Deadline: "D2.1", Why: "x"}), refused(deadline.ErrExtension, "no extension"))
	spec(t, "of a deadline there is", ticking(), when(RemoveExtension{Deadline: "D9.1", Why: "x"}), refused(ErrUnknownNumber))

	shorten := ShortenDeadline{at("2026-11-05"), "D2.1", day("2026-11-09"), "agreed at the meeting"}
	spec(t, "a deadline is shortened", ticking(), when(shorten), then(fact("2026-11-05", events.DeadlineShortened{Deadline: "D2.1", Until: day("2026-11-09"), Base: "agreed at the meeting"})))
	spec(t, "by some right", ticking(), when(ShortenDeadline{at("2026-11-05"), "D2.1", day("2026-11-09"), " "}), refused(ErrMissing, "base"))
	spec(t, "to an earlier day", ticking(), when(ShortenDeadline{at("2026-11-05"), "D2.1", day("2026-11-16"), "x"}), refused(deadline.ErrExtension, "does not shorten"))
	spec(t, "not to one that has passed", ticking(), when(ShortenDeadline{at("2026-11-05"), "D2.1", day("2026-11-04"), "x"}), refused(deadline.ErrExtension, "passed"))
	spec(t, "of a deadline there is", ticking(), when(ShortenDeadline{Deadline: "D9.1", Base: "x"}), refused(ErrUnknownNumber))

	stands(t, "extended", extended, "2026-11-20", "D2.1 2026-11-23 open")
	stands(t, "and back", and(extended, RemoveExtension{Dated: at("2026-11-12"), Deadline: "D2.1", Why: "x"}), "2026-11-20", "D2.1 2026-11-16 missed")
	stands(t, "shortened", and(ticking(), shorten), "2026-11-20", "D2.1 2026-11-09 missed")
	stands(t, "an extension that was retracted never was", and(extended, retract("3.1")), "2026-11-20", "D2.1 2026-11-16 missed")
	stands(t, "one that was corrected", and(extended, change("3.1", `{"until":"2026-11-30"}`)), "2026-11-20", "D2.1 2026-11-30 open")
}

func TestPausingDeadlines(t *testing.T) {
	pause := PauseDeadline{Dated: at("2026-11-05"), Deadline: "D2.1", Why: "they asked what we meant"}
	paused := and(ticking(), pause)
	spec(t, "a clock is paused", ticking(), when(pause), then(fact("2026-11-05", events.DeadlinePaused{Deadline: "D2.1", Why: "they asked what we meant"})))
	spec(t, "until a day that is known", ticking(), when(PauseDeadline{at("2026-11-05"), "D2.1", day("2026-11-12"), "x"}), then(
		fact("2026-11-05", events.DeadlinePaused{Deadline: "D2.1", Why: "x", Until: day("2026-11-12")})))
	spec(t, "for a reason", ticking(), when(PauseDeadline{Dated: at("2026-11-05"), Deadline: "D2.1"}), refused(ErrMissing, "reason"))
	spec(t, "not to end before it starts", ticking(), when(PauseDeadline{at("2026-11-05"), "D2.1", day("2026-11-04"), "x"}), refused(deadline.ErrPause, "before it starts"))
	spec(t, "not twice at once", paused, when(PauseDeadline{Dated: at("2026-11-06"), Deadline: "D2.1", Why: "x"}), refused(deadline.ErrPause, "overlaps"))
	spec(t, "not into another", paused, when(PauseDeadline{at("2026-11-03"), "D2.1", day("2026-11-06"), "x"}), refused(deadline.ErrPause, "overlaps"))
	spec(t, "where there is one", ticking(), when(PauseDeadline{Deadline: "D1.1", Why: "x"}), refused(ErrUnknownNumber))
	spec(t, "as long as it runs", and(ticking(), WaiveDeadline{at("2026-11-03"), "D2.1", "let go"}), when(pause), refused(deadline.ErrEnded, "waived"))
	ahead := AddDeadline{
		Dated: at("2026-11-02"), Title: "Give notice", Owner: events.LMC, From: moment("2027-03-31"), Limit: deadline.Limit{Period: period("8w"), Backward: true},
	}
	spec(t, "not one that is counted back from an event ahead", given(opened(), ahead), when(pause), refused(deadline.ErrPause, "counted back"))

	resume := ResumeDeadline{at("2026-11-12"), "D2.1"}
	spec(t, "and resumed", paused, when(resume), then(fact("2026-11-12", events.DeadlineResumed{Deadline: "D2.1"})))
	spec(t, "not if it runs", ticking(), when(resume), refused(deadline.ErrPause, "not paused"))
	spec(t, "nor again", and(paused, resume), when(ResumeDeadline{at("2026-11-13"), "D2.1"}), refused(deadline.ErrPause, "not paused"))
	spec(t, "nor before it was paused", paused, when(ResumeDeadline{at("2026-11-04"), "D2.1"}), refused(deadline.ErrPause, "before"))
	spec(t, "of a deadline there is", paused, when(ResumeDeadline{at("2026-11-13"), "D9.1"}), refused(ErrUnknownNumber))

	// Of ten working days two had run by the 5th: eight remain from the 12th on.
	stands(t, "paused it is never late", paused, today, "D2.1 2026-11-16 paused")
	stands(t, "resumed it has what remained", and(paused, resume), "2026-11-23", "D2.1 2026-11-23 open")
	stands(t, "a pause that was moved", and(paused, resume, move("3.1", "2026-11-06")), "2026-11-23", "D2.1 2026-11-20 missed")
	spec(t, "a pause that was resumed is not retracted alone", and(paused, resume), when(retract("3.1")), refused(ErrCorrection, "deadline-resumed", "not paused"))
	spec(t, "nor moved past its end", and(paused, resume), when(move("3.1", "2026-11-13")), refused(ErrCorrection, "deadline-resumed"))
	stands(t, "both are", and(paused, resume, retract("4.1"), retract("3.1")), "2026-11-23", "D2.1 2026-11-16 missed")
	stands(t, "an extension does not stand in the way of a longer pause", and(ticking(), PauseDeadline{at("2026-11-05"), "D2.1", day("2026-11-06"), "x"},
		ExtendDeadline{at("2026-11-10"), "D2.1", day("2026-11-18"), "agreed"}, change("3.1", `{"until":"2026-11-12"}`)), "2026-11-17", "D2.1 2026-11-18 open")
}

func TestEndingDeadlines(t *testing.T) {
	meet := MeetDeadline{at("2026-11-13"), "D2.1", ""}
	spec(t, "a deadline is met", ticking(), when(meet), then(fact("2026-11-13", events.DeadlineMet{Deadline: "D2.1"})))
	spec(t, "once", and(ticking(), meet), when(meet), nothing())
	spec(t, "on one day", and(ticking(), meet), when(MeetDeadline{at("2026-11-12"), "D2.1", ""}), refused(deadline.ErrEnded, "Fri 13 Nov 2026"))
	spec(t, "at a time of day", ticking(), when(MeetDeadline{at("2026-11-13"), "D2.1", "23:40"}), then(fact("2026-11-13", events.DeadlineMet{Deadline: "D2.1", Time: "23:40"})))
	spec(t, "that there is", ticking(), when(MeetDeadline{at("2026-11-13"), "D2.1", "25:00"}), refused(ErrInvalid, "25:00"))
	spec(t, "where there is one", ticking(), when(MeetDeadline{at("2026-11-13"), "D9.1", ""}), refused(ErrUnknownNumber))
	waive := WaiveDeadline{at("2026-11-13"), "D2.1", "answered by telephone"}
	spec(t, "or waived", ticking(), when(waive), then(fact("2026-11-13", events.DeadlineWaived{Deadline: "D2.1", Why: "answered by telephone"})))
	spec(t, "for a reason", ticking(), when(WaiveDeadline{at("2026-11-13"), "D2.1", ""}), refused(ErrMissing, "reason"))
	spec(t, "once", and(ticking(), waive), when(waive), refused(deadline.ErrEnded, "waived since"))
	spec(t, "where there is one", ticking(), when(WaiveDeadline{at("2026-11-13"), "D9.1", "x"}), refused(ErrUnknownNumber))
	spec(t, "a notice is not met by hand", serving("A81001"), when(MeetDeadline{at("2027-01-31"), "D3.1", ""}), refused(ErrNoticeRunning, "A81001"))
	spec(t, "nor waived", serving("A81001"), when(WaiveDeadline{at("2027-01-31"), "D3.1", "x"}), refused(ErrNoticeRunning, "withdrawn or has taken effect"))
	stands(t, "what happened in time and was recorded late was in time", and(ticking(), MeetDeadline{at("2026-11-16"), "D2.1", "23:40"}), today, "D2.1 2026-11-16 met")
	for what, c := range map[string]struct {
		told []Command
		late bool
	}{
		"in time":                      {and(ticking(), MeetDeadline{at("2026-11-16"), "D2.1", "23:40"}), false},
		"a day late":                   {and(ticking(), MeetDeadline{at("2026-11-17"), "D2.1", ""}), true},
		"in time once it was extended": {and(ticking(), ExtendDeadline{at("2026-11-10"), "D2.1", day("2026-11-23"), "x"}, MeetDeadline{at("2026-11-17"), "D2.1", ""}), false},
	} {
		s := newStory(t)
		s.tell(c.told...)
		if clock := s.file.Case.Deadlines[0]; clock.Late(calendar.Builtin()) != c.late {
			t.Errorf("met %s, it is late: %t", what, !c.late)
		}
	}
}

func TestCorrectingDeadlines(t *testing.T) {
	stands(t, "a clock that is counted from another day keeps its ID and what happened to it", and(ticking(),
		PauseDeadline{at("2026-11-05"), "D2.1", day("2026-11-12"), "x"}, change("2.1", `{"trigger":"2026-11-03"}`)), "2026-11-23", "D2.1 2026-11-24 open")
	stands(t, "or by another rule", and(ticking(), change("2.1", `{"rule":"foi-respond","period":""}`)), "2026-11-23", "D2.1 2026-12-01 open")
	stands(t, "by which it was met", and(ticking(), MeetDeadline{at("2026-11-17"), "D2.1", ""}, move("3.1", "2026-11-16")), today, "D2.1 2026-11-16 met")
	stands(t, "or was not", and(ticking(), MeetDeadline{at("2026-11-17"), "D2.1", ""}, retract("3.1")), today, "D2.1 2026-11-16 missed")
	stands(t, "or waived", and(ticking(), WaiveDeadline{at("2026-11-17"), "D2.1", "x"}, change("3.1", `{"why":"y"}`)), today, "D2.1 2026-11-16 waived")
	stands(t, "a shortening is corrected", and(ticking(), ShortenDeadline{at("2026-11-05"), "D2.1", day("2026-11-09"), "x"}, change("3.1", `{"until":"2026-11-10"}`)), "2026-11-05", "D2.1 2026-11-10 open")
	stands(t, "and the end of an extension", and(ticking(), ExtendDeadline{at("2026-11-10"), "D2.1", day("2026-11-23"), "x"},
		RemoveExtension{Dated: at("2026-11-12"), Deadline: "D2.1", Why: "x"}, retract("4.1")), "2026-11-20", "D2.1 2026-11-23 open")
	spec(t, "not without its pause", and(ticking(), PauseDeadline{Dated: at("2026-11-05"), Deadline: "D2.1", Why: "x"}), when(retract("2.1")), refused(ErrCorrection, "deadline-paused"))
	spec(t, "nor under another ID", ticking(), when(change("2.1", `{"deadline":"D9.1"}`)), refused(ErrCorrection, "deadline follows from the rest"))
}

// A date that two places know is the same in both.
func TestNoticesAndOffersFollowTheirClocks(t *testing.T) {
	extended := and(serving("A81001"), ExtendDeadline{at("2026-12-01"), "D3.1", day("2027-02-28"), "agreed, to finish the talks"})
	spec(t, "a notice that was extended has not ended before", extended, when(EffectNotice{at("2027-01-31"), []string{"A81001"}}), refused(ErrNotYetEnded, "Sun 28 Feb 2027"))
	spec(t, "and can be withdrawn until then", extended, when(WithdrawNotice{at("2027-02-28"), []string{"A81001"}, "x"}), func(t *testing.T, facts []events.Fact, err error) {
		if err != nil || len(facts) != 3 {
			t.Errorf("%v, %v", facts, err)
		}
	})
	paused := and(serving("A81001"), PauseDeadline{Dated: at("2026-12-01"), Deadline: "D3.1", Why: "agreed, during mediation"})
	spec(t, "one that is paused does not end", paused, when(EffectNotice{at(today), []string{"A81001"}}), refused(ErrNotYetEnded, "paused"))
	resumed := and(paused, ResumeDeadline{at("2027-01-01"), "D3.1"})
	replying := given(opened(), bid("2026-10-05", events.ICB, 450, "2026-10-26"))
	for _, c := range []struct {
		what  string
		told  []Command
		on    string
		state NoticeState
		ends  string
	}{
		{"as served", serving("A81001"), "2027-02-01", Ended, "2027-01-31"},
		{"extended", extended, "2027-02-01", Served, "2027-02-28"},
		{"shortened", and(serving("A81001"), ShortenDeadline{at("2026-12-01"), "D3.1", day("2026-12-31"), "x"}), "2027-01-01", Ended, "2026-12-31"},
		{"paused", paused, today, Served, "2027-01-31"},
		{"resumed after 31 days", resumed, today, Served, "2027-03-03"},
	} {
		s := newStory(t)
		s.tell(c.told...)
		p, _ := s.file.Case.Practice("A81001")
		if p.Notice.Ends != day(c.ends) || p.NoticeState(day(c.on)) != c.state {
			t.Errorf("%s: the notice ends on %s and is %s", c.what, p.Notice.Ends, p.NoticeState(day(c.on)))
		}
	}
	spec(t, "an offer can be accepted up to the day its deadline was moved to", and(replying, ExtendDeadline{at("2026-10-28"), "D2.1", day("2026-11-09"), "agreed"}),
		when(AcceptOffer{Dated: at("2026-11-09"), Offer: 1}), func(t *testing.T, facts []events.Fact, err error) {
			if err != nil || len(facts) != 2 {
				t.Errorf("%v, %v", facts, err)
			}
		})
	spec(t, "not after", and(replying, ExtendDeadline{at("2026-10-28"), "D2.1", day("2026-11-09"), "agreed"}), when(AcceptOffer{Dated: at("2026-11-10"), Offer: 1}), refused(ErrLapsed, "Mon 9 Nov 2026"))
	spec(t, "one whose deadline is paused has not lapsed", and(replying, PauseDeadline{Dated: at("2026-10-20"), Deadline: "D2.1", Why: "x"}),
		when(RejectOffer{at("2026-11-20"), 1, ""}), then(fact("2026-11-20", events.OfferRejected{Offer: 1, By: events.LMC}), follows("2026-11-20", events.DeadlineMet{Deadline: "D2.1"})))
}

func TestClosingStopsClocks(t *testing.T) {
	closing := Close{Dated: at("2026-11-06"), Outcome: events.Withdrawn} // three of ten days had run
	stands(t, "a closed case is never late", and(ticking(), closing), today, "D2.1 2026-11-16 paused")
	stands(t, "reopened it has what remained", and(ticking(), closing, Reopen{Dated: at("2026-11-23"), Why: "x"}), "2026-11-24", "D2.1 2026-12-01 open")
	stands(t, "or starts afresh", and(ticking(), closing, Reopen{Dated: at("2026-11-23"), Why: "x", FreshClocks: true}), "2026-11-24", "D2.1 2026-12-07 open")
	spec(t, "a fresh start is said", and(ticking(), closing), when(Reopen{at("2026-11-23"), "x", true}), then(fact("2026-11-23", events.CaseReopened{Why: "x", FreshClocks: true})))
	ended := and(serving("A81001"), Close{Dated: at("2027-02-10"), Outcome: events.Ceased})
	spec(t, "a notice that ran out does not", ended, when(Reopen{at("2027-02-20"), "x", true}), refused(ErrNoticeEnded, "Sun 31 Jan 2027", "took effect"))
	spec(t, "a closed case's deadlines stay as they are", and(ticking(), closing), when(MeetDeadline{at("2026-11-07"), "D2.1", ""}), refused(ErrClosed))
	spec(t, "a paused notice holds a case open", and(serving("A81001"), PauseDeadline{Dated: at("2026-12-01"), Deadline: "D3.1", Why: "x"}),
		when(Close{Dated: at("2027-02-10"), Outcome: events.Ceased}), refused(ErrNoticeRunning, "A81001"))
}
