package natslog_test

import (
	"fmt"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"parley/adapters/logtest"
	"parley/adapters/natsd"
	"parley/adapters/natslog"
	"parley/events"
)

// stocked makes a store of many cases of twenty commits each, which stand far
// apart, and returns its folder.
func stocked(b *testing.B, cases int) string {
	b.Helper()
	dir := b.TempDir()
	s, err := natsd.Start(b.Context(), natsd.Config{Dir: dir, Name: "test"})
	if err != nil {
		b.Fatal(err)
	}
	l := open(b, s, natslog.Guard{})
	lasts := make([]events.Recorded, cases)
	for range 20 {
		for i, last := range lasts {
			c := logtest.Next(b, events.Case(fmt.Sprintf("GLO-26-%04d", i+1)), last, "x",
				"a note of some ninety letters, which is about as long as what a caseworker writes down")
			position, err := l.Append(b.Context(), c, last.Position)
			if err != nil {
				b.Fatal(err)
			}
			lasts[i] = events.Recorded{Commit: c.Commit, Position: position}
		}
	}
	if err := s.Stop(); err != nil {
		b.Fatal(err)
	}
	return dir
}

func BenchmarkStartAppendStop(b *testing.B) {
	dir := stocked(b, 800)
	a, last := events.Register("GLO-26"), events.Recorded{}
	for b.Loop() {
		s, err := natsd.Start(b.Context(), natsd.Config{Dir: dir, Name: "test"})
		if err != nil {
			b.Fatal(err)
		}
		l := open(b, s, natslog.Guard{Existed: true})
		c := logtest.Next(b, a, last, "x", "a number")
		position, err := l.Append(b.Context(), c, last.Position)
		if err != nil {
			b.Fatal(err)
		}
		last = events.Recorded{Commit: c.Commit, Position: position}
		if err := s.Stop(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLog(b *testing.B) {
	s := start(b, stocked(b, 800))
	l := open(b, s, natslog.Guard{Existed: true})
	b.Run("read a case of 20", func(b *testing.B) {
		for b.Loop() {
			if h, err := l.Read(b.Context(), events.Case("GLO-26-0400"), 0); err != nil || len(h) != 20 {
				b.Fatal(len(h), err)
			}
		}
	})
	b.Run("read a case of 20 by an index", func(b *testing.B) {
		known := index{}
		if err := l.Scan(b.Context(), 0, func(r events.Recorded) error {
			known[r.Aggregate] = append(known[r.Aggregate], r.Position)
			return nil
		}); err != nil {
			b.Fatal(err)
		}
		l := open(b, s, natslog.Guard{Existed: true})
		l.Consult(known)
		for b.Loop() {
			if h, err := l.Read(b.Context(), events.Case("GLO-26-0400"), 0); err != nil || len(h) != 20 {
				b.Fatal(len(h), err)
			}
		}
	})
	b.Run("scan the last 20", func(b *testing.B) {
		for b.Loop() {
			if err := l.Scan(b.Context(), 16000-20, func(events.Recorded) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("scan all", func(b *testing.B) {
		for b.Loop() {
			if err := l.Scan(b.Context(), 0, func(events.Recorded) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(16000*float64(b.N)/b.Elapsed().Seconds(), "commits/s")
	})
	b.Run("walk all undecoded", func(b *testing.B) {
		for b.Loop() {
			if _, err := l.ScanStored(b.Context(), 0, func(events.Placed) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(16000*float64(b.N)/b.Elapsed().Seconds(), "commits/s")
	})
	b.Run("raw ordered consumer", func(b *testing.B) {
		js, err := jetstream.New(s.Conn())
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			c, err := js.OrderedConsumer(b.Context(), "ES", jetstream.OrderedConsumerConfig{})
			if err != nil {
				b.Fatal(err)
			}
			messages, err := c.Messages()
			if err != nil {
				b.Fatal(err)
			}
			for range 16000 {
				if _, err := messages.Next(); err != nil {
					b.Fatal(err)
				}
			}
			messages.Stop()
		}
		b.ReportMetric(16000*float64(b.N)/b.Elapsed().Seconds(), "commits/s")
	})
}
