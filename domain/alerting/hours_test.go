package alerting_test

import (
	"testing"
	"time"

	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

// What was missed and is not pressing waits for the next morning on which alerts
// go out.
func TestWhatWasMissedKeepsToTheHours(t *testing.T) {
	p := alerting.DefaultPolicy("j.doe")
	for _, c := range []struct {
		name, now string
		want      work
	}{
		{"overdue, before the evening", "2026-10-27 17:59", work{Send: []string{"over1wd"}, Ahead: []string{"esc2wd 2026-10-28 08:30Z"}}},
		{"overdue, in the evening", "2026-10-27 18:00", work{Ahead: []string{"over1wd 2026-10-28 08:30Z", "esc2wd 2026-10-28 08:30Z"}}},
		{"overdue for long, in the evening", "2026-10-29 21:00", work{Ahead: []string{"esc2wd 2026-10-30 08:30Z"}}},
		{"overdue for long, on a Friday evening", "2026-10-30 18:00", work{Ahead: []string{"esc2wd 2026-11-02 08:30Z"}}},
		{"overdue for long, before a bank holiday", "2026-12-24 19:00", work{Ahead: []string{"esc2wd 2026-12-29 08:30Z"}}},
		{"due today, in the evening", "2026-10-26 21:00", work{Send: []string{"day"}, Ahead: []string{"over1wd 2026-10-27 08:30Z", "esc2wd 2026-10-28 08:30Z"}}},
		{"due on Monday, on a Friday evening", "2026-10-23 21:00", work{
			Send: []string{"1wd"}, Ahead: []string{"day 2026-10-26 08:30Z", "over1wd 2026-10-27 08:30Z", "esc2wd 2026-10-28 08:30Z"},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _ := triage(stated("2026-10-26"), c.now, p, nil)
			got.Supersede = nil
			same(t, c.want, got)
		})
	}
}

// What is due on a day on which nothing goes out, or before the next on which it
// does, is not held back until it is overdue.
func TestWhatWouldBeTooLateDoesNotWait(t *testing.T) {
	p := alerting.DefaultPolicy("j.doe")
	for _, c := range []struct{ name, due, now, goes string }{
		{"due on a Saturday, on it", "2026-10-24", "2026-10-24 10:00", "2026-10-24 10:00"},
		{"due on a Saturday, before the morning", "2026-10-24", "2026-10-24 05:00", "2026-10-24 07:00"},
		{"due on a Saturday, late in its evening", "2026-10-24", "2026-10-24 22:30", "2026-10-26 08:30"},
		{"due on a Sunday, the day before", "2026-10-25", "2026-10-24 10:00", "2026-10-24 10:00"},
		{"due on a Sunday, in the evening before", "2026-10-25", "2026-10-24 21:00", "2026-10-25 07:00"},
		{"due on a Sunday on which the clocks change, on it", "2026-10-25", "2026-10-25 12:00", "2026-10-25 12:00"},
		{"due on Christmas Day, on it", "2026-12-25", "2026-12-25 09:00", "2026-12-25 09:00"},
		{"due on Monday, on a Saturday", "2026-10-26", "2026-10-24 10:00", "2026-10-26 08:30"},
		{"due on a Saturday that has passed", "2026-10-24", "2026-10-25 10:00", "2026-10-26 08:30"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, w := triage(stated(c.due), c.now, p, nil)
			goes := at(c.now)
			if len(w.Send) == 0 {
				goes = w.Ahead[0].At
			}
			if want := at(c.goes); !goes.Equal(want) {
				t.Errorf("it goes out at %s, want %s", goes, want)
			}
		})
	}
}

// tries returns when an alert is tried whose channel is out of order for good,
// from its time until it is given up.
func tries(t *testing.T, d alerting.Deadline, rung string) []deadline.Moment {
	t.Helper()
	p, cal := alerting.DefaultPolicy("j.doe"), calendar.Builtin()
	a := find(t, alerting.Wanted(p, cal, d, nil), rung)
	s := &story{t: t, id: a.ID, now: a.At}
	s.tell(alerting.Claim{Alert: a, Worker: "w"})
	all := []deadline.Moment{deadline.InLondon(s.now)}
	for {
		s.tell(alerting.RecordFailed{
			Delivery: events.Delivery{To: "j.doe", Channel: "file"}, Why: s.now.Format(time.RFC3339), Now: s.now, Policy: p, Calendar: cal,
		})
		if s.state.RetryAt().IsZero() {
			return all
		}
		s.now = s.state.RetryAt()
		all = append(all, deadline.InLondon(s.now))
		s.tell(alerting.Retry{Now: s.now, Worker: "w"})
		if len(all) > 200 {
			t.Fatal("it is never given up")
		}
	}
}

// Monday 25 May 2026 is a bank holiday.
func TestTriesKeepToTheHoursAndOutlastAWeekend(t *testing.T) {
	cal := calendar.Builtin()
	all := tries(t, ofSpring("2026-05-21"), "over1wd") // on Friday
	onTuesday := 0
	for _, m := range all {
		if !cal.WorkingDay(calendar.WorkingEnglandAndWales, m.Date) || m.Time < "08:30" || m.Time >= "18:00" {
			t.Errorf("it is tried on %s at %s", m.Date.Long(), m.Time)
		}
		if m.Date == day("2026-05-26") {
			onTuesday++
		}
	}
	if last := all[len(all)-1]; onTuesday < 9 || last.Time < "17:00" {
		t.Errorf("it is tried %d times on Tuesday, and at last on %s at %s", onTuesday, last.Date.Long(), last.Time)
	}

	all = tries(t, ofSpring("2026-05-26"), "1wd") // on Friday, for Tuesday
	last, nights := all[len(all)-1], 0
	for _, m := range all {
		if m.Date == day("2026-05-25") && m.Time < "06:00" {
			nights++
		}
	}
	if nights != 6 || last.Date != day("2026-05-26") || last.Time < "17:00" {
		t.Errorf("what is pressing is tried %d times in a night, and at last on %s at %s", nights, last.Date.Long(), last.Time)
	}
}

// ofSpring is a stated deadline known since April 2026.
func ofSpring(due string) alerting.Deadline {
	d := stated(due)
	d.Known = at("2026-04-01 10:00")
	return d
}
