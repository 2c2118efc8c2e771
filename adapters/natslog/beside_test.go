package natslog_test

import (
	"fmt"
	"testing"
	"time"

	"parley/adapters/logtest"
	"parley/adapters/natslog"
	"parley/events"
)

// TestTheEndBesideWriters: who asks how far the log goes while others append is
// not told that it is damaged.
func TestTheEndBesideWriters(t *testing.T) {
	l := open(t, start(t, t.TempDir()), natslog.Guard{})
	written := make(chan struct{})
	go func() {
		defer close(written)
		var last events.Recorded
		for i := range 500 {
			c := logtest.Next(t, events.Case("GLO-26-0001"), last, "writer", fmt.Sprint("note ", i))
			position, err := l.Append(t.Context(), c, last.Position)
			if err != nil {
				t.Error(err)
				return
			}
			last = events.Recorded{Commit: c.Commit, Position: position}
		}
	}()
	for {
		m, err := l.Last(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-written:
			if m, err = l.Last(t.Context()); err != nil || m.Position != 500 {
				t.Errorf("it ends at %d: %v", m.Position, err)
			}
			return
		case <-time.After(time.Microsecond):
		}
	}
}
