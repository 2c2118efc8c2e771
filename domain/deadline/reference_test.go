package deadline

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"parley/domain/calendar"
	"parley/events"
)

// naive counts a limit day by day and knows nothing of the engine's ways: no
// arithmetic on dates but the next day and the one before.
func naive(cal calendar.Calendar, l Limit, event calendar.Date, pauses []Span) calendar.Date {
	next := func(d calendar.Date) calendar.Date { return d.AddDays(1) }
	previous := func(d calendar.Date) calendar.Date { return d.AddDays(-1) }
	working := l.Calendar
	if working == "" {
		working = calendar.WorkingEnglandAndWales
	}
	paused := func(d calendar.Date) bool {
		for _, p := range pauses {
			if !d.Before(p.From) && d.Before(p.Until) {
				return true
			}
		}
		return false
	}
	court := l.Calendar == calendar.WorkingCourt && l.Counting == events.ClearDays && l.Period.Unit == calendar.Days && l.Period.N <= 5
	counts := func(d calendar.Date) bool {
		return (l.Period.Unit != calendar.WorkingDays && !court) || cal.WorkingDay(working, d)
	}
	if l.NextDay {
		event = next(event)
	}
	advance, last := next, event
	if l.Backward {
		advance, paused = previous, func(calendar.Date) bool { return false }
	}
	first := advance(event)
	if l.Counting == events.BeginningWith {
		first = event
	}
	left := l.Period.N
	switch l.Period.Unit {
	case calendar.Weeks:
		left *= 7
	case calendar.Months, calendar.Years:
		left = 1
		for d, end := first, naturalEnd(l, event); d != end; d = advance(d) {
			left++
		}
	}
	for d := first; left > 0; d = advance(d) {
		if counts(d) && !paused(d) {
			left--
			last = d
		}
	}
	if l.Counting == events.ClearDays && (l.ToEvent || l.Backward) {
		last = advance(last)
	}
	if l.ToMonthEnd {
		for month(next(last)) == month(last) {
			last = next(last)
		}
	}
	for l.Roll == events.RollForward && !cal.WorkingDay(working, last) {
		last = next(last)
	}
	for l.Roll == events.RollBackward && !cal.WorkingDay(working, last) {
		last = previous(last)
	}
	return last
}

func month(d calendar.Date) time.Month {
	_, m, _ := d.Split()
	return m
}

// naturalEnd walks month by month to the one in which the period ends, and in
// it to the day of the event or as far as the month goes.
func naturalEnd(l Limit, event calendar.Date) calendar.Date {
	months := l.Period.N
	if l.Period.Unit == calendar.Years {
		months *= 12
	}
	_, _, wanted := event.Split()
	d := event
	for dom(d) != 1 {
		d = d.AddDays(-1)
	}
	for range months {
		if l.Backward {
			d = d.AddDays(-1)
		} else {
			d = d.AddDays(1)
		}
		for dom(d) != 1 {
			if l.Backward {
				d = d.AddDays(-1)
			} else {
				d = d.AddDays(1)
			}
		}
	}
	for dom(d) != wanted && dom(d.AddDays(1)) != 1 {
		d = d.AddDays(1)
	}
	switch {
	case l.Counting != events.BeginningWith:
		return d
	case l.Backward:
		return d.AddDays(1)
	case dom(d) == wanted:
		return d.AddDays(-1)
	}
	return d
}

func dom(d calendar.Date) int {
	_, _, n := d.Split()
	return n
}

// drawCalendar draws the built-in calendar, or one with a few more holidays.
func drawCalendar(t *rapid.T) calendar.Calendar {
	cal := calendar.Builtin()
	extra := rapid.SliceOfN(rapid.IntRange(0, 4000), 0, 5).Draw(t, "holidays")
	r := calendar.Revision{Version: fmt.Sprint("drawn ", extra)}
	for i, n := range extra {
		r.Added = append(r.Added, calendar.Holiday{Division: calendar.Divisions()[i%3], Date: calendar.On(2018, 1, 1).AddDays(n), Title: "drawn"})
	}
	return cal.With(r)
}

func drawDay(t *rapid.T, name string) calendar.Date {
	return calendar.On(2018, 1, 1).AddDays(rapid.IntRange(0, 3900).Draw(t, name))
}

// drawLimit draws a limit that can be counted, in any unit but hours.
func drawLimit(t *rapid.T) Limit {
	l := Limit{
		Period: calendar.Period{
			N:    rapid.IntRange(1, 45).Draw(t, "n"),
			Unit: rapid.SampledFrom([]calendar.Unit{calendar.Days, calendar.WorkingDays, calendar.Weeks, calendar.Months, calendar.Years}).Draw(t, "unit"),
		},
		Counting:   rapid.SampledFrom([]events.Counting{"", events.After, events.BeginningWith, events.ClearDays}).Draw(t, "counting"),
		Calendar:   rapid.SampledFrom(append(calendar.Workings(), "")).Draw(t, "calendar"),
		Roll:       rapid.SampledFrom([]events.Roll{"", events.RollNone, events.RollForward, events.RollBackward}).Draw(t, "roll"),
		Backward:   rapid.Bool().Draw(t, "backward"),
		ToMonthEnd: rapid.Bool().Draw(t, "to month end"),
		NextDay:    rapid.Bool().Draw(t, "next day"),
		ToEvent:    rapid.Bool().Draw(t, "to event"),
	}
	if l.Backward {
		l.ToMonthEnd = false
		if l.Roll == events.RollForward {
			l.Roll = events.RollNone
		}
	}
	return l
}

// drawPauses draws pauses in order that begin no earlier than a day.
func drawPauses(t *rapid.T, start calendar.Date) []Span {
	var pauses []Span
	for _, n := range rapid.SliceOfN(rapid.IntRange(0, 40), 0, 8).Draw(t, "pauses") {
		if k := len(pauses); k > 0 && pauses[k-1].Until.IsZero() {
			pauses[k-1].Until = start.AddDays(n)
		} else {
			pauses = append(pauses, Span{From: start.AddDays(n)})
		}
		start = start.AddDays(n)
	}
	if k := len(pauses); k > 0 && pauses[k-1].Until.IsZero() {
		pauses = pauses[:k-1]
	}
	return pauses
}

func TestTheEngineCountsAsAReferenceDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cal, l, event := drawCalendar(t), drawLimit(t), drawDay(t, "event")
		var pauses []Span
		if !l.Backward {
			pauses = drawPauses(t, event)
		}
		want := naive(cal, l, event, pauses)
		for _, explain := range []bool{false, true} {
			if got := count(cal, l, Moment{Date: event}, pauses, explain); got.Due != want {
				t.Fatalf("%+v from %s with %v: %s, want %s\n%v", l, event, pauses, got.Due, want, got.Steps)
			}
		}
	})
}

// naiveHours counts minute by minute by the time zone data of the machine.
func naiveHours(t *rapid.T, zone *time.Location, n int, at time.Time, pauses []Span) time.Time {
	for left := n * 60; left > 0; at = at.Add(time.Minute) {
		d := calendar.At(at, zone)
		paused := false
		for _, p := range pauses {
			paused = paused || !d.Before(p.From) && d.Before(p.Until)
		}
		if !paused {
			left--
		}
	}
	return at
}

func london(t interface {
	Helper()
	Skip(...any)
},
) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Skip("no time zone data on this machine:", err)
	}
	return zone
}

func TestHoursPassAsTheyDoOnTheClock(t *testing.T) {
	zone := london(t)
	rapid.Check(t, func(t *rapid.T) {
		start := drawDay(t, "event")
		if rapid.Bool().Draw(t, "near a change of the clocks") {
			year := rapid.IntRange(2018, 2028).Draw(t, "year")
			month := rapid.SampledFrom([]time.Month{time.April, time.November}).Draw(t, "month")
			start = calendar.On(year, month, 1).AddDays(-rapid.IntRange(1, 9).Draw(t, "before"))
		}
		at := start.In(zone).Add(time.Duration(rapid.IntRange(0, 24*60-1).Draw(t, "minute")) * time.Minute)
		from := Moment{calendar.At(at, zone), at.Format("15:04")}
		n := rapid.IntRange(1, 60).Draw(t, "hours")
		pauses := drawPauses(t, from.Date)
		first, err := from.moment()
		if err != nil {
			t.Fatal(err)
		}
		if other := first.Add(time.Hour); !first.Equal(at) && (!other.Equal(at) || inLondon(other) != from) {
			t.Fatalf("%s in London is %s, want %s", from, first, at.UTC())
		}
		limit := Limit{Period: calendar.Period{N: n, Unit: calendar.Hours}}
		got := count(calendar.Builtin(), limit, from, pauses, true)
		want := naiveHours(t, zone, n, first, pauses).In(zone)
		if got.Due != calendar.At(want, zone) || got.Time != want.Format("15:04") {
			t.Fatalf("%d hours from %s with %v: %s %s, want %s\n%v", n, from, pauses, got.Due, got.Time, want, got.Steps)
		}
	})
}

func TestLondonKeepsTheTimeThatTheZoneDataSay(t *testing.T) {
	zone := london(t)
	for at := time.Date(1996, 1, 1, 0, 30, 0, 0, time.UTC); at.Year() < 2036; at = at.Add(time.Hour) {
		if got, want := inLondon(at), at.In(zone); got.Date != calendar.At(at, zone) || got.Time != want.Format("15:04") {
			t.Fatalf("%s is %s in London, want %s", at, got, want)
		}
	}
}
