package alerting_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/domain/texts"
	"parley/events"
)

var (
	email = events.Delivery{To: "j.doe", Channel: "email"}
	teams = events.Delivery{Channel: "teams"}
)

// oneDay is the alert of all specs, to be delivered in two ways.
func oneDay() alerting.Alert {
	return alerting.Alert{
		ID: "GLO-26-0001_D7-1_1wd_20261026", Ref: "GLO-26-0001", Deadline: "D7.1", Rung: events.Rung{ID: "1wd", Days: -1, Urgent: true},
		Due: day("2026-10-26"), At: at("2026-10-23 08:30"), Person: "j.doe", Deliveries: []events.Delivery{email, teams},
	}
}

func claimed() events.AlertClaimed {
	return events.AlertClaimed{
		Ref: "GLO-26-0001", Deadline: "D7.1", Rung: "1wd", Due: day("2026-10-26"), Person: "j.doe", At: at("2026-10-23 08:30"),
		Deliveries: []events.Delivery{email, teams}, Attempt: 1, Worker: "a",
	}
}

var (
	claim  = alerting.Claim{Alert: oneDay(), Worker: "a"}
	sent   = alerting.RecordSent{Delivery: email, Receipt: "250 queued"}
	failed = alerting.RecordFailed{Delivery: email, Why: "451 later", Now: at("2026-10-23 08:30")}
	refuse = alerting.RecordFailed{Delivery: email, Why: "550 no such user", Permanent: true, Now: at("2026-10-23 08:30")}
	unsure = alerting.RecordUncertain{Why: "the connection was lost"}
	missed = alerting.Supersede{Alert: oneDay(), Why: "missed", By: "GLO-26-0001_D7-1_day_20261026"}
)

func retryAt(moment string) alerting.Retry { return alerting.Retry{Now: at(moment), Worker: "a"} }

func TestClaiming(t *testing.T) {
	spec(t, "an alert is claimed", given(), when(claim), then(claimed()))
	spec(t, "once", given(claim), when(claim), nothing())
	spec(t, "by one server only", given(claim), when(alerting.Claim{Alert: oneDay(), Worker: "b"}), refused(alerting.ErrClaimed))
	spec(t, "not after it was superseded", given(missed), when(claim), refused(alerting.ErrSuperseded))
	spec(t, "not by nobody", given(), when(alerting.Claim{Alert: oneDay()}), refused(alerting.ErrUnsigned))
	spec(t, "not for nobody", given(), when(alerting.Claim{Alert: alerting.Alert{}, Worker: "a"}), refused(alerting.ErrUnsigned))
	m := alerting.Digests(alerting.DefaultPolicy("j.doe"), calendar.Builtin(), day("2026-10-26"), nil)[0]
	spec(t, "a digest is claimed", given(), when(alerting.ClaimDigest{Morning: m, Worker: "a"}), then(events.AlertClaimed{
		Person: "j.doe", At: at("2026-10-26 08:30"), Deliveries: []events.Delivery{{To: "j.doe", Channel: "file"}}, Attempt: 1, Worker: "a",
	}))
	spec(t, "or not sent", given(), when(alerting.SkipDigest{Morning: m, Why: "nothing is due"}), then(events.AlertSuperseded{
		Person: "j.doe", At: at("2026-10-26 08:30"), Why: "nothing is due",
	}))
}

func TestOutcomes(t *testing.T) {
	spec(t, "a channel took it", given(claim), when(sent), then(events.AlertSent{Delivery: email, Receipt: "250 queued"}))
	spec(t, "and said so twice", given(claim, sent), when(alerting.RecordSent{Delivery: email, Receipt: "250 again"}), nothing())
	spec(t, "what nobody claimed was not sent", given(), when(sent), refused(alerting.ErrNotClaimed))
	spec(t, "nor what failed", given(claim, failed), when(sent), refused(alerting.ErrNotClaimed))
	spec(t, "nor what was never to go that way", given(claim), when(alerting.RecordSent{Delivery: events.Delivery{Channel: "webhook"}}), refused(alerting.ErrDelivery))
	spec(t, "a slow server answers after all", given(claim, unsure), when(sent), then(events.AlertSent{Delivery: email, Receipt: "250 queued"}))

	spec(t, "a channel was out of order", given(claim), when(failed), then(events.AlertFailed{Delivery: email, Why: "451 later", RetryAt: at("2026-10-23 08:31")}))
	spec(t, "and is known to have been", given(claim, failed), when(failed), nothing())
	spec(t, "for another reason without another attempt", given(claim, failed), when(refuse), refused(alerting.ErrNotClaimed))
	spec(t, "a channel refused it", given(claim), when(refuse), then(events.AlertFailed{Delivery: email, Why: "550 no such user"}))
	spec(t, "what was sent did not fail", given(claim, sent), when(failed), refused(alerting.ErrSent))
	spec(t, "what may have been sent did not fail", given(claim, unsure), when(failed), refused(alerting.ErrUncertain))
	spec(t, "what nobody claimed did not fail", given(), when(failed), refused(alerting.ErrNotClaimed))

	spec(t, "nobody knows", given(claim), when(unsure), then(events.AlertUncertain{Deliveries: []events.Delivery{email, teams}, Why: "the connection was lost"}))
	spec(t, "of what is not known otherwise", given(claim, sent), when(unsure), then(events.AlertUncertain{Deliveries: []events.Delivery{teams}, Why: "the connection was lost"}))
	spec(t, "of one of them", given(claim), when(alerting.RecordUncertain{Deliveries: []events.Delivery{teams}, Why: "x"}), then(events.AlertUncertain{Deliveries: []events.Delivery{teams}, Why: "x"}))
	spec(t, "twice", given(claim, unsure), when(unsure), nothing())
	spec(t, "of what nobody claimed", given(), when(unsure), refused(alerting.ErrNotClaimed))
	spec(t, "of what was not to go that way", given(claim), when(alerting.RecordUncertain{Deliveries: []events.Delivery{{Channel: "webhook"}}}), refused(alerting.ErrDelivery))
}

func TestRetrying(t *testing.T) {
	again := claimed()
	again.Attempt, again.Deliveries = 2, []events.Delivery{email}
	spec(t, "what failed is tried again when its time has come", given(claim, failed), when(retryAt("2026-10-23 08:31")), then(again))
	spec(t, "not before", given(claim, failed), when(retryAt("2026-10-23 08:30")), refused(alerting.ErrTooEarly))
	spec(t, "not twice, though something else waits", given(claim, failed, alerting.RecordFailed{Delivery: teams, Why: "503", Now: at("2026-10-23 08:31")}, retryAt("2026-10-23 08:31")),
		when(retryAt("2026-10-23 08:31")), nothing())
	spec(t, "and after five minutes the second time", given(claim, failed, retryAt("2026-10-23 08:31")),
		when(alerting.RecordFailed{Delivery: email, Why: "451 later", Now: at("2026-10-23 08:31")}),
		then(events.AlertFailed{Delivery: email, Why: "451 later", RetryAt: at("2026-10-23 08:36")}))
	spec(t, "not while another delivers it", given(claim), when(alerting.Retry{Now: at("2026-10-23 09:00"), Worker: "b"}), refused(alerting.ErrClaimed))
	spec(t, "not what was refused", given(claim, refuse, alerting.RecordSent{Delivery: teams}), when(retryAt("2026-10-24 08:30")), refused(alerting.ErrGivenUp))
	spec(t, "not what was sent", given(claim, sent, alerting.RecordSent{Delivery: teams}), when(retryAt("2026-10-24 08:30")), refused(alerting.ErrSent))
	spec(t, "not what may have been sent", given(claim, unsure), when(retryAt("2026-10-24 08:30")), refused(alerting.ErrUncertain))
	spec(t, "not what nobody claimed", given(), when(retryAt("2026-10-24 08:30")), refused(alerting.ErrNotClaimed))
	spec(t, "not by nobody", given(claim, failed), when(alerting.Retry{Now: at("2026-10-23 09:00")}), refused(alerting.ErrUnsigned))
}

func TestRedirecting(t *testing.T) {
	place := events.Delivery{Channel: "webhook"}
	to := func(moment, worker string, deliveries ...events.Delivery) alerting.Redirect {
		a := oneDay()
		a.Person, a.Deliveries = "bob", deliveries
		return alerting.Redirect{Alert: a, Now: at(moment), Worker: worker}
	}
	told := alerting.RecordSent{Delivery: teams}
	again := claimed()
	again.Person, again.Attempt, again.Deliveries = "bob", 2, []events.Delivery{place}
	elsewhere := events.AlertFailed{Delivery: email, Why: alerting.Elsewhere}
	spec(t, "it goes elsewhere at once", given(claim, failed, told), when(to("2026-10-23 08:30", "a", place, teams)), then(elsewhere, again))
	spec(t, "and nobody is told twice", given(claim, failed, told), when(to("2026-10-23 08:30", "a", teams)), then(elsewhere))
	back := again
	back.Attempt, back.Deliveries = 3, []events.Delivery{email}
	spec(t, "it comes back", given(claim, failed, told, to("2026-10-23 08:30", "a", place), alerting.RecordFailed{Delivery: place, Why: "x", Now: at("2026-10-23 08:30")}),
		when(to("2026-10-23 08:31", "a", email)), then(events.AlertFailed{Delivery: place, Why: alerting.Elsewhere}, back))
	same := again
	same.Deliveries = []events.Delivery{email}
	spec(t, "it goes where it was to go", given(claim, failed, told), when(to("2026-10-23 08:31", "a", email, teams)), then(same))
	spec(t, "not too early", given(claim, failed, told), when(to("2026-10-23 08:30", "a", email, teams)), refused(alerting.ErrTooEarly))
	spec(t, "what is under way is left", given(claim, failed), when(to("2026-10-23 08:30", "a", place, teams)), then(elsewhere, again))
	spec(t, "not what was sent", given(claim, sent, told), when(to("2026-10-23 08:31", "a", place)), refused(alerting.ErrSent))
	spec(t, "not what may have been sent", given(claim, unsure), when(to("2026-10-23 08:31", "a", place)), refused(alerting.ErrUncertain))
	spec(t, "not what nobody claimed", given(), when(to("2026-10-23 08:31", "a", place)), refused(alerting.ErrNotClaimed))
	spec(t, "not by nobody", given(claim, failed, told), when(to("2026-10-23 08:31", "", place)), refused(alerting.ErrUnsigned))
}

func TestGivingUp(t *testing.T) {
	spec(t, "what failed is given up", given(claim, failed), when(alerting.GiveUp{Why: "met"}), then(events.AlertFailed{Delivery: email, Why: "met"}))
	spec(t, "once", given(claim, failed, alerting.GiveUp{Why: "met"}), when(alerting.GiveUp{Why: "met"}), nothing())
	spec(t, "on one way alone", given(claim, failed), when(alerting.GiveUp{Deliveries: []events.Delivery{teams}, Why: "met"}), nothing())
	spec(t, "not what was sent", given(claim, sent), when(alerting.GiveUp{Why: "met"}), nothing())
	spec(t, "not what nobody claimed", given(), when(alerting.GiveUp{Why: "met"}), refused(alerting.ErrNotClaimed))
}

func TestBackoff(t *testing.T) {
	var total time.Duration
	var attempts int
	for attempts = 1; ; attempts++ {
		wait, again := alerting.Backoff(attempts)
		if !again {
			break
		}
		if want := map[int]time.Duration{1: time.Minute, 2: 5 * time.Minute, 3: 15 * time.Minute}[attempts]; want != 0 && wait != want || attempts > 3 && wait != time.Hour {
			t.Errorf("after %d attempts %s", attempts, wait)
		}
		total += wait
	}
	if total > 24*time.Hour || total < 23*time.Hour {
		t.Errorf("given up after %s and %d attempts", total, attempts)
	}
}

func TestAcknowledging(t *testing.T) {
	spec(t, "somebody has seen to it", given(claim), when(alerting.Acknowledge{Text: " chased "}), then(events.AlertAcknowledged{Text: "chased"}))
	spec(t, "whether or not it arrived", given(claim, unsure), when(alerting.Acknowledge{}), then(events.AlertAcknowledged{}))
	spec(t, "and says so again", given(claim, alerting.Acknowledge{Text: "chased"}), when(alerting.Acknowledge{}), nothing())
	spec(t, "and adds to it", given(claim, alerting.Acknowledge{}), when(alerting.Acknowledge{Text: "chased"}), then(events.AlertAcknowledged{Text: "chased"}))
	spec(t, "not with patient data", given(claim), when(alerting.Acknowledge{Text: "rang about 943 476 5919"}), refused(texts.ErrPatientData))
	spec(t, "not at such length", given(claim), when(alerting.Acknowledge{Text: strings.Repeat("é", texts.Longest+1)}), refused(texts.ErrTooLong))
	spec(t, "not before it went out", given(), when(alerting.Acknowledge{}), refused(alerting.ErrNotClaimed))
	spec(t, "not what never went out", given(missed), when(alerting.Acknowledge{}), refused(alerting.ErrSuperseded))
}

func TestSnoozing(t *testing.T) {
	until := func(d, today string) alerting.Snooze {
		return alerting.Snooze{Until: day(d), Today: day(today), Due: day("2026-10-26"), Calendar: calendar.Builtin()}
	}
	spec(t, "to the due date", given(), when(until("2026-10-26", "2026-10-20")), then(events.AlertSnoozed{Until: day("2026-10-26")}))
	spec(t, "and again to another day", given(until("2026-10-22", "2026-10-20")), when(until("2026-10-23", "2026-10-20")), then(events.AlertSnoozed{Until: day("2026-10-23")}))
	spec(t, "not past it", given(), when(until("2026-10-27", "2026-10-20")), refused(alerting.ErrSnooze))
	spec(t, "nor to today", given(), when(until("2026-10-20", "2026-10-20")), refused(alerting.ErrSnooze))
	spec(t, "on the day itself not at all", given(claim), when(until("2026-10-27", "2026-10-26")), refused(alerting.ErrSnooze))
	spec(t, "two weeks of what is overdue", given(claim), when(until("2026-11-10", "2026-10-27")), then(events.AlertSnoozed{Until: day("2026-11-10")}))
	spec(t, "and no day more", given(claim), when(until("2026-11-11", "2026-10-27")), refused(alerting.ErrSnooze))
}

func TestSuperseding(t *testing.T) {
	spec(t, "a missed alert", given(), when(missed), then(events.AlertSuperseded{
		Ref: "GLO-26-0001", Deadline: "D7.1", Rung: "1wd", Due: day("2026-10-26"), Person: "j.doe", At: at("2026-10-23 08:30"),
		Why: "missed", By: "GLO-26-0001_D7-1_day_20261026",
	}))
	spec(t, "once", given(missed), when(missed), nothing())
	spec(t, "not after it was claimed", given(claim), when(missed), refused(alerting.ErrClaimed))
	spec(t, "for a reason", given(), when(alerting.Supersede{Alert: oneDay()}), refused(alerting.ErrUnsigned))
}

func TestStatus(t *testing.T) {
	for _, c := range []struct {
		name    string
		cmds    []alerting.Command
		want    alerting.Status
		pending bool
	}{
		{"nothing", given(), alerting.Planned, false},
		{"claimed", given(claim), alerting.Claimed, true},
		{"half sent", given(claim, sent), alerting.Claimed, true},
		{"sent", given(claim, sent, alerting.RecordSent{Delivery: teams}), alerting.Sent, false},
		{"to be tried again", given(claim, failed, alerting.RecordSent{Delivery: teams}), alerting.Failed, true},
		{"given up", given(claim, refuse, alerting.RecordSent{Delivery: teams}), alerting.Failed, false},
		{"uncertain", given(claim, sent, unsure), alerting.Uncertain, false},
		{"uncertain, then sent", given(claim, unsure, sent, alerting.RecordSent{Delivery: teams}), alerting.Sent, false},
		{"acknowledged", given(claim, unsure, alerting.Acknowledge{}), alerting.Acknowledged, false},
		{"superseded", given(missed), alerting.Superseded, false},
		{"put off", given(alerting.Snooze{Until: day("2026-10-26"), Today: day("2026-10-23"), Due: day("2026-10-26")}), alerting.Snoozed, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &story{t: t, id: oneDay().ID, now: at("2026-10-23 08:30")}
			s.tell(c.cmds...)
			if s.state.Status() != c.want || s.state.Pending() != c.pending {
				t.Errorf("%s, pending %t", s.state.Status(), s.state.Pending())
			}
		})
	}
}

// Whatever is told of an alert, the state that grew is the one that is folded,
// only one server ever delivers it, and what was sent is not claimed again.
func TestAnyStoryOfAnAlert(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &story{t: t, id: oneDay().ID, now: at("2026-10-23 08:30")}
		for range rapid.IntRange(0, 12).Draw(t, "commands") {
			s.now = s.now.Add(time.Duration(rapid.IntRange(0, 90).Draw(t, "minutes")) * time.Minute)
			worker := rapid.SampledFrom([]string{"a", "b"}).Draw(t, "worker")
			to := rapid.SampledFrom([]events.Delivery{email, teams}).Draw(t, "delivery")
			cmd := rapid.SampledFrom([]alerting.Command{
				alerting.Claim{Alert: oneDay(), Worker: worker},
				alerting.Retry{Now: s.now, Worker: worker},
				alerting.Redirect{Alert: oneDay(), Now: s.now, Worker: worker},
				alerting.GiveUp{Deliveries: []events.Delivery{to}, Why: "met"},
				alerting.RecordSent{Delivery: to, Receipt: "250"},
				alerting.RecordFailed{Delivery: to, Why: "451", Now: s.now},
				alerting.RecordFailed{Delivery: to, Why: "550", Permanent: true, Now: s.now},
				unsure,
				alerting.Acknowledge{},
				missed,
			}).Draw(t, "command")
			before := s.state
			facts, err := s.decide(cmd)
			if err != nil {
				continue
			}
			for _, f := range facts {
				if c, ok := f.Event.(events.AlertClaimed); ok {
					for _, d := range c.Deliveries {
						if o, was := before.Outcome(d); was && o.Status != alerting.Failed {
							t.Fatalf("%v was %s and is claimed again", d, o.Status)
						}
					}
				}
			}
			s.record(facts)
			if again, err := s.decide(cmd); err != nil || len(again) > 0 {
				t.Fatalf("%#v again: %v, %v", cmd, again, err)
			}
		}
		if s.state.Claimed() && s.state.Superseded.Why != "" {
			t.Fatal("claimed and superseded")
		}
	})
}
