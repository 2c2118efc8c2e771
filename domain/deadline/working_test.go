package deadline

import (
	"errors"
	"testing"

	"parley/domain/calendar"
	"parley/events"
)

func TestAMethodOfServiceIsNeverIgnored(t *testing.T) {
	cal := calendar.Builtin()
	ask := Query{Limit: Limit{Period: length(t, "28d")}, From: Moment{Date: day(t, "2026-11-02")}}
	ask.Service = events.Service{Method: events.Post}
	if _, err := Compute(cal, ask); !errors.Is(err, ErrParameter) {
		t.Errorf("by post, on a day that nobody stated: %v", err)
	}
	ask.Service = events.Service{Method: events.Post, Deemed: day(t, "2026-11-01")}
	if _, err := Compute(cal, ask); !errors.Is(err, ErrParameter) {
		t.Errorf("served before it was sent: %v", err)
	}
	for _, method := range []events.Method{events.Email, events.Hand} {
		ask.Service = events.Service{Method: method}
		if a, err := Compute(cal, ask); err != nil || a.Due != day(t, "2026-11-30") || !says(a.Steps, "taken to be served on that day") {
			t.Errorf("by %s: %s, %v, %v", method, a.Due, err, a.Steps)
		}
	}
}

func TestAnHourThatIsShownTwiceIsTold(t *testing.T) {
	for from, want := range map[string]string{
		"2026-10-25T00:30:00Z":      "2026-10-26T00:30",
		"2026-10-25T01:30:00Z":      "2026-10-26T01:30",
		"2026-10-25T01:30:00+01:00": "2026-10-26T00:30",
		"2026-10-25T01:30":          "2026-10-26T00:30",
		"2026-10-25T01:30 GMT":      "2026-10-26T01:30",
	} {
		m, err := ParseMoment(from)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := ParseMoment(m.String()); err != nil || again != m {
			t.Errorf("%s is written %s, and read %s, %v", from, m, again, err)
		}
		a, err := Compute(calendar.Builtin(), Query{Limit: Limit{Period: length(t, "24h")}, From: m})
		if got := (Moment{a.Due, a.Time}); err != nil || got.String() != want {
			t.Errorf("24 hours from %s: %s, %v, want %s", from, got, err, want)
		}
		if first := m.Time == "01:30"; says(a.Steps, "show that time twice") != first {
			t.Errorf("from %s: %v", from, a.Steps)
		}
	}
	for _, bad := range []string{"2026-10-25T02:30 GMT", "2026-07-25T01:30 GMT", "2026-10-25T00:30 GMT"} {
		if m, err := ParseMoment(bad); err == nil {
			t.Errorf("%s is read as %s", bad, m)
		}
	}
}

func TestTheWorkingSaysWhatAReaderWouldAsk(t *testing.T) {
	for _, c := range []struct {
		ask  Query
		says string
	}{
		{Query{Limit: Limit{Period: length(t, "1m"), Backward: true}, From: Moment{Date: day(t, "2027-03-31")}}, "that month has no day 31, so its last day"},
		{Query{Limit: Limit{Period: length(t, "1h")}, From: Moment{day(t, "2027-03-31"), "09:00"}}, "1 hour as it passes"},
		{Query{Limit: Limit{Period: length(t, "10d")}, From: Moment{Date: day(t, "2027-03-01")}, Pauses: []Span{span(t, "2027-03-11..2027-03-12")}}, "1 day was paused"},
		{Query{Limit: Limit{Period: length(t, "10d")}, From: Moment{Date: day(t, "2027-03-01")}, Pauses: []Span{span(t, "2027-03-11..2027-03-12")}}, "1 day remains"},
		{Query{Limit: Limit{Period: length(t, "10wd")}, From: Moment{Date: day(t, "2027-03-01")}, Pauses: []Span{span(t, "2027-03-03..2027-03-04")}}, "1 day was paused"},
	} {
		if a, err := Compute(calendar.Builtin(), c.ask); err != nil || !says(a.Steps, c.says) {
			t.Errorf("%+v does not say %q: %v, %v", c.ask, c.says, a.Steps, err)
		}
	}
}

func TestReadingsThatAgreeAreNotShown(t *testing.T) {
	// February 2027 has no day 31: both readings end on its last day
	ask := Query{Rule: string(ListClosureLength), Limit: Limit{Period: length(t, "6m")}, From: Moment{Date: day(t, "2026-08-31")}}
	a, err := Compute(calendar.Builtin(), ask)
	if err != nil || a.Due != day(t, "2027-02-28") || len(a.Readings) != 0 || says(a.Steps, "ambiguous") {
		t.Errorf("%+v, %v", a, err)
	}
	ask.From.Date = day(t, "2026-08-10")
	if a, err := Compute(calendar.Builtin(), ask); err != nil || len(a.Readings) != 2 || !says(a.Steps, "ambiguous") {
		t.Errorf("%+v, %v", a, err)
	}
}
