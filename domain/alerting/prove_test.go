package alerting_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/domain/holidays"
	"parley/events"
	"parley/projections/docket"
)

// record is a log as it grows: the histories of several aggregates, and one
// order for all.
type record struct {
	t        reporter
	position uint64
	lines    map[events.Aggregate]events.History
}

// reporter is a test of the standard library or of rapid.
type reporter interface {
	Helper()
	Errorf(string, ...any)
	Fatal(...any)
}

func newRecord(t reporter) *record {
	r := &record{t: t, lines: map[events.Aggregate]events.History{}}
	r.told("2026-09-01 10:00", events.CaseOpened{Ref: "GLO-26-0001", ICB: "QR1", Title: "Secret terms"}, events.CaseAssigned{Caseworker: "j.doe"})
	r.told("2026-09-01 11:00", events.DeadlineSet{
		Deadline: "D2.1", Rule: "local-override", Title: "Answer the FOI request", Owner: events.ICB, Trigger: day("2026-08-03"), Stated: day("2026-10-26"),
	})
	return r
}

func (r *record) add(a events.Aggregate, now string, actor string, facts ...events.Fact) {
	r.t.Helper()
	h := r.lines[a]
	c := events.Commit{
		Command: uuid.NewSHA1(uuid.Nil, fmt.Append(nil, a, len(h))), Aggregate: a, Version: len(h) + 1, Actor: actor, RecordedAt: at(now), Facts: facts,
	}
	if len(h) > 0 {
		c.Previous = h[len(h)-1].Hash
	}
	sealed, err := events.Seal(c)
	if err != nil {
		r.t.Fatal(err)
	}
	r.position++
	r.lines[a] = append(h, events.Recorded{Commit: sealed.Commit, Position: r.position})
}

// told adds a commit to the case.
func (r *record) told(now string, said ...events.Event) {
	r.t.Helper()
	var facts []events.Fact
	for _, e := range said {
		facts = append(facts, events.Fact{On: deadline.InLondon(at(now)).Date, Event: e})
	}
	r.add(events.Case("GLO-26-0001"), now, "j.doe", facts...)
}

// alert gives a command to the alert on a rung of the deadline's ladder.
func (r *record) alert(now, rung, due string, cmds ...alerting.Command) {
	r.t.Helper()
	a := events.Alert(alerting.ID("GLO-26-0001", "D2.1", rung, day(due)))
	for _, cmd := range cmds {
		s, err := alerting.Fold(r.lines[a])
		if err != nil {
			r.t.Fatal(err)
		}
		facts, err := alerting.Decide(s, cmd, deadline.InLondon(at(now)).Date)
		if err != nil {
			r.t.Fatal(err)
		}
		r.add(a, now, "server", facts...)
	}
}

// claim claims the alert on a rung, for the file of j.doe.
func (r *record) claim(now, rung, due string) {
	r.t.Helper()
	r.alert(now, rung, due, alerting.Claim{Worker: "w", Alert: alerting.Alert{
		Ref: "GLO-26-0001", Deadline: "D2.1", Rung: events.Rung{ID: rung, Urgent: true}, Due: day(due), At: at(now), Person: "j.doe", Deliveries: []events.Delivery{email},
	}})
}

func (r *record) evidence(now string) alerting.Evidence {
	ev := alerting.Evidence{
		Case: r.lines[events.Case("GLO-26-0001")], Deadline: "D2.1", Calendar: r.lines[events.Calendar()], Policy: r.lines[events.AlertPolicy()],
		Alerts: map[string]events.History{}, Before: alerting.DefaultPolicy("j.doe"), Now: at(now),
	}
	for a, h := range r.lines {
		if a.Kind == events.KindAlert && a != events.AlertPolicy() {
			ev.Alerts[a.ID] = h
		}
	}
	return ev
}

// proved writes a proof's alerts as lines.
func (r *record) proved(now string) []string {
	r.t.Helper()
	proof, err := alerting.Prove(r.evidence(now))
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := json.Marshal(proof); err != nil {
		r.t.Fatal(err)
	}
	lines := []string{}
	for _, a := range proof.Alerts {
		line := a.Rung + " " + a.At.Format("01-02 15:04Z") + " " + string(a.Status)
		for _, more := range []string{a.Why, a.Event, strings.TrimPrefix(a.By, "GLO-26-0001_D2-1_")} {
			if more != "" {
				line += " | " + more
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func TestTheProofOfAPlainDeadline(t *testing.T) {
	r := newRecord(t)
	r.claim("2026-10-12 08:30", "10wd", "2026-10-26")
	r.alert("2026-10-12 08:30", "10wd", "2026-10-26", alerting.RecordSent{Delivery: email, Receipt: "250 ok"})
	r.claim("2026-10-19 08:30", "5wd", "2026-10-26")
	r.alert("2026-10-19 08:30", "5wd", "2026-10-26", alerting.RecordFailed{Delivery: email, Why: "451 later", Now: at("2026-10-19 08:30")})
	r.claim("2026-10-23 08:30", "1wd", "2026-10-26")
	r.alert("2026-10-23 08:31", "1wd", "2026-10-26", alerting.RecordUncertain{Why: "the server was stopped"})
	want := []string{
		"10wd 10-12 07:30Z sent",
		"5wd 10-19 07:30Z failed | email: 451 later, to be tried again Mon 19 Oct 2026, 08:31",
		"1wd 10-23 07:30Z uncertain | email: the server was stopped",
		"day 10-26 08:30Z planned", "over1wd 10-27 08:30Z planned", "esc2wd 10-28 08:30Z planned",
	}
	same(t, want, r.proved("2026-10-23 09:00"))
	want[3] = "day 10-26 08:30Z planned | its time has come, and nobody has sent it yet"
	same(t, want, r.proved("2026-10-26 09:00"))
	r.alert("2026-10-26 09:30", "1wd", "2026-10-26", alerting.Acknowledge{Text: "chased"})
	want[2] = "1wd 10-23 07:30Z acknowledged | acknowledged by server: chased; email: the server was stopped"
	want[5] = "esc2wd 10-28 08:30Z superseded | acknowledged by server: chased, and not escalated | 1wd_20261026"
	same(t, want, r.proved("2026-10-26 09:31"))

	proof, err := alerting.Prove(r.evidence("2026-10-23 09:00"))
	if err != nil {
		t.Fatal(err)
	}
	if proof.Ref != "GLO-26-0001" || proof.Due != day("2026-10-26") || proof.Status != deadline.Open || proof.Caseworker != "j.doe" {
		t.Errorf("%+v", proof)
	}
	same(t, []alerting.Outcome{{Delivery: email, Status: alerting.Sent, Attempts: 1, At: at("2026-10-12 08:30"), Receipt: "250 ok"}}, proof.Alerts[0].Deliveries)
}

// Scenario 7, as it is proved afterwards.
func TestTheProofOfAnOutage(t *testing.T) {
	r := newRecord(t)
	r.claim("2026-10-12 08:30", "10wd", "2026-10-26")
	r.claim("2026-10-19 08:30", "5wd", "2026-10-26")
	states := map[string]alerting.State{}
	for a, h := range r.lines {
		if a.Kind == events.KindAlert {
			s, err := alerting.Fold(h)
			if err != nil {
				t.Fatal(err)
			}
			states[a.ID] = s
		}
	}
	d := stated("2026-10-26")
	d.Clock.Deadline = "D2.1"
	p := alerting.DefaultPolicy("j.doe")
	w := alerting.Triage(p, calendar.Builtin(), at("2026-10-29 10:00"), alerting.Wanted(p, calendar.Builtin(), d, states), states, nil)
	for _, m := range w.Supersede {
		r.alert("2026-10-29 10:00", m.Rung.ID, "2026-10-26", alerting.Supersede{Alert: m.Alert, Why: m.Why, By: m.By})
	}
	r.claim("2026-10-29 10:00", "esc2wd", "2026-10-26")
	by := " superseded | not sent in its time, and told together with the escalation | esc2wd_20261026"
	same(t, []string{
		"10wd 10-12 07:30Z claimed", "5wd 10-19 07:30Z claimed", "1wd 10-23 07:30Z" + by, "day 10-26 08:30Z" + by, "over1wd 10-27 08:30Z" + by,
		"esc2wd 10-29 10:00Z claimed",
	}, r.proved("2026-10-29 10:01"))
}

func TestWhyAnAlertWasNotSent(t *testing.T) {
	late := []string{"1wd 10-23 07:30Z", "day 10-26 08:30Z", "over1wd 10-27 08:30Z", "esc2wd 10-28 08:30Z"}
	superseded := func(why string) []string {
		lines := []string{"10wd 10-12 07:30Z claimed", "5wd 10-19 07:30Z superseded | not sent in its time; then " + why}
		for _, l := range late {
			lines = append(lines, l+" superseded | "+why)
		}
		return lines
	}
	set := events.DeadlineSet{Deadline: "D2.1", Rule: "local-override", Title: "Answer", Owner: events.ICB, Trigger: day("2026-08-03"), Stated: day("2026-10-26")}
	for _, c := range []struct {
		name string
		said []events.Event
		why  string
	}{
		{"met", []events.Event{events.FOIAnswered{Request: 1}, events.DeadlineMet{Deadline: "D2.1"}}, "met by 3.2 | 3.2"},
		{"waived", []events.Event{events.DeadlineWaived{Deadline: "D2.1", Why: "x"}}, "waived by 3.1 | 3.1"},
		{"overtaken", []events.Event{events.DeadlineSuperseded{Deadline: "D2.1", Why: "x"}}, "superseded by 3.1 | 3.1"},
		{"paused", []events.Event{events.DeadlinePaused{Deadline: "D2.1", Why: "x"}}, "paused by 3.1 | 3.1"},
		{"retracted", []events.Event{events.EventRetracted{Event: events.EventID{Version: 2, Index: 1}, Why: "x"}}, "retracted by 3.1 | 3.1"},
		{"extended", []events.Event{events.DeadlineExtended{Deadline: "D2.1", Until: day("2027-03-02"), Base: "x"}}, "re-dated to Tue 2 Mar 2027 by 3.1 | 3.1"},
		{"corrected", []events.Event{events.EventReplaced{Event: events.EventID{Version: 2, Index: 1}, Why: "x", With: []events.Fact{
			{On: day("2026-09-01"), Event: func() events.Event { s := set; s.Stated = day("2027-03-02"); return s }()},
		}}}, "re-dated to Tue 2 Mar 2027 by 3.1 | 3.1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRecord(t)
			r.claim("2026-10-12 08:30", "10wd", "2026-10-26")
			r.told("2026-10-20 12:00", c.said...)
			got := r.proved("2026-10-29 10:01")
			same(t, superseded(c.why), got[:6])
			if moved := strings.HasPrefix(c.why, "re-dated"); moved != (len(got) == 12) {
				t.Errorf("%d alerts: %v", len(got), got)
			}
		})
	}
}

func TestClosedAndReopenedInAProof(t *testing.T) {
	r := newRecord(t)
	r.told("2026-09-02 10:00", events.DeadlineSet{
		Deadline: "D3.1", Rule: "local-period", Title: "Answer", Owner: events.ICB, Trigger: day("2026-10-15"), Period: calendar.Period{N: 20, Unit: calendar.WorkingDays},
	})
	r.told("2026-11-06 12:00", events.CaseClosed{Outcome: events.Withdrawn})
	ev := r.evidence("2026-11-06 13:00")
	ev.Deadline = "D3.1"
	proof, err := alerting.Prove(ev)
	if err != nil {
		t.Fatal(err)
	}
	last := proof.Alerts[len(proof.Alerts)-1]
	if last.Status != alerting.Superseded || last.Why != "the case was closed by 4.1" || last.Event != "4.1" {
		t.Errorf("%+v", last)
	}
	r.told("2026-11-23 10:00", events.CaseReopened{Why: "x"})
	ev = r.evidence("2026-11-23 13:00")
	ev.Deadline = "D3.1"
	if proof, err = alerting.Prove(ev); err != nil {
		t.Fatal(err)
	}
	var planned []string
	for _, a := range proof.Alerts {
		if a.Status == alerting.Planned {
			planned = append(planned, a.ID)
		}
	}
	same(t, []string{
		"GLO-26-0001_D3-1_1wd_20261127", "GLO-26-0001_D3-1_day_20261127", "GLO-26-0001_D3-1_over1wd_20261127", "GLO-26-0001_D3-1_esc2wd_20261127",
	}, planned)
}

// Scenario 1, as it is proved: a holiday is added while the clock runs.
func TestAHolidayInAProof(t *testing.T) {
	r := newRecord(t)
	r.told("2026-10-01 16:00", events.DeadlineSet{
		Deadline: "D3.1", Rule: "local-period", Title: "Answer", Owner: events.ICB, Trigger: day("2026-10-01"), Period: calendar.Period{N: 20, Unit: calendar.WorkingDays},
	})
	r.add(events.Calendar(), "2026-10-27 12:00", "j.doe", events.Fact{On: day("2026-10-27"), Event: events.CalendarRevised{
		Version: "GOV.UK 2026-10-27", Published: day("2026-10-27"), Horizon: calendar.Builtin().Horizon(),
		Added:   []calendar.Holiday{{Division: calendar.EnglandAndWales, Date: day("2026-10-28"), Title: "A jubilee"}, {Division: calendar.Scotland, Date: day("2026-10-28"), Title: "A jubilee"}},
		Removed: []calendar.Holiday{},
	}})
	ev := r.evidence("2026-10-27 13:00")
	ev.Deadline = "D3.1"
	proof, err := alerting.Prove(ev)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range proof.Alerts {
		if a.At.After(at("2026-10-27 12:00")) {
			got = append(got, strings.TrimPrefix(a.ID, "GLO-26-0001_D3-1_")+" "+a.At.Format("01-02 15:04Z")+" "+string(a.Status)+" "+a.Why)
		}
	}
	moved := " superseded holiday added: A jubilee, Wed 28 Oct 2026: re-dated to Fri 30 Oct 2026"
	same(t, []string{
		"1wd_20261029 10-28 08:30Z" + moved, "1wd_20261030 10-29 08:30Z planned ", "day_20261029 10-29 08:30Z" + moved, "day_20261030 10-30 08:30Z planned ",
		"over1wd_20261029 10-30 08:30Z" + moved, "esc2wd_20261029 11-02 08:30Z" + moved, "over1wd_20261030 11-02 08:30Z planned ", "esc2wd_20261030 11-03 08:30Z planned ",
	}, got)
}

func TestSnoozingInAProof(t *testing.T) {
	r := newRecord(t)
	r.claim("2026-10-12 08:30", "10wd", "2026-10-26")
	r.alert("2026-10-12 09:00", "10wd", "2026-10-26", alerting.Snooze{Until: day("2026-10-22"), Today: day("2026-10-12"), Due: day("2026-10-26")})
	same(t, []string{
		"10wd 10-12 07:30Z claimed",
		"5wd 10-19 07:30Z snoozed | put off to Thu 22 Oct 2026 by server | 10wd_20261026",
		"snooze20261022 10-22 07:30Z planned", "1wd 10-23 07:30Z planned", "day 10-26 08:30Z planned", "over1wd 10-27 08:30Z planned", "esc2wd 10-28 08:30Z planned",
	}, r.proved("2026-10-13 10:00"))
}

func TestAPolicyInAProof(t *testing.T) {
	r := newRecord(t)
	p := alerting.DefaultPolicy("j.doe")
	p.Ladders[0].Rungs = p.Ladders[0].Rungs[3:]
	r.add(events.AlertPolicy(), "2026-10-13 10:00", "boss", events.Fact{On: day("2026-10-13"), Event: p.AlertPolicySet})
	same(t, []string{
		"10wd 10-12 07:30Z superseded | not sent in its time; then the policy was changed by boss",
		"5wd 10-19 07:30Z superseded | the policy was changed by boss", "1wd 10-23 07:30Z superseded | the policy was changed by boss",
		"day 10-26 08:30Z planned", "over1wd 10-27 08:30Z planned", "esc2wd 10-28 08:30Z planned",
	}, r.proved("2026-10-13 10:01"))
}

func TestNothingToProve(t *testing.T) {
	ev := newRecord(t).evidence("2026-10-13 10:01")
	ev.Deadline = "D9.1"
	if _, err := alerting.Prove(ev); !errors.Is(err, alerting.ErrNoDeadline) || !strings.Contains(err.Error(), "D9.1") {
		t.Errorf("%v", err)
	}
	if _, err := alerting.Prove(alerting.Evidence{Deadline: "D1.1", Now: time.Now()}); !errors.Is(err, alerting.ErrNoDeadline) {
		t.Errorf("%v", err)
	}
}

// Whatever is told of a case, a proof plans what is wanted now and nothing else,
// and has every alert that was recorded, as it was recorded.
func TestAProofAgreesWithWhatIsWanted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRecord(t)
		counted := events.DeadlineSet{
			Deadline: "D2.1", Rule: "local-period", Owner: events.ICB, Trigger: day("2026-09-28"), Period: calendar.Period{N: 20, Unit: calendar.WorkingDays},
		}
		if rapid.Bool().Draw(t, "counted") {
			r.told("2026-09-28 09:00", events.EventReplaced{Event: events.EventID{Version: 2, Index: 1}, Why: "x", With: []events.Fact{{On: day("2026-09-28"), Event: counted}}})
		}
		now := at("2026-10-05 09:00")
		said := func() map[string]alerting.State {
			all := map[string]alerting.State{}
			for id, h := range r.evidence("2026-10-05 09:00").Alerts {
				s, err := alerting.Fold(h)
				if err != nil {
					t.Fatal(err)
				}
				all[id] = s
			}
			return all
		}
		current := func() []alerting.Alert {
			doc, err := docket.Fold(r.lines[events.Case("GLO-26-0001")])
			if err != nil {
				t.Fatal(err)
			}
			editions := holidays.Editions(r.lines[events.Calendar()])
			for _, d := range doc.Deadlines(editions) {
				if d.Clock.Deadline == "D2.1" {
					return alerting.Wanted(alerting.DefaultPolicy("j.doe"), editions[len(editions)-1].Calendar, d, said())
				}
			}
			return nil
		}
		for range rapid.IntRange(0, 10).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(1, 120).Draw(t, "hours")) * time.Hour)
			r.draw(t, now.Format("2006-01-02 15:04"), current())
		}
		moment := now.Format("2006-01-02 15:04")
		ev := r.evidence(moment)
		proof, err := alerting.Prove(ev)
		if err != nil {
			t.Fatal(err)
		}
		planned, wanted := map[string]time.Time{}, map[string]time.Time{}
		for _, a := range proof.Alerts {
			if a.Status == alerting.Planned {
				planned[a.ID] = a.At
			}
		}
		states := said()
		for _, a := range current() {
			if !states[a.ID].Settled() {
				wanted[a.ID] = a.At
			}
		}
		same(t, wanted, planned)
		for id, s := range states {
			i := slices.IndexFunc(proof.Alerts, func(a alerting.Proved) bool { return a.ID == id })
			if s.Settled() && (i < 0 || proof.Alerts[i].Status != s.Status()) {
				t.Fatalf("%s is %s, and not so in the proof: %+v", id, s.Status(), proof.Alerts)
			}
		}
	})
}

// draw tells something of the case, of the calendar or of an alert.
func (r *record) draw(t *rapid.T, now string, wanted []alerting.Alert) {
	until := deadline.InLondon(at(now)).Date.AddDays(rapid.IntRange(1, 30).Draw(t, "until"))
	id := "D2.1"
	versions := len(r.lines[events.Case("GLO-26-0001")])
	switch what := rapid.IntRange(0, 12).Draw(t, "what"); {
	case what >= 8 && len(wanted) > 0:
		a := rapid.SampledFrom(wanted).Draw(t, "alert")
		due := a.Due.String()
		if a.At.After(at(now)) {
			r.try(now, a.Rung.ID, due, alerting.Snooze{Until: until, Today: deadline.InLondon(at(now)).Date, Due: a.Due, Calendar: calendar.Builtin()})
			return
		}
		r.try(now, a.Rung.ID, due, rapid.SampledFrom([]alerting.Command{
			alerting.Claim{Alert: a, Worker: "w"}, alerting.Acknowledge{}, alerting.Supersede{Alert: a, Why: "missed"},
		}).Draw(t, "command"))
	case what == 7:
		r.add(events.Calendar(), now, "j.doe", events.Fact{On: day("2026-10-05"), Event: events.CalendarRevised{
			Version: fmt.Sprint("list ", len(r.lines[events.Calendar()])), Published: day("2026-10-05"), Horizon: calendar.Builtin().Horizon(),
			Added: []calendar.Holiday{{Division: calendar.EnglandAndWales, Date: until, Title: "A day off"}}, Removed: []calendar.Holiday{},
		}})
	case what == 6 && versions > 2:
		r.told(now, events.EventRetracted{Event: events.EventID{Version: rapid.IntRange(3, versions).Draw(t, "version"), Index: 1}, Why: "x"})
	default:
		r.told(now, rapid.SampledFrom([]events.Event{
			events.DeadlineExtended{Deadline: id, Until: until},
			events.DeadlinePaused{Deadline: id},
			events.DeadlineResumed{Deadline: id},
			events.DeadlineMet{Deadline: id},
			events.CaseClosed{},
			events.CaseReopened{},
			events.CaseAssigned{Caseworker: "a.roe"},
			events.NoteAdded{Text: "x"},
		}).Draw(t, "said"))
	}
}

// try gives a command to an alert; it may be refused.
func (r *record) try(now, rung, due string, cmd alerting.Command) {
	a := events.Alert(alerting.ID("GLO-26-0001", "D2.1", rung, day(due)))
	s, err := alerting.Fold(r.lines[a])
	if err != nil {
		r.t.Fatal(err)
	}
	facts, err := alerting.Decide(s, cmd, deadline.InLondon(at(now)).Date)
	if err == nil && len(facts) > 0 {
		r.add(a, now, "server", facts...)
	}
}
