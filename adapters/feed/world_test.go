package feed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"parley/adapters/logtest/sample"
	"parley/adapters/memlog"
	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/domain/negotiation"
	"parley/events"
	"parley/projections/alerts"
	"parley/projections/almanac"
	"parley/projections/bodies"
	"parley/projections/docket"
	"parley/projections/places"
	"parley/projections/status"
)

// world is a log in the making.
type world struct {
	t     testing.TB
	log   *memlog.Log
	lines map[events.Aggregate]*sample.Line
	last  map[events.Aggregate]uint64
}

func newWorld(t testing.TB) *world {
	return &world{t, memlog.New(), map[events.Aggregate]*sample.Line{}, map[events.Aggregate]uint64{}}
}

// tell appends a commit with these facts.
func (w *world) tell(a events.Aggregate, facts ...events.Fact) {
	w.t.Helper()
	if w.lines[a] == nil {
		w.lines[a] = sample.Begin(w.t, a)
	}
	w.append(w.lines[a].Tell("2026-11-02", facts...))
}

func (w *world) append(c events.Sealed) {
	w.t.Helper()
	position, err := w.log.Append(context.Background(), c, w.last[c.Aggregate])
	if err != nil {
		w.t.Fatal(err)
	}
	w.last[c.Aggregate] = position
}

// take appends a history that was made elsewhere.
func (w *world) take(h events.History) {
	w.t.Helper()
	for _, r := range h {
		sealed, err := events.Seal(r.Commit)
		if err != nil {
			w.t.Fatal(err)
		}
		w.append(sealed)
		if w.lines[r.Aggregate] == nil {
			w.lines[r.Aggregate] = sample.Begin(w.t, r.Aggregate)
		}
		l := w.lines[r.Aggregate]
		l.History = append(l.History, r)
	}
}

// small fills the world with a case, a register and a directory: 28 commits.
func (w *world) small() *world {
	w.t.Helper()
	day := func(e events.Event) events.Fact { return sample.Fact("2026-11-02", e) }
	w.tell(events.Directory(), listed("L84001"), listed("L84002"))
	w.tell(events.Register("GLO-26"), day(events.CaseNumbered{Ref: "GLO-26-0001", Number: 1}))
	w.take(sample.Collective(w.t, "GLO-26-0001", 4))
	w.tell(events.Directory(), day(events.PracticeRenamed{Practice: "L84002", Name: "QUAY HEALTH"}))
	w.tell(events.Directory(), day(events.CommissionerAbolished{ICB: "QR1", Successors: []string{"QUY"}}))
	w.tell(events.Case("GLO-26-0002"), day(events.CaseOpened{Ref: "GLO-26-0002", ICB: "QR1", Service: "ecg", Title: "ECGs"}))
	return w
}

func listed(code string) events.Fact {
	return sample.Fact("2025-11-01", events.PracticeListed{Practice: code, Name: "SURGERY " + code, ICB: "QR1", Opened: sample.Day("1974-04-01")})
}

// open1 opens the views of a log in a file.
func open1(t testing.TB, path string, source Source) *Views {
	t.Helper()
	v, err := OpenViews(path, source)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func catchUp(t testing.TB, v *Views) {
	t.Helper()
	if err := v.CatchUp(context.Background(), 0); err != nil {
		t.Fatal(err)
	}
}

func closed(t testing.TB, v *Views) {
	t.Helper()
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
}

// killed ends views as the end of their process does: nothing more is written.
func killed(t testing.TB, v *Views) {
	t.Helper()
	if err := v.db.Close(); err != nil {
		t.Fatal(err)
	}
}

// after returns the commits of the log after a position.
func (w *world) after(position uint64) events.History {
	w.t.Helper()
	var h events.History
	if err := w.log.Scan(context.Background(), position, func(r events.Recorded) error { h = append(h, r); return nil }); err != nil {
		w.t.Fatal(err)
	}
	return h
}

func inTemp(t *testing.T) string { return filepath.Join(t.TempDir(), "views.db") }

// dump returns every document of v as JSON, by view and key.
func dump(t testing.TB, v *Views) map[string]string {
	t.Helper()
	all := map[string]string{}
	dumpOne(t, all, v.Cases)
	dumpOne(t, all, v.Registers)
	dumpOne(t, all, v.Docket)
	dumpOne(t, all, v.Places)
	dumpOne(t, all, v.Practices)
	dumpOne(t, all, v.Commissioners)
	dumpOne(t, all, v.Almanac)
	dumpOne(t, all, v.AlertLog)
	dumpOne(t, all, v.AlertPolicy)
	return all
}

func dumpOne[D any](t testing.TB, all map[string]string, d *Documents[D]) {
	t.Helper()
	ctx := context.Background()
	var failed error
	keys := slices.Collect(d.Keys(ctx, &failed))
	if failed != nil {
		t.Fatal(failed)
	}
	i := 0
	for doc := range d.All(ctx, &failed) {
		got, found, err := d.Get(ctx, keys[i])
		if err != nil || !found || asJSON(t, got) != asJSON(t, doc) {
			t.Fatalf("%s by itself: %t, %v", keys[i], found, err)
		}
		all[d.def.Name+"/"+keys[i]] = asJSON(t, doc)
		i++
	}
	if failed != nil || d.Count() != i {
		t.Fatalf("%d documents, and the count is %d: %v", i, d.Count(), failed)
	}
}

func asJSON(t testing.TB, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// expect returns what the documents must be once the log has been taken in up
// to a position, as the projections have it without a feed.
func (w *world) expect(upTo uint64) map[string]string {
	w.t.Helper()
	histories := map[events.Aggregate]events.History{}
	err := w.log.Scan(context.Background(), 0, func(r events.Recorded) error {
		if r.Position <= upTo {
			histories[r.Aggregate] = append(histories[r.Aggregate], r)
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	all := map[string]string{}
	put := func(view, key string, doc any, err error) {
		w.t.Helper()
		if err != nil {
			w.t.Fatal(err)
		}
		all[view+"/"+key] = asJSON(w.t, doc)
	}
	for key, doc := range w.alerts(upTo) {
		put(alerts.Name, key, doc, nil)
	}
	for a, h := range histories {
		switch a.Kind {
		case events.KindAlert:
			if a != events.AlertPolicy() {
				continue
			}
			var doc alerts.Policy
			var err error
			for _, r := range h {
				if doc, err = alerts.ApplyPolicy(doc, r); err != nil {
					w.t.Fatal(err)
				}
			}
			put(alerts.PolicyName, a.ID, doc, nil)
		case events.KindCase:
			file, err := status.Fold(h)
			put(status.CasesName, a.ID, file, err)
			doc, err := docket.Fold(h)
			put(docket.Name, a.ID, doc, err)
			where, err := places.Fold(h)
			put(places.Name, a.ID, where, err)
		case events.KindRegister:
			var file negotiation.Registerfile
			var err error
			for _, r := range h.Effective() {
				if file, err = status.ApplyRegister(file, r); err != nil {
					w.t.Fatal(err)
				}
			}
			put(status.RegistersName, a.ID, file, nil)
		case events.KindCalendar:
			var doc almanac.Doc
			var err error
			for _, r := range h.Effective() {
				if doc, err = almanac.Apply(doc, r); err != nil {
					w.t.Fatal(err)
				}
			}
			put(almanac.Name, a.ID, doc, nil)
		case events.KindDirectory:
			practices, commissioners := map[string]bodies.Practice{}, map[string]bodies.Commissioner{}
			for _, r := range h.Effective() {
				for code, part := range bodies.RoutePractices(r) {
					practices[code], _ = bodies.ApplyPractice(practices[code], part)
				}
				for code, part := range bodies.RouteCommissioners(r) {
					commissioners[code], _ = bodies.ApplyCommissioner(commissioners[code], part)
				}
			}
			for code, doc := range practices {
				put(bodies.PracticesName, code, doc, nil)
			}
			for code, doc := range commissioners {
				put(bodies.CommissionersName, code, doc, nil)
			}
		}
	}
	return all
}

// alerts returns what the documents of alerts must be: their commits come from
// many aggregates, in the order of the log.
func (w *world) alerts(upTo uint64) map[string]alerts.Doc {
	w.t.Helper()
	docs := map[string]alerts.Doc{}
	err := w.log.Scan(context.Background(), 0, func(r events.Recorded) (err error) {
		if r.Position > upTo || r.Aggregate.Kind != events.KindAlert {
			return nil
		}
		for key, part := range alerts.Route(r) {
			if docs[key], err = alerts.Apply(docs[key], part); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return docs
}

// agrees fails the test unless v holds what the log says up to v's position.
func (w *world) agrees(v *Views) {
	w.t.Helper()
	if diff := cmp.Diff(w.expect(v.Position()), dump(w.t, v)); diff != "" {
		w.t.Fatalf("at position %d (-log +views):\n%s", v.Position(), diff)
	}
}

// drawCommit appends a commit of random facts, corrections among them.
func (w *world) drawCommit(t *rapid.T) {
	a := rapid.SampledFrom([]events.Aggregate{
		events.Case("GLO-26-0001"), events.Case("GLO-26-0002"), events.Case("GLO-26-0003"), events.Directory(), events.Directory(), events.Register("GLO-26"), events.Calendar(),
		events.AlertPolicy(), events.Alert("GLO-26-0001_D2-1_day_20260302"), events.Alert("GLO-26-0001_D2-1_1wd_20260302"),
		events.Alert("GLO-26-0002_D1-1_day_20260302"), events.Alert("digest_j-2edoe_20260302"), events.Alert("digest_j-2edoe_20260420"),
	}).Draw(t, "aggregate")
	version := 1
	if l := w.lines[a]; l != nil {
		version = len(l.History) + 1
	}
	facts := make([]events.Fact, rapid.IntRange(1, 3).Draw(t, "facts"))
	for i := range facts {
		facts[i] = drawFact(t, a, version, 2)
	}
	if version == 1 && a.Kind == events.KindCase {
		facts[0] = sample.Fact("2026-01-05", events.CaseOpened{Ref: a.ID, ICB: "QR1", Service: "ecg", Title: "ECGs"})
	}
	w.tell(a, facts...)
}

func drawFact(t *rapid.T, a events.Aggregate, version, depth int) events.Fact {
	practice := rapid.SampledFrom([]string{"L84001", "L84002", "L84003"}).Draw(t, "practice")
	n := rapid.IntRange(1, 3).Draw(t, "number")
	id := fmt.Sprintf("D%d.%d", rapid.IntRange(1, version).Draw(t, "version"), 1)
	possible := map[events.Kind][]events.Event{
		events.KindCase: {
			events.PracticeJoined{Practice: practice, Name: "SURGERY"},
			events.PracticeLeft{Practice: practice},
			events.NoteAdded{Text: "a note"},
			events.NoticeServed{Practice: practice, Period: calendar.Period{N: n, Unit: calendar.Months}, Deemed: sample.Day("2026-02-02")},
			events.DeadlineSet{Deadline: fmt.Sprintf("D%d.1", version), Owner: events.ICB, Practice: practice, Trigger: sample.Day("2026-02-02"), Stated: sample.Day("2026-03-02")},
			events.DeadlineMet{Deadline: id},
			events.DeadlinePaused{Deadline: id},
			events.DeadlineResumed{Deadline: id},
			events.DeadlineExtended{Deadline: id, Until: sample.Day("2026-03-09").AddDays(n), Base: "agreed"},
			events.DeadlineExtensionRemoved{Deadline: id, Why: "a mistake"},
			events.DeadlineShortened{Deadline: id, Until: sample.Day("2026-02-09").AddDays(n), Base: "agreed"},
			events.DeadlineWaived{Deadline: id, Why: "let go"},
			events.FOISent{Request: n, To: "QR1"},
			events.FOIReviewAsked{Request: n},
			events.OfferTabled{Offer: n, By: events.ICB},
			events.OfferAccepted{Offer: n},
			events.CaseClosed{Outcome: events.Resourced},
			events.CaseReopened{FreshClocks: n == 1},
			events.CommissionerChanged{ICB: "QUY"},
			events.DisputeRaised{Dispute: n},
			events.DisputeDetermined{Dispute: n},
		},
		events.KindDirectory: {
			events.PracticeListed{Practice: practice, Name: "SURGERY", ICB: "QR1", Opened: sample.Day("1974-04-01")},
			events.PracticeRenamed{Practice: practice, Name: fmt.Sprint("SURGERY ", n)},
			events.PracticeClosed{Practice: practice},
			events.PracticesImported{Practices: n},
			events.CommissionerEstablished{ICB: fmt.Sprintf("A%dB1C", n), Name: "NHS New"},
			events.CommissionerAbolished{ICB: "QR1", Successors: []string{"QUY"}},
		},
		events.KindCalendar: {events.CalendarRevised{
			Version: fmt.Sprint("list ", version), Published: sample.Day("2026-02-02"), Horizon: calendar.Builtin().Horizon(),
			Added:   []calendar.Holiday{{Division: calendar.Scotland, Date: sample.Day("2026-02-10").AddDays(n), Title: "A day off"}},
			Removed: []calendar.Holiday{},
		}},
		events.KindRegister: {events.CaseNumbered{Ref: "GLO-26-0001", Number: version}},
	}[a.Kind]
	if a.Kind == events.KindAlert {
		possible, depth = drawAlert(a, n), 0 // what was sent was sent: alerts are never corrected
	}
	if depth > 0 && version > 1 && rapid.IntRange(0, 3).Draw(t, "a correction") == 0 {
		corrected := events.EventID{Version: rapid.IntRange(1, version-1).Draw(t, "corrected version"), Index: rapid.IntRange(1, 3).Draw(t, "corrected index")}
		possible = []events.Event{
			events.EventRetracted{Event: corrected, Why: "wrong"},
			events.EventReplaced{Event: corrected, Why: "wrong", With: []events.Fact{drawFact(t, a, version, 0)}},
		}
	}
	f := sample.Fact("2026-02-02", rapid.SampledFrom(possible).Draw(t, "event"))
	f.Follows = rapid.Bool().Draw(t, "follows")
	return f
}

func drawAlert(a events.Aggregate, n int) []events.Event {
	if a == events.AlertPolicy() {
		return []events.Event{alerting.DefaultPolicy(fmt.Sprint("person ", n)).AlertPolicySet}
	}
	to := events.Delivery{To: "j.doe", Channel: []string{"email", "file", "teams"}[n-1]}
	at := sample.Day("2026-03-02").Time()
	return []events.Event{
		events.AlertClaimed{Deliveries: []events.Delivery{to}, At: at, Attempt: 1, Worker: "w"},
		events.AlertClaimed{Deliveries: []events.Delivery{to}, At: at, Attempt: 2, Worker: "w"},
		events.AlertSent{Delivery: to, Receipt: "250"},
		events.AlertFailed{Delivery: to, Why: "451", RetryAt: at},
		events.AlertFailed{Delivery: to, Why: "550"},
		events.AlertUncertain{Deliveries: []events.Delivery{to}, Why: "killed"},
		events.AlertAcknowledged{},
		events.AlertSnoozed{Until: sample.Day("2026-03-02")},
		events.AlertSuperseded{At: at, Why: "missed"},
	}
}

// errCut is how a badSource ends early.
var errCut = errors.New("cut off")

// badSource delivers what its log has, but also again what came before, each
// commit often twice, and is cut off after some commits if cut is not 0.
type badSource struct {
	*memlog.Log
	back uint64
	cut  int
}

func (s *badSource) Scan(ctx context.Context, after uint64, f func(events.Recorded) error) error {
	var before []events.Recorded
	n := 0
	return s.Log.Scan(ctx, after-min(after, s.back), func(r events.Recorded) error {
		if n++; s.cut > 0 && n > s.cut {
			return errCut
		}
		before = append(before, r)
		for _, again := range before[max(0, len(before)-2):] {
			if err := f(again); err != nil {
				return err
			}
		}
		return f(r)
	})
}

func sortedKeys(m map[string]string) []string { return slices.Sorted(maps.Keys(m)) }
