package negotiation

import (
	"slices"
	"testing"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/domain/directory"
	"parley/events"
)

// guided is a case in which these practices were advised on 1 October 2026.
func guided(practices ...string) []Command {
	return given(joined(practices...), Advise{at("2026-10-01"), practices, "three months, by email"})
}

// notice is three months' notice by email.
func notice(on string, practices ...string) ServeNotice {
	return ServeNotice{Dated: at(on), Practices: practices, Period: period("3m")}
}

// serving is a case in which these practices served notice on 31 October 2026,
// to run out on 31 January 2027.
func serving(practices ...string) []Command {
	return and(guided(practices...), notice("2026-10-31", practices...))
}

func served(on, practice string) events.NoticeServed {
	return events.NoticeServed{Practice: practice, Period: period("3m"), Method: events.Email, Sent: day(on), Deemed: day(on)}
}

func clock(id, on, practice string) events.DeadlineSet {
	return events.DeadlineSet{
		Deadline: id, Rule: "les-notice", RuleVersion: 1, Title: "Notice ends", Owner: events.Practice,
		Practice: practice, Trigger: day(on), Period: period("3m"), Service: events.Service{Method: events.Email},
	}
}

func ack(id, on, practice string) events.DeadlineSet {
	return events.DeadlineSet{
		Deadline: id, Rule: "notice-ack", RuleVersion: 1, Title: "Acknowledge the notice", Owner: events.ICB, Practice: practice, Trigger: day(on),
		Service: events.Service{Method: events.Email},
	}
}

// deemed is the clock of a notice that counts as served on a day that was stated.
func deemed(set events.DeadlineSet, on string) events.DeadlineSet {
	set.Service.Deemed = day(on)
	return set
}

func TestGuidance(t *testing.T) {
	spec(t, "the LMC advises each practice", given(joined("A81001", "A81002")), when(Advise{at("2026-10-01"), []string{"A81001", "A81002", "A81001"}, "serve"}), then(
		fact("2026-10-01", events.GuidanceGiven{Practice: "A81001", Text: "serve"}), fact("2026-10-01", events.GuidanceGiven{Practice: "A81002", Text: "serve"})))
	spec(t, "with words", given(joined("A81001")), when(Advise{at("2026-10-01"), []string{"A81001"}, ""}), refused(ErrMissing, "guidance"))
	spec(t, "somebody", given(joined("A81001")), when(Advise{Dated: at("2026-10-01"), Text: "serve"}), refused(ErrMissing, "practice"))
	spec(t, "who is a party", given(joined("A81001")), when(Advise{at("2026-10-01"), []string{"A81001", "A81002"}, "serve"}), refused(ErrNotParty, "A81002"))
	spec(t, "and was by then", given(joined("A81001")), when(Advise{at("2026-08-31"), []string{"A81001"}, "serve"}), refused(ErrTooEarly, "joined"))
	spec(t, "guidance entered late counts from its own day", and(guided("A81001"), Advise{at("2026-09-15"), []string{"A81001"}, "on the phone already"}),
		when(notice("2026-09-20", "A81001")), then(fact("2026-09-20", served("2026-09-20", "A81001")), follows("2026-09-20", clock("D4.1", "2026-09-20", "A81001")), follows("2026-09-20", ack("D4.2", "2026-09-20", "A81001"))))
	spec(t, "guidance without patients", given(joined("A81001")), when(Advise{at("2026-10-01"), []string{"A81001"}, "see 9434765919"}), refused(ErrPatientData))
}

func TestServingNotice(t *testing.T) {
	spec(t, "notices are each practice's own, each with its clock", guided("A81001", "A81002"), when(notice("2026-10-31", "A81001", "A81002")), then(
		fact("2026-10-31", served("2026-10-31", "A81001")), follows("2026-10-31", clock("D3.1", "2026-10-31", "A81001")), follows("2026-10-31", ack("D3.2", "2026-10-31", "A81001")),
		fact("2026-10-31", served("2026-10-31", "A81002")), follows("2026-10-31", clock("D3.3", "2026-10-31", "A81002")), follows("2026-10-31", ack("D3.4", "2026-10-31", "A81002"))))
	spec(t, "a practice cannot serve notice before it was guided", given(joined("A81001")), when(notice("2026-10-31", "A81001")), refused(ErrNoGuidance, "A81001", "Sat 31 Oct 2026"))
	spec(t, "not even on the day before", guided("A81001"), when(notice("2026-09-30", "A81001")), refused(ErrNoGuidance))
	early := notice("2026-10-31", "A81001")
	early.Sent, early.Deemed = day("2026-09-30"), day("2026-10-31")
	spec(t, "nor send it", guided("A81001"), when(early), refused(ErrNoGuidance, "Wed 30 Sep 2026"))
	spec(t, "on the day itself it can", guided("A81001"), when(notice("2026-10-01", "A81001")),
		then(fact("2026-10-01", served("2026-10-01", "A81001")), follows("2026-10-01", clock("D3.1", "2026-10-01", "A81001")), follows("2026-10-01", ack("D3.2", "2026-10-01", "A81001"))))
	spec(t, "one without guidance holds all back", and(guided("A81001"), Join{at("2026-10-02"), []string{"A81002"}}), when(notice("2026-10-31", "A81001", "A81002")), refused(ErrNoGuidance, "A81002"))
	spec(t, "a second notice for the same service", serving("A81001"), when(notice("2026-11-15", "A81001")), refused(ErrNoticeRunning, "phlebotomy-secondary", "Sun 31 Jan 2027"))
	spec(t, "after the first was withdrawn", and(serving("A81001"), WithdrawNotice{at("2026-11-10"), []string{"A81001"}, ""}), when(notice("2026-11-15", "A81001")),
		then(fact("2026-11-15", served("2026-11-15", "A81001")), follows("2026-11-15", clock("D5.1", "2026-11-15", "A81001")), follows("2026-11-15", ack("D5.2", "2026-11-15", "A81001"))))
	spec(t, "not before it was", and(serving("A81001"), WithdrawNotice{at("2026-11-10"), []string{"A81001"}, ""}), when(notice("2026-11-09", "A81001")), refused(ErrTooEarly, "withdrawn"))
	spec(t, "nobody serves", guided("A81001"), when(notice("2026-10-31")), refused(ErrMissing))
	spec(t, "a stranger serves", guided("A81001"), when(notice("2026-10-31", "A81002")), refused(ErrNotParty))
	abolished := given(OpenCase{at("2026-03-01"), "NCL-26-0001", "NCL", "QMJ", "phlebotomy-secondary", "x", []string{"A84001"}}, Advise{at("2026-03-02"), []string{"A84001"}, "x"})
	spec(t, "notice to an ICB that is gone", abolished, when(notice("2026-04-01", "A84001")), refused(directory.ErrAbolished, "Z9B2Z"))

	sent := notice("2026-10-31", "A81001")
	sent.Dated, sent.Sent, sent.SentTime = Dated{}, day("2026-10-30"), "16:45"
	want := served("2026-10-30", "A81001")
	want.SentTime = "16:45"
	timed, timedAck := clock("D3.1", "2026-10-30", "A81001"), ack("D3.2", "2026-10-30", "A81001")
	timed.Time, timedAck.Time = "16:45", "16:45"
	spec(t, "the day it was sent is its day, where no other is given", guided("A81001"), when(sent), then(fact("2026-10-30", want), follows("2026-10-30", timed), follows("2026-10-30", timedAck)))
	posted := notice("2026-10-30", "A81001")
	posted.Method, posted.Deemed, posted.Document = events.Post, day("2026-11-02"), "notice.pdf"
	want = events.NoticeServed{Practice: "A81001", Period: period("3m"), Method: events.Post, Sent: day("2026-10-30"), Deemed: day("2026-11-02"), Stated: true, Document: "notice.pdf"}
	counted, due := clock("D3.1", "2026-10-30", "A81001"), ack("D3.2", "2026-10-30", "A81001")
	counted.Document = "notice.pdf"
	counted.Service = events.Service{Method: events.Post, Deemed: day("2026-11-02")}
	due.Service = counted.Service
	spec(t, "a posted notice runs from the day it counts as served", guided("A81001"), when(posted), then(fact("2026-10-30", want), follows("2026-10-30", counted), follows("2026-10-30", due)))

	for what, c := range map[string]struct {
		change func(*ServeNotice)
		why    error
		says   string
	}{
		"without a period":                     {func(n *ServeNotice) { n.Period = calendar.Period{} }, ErrMissing, "notice clause"},
		"in working days":                      {func(n *ServeNotice) { n.Period = period("20wd") }, ErrInvalid, "20 working days"},
		"in hours":                             {func(n *ServeNotice) { n.Period = period("24h") }, ErrInvalid, "24 hours"},
		"of less than nothing":                 {func(n *ServeNotice) { n.Period = calendar.Period{N: -3, Unit: calendar.Months} }, ErrInvalid, "-3m"},
		"of more than can be":                  {func(n *ServeNotice) { n.Period = calendar.Period{N: 10_000, Unit: calendar.Days} }, ErrInvalid, "10000d"},
		"in no known unit":                     {func(n *ServeNotice) { n.Period = calendar.Period{N: 3, Unit: "moons"} }, ErrInvalid, "3moons"},
		"of a lifetime":                        {func(n *ServeNotice) { n.Period = period("31y") }, ErrInvalid, "31 years"},
		"that counts a year late":              {func(n *ServeNotice) { n.Deemed = day("2027-11-01") }, ErrInvalid, "no clause"},
		"by post without the day it counts":    {func(n *ServeNotice) { n.Method = events.Post }, ErrMissing, "posted"},
		"by pigeon":                            {func(n *ServeNotice) { n.Method = "pigeon" }, ErrInvalid, "pigeon"},
		"sent tomorrow":                        {func(n *ServeNotice) { n.Sent = day("2027-03-02") }, ErrFuture, "Tue 2 Mar 2027"},
		"sent after it was served":             {func(n *ServeNotice) { n.Sent = day("2026-11-01") }, ErrInvalid, "Sun 1 Nov 2026"},
		"that counts before it was sent":       {func(n *ServeNotice) { n.Deemed = day("2026-10-30") }, ErrInvalid, "Fri 30 Oct 2026"},
		"at no time of day":                    {func(n *ServeNotice) { n.SentTime = "25:00" }, ErrInvalid, "25:00"},
		"whose document is named by a patient": {func(n *ServeNotice) { n.Document = "letter-943 476 5919.pdf" }, ErrPatientData, ""},
		"under a clause about a patient":       {func(n *ServeNotice) { n.Clause = "9434765919" }, ErrPatientData, ""},
	} {
		n := notice("2026-10-31", "A81001")
		c.change(&n)
		spec(t, "no notice "+what, guided("A81001"), when(n), refused(c.why, c.says))
	}
}

func TestNoticeUnderARecordedContract(t *testing.T) {
	clause := events.ContractPositionRecorded{Position: events.Signed, Clause: "17.2", Notice: period("6m"), ToMonthEnd: true}
	own := events.ContractPositionRecorded{Practice: "A81002", Position: events.RolledOver, Clause: "GC17", Notice: period("28d")}
	recorded := and(guided("A81001", "A81002"), RecordContract{at("2026-10-02"), clause}, RecordContract{at("2026-10-02"), own})
	s := newStory(t)
	s.tell(recorded...)
	s.tell(ServeNotice{Dated: at("2026-10-30"), Practices: []string{"A81001", "A81002"}})
	for code, want := range map[string]string{"A81001": "2027-04-30", "A81002": "2026-11-27"} {
		if p, _ := s.file.Case.Practice(code); p.Notice.Ends != day(want) {
			t.Errorf("the notice of %s ends on %s, want %s", code, p.Notice.Ends, want)
		}
	}
	working := events.ContractPositionRecorded{Practice: "A81001", Position: events.Signed, Notice: period("20wd")}
	spec(t, "a contract whose period cannot be counted is not recorded", guided("A81001"), when(RecordContract{at("2026-10-02"), working}), refused(ErrInvalid, "20 working days"))
}

func TestWhatBecomesOfNotices(t *testing.T) {
	running, codes := serving("A81001"), []string{"A81001"}
	spec(t, "a notice is acknowledged", running, when(AcknowledgeNotice{at("2026-11-04"), codes, "ack.eml"}), then(
		fact("2026-11-04", events.NoticeAcknowledged{Practice: "A81001", Document: "ack.eml"}), follows("2026-11-04", events.DeadlineMet{Deadline: "D3.2"})))
	spec(t, "once", and(running, AcknowledgeNotice{at("2026-11-04"), codes, ""}), when(AcknowledgeNotice{at("2026-11-05"), codes, ""}), nothing())
	spec(t, "not before it was served", running, when(AcknowledgeNotice{at("2026-10-30"), codes, ""}), refused(ErrTooEarly, "served"))
	spec(t, "where there is one", guided("A81001"), when(AcknowledgeNotice{at("2026-11-04"), codes, ""}), refused(ErrNoNotice, "guided"))
	spec(t, "a notice is withdrawn, and its clock stops", running, when(WithdrawNotice{at("2027-01-31"), codes, "content"}), then(
		fact("2027-01-31", events.NoticeWithdrawn{Practice: "A81001", Why: "content"}), follows("2027-01-31", events.DeadlineSuperseded{Deadline: "D3.1", Why: "the notice was withdrawn"}), follows("2027-01-31", events.DeadlineSuperseded{Deadline: "D3.2", Why: "the notice was withdrawn"})))
	spec(t, "not once it has run out", running, when(WithdrawNotice{at("2027-02-01"), codes, ""}), refused(ErrNoticeEnded, "Sun 31 Jan 2027"))
	spec(t, "nor twice", and(running, WithdrawNotice{at("2026-11-10"), codes, ""}), when(WithdrawNotice{at("2026-11-11"), codes, ""}), refused(ErrNoNotice, "withdrawn"))
	spec(t, "nor before it was served", running, when(WithdrawNotice{at("2026-10-30"), codes, ""}), refused(ErrTooEarly))
	spec(t, "a notice takes effect, and its clock has been kept", running, when(EffectNotice{at("2027-01-31"), codes}), then(
		fact("2027-01-31", events.NoticeTookEffect{Practice: "A81001"}), follows("2027-01-31", events.DeadlineMet{Deadline: "D3.1"}), follows("2027-01-31", events.DeadlineSuperseded{Deadline: "D3.2", Why: "the notice took effect"})))
	spec(t, "not before it has run out", running, when(EffectNotice{at("2027-01-30"), codes}), refused(ErrNotYetEnded, "Sun 31 Jan 2027"))
	spec(t, "nor twice", and(running, EffectNotice{at("2027-01-31"), codes}), when(EffectNotice{at("2027-02-01"), codes}), refused(ErrNoNotice, "ended"))
	spec(t, "the notices of others run on", serving("A81001", "A81002"), when(WithdrawNotice{at("2026-11-10"), []string{"A81002"}, ""}), then(
		fact("2026-11-10", events.NoticeWithdrawn{Practice: "A81002"}), follows("2026-11-10", events.DeadlineSuperseded{Deadline: "D3.3", Why: "the notice was withdrawn"}), follows("2026-11-10", events.DeadlineSuperseded{Deadline: "D3.4", Why: "the notice was withdrawn"})))
}

// collective is forty practices serving three months' notice in 2026: ten on
// 31 October, twenty on 30 November, ten on 31 December. The thirtieth
// withdrew its notice on 15 January, and the ICB's offer stands.
func collective() (told []Command, codes []string) {
	for n := 1; n <= 40; n++ {
		codes = append(codes, practiceCode(n))
	}
	return and(guided(codes...), notice("2026-10-31", codes[:10]...), notice("2026-11-30", codes[10:30]...), notice("2026-12-31", codes[30:]...),
		WithdrawNotice{at("2027-01-15"), codes[29:30], "content already"}, bid("2027-02-10", events.ICB, 480, "")), codes
}

// states counts the practices by where they stand with their notices.
func states(c Case, on string) map[NoticeState]int {
	count := map[NoticeState]int{}
	for _, p := range c.Practices {
		count[p.NoticeState(day(on))]++
	}
	return count
}

func TestCollectiveNotices(t *testing.T) {
	told, codes := collective()
	s := newStory(t)
	s.tell(told...)
	same(t, map[NoticeState]int{Served: 39, Withdrawn: 1}, states(s.file.Case, "2027-01-31"))
	same(t, map[NoticeState]int{Served: 29, Withdrawn: 1, Ended: 10}, states(s.file.Case, "2027-02-15"))
	s.tell(AcceptOffer{Dated: at("2027-02-15"), Offer: 1})
	same(t, map[NoticeState]int{Cancelled: 29, Withdrawn: 1, Ended: 10}, states(s.file.Case, "2027-02-15"))
	for i, code := range codes {
		p, _ := s.file.Case.Practice(code)
		ended, cancelled := calendar.Date{}, day("2027-02-15")
		switch {
		case i < 10:
			ended, cancelled = day("2027-01-31"), calendar.Date{}
		case i == 29:
			cancelled = day("2027-01-15")
		}
		if p.Notice.Effective != ended || p.Notice.Withdrawn != cancelled {
			t.Errorf("%s: took effect %q, withdrawn %q; want %q, %q", code, p.Notice.Effective, p.Notice.Withdrawn, ended, cancelled)
		}
	}
	for _, d := range s.file.Case.Deadlines {
		if d.Running() {
			t.Errorf("the clock of %s still runs", d.Practice)
		}
		if met := d.Ended() == deadline.Met; met != (slices.Contains(codes[:10], d.Practice) && d.Rule == string(deadline.LESNotice)) {
			t.Errorf("the deadline of %s is %s", d.Practice, d.Ended())
		}
	}
	if stage := s.file.Case.Stage(day("2027-02-15")); stage != StageAgreed {
		t.Errorf("the case is %s", stage)
	}
}

func TestKeptNotices(t *testing.T) {
	kept := and(serving("A81001", "A81002"), bid("2026-11-02", events.ICB, 480, ""))
	spec(t, "an agreement cancels what runs", kept, when(AcceptOffer{Dated: at("2026-11-09"), Offer: 1}), then(
		fact("2026-11-09", events.OfferAccepted{Offer: 1, By: events.LMC}),
		follows("2026-11-09", events.NoticeWithdrawn{Practice: "A81001", Agreed: 1}), follows("2026-11-09", events.DeadlineSuperseded{Deadline: "D3.1", Why: "the notice was cancelled by agreement"}), follows("2026-11-09", events.DeadlineSuperseded{Deadline: "D3.2", Why: "the notice was cancelled by agreement"}),
		follows("2026-11-09", events.NoticeWithdrawn{Practice: "A81002", Agreed: 1}), follows("2026-11-09", events.DeadlineSuperseded{Deadline: "D3.3", Why: "the notice was cancelled by agreement"}), follows("2026-11-09", events.DeadlineSuperseded{Deadline: "D3.4", Why: "the notice was cancelled by agreement"})))
	accepted := and(kept, AcceptOffer{at("2026-11-09"), 1, true})
	spec(t, "unless it is to run on", kept, when(AcceptOffer{at("2026-11-09"), 1, true}), then(fact("2026-11-09", events.OfferAccepted{Offer: 1, By: events.LMC, KeepNotices: true})))
	signed := events.AgreementSigned{From: day("2027-04-01")}
	spec(t, "until it is signed", accepted, when(Sign{Dated: at("2026-12-01")}), then(fact("2026-12-01", signed),
		follows("2026-12-01", events.NoticeWithdrawn{Practice: "A81001", Agreed: 1}), follows("2026-12-01", events.DeadlineSuperseded{Deadline: "D3.1", Why: "the notice was cancelled by agreement"}), follows("2026-12-01", events.DeadlineSuperseded{Deadline: "D3.2", Why: "the notice was cancelled by agreement"}),
		follows("2026-12-01", events.NoticeWithdrawn{Practice: "A81002", Agreed: 1}), follows("2026-12-01", events.DeadlineSuperseded{Deadline: "D3.3", Why: "the notice was cancelled by agreement"}), follows("2026-12-01", events.DeadlineSuperseded{Deadline: "D3.4", Why: "the notice was cancelled by agreement"})))
	spec(t, "by when it may have run out", accepted, when(Sign{Dated: at("2027-02-01")}), then(fact("2027-02-01", signed),
		follows("2027-01-31", events.NoticeTookEffect{Practice: "A81001"}), follows("2027-01-31", events.DeadlineMet{Deadline: "D3.1"}), follows("2027-01-31", events.DeadlineSuperseded{Deadline: "D3.2", Why: "the notice took effect"}),
		follows("2027-01-31", events.NoticeTookEffect{Practice: "A81002"}), follows("2027-01-31", events.DeadlineMet{Deadline: "D3.3"}), follows("2027-01-31", events.DeadlineSuperseded{Deadline: "D3.4", Why: "the notice took effect"})))
	spec(t, "on its last day a notice is cancelled", kept, when(AcceptOffer{Dated: at("2027-01-31"), Offer: 1}), func(t *testing.T, facts []events.Fact, err error) {
		then(facts...)(t, facts, err)
		if _, cancelled := facts[1].Event.(events.NoticeWithdrawn); !cancelled {
			t.Errorf("%v", facts[1])
		}
	})
	later := and(guided("A81001", "A81002"), bid("2026-10-02", events.ICB, 480, ""), notice("2026-10-20", "A81001"), notice("2026-10-21", "A81002"))
	spec(t, "a notice served after the agreement runs on, however late that was recorded", later, when(AcceptOffer{Dated: at("2026-10-20"), Offer: 1}), then(
		fact("2026-10-20", events.OfferAccepted{Offer: 1, By: events.LMC}),
		follows("2026-10-20", events.NoticeWithdrawn{Practice: "A81001", Agreed: 1}), follows("2026-10-20", events.DeadlineSuperseded{Deadline: "D4.1", Why: "the notice was cancelled by agreement"}),
		follows("2026-10-20", events.DeadlineSuperseded{Deadline: "D4.2", Why: "the notice was cancelled by agreement"})))
}

func TestOffersStartAndStopClocks(t *testing.T) {
	reply := events.DeadlineSet{
		Deadline: "D2.1", Rule: "offer-reply", RuleVersion: 1, Title: "Reply to offer", Owner: events.ICB,
		Offer: 1, Trigger: day("2026-10-05"), Stated: day("2026-10-26"),
	}
	first := bid("2026-10-05", events.LMC, 525, "2026-10-26")
	spec(t, "a reply-by date is the other side's deadline", given(opened()), when(first), then(
		fact("2026-10-05", events.OfferTabled{Offer: 1, Round: 1, By: events.LMC, Terms: terms(525), ReplyBy: day("2026-10-26")}), follows("2026-10-05", reply)))
	next := reply
	next.Deadline, next.Offer, next.Trigger, next.Stated = "D3.1", 2, day("2026-10-12"), day("2026-11-02")
	spec(t, "a replacement stops the clock of what it replaces", given(opened(), first), when(bid("2026-10-12", events.LMC, 500, "2026-11-02")), then(
		fact("2026-10-12", events.OfferTabled{Offer: 2, Round: 2, By: events.LMC, Terms: terms(500), ReplyBy: day("2026-11-02")}),
		follows("2026-10-12", events.DeadlineSuperseded{Deadline: "D2.1", Why: "the offer was replaced"}), follows("2026-10-12", next)))
	both := given(opened(), first, bid("2026-10-06", events.ICB, 300, "2026-10-30"))
	spec(t, "the other side's offer does not", given(opened(), first), when(bid("2026-10-06", events.ICB, 300, "")), then(
		fact("2026-10-06", events.OfferTabled{Offer: 2, Round: 1, By: events.ICB, Terms: terms(300)})))
	spec(t, "accepting one offer stops the clocks of both", both, when(AcceptOffer{Dated: at("2026-10-12"), Offer: 2}), then(
		fact("2026-10-12", events.OfferAccepted{Offer: 2, By: events.LMC}),
		follows("2026-10-12", events.DeadlineMet{Deadline: "D3.1"}), follows("2026-10-12", events.DeadlineSuperseded{Deadline: "D2.1", Why: "another offer was accepted"})))
	spec(t, "rejecting one only its own", both, when(RejectOffer{at("2026-10-12"), 2, ""}), then(
		fact("2026-10-12", events.OfferRejected{Offer: 2, By: events.LMC}), follows("2026-10-12", events.DeadlineMet{Deadline: "D3.1"})))
	spec(t, "withdrawing one too", both, when(WithdrawOffer{at("2026-10-12"), 2, ""}), then(
		fact("2026-10-12", events.OfferWithdrawn{Offer: 2}), follows("2026-10-12", events.DeadlineSuperseded{Deadline: "D3.1", Why: "the offer was withdrawn"})))
}

// What the clock carries of the service moves no date, and is part of the working.
func TestTheClockOfANoticeTellsHowItWasServed(t *testing.T) {
	posted := events.NoticeServed{
		Practice: "A81001", Period: period("3m"), Method: events.Post, Sent: day("2026-10-30"), SentTime: "16:45", Deemed: day("2026-11-02"), Stated: true,
	}
	end, ack := NoticeClocks(posted)
	for due, set := range map[string]events.DeadlineSet{"2027-02-02": end, "2026-11-16": ack} {
		answer := deadline.Clock{DeadlineSet: set}.Explain(calendar.Builtin())
		if answer.Due != day(due) || answer.Steps[0] != (deadline.Step{Date: day("2026-10-30"), Why: "sent by first-class post"}) || answer.Steps[1].Date != day("2026-11-02") {
			t.Errorf("%s is due %s, by %+v", set.Title, answer.Due, answer.Steps)
		}
	}
	emailed := posted
	emailed.Method, emailed.Sent, emailed.Deemed, emailed.Stated = events.Email, day("2026-11-02"), day("2026-11-02"), false
	end, _ = NoticeClocks(emailed)
	if clock := (deadline.Clock{DeadlineSet: end}); clock.Due(calendar.Builtin()) != day("2027-02-02") || clock.Service != (events.Service{Method: events.Email}) || clock.Time != "16:45" {
		t.Errorf("an emailed notice has the clock %+v", clock)
	}
}
