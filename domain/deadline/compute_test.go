package deadline

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"parley/domain/calendar"
	"parley/events"
)

func TestAfterNeedsNoCalendar(t *testing.T) {
	for _, c := range []struct {
		from, period string
		toMonthEnd   bool
		want         string
	}{
		{"1978-09-30", "4m", false, "1979-01-30"}, // Dodds v Walker
		{"2026-11-22", "6m", true, "2027-05-31"},
		{"2026-12-22", "7d", false, "2026-12-29"},
		{"2026-10-01", "12w", false, "2026-12-24"},
		{"2028-02-29", "1y", false, "2029-02-28"},
	} {
		got, err := After(day(t, c.from), length(t, c.period), c.toMonthEnd)
		if err != nil || got.Due != day(t, c.want) || got.Steps[len(got.Steps)-1].Date != got.Due {
			t.Errorf("%s after %s = %s, %v; want %s\n%v", c.period, c.from, got.Due, err, c.want, got.Steps)
		}
		if last, err := LastDay(day(t, c.from), length(t, c.period), c.toMonthEnd); err != nil || last != got.Due {
			t.Errorf("%s after %s = %s, %v without the working, and %s with it", c.period, c.from, last, err, got.Due)
		}
	}
	for _, p := range []calendar.Period{length(t, "20wd"), length(t, "24h"), {}, {N: -1, Unit: calendar.Days}} {
		if got, err := After(day(t, "2026-11-22"), p, false); !errors.Is(err, ErrUncountable) {
			t.Errorf("%v was counted as %s, %v", p, got.Due, err)
		}
	}
}

func TestPeriodsThatBeginWithTheEvent(t *testing.T) {
	for _, c := range []struct{ from, period, want string }{
		{"2026-12-01", "7d", "2026-12-07"},
		{"2026-12-01", "3y", "2029-11-30"}, // the day before the anniversary
		{"2026-01-31", "1m", "2026-02-28"},
		{"2026-01-29", "1m", "2026-02-28"},
		{"2026-01-28", "1m", "2026-02-27"},
		{"2028-02-29", "1y", "2029-02-28"},
		{"2026-12-04", "2wd", "2026-12-07"},
		{"2026-12-05", "2wd", "2026-12-08"}, // a Saturday counts as no day 1
	} {
		a := computed(t, Query{Limit: Limit{Period: length(t, c.period), Counting: events.BeginningWith}, From: from(t, c.from)})
		if a.Due != day(t, c.want) {
			t.Errorf("%s beginning with %s: %s, want %s\n%v", c.period, c.from, a.Due, c.want, a.Steps)
		}
	}
}

func TestClearDaysGiveBothReadings(t *testing.T) {
	a := computed(t, Query{Limit: Limit{Period: length(t, "14d"), Counting: events.ClearDays}, From: from(t, "2026-10-02")})
	if len(a.Readings) != 2 || a.Due != day(t, "2026-10-16") || !a.Readings[0].Safe || a.Readings[1].Due != day(t, "2026-10-17") {
		t.Errorf("due %s by %+v", a.Due, a.Readings)
	}
	stated := computed(t, Query{Limit: Limit{Period: length(t, "14d"), Counting: events.ClearDays, ToEvent: true}, From: from(t, "2026-10-02")})
	if len(stated.Readings) != 0 || stated.Due != day(t, "2026-10-17") {
		t.Errorf("to the event: due %s by %+v", stated.Due, stated.Readings)
	}
}

func TestTheWaitingSideWaitsForTheLaterReading(t *testing.T) {
	a := computed(t, Query{Rule: "gms-partner-change", From: from(t, "2026-12-01")})
	if a.Due != day(t, "2026-12-30") || !a.Readings[1].Safe || a.Readings[0].Due != day(t, "2026-12-29") {
		t.Errorf("due %s by %+v", a.Due, a.Readings)
	}
	settled := computed(t, Query{Rule: "gms-partner-change", Limit: Limit{Counting: events.After}, From: from(t, "2026-12-01")})
	if settled.Due != day(t, "2026-12-29") || len(settled.Readings) != 0 {
		t.Errorf("settled, due %s by %+v", settled.Due, settled.Readings)
	}
}

func TestServiceIsDeemed(t *testing.T) {
	court := func(m events.Method) events.Service { return events.Service{Method: m, Court: true} }
	for _, c := range []struct {
		name    string
		service events.Service
		sent    string
		want    string
	}{
		{"nothing deemed", events.Service{}, "2026-11-28", "2026-11-28"},
		{"by post on a Thursday", court(events.Post), "2026-11-26", "2026-11-30"},
		{"by post before Easter", court(events.Post), "2027-03-25", "2027-03-30"},
		{"by email in the afternoon", court(events.Email), "2026-11-27T16:29", "2026-11-27"},
		{"by email at half past four", court(events.Email), "2026-11-27T16:30", "2026-11-30"},
		{"by email on a Saturday", court(events.Email), "2026-11-28T09:00", "2026-11-30"},
		{"by email on a Saturday, at no known time", court(events.Email), "2026-11-28", "2026-11-30"},
		{"by hand on Christmas Eve", court(events.Hand), "2026-12-24T17:00", "2026-12-29"},
		{"by the contract's clause", events.Service{Method: events.Post, Clause: length(t, "2wd")}, "2026-12-24", "2026-12-30"},
		{"by the clause rather than the table", events.Service{Method: events.Post, Court: true, Clause: length(t, "1d")}, "2026-12-24", "2026-12-25"},
		{"as stated, whatever else", events.Service{Method: events.Post, Court: true, Clause: length(t, "2d"), Deemed: day(t, "2026-12-28")}, "2026-12-24", "2026-12-28"},
	} {
		served, err := Served(calendar.Builtin(), c.service, from(t, c.sent))
		if err != nil || served.Due != day(t, c.want) {
			t.Errorf("%s: served %s, %v; want %s\n%v", c.name, served.Due, err, c.want, served.Steps)
		}
		a := computed(t, Query{Rule: "les-notice", Limit: Limit{Period: length(t, "28d")}, From: from(t, c.sent), Service: c.service})
		if a.Due != served.Due.AddDays(28) {
			t.Errorf("%s: served %s, and 28 days end on %s", c.name, served.Due, a.Due)
		}
	}
	set := LESNotice.Set(events.Practice)
	set.Deadline, set.Trigger, set.Time, set.Period, set.Service = "D1.1", day(t, "2026-11-27"), "16:45", length(t, "28d"), court(events.Email)
	due(t, book(events.Fact{On: set.Trigger, Event: set})[0], "2026-12-28")
	set.Time = "" // not known: the later day is safe for who gives notice
	due(t, book(events.Fact{On: set.Trigger, Event: set})[0], "2026-12-28")
}

func TestSupposedExtensionsAndHolidays(t *testing.T) {
	ask := Query{Rule: "foi-respond", From: from(t, "2026-11-02")}
	ask.Extension = Extension{By: length(t, "5wd"), Base: "agreed"}
	if a := computed(t, ask); a.Due != day(t, "2026-12-08") || !says(a.Steps, "agreed") || !says(a.Steps, "St Andrew") {
		t.Errorf("five working days longer it is due %s\n%v", a.Due, a.Steps)
	}
	ask.Extension = Extension{Until: day(t, "2026-12-12")}
	if a := computed(t, ask); a.Due != day(t, "2026-12-12") || a.NotAWorkingDay != "Saturday" {
		t.Errorf("extended to a Saturday it is due %s (%q)", a.Due, a.NotAWorkingDay)
	}
	ask.Extension, ask.Holidays = Extension{}, []calendar.Date{day(t, "2026-11-05"), day(t, "2026-11-08")}
	if a := computed(t, ask); a.Due != day(t, "2026-12-02") || !says(a.Steps, "a supposed holiday") || !strings.Contains(a.Calendar, "supposed") {
		t.Errorf("with a holiday more it is due %s by %s\n%v", a.Due, a.Calendar, a.Steps)
	}
	if calendar.Builtin().Version() != "built-in 2026-11" || !calendar.Builtin().WorkingDay(calendar.WorkingAnyUK, day(t, "2026-11-05")) {
		t.Error("a supposed holiday changed the calendar")
	}
}

func TestQueriesThatHaveNoAnswerAreRefused(t *testing.T) {
	at := from(t, "2026-12-01")
	days := Limit{Period: length(t, "28d")}
	hours := Limit{Period: length(t, "24h")}
	with := func(change func(*Query)) Query {
		q := Query{Limit: days, From: at}
		change(&q)
		return q
	}
	for name, c := range map[string]struct {
		ask  Query
		want error
	}{
		"no period":                       {Query{From: at}, ErrUncountable},
		"a negative period":               {Query{From: at, Limit: Limit{Period: calendar.Period{N: -3, Unit: calendar.Days}}}, ErrUncountable},
		"an endless period":               {Query{From: at, Limit: Limit{Period: calendar.Period{N: 10_000, Unit: calendar.Years}}}, ErrUncountable},
		"a period beyond all dates":       {Query{From: at, Limit: Limit{Period: length(t, "9999y")}}, ErrUncountable},
		"a period of no known unit":       {Query{From: at, Limit: Limit{Period: calendar.Period{N: 3, Unit: "q"}}}, ErrUncountable},
		"no day":                          {Query{Limit: days}, ErrParameter},
		"an unknown rule":                 {Query{Rule: "foi-respnd", From: at}, ErrUnknownRule},
		"a rule without a clock":          {Query{Rule: "nhsdr-decide", From: at}, ErrNoClock},
		"a rule without its period":       {Query{Rule: "les-notice", From: at}, ErrParameter},
		"hours without a time":            {Query{Limit: hours, From: at}, ErrParameter},
		"a time that does not exist":      {Query{Limit: hours, From: Moment{day(t, "2027-03-28"), "01:30"}}, ErrParameter},
		"hours to a month's end":          {Query{Limit: Limit{Period: hours.Period, ToMonthEnd: true}, From: from(t, "2026-12-01T09:00")}, ErrUncountable},
		"clear hours":                     {Query{Limit: Limit{Period: hours.Period, Counting: events.ClearDays}, From: from(t, "2026-12-01T09:00")}, ErrUncountable},
		"backward, rolled forward":        {with(func(q *Query) { q.Limit.Backward, q.Limit.Roll = true, events.RollForward }), ErrUncountable},
		"backward to a month's end":       {with(func(q *Query) { q.Limit.Backward, q.Limit.ToMonthEnd = true, true }), ErrUncountable},
		"another way of counting":         {with(func(q *Query) { q.Limit.Counting = "roughly" }), ErrUncountable},
		"another roll":                    {with(func(q *Query) { q.Limit.Roll = "sideways" }), ErrUncountable},
		"another calendar":                {with(func(q *Query) { q.Limit.Calendar = "mars" }), ErrUncountable},
		"another calendar, a stated date": {with(func(q *Query) { q.Limit.Calendar, q.Stated = "mars", at.Date }), ErrUncountable},
		"a pause before the clock":        {with(func(q *Query) { q.Pauses = []Span{span(t, "2026-11-30..2026-12-03")} }), ErrPause},
		"a pause that ends before it is":  {with(func(q *Query) { q.Pauses = []Span{{day(t, "2026-12-05"), day(t, "2026-12-04")}} }), ErrPause},
		"a pause without an end":          {with(func(q *Query) { q.Pauses = []Span{{From: day(t, "2026-12-05")}} }), ErrPause},
		"pauses that overlap": {with(func(q *Query) {
			q.Pauses = []Span{span(t, "2026-12-09..2026-12-12"), span(t, "2026-12-05..2026-12-10")}
		}), ErrPause},
		"a pause of what counts backward":   {with(func(q *Query) { q.Limit.Backward, q.Pauses = true, []Span{span(t, "2026-12-05..2026-12-06")} }), ErrPause},
		"an extension that is none":         {with(func(q *Query) { q.Extension.Until = day(t, "2026-12-29") }), ErrExtension},
		"an extension by hours":             {with(func(q *Query) { q.Extension.By = hours.Period }), ErrExtension},
		"an extension by no period":         {with(func(q *Query) { q.Extension.Base = "agreed" }), ErrUncountable},
		"an unknown method":                 {with(func(q *Query) { q.Service.Method = "pigeon" }), ErrParameter},
		"the court's table, no method":      {with(func(q *Query) { q.Service.Court = true }), ErrParameter},
		"the court's table, email, no time": {with(func(q *Query) { q.Service = events.Service{Court: true, Method: events.Email} }), ErrParameter},
		"a clause of nothing":               {with(func(q *Query) { q.Service.Clause = calendar.Period{N: -1, Unit: calendar.Days} }), ErrUncountable},
	} {
		if a, err := Compute(calendar.Builtin(), c.ask); !errors.Is(err, c.want) || err.Error() == c.want.Error() {
			t.Errorf("%s: due %s, %v; want %v in words of its own", name, a.Due, err, c.want)
		}
	}
}

func TestAnAnswerIsWholeJSON(t *testing.T) {
	a := computed(t, Query{Rule: "foi-respond", From: from(t, "2026-11-02")})
	text, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"rule", "due", "provisional", "not_a_working_day", "steps", "readings", "authority", "standing", "calendar"} {
		if value, there := fields[name]; !there || string(value) == "null" {
			t.Errorf("%s is %s", name, value)
		}
	}
	if string(fields["due"]) != `"2026-12-01"` || string(fields["readings"]) != "[]" {
		t.Errorf("%s", text)
	}
}

func TestMomentsReadAndWrite(t *testing.T) {
	for text, want := range map[string]string{
		"2026-12-26": "2026-12-26", "2026-12-26T15:20": "2026-12-26T15:20", "2026-12-26 15:20": "2026-12-26T15:20",
		"2026-12-26T15:20:59": "2026-12-26T15:20", "2026-06-30T23:30:00Z": "2026-07-01T00:30", "2026-10-25T01:30": "2026-10-25T01:30",
	} {
		if m, err := ParseMoment(text); err != nil || m.String() != want {
			t.Errorf("%q reads as %s, %v; want %s", text, m, err, want)
		}
	}
	for _, text := range []string{"", "2026-02-31", "2026-02-31T10:00", "2026-12-26T", "2026-12-26T25:00", "2026-12-26T9:00", "2026-12-26T15:60", "2027-03-28T01:30", "1995-01-01T09:00", "15:20"} {
		if m, err := ParseMoment(text); err == nil {
			t.Errorf("%q reads as %s, want an error", text, m)
		}
	}
	for _, text := range []string{"", "2026-12-21", "2026-12-21..", "..2026-12-21", "2026-12-21..2026-12-20", "2026-12-21..2026-02-31", "2026-12-21...2026-12-22"} {
		if p, err := ParseSpan(text); !errors.Is(err, ErrPause) {
			t.Errorf("%q reads as %s, %v", text, p, err)
		}
	}
}

func FuzzQuery(f *testing.F) {
	for _, r := range Rules() {
		f.Add(string(r.ID), "2026-12-01T10:00", "3m", "2026-12-21..2027-01-04")
	}
	f.Add("", "2026-02-31", "0d", "2027-01-04..2026-12-21")
	f.Add("foi", "2027-03-28T01:30", "24h", "")
	f.Add("", "2200-12-31", "9999y", "")
	f.Fuzz(func(t *testing.T, rule, when, period, pause string) {
		if r, err := Find(rule); err == nil && !strings.EqualFold(strings.TrimSpace(rule), string(r.ID)) {
			t.Fatalf("%q finds %s", rule, r.ID)
		}
		m, err := ParseMoment(when)
		if err != nil {
			return
		}
		if again, err := ParseMoment(m.String()); err != nil || again != m {
			t.Fatalf("%q reads as %s, which reads back as %s, %v", when, m, again, err)
		}
		query := Query{Rule: rule, From: m}
		if p, err := calendar.ParsePeriod(period); err == nil {
			query.Limit.Period = p
		}
		if s, err := ParseSpan(pause); err == nil {
			if again, err := ParseSpan(s.String()); err != nil || again != s {
				t.Fatalf("%q reads as %s, which reads back as %s, %v", pause, s, again, err)
			}
			query.Pauses = []Span{s}
		}
		a, err := Compute(calendar.Builtin(), query)
		if err != nil {
			if !slices.ContainsFunc([]error{ErrUnknownRule, ErrNoClock, ErrParameter, ErrUncountable, ErrPause}, func(kind error) bool { return errors.Is(err, kind) }) {
				t.Fatalf("%+v: an error of no kind: %v", query, err)
			}
			return
		}
		if a.Due.IsZero() || len(a.Steps) == 0 {
			t.Fatalf("%+v has no date or no working: %+v", query, a)
		}
	})
}
