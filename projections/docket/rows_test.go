package docket_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/adapters/logtest/sample"
	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/domain/directory"
	"parley/events"
	"parley/projections/docket"
)

// counted is a clock that is counted by a rule from a day.
func counted(id, rule, from string) events.Fact {
	return sample.Fact(from, events.DeadlineSet{Deadline: id, Rule: rule, Title: "Answer", Owner: events.ICB, Trigger: sample.Day(from)})
}

// The days left are those of the rule: a Scottish holiday is no working day to
// the Freedom of Information Act, and one in England.
func TestDaysAreLeftByTheRulesOwnWorkingDays(t *testing.T) {
	doc := book(t, "GLO-26-0001", counted("D2.1", "foi-respond", "2026-11-02"), sample.Fact("2026-11-02", events.DeadlineSet{
		Deadline: "D3.1", Rule: "local-period", Owner: events.ICB, Trigger: sample.Day("2026-11-03"), Period: calendar.Period{N: 20, Unit: calendar.WorkingDays},
	}))
	rows := doc.Rows(on("2026-11-27"))
	for i, want := range []struct {
		due   string
		days  int
		works int
	}{{"2026-12-01", 4, 1}, {"2026-12-01", 4, 2}} {
		if r := rows[i]; r.Due != sample.Day(want.due) || r.DaysLeft != want.days || r.WorkingDaysLeft != want.works {
			t.Errorf("%s is due %s in %d days, %d working days", r.ID, r.Due, r.DaysLeft, r.WorkingDaysLeft)
		}
	}
	if r := doc.Rows(on("2026-12-03"))[0]; r.DaysLeft != -2 || r.WorkingDaysLeft != -2 || !r.Overdue || r.Status != deadline.Missed {
		t.Errorf("passed: %+v", r)
	}
}

func TestRowsSayWhatMustBeSaidAloud(t *testing.T) {
	doc := book(t, "GLO-26-0001",
		counted("D2.1", "foi-respond", "2028-12-18"),                                                                                                                 // past the last published holiday
		due("D3.1", "2026-12-25", events.LMC),                                                                                                                        // Christmas Day
		due("D4.1", "2026-02-01", events.LMC), sample.Fact("2026-02-03", events.DeadlineExtended{Deadline: "D4.1", Until: sample.Day("2026-02-20"), Base: "agreed"}), // a breach
		due("D6.1", "2026-02-02", events.LMC), sample.Fact("2026-02-03", events.DeadlineMet{Deadline: "D6.1"}), // late
		counted("D8.1", "pgm-dispute-ack", "2026-02-02"), // from memory
	)
	rows := doc.Rows(on("2026-02-10"))
	if r := rows[0]; !r.Provisional || rows[1].Provisional {
		t.Errorf("provisional: %+v", r)
	}
	if r := rows[1]; r.NotAWorkingDay == "" || rows[3].NotAWorkingDay != "" {
		t.Errorf("not a working day: %+v", r)
	}
	breach := []deadline.Breach{{Due: sample.Day("2026-02-01"), Over: deadline.Extended, On: sample.Day("2026-02-03")}}
	if r := rows[2]; r.Overdue || r.Moved != sample.Day("2026-02-20") || cmp.Diff(breach, r.Breaches, sameDates) != "" {
		t.Errorf("breached, then extended: %+v", r)
	}
	if r := rows[3]; !r.Late || r.Status != deadline.Met || len(r.Breaches) != 1 {
		t.Errorf("met late: %+v", r)
	}
	if r := rows[4]; r.Standing != deadline.Unverified || rows[0].Standing != deadline.Statutory {
		t.Errorf("unverified: %+v", r)
	}
}

// A revision of the calendar moves what is listed at once.
func TestARevisedCalendarReDatesTheList(t *testing.T) {
	doc := book(t, "GLO-26-0001", counted("D2.1", "foi-respond", "2026-11-02"))
	day := on("2026-11-10")
	day.Calendar = day.Calendar.With(calendar.Revision{Version: "x", Horizon: day.Calendar.Horizon(), Added: []calendar.Holiday{
		{Division: calendar.NorthernIreland, Date: sample.Day("2026-11-20"), Title: "A day off"},
	}})
	for want, on := range map[string]docket.Day{"2026-12-01": on("2026-11-10"), "2026-12-02": day} {
		rows, err := docket.List(slices.Values([]docket.Doc{doc}), docket.Query{Day: on})
		if err != nil || len(rows) != 1 || rows[0].Due != sample.Day(want) {
			t.Errorf("%+v, %v", rows, err)
		}
	}
}

// The ICB of the case stays what it was; who answers for it today is said beside it.
func TestWhoAnswersForAnICBThatIsGone(t *testing.T) {
	doc := book(t, "GLO-26-0001", due("D2.1", "2027-04-06", events.ICB))
	bodies := directory.New()
	for _, c := range bodies.Commissioners() {
		if c.Code != "QR1" {
			continue
		}
		c.Until, c.Successors = sample.Day("2027-03-31"), []string{"QUY"}
		bodies = bodies.WithCommissioners(c)
	}
	for on, want := range map[string]string{"2027-03-31": "QR1", "2027-04-01": "QUY"} {
		r := doc.Rows(docket.Day{Today: sample.Day(on), Calendar: calendar.Builtin(), Bodies: bodies})[0]
		if r.ICB != "QR1" || !slices.Equal(r.Responsible, []string{want}) || r.Due != sample.Day("2027-04-06") {
			t.Errorf("on %s: %+v", on, r)
		}
	}
}

func TestWithinWorkingDays(t *testing.T) {
	doc := book(t, "GLO-26-0001", due("D2.1", "2026-04-02", events.ICB), due("D3.1", "2026-04-07", events.ICB), due("D4.1", "2026-04-08", events.ICB))
	rows, err := docket.List(slices.Values([]docket.Doc{doc}), docket.Query{Day: on("2026-04-02"), Within: calendar.Period{N: 1, Unit: calendar.WorkingDays}})
	if err != nil || !slices.Equal(ids(rows), []string{"GLO-26-0001 D2.1", "GLO-26-0001 D3.1"}) { // over Easter
		t.Errorf("%v, %v", ids(rows), err)
	}
}
