package deadline

import (
	"testing"

	"pgregory.net/rapid"

	"parley/domain/calendar"
	"parley/events"
)

// TestALookSaysWhatTheWorkingSays holds what is counted once, without the
// working, to the count with it, and to where that leaves the deadline.
func TestALookSaysWhatTheWorkingSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := drawSet(t)
		e := set.Event.(events.DeadlineSet)
		e.Rule = string(rapid.SampledFrom([]ID{LESNotice, FOIRespond, OfferReply, DisputeAck, PSRStandstill, "of-ones-own"}).Draw(t, "rule"))
		if rapid.IntRange(0, 4).Draw(t, "in hours") == 0 {
			e.Period, e.Time = calendar.Period{N: 72, Unit: calendar.Hours}, "10:30"
		}
		b := Book{}.Apply(events.Fact{On: set.On, Event: e})
		for range rapid.IntRange(0, 5).Draw(t, "turns") {
			on := set.On.AddDays(rapid.IntRange(0, 90).Draw(t, "on"))
			b = b.Apply(events.Fact{On: on, Event: drawTurn(t, on)})
		}
		cal, today, c := drawCalendar(t), set.On.AddDays(rapid.IntRange(0, 150).Draw(t, "today")), b[0]
		got, status := c.Look(cal, today)
		want := c.ResumedOn(today).Count(cal)
		if got.Due != want.Due || got.Time != want.Time || got.Provisional != want.Provisional || got.NotAWorkingDay != want.NotAWorkingDay {
			t.Fatalf("%+v: %+v; with the working %+v", c, got, want)
		}
		stands := Open
		switch {
		case !c.Running():
			stands = c.Ended()
		case c.PausedOn(today):
			stands = Paused
		case c.Due(cal).Before(today):
			stands = Missed
		}
		if status != stands {
			t.Fatalf("%+v on %s: %s, not %s", c, today, status, stands)
		}
	})
}
