package feed

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"parley/adapters/logtest/sample"
	"parley/domain/calendar"
	"parley/domain/casework"
	"parley/domain/negotiation"
	"parley/events"
	"parley/projections/docket"
	"parley/projections/status"
)

// year fills a world with so many cases of 8 practices, told side by side as in
// life: one in ten to its end, 23 commits with two corrections among them, the
// others as far as the first correction, 14 commits.
func year(b *testing.B, cases int) *world {
	b.Helper()
	w := newWorld(b)
	codes, _ := sample.Practices(80)
	var facts []events.Fact
	for _, code := range codes {
		facts = append(facts, listed(code))
	}
	w.tell(events.Directory(), facts...)
	var all []events.History
	for n := range cases {
		ref := fmt.Sprintf("GLO-26-%04d", n+1)
		h := sample.Collective(b, ref, 8)
		if n%10 != 0 {
			h = h[:14]
		}
		all = append(all, h)
		w.tell(events.Register("GLO-26"), sample.Fact("2026-03-02", events.CaseNumbered{Ref: ref, Number: n + 1}))
	}
	const abreast = 40
	for from := 0; from < len(all); from += abreast {
		for v := range all[0] {
			for _, h := range all[from:min(from+abreast, len(all))] {
				w.take(h[min(v, len(h)):min(v+1, len(h))])
			}
		}
	}
	return w
}

func reopen(b *testing.B, path string, w *world) *Views {
	b.Helper()
	return open1(b, path, w.log)
}

func BenchmarkRebuild(b *testing.B) {
	w := year(b, 400)
	dir := b.TempDir()
	var commits uint64
	for n := 0; b.Loop(); n++ {
		v := reopen(b, filepath.Join(dir, fmt.Sprint(n)), w)
		catchUp(b, v)
		commits += v.Position()
		closed(b, v)
	}
	b.ReportMetric(float64(commits)/b.Elapsed().Seconds(), "commits/s")
}

// BenchmarkScan is what a rebuild cannot do without: reading and decoding the log.
func BenchmarkScan(b *testing.B) {
	w := year(b, 400)
	var commits int
	for b.Loop() {
		if err := w.log.Scan(context.Background(), 0, func(events.Recorded) error { commits++; return nil }); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(commits)/b.Elapsed().Seconds(), "commits/s")
}

func BenchmarkOpenWithNothingNew(b *testing.B) {
	w := year(b, 400)
	path := filepath.Join(b.TempDir(), "views.db")
	v := reopen(b, path, w)
	catchUp(b, v)
	closed(b, v)
	for b.Loop() {
		v := reopen(b, path, w)
		catchUp(b, v)
		if _, found, err := v.Case(context.Background(), "GLO-26-0007"); !found || err != nil {
			b.Fatal(found, err)
		}
		closed(b, v)
	}
}

func BenchmarkCatchUpWithOneCommit(b *testing.B) {
	w := year(b, 100)
	v := reopen(b, filepath.Join(b.TempDir(), "views.db"), w)
	defer closed(b, v)
	catchUp(b, v)
	for n := 0; b.Loop(); n++ {
		w.tell(events.Case(fmt.Sprintf("GLO-27-%04d", n/20)), sample.Fact("2026-11-02", events.NoteAdded{Text: "a note"}))
		catchUp(b, v)
	}
}

func BenchmarkLists(b *testing.B) {
	w := year(b, 400)
	v := reopen(b, filepath.Join(b.TempDir(), "views.db"), w)
	defer closed(b, v)
	catchUp(b, v)
	today := sample.Day("2026-11-22")
	var failed error
	b.Run("cases", func(b *testing.B) {
		for b.Loop() {
			if rows := status.List(v.Cases.All(context.Background(), &failed), status.Filter{}, today); len(rows) != 400 || failed != nil {
				b.Fatal(len(rows), failed)
			}
		}
	})
	b.Run("docket", func(b *testing.B) {
		for b.Loop() {
			if _, err := docket.List(v.Docket.All(context.Background(), &failed), docket.Query{Day: docket.Day{Today: today, Calendar: calendar.Builtin()}}); err != nil || failed != nil {
				b.Fatal(err, failed)
			}
		}
	})
}

// BenchmarkDocument gives the size of documents, and how long one takes to
// write and to read.
func BenchmarkDocument(b *testing.B) {
	for _, practices := range []int{2, 8, 64} {
		h := sample.Collective(b, "GLO-26-0001", practices)
		file, err := status.Fold(h)
		if err != nil {
			b.Fatal(err)
		}
		doc, err := docket.Fold(h)
		if err != nil {
			b.Fatal(err)
		}
		benchmarkDocument(b, fmt.Sprintf("case of %d practices", practices), file)
		benchmarkDocument(b, fmt.Sprintf("docket of %d practices", practices), doc)
	}
	l := sample.Begin(b, events.Register("GLO-26"))
	for n := range 800 {
		l.Tell("2026-03-02", sample.Fact("2026-03-02", events.CaseNumbered{Number: n + 1}))
	}
	var file negotiation.Registerfile
	for _, r := range l.History {
		var err error
		if file, err = status.ApplyRegister(file, r); err != nil {
			b.Fatal(err)
		}
	}
	benchmarkDocument(b, "register of 800", file)
}

func benchmarkDocument[D any](b *testing.B, name string, doc D) {
	aead, err := newAEAD(make([]byte, SecretSize))
	if err != nil {
		b.Fatal(err)
	}
	benchmarkWrapped(b, name, wrapping{"bucket", nil}, doc)
	benchmarkWrapped(b, name+"/sealed", wrapping{"bucket", aead}, doc)
}

func benchmarkWrapped[D any](b *testing.B, name string, w wrapping, doc D) {
	stored, err := w.encode("key", doc)
	if err != nil {
		b.Fatal(err)
	}
	b.Run(name+"/encode", func(b *testing.B) {
		for b.Loop() {
			if _, err := w.encode("key", doc); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(len(stored)), "bytes")
	})
	b.Run(name+"/decode", func(b *testing.B) {
		for b.Loop() {
			var back D
			if err := w.decode("key", stored, &back); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkNotices is what a notice that is served waits for: a look through
// all cases of a year for those of one practice.
func BenchmarkNotices(b *testing.B) {
	w := year(b, 800)
	v := reopen(b, filepath.Join(b.TempDir(), "views.db"), w)
	defer closed(b, v)
	catchUp(b, v)
	codes, _ := sample.Practices(80)
	for what, practices := range map[string][]string{"in no case": {"Z99999"}, "in each case": codes[:1]} {
		b.Run(what, func(b *testing.B) {
			for b.Loop() {
				if _, err := v.Notices(context.Background(), "phlebotomy-secondary", practices); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkCommand is what a command costs beside its append: decided on a case
// that the Desk has in mind, sealed, and taken in.
func BenchmarkCommand(b *testing.B) {
	const cases = 400
	w := year(b, cases)
	v := reopen(b, filepath.Join(b.TempDir(), "views.db"), w)
	defer closed(b, v)
	catchUp(b, v)
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		b.Fatal(err)
	}
	note := negotiation.AddNote{Text: "Rang the contracts team again: they have the figures now, and will answer before the month ends"}
	desk := casework.New(w.log, v, v, time.Now, zone)
	for n := 0; b.Loop(); n++ {
		id, err := uuid.NewV7()
		if err != nil {
			b.Fatal(err)
		}
		ref := fmt.Sprintf("GLO-26-%04d", n%cases+1)
		if _, err := desk.Handle(context.Background(), ref, note, casework.Request{Command: id, Actor: "bench"}); err != nil {
			b.Fatal(err)
		}
	}
}
