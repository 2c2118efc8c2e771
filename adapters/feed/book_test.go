package feed

import (
	"fmt"
	"testing"
	"time"

	"parley/adapters/logtest/sample"
	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/domain/watch"
	"parley/events"
)

// told is a small world with deadlines, alerts and a revised calendar, and the
// book of it.
func told(t *testing.T) (*world, watch.Book) {
	t.Helper()
	w := newWorld(t)
	day := func(e events.Event) events.Fact { return sample.Fact("2026-10-01", e) }
	for n, caseworker := range []string{"", "j.doe"} {
		ref := fmt.Sprintf("GLO-26-000%d", n+1)
		w.tell(events.Case(ref), day(events.CaseOpened{Ref: ref, ICB: "QR1", Service: "ecg", Title: "ECGs"}), day(events.CaseAssigned{Caseworker: caseworker}))
		w.tell(events.Case(ref),
			day(events.DeadlineSet{Deadline: "D2.1", Rule: "local-override", Title: "Reply", Owner: events.ICB, Trigger: sample.Day("2026-10-01"), Stated: sample.Day("2026-12-01")}),
			day(events.DeadlineSet{Deadline: "D2.2", Rule: "local-period", Title: "Answer", Owner: events.ICB, Trigger: sample.Day("2026-11-02"), Period: calendar.Period{N: 20, Unit: calendar.WorkingDays}}),
			day(events.DeadlineSet{Deadline: "D2.3", Rule: "local-override", Title: "Done", Owner: events.ICB, Trigger: sample.Day("2026-10-01"), Stated: sample.Day("2026-12-01")}),
			day(events.DeadlineMet{Deadline: "D2.3"}))
	}
	v := open1(t, inTemp(t), w.log)
	t.Cleanup(func() { closed(t, v) })
	return w, v
}

func running(t *testing.T, book watch.Book, ref string) map[string]alerting.Deadline {
	t.Helper()
	if err := book.CatchUp(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	found := map[string]alerting.Deadline{}
	if err := book.Deadlines(t.Context(), ref, func(d alerting.Deadline) bool {
		found[d.Ref+" "+d.Clock.Deadline] = d
		return true
	}); err != nil {
		t.Fatal(err)
	}
	return found
}

func TestTheBookTellsOfDeadlines(t *testing.T) {
	w, book := told(t)
	all := running(t, book, "")
	if d := all["GLO-26-0002 D2.1"]; len(all) != 4 || d.Caseworker != "j.doe" || d.ICB != "QR1" || d.Closed || d.Clock.Title != "Reply" || !d.Known.Equal(at(2, 12, 1)) {
		t.Errorf("%d deadlines, %+v", len(all), d)
	}
	if one := running(t, book, "GLO-26-0001"); len(one) != 2 {
		t.Errorf("%+v", one)
	}
	if none := running(t, book, "GLO-26-0009"); len(none) != 0 {
		t.Errorf("%+v", none)
	}
	for _, ref := range []string{"", "GLO-26-0001"} {
		n := 0
		if err := book.Deadlines(t.Context(), ref, func(alerting.Deadline) bool { n++; return false }); err != nil || n != 1 {
			t.Errorf("stopped after %d, %v", n, err)
		}
	}

	// A revision that moves a date, a correction and a closing are known since.
	for n, div := range []calendar.Division{calendar.Scotland, calendar.NorthernIreland, calendar.EnglandAndWales, calendar.Scotland} {
		w.tell(events.Calendar(), sample.Fact("2026-11-02", events.CalendarRevised{
			Version: fmt.Sprint("list ", n), Published: sample.Day("2026-11-02"), Horizon: calendar.Builtin().Horizon(), Removed: []calendar.Holiday{},
			Added: []calendar.Holiday{{Division: div, Date: sample.Day("2026-11-20"), Title: "A jubilee"}},
		}))
	}
	all = running(t, book, "")
	if cal, err := book.Calendar(t.Context()); err != nil || cal.WorkingDay(calendar.WorkingEnglandAndWales, sample.Day("2026-11-20")) {
		t.Errorf("%s, %v", cal.Version(), err)
	}
	if moved, stays := all["GLO-26-0001 D2.2"], all["GLO-26-0001 D2.1"]; !moved.Known.Equal(at(2, 12, 2)) || !stays.Known.Equal(at(2, 12, 1)) {
		t.Errorf("known since %s and %s", moved.Known, stays.Known)
	}
	w.tell(events.Case("GLO-26-0001"), sample.Fact("2026-11-02", events.EventRetracted{Event: events.EventID{Version: 2, Index: 4}, Why: "not yet"}))
	w.tell(events.Case("GLO-26-0002"), sample.Fact("2026-11-02", events.CaseClosed{Outcome: events.Withdrawn}))
	all = running(t, book, "")
	if d, other := all["GLO-26-0001 D2.3"], all["GLO-26-0001 D2.1"]; len(all) != 5 || !d.Known.Equal(at(2, 12, 2)) || !other.Known.Equal(at(2, 12, 1)) {
		t.Errorf("after a correction: %d, known since %s and %s", len(all), d.Known, other.Known)
	}
	if !all["GLO-26-0002 D2.2"].Closed {
		t.Error("its case was closed")
	}
	w.agrees(book.(*Views))
}

// at is when sample.Line records a commit of November 2026.
func at(day, hour, second int) time.Time {
	return time.Date(2026, 11, day, hour, 0, second, 0, time.UTC)
}

func TestTheBookTellsOfAlerts(t *testing.T) {
	w, book := told(t)
	ctx := t.Context()
	if p, err := book.Policy(ctx); err != nil || !p.IsZero() {
		t.Errorf("%+v, %v", p, err)
	}
	to := events.Delivery{To: "j.doe", Channel: "email"}
	claim := events.AlertClaimed{At: at(2, 8, 30), Deliveries: []events.Delivery{to}, Attempt: 1, Worker: "w"}
	ids := []string{"GLO-26-0001_D2-1_1wd_20261201", "GLO-26-0001_D2-1_day_20261201", "GLO-26-0002_D2-1_day_20261201", "digest_j-2edoe_20261102"}
	for _, id := range ids {
		w.tell(events.Alert(id), sample.Fact("2026-11-02", claim))
	}
	w.tell(events.Alert(ids[0]), sample.Fact("2026-11-02", events.AlertSent{Delivery: to, Receipt: "250"}))
	w.tell(events.Alert(ids[2]), sample.Fact("2026-11-02", events.AlertFailed{Delivery: to, Why: "451", RetryAt: at(2, 9, 0)}))
	w.tell(events.AlertPolicy(), sample.Fact("2026-11-02", alerting.DefaultPolicy("j.doe").AlertPolicySet))
	if err := book.CatchUp(ctx, 0); err != nil {
		t.Fatal(err)
	}
	one, err := book.Alerts(ctx, "GLO-26-0001")
	if err != nil || len(one) != 2 || one[ids[0]].Status() != alerting.Sent || one[ids[1]].Status() != alerting.Claimed || one[ids[0]].Head.Version != 2 {
		t.Errorf("%+v, %v", one, err)
	}
	if digests, err := book.Alerts(ctx, ""); err != nil || len(digests) != 1 || !digests[ids[3]].Pending() {
		t.Errorf("%+v, %v", digests, err)
	}
	if none, err := book.Alerts(ctx, "GLO-26-0009"); err != nil || len(none) != 0 {
		t.Errorf("%+v, %v", none, err)
	}
	if p, err := book.Policy(ctx); err != nil || p.Desk != "j.doe" || p.Check() != nil {
		t.Errorf("%+v, %v", p, err)
	}
	pending := func(most int) (found []string) {
		if err := book.Pending(ctx, func(s alerting.State) bool {
			found = append(found, s.ID)
			return len(found) < most
		}); err != nil {
			t.Fatal(err)
		}
		return found
	}
	if got := fmt.Sprint(pending(9)); got != fmt.Sprint(ids[1:]) {
		t.Errorf("pending: %s", got)
	}
	if got := pending(1); len(got) != 1 {
		t.Errorf("stopped after %v", got)
	}
	for _, id := range ids[1:] {
		w.tell(events.Alert(id), sample.Fact("2026-11-02", events.AlertUncertain{Deliveries: []events.Delivery{to}, Why: "killed"}))
	}
	if err := book.CatchUp(ctx, 0); err != nil {
		t.Fatal(err)
	}
	if got := pending(9); len(got) != 0 {
		t.Errorf("pending: %v", got)
	}
	w.agrees(book.(*Views))
}
