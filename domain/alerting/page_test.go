package alerting_test

import (
	"strings"
	"testing"

	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/events"
)

// A digest that arrived by one channel and perhaps not by the other has perhaps
// not been read: what it said is said again.
func TestADigestThatArrivedInPart(t *testing.T) {
	p, cal := alerting.DefaultPolicy("j.doe"), calendar.Builtin()
	file, email := events.Delivery{To: "j.doe", Channel: "file"}, events.Delivery{To: "j.doe", Channel: "email"}
	before := alerting.Digests(p, cal, day("2026-10-22"), nil)[0]
	before.Deliveries = []events.Delivery{file, email}
	over := entry("GLO-26-0001", "2026-10-20")
	over.Recorded = recorded(t, "2026-10-21 09:00", map[string][]alerting.Command{
		"GLO-26-0001_D7-1_over1wd_20261020": given(alerting.Claim{Alert: find(t, wanted(over.Deadline), "over1wd"), Worker: "w"}, unsure),
	})
	m, ok := alerting.ComposeDigest(alerting.Page{
		Morning: alerting.Digests(p, cal, day("2026-10-23"), nil)[0], Calendar: cal, Now: at("2026-10-23 08:30"), Entries: []alerting.Entry{over},
		Digests: recorded(t, "2026-10-22 08:30", map[string][]alerting.Command{
			before.ID: given(alerting.ClaimDigest{Morning: before, Worker: "w"},
				alerting.RecordSent{Delivery: file}, alerting.RecordUncertain{Deliveries: []events.Delivery{email}, Why: "cut off"}),
		}),
	})
	if !ok || len(m.Sections) != 2 || !strings.Contains(m.Opening, "Thu 22 Oct 2026") {
		t.Errorf("%t, %+v", ok, m)
	}
}

// What did not reach somebody without a digest stands in the desk's, and nothing
// else of theirs does.
func TestTheDeskIsToldWhatDidNotArrive(t *testing.T) {
	p, cal := alerting.DefaultPolicy("desk"), calendar.Builtin()
	p.People = []events.Person{{Name: "desk", Channels: []string{"file"}}, {Name: "j.doe", Channels: []string{"file"}, NoDigest: true}}
	over := entry("GLO-26-0001", "2026-10-20")
	for person, want := range map[string][2]bool{"desk": {true, true}, "j.doe": {true, true}, "boss": {false, false}} {
		if tells, other := p.TellsOf(person, over.Deadline, nil); tells != want[0] || other != want[1] {
			t.Errorf("%s: %t, %t", person, tells, other)
		}
	}
	over.Other = true
	file := events.Delivery{To: "j.doe", Channel: "file"}
	failed := func(permanent bool) alerting.Command {
		return alerting.RecordFailed{Delivery: file, Why: "disk full", Permanent: permanent, Now: at("2026-10-21 09:00")}
	}
	for name, c := range map[string]struct {
		said alerting.Command
		note string
	}{
		"uncertain":       {unsure, "The alert of Wed 21 Oct 2026, 08:30 by file is not known to have arrived."},
		"failed for good": {failed(true), "The alert of Wed 21 Oct 2026, 08:30 by file did not go out, and is not tried again."},
		"tried again":     {failed(false), ""},
		"sent":            {alerting.RecordSent{Delivery: file}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			over.Recorded = recorded(t, "2026-10-21 09:00", map[string][]alerting.Command{
				"GLO-26-0001_D7-1_over1wd_20261020": given(alerting.Claim{Alert: find(t, wanted(over.Deadline), "over1wd"), Worker: "w"}, c.said),
			})
			m, ok := alerting.ComposeDigest(alerting.Page{
				Morning: alerting.Digests(p, cal, day("2026-10-22"), nil)[0], Calendar: cal, Now: at("2026-10-22 08:30"), Entries: []alerting.Entry{over},
			})
			if ok != (c.note != "") || ok && (len(m.Sections) != 1 || m.Sections[0].Items[0].Note != c.note) {
				t.Errorf("%t, %+v", ok, m)
			}
		})
	}
}
