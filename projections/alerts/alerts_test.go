package alerts_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/adapters/logtest/sample"
	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/events"
	"parley/projections/alerts"
)

const (
	oneDay = "GLO-26-0001_D7-1_1wd_20261026"
	onDay  = "GLO-26-0001_D7-1_day_20261026"
)

var (
	email = events.Delivery{To: "j.doe", Channel: "email"}
	at    = time.Date(2026, 10, 23, 7, 30, 0, 0, time.UTC)
	claim = events.AlertClaimed{
		Ref: "GLO-26-0001", Deadline: "D7.1", Rung: "1wd", Due: calendar.On(2026, 10, 26), At: at,
		Deliveries: []events.Delivery{email}, Attempt: 1, Worker: "a",
	}
	sent   = events.AlertSent{Delivery: email, Receipt: "250"}
	failed = events.AlertFailed{Delivery: email, Why: "451", RetryAt: at.Add(time.Minute)}
)

// told is a document as it grows from the histories of several alerts.
type told struct {
	t     *testing.T
	lines map[string]*sample.Line
	docs  map[string]alerts.Doc
}

func newTold(t *testing.T) *told { return &told{t, map[string]*sample.Line{}, map[string]alerts.Doc{}} }

// tell adds a commit to an alert's history and gives it to the documents, twice.
func (w *told) tell(id string, said ...events.Event) {
	w.t.Helper()
	if w.lines[id] == nil {
		w.lines[id] = sample.Begin(w.t, events.Alert(id))
	}
	var facts []events.Fact
	for _, e := range said {
		facts = append(facts, sample.Fact("2026-10-23", e))
	}
	w.lines[id].Tell("2026-10-23", facts...)
	h := w.lines[id].History
	for range 2 {
		for key, part := range alerts.Route(h[len(h)-1]) {
			before := asJSON(w.t, w.docs[key])
			next, err := alerts.Apply(w.docs[key], part)
			if err != nil {
				w.t.Fatal(err)
			}
			if after := asJSON(w.t, w.docs[key]); after != before {
				w.t.Fatalf("Apply changed the document it was given:\n%s\n%s", before, after)
			}
			w.docs[key] = next
		}
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestTheAlertsOfACase(t *testing.T) {
	w := newTold(t)
	w.tell(oneDay, claim)
	w.tell(onDay, events.AlertSuperseded{Why: "missed", At: at, Person: "j.doe"})
	w.tell("GLO-26-0002_D1-1_day_20261026", claim)
	doc := w.docs["GLO-26-0001"]
	if len(w.docs) != 2 || len(doc.Alerts) != 2 || doc.Pending != 1 || !alerts.MayBePending([]byte(asJSON(t, doc))) {
		t.Fatalf("%d documents, %+v", len(w.docs), doc)
	}
	w.tell(oneDay, failed)
	if doc = w.docs["GLO-26-0001"]; doc.Pending != 1 || doc.Alerts[oneDay].Status() != alerting.Failed {
		t.Errorf("%+v", doc)
	}
	again := claim
	again.Attempt = 2
	w.tell(oneDay, again)
	w.tell(oneDay, sent)
	w.tell(oneDay, events.AlertAcknowledged{Text: "chased"})
	doc = w.docs["GLO-26-0001"]
	if doc.Pending != 0 || alerts.MayBePending([]byte(asJSON(t, doc))) || doc.Alerts[oneDay].Status() != alerting.Acknowledged {
		t.Errorf("%+v", doc)
	}
	for id, l := range w.lines {
		want, err := alerting.Fold(l.History)
		if err != nil {
			t.Fatal(err)
		}
		name, _ := alerting.ParseID(id)
		if diff := cmp.Diff(asJSON(t, want), asJSON(t, w.docs[name.Ref].Alerts[id])); diff != "" {
			t.Errorf("%s (-fold +view):\n%s", id, diff)
		}
	}
	if all := doc.InOrder(); len(all) != 2 || all[0].ID != oneDay || all[1].ID != onDay {
		t.Errorf("%+v", all)
	}
	sample.Golden(t, alerts.Name, alerts.Version, doc)
}

// Digests are kept for some weeks; what comes late to one that is gone changes
// nothing.
func TestDigestsOfTheLastWeeks(t *testing.T) {
	w := newTold(t)
	first := day(0)
	for n := range 40 {
		w.tell(alerting.DigestID("j.doe", day(n)), events.AlertClaimed{Person: "j.doe", At: at, Deliveries: []events.Delivery{email}, Attempt: 1, Worker: "a"})
	}
	doc := w.docs[alerts.Digests]
	if len(doc.Alerts) != 29 || doc.Pending != 29 {
		t.Errorf("%d digests, %d pending", len(doc.Alerts), doc.Pending)
	}
	w.tell(alerting.DigestID("j.doe", first), sent)
	w.tell(alerting.DigestID("j.doe", day(39)), sent)
	if doc = w.docs[alerts.Digests]; len(doc.Alerts) != 29 || doc.Pending != 28 {
		t.Errorf("%d digests, %d pending", len(doc.Alerts), doc.Pending)
	}

	// One far ahead, of a server whose clock was wrong, takes the place of one.
	w.tell(alerting.DigestID("j.doe", day(4000)), events.AlertClaimed{Person: "j.doe", At: at, Deliveries: []events.Delivery{email}, Attempt: 1, Worker: "a"})
	w.tell(alerting.DigestID("a.roe", day(39)), events.AlertClaimed{Person: "a.roe", At: at, Deliveries: []events.Delivery{email}, Attempt: 1, Worker: "a"})
	if doc = w.docs[alerts.Digests]; len(doc.Alerts) != 30 || doc.Alerts[alerting.DigestID("j.doe", day(39))].Status() != alerting.Sent {
		t.Errorf("%d digests: %v", len(doc.Alerts), doc.Alerts)
	}
}

func day(n int) calendar.Date { return calendar.On(2026, 9, 1).AddDays(n) }

func TestWhatDoesNotFollowIsDamage(t *testing.T) {
	l := sample.Begin(t, events.Alert(oneDay))
	l.Tell("2026-10-23", sample.Fact("2026-10-23", claim))
	l.Tell("2026-10-23", sample.Fact("2026-10-23", sent))
	if _, err := alerts.Apply(alerts.Doc{}, l.History[1]); !errors.Is(err, events.ErrDamaged) {
		t.Errorf("%v", err)
	}
	if _, err := alerts.Apply(alerts.Doc{}, events.Recorded{Commit: events.Commit{Aggregate: events.Alert("x"), Version: 1}}); !errors.Is(err, events.ErrDamaged) {
		t.Errorf("%v", err)
	}
	for _, a := range []events.Aggregate{events.AlertPolicy(), events.Alert("x")} {
		for key := range alerts.Route(events.Recorded{Commit: events.Commit{Aggregate: a}}) {
			t.Errorf("%s goes to %s", a, key)
		}
	}
}

func TestThePolicyThatWasRecordedLast(t *testing.T) {
	l := sample.Begin(t, events.AlertPolicy())
	var doc alerts.Policy
	for n := range 3 {
		p := alerting.DefaultPolicy(fmt.Sprint("person ", n))
		p.Quiet = []calendar.Date{calendar.On(2026, 12, 24)}
		l.Tell("2026-10-23", sample.Fact("2026-10-23", p.AlertPolicySet))
		for range 2 {
			before := doc
			var err error
			if doc, err = alerts.ApplyPolicy(doc, l.History[n]); err != nil {
				t.Fatal(err)
			}
			if len(before.Head.Commands) > n+1 {
				t.Error("the document that was given has changed")
			}
		}
		if doc.Policy.Desk != p.Desk || doc.Head.Version != n+1 {
			t.Errorf("%+v", doc)
		}
	}
	if _, err := alerts.ApplyPolicy(alerts.Policy{}, l.History[1]); !errors.Is(err, events.ErrDamaged) {
		t.Errorf("%v", err)
	}
	for key := range alerts.RoutePolicy(events.Recorded{Commit: events.Commit{Aggregate: events.Alert(oneDay)}}) {
		t.Errorf("an alert goes to %s", key)
	}
	sample.Golden(t, alerts.PolicyName, alerts.PolicyVersion, doc)
}
