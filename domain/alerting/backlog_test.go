package alerting_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/events"
)

// withOfficer is a policy under which olga is the officer, who wants no digest.
func withOfficer() alerting.Policy {
	p := alerting.DefaultPolicy("j.doe")
	p.People = []events.Person{{Name: "j.doe", Channels: []string{"file"}}, {Name: "olga", Channels: []string{"file"}, NoDigest: true}}
	p.Officer = "olga"
	return p
}

func TestABacklogIsToldInTheNextDigest(t *testing.T) {
	cal := calendar.Builtin()
	own := []string{"10wd by over1wd", "5wd by over1wd", "1wd by over1wd", "day by over1wd"}
	all := []string{"10wd by esc2wd", "5wd by esc2wd", "1wd by esc2wd", "day by esc2wd", "over1wd by esc2wd"}
	claimed := func(rung, person, digest string) map[string]alerting.State {
		a := find(t, alerting.Wanted(withOfficer(), cal, stated("2026-10-26"), nil), rung)
		a.Digest, a.Deliveries = digest, []events.Delivery{{To: person, Channel: "file"}}
		return recorded(t, "2026-12-01 10:00", map[string][]alerting.Command{a.ID: given(alerting.Claim{Alert: a, Worker: "w"})})
	}
	for _, c := range []struct {
		name, now string
		policy    alerting.Policy
		backlog   alerting.Backlog
		said      map[string]alerting.State
		send      []string // by itself, or in whose digest
		supersede []string
	}{
		{"a handful goes out one by one", "2026-12-01 10:00", alerting.DefaultPolicy("j.doe"), alerting.Backlog{"j.doe": 5}, nil, []string{"esc2wd"}, all},
		{"more wait for the digest", "2026-12-01 10:00", alerting.DefaultPolicy("j.doe"), alerting.Backlog{"j.doe": 6}, nil, []string{"esc2wd digest_j-2edoe_20261201"}, all},
		{"also when alerts do not go out", "2026-12-01 05:00", alerting.DefaultPolicy("j.doe"), alerting.Backlog{"j.doe": 6}, nil, []string{"esc2wd digest_j-2edoe_20261201"}, all},
		{"what is of today does not wait", "2026-10-28 10:00", alerting.DefaultPolicy("j.doe"), alerting.Backlog{"j.doe": 6}, nil, []string{"esc2wd"}, all},
		{"nor what is due on Monday, on a Saturday", "2026-10-24 10:00", alerting.DefaultPolicy("j.doe"), alerting.Backlog{"j.doe": 6}, nil, nil, nil},
		{
			"everybody has their own", "2026-12-01 10:00", withOfficer(),
			alerting.Backlog{"j.doe": 6, "olga": 6},
			nil,
			[]string{"over1wd digest_j-2edoe_20261201", "esc2wd digest_olga_20261201"},
			own,
		},
		{
			"and others are told by themselves", "2026-12-01 10:00", withOfficer(),
			alerting.Backlog{"j.doe": 2, "olga": 6},
			nil,
			[]string{"over1wd", "esc2wd digest_olga_20261201"},
			own,
		},
		{
			"whatever was in somebody else's digest", "2026-12-01 10:00", withOfficer(),
			alerting.Backlog{},
			claimed("esc2wd", "olga", "digest_olga_20261201"),
			[]string{"over1wd"},
			own,
		},
		{
			"what was in their own says it all", "2026-12-01 10:00", alerting.DefaultPolicy("j.doe"),
			alerting.Backlog{"j.doe": 6},
			func() map[string]alerting.State {
				a := find(t, wanted(stated("2026-10-26")), "esc2wd")
				a.Digest = "digest_j-2edoe_20261201"
				return recorded(t, "2026-12-01 10:00", map[string][]alerting.Command{a.ID: given(alerting.Claim{Alert: a, Worker: "w"})})
			}(), nil, all,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := stated("2026-10-26")
			w := alerting.Triage(c.policy, cal, at(c.now), alerting.Wanted(c.policy, cal, d, c.said), c.said, c.backlog)
			var send, supersede []string
			for _, a := range w.Send {
				send = append(send, strings.TrimSpace(a.Rung.ID+" "+a.Digest))
			}
			for _, m := range w.Supersede {
				by, _ := alerting.ParseID(m.By)
				supersede = append(supersede, m.Rung.ID+" by "+by.Rung)
			}
			same(t, c.send, send)
			same(t, c.supersede, supersede)
		})
	}
}

func TestWhatCountsAsBacklog(t *testing.T) {
	p, cal := withOfficer(), calendar.Builtin()
	esc := func(d alerting.Deadline) alerting.Alert {
		return find(t, alerting.Wanted(p, cal, d, nil), "esc2wd").Within(alerting.Digests(p, cal, day("2026-12-01"), alerting.Backlog{"olga": 6})[1])
	}
	failed := alerting.RecordFailed{Delivery: events.Delivery{To: "olga", Channel: "file"}, Why: "no", Now: at("2026-12-01 08:30")}
	for _, c := range []struct {
		name, now string
		due       []string
		said      []alerting.Command // of the escalation of the first
		gathers   string
	}{
		{"six of each", "2026-12-02 10:00", slices.Repeat([]string{"2026-10-26"}, 6), nil, "j.doe olga"},
		{"five of each", "2026-12-02 10:00", slices.Repeat([]string{"2026-10-26"}, 5), nil, ""},
		{"six that are due tomorrow", "2026-10-23 23:00", slices.Repeat([]string{"2026-10-26"}, 6), nil, ""},
		{
			"six of which one was claimed yesterday and sent", "2026-12-02 10:00", slices.Repeat([]string{"2026-10-26"}, 6),
			given(alerting.Claim{Alert: esc(stated("2026-10-26")), Worker: "w"}, alerting.RecordSent{Delivery: failed.Delivery}), "j.doe",
		},
		{
			"one that was claimed today and sent", "2026-12-01 10:00",
			[]string{"2026-10-26"},
			given(alerting.Claim{Alert: esc(stated("2026-10-26")), Worker: "w"}, alerting.RecordSent{Delivery: failed.Delivery}), "olga",
		},
		{
			"one that failed yesterday and waits", "2026-12-02 10:00",
			[]string{"2026-10-26"},
			given(alerting.Claim{Alert: esc(stated("2026-10-26")), Worker: "w"}, failed), "olga",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := alerting.Backlog{}
			for i, due := range c.due {
				d := stated(due)
				var said map[string]alerting.State
				if i == 0 && c.said != nil {
					said = recorded(t, "2026-12-01 08:30", map[string][]alerting.Command{esc(d).ID: c.said})
				}
				b.Add(p, cal, at(c.now), alerting.Wanted(p, cal, d, said), said)
			}
			var gathers []string
			for _, person := range []string{"j.doe", "olga"} {
				if b.Gathers(person) {
					gathers = append(gathers, person)
				}
			}
			if got := strings.Join(gathers, " "); got != c.gathers {
				t.Errorf("gathered for %q, want %q: %v", got, c.gathers, b)
			}
		})
	}
}

// A digest names what is overdue up to a limit, and says what it leaves out. Who
// wants no digest is told in it of their backlog alone.
func TestTheDigestOfABacklog(t *testing.T) {
	p, cal := withOfficer(), calendar.Builtin()
	now, morning := at("2026-12-01 08:30"), alerting.Digests(p, cal, day("2026-12-01"), alerting.Backlog{"olga": 120})[1]
	page := alerting.Page{Morning: morning, Calendar: cal, Now: now}
	for i := range 120 {
		e := entry(fmt.Sprintf("GLO-26-%04d", i+1), "2026-10-26")
		if i < 20 {
			e = entry(fmt.Sprintf("GLO-26-%04d", i+1), "2026-10-20")
		}
		e.With = []alerting.Alert{find(t, alerting.Wanted(p, cal, e.Deadline, nil), "esc2wd").Within(morning)}
		e.Other = true
		page.Entries = append(page.Entries, e)
	}
	other := entry("GLO-26-0900", "2026-12-02")
	other.Other = true
	page.Entries = append(page.Entries, other)
	m, says := alerting.ComposeDigest(page)
	if !says || m.Subject != "Parley: 120 overdue" || len(m.Sections) != 1 || len(m.Sections[0].Items) != 100 || m.Sections[0].Items[0].Due != day("2026-10-26") {
		t.Fatalf("%t %q, %d sections", says, m.Subject, len(m.Sections))
	}
	if want := "The alerts of 120 of these deadlines did not go out in their time: they are told here at once, and not one by one. " +
		"Of what is overdue the latest 100 are named; all 120: parley deadline list --overdue."; m.Opening != want {
		t.Errorf("it begins %q", m.Opening)
	}
}
