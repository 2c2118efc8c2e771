package alerting_test

import (
	"testing"

	"parley/domain/alerting"
	"parley/domain/calendar"
)

// A sweep asks this of every running deadline.
func BenchmarkWantedAndTriage(b *testing.B) {
	p, cal, d, now := alerting.DefaultPolicy("j.doe"), calendar.Builtin(), counted("2026-10-01"), at("2026-10-23 09:00")
	b.ReportAllocs()
	for b.Loop() {
		if w := alerting.Triage(p, cal, now, alerting.Wanted(p, cal, d, nil), nil, nil); len(w.Ahead) == 0 {
			b.Fatal("nothing ahead")
		}
	}
}
