package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"parley/adapters/logtest"
	"parley/events"
)

// fillLog appends notes to the log of a store, many faster than commands could.
func (p program) fillLog(cases, notes int) {
	p.t.Helper()
	var out bytes.Buffer
	s, err := p.app(&out, &out).openWithoutViews(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	for n := range cases {
		logtest.Fill(p.t, s.log, events.Register("GLO-"+string(rune('A'+n))), notes, "the practice waits for an answer")
	}
	if err := s.close(); err != nil {
		p.t.Fatal(err)
	}
}

// A restore that is killed leaves the store that was there, or the new one, and
// is simply run again. What people keep beside the log is never lost.
func TestARestoreThatIsKilledIsRunAgain(t *testing.T) {
	p := newProgram(t)
	p.fillLog(8, 150)
	file := filepath.Join(t.TempDir(), "one.backup")
	p.must("backup", "--to", file)
	want := p.commits()
	if err := os.WriteFile(filepath.Join(p.store, "alerts.log"), []byte("what was sent"), 0o600); err != nil {
		t.Fatal(err)
	}
	whole := p.run(0, "restore", file)
	if whole.code != 0 {
		t.Fatalf("%s%s", whole.stdout, whole.stderr)
	}
	rounds, killed := 8, 0
	if testing.Short() {
		rounds = 3
	}
	for round := range rounds {
		e := p.run(whole.took*time.Duration(round+1)/time.Duration(rounds+1), "restore", file)
		if e.code == -1 {
			killed++
		}
		if _, err := os.Stat(p.store); errors.Is(err, os.ErrNotExist) {
			t.Logf("round %d: killed between the two", round)
		} else if e := p.run(0, "verify"); e.code != 0 {
			t.Fatalf("round %d, after a kill: %s%s", round, e.stdout, e.stderr)
		}
	}
	p.must("restore", file)
	var found verified
	if err := json.Unmarshal([]byte(p.must("verify")), &found); err != nil || !found.OK || found.Commits != len(want) {
		t.Errorf("%+v, %v", found, err)
	}
	if kept, err := os.ReadFile(filepath.Join(p.store, "alerts.log")); err != nil || string(kept) != "what was sent" {
		t.Errorf("%q, %v", kept, err)
	}
	if killed == 0 {
		t.Error("none was killed")
	}
	t.Logf("%d of %d killed; a whole one took %v", killed, rounds, whole.took)
}
