package calendar

import (
	"testing"

	"pgregory.net/rapid"
)

// stepped returns the nth working day after d, or before it, and how many
// working days there are until another, going from day to day and asking of each.
func stepped(c Calendar, w Working, d Date, n int) Date {
	for n != 0 {
		step := max(-1, min(1, n))
		if d = d.AddDays(step); works(c, w, d) {
			n -= step
		}
	}
	return d
}

func steppedUntil(c Calendar, w Working, from, to Date) int {
	n, step := 0, max(-1, min(1, from.DaysUntil(to)))
	for d := from; d != to; {
		if d = d.AddDays(step); works(c, w, d) {
			n += step
		}
	}
	return n
}

func works(c Calendar, w Working, d Date) bool {
	_, off := c.Off(w, d)
	return !off
}

// revised draws a calendar that knows of fewer or of more holidays than the one
// that is built in: at weekends too, and on days that a definition names itself.
func revised(t *rapid.T) Calendar {
	c := Builtin()
	holiday := func(at Date) Holiday {
		return Holiday{rapid.SampledFrom(Divisions()).Draw(t, "division"), at, "a holiday", false}
	}
	var r Revision
	for range rapid.IntRange(0, 8).Draw(t, "removed") {
		r.Removed = append(r.Removed, rapid.SampledFrom(c.holidays).Draw(t, "holiday"))
	}
	for range rapid.IntRange(0, 30).Draw(t, "added") {
		r.Added = append(r.Added, holiday(On(2011, 1, 1).AddDays(rapid.IntRange(0, 7000).Draw(t, "day"))))
	}
	for range rapid.IntRange(0, 3).Draw(t, "named") {
		named := rapid.SampledFrom([]namedDay{christmasDay, goodFriday, firstMondayInMay}).Draw(t, "which")
		r.Added = append(r.Added, holiday(named.in(rapid.IntRange(2011, 2031).Draw(t, "year"))))
	}
	return c.With(r)
}

func TestCountingIsTheSameDayByDay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := revised(t)
		w, from := drawn(t)
		if rapid.IntRange(0, 9).Draw(t, "no definition") == 0 {
			w = "nowhere"
		}
		to := from.AddDays(rapid.IntRange(-1500, 1500).Draw(t, "days"))
		if got, want := c.WorkingDaysUntil(w, from, to), steppedUntil(c, w, from, to); got != want {
			t.Fatalf("working days (%s) from %s until %s: %d, counted one by one %d", w, from, to, got, want)
		}
		n := rapid.IntRange(-500, 500).Draw(t, "n")
		if got, want := c.AddWorkingDays(w, from, n), stepped(c, w, from, n); got != want {
			t.Fatalf("%d working days (%s) after %s: %s, counted one by one %s", n, w, from, got, want)
		}
	})
}

// Every stretch of three weeks from 2026 until after the last published holiday,
// by every definition.
func TestShortStretchesAreTheSameDayByDay(t *testing.T) {
	c := Builtin()
	for from := On(2026, 1, 1); from.Before(On(2029, 6, 1)); from = from.AddDays(1) {
		for _, w := range Workings() {
			n := 0
			for to := from; from.DaysUntil(to) <= 21; to = to.AddDays(1) {
				if to != from && works(c, w, to) {
					n++
				}
				if got := c.WorkingDaysUntil(w, from, to); got != n {
					t.Fatalf("working days (%s) from %s until %s: %d, counted one by one %d", w, from, to, got, n)
				}
			}
		}
	}
}

func BenchmarkWorkingDaysUntil(b *testing.B) {
	c, from := Builtin(), On(2020, 1, 1)
	for i := 0; b.Loop(); i++ {
		c.WorkingDaysUntil(WorkingEnglandAndWales, from, from.AddDays(i%1000))
	}
}
