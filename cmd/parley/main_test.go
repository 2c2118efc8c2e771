package main

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"testing"
	"time"
)

// percent returns how much garbage may gather, in percent of what is in use.
func percent() uint64 {
	sample := []metrics.Sample{{Name: "/gc/gogc:percent"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

func TestWhatGoesOnForLongCollectsItsGarbageAsUsual(t *testing.T) {
	t.Setenv("GOGC", "")
	defer debug.SetGCPercent(debug.SetGCPercent(300))
	collectLate()
	if percent() != unhurried {
		t.Fatalf("at first garbage is collected at %d percent", percent())
	}
	for began := time.Now(); percent() != usual; time.Sleep(time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			t.Fatalf("after its first collection it is collected at %d percent", percent())
		}
		runtime.GC()
	}
}

func TestWhoeverRunsTheProgramSaysWhenGarbageIsCollected(t *testing.T) {
	t.Setenv("GOGC", "300")
	defer debug.SetGCPercent(debug.SetGCPercent(300))
	collectLate()
	collectAsUsual()
	if percent() != 300 {
		t.Errorf("it is collected at %d percent", percent())
	}
}
