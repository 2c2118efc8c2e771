package main

import (
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"parley/adapters/storedir"
	"parley/domain/alerting"
)

// A server that is told to stop while a mail is under way, and while commands
// come in, finishes both. What it acknowledged is there; what it did not can be
// given again.
func TestStoppedInTheMiddle(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be interrupted there")
	}
	r := newRehearsal(t, "2026-10-26T08:29:59Z", codes(1))
	box := newMailbox(t)
	held, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	box.manner(func() error {
		once.Do(func() { close(held) })
		<-release
		return nil
	}, func() {})
	r.settings(box.settings("", `{ id = "day", days = 0, urgent = true }`))
	r.within("case", "open", "--icb", "QR1", "--service", "ecg", "--title", "ECGs", "--on", "2026-09-28")
	r.within("foi", "send", "GLO-26-0001", "--about", "Payments", "--on", "2026-09-28")
	r.set("2026-10-26T08:29:59Z")
	s := r.here().serve()
	select {
	case <-held:
	case <-time.After(longWait):
		t.Fatal("no mail is sent")
	}
	notes := &notesTaken{program: s.program, answers: map[string]changed{}}
	var people sync.WaitGroup
	for i := range 2 {
		people.Go(func() { notes.take(i) })
	}
	eventually(t, func() string {
		if notes.taken() < 4 {
			return "no notes are taken"
		}
		return ""
	})
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() string {
		if _, there := storedir.Discover(r.store); there {
			return "it is still announced"
		}
		return ""
	})
	close(release)
	if err := s.end(syscall.Signal(0)); err != nil { // it has been told
		t.Errorf("it ended with %v\n%s", err, s.log)
	}
	people.Wait()
	if wrong := r.standing("GLO-26-0001_D2-1_day_20261026", alerting.Sent); wrong != "" {
		t.Error(wrong)
	}
	if got := len(box.of("GLO-26-0001_D2-1_day_20261026_email_jo")); got != 1 {
		t.Errorf("%d mails came", got)
	}
	notes.check(r.here())
	r.here().must("verify")
}

// notesTaken is notes that people take, and how each was answered.
type notesTaken struct {
	program
	mu      sync.Mutex
	answers map[string]changed // by command ID
	refused []string           // command IDs of those that were not acknowledged
}

func (n *notesTaken) taken() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.answers)
}

// take takes notes until the server is gone: until one was recorded without it,
// or not at all.
func (n *notesTaken) take(who int) {
	for i := 0; ; i++ {
		_, served := storedir.Discover(n.store)
		id := uuid.Must(uuid.NewV7()).String()
		e := n.run(0, "case", "note", "GLO-26-0001", "--text", fmt.Sprintf("Note %d of %d", i, who), "--command-id", id)
		answer, ok := e.acknowledged()
		n.mu.Lock()
		if ok {
			n.answers[id] = answer
		} else {
			n.refused = append(n.refused, id)
		}
		n.mu.Unlock()
		if !ok && e.code != exitUnreachable && e.code != exitRefused {
			n.t.Errorf("a note was answered with exit %d:\n%s", e.code, e.stderr)
		}
		if !served || !ok {
			return
		}
	}
}

// check gives again what was not acknowledged, and looks whether every note is
// in the log once.
func (n *notesTaken) check(p program) {
	n.t.Helper()
	for _, id := range n.refused {
		e := p.run(0, "case", "note", "GLO-26-0001", "--text", "Given again", "--command-id", id)
		var told struct{ Error struct{ Code string } }
		if _, ok := e.acknowledged(); !ok && (json.Unmarshal([]byte(e.stderr), &told) != nil || told.Error.Code != "command-id") {
			n.t.Errorf("given again it ends with %d:\n%s", e.code, e.stderr)
		}
	}
	found := map[string]int{}
	for _, c := range p.commits() {
		found[c.Command.String()]++
	}
	for id, answer := range n.answers {
		if found[id] != 1 {
			n.t.Errorf("version %d was acknowledged, and is there %d times", answer.Version, found[id])
		}
	}
	for _, id := range n.refused {
		if found[id] != 1 {
			n.t.Errorf("a note that was given again is there %d times", found[id])
		}
	}
}

// What a server that is killed leaves behind stands in nobody's way: neither in
// that of commands, nor of the next server.
func TestWhatAKilledServerLeavesBehind(t *testing.T) {
	r := newRehearsal(t, "2026-10-05T08:00:00Z", codes(1))
	r.within("case", "open", "--icb", "QR1", "--service", "ecg", "--title", "ECGs")
	for range 3 {
		s := r.here().serve()
		if err := s.end(os.Kill); err == nil {
			t.Fatal("it was not killed")
		}
		left, there := storedir.Discover(r.store)
		if !there || left.URL != s.ready.NATS {
			t.Fatalf("a killed server left %+v behind, so that nothing is shown here", left)
		}
		for _, args := range [][]string{
			{"case", "list"}, {"case", "note", "GLO-26-0001", "--text", "On its own"}, {"alert", "run", "--once"}, {"verify"}, {"doctor"},
		} {
			if e := r.here().run(0, args...); e.code != exitOK || strings.Contains(e.stderr, `"error"`) {
				t.Errorf("parley %q after a kill: exit %d\n%s\n%s", args, e.code, e.stdout, e.stderr)
			}
		}
	}
}
