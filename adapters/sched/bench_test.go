package sched_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/adapters/sched"
	"parley/domain/watch"
)

// many sets n alarms for one time.
func many(b testing.TB, s *sched.Schedule, n int, at time.Time) {
	b.Helper()
	var setters sync.WaitGroup
	for w := range 32 {
		setters.Go(func() {
			for i := w; i < n; i += 32 {
				set(b, s, fmt.Sprintf("GLO-26-%04d_D7-1_day_20261026", i), at)
			}
		})
	}
	setters.Wait()
}

func BenchmarkAlarms(b *testing.B) {
	server := start(b, b.TempDir())
	defer stop(b, server)
	s := open(b, server, sched.Config{})
	b.Run("20000 of one second go off", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			at := time.Now().Add(6 * time.Second).Truncate(time.Second)
			many(b, s, 20_000, at)
			if time.Now().After(at) {
				b.Log("setting them took too long")
			}
			ctx, cancel := context.WithCancel(b.Context())
			var rang atomic.Int64
			b.StartTimer()
			err := s.Ring(ctx, func(context.Context, string) error {
				if rang.Add(1) == 20_000 {
					b.ReportMetric(float64(time.Since(at).Milliseconds()), "ms-to-last")
					cancel()
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		}
	})
	many(b, s, 20_000, time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC))
	b.Run("list 20000", func(b *testing.B) {
		for b.Loop() {
			if got := all(b, s); len(got) != 20_000 {
				b.Fatal(len(got))
			}
		}
	})
	b.Run("set again among 20000", func(b *testing.B) {
		for b.Loop() {
			if err := s.Set(b.Context(), watch.Alarm{ID: "GLO-26-0007_D7-1_day_20261026", At: time.Date(2100, 1, 2, 0, 0, 0, 0, time.UTC)}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("cancel among 20000", func(b *testing.B) {
		i := 0
		for b.Loop() {
			if err := s.Cancel(b.Context(), fmt.Sprintf("GLO-26-%04d_D7-1_day_20261026", i)); err != nil {
				b.Fatal(err)
			}
			i++
		}
	})
}
