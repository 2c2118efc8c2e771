package deadline

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"parley/domain/calendar"
	"parley/events"
)

var sameDates = cmpopts.EquateComparable(calendar.Date{})

// recorded is the commit of one fact.
func recorded(version int, facts ...events.Fact) events.Recorded {
	return events.Recorded{Commit: events.Commit{Version: version, Facts: facts}}
}

// replay folds a history from its beginning, as it is now believed to have been.
func replay(h events.History) Book {
	var b Book
	for _, r := range h.Effective() {
		for _, f := range r.Facts {
			b = b.Apply(f)
		}
	}
	return b
}

func TestAClocksLife(t *testing.T) {
	set := clockOf(t, "D3.1", "2026-11-30", "3m")
	for _, c := range []struct {
		name   string
		facts  []events.Fact
		due    string
		status Status
		late   bool
	}{
		{"set", nil, "2027-02-28", Missed, false},
		{"met on its day", []events.Fact{fact(t, "2027-02-28", events.DeadlineMet{Deadline: "D3.1"})}, "2027-02-28", Met, false},
		{"met the day after", []events.Fact{fact(t, "2027-03-01", events.DeadlineMet{Deadline: "D3.1"})}, "2027-02-28", Met, true},
		{"met, and waived later", []events.Fact{fact(t, "2027-02-02", events.DeadlineWaived{Deadline: "D3.1"}), fact(t, "2027-02-01", events.DeadlineMet{Deadline: "D3.1"})}, "2027-02-28", Met, false},
		{"waived, then superseded: the first end stands", []events.Fact{fact(t, "2027-02-01", events.DeadlineWaived{Deadline: "D3.1"}), fact(t, "2027-02-02", events.DeadlineSuperseded{Deadline: "D3.1"})}, "2027-02-28", Waived, false},
		{"extended", []events.Fact{fact(t, "2027-02-02", events.DeadlineExtended{Deadline: "D3.1", Until: day(t, "2027-03-31")})}, "2027-03-31", Open, false},
		{"extended twice", []events.Fact{fact(t, "2027-02-12", events.DeadlineExtended{Deadline: "D3.1", Until: day(t, "2027-04-30")}), fact(t, "2027-02-02", events.DeadlineExtended{Deadline: "D3.1", Until: day(t, "2027-03-31")})}, "2027-04-30", Open, false},
		{"the later of two extensions taken back", []events.Fact{
			fact(t, "2027-02-02", events.DeadlineExtended{Deadline: "D3.1", Until: day(t, "2027-03-31")}),
			fact(t, "2027-02-12", events.DeadlineExtended{Deadline: "D3.1", Until: day(t, "2027-04-30")}),
			fact(t, "2027-02-13", events.DeadlineExtensionRemoved{Deadline: "D3.1", Until: day(t, "2027-04-30")}),
		}, "2027-03-31", Open, false},
		{"shortened", []events.Fact{fact(t, "2027-02-02", events.DeadlineShortened{Deadline: "D3.1", Until: day(t, "2027-02-12")})}, "2027-02-12", Missed, false},
		{"paused", []events.Fact{fact(t, "2026-12-21", events.DeadlinePaused{Deadline: "D3.1"})}, "2027-02-28", Paused, false},
		{"paused for a fortnight", []events.Fact{fact(t, "2026-12-21", events.DeadlinePaused{Deadline: "D3.1"}), fact(t, "2027-01-04", events.DeadlineResumed{Deadline: "D3.1"})}, "2027-03-14", Open, false},
		{"paused and resumed in a day", []events.Fact{fact(t, "2026-12-21", events.DeadlinePaused{Deadline: "D3.1"}), fact(t, "2026-12-21", events.DeadlineResumed{Deadline: "D3.1"})}, "2027-02-28", Missed, false},
		{"paused when its day had passed", []events.Fact{fact(t, "2027-03-01", events.DeadlinePaused{Deadline: "D3.1"}), fact(t, "2027-03-04", events.DeadlineResumed{Deadline: "D3.1"})}, "2027-02-28", Missed, false},
		{"extended, then paused for a week", []events.Fact{
			fact(t, "2027-02-02", events.DeadlineExtended{Deadline: "D3.1", Until: day(t, "2027-03-31")}),
			fact(t, "2027-02-08", events.DeadlinePaused{Deadline: "D3.1"}), fact(t, "2027-02-15", events.DeadlineResumed{Deadline: "D3.1"}),
		}, "2027-04-07", Open, false},
		{"paused for a week, then extended: the date is the one agreed", []events.Fact{
			fact(t, "2027-01-08", events.DeadlinePaused{Deadline: "D3.1"}), fact(t, "2027-01-15", events.DeadlineResumed{Deadline: "D3.1"}),
			fact(t, "2027-02-02", events.DeadlineExtended{Deadline: "D3.1", Until: day(t, "2027-03-31")}),
		}, "2027-03-31", Open, false},
		{"the case closed", []events.Fact{fact(t, "2026-12-21", events.CaseClosed{})}, "2027-02-28", Paused, false},
		{"the case closed and reopened", []events.Fact{fact(t, "2026-12-21", events.CaseClosed{}), fact(t, "2026-12-23", events.CaseReopened{})}, "2027-03-02", Missed, false},
		{"another clock met", []events.Fact{fact(t, "2026-12-21", events.DeadlineMet{Deadline: "D4.1"})}, "2027-02-28", Missed, false},
	} {
		b := book(set)
		for _, f := range c.facts {
			before := slices.Clone(b)
			after := b.Apply(f)
			if diff := cmp.Diff(before, b, sameDates); diff != "" {
				t.Fatalf("%s: Apply changed the book it was given:\n%s", c.name, diff)
			}
			b = after
		}
		cal, today := calendar.Builtin(), day(t, "2027-03-10")
		got := b[0]
		if got.Due(cal) != day(t, c.due) || got.Count(cal).Due != got.Due(cal) || got.Status(cal, today) != c.status || got.Late(cal) != c.late || got.Overdue(cal, today) != (c.status == Missed) {
			t.Errorf("%s: due %s, %s, late %t; want %s, %s, %t", c.name, got.Due(cal), got.Status(cal, today), got.Late(cal), c.due, c.status, c.late)
		}
		if late := slices.ContainsFunc(got.Breaches(cal, today), func(b Breach) bool { return b.Over == "" || b.Over == EndedMet }); late != (c.status == Missed || c.late) {
			t.Errorf("%s: the breaches are %+v", c.name, got.Breaches(cal, today))
		}
	}
}

func TestADateThatIsStatedBeatsOneThatIsCounted(t *testing.T) {
	set := DisputeReps.Set("")
	set.Deadline, set.Trigger, set.Period, set.Stated, set.Document = "D1.1", day(t, "2026-12-01"), length(t, "2w"), day(t, "2026-12-28"), "letter-4.pdf"
	c := book(events.Fact{On: set.Trigger, Event: set})[0]
	got := c.Explain(calendar.Builtin())
	if got.Due != set.Stated || !says(got.Steps, "letter-4.pdf") || got.Rule != "nhsdr-reps" || got.NotAWorkingDay == "" {
		t.Errorf("due %s: %+v", got.Due, got)
	}
	paused := book(events.Fact{On: set.Trigger, Event: set}, fact(t, "2026-12-20", events.DeadlinePaused{Deadline: "D1.1", Until: day(t, "2026-12-23")}))[0]
	due(t, paused, "2026-12-31")
}

func TestWhatOnlyAnotherVersionCanCountIsDueAtOnce(t *testing.T) {
	set := events.DeadlineSet{Deadline: "D1.1", Rule: "rule-of-the-future", Title: "Something", Trigger: day(t, "2026-12-01")}
	c := book(events.Fact{On: set.Trigger, Event: set})[0]
	if got := c.Explain(calendar.Builtin()); got.Due != set.Trigger || !says(got.Steps, "due at once") || got.Title != "Something" {
		t.Errorf("%+v", got)
	}
	set.Period, set.Counting, set.Calendar = length(t, "20wd"), events.After, calendar.WorkingAnyUK
	due(t, book(events.Fact{On: set.Trigger, Event: set})[0], "2026-12-31")
}

// drawTurn draws a fact about a clock, on one of sixty days.
func drawTurn(t *rapid.T, on calendar.Date) events.Event {
	id := "D1.1"
	until := on.AddDays(rapid.IntRange(0, 90).Draw(t, "until"))
	return rapid.SampledFrom([]events.Event{
		events.DeadlinePaused{Deadline: id},
		events.DeadlineResumed{Deadline: id},
		events.DeadlinePaused{Deadline: id, Until: until},
		events.DeadlineExtended{Deadline: id, Until: until},
		events.DeadlineExtensionRemoved{Deadline: id},
		events.DeadlineShortened{Deadline: id, Until: until},
		events.CaseClosed{},
		events.CaseReopened{},
		events.CaseReopened{FreshClocks: true},
		events.DeadlineMet{Deadline: id},
		events.DeadlineMissed{Deadline: id, Due: on},
		events.NoteAdded{Text: "nothing to do with it"},
	}).Draw(t, "event")
}

// drawSet draws the fact that starts the clock D1.1.
func drawSet(t *rapid.T) events.Fact {
	l := drawLimit(t)
	set := events.DeadlineSet{
		Deadline: "D1.1", Rule: string(LESNotice), Trigger: drawDay(t, "trigger"), Period: l.Period, Counting: l.Counting,
		Calendar: l.Calendar, Roll: l.Roll, Backward: l.Backward, ToMonthEnd: l.ToMonthEnd,
	}
	if rapid.Bool().Draw(t, "stated") {
		set.Stated = set.Trigger.AddDays(rapid.IntRange(0, 60).Draw(t, "days until the stated date"))
	}
	return events.Fact{On: set.Trigger, Event: set}
}

// everything is all that can be asked about a clock.
func everything(c Clock, cal calendar.Calendar, today calendar.Date) string {
	return fmt.Sprintln(c.Count(cal), c.Due(cal), c.Status(cal, today), c.Late(cal), c.Breaches(cal, today), c.Pauses(), c.ResumedOn(today).Due(cal))
}

func TestTheLiveStateIsWhatAReplaySays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := drawSet(t)
		h := events.History{recorded(1, set)}
		live := Book{}.Apply(set)
		cal := calendar.Builtin()
		for v := 2; v < rapid.IntRange(3, 14).Draw(t, "commits"); v++ {
			on := set.On.AddDays(rapid.IntRange(0, 60).Draw(t, "on"))
			f := events.Fact{On: on, Event: drawTurn(t, on)}
			switch rapid.IntRange(0, 5).Draw(t, "what") {
			case 0: // a correction: the live state begins again, as the views do
				corrected := events.EventID{Version: rapid.IntRange(1, v-1).Draw(t, "corrected"), Index: 1}
				f.Event = events.EventReplaced{Event: corrected, With: []events.Fact{{On: on.AddDays(1), Event: f.Event}}}
				if rapid.Bool().Draw(t, "retracted") {
					f.Event = events.EventRetracted{Event: corrected}
				}
				h = append(h, recorded(v, f))
				live = replay(h)
			case 1: // another calendar: nothing is stored that it could make wrong
				cal = drawCalendar(t)
				h = append(h, recorded(v, events.Fact{On: on, Event: events.NoteAdded{}}))
			default:
				h = append(h, recorded(v, f))
				live = live.Apply(f)
			}
		}
		again := replay(h)
		if len(live) != len(again) {
			t.Fatalf("live there are %d clocks, replayed %d", len(live), len(again))
		}
		for i := range live {
			stored, err := json.Marshal(live[i])
			if err != nil {
				t.Fatal(err)
			}
			var read Clock
			if err := json.Unmarshal(stored, &read); err != nil {
				t.Fatal(err)
			}
			today := set.On.AddDays(rapid.IntRange(0, 120).Draw(t, "today"))
			want := everything(again[i], cal, today)
			if got := everything(live[i], cal, today); got != want {
				t.Fatalf("live:\n%s\nreplayed:\n%s", got, want)
			}
			if got := everything(read, cal, today); got != want {
				t.Fatalf("stored and read:\n%s\nreplayed:\n%s", got, want)
			}
		}
	})
}

func TestTheOrderOfRecordingDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := drawSet(t)
		var facts []events.Fact
		used := map[int]bool{} // a day for each, so that it is known which came first
		for range rapid.IntRange(0, 8).Draw(t, "facts") {
			n := rapid.IntRange(0, 60).Draw(t, "on")
			on := set.On.AddDays(n)
			e := drawTurn(t, on)
			switch e.(type) {
			case events.CaseClosed, events.CaseReopened: // which clocks a case stops is a matter of when
				continue
			}
			if !used[n] {
				used[n] = true
				facts = append(facts, events.Fact{On: on, Event: e})
			}
		}
		shuffled := rapid.Permutation(facts).Draw(t, "recorded as")
		cal, today := drawCalendar(t), set.On.AddDays(rapid.IntRange(0, 120).Draw(t, "today"))
		a := everything(book(append([]events.Fact{set}, facts...)...)[0], cal, today)
		b := everything(book(append([]events.Fact{set}, shuffled...)...)[0], cal, today)
		if a != b {
			t.Fatalf("recorded as %v:\n%s\nand as %v:\n%s", facts, a, shuffled, b)
		}
	})
}

func TestNothingPausedIsLate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := drawSet(t)
		b := book(set)
		for range rapid.IntRange(0, 5).Draw(t, "facts") {
			on := set.On.AddDays(rapid.IntRange(0, 60).Draw(t, "on"))
			b = b.Apply(events.Fact{On: on, Event: drawTurn(t, on)})
		}
		today, cal := set.On.AddDays(rapid.IntRange(0, 200).Draw(t, "today")), calendar.Builtin()
		if c := b[0]; c.Running() && c.PausedOn(today) && (c.Overdue(cal, today) || c.Status(cal, today) != Paused) {
			t.Fatalf("on %s it is %s", today, c.Status(cal, today))
		}
	})
}
