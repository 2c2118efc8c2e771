package backup_test

import (
	"runtime"
	"runtime/metrics"
	"testing"
	"time"
)

// TestALongLogTakesLittleMemory: a log of 200,000 commits, some 100 MiB, is backed
// up and read back without being held in memory. What grows is what the audit
// remembers of each: its command.
func TestALongLogTakesLittleMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("a long log takes a while")
	}
	long := endless{200_000}
	_, r := small(t, t.TempDir())
	r.UpTo = long.end(t)
	runtime.GC()
	before, peak := live(), watchHeap(t)
	made := take(t, long, r)
	if made.Report.Log.Commits != 200_000 || made.Report.Plain < 100<<20 {
		t.Errorf("%+v", made.Report)
	}
	const most = 40 << 20
	grew := peak() - min(peak(), before)
	t.Logf("the heap grew by %d MiB; %d MiB of log, %d MiB of backup", grew>>20, made.Report.Plain>>20, made.Report.Bytes>>20)
	if grew > most {
		t.Errorf("%d MiB is the most", most>>20)
	}
}

// live returns how much of the heap was in use when it was last looked through.
func live() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// watchHeap returns a function that returns the largest heap that was seen so far.
func watchHeap(t *testing.T) func() uint64 {
	var largest uint64
	sampled, stop := make(chan uint64), make(chan struct{})
	t.Cleanup(func() { close(stop) })
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case sampled <- largest:
			case <-tick.C:
				largest = max(largest, live())
			}
		}
	}()
	return func() uint64 { return <-sampled }
}
