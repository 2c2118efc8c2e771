package almanac_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/adapters/logtest/sample"
	"parley/domain/calendar"
	"parley/domain/holidays"
	"parley/events"
	"parley/projections/almanac"
)

func revised(version int, day calendar.Date) events.Recorded {
	return events.Recorded{Commit: events.Commit{
		Aggregate: events.Calendar(), Version: version, RecordedAt: day.Time().Add(9 * time.Hour),
		Facts: []events.Fact{{On: day, Event: events.CalendarRevised{
			Version: "list of " + day.String(), Published: day, Horizon: calendar.Builtin().Horizon(),
			Added: []calendar.Holiday{{Division: "scotland", Date: day, Title: "A day off"}},
		}}},
	}}
}

func TestTheAlmanacKnowsWhatTheHistoryKnows(t *testing.T) {
	history := events.History{revised(1, calendar.On(2027, 3, 9)), revised(2, calendar.On(2027, 6, 8))}
	var doc almanac.Doc
	for _, r := range []events.Recorded{history[0], history[0], history[1]} { // one delivered twice
		var err error
		if doc, err = almanac.Apply(doc, r); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(holidays.Fold(history).Calendar, doc.Calendar()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(holidays.Editions(history), doc.Editions()); diff != "" {
		t.Error(diff)
	}
	if doc.Calendar().WorkingDay(calendar.WorkingAnyUK, calendar.On(2027, 6, 8)) {
		t.Error("a day that was added is a working day")
	}
	if _, err := almanac.Apply(almanac.Doc{}, history[1]); err == nil {
		t.Error("a revision was left out, and nobody noticed")
	}
	sample.Golden(t, almanac.Name, almanac.Version, doc)
}
