package sched_test

import (
	"context"
	"testing"

	"parley/adapters/natstest"
	"parley/domain/alerting"
	"parley/domain/casework"
	"parley/domain/watch"
	"parley/events"
)

// stoppedByAClaim is a log of which the server is stopped while the first claim
// is being stored: nobody who has stopped hears that it was.
type stoppedByAClaim struct {
	casework.Log
	stop context.CancelFunc
}

func (l stoppedByAClaim) Append(ctx context.Context, c events.Sealed, expect uint64) (uint64, error) {
	at, err := l.Log.Append(context.WithoutCancel(ctx), c, expect)
	l.stop()
	if ctx.Err() != nil {
		return 0, casework.ErrUncertain
	}
	return at, err
}

// A server that stops while it claims knows what it has claimed, and puts it off:
// the next one sends it, and it does not become uncertain.
func TestStoppedWhileItClaims(t *testing.T) {
	dir := t.TempDir()
	natstest.Virtually(t, func(t *testing.T) {
		w := begin(t, dir, "2026-10-23 08:40")
		defer w.down()
		ref := w.open()
		w.add(ref, "2026-10-26", 0)
		ctx, stop := context.WithCancel(context.Background())
		stopped := watch.New(watch.Config{
			Log: stoppedByAClaim{w.log, stop}, Book: w.views, Alarms: w.alarms, Channels: watch.Channels{"file": w.post},
			Clock: w.clock, Worker: "stopped", Trouble: func(err error) { t.Log(err) },
		})
		if err := stopped.Run(ctx, w.follow); err != nil {
			t.Error(err)
		}
		expect(t, "recorded once it has stopped", w.recorded(ref), "GLO-26-0001_D2-1_1wd_20261026 "+string(alerting.Failed))
		end := w.watching(w.watcher("next"))
		w.until("2026-10-23 09:00")
		end()
		expect(t, "recorded by the next", w.recorded(ref), "GLO-26-0001_D2-1_1wd_20261026 "+string(alerting.Sent))
	})
}
