package sched_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/domain/alerting"
	"parley/domain/negotiation"
	"parley/domain/watch"
	"parley/events"
)

// perCase is how many of the alarms of one minute are of one case.
const perCase = 10

// crowded fills a world with deadlines that all are due on one day. They are
// recorded case by case, as an import would.
func crowded(b *testing.B, w *world, crowd int, due string) {
	b.Helper()
	var all sync.WaitGroup
	for worker := range 16 {
		all.Go(func() {
			for i := worker; i < crowd/perCase; i += 16 {
				ref := fmt.Sprintf("GLO-26-%04d", i+1)
				facts := []events.Fact{{On: day(b, "2026-10-01"), Event: events.CaseOpened{Ref: ref, ICB: "QR1", Service: "ecg", Title: "ECGs"}}}
				for n := range perCase {
					facts = append(facts, events.Fact{On: day(b, "2026-10-01"), Event: events.DeadlineSet{
						Deadline: fmt.Sprintf("D1.%d", n+2), Rule: "local-override", Title: "Reply to our letter", Owner: events.ICB,
						Trigger: day(b, "2026-10-01"), Stated: day(b, due), Document: "the letter",
					}})
				}
				sealed, err := events.Seal(events.Commit{
					Command: asked("ann").Command, Aggregate: events.Case(ref), Version: 1, Actor: "ann", RecordedAt: w.clock(), Facts: facts,
				})
				if err == nil {
					_, err = w.log.Append(context.Background(), sealed, 0)
				}
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
}

// raw returns how long as many durable appends take as there are alarms, by as
// many writers as pay, of messages as long as a claim.
func raw(b *testing.B, w *world, crowd int) time.Duration {
	b.Helper()
	js, err := jetstream.New(w.server.Conn())
	if err == nil {
		_, err = js.CreateStream(context.Background(), jetstream.StreamConfig{
			Name: "RAW", Subjects: []string{"raw.*"}, DenyDelete: true, DenyPurge: true, AllowDirect: true,
		})
	}
	if err != nil {
		b.Fatal(err)
	}
	body := make([]byte, 900)
	began := time.Now()
	var all sync.WaitGroup
	for worker := range 64 {
		all.Go(func() {
			for i := worker; i < crowd; i += 64 {
				if _, err := js.Publish(context.Background(), fmt.Sprintf("raw.%d", i), body, jetstream.WithExpectLastSequencePerSubject(0)); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
	took := time.Since(began)
	if err := js.DeleteStream(context.Background(), "RAW"); err != nil {
		b.Fatal(err)
	}
	return took
}

// BenchmarkCrowd measures many alarms that are due in the same minute, ten in
// each case: from their time until all are claimed durably, against as many raw
// durable appends in the same run, and how late each was claimed.
func BenchmarkCrowd(b *testing.B) {
	for _, crowd := range []int{2_000, 20_000} {
		b.Run(fmt.Sprint(crowd), func(b *testing.B) { benchmarkCrowd(b, crowd) })
	}
}

func benchmarkCrowd(b *testing.B, crowd int) {
	lead := 20*time.Second + time.Duration(crowd)*5*time.Millisecond
	for b.Loop() {
		b.StopTimer()
		w := begin(b, b.TempDir(), "2026-10-23 08:00")
		p := w.policy
		p.Ladders = []events.Ladder{{Rungs: []events.Rung{{ID: "day", Urgent: true}}}}
		p.People = []events.Person{{Name: "ann", Channels: []string{"file"}, NoDigest: true}}
		w.setPolicy(p)
		crowded(b, w, crowd, "2026-10-26")
		before := raw(b, w, crowd)
		w.ahead = time.Until(london(b, "2026-10-26 08:30").Add(-lead))
		var mu sync.Mutex
		var late []time.Duration
		done := make(chan struct{})
		watcher := watch.New(watch.Config{
			Log: w.log, Book: w.views, Alarms: w.alarms, Channels: watch.Channels{"file": w.post}, Clock: w.clock, Worker: "one",
			Trouble: func(err error) { b.Log(err) },
			Done: func(d watch.Deed) {
				mu.Lock()
				defer mu.Unlock()
				if d.What != alerting.Claimed {
					return
				}
				if late = append(late, d.At.Sub(d.Due)); len(late) == crowd {
					close(done)
				}
			},
		})
		end := w.watching(watcher)
		for n := 0; n < crowd; n = len(all(b, w.alarms)) {
			if !w.clock().Before(london(b, "2026-10-26 08:30")) {
				b.Fatalf("only %d alarms could be set in time", n)
			}
			time.Sleep(time.Second)
		}
		b.Logf("all were set %s before their time", london(b, "2026-10-26 08:30").Sub(w.clock()))
		w.until("2026-10-26 08:30")
		b.StartTimer()
		<-done
		b.StopTimer()
		end()
		after := raw(b, w, crowd)
		slices.Sort(late)
		b.ReportMetric(late[crowd-1].Seconds(), "s-to-all-claimed")
		b.ReportMetric(before.Seconds(), "s-raw-before")
		b.ReportMetric(after.Seconds(), "s-raw-after")
		b.ReportMetric(late[crowd-1].Seconds()/((before+after).Seconds()/2), "times-raw")
		b.ReportMetric(late[crowd/2].Seconds(), "s-late-p50")
		b.ReportMetric(late[crowd*99/100].Seconds(), "s-late-p99")
		w.down()
		b.StartTimer()
	}
}

// BenchmarkReschedule measures how long it takes from a change of one case,
// among 200 with two deadlines each, until its alarms are set anew.
func BenchmarkReschedule(b *testing.B) {
	w := begin(b, b.TempDir(), "2026-10-01 12:00")
	defer w.down()
	var ref, id string
	for range 200 {
		ref = w.open()
		w.add(ref, "2026-11-26", 0)
		id = w.add(ref, "2026-12-03", 0)
	}
	watcher := w.watcher("one")
	if _, err := watcher.Sweep(context.Background()); err != nil {
		b.Fatal(err)
	}
	until, later := day(b, "2026-12-10"), false
	for b.Loop() {
		b.StopTimer()
		if later = !later; later {
			w.tell(ref, negotiation.ExtendDeadline{Deadline: id, Until: until, Base: "agreed"})
		} else {
			w.tell(ref, negotiation.RemoveExtension{Deadline: id, Why: "a slip"})
		}
		b.StartTimer()
		if err := watcher.Changed(context.Background(), ref); err != nil {
			b.Fatal(err)
		}
	}
	if got := all(b, w.alarms); len(got) != 200*8+1 {
		b.Errorf("%d alarms are set", len(got))
	}
}
