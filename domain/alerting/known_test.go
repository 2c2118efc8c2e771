package alerting_test

import (
	"testing"
	"time"

	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/domain/holidays"
	"parley/events"
)

// known says when each deadline's date became known, by the case's history.
func (r *record) known() map[string]string {
	found := map[string]string{}
	for id, at := range alerting.KnownBy(r.lines[events.Case("GLO-26-0001")]) {
		found[id] = at.Last.Format("01-02 15:04Z")
	}
	return found
}

func TestSinceWhenADateIsKnown(t *testing.T) {
	other := events.DeadlineSet{Deadline: "D3.1", Rule: "local-override", Owner: events.ICB, Trigger: day("2026-08-03"), Stated: day("2026-12-01")}
	counted := events.DeadlineSet{Deadline: "D4.1", Rule: "local-period", Owner: events.ICB, Trigger: day("2026-08-03"), Period: calendar.Period{N: 3, Unit: calendar.Months}}
	retitled, redated := other, other
	retitled.Title, retitled.Document, redated.Stated = "Answer", "letter of 3 August", day("2026-12-02")
	event := func(v, i int) events.EventID { return events.EventID{Version: v, Index: i} }
	begun := func(more ...func(*record)) *record {
		r := newRecord(t)
		r.told("2026-09-02 10:00", other)
		r.told("2026-09-03 10:00", counted)
		for _, m := range more {
			m(r)
		}
		return r
	}
	say := func(now string, said ...events.Event) func(*record) {
		return func(r *record) { r.told(now, said...) }
	}
	first := map[string]string{"D2.1": "09-01 10:00Z", "D3.1": "09-02 09:00Z", "D4.1": "09-03 09:00Z"}
	with := func(id, at string) map[string]string {
		changed := map[string]string{}
		for k, v := range first {
			changed[k] = v
		}
		changed[id] = at
		return changed
	}
	gone := with("D3.1", "")
	delete(gone, "D3.1")
	for _, c := range []struct {
		name string
		r    *record
		want map[string]string
	}{
		{"set", begun(), first},
		{"a note", begun(say("2026-10-01 10:00", events.NoteAdded{Text: "x"})), first},
		{"that it was missed", begun(say("2026-10-01 10:00", events.DeadlineMissed{Deadline: "D3.1"})), first},
		{"of a deadline there is not", begun(say("2026-10-01 10:00", events.DeadlineMet{Deadline: "D9.1"})), first},
		{"extended", begun(say("2026-10-01 10:00", events.DeadlineExtended{Deadline: "D3.1", Until: day("2026-12-09")})), with("D3.1", "10-01 09:00Z")},
		{"closed: only what is counted", begun(say("2026-10-01 10:00", events.CaseClosed{})), with("D4.1", "10-01 09:00Z")},
		{"a note corrected", begun(say("2026-10-01 10:00", events.NoteAdded{Text: "x"}), say("2026-10-02 10:00", events.EventRetracted{Event: event(5, 1)})), first},
		{"retracted", begun(say("2026-10-01 10:00", events.EventRetracted{Event: event(3, 1)})), gone},
		{"met, and that retracted", begun(
			say("2026-10-01 10:00", events.DeadlineMet{Deadline: "D3.1"}), say("2026-10-02 10:00", events.EventRetracted{Event: event(5, 1)}),
		), with("D3.1", "10-02 09:00Z")},
		{"the retraction retracted", begun(
			say("2026-10-01 10:00", events.DeadlinePaused{Deadline: "D3.1"}), say("2026-10-02 10:00", events.EventRetracted{Event: event(5, 1)}),
			say("2026-10-05 10:00", events.EventRetracted{Event: event(6, 1)}),
		), with("D3.1", "10-05 09:00Z")},
		{"its title corrected", begun(say("2026-10-02 10:00", events.EventReplaced{Event: event(3, 1), With: []events.Fact{{On: day("2026-09-02"), Event: retitled}}})), first},
		{"its date corrected", begun(say("2026-10-02 10:00", events.EventReplaced{Event: event(3, 1), With: []events.Fact{{On: day("2026-09-02"), Event: redated}}})), with("D3.1", "10-02 09:00Z")},
		{"why it was extended corrected", begun(
			say("2026-10-01 10:00", events.DeadlineExtended{Deadline: "D3.1", Until: day("2026-12-09"), Base: "a leter"}),
			say("2026-10-02 10:00", events.EventReplaced{Event: event(5, 1), With: []events.Fact{
				{On: day("2026-10-01"), Event: events.DeadlineExtended{Deadline: "D3.1", Until: day("2026-12-09"), Base: "a letter"}},
			}}),
		), with("D3.1", "10-01 09:00Z")},
	} {
		t.Run(c.name, func(t *testing.T) { same(t, c.want, c.r.known()) })
	}

	// What follows from a fact falls with it, and is said anew with it.
	r := begun()
	r.add(events.Case("GLO-26-0001"), "2026-10-01 10:00", "j.doe",
		events.Fact{On: day("2026-10-01"), Event: events.FOIAnswered{Request: 1}},
		events.Fact{On: day("2026-10-01"), Event: events.DeadlineMet{Deadline: "D2.1"}, Follows: true},
		events.Fact{On: day("2026-10-01"), Event: events.DeadlineMet{Deadline: "D4.1"}})
	r.told("2026-10-02 10:00", events.EventRetracted{Event: event(5, 1)})
	want := with("D2.1", "10-02 09:00Z")
	want["D4.1"] = "10-01 09:00Z"
	same(t, want, r.known())
}

func TestARevisionThatMovesADateIsKnownSince(t *testing.T) {
	d := counted("2026-10-01")
	revised := calendar.Builtin().With(calendar.Revision{Version: "x", Added: []calendar.Holiday{{Division: calendar.EnglandAndWales, Date: day("2026-10-28"), Title: "A jubilee"}}})
	elsewhere := revised.With(calendar.Revision{Version: "y", Added: []calendar.Holiday{{Division: calendar.Scotland, Date: day("2026-10-20"), Title: "A day off"}}})
	editions := []holidays.Edition{
		{Calendar: calendar.Builtin()}, {Since: at("2026-10-12 12:00"), Calendar: revised}, {Since: at("2026-10-14 12:00"), Calendar: elsewhere},
	}
	if got := d.Under(editions).Known; !got.Equal(at("2026-10-12 12:00")) {
		t.Errorf("known since %s", got)
	}
	d.Known = at("2026-10-13 12:00")
	if got := d.Under(editions).Known; !got.Equal(d.Known) {
		t.Errorf("what was said after it: known since %s", got)
	}
	d = stated("2026-10-28", deadline.Turn{})
	if got := d.Under(editions).Known; !got.Equal(d.Known) {
		t.Errorf("a date that a letter states: known since %s", got)
	}
	if got := d.Under(nil).Known; got.IsZero() || got.Location() != time.UTC {
		t.Errorf("%s", got)
	}
}
