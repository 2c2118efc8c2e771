package negotiation

import (
	"testing"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

// contracted is a case in which two practices were advised, under a contract
// that asks for six months to a month's end by its clause LES 9 (event 3.1).
func contracted() []Command {
	return and(guided("A81001", "A81002"), RecordContract{at("2026-10-02"), events.ContractPositionRecorded{
		Position: events.Signed, Clause: "LES 9", Notice: period("6m"), ToMonthEnd: true,
	}})
}

func TestEachTermLeftOutIsTheContracts(t *testing.T) {
	left := ServeNotice{Dated: at("2026-11-02"), Practices: []string{"A81001"}}
	all := events.FromContract{Period: true, ToMonthEnd: true, Clause: true}
	for what, c := range map[string]struct {
		say  func(*ServeNotice)
		want events.NoticeServed
		ends string
	}{
		"all three": {func(*ServeNotice) {}, events.NoticeServed{Period: period("6m"), ToMonthEnd: true, Clause: "LES 9", FromContract: all}, "2027-05-31"},
		"month-end and clause": {
			func(n *ServeNotice) { n.Period = period("6m") },
			events.NoticeServed{Period: period("6m"), ToMonthEnd: true, Clause: "LES 9", FromContract: events.FromContract{ToMonthEnd: true, Clause: true}},
			"2027-05-31",
		},
		"month-end and clause of another period": {
			func(n *ServeNotice) { n.Period = period("28d") },
			events.NoticeServed{Period: period("28d"), ToMonthEnd: true, Clause: "LES 9", FromContract: events.FromContract{ToMonthEnd: true, Clause: true}},
			"2026-11-30",
		},
		"period and clause, but not the month-end": {
			func(n *ServeNotice) { n.ToMonthEnd = new(false) },
			events.NoticeServed{Period: period("6m"), Clause: "LES 9", FromContract: events.FromContract{Period: true, Clause: true}},
			"2027-05-02",
		},
		"period and month-end": {
			func(n *ServeNotice) { n.Clause = "GC17" },
			events.NoticeServed{Period: period("6m"), ToMonthEnd: true, Clause: "GC17", FromContract: events.FromContract{Period: true, ToMonthEnd: true}},
			"2027-05-31",
		},
		"nothing": {
			func(n *ServeNotice) { n.Period, n.ToMonthEnd, n.Clause = period("3m"), new(false), "GC17" },
			events.NoticeServed{Period: period("3m"), Clause: "GC17"},
			"2027-02-02",
		},
	} {
		cmd := left
		c.say(&cmd)
		spec(t, what, contracted(), when(cmd), func(t *testing.T, facts []events.Fact, err error) {
			if err != nil {
				t.Fatal(err)
			}
			c.want.Practice, c.want.Method, c.want.Sent, c.want.Deemed = "A81001", events.Email, day("2026-11-02"), day("2026-11-02")
			same(t, fact("2026-11-02", c.want), facts[0])
			if ends := noticeEnd(facts[0].Event.(events.NoticeServed)); ends != day(c.ends) {
				t.Errorf("it ends on %s, want %s", ends, c.ends)
			}
		})
	}
	spec(t, "without a contract a notice has what it says", guided("A81001"), when(notice("2026-10-31", "A81001")),
		then(fact("2026-10-31", served("2026-10-31", "A81001")), follows("2026-10-31", clock("D3.1", "2026-10-31", "A81001")), follows("2026-10-31", ack("D3.2", "2026-10-31", "A81001"))))
}

// A correction of the contract reaches the notices that took its terms, and
// each term that was said for itself stays.
func TestCorrectingTheContractOfANotice(t *testing.T) {
	took := and(contracted(), ServeNotice{Dated: at("2026-11-02"), Practices: []string{"A81001"}}, notice("2026-11-02", "A81002")) // 4.1, and 5.1 of three months
	told := func(t *testing.T, cmds ...Command) *story {
		s := newStory(t)
		s.tell(and(took, cmds...)...)
		return s
	}
	ends := func(t *testing.T, s *story, first, second string) {
		t.Helper()
		for code, want := range map[string]string{"A81001": first, "A81002": second} {
			p, _ := s.file.Case.Practice(code)
			if p.Notice.Ends != day(want) {
				t.Errorf("the notice of %s ends on %s, want %s", code, p.Notice.Ends, want)
			}
			for _, d := range s.file.Case.Deadlines {
				if d.Rule == string(deadline.LESNotice) && d.Practice == code && d.Due(calendar.Builtin()) != day(want) {
					t.Errorf("%s is due on %s, want %s", d.Deadline, d.Due(calendar.Builtin()), want)
				}
			}
		}
	}
	ends(t, told(t), "2027-05-31", "2027-02-28")
	ends(t, told(t, change("3.1", `{"notice":"3m"}`)), "2027-02-28", "2027-02-28")
	ends(t, told(t, change("3.1", `{"to_month_end":false}`)), "2027-05-02", "2027-02-02")
	ends(t, told(t, change("3.1", `{"notice":"3m"}`), retract("6.1")), "2027-05-31", "2027-02-28")
	ends(t, told(t, change("3.1", `{"notice":"3m"}`), change("3.1", `{"notice":"9m"}`)), "2027-08-31", "2027-02-28")

	spec(t, "the notice is told again with the corrected terms", took, when(change("3.1", `{"clause":"LES 10"}`)), func(t *testing.T, facts []events.Fact, err error) {
		if err != nil || len(facts) != 3 {
			t.Fatalf("%v, %v", facts, err)
		}
		for i, event := range []string{"4.1", "5.1"} {
			e := facts[i+1].Event.(events.EventReplaced)
			if n := e.With[0].Event.(events.NoticeServed); e.Event != id(event) || n.Clause != "LES 10" || !n.FromContract.Clause {
				t.Errorf("%+v", e)
			}
		}
	})
	spec(t, "what did not change is not told again", took, when(change("3.1", `{"document":"les.pdf"}`)), func(t *testing.T, facts []events.Fact, err error) {
		if err != nil || len(facts) != 1 {
			t.Errorf("%v, %v", facts, err)
		}
	})
	spec(t, "a notice cannot lose its period", took, when(retract("3.1")), refused(ErrCorrection, "event 4.1 (notice-served) could not stand", "the notice period of A81001 is missing", "correct that first"))
	spec(t, "nor run out before it was withdrawn", and(took, WithdrawNotice{at("2027-02-20"), []string{"A81001"}, ""}), when(change("3.1", `{"notice":"28d"}`)), refused(ErrCorrection, "event 6.1 (notice-withdrawn)", "ran out"))

	// Said for itself, a term no longer is the contract's.
	ends(t, told(t, change("4.1", `{"period":"9m"}`), change("3.1", `{"notice":"3m"}`)), "2027-08-31", "2027-02-28")
	ends(t, told(t, change("4.1", `{"to_month_end":false}`), change("3.1", `{"notice":"3m"}`)), "2027-02-02", "2027-02-28")
	ends(t, told(t, move("4.1", "2026-10-30"), change("3.1", `{"notice":"3m"}`)), "2027-01-31", "2027-02-28")
	ends(t, told(t, change("5.1", `{"from_contract":{"period":true}}`)), "2027-05-31", "2027-05-31")
	if s := told(t, change("4.1", `{"clause":""}`), move("4.1", "2026-10-30")); s.history[6].Facts[0].Event.(events.EventReplaced).With[0].Event.(events.NoticeServed).Clause != "" {
		t.Error("a clause that there was not came back")
	}
}

func TestANoticeThatRanOutIsSettledFirst(t *testing.T) {
	over := serving("A81001") // to 31 January 2027
	spec(t, "a notice that ran out is not running", over, when(notice("2027-02-01", "A81001")), refused(ErrNoticeEnded, "A81001 ran out on Sun 31 Jan 2027", "took effect"))
	spec(t, "on its last day it is", over, when(notice("2027-01-31", "A81001")), refused(ErrNoticeRunning))
	spec(t, "who leaves says first what became of it", over, when(Leave{at("2027-02-01"), []string{"A81001"}, ""}), refused(ErrNoticeEnded, "took effect"))
	spec(t, "who leaves on its last day has it running", over, when(Leave{at("2027-01-31"), []string{"A81001"}, ""}), refused(ErrNoticeRunning))
	settled := and(over, EffectNotice{at("2027-01-31"), []string{"A81001"}})
	spec(t, "then it can serve again", settled, when(notice("2027-02-01", "A81001")), then(
		fact("2027-02-01", served("2027-02-01", "A81001")), follows("2027-02-01", clock("D5.1", "2027-02-01", "A81001")), follows("2027-02-01", ack("D5.2", "2027-02-01", "A81001"))))
	spec(t, "or leave", settled, when(Leave{at("2027-02-01"), []string{"A81001"}, ""}), then(fact("2027-02-01", events.PracticeLeft{Practice: "A81001"})))
}

func TestNoticesInOtherCases(t *testing.T) {
	s := newStory(t)
	s.tell(guided("A81001", "A81002")...)
	other := func(ref, practice, ends string) OtherNotice {
		return OtherNotice{ref, practice, Notice{Served: day("2026-10-01"), Deemed: day("2026-10-01"), Ends: day(ends)}}
	}
	serve := func(others ...OtherNotice) error {
		_, err := Decide(s.file.Case, notice("2026-10-31", "A81001"), Circumstances{Today: day(today), Version: 3, Bodies: bodies(), Others: others})
		return err
	}
	_, err := Decide(s.file.Case, notice("2026-10-31", "A81001", "A81002"), Circumstances{
		Today: day(today), Version: 3, Bodies: bodies(), Others: []OtherNotice{other("GLO-26-0002", "A81002", "2026-10-31")},
	})
	refused(ErrOtherNotice, "A81002 already has a notice running for phlebotomy-secondary in GLO-26-0002", "Sat 31 Oct 2026")(t, nil, err)
	refused(ErrNoticeRunning)(t, nil, err)
	for what, o := range map[string]OtherNotice{
		"one that had run out":    other("GLO-26-0002", "A81001", "2026-10-30"),
		"another practice's":      other("GLO-26-0002", "A81002", "2027-01-31"),
		"one of this very case's": other("GLO-26-0001", "A81001", "2027-01-31"),
	} {
		if err := serve(o); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}

	s.tell(notice("2026-10-31", "A81001"))
	c, codes := s.file.Case, []string{"A81001", "A81002"}
	p, _ := c.Practice("A81001")
	same(t, []OtherNotice{{"GLO-26-0001", "A81001", p.Notice}}, c.RunningNotices("phlebotomy-secondary", codes))
	closed := c
	closed.Closed = &Closing{}
	for what, none := range map[string][]OtherNotice{
		"another service": c.RunningNotices("ecg", codes), "another practice": c.RunningNotices("phlebotomy-secondary", codes[1:]),
		"a closed case": closed.RunningNotices("phlebotomy-secondary", codes),
	} {
		if len(none) > 0 {
			t.Errorf("%s: %v", what, none)
		}
	}
	same(t, codes, Serving(notice("2026-10-31", codes...)))
	same(t, []string(nil), Serving(WithdrawNotice{Practices: codes}))
}

// Who is a party must be one with the ICB there is, however it got there.
func TestPartiesBelongToTheICBOfTheCase(t *testing.T) {
	joined := given(joined("A81001", "A81002"))
	spec(t, "the ICB of the opening is corrected only to one they belong to", joined, when(change("1.1", `{"icb":"QHM"}`)), refused(ErrCorrection, "event 1.2 (practice-joined)", "A81001", "QR1", "not to QHM"))
	spec(t, "without parties to any", given(opened()), when(change("1.1", `{"icb":"QHM"}`)), func(t *testing.T, facts []events.Fact, err error) {
		if err != nil || len(facts) != 1 {
			t.Errorf("%v, %v", facts, err)
		}
	})
	spec(t, "nor is the case transferred away from them", joined, when(Transfer{at("2026-10-01"), "QHM", ""}), refused(ErrOtherICB, "A81001", "QR1", "not to QHM"))
	spec(t, "who has left is no matter", and(joined, Leave{at("2026-09-20"), []string{"A81001", "A81002"}, ""}), when(Transfer{at("2026-10-01"), "QHM", "wrong"}), func(t *testing.T, facts []events.Fact, err error) {
		if err != nil || len(facts) != 1 {
			t.Errorf("%v, %v", facts, err)
		}
	})
	abolished := given(OpenCase{at("2026-03-01"), "NCL-26-0001", "NCL", "QMJ", "phlebotomy-secondary", "x", []string{"A84001"}})
	spec(t, "a successor takes over with its parties", abolished, when(Transfer{at("2026-04-01"), "Z9B2Z", ""}), func(t *testing.T, facts []events.Fact, err error) {
		if err != nil || len(facts) != 1 {
			t.Errorf("%v, %v", facts, err)
		}
	})
	spec(t, "another does not", abolished, when(Transfer{at("2026-04-01"), "S9B9J", ""}), refused(ErrOtherICB, "Z9B2Z"))
	spec(t, "nor by a correction", and(abolished, Transfer{at("2026-04-01"), "Z9B2Z", ""}), when(change("2.1", `{"icb":"S9B9J"}`)), refused(ErrOtherICB, "Z9B2Z"))

	s := newStory(t)
	s.tell(and(joined, Leave{at("2026-09-20"), []string{"A81001"}, ""})...)
	for _, cmd := range []Command{Transfer{}, Correct{Event: id("1.1")}} {
		if !NeedsHistory(cmd) {
			t.Errorf("%T does without the history", cmd)
		}
		same(t, []string{"A81001", "A81002"}, Mentions(cmd, s.history))
	}

	s = newStory(t)
	s.tell(opened())
	nobodys := practiceCode(45)
	p, _ := s.bodies.Practice(nobodys, day(today))
	p.ICBs = nil
	s.bodies = s.bodies.With(p)
	_, err := s.decide(Join{at("2026-10-01"), []string{nobodys}})
	refused(ErrOtherICB, "it is not known which ICB", nobodys)(t, nil, err)
}

func TestWhichCommandFactsAnswerTo(t *testing.T) {
	s := newStory(t)
	s.tell(and(serving("A81001"), AddNote{Text: "x"}, retract("4.1"))...)
	facts := func(version int) []events.Fact { return s.history[version-1].Facts }
	for _, c := range []struct {
		cmd     Command
		version int
		want    bool
	}{
		{OpenCase{}, 1, true},
		{Join{}, 1, false},
		{AddNote{}, 1, false},
		{Advise{}, 2, true},
		{ServeNotice{Period: calendar.Period{}}, 3, true},
		{WithdrawNotice{}, 3, false},
		{Correct{}, 3, false},
		{AddNote{Text: "another"}, 4, true},
		{Correct{}, 5, true},
		{AddNote{}, 5, false},
	} {
		if got := MayCause(c.cmd, facts(c.version)); got != c.want {
			t.Errorf("%T may cause version %d: %t, want %t", c.cmd, c.version, got, c.want)
		}
	}
	for what, facts := range map[string][]events.Fact{"nothing": nil, "what no command states": {fact(today, events.DeadlineMissed{})}} {
		if !MayCause(AddNote{}, facts) {
			t.Errorf("%s cannot be told apart", what)
		}
	}
}
