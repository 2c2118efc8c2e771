package main

import (
	"bytes"
	"testing"

	"parley/adapters/web"
)

// A server that leaves the alerts to others has no alarms to count, and counts
// the rest.
func TestWithoutAlertsTheRestIsMeasured(t *testing.T) {
	var stdout, stderr bytes.Buffer
	s, err := newStore(t).app(&stdout, &stderr).openWithViews(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}()
	sv := &serving{store: s, office: *newLocalOffice(s), metrics: web.NewMetrics(web.Build{})}
	sv.measure(t.Context())
}
