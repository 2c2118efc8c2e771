package natslog_test

import (
	"testing"
	"time"

	"parley/adapters/logtest"
	"parley/adapters/natsd"
	"parley/adapters/natslog"
	"parley/adapters/natstest"
	"parley/events"
)

// A log can be followed for days of a clock that does not wait.
func TestALogIsFollowedForDays(t *testing.T) {
	dir := t.TempDir()
	natstest.Virtually(t, func(t *testing.T) {
		s, err := natsd.Start(t.Context(), natsd.Config{Dir: dir, Name: "test"})
		if err != nil {
			t.Fatal(err)
		}
		l := open(t, s, natslog.Guard{Alive: s.Alive()})
		f, stop := follow(t, l, 0)
		for round := range 2 {
			time.Sleep(2 * 24 * time.Hour)
			logtest.Fill(t, l, events.Case([]string{"GLO-26-0001", "GLO-26-0002"}[round]), 3, "a note")
			f.reach(t, uint64(3*round+3))
		}
		inOrder(t, f.history(), 0)
		stop()
		<-f.err
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
}
