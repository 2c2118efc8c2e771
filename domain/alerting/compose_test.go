package alerting_test

import (
	"strings"
	"testing"

	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

func TestWhatWarningsSay(t *testing.T) {
	cal := calendar.Builtin()
	hours := counted("2026-11-02")
	hours.Clock.Time, hours.Clock.Period = "15:20", calendar.Period{N: 48, Unit: calendar.Hours}
	for _, c := range []struct {
		name      string
		d         alerting.Deadline
		rung, now string
		kind      alerting.MessageKind
		subject   string
		days      int
		note      string
		snooze    string // the last day to which it can be put off; empty if there is none
	}{
		{"a fortnight ahead", stated("2026-10-26"), "10wd", "2026-10-12 08:30", alerting.Warning, "Due Mon 26 Oct 2026: Answer the FOI request (GLO-26-0001)", 10, "", "Mon 26 Oct 2026"},
		{"over a weekend", stated("2026-10-26"), "1wd", "2026-10-23 08:30", alerting.Warning, "Due Mon 26 Oct 2026: Answer the FOI request (GLO-26-0001)", 1, "", "Mon 26 Oct 2026"},
		{"tomorrow", stated("2026-10-27"), "1wd", "2026-10-26 08:30", alerting.Warning, "Due tomorrow: Answer the FOI request (GLO-26-0001)", 1, "", "Tue 27 Oct 2026"},
		{"today", stated("2026-10-26"), "day", "2026-10-26 08:30", alerting.Warning, "Due today: Answer the FOI request (GLO-26-0001)", 0, "", ""},
		{"on a Sunday", stated("2027-02-28"), "day", "2027-02-26 08:30", alerting.Warning, "Due Sun 28 Feb 2027: Answer the FOI request (GLO-26-0001)", 0, "Sun 28 Feb 2027 is not a working day (Sunday).", "Sun 28 Feb 2027"},
		{"at an hour", hours, "day", "2026-11-04 08:30", alerting.Warning, "Due today by 15:20: Answer the FOI request (GLO-26-0001)", 0, "", ""},
		{"past that hour", hours, "day", "2026-11-04 15:20", alerting.Overdue, "Overdue since 4 Nov 2026: Answer the FOI request (GLO-26-0001)", 0, "", ""},
		{"overdue", stated("2026-10-26"), "over1wd", "2026-10-27 08:30", alerting.Overdue, "Overdue since 26 Oct 2026: Answer the FOI request (GLO-26-0001)", -1, "", "Tue 10 Nov 2026"},
		{"a warning that comes late", stated("2026-10-26"), "day", "2026-10-29 10:00", alerting.Overdue, "Overdue since 26 Oct 2026: Answer the FOI request (GLO-26-0001)", -3, "", "Thu 12 Nov 2026"},
		{"escalated", stated("2026-10-26"), "esc2wd", "2026-10-28 08:30", alerting.Escalation, "Overdue since 26 Oct 2026: Answer the FOI request (GLO-26-0001)", -2, "", "Wed 11 Nov 2026"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := find(t, wanted(c.d), c.rung)
			m := alerting.ComposeWarning(a, c.d, cal, at(c.now)).For(a.ID, email)
			if m.Kind != c.kind || m.Subject != c.subject || m.ID != a.ID+"_email_j-2edoe" || m.To != "j.doe" || !m.At.Equal(at(c.now)) {
				t.Errorf("%+v", m)
			}
			i := m.Sections[0].Items[0]
			if i.WorkingDays != c.days || i.Note != c.note || i.Alert != a.ID || i.Ref != "GLO-26-0001" || i.ICB != "QR1" || i.Due != a.Due {
				t.Errorf("%+v", i)
			}
			text := m.Text(0)
			for _, must := range []string{"parley alert ack " + a.ID, "parley deadline meet GLO-26-0001 D7.1"} {
				if !strings.Contains(text, must) {
					t.Errorf("it does not say %q:\n%s", must, text)
				}
			}
			if acks := strings.Contains(text, "not escalated to the officer, and the reminders go on"); acks != (c.kind != alerting.Escalation) {
				t.Errorf("it says what acknowledging does: %t\n%s", acks, text)
			}
			snooze := "To be told again later, on " + c.snooze + " at the latest: parley alert snooze " + a.ID
			if strings.Contains(text, "snooze") != (c.snooze != "") || c.snooze != "" && !strings.Contains(text, snooze) {
				t.Errorf("it can be put off to %q, and it says\n%s", c.snooze, text)
			}
			if strings.Contains(strings.ReplaceAll(text, a.ID, ""), "j.doe") {
				t.Errorf("it names who works on the case:\n%s", text)
			}
		})
	}
	second := stated("2026-10-26")
	second.Clock.Request = 2
	m := alerting.ComposeWarning(find(t, wanted(second), "day"), second, cal, at("2026-10-26 08:30"))
	if m.Subject != "Due today: Answer the FOI request (request 2, GLO-26-0001)" || m.Sections[0].Items[0].Title != "Answer the FOI request (request 2)" {
		t.Errorf("of two requests of a case it is not said which: %+v", m)
	}
	notice := stated("2026-10-26")
	notice.Clock.Title, notice.Clock.Practice = "Notice ends", "A81001"
	if m := alerting.ComposeWarning(find(t, wanted(notice), "1wd"), notice, cal, at("2026-10-23 08:30")); m.Subject != "Due Mon 26 Oct 2026: Notice ends (A81001, GLO-26-0001)" {
		t.Errorf("of two practices of a case it is not said which: %q", m.Subject)
	}
	long := stated("2026-10-26")
	long.Clock.Title = strings.Repeat("very ", 60) + "long"
	if m := alerting.ComposeWarning(find(t, wanted(long), "day"), long, cal, at("2026-10-26 08:30")); len([]rune(m.Subject)) > 120 || !strings.Contains(m.Subject, "…") {
		t.Errorf("%q", m.Subject)
	}
}

// entry is a deadline of another case for the digest.
func entry(ref, due string, with ...alerting.Alert) alerting.Entry {
	d := stated(due)
	d.Ref = ref
	return alerting.Entry{Deadline: d, With: with}
}

func TestWhatADigestSays(t *testing.T) {
	p, cal := alerting.DefaultPolicy("j.doe"), calendar.Builtin()
	page := alerting.Page{Morning: alerting.Digests(p, cal, day("2026-10-26"), nil)[0], Calendar: cal, Now: at("2026-10-26 08:30")}
	if m, ok := alerting.ComposeDigest(page); ok {
		t.Errorf("nothing is due, and it says %+v", m)
	}
	page.Entries = []alerting.Entry{entry("GLO-26-0009", "2026-11-09")} // ten working days ahead, and no alert
	if _, ok := alerting.ComposeDigest(page); ok {
		t.Error("what is weeks ahead is not worth a digest")
	}

	ahead := entry("GLO-26-0009", "2026-11-09")
	ahead.With = []alerting.Alert{find(t, wanted(ahead.Deadline), "10wd").Within(page.Morning)}
	paused := entry("GLO-26-0008", "2026-10-26")
	paused.Deadline.Clock.Turns = []deadline.Turn{{On: day("2026-10-20"), Kind: deadline.Stopped}}
	over := entry("GLO-26-0001", "2026-10-20")
	unsureID, ackID := "GLO-26-0001_D7-1_over1wd_20261020", "GLO-26-0001_D7-1_day_20261020"
	over.Recorded = recorded(t, "2026-10-22 09:00", map[string][]alerting.Command{
		ackID: given(alerting.Claim{Alert: find(t, wanted(over.Deadline), "day"), Worker: "w"}, alerting.Acknowledge{},
			alerting.Snooze{Until: day("2026-10-30"), Today: day("2026-10-22"), Due: day("2026-10-20"), Calendar: cal}),
		unsureID: given(alerting.Claim{Alert: find(t, wanted(over.Deadline), "over1wd"), Worker: "w"}, unsure),
	})
	page.Entries = []alerting.Entry{
		ahead, paused, entry("GLO-26-0005", "2026-11-02"), entry("GLO-26-0004", "2026-11-03"), entry("GLO-26-0003", "2026-10-27"),
		entry("GLO-26-0002", "2026-10-26"), over, entry("GLO-26-0006", "2026-10-12"),
	}
	m, ok := alerting.ComposeDigest(page)
	if !ok || m.Kind != alerting.Digest || m.ID != "digest_j-2edoe_20261026" || m.To != "j.doe" ||
		m.Subject != "Parley: 2 overdue, 1 today, 2 soon, 1 further ahead, 1 uncertain" {
		t.Errorf("%t, %+v", ok, m)
	}
	var got []string
	for _, s := range m.Sections {
		for _, i := range s.Items {
			got = append(got, s.Title+": "+i.Ref+" "+i.Alert)
		}
	}
	same(t, []string{
		"Overdue: GLO-26-0006 ", "Overdue: GLO-26-0001 " + unsureID, "Due today: GLO-26-0002 ",
		"In the next five working days: GLO-26-0003 ", "In the next five working days: GLO-26-0005 ",
		"Further ahead: GLO-26-0009 GLO-26-0009_D7-1_10wd_20261109", "Not known to have been sent: GLO-26-0001 " + unsureID,
	}, got)
	if !strings.HasSuffix(m.Closing, "To be told again later: parley alert snooze ALERT --until DATE") {
		t.Error(m.Closing)
	}
	if note := m.Sections[0].Items[1].Note; note != "Acknowledged on Thu 22 Oct 2026. Put off to Fri 30 Oct 2026." {
		t.Error(note)
	}
	if note := m.Sections[4].Items[0].Note; note != "The alert of Wed 21 Oct 2026, 08:30 by file is not known to have arrived." {
		t.Error(note)
	}
}

// A digest offers to put off only what can be put off, and is named in it.
func TestADigestOffersNoSnoozeWhereThereIsNone(t *testing.T) {
	p, cal := alerting.DefaultPolicy("j.doe"), calendar.Builtin()
	page := alerting.Page{Morning: alerting.Digests(p, cal, day("2026-10-26"), nil)[0], Calendar: cal, Now: at("2026-10-26 08:30")}
	today := entry("GLO-26-0001", "2026-10-26")
	today.Recorded = recorded(t, "2026-10-26 08:30", map[string][]alerting.Command{
		"GLO-26-0001_D7-1_day_20261026": given(alerting.Claim{Alert: find(t, wanted(today.Deadline), "day"), Worker: "w"}),
	})
	page.Entries = []alerting.Entry{today, entry("GLO-26-0002", "2026-10-28")} // no alert of the other is named
	if m, ok := alerting.ComposeDigest(page); !ok || len(m.Sections) != 2 || strings.Contains(m.Text(0), "snooze") {
		t.Errorf("%t\n%s", ok, m.Text(0))
	}
}

// On the day the email by itself and the digest come in one minute: the digest says
// that it is the same, to whoever had the other.
func TestADigestSaysWhatWasSentByItself(t *testing.T) {
	p, cal := alerting.DefaultPolicy("j.doe"), calendar.Builtin()
	page := alerting.Page{Morning: alerting.Digests(p, cal, day("2026-10-26"), nil)[0], Calendar: cal, Now: at("2026-10-26 08:30")}
	const id = "GLO-26-0001_D7-1_day_20261026"
	due := entry("GLO-26-0001", "2026-10-26")
	alert := find(t, wanted(due.Deadline), "day")
	file := alert.Deliveries[0]
	another := alert
	another.Deliveries = []events.Delivery{{To: "boss", Channel: "file"}, {Channel: "teams"}}
	const note = "Also sent to you by itself today (file)."
	for _, c := range []struct {
		name, on string
		said     []alerting.Command
		note     string
	}{
		{"on its way", "2026-10-26 08:30", given(alerting.Claim{Alert: alert, Worker: "w"}), note},
		{"sent", "2026-10-26 08:30", given(alerting.Claim{Alert: alert, Worker: "w"}, alerting.RecordSent{Delivery: file}), note},
		{"failed", "2026-10-26 08:30", given(alerting.Claim{Alert: alert, Worker: "w"}, alerting.RecordFailed{Delivery: file, Now: at("2026-10-26 08:30")}), ""},
		{"yesterday", "2026-10-25 08:30", given(alerting.Claim{Alert: alert, Worker: "w"}, alerting.RecordSent{Delivery: file}), ""},
		{"in this digest", "2026-10-26 08:30", given(alerting.Claim{Alert: alert.Within(page.Morning), Worker: "w"}), ""},
		{"to others", "2026-10-26 08:30", given(alerting.Claim{Alert: another, Worker: "w"}), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			due.Recorded = recorded(t, c.on, map[string][]alerting.Command{id: c.said})
			page.Entries = []alerting.Entry{due}
			if m, ok := alerting.ComposeDigest(page); !ok || m.Sections[0].Items[0].Note != c.note {
				t.Errorf("%t, %+v", ok, m.Sections)
			}
		})
	}
}

// What is uncertain is shown in the next digest that is sent, and in no other.
func TestUncertainAlertsAreShownOnce(t *testing.T) {
	p, cal := alerting.DefaultPolicy("j.doe"), calendar.Builtin()
	morning := func(on string) alerting.Morning { return alerting.Digests(p, cal, day(on), nil)[0] }
	digest := func(on string, then alerting.Command) map[string]alerting.State {
		m := morning(on)
		return recorded(t, on+" 08:30", map[string][]alerting.Command{m.ID: given(alerting.ClaimDigest{Morning: m, Worker: "w"}, then)})
	}
	over := entry("GLO-26-0001", "2026-10-20")
	over.Recorded = recorded(t, "2026-10-21 09:00", map[string][]alerting.Command{
		"GLO-26-0001_D7-1_over1wd_20261020": given(alerting.Claim{Alert: find(t, wanted(over.Deadline), "over1wd"), Worker: "w"}, unsure),
	})
	file := events.Delivery{To: "j.doe", Channel: "file"}
	for _, c := range []struct {
		name    string
		digests map[string]alerting.State
		shown   bool
		opening string
	}{
		{"no digest since", nil, true, ""},
		{"the last came before", digest("2026-10-21", alerting.RecordSent{Delivery: file}), true, ""},
		{"shown already", digest("2026-10-22", alerting.RecordSent{Delivery: file}), false, ""},
		{"perhaps shown already", digest("2026-10-22", unsure), true, "Thu 22 Oct 2026"},
		{"that digest failed", digest("2026-10-22", alerting.RecordFailed{Delivery: file, Permanent: true, Now: at("2026-10-22 08:30")}), true, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			m, ok := alerting.ComposeDigest(alerting.Page{Morning: morning("2026-10-23"), Calendar: cal, Now: at("2026-10-23 08:30"), Entries: []alerting.Entry{over}, Digests: c.digests})
			if shown := len(m.Sections) == 2; !ok || shown != c.shown || !strings.Contains(m.Opening, c.opening) || (c.opening == "") != (m.Opening == "") {
				t.Errorf("%t, %+v", ok, m)
			}
		})
	}
}
