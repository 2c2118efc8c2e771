package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
)

// siege is writers at work on one store, each command a process of its own, while
// whoever has the store open is killed: the process of a command, or the server.
type siege struct {
	program
	crowd  crowd
	random *rand.Rand // of the killer alone
	refs   []string   // of the cases that are written to

	mu      sync.Mutex
	answers map[string]changed // by command ID

	over   chan struct{} // closed once there were kills enough
	killed map[string]int
	again  atomic.Int64 // how often a command was sent again
}

// strike is a moment at which whoever has the store open is killed: when a file in
// the store's folder that matches has changed.
type strike struct{ what, files string }

// strikes are the moments at which whoever has a store open is killed: a command
// with a store of its own, or a server.
func strikes(served bool) []strike {
	both := []strike{
		{"opening", "holder.json"},
		{"appending", filepath.Join("jetstream", "$G", "streams", "ES", "msgs", "*")},
		{"writing views", "views.db"},
	}
	if served {
		return append(both, strike{"announcing", "serve.json"})
	}
	return append(both, strike{"copying", filepath.Join("before-open", "*", "*")}, strike{"closing", "highwater.json"})
}

// Whoever has the store open is killed while they open it, copy the log, append,
// write the views and close; with one writer and with sixteen, each opening the
// store itself or through a server, which is started again. Every command is sent
// until it is acknowledged.
func TestTortureKilledAtChosenMoments(t *testing.T) {
	for _, c := range []struct {
		writers, kills int
		served         bool
	}{{1, sized(4, 120), false}, {16, sized(4, 120), false}, {1, sized(2, 120), true}, {16, sized(3, 120), true}} {
		t.Run(fmt.Sprintf("%d writers, served %t", c.writers, c.served), func(t *testing.T) {
			s := newSiege(t)
			var all sync.WaitGroup
			if c.served {
				all.Go(s.keepServing)
			}
			for i := range c.writers {
				all.Go(func() { s.write(i) })
			}
			s.killUntil(c.kills, strikes(c.served))
			all.Wait()
			if t.Failed() {
				return
			}
			checkAcknowledged(t, s.commits(), s.answers)
			s.must("verify")
			s.checkViews(s.refs)
			tortured(t, "%d commands acknowledged, %d sent again; killed while: %s", len(s.answers), s.again.Load(), counts(s.killed))
		})
	}
}

// counts lists what was counted, by name.
func counts(of map[string]int) string {
	var text string
	for i, name := range slices.Sorted(maps.Keys(of)) {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprintf("%s %d", name, of[name])
	}
	return text
}

// newSiege makes a store with three cases.
func newSiege(t *testing.T) *siege {
	t.Helper()
	s := &siege{program: newProgram(t), random: rand.New(rand.NewPCG(tortureSeed(t), 1)), answers: map[string]changed{}, over: make(chan struct{}), killed: map[string]int{}}
	for _, service := range []string{"abpm", "ecg", "dementia"} {
		answer, ok := s.run(0, "case", "open", "--icb", "QR1", "--service", service, "--title", "Besieged").acknowledged()
		if !ok {
			t.Fatal("no case is open")
		}
		s.refs = append(s.refs, answer.Ref)
		s.answers[answer.CommandID] = answer
	}
	return s
}

// isOver reports whether there were kills enough.
func (s *siege) isOver() bool {
	select {
	case <-s.over:
		return true
	default:
		return s.t.Failed()
	}
}

// write gives commands, until there were kills enough. The last is acknowledged
// too.
func (s *siege) write(writer int) {
	for n := 0; !s.isOver(); n++ {
		ref := s.refs[(writer+n)%len(s.refs)]
		args := []string{"case", "note", ref, "--text", fmt.Sprintf("Note %d of writer %d", n, writer)}
		if n%4 == 3 {
			args = []string{"foi", "send", ref, "--about", fmt.Sprintf("Question %d of writer %d", n, writer)}
		}
		if answer, ok := s.insist(uuid.Must(uuid.NewV7()).String(), args); ok {
			s.mu.Lock()
			s.answers[answer.CommandID] = answer
			s.mu.Unlock()
		}
	}
}

// insist sends a command until it is acknowledged, under one ID. What is refused
// for another reason than that somebody was killed, or was busy, fails the test.
func (s *siege) insist(id string, args []string) (changed, bool) {
	args = append([]string{"--store", s.store, "-o", "json", "--wait", "30s"}, append(args, "--command-id", id)...)
	for late := time.Now().Add(3 * time.Minute); time.Now().Before(late) && !s.t.Failed(); s.again.Add(1) {
		e, err := s.process(args)
		if err != nil {
			s.t.Error(err)
			return changed{}, false
		}
		if answer, ok := e.acknowledged(); ok {
			return answer, true
		}
		code, message := e.refusal()
		if passing := []string{"store-in-use", "uncertain", "unreachable", "conflict", "busy"}; e.code != -1 && !slices.Contains(passing, code) {
			s.t.Errorf("parley %q: %s: %s", args, code, message)
			return changed{}, false
		}
	}
	s.t.Errorf("parley %q is not acknowledged", args)
	return changed{}, false
}

// process runs the program to its end, which may be a violent one.
func (s *siege) process(args []string) (ended, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(s.path, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	wait, err := s.crowd.start(cmd)
	if err != nil {
		return ended{}, err
	}
	var exit *exec.ExitError
	if err := wait(); err != nil && !errors.As(err, &exit) {
		return ended{}, err
	}
	return ended{stdout: stdout.String(), stderr: stderr.String(), code: cmd.ProcessState.ExitCode()}, nil
}

// keepServing starts a server whenever there is none.
func (s *siege) keepServing() {
	for !s.isOver() {
		said := new(bytes.Buffer)
		cmd := exec.Command(s.path, "--store", s.store, "-o", "json", "--wait", "30s", "serve", "--alerts=false")
		cmd.Stderr = said
		out, err := cmd.StdoutPipe()
		if err != nil {
			s.t.Error(err)
			return
		}
		wait, err := s.crowd.start(cmd)
		if err != nil {
			s.t.Error(err)
			return
		}
		var ready served
		started := json.NewDecoder(out).Decode(&ready) == nil
		go func() {
			<-s.over
			_ = s.crowd.kill(cmd.Process.Pid)
		}()
		_, _ = io.Copy(io.Discard, out)
		_ = wait()
		if code := cmd.ProcessState.ExitCode(); code != -1 && code != exitUnreachable { // it was killed, or waited in vain
			s.t.Errorf("the server, which had started: %t, ended with %d\n%s", started, code, said)
		}
	}
}

// killUntil kills whoever has the store open at moments of every sort, until
// there were so many kills.
func (s *siege) killUntil(enough int, moments []strike) {
	defer close(s.over)
	for kills := 0; kills < enough && !s.t.Failed(); {
		m := moments[s.random.IntN(len(moments))]
		if !s.awaitChange(m.files) {
			continue
		}
		time.Sleep(time.Duration(s.random.IntN(3000)) * time.Microsecond)
		var holder struct{ PID int }
		if content, err := os.ReadFile(filepath.Join(s.store, "holder.json")); err != nil || json.Unmarshal(content, &holder) != nil {
			continue // nobody has it open
		}
		if s.crowd.kill(holder.PID) {
			kills++
			s.killed[m.what]++
		}
		time.Sleep(time.Duration(s.random.IntN(100)) * time.Millisecond) // something gets done
	}
}

// awaitChange waits until a file changes that matches, and returns false if none
// does for a while.
func (s *siege) awaitChange(files string) bool {
	before := s.look(files)
	for late := time.Now().Add(500 * time.Millisecond); time.Now().Before(late); time.Sleep(200 * time.Microsecond) {
		if s.look(files) != before {
			return true
		}
	}
	return false
}

// look returns something that is another when the files that match have changed.
func (s *siege) look(files string) string {
	var seen string
	found, _ := filepath.Glob(filepath.Join(s.store, files))
	for _, name := range found {
		if info, err := os.Stat(name); err == nil {
			seen += fmt.Sprintln(name, info.Size(), info.ModTime().UnixNano())
		}
	}
	return seen
}
