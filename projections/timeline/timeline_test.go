package timeline_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/adapters/logtest/sample"
	"parley/domain/calendar"
	"parley/events"
	"parley/projections/timeline"
)

// london is where days begin.
func london(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

func TestEveryEventIsDescribed(t *testing.T) {
	if len(events.All()) == 0 {
		t.Fatal("there are no events")
	}
	for _, e := range events.All() {
		filled := reflect.New(reflect.TypeOf(e)).Elem()
		fill(filled)
		text := timeline.Describe(filled.Interface().(events.Event))
		if text == "" || timeline.Describe(e) == "" {
			t.Errorf("%s is not described: say in describe.go what it reads like", events.Name(e))
		}
		if strings.ContainsAny(text, "{}%\n") || strings.Contains(text, "  ") || strings.TrimSpace(text) != text {
			t.Errorf("%s reads %q", events.Name(e), text)
		}
	}
}

// fill gives every part of an event a value.
func fill(v reflect.Value) {
	switch v.Interface().(type) {
	case calendar.Date:
		v.Set(reflect.ValueOf(sample.Day("2026-11-22")))
		return
	case time.Time:
		v.Set(reflect.ValueOf(sample.Day("2026-11-22").Time()))
		return
	case calendar.Period:
		v.Set(reflect.ValueOf(calendar.Period{N: 3, Unit: calendar.Months}))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString("text")
	case reflect.Int, reflect.Int64:
		v.SetInt(2)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i))
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.String {
			v.Set(reflect.MakeSlice(v.Type(), 2, 2))
			fill(v.Index(0))
			fill(v.Index(1))
		}
	}
}

func TestDescribe(t *testing.T) {
	day := sample.Day
	three := calendar.Period{N: 3, Unit: calendar.Months}
	for _, test := range []struct {
		event events.Event
		want  string
	}{
		{events.CaseOpened{ICB: "QR1", ICBName: "NHS Gloucestershire Integrated Care Board", Service: "ecg", Title: "ECGs"}, "Case opened with NHS Gloucestershire Integrated Care Board (QR1) about ecg: ECGs"},
		{events.ContractPositionRecorded{Position: events.RolledOver, TermEnd: day("2025-03-31"), Notice: three, ToMonthEnd: true, Clause: "14.2", Document: "les.pdf"}, "Contract position of all practices: an expired contract that was carried on with, term to Mon 31 Mar 2025, notice of 3 months to the end of the month, clause 14.2 [les.pdf]"},
		{events.CostRecorded{Practice: "A81001", Pence: 410, Unit: "test", Basis: "band 3"}, "Cost to A81001: £4.10 per test (band 3)"},
		{events.OfferTabled{Offer: 3, Round: 2, By: events.ICB, ReplyBy: day("2026-11-22"), Terms: events.Terms{PricePence: 525, Unit: "test", From: day("2026-12-01"), Until: day("2028-03-31"), Cap: 1500, AnnualPence: 1_400_000_000}}, "Offer 3 (round 2) by the ICB: £5.25 per test from Tue 1 Dec 2026 to Fri 31 Mar 2028, at most 1500 a year, worth £14,000,000.00 a year, reply by Sun 22 Nov 2026"},
		{events.OfferAccepted{Offer: 3, By: events.LMC, KeepNotices: true}, "Offer 3 accepted by the LMC, notices to run on until it is signed"},
		{events.NoticeServed{Practice: "A81001", Period: three, ToMonthEnd: true, Clause: "14.2", Method: events.Hand, Sent: day("2026-10-30"), SentTime: "16:45", Deemed: day("2026-11-02"), Stated: true}, "A81001 served notice of 3 months to the end of the month under clause 14.2, sent by hand delivery on Fri 30 Oct 2026 at 16:45, deemed served Mon 2 Nov 2026 as stated"},
		{events.NoticeWithdrawn{Practice: "A81001", Agreed: 3}, "Notice of A81001 cancelled by the agreement on offer 3"},
		{events.NoticeWithdrawn{Practice: "A81001", Why: "second thoughts"}, "Notice of A81001 withdrawn: second thoughts"},
		{events.DeadlineSet{Deadline: "D7.1", Title: "Notice ends", Owner: events.Practice, Practice: "A81001", Trigger: day("2026-11-02"), Period: three}, "Deadline D7.1 for the practice: Notice ends for A81001, 3 months from Mon 2 Nov 2026"},
		{events.DeadlineSet{Deadline: "D7.1", Title: "Reply to offer", Owner: events.ICB, Offer: 3, Trigger: day("2026-11-02"), Stated: day("2026-11-22")}, "Deadline D7.1 for the ICB: Reply to offer (offer 3), by Sun 22 Nov 2026 as stated"},
		{events.DeadlineSet{Deadline: "D7.1", Rule: "foi-respond", Title: "Answer the FOI request", Owner: events.ICB, Request: 2, Trigger: day("2026-11-02")}, "Deadline D7.1 for the ICB: Answer the FOI request (request 2), 20 working days from Mon 2 Nov 2026"},
		{events.DeadlineSet{Deadline: "D7.1", Title: "Discharge summary", Owner: events.Provider, Time: "15:20", Trigger: day("2026-12-26"), Period: calendar.Period{N: 24, Unit: calendar.Hours}}, "Deadline D7.1 for the provider: Discharge summary, 24 hours from Sat 26 Dec 2026 at 15:20"},
		{events.DeadlineSet{Deadline: "D7.1", Title: "Give notice", Owner: events.LMC, Trigger: day("2027-03-31"), Backward: true, Period: calendar.Period{N: 8, Unit: calendar.Weeks}}, "Deadline D7.1 for the LMC: Give notice, 8 weeks before Wed 31 Mar 2027"},
		{events.DeadlineMet{Deadline: "D7.1", Time: "23:40"}, "Deadline D7.1 met at 23:40"},
		{events.DeadlinePaused{Deadline: "D7.1", Why: "Christmas", Until: day("2027-01-04")}, "Deadline D7.1 paused until Mon 4 Jan 2027: Christmas"},
		{events.DeadlineExtensionRemoved{Deadline: "D7.1", Until: day("2027-01-04"), Why: "a mistake"}, "Taken back: the extension of deadline D7.1 to Mon 4 Jan 2027: a mistake"},
		{events.DeadlineExtensionRemoved{Deadline: "D7.1", Why: "a mistake"}, "Taken back: every extension of deadline D7.1: a mistake"},
		{events.DeadlineShortened{Deadline: "D7.1", Until: day("2027-01-04"), Base: "agreed"}, "Deadline D7.1 shortened to Mon 4 Jan 2027: agreed"},
		{events.FOIReviewAsked{Request: 2, Why: "s.43 does not fit"}, "Internal review of freedom of information request 2 asked for: s.43 does not fit"},
		{events.ListClosureApplied{Practice: "A81001", Document: "closure.pdf"}, "A81001 applied to close its list [closure.pdf]"},
		{events.ListClosureDecided{Practice: "A81001", Granted: true, Until: day("2027-06-30")}, "Application of A81001 to close its list granted, until Wed 30 Jun 2027"},
		{events.ListClosureDecided{Practice: "A81001", Granted: true}, "Application of A81001 to close its list granted"},
		{events.ListClosureDecided{Practice: "A81001"}, "Application of A81001 to close its list refused"},
		{events.AwardIntended{Provider: "RTE"}, "Notice of intention to award the contract to RTE published"},
		{events.AwardDecided{Provider: "RTE", Text: "it stands"}, "Further decision on the award communicated, to RTE: it stands"},
		{events.AwardDecided{Text: "abandoned"}, "Further decision on the award communicated: abandoned"},
		{events.CaseReopened{Why: "unpaid", FreshClocks: true}, "Case reopened, with fresh clocks: unpaid"},
		{events.EventReplaced{Event: events.EventID{Version: 7, Index: 2}, Why: "posted a day later"}, "Event 7.2 corrected: posted a day later"},
		{events.CommissionerAbolished{ICB: "QR1", Successors: []string{"S1Y5D", "T6Y0W"}}, "QR1 abolished, succeeded by S1Y5D, T6Y0W"},
		{events.AlertPolicySet{At: "08:30", Desk: "j.doe"}, "Alerts go out at 08:30 to the desk, j.doe"},
		{events.AlertPolicySet{At: "08:30", Desk: "j.doe", People: []events.Person{{Name: "j.doe"}, {Name: "a.roe"}}}, "Alerts go out at 08:30 to j.doe, a.roe"},
		{events.AlertClaimed{Deliveries: []events.Delivery{{To: "j.doe", Channel: "email"}, {Channel: "teams"}}}, "Alert claimed for delivery to j.doe by email, by teams"},
		{events.AlertFailed{Delivery: events.Delivery{Channel: "teams"}, Why: "503", RetryAt: day("2026-11-22").Time()}, "Alert not delivered by teams: 503, to be tried again"},
		{events.CalendarRevised{Version: "GOV.UK 2026-11-22", Horizon: sample.Day("2029-12-26"), Added: make([]calendar.Holiday, 3)}, "Bank holidays revised to GOV.UK 2026-11-22: 3 added, 0 removed, known to Wed 26 Dec 2029"},
	} {
		if got := timeline.Describe(test.event); got != test.want {
			t.Errorf("%s reads\n%s\nnot\n%s", events.Name(test.event), got, test.want)
		}
	}
}

func TestPounds(t *testing.T) {
	for pence, want := range map[int64]string{
		0: "£0.00", 5: "£0.05", 410: "£4.10", 99_999: "£999.99", 100_000: "£1,000.00", 1_400_000_000: "£14,000,000.00", -105: "-£1.05",
		-1 << 63: "-£92,233,720,368,547,758.08",
	} {
		if got := timeline.Pounds(pence); got != want {
			t.Errorf("%d pence is %s, not %s", pence, got, want)
		}
	}
}

func TestCorrectedFactsStandBesideTheirCorrections(t *testing.T) {
	h := sample.Collective(t, "GLO-26-0001", 4)
	byID := map[string]timeline.Entry{}
	entries := timeline.Tell(h, london(t))
	for _, e := range entries {
		byID[e.Event.String()] = e
	}
	facts := 0
	for _, r := range h {
		facts += len(r.Facts)
	}
	if len(entries) != facts {
		t.Errorf("%d entries of %d facts", len(entries), facts)
	}

	notice := byID["12.1"]
	if notice.CorrectedBy.String() != "15.1" || notice.Retracted || notice.Why != "sent three days later" || notice.Effective() {
		t.Errorf("the notice: %+v", notice)
	}
	if with := notice.Replaced; len(with) != 3 || with[0].On != sample.Day("2026-05-21") || with[0].Type != "notice-served" || !with[1].Follows {
		t.Errorf("it was replaced with %+v", with)
	}
	if set := byID["12.2"]; set.Type != "deadline-set" || set.CorrectedBy.String() != "15.1" || !set.Retracted || !set.Follows {
		t.Errorf("its deadline fell with it: %+v", set)
	}
	if other := byID["12.4"]; !other.Effective() || other.Type != "notice-served" {
		t.Errorf("the other practice's notice: %+v", other)
	}
	if correction := byID["15.1"]; correction.Corrects.String() != "12.1" || !correction.Effective() {
		t.Errorf("the correction: %+v", correction)
	}
	if note := byID["16.1"]; !note.Retracted || len(note.Replaced) != 0 || note.CorrectedBy.String() != "17.1" {
		t.Errorf("the note: %+v", note)
	}
	if letter := byID["18.1"]; letter.Late != 12 || byID["19.1"].Late != 0 {
		t.Errorf("the letter is %d days late", letter.Late)
	}
	if !byID["6.1"].Confidential || byID["7.1"].Confidential {
		t.Error("the mandate, and nothing else, is confidential")
	}
}

func TestAsItWasKnownBeforeTheCorrection(t *testing.T) {
	h := sample.Collective(t, "GLO-26-0001", 4)
	for _, e := range timeline.Tell(h.AsOf(h[13].RecordedAt), london(t)) {
		if !e.Effective() {
			t.Errorf("%s was not yet corrected", e.Event)
		}
	}
}

func TestACorrectionThatWasRetractedIsShownAsSuch(t *testing.T) {
	l := sample.Begin(t, events.Case("GLO-26-0001"))
	l.Tell("2026-11-02", sample.Fact("2026-11-02", events.NoteAdded{Text: "a note"}))
	l.Tell("2026-11-03", sample.Fact("2026-11-03", events.EventRetracted{Event: events.EventID{Version: 1, Index: 1}, Why: "wrong case"}))
	l.Tell("2026-11-04", sample.Fact("2026-11-04", events.EventRetracted{Event: events.EventID{Version: 2, Index: 1}, Why: "it was right"}))
	var effective []bool
	for _, e := range timeline.Tell(l.History, london(t)) {
		effective = append(effective, e.Effective())
	}
	if diff := cmp.Diff([]bool{true, false, true}, effective); diff != "" {
		t.Error(diff)
	}
}

func TestDaysBeginInLondon(t *testing.T) {
	l := sample.Begin(t, events.Case("GLO-26-0001"))
	l.Tell("2026-07-01", sample.Fact("2026-07-02", events.NoteAdded{Text: "after midnight in London"}))
	l.History[0].RecordedAt = time.Date(2026, 7, 1, 23, 30, 0, 0, time.UTC)
	if e := timeline.Tell(l.History, london(t))[0]; e.Late != 0 {
		t.Errorf("%d days late", e.Late)
	}
	l.History[0].Facts[0].On = sample.Day("2026-07-01")
	if e := timeline.Tell(l.History, london(t))[0]; e.Late != 1 {
		t.Errorf("%d days late", e.Late)
	}
	if got := timeline.Tell(nil, london(t)); got == nil || len(got) != 0 {
		t.Errorf("no history: %v", got)
	}
}

func TestWhatIsConfidentialIsNotPublic(t *testing.T) {
	entries := []timeline.Entry{
		{Text: "Mandate given: no lower than £4.00", Why: "the floor was £4.20", Confidential: true, Replaced: []timeline.Replacement{{Text: "no lower than £4.20"}}},
		{Text: "a note"},
	}
	shown := timeline.Public(entries)
	if shown[0].Text != "Confidential to the LMC" || shown[0].Why != "" || shown[0].Replaced != nil || shown[1].Text != "a note" {
		t.Errorf("shown as %+v", shown)
	}
	if entries[0].Why == "" || entries[0].Replaced == nil {
		t.Error("the entries themselves were changed")
	}
}
