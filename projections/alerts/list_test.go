package alerts_test

import (
	"strings"
	"testing"
	"time"

	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
	"parley/projections/alerts"
)

// asked is a case with two requests, of which the first has been answered.
func asked() (running []alerting.Deadline, book deadline.Book) {
	known := time.Date(2026, 9, 28, 9, 0, 0, 0, time.UTC)
	for n, id := range []string{"D2.1", "D3.1"} {
		book = book.Apply(events.Fact{On: calendar.On(2026, 9, 28), Event: events.DeadlineSet{
			Deadline: id, Rule: "local-override", Title: "Answer the FOI request", Owner: events.ICB, Request: n + 1,
			Trigger: calendar.On(2026, 9, 28), Stated: calendar.On(2026, 10, 26),
		}})
	}
	book = book.Apply(events.Fact{On: calendar.On(2026, 10, 24), Event: events.DeadlineMet{Deadline: "D2.1"}})
	clock, _ := book.Clock("D3.1")
	return []alerting.Deadline{{Ref: "GLO-26-0001", Caseworker: "j.doe", Clock: clock, Known: known}}, book
}

func outlook() alerts.Outlook {
	return alerts.Outlook{Policy: alerting.DefaultPolicy("j.doe"), Calendar: calendar.Builtin(), Now: time.Date(2026, 10, 23, 12, 0, 0, 0, time.UTC)}
}

// What the rows of a case say: also those of a deadline that is over tell what it
// was about, and of one that was superseded when it was to go out.
func TestTheRowsOfACase(t *testing.T) {
	w := newTold(t)
	const met, over = "GLO-26-0001_D2-1_1wd_20261026", "GLO-26-0001_D2-1_5wd_20261026"
	w.tell(met, claim)
	w.tell(met, sent)
	w.tell(over, events.AlertSuperseded{Person: "j.doe", Why: "because", By: met, At: at.AddDate(0, 0, -4)})
	running, book := asked()
	rows := outlook().OfCase(running, book, w.docs["GLO-26-0001"].Alerts)
	alerts.Sort(rows)
	var got []string
	for _, r := range rows {
		line := []string{r.At.Format("01-02 15:04"), string(r.Status), r.Title, r.Step, r.Person}
		if !r.Since.IsZero() {
			line = append(line, "since "+r.Since.Format("01-02 15:04"))
		}
		if r.Why != "" {
			line = append(line, r.Why)
		}
		got = append(got, strings.Join(line, ", "))
		if r.Status == alerting.Planned && strings.Contains(asJSON(t, r), `0001-01-01`) {
			t.Errorf("a time that is none:\n%s", asJSON(t, r))
		}
	}
	want := []string{
		"10-12 07:30, planned, Answer the FOI request (request 2), ten working days before, j.doe, its time has come, and nobody has sent it yet",
		"10-19 07:30, superseded, Answer the FOI request (request 1), five working days before, j.doe, since 10-23 12:00, because",
		"10-19 07:30, planned, Answer the FOI request (request 2), five working days before, j.doe, its time has come, and nobody has sent it yet",
		"10-23 07:30, sent, Answer the FOI request (request 1), one working day before, , since 10-23 12:00",
		"10-23 07:30, planned, Answer the FOI request (request 2), one working day before, j.doe, its time has come, and nobody has sent it yet",
		"10-26 08:30, planned, Answer the FOI request (request 2), on the day, j.doe",
		"10-27 08:30, planned, Answer the FOI request (request 2), one working day after, j.doe",
		"10-28 08:30, planned, Answer the FOI request (request 2), escalation, j.doe",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// Whether a digest will have anything to say nobody knows yet: the row says so.
func TestTheRowsOfMornings(t *testing.T) {
	w := newTold(t)
	skipped := alerting.DigestID("j.doe", calendar.On(2026, 10, 23))
	w.tell(skipped, events.AlertSuperseded{Person: "j.doe", Why: "there was nothing to say", At: at})
	rows := outlook().OfMornings(14, w.docs[alerts.Digests].Alerts)
	if len(rows) != 2 {
		t.Fatalf("%+v", rows)
	}
	past, next := rows[0], rows[1]
	if past.ID != skipped || past.Status != alerting.Superseded || !past.At.Equal(at) || past.Step != "morning digest" || past.Title != "" {
		t.Errorf("%+v", past)
	}
	if next.ID != alerting.DigestID("j.doe", calendar.On(2026, 10, 26)) || next.Why != "if there is anything to say that morning" ||
		next.Rung != alerts.Digest || strings.Contains(asJSON(t, next), "0001-01-01") {
		t.Errorf("%+v", next)
	}
}
