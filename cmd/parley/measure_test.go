package main

import (
	"bytes"
	"context"
	"log/slog"
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

// Where the log ends is known before anything more is recorded.
func TestTheLogsPositionIsMeasuredFromTheBeginning(t *testing.T) {
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
	sv := &serving{store: s, metrics: web.NewMetrics(web.Build{})}
	ctx, stop := context.WithCancel(t.Context())
	stop() // nothing is followed
	_ = sv.follow(ctx)
	there, err := web.Start(web.Options{Addr: "127.0.0.1:0", Metrics: sv.metrics, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = there.Shutdown(context.Background()) }()
	last, err := s.log.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	up := &server{program: program{t: t}, ready: served{HTTP: there.URL()}}
	if got := up.metric("parley_log_position"); last.Position == 0 || got != float64(last.Position) {
		t.Errorf("the log ends at %d, and is measured as %v", last.Position, got)
	}
}
