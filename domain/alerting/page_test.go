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
	before := alerting.Digests(p, cal, day("2026-10-22"))[0]
	before.Deliveries = []events.Delivery{file, email}
	over := entry("GLO-26-0001", "2026-10-20")
	over.Recorded = recorded(t, "2026-10-21 09:00", map[string][]alerting.Command{
		"GLO-26-0001_D7-1_over1wd_20261020": given(alerting.Claim{Alert: find(t, wanted(over.Deadline), "over1wd"), Worker: "w"}, unsure),
	})
	m, ok := alerting.ComposeDigest(alerting.Page{
		Morning: alerting.Digests(p, cal, day("2026-10-23"))[0], Calendar: cal, Now: at("2026-10-23 08:30"), Entries: []alerting.Entry{over},
		Digests: recorded(t, "2026-10-22 08:30", map[string][]alerting.Command{
			before.ID: given(alerting.ClaimDigest{Morning: before, Worker: "w"},
				alerting.RecordSent{Delivery: file}, alerting.RecordUncertain{Deliveries: []events.Delivery{email}, Why: "cut off"}),
		}),
	})
	if !ok || len(m.Sections) != 2 || !strings.Contains(m.Opening, "Thu 22 Oct 2026") {
		t.Errorf("%t, %+v", ok, m)
	}
}
