package deadline

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"parley/domain/calendar"
	"parley/events"
)

func TestAPauseThatIsResumedEarlyLeavesTheNextAlone(t *testing.T) {
	set := clockOf(t, "D1.1", "2027-03-01", "20wd")
	early := []events.Fact{
		set,
		fact(t, "2027-03-02", events.DeadlinePaused{Deadline: "D1.1", Until: day(t, "2027-03-20")}),
		fact(t, "2027-03-05", events.DeadlineResumed{Deadline: "D1.1"}),
		fact(t, "2027-03-09", events.DeadlinePaused{Deadline: "D1.1", Until: day(t, "2027-03-31")}),
	}
	due(t, book(early...)[0], "2027-04-23")
	slices.Reverse(early[1:])
	due(t, book(early...)[0], "2027-04-23")
}

func TestOnOneDayAPauseCanEndAndAnotherBegin(t *testing.T) {
	set := clockOf(t, "D1.1", "2027-03-01", "20wd")
	for name, facts := range map[string][]events.Fact{
		"resumed and paused": {
			fact(t, "2027-03-02", events.DeadlinePaused{Deadline: "D1.1"}),
			fact(t, "2027-03-05", events.DeadlineResumed{Deadline: "D1.1"}),
			fact(t, "2027-03-05", events.DeadlinePaused{Deadline: "D1.1", Until: day(t, "2027-03-12")}),
		},
		"ended by itself, resumed and paused": {
			fact(t, "2027-03-02", events.DeadlinePaused{Deadline: "D1.1", Until: day(t, "2027-03-05")}),
			fact(t, "2027-03-05", events.DeadlineResumed{Deadline: "D1.1"}),
			fact(t, "2027-03-05", events.DeadlinePaused{Deadline: "D1.1", Until: day(t, "2027-03-12")}),
		},
		"one pause": {fact(t, "2027-03-02", events.DeadlinePaused{Deadline: "D1.1", Until: day(t, "2027-03-12")})},
	} {
		c := book(append([]events.Fact{set}, facts...)...)[0]
		if got := c.Pauses(); len(got) != 1 || got[0] != span(t, "2027-03-02..2027-03-12") {
			t.Errorf("%s: paused %v", name, got)
		}
	}
}

// TestPausesEndAsAReferenceSays asks day by day whether some pause holds: one
// that began, whose last day has not come, and that nobody resumed since.
func TestPausesEndAsAReferenceSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := calendar.On(2027, 3, 1)
		var turns []Turn
		used := map[int]bool{}
		for range rapid.IntRange(0, 10).Draw(t, "turns") {
			n := rapid.IntRange(0, 40).Draw(t, "on")
			if used[n] {
				continue
			}
			used[n] = true
			turn := Turn{On: start.AddDays(n), Kind: rapid.SampledFrom([]Kind{Stopped, Resumed}).Draw(t, "kind")}
			if turn.Kind == Stopped && rapid.IntRange(0, 3).Draw(t, "until a day") > 0 {
				turn.Until = turn.On.AddDays(rapid.IntRange(0, 20).Draw(t, "until"))
			}
			turns = append(turns, turn)
		}
		holds := func(d calendar.Date, p Turn) bool {
			resumed := func(r Turn) bool { return r.Kind == Resumed && !r.On.Before(p.On) && !r.On.After(d) }
			return p.Kind == Stopped && !p.On.After(d) && (p.Until.IsZero() || d.Before(p.Until)) && !slices.ContainsFunc(turns, resumed)
		}
		c := Clock{Turns: turns}
		for n := range 70 {
			d := start.AddDays(n)
			want := slices.ContainsFunc(turns, func(p Turn) bool { return holds(d, p) })
			if got := c.PausedOn(d); got != want {
				t.Fatalf("%v: on %s paused is %t, want %t; %v", turns, d, got, want, c.Pauses())
			}
		}
		if still := slices.ContainsFunc(turns, func(p Turn) bool { return holds(start.AddDays(5000), p) }); still != c.PausedOn(start.AddDays(5000)) {
			t.Fatalf("%v: stands still for good %t; %v", turns, still, c.Pauses())
		}
	})
}
