package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"parley/domain/calendar"
)

// Whatever a process that was killed has left behind, or somebody has put into
// the folder, holds nobody up: the lock is the operating system's, and the notes
// beside it are only notes.
func TestTortureWhatIsLeftBehind(t *testing.T) {
	p := newProgram(t)
	opened, ok := p.run(0, "case", "open", "--icb", "QR1", "--service", "ecg", "--title", "ECGs").acknowledged()
	if !ok {
		t.Fatal("no case is open")
	}
	answers := map[string]changed{opened.CommandID: opened}
	holder := fmt.Sprintf(`{"pid":%d,"host":"elsewhere","command":"parley serve","since":"2026-11-22T09:00:00Z"}`, os.Getpid())
	serving := func(address string) string {
		return fmt.Sprintf(`{"url":"nats://%s","actor":"test","seed":"SUACSSL3UAHUDXKFSNVUZRF5UHPMWZ6BFDTJ7M6USDXIEDNPPQYYYCU3VY","pid":%d}`, address, os.Getpid())
	}
	left := []struct{ what, file, holds string }{
		{"a lock file with something in it", "lock", "taken"},
		{"the note of a process that is alive", "holder.json", holder},
		{"half a note", "holder.json", holder[:20]},
		{"a note that is no JSON", "holder.json", "\x00\xff"},
		{"the word of a server on a port where nobody is", "serve.json", serving("127.0.0.1:1")},
		{"the word of a server where somebody else talks", "serve.json", serving(stranger(t, "220 mail.example ESMTP\r\n"))},
		{"the word of a server where somebody hangs up", "serve.json", serving(stranger(t, ""))},
		{"half a word of a server", "serve.json", serving("127.0.0.1:1")[:30]},
		{"a half-written mark", "highwater.json.new-123", `{"posi`},
		{"half-written views", "views.db.new", "x"},
		{"an unknown file", "README.txt", "do not touch"},
	}
	for _, l := range left {
		if err := os.WriteFile(filepath.Join(p.store, l.file), []byte(l.holds), 0o600); err != nil {
			t.Fatal(err)
		}
		e := p.run(0, "case", "note", opened.Ref, "--text", "after "+l.what)
		answer, ok := e.acknowledged()
		if !ok {
			t.Errorf("after %s: exit %d\n%s", l.what, e.code, e.stderr)
		}
		answers[answer.CommandID] = answer
	}
	first := p.serve("--alerts=false")
	e := p.run(0, "serve", "--alerts=false", "--wait", "200ms")
	if code, message := e.refusal(); e.code != exitUnreachable || code != "store-in-use" {
		t.Errorf("a second server on the store ended with %d, %s: %s", e.code, code, message)
	}
	if err := first.end(os.Interrupt); err != nil {
		t.Errorf("%v\n%s", err, first.log)
	}
	checkAcknowledged(t, p.commits(), answers)
	p.must("verify")
	tortured(t, "%d sorts of things left behind in the folder; a second server on one store", len(left))
}

// stranger returns the address of somebody who says this to whoever connects,
// and hangs up.
func stranger(t *testing.T, says string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(c, says)
			_ = c.Close()
		}
	}()
	return l.Addr().String()
}

// Four writers work through a server, until the disk is full, and again when
// there is room: what was acknowledged is there, and nothing else is.
func TestTortureTheDiskFillsUp(t *testing.T) {
	disk := mountSmallDisk(t, "160m")
	p := newProgram(t)
	s := &siege{program: p, answers: map[string]changed{}, over: make(chan struct{})}
	s.store = filepath.Join(disk, "store")
	if err := os.CopyFS(s.store, os.DirFS(p.store)); err != nil {
		t.Fatal(err)
	}
	opened, ok := s.run(0, "case", "open", "--icb", "QR1", "--service", "ecg", "--title", "ECGs").acknowledged()
	if !ok {
		t.Fatal("no case is open")
	}
	s.answers[opened.CommandID] = opened
	full, ballast := atomic.Int64{}, filepath.Join(disk, "ballast")
	rounds := sized(2, 12)
	for round := range rounds {
		server := s.serve("--alerts=false")
		var all sync.WaitGroup
		stop := make(chan struct{})
		for writer := range 4 {
			all.Go(func() {
				for n := 0; ; n++ {
					select {
					case <-stop:
						return
					default:
					}
					s.untilThereIsRoom(opened.Ref, fmt.Sprintf("Note %d of writer %d in round %d: %s", n, writer, round, strings.Repeat("long ", 800)), &full)
				}
			})
		}
		before := full.Load()
		fillUp(t, ballast)
		eventually(t, func() string {
			if full.Load() < before+4 {
				return "nobody was told that the disk is full"
			}
			return ""
		})
		if err := os.Remove(ballast); err != nil {
			t.Fatal(err)
		}
		close(stop)
		all.Wait()
		if err := server.end(os.Interrupt); err != nil {
			t.Logf("round %d: the server ended with %v\n%s", round, err, server.log) // it may, where its disk was full
		}
	}
	checkAcknowledged(t, s.commits(), s.answers)
	s.must("verify")
	s.checkViews([]string{opened.Ref})
	tortured(t, "a disk filled up %d times under 4 writers: %d commands acknowledged, %d refused for want of room", rounds, len(s.answers), full.Load())
}

// untilThereIsRoom records a note, however often it is refused because the disk
// is full.
func (s *siege) untilThereIsRoom(ref, text string, full *atomic.Int64) {
	id := uuid.Must(uuid.NewV7()).String()
	for late := time.Now().Add(2 * time.Minute); time.Now().Before(late) && !s.t.Failed(); time.Sleep(20 * time.Millisecond) {
		e, err := s.process([]string{"--store", s.store, "-o", "json", "--wait", "30s", "case", "note", ref, "--text", text, "--command-id", id})
		if err != nil {
			s.t.Error(err)
			return
		}
		if answer, ok := e.acknowledged(); ok {
			s.mu.Lock()
			s.answers[id] = answer
			s.mu.Unlock()
			return
		}
		switch code, message := e.refusal(); code {
		case "disk-full":
			full.Add(1)
		case "uncertain", "unreachable", "store-in-use", "busy":
		default:
			s.t.Errorf("with a full disk a note was refused with %s: %s", code, message)
		}
	}
	s.t.Errorf("a note is not recorded though there is room")
}

// fillUp writes a file until the disk is full.
func fillUp(t *testing.T, file string) {
	t.Helper()
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	for size := 1 << 20; size > 0; {
		if _, err := f.Write(make([]byte, size)); err != nil {
			size /= 2
		}
	}
}

// A store that can only be read takes nothing, says why, and is none the worse.
func TestTortureAStoreThatCanOnlyBeRead(t *testing.T) {
	disk := mountSmallDisk(t, "160m")
	p := newProgram(t)
	was := p.store
	p.store = filepath.Join(disk, "store")
	if err := os.CopyFS(p.store, os.DirFS(was)); err != nil {
		t.Fatal(err)
	}
	opened, ok := p.run(0, "case", "open", "--icb", "QR1", "--service", "ecg", "--title", "ECGs").acknowledged()
	if !ok {
		t.Fatal("no case is open")
	}
	remountSmallDisk(t, disk, true)
	for _, args := range [][]string{{"case", "note", opened.Ref, "--text", "x"}, {"case", "list"}, {"serve"}, {"verify"}, {"directory", "find", "surgery"}} {
		e := p.run(0, args...)
		code, message := e.refusal()
		if e.code == exitOK || e.stdout != "" || code == "" || code == "failed" || code == "damaged" || !strings.Contains(message, "read-only") {
			t.Errorf("parley %q on a store that can only be read ended with %d, %s: %s%s", args, e.code, code, message, e.stdout)
		}
	}
	remountSmallDisk(t, disk, false)
	answer, ok := p.run(0, "case", "note", opened.Ref, "--text", "it can be written again").acknowledged()
	if !ok || answer.Version != opened.Version+1 {
		t.Errorf("%+v", answer)
	}
	checkAcknowledged(t, p.commits(), map[string]changed{opened.CommandID: opened, answer.CommandID: answer})
	p.must("verify")
	tortured(t, "a store on a disk that can only be read")
}

// The clock steps back and forth by hours between commands, of a server and
// without one. Within a case nothing was recorded before what stands before it;
// each fact is of the day that the clock showed, and each deadline is due when it
// would have been with a clock that goes right.
func TestTortureTheClockSteps(t *testing.T) {
	random := rand.New(rand.NewPCG(tortureSeed(t), 4))
	r := newRehearsal(t, "2026-10-20T09:00:00Z", eight())
	london, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	opened, ok := r.here().run(0, "case", "open", "--icb", "QR1", "--service", "ecg", "--title", "ECGs").acknowledged()
	if !ok {
		t.Fatal("no case is open")
	}
	answers := map[string]changed{opened.CommandID: opened}
	due := map[string]string{}                             // due dates by the day of the request, as they are computed
	base := time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC) // the night in which summer time ends
	var server *server
	steps := sized(24, 600)
	for n := range steps {
		if n == steps/2 {
			r.set(base.Format(time.RFC3339))
			server = r.here().serve("--alerts=false")
		}
		base = base.Add(time.Duration(random.IntN(60)) * time.Minute)
		r.set(base.Add(time.Duration(random.IntN(96*60)-48*60) * time.Minute).Format(time.RFC3339))
		at := r.here()
		day := calendar.At(r.now(), london)
		args := []string{"case", "note", opened.Ref, "--text", fmt.Sprintf("Note %d", n)}
		if n%2 == 1 {
			args = []string{"foi", "send", opened.Ref, "--about", fmt.Sprintf("Question %d", n)}
		}
		e := at.run(0, args...)
		answer, ok := e.acknowledged()
		if !ok {
			t.Fatalf("at %s: exit %d\n%s", r.now(), e.code, e.stderr)
		}
		answers[answer.CommandID] = answer
		for _, fact := range answer.Recorded {
			if fact.On != day.String() {
				t.Errorf("at %s a fact of %s was recorded", r.now(), fact.On)
			}
		}
		for _, d := range answer.Deadlines {
			if due[day.String()] == "" {
				due[day.String()] = strings.TrimSpace(at.must("deadline", "compute", "foi-respond", "--from", day.String(), "--jq", ".due"))
			}
			if got := d.Due.String(); !strings.Contains(due[day.String()], got) {
				t.Errorf("a request of %s is due on %s, and computed to be on %s", day, got, due[day.String()])
			}
		}
	}
	if server != nil {
		if err := server.end(os.Interrupt); err != nil {
			t.Errorf("%v\n%s", err, server.log)
		}
	}
	r.set(base.Add(100 * time.Hour).Format(time.RFC3339))
	checkAcknowledged(t, r.commits(), answers)
	checkOrder(t, []byte(r.here().must("case", "timeline", opened.Ref)))
	r.here().must("verify")
	tortured(t, "%d steps of the clock by up to two days back and forth, half of them with a server", steps)
}

// checkOrder looks whether a timeline is in the order in which it was recorded.
func checkOrder(t *testing.T, timeline []byte) {
	t.Helper()
	type row struct {
		RecordedAt time.Time `json:"recorded_at"`
	}
	var rows []row
	if err := json.Unmarshal(timeline, &rows); err != nil {
		t.Fatal(err)
	}
	if len(rows) == 0 || !slices.IsSortedFunc(rows, func(a, b row) int { return a.RecordedAt.Compare(b.RecordedAt) }) {
		t.Errorf("recorded in this order: %s", timeline)
	}
}
