package alerting_test

import (
	"testing"

	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/events"
)

// work is what Triage says, by rung.
type work struct{ Send, Supersede, Ahead []string }

func triage(d alerting.Deadline, now string, p alerting.Policy, said map[string]alerting.State) (work, alerting.Work) {
	w := alerting.Triage(p, calendar.Builtin(), at(now), alerting.Wanted(p, calendar.Builtin(), d, said), said, nil)
	var short work
	for _, a := range w.Send {
		short.Send = append(short.Send, a.Rung.ID)
	}
	for _, m := range w.Supersede {
		short.Supersede = append(short.Supersede, m.Rung.ID+" by "+m.By[len("GLO-26-0001_D7-1_"):])
	}
	short.Ahead = rungs(w.Ahead)
	return short, w
}

func TestTriage(t *testing.T) {
	p := alerting.DefaultPolicy("j.doe")
	id := func(rung string) string { return "GLO-26-0001_D7-1_" + rung + "_20261026" }
	alert := func(rung string) alerting.Alert { return find(t, wanted(stated("2026-10-26")), rung) }
	claims := func(rungs ...string) map[string][]alerting.Command {
		by := map[string][]alerting.Command{}
		for _, r := range rungs {
			by[id(r)] = given(alerting.Claim{Alert: alert(r), Worker: "w"})
		}
		return by
	}
	late := []string{"day 2026-10-26 08:30Z", "over1wd 2026-10-27 08:30Z", "esc2wd 2026-10-28 08:30Z"}
	for _, c := range []struct {
		name, now string
		said      map[string][]alerting.Command
		want      work
	}{
		{"before anything", "2026-10-09 12:00", nil, work{Ahead: append([]string{"10wd 2026-10-12 07:30Z", "5wd 2026-10-19 07:30Z", "1wd 2026-10-23 07:30Z"}, late...)}},
		{"on its minute", "2026-10-23 08:30", claims("10wd", "5wd"), work{Send: []string{"1wd"}, Ahead: late}},
		{"a minute before", "2026-10-23 08:29", claims("10wd", "5wd"), work{Ahead: append([]string{"1wd 2026-10-23 07:30Z"}, late...)}},
		{"once it is claimed", "2026-10-23 08:31", claims("10wd", "5wd", "1wd"), work{Ahead: late}},
		// Scenario 7: down from 23 October 08:30 to 29 October 10:00.
		{"down over the date", "2026-10-29 10:00", claims("10wd", "5wd"), work{
			Send: []string{"esc2wd"}, Supersede: []string{"1wd by esc2wd_20261026", "day by esc2wd_20261026", "over1wd by esc2wd_20261026"},
		}},
		{"up again on a Saturday", "2026-10-24 10:00", claims("10wd", "5wd"), work{Ahead: append([]string{"1wd 2026-10-26 08:30Z"}, late...)}},
		{"and on Monday", "2026-10-26 08:30", claims("10wd", "5wd"), work{Send: []string{"day"}, Supersede: []string{"1wd by day_20261026"}, Ahead: late[1:]}},
		{"up again before breakfast", "2026-10-27 07:00", claims("10wd", "5wd", "1wd"), work{Ahead: []string{"day 2026-10-27 08:30Z", "over1wd 2026-10-27 08:30Z", "esc2wd 2026-10-28 08:30Z"}}},
		{"hours late", "2026-10-23 17:00", claims("10wd", "5wd"), work{Send: []string{"1wd"}, Ahead: late}},
		{"a later one has gone out", "2026-10-26 09:00", claims("10wd", "day"), work{Supersede: []string{"5wd by day_20261026", "1wd by day_20261026"}, Ahead: late[1:]}},
		{"done", "2026-10-29 10:00", claims("10wd", "5wd", "1wd", "day", "over1wd", "esc2wd"), work{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _ := triage(stated("2026-10-26"), c.now, p, recorded(t, "2026-10-12 08:30", c.said))
			same(t, c.want, got)
		})
	}
}

// Once what Triage says has been recorded there is nothing more to do.
func TestTriageComesToAnEnd(t *testing.T) {
	p := alerting.DefaultPolicy("j.doe")
	_, w := triage(stated("2026-10-26"), "2026-10-29 10:00", p, nil)
	said := map[string][]alerting.Command{w.Send[0].ID: given(alerting.Claim{Alert: w.Send[0], Worker: "w"})}
	for _, m := range w.Supersede {
		said[m.ID] = given(alerting.Supersede{Alert: m.Alert, Why: m.Why, By: m.By})
	}
	if len(said) != 6 {
		t.Fatalf("%d alerts", len(said))
	}
	got, _ := triage(stated("2026-10-26"), "2026-10-29 10:01", p, recorded(t, "2026-10-29 10:00", said))
	same(t, work{}, got)
}

// Why an alert was superseded is said as it is: what comes due in one minute is
// told together, and nobody has missed anything.
func TestWhyAnAlertIsSuperseded(t *testing.T) {
	p := alerting.DefaultPolicy("jo")
	p.People = []events.Person{
		{Name: "jo", Channels: []string{"email"}, Quiet: []calendar.Date{day("2026-10-27")}}, {Name: "boss", Channels: []string{"email"}},
	}
	p.Officer, p.Quiet = "boss", []calendar.Date{day("2026-10-28")}
	cal, d := calendar.Builtin(), stated("2026-10-26")
	all := alerting.Wanted(p, cal, d, nil)
	over, escalation := find(t, all, "over1wd"), find(t, all, "esc2wd")
	if !over.At.Equal(escalation.At) {
		t.Fatalf("%s and %s", over.At, escalation.At)
	}
	before := map[string][]alerting.Command{}
	for _, rung := range []string{"10wd", "5wd", "1wd", "day"} {
		a := find(t, all, rung)
		before[a.ID] = given(alerting.Claim{Alert: a, Worker: "w"})
	}
	_, w := triage(d, "2026-10-29 08:30", p, recorded(t, "2026-10-26 08:30", before))
	same(t, []alerting.Missed{{over, "told together with the escalation", escalation.ID}}, w.Supersede)

	// The server ends after the escalation was claimed: the other is not sent to jo
	// beside it when it is back.
	before[escalation.ID] = given(alerting.Claim{Alert: w.Send[0], Worker: "w"})
	_, again := triage(d, "2026-10-29 08:31", p, recorded(t, "2026-10-29 08:30", before))
	same(t, alerting.Work{Supersede: w.Supersede}, again)
	before[escalation.ID] = given(alerting.Claim{Alert: escalation, Worker: "w"}) // to the officer alone
	if short, _ := triage(d, "2026-10-29 08:31", p, recorded(t, "2026-10-29 08:30", before)); len(short.Send) != 1 || short.Send[0] != "over1wd" {
		t.Errorf("jo was not told: %+v", short)
	}

	gone := map[string][]alerting.Command{}
	first := find(t, all, "10wd")
	gone[first.ID] = given(alerting.Claim{Alert: first, Worker: "w"})
	if _, w := triage(d, "2026-10-23 09:00", p, recorded(t, "2026-10-12 08:30", gone)); len(w.Supersede) != 1 ||
		w.Supersede[0].Why != "not sent in its time, and told together with the alert one working day before the due date" {
		t.Errorf("%+v", w.Supersede)
	}
	for _, c := range []struct{ now, gone, why string }{
		{"2026-10-26 09:00", "", "not sent in its time, and told together with the alert on the day"},
		{"2026-10-26 09:00", "day", "not sent in its time, and the alert on the day had gone out already"},
	} {
		said := map[string][]alerting.Command{}
		for _, rung := range []string{"10wd", "5wd", c.gone} {
			if rung != "" {
				a := find(t, all, rung)
				said[a.ID] = given(alerting.Claim{Alert: a, Worker: "w"})
			}
		}
		if _, w := triage(d, c.now, p, recorded(t, "2026-10-26 08:30", said)); len(w.Supersede) != 1 || w.Supersede[0].Why != c.why {
			t.Errorf("%+v, want %q", w.Supersede, c.why)
		}
	}
}

// What was missed by somebody is not kept from them when the officer is told.
func TestAnEscalationAlsoTellsWhomItMissed(t *testing.T) {
	p := alerting.DefaultPolicy("j.doe")
	p.People = []events.Person{{Name: "j.doe", Channels: []string{"email"}}, {Name: "boss", Channels: []string{"email"}}}
	p.Officer = "boss"
	_, w := triage(stated("2026-10-26"), "2026-10-29 10:00", p, nil)
	same(t, []events.Delivery{{To: "boss", Channel: "email"}, {To: "j.doe", Channel: "email"}}, w.Send[0].Deliveries)
	_, w = triage(stated("2026-10-26"), "2026-10-27 10:00", p, nil)
	same(t, []events.Delivery{{To: "j.doe", Channel: "email"}}, w.Send[0].Deliveries)
	quiet := p
	quiet.Quiet = []calendar.Date{day("2026-10-29")}
	if short, _ := triage(stated("2026-10-26"), "2026-10-29 10:00", quiet, nil); len(short.Send) > 0 || short.Ahead[0] != "esc2wd 2026-10-30 08:30Z" {
		t.Errorf("on a quiet day: %+v", short)
	}
}
