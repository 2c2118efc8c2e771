package sched_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"parley/domain/alerting"
	"parley/domain/watch"
)

// out makes a channel of a world fail for now.
func out(context.Context, alerting.Message) error {
	return fmt.Errorf("%w: out of order", watch.ErrTemporary)
}

// Sends that fail while the case is still attended to keep the alarms that they
// set. It is in real time, for the two to meet.
func TestWhateverFailsAtOnceHasItsAlarm(t *testing.T) {
	w := begin(t, t.TempDir(), "2026-10-26 08:00")
	defer w.down()
	w.post.answers(out)
	ref := w.open()
	for range 40 {
		w.add(ref, "2026-10-26", 0)
	}
	w.ahead = time.Until(london(t, "2026-10-26 08:30"))
	watcher := w.watcher("one")
	if err := watcher.Changed(context.Background(), ref); err != nil {
		t.Fatal(err)
	}
	watcher.Wait()
	set := 0
	for _, s := range w.set() {
		if strings.Contains(s, "_day_") {
			set++
		}
	}
	if set != 40 {
		t.Errorf("40 failed and are to be tried again, and %d have an alarm for it", set)
	}
}
