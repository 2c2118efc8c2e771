package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/projections/alerts"
)

// rehearsal is a program with a store for training, whose clock is set.
type rehearsal struct {
	program
	reads time.Time // what its clock read
	since time.Time // by this machine's
}

// newRehearsal builds the program and makes a store with a directory of these
// practices; its clock reads this time and goes on.
func newRehearsal(t *testing.T, reads string, practices []string) *rehearsal {
	t.Helper()
	dir := t.TempDir()
	r := &rehearsal{program: program{t: t, path: filepath.Join(dir, "parley.exe"), store: filepath.Join(dir, "store")}}
	build(t, r.path)
	r.set(reads)
	list := filepath.Join(dir, "epraccur.csv")
	if err := os.WriteFile(list, []byte(listOf(practices)), 0o600); err != nil {
		t.Fatal(err)
	}
	r.within("init", "--lmc", "Test LMC", "--code", "GLO", "--actor", "test", "--rehearsal")
	r.within("directory", "import", list)
	return r
}

// set sets the clock. Whatever is run from then on has it.
func (r *rehearsal) set(reads string) {
	r.t.Helper()
	at, err := time.Parse(time.RFC3339, reads)
	if err != nil {
		r.t.Fatal(err)
	}
	r.reads, r.since = at, time.Now()
}

// turn turns the clock on.
func (r *rehearsal) turn(by time.Duration) { r.reads, r.since = r.now().Add(by), time.Now() }

// now returns what the clock reads.
func (r *rehearsal) now() time.Time { return r.reads.Add(time.Since(r.since)) }

// here returns the program with the clock as it reads now.
func (r *rehearsal) here() program {
	p := r.program
	p.env = append(slices.Clone(r.env), "PARLEY_CLOCK="+r.now().Format(time.RFC3339))
	return p
}

// within runs a command within this process, which must succeed.
func (r *rehearsal) within(args ...string) {
	r.t.Helper()
	var stdout, stderr bytes.Buffer
	a := r.app(&stdout, &stderr)
	clock := r.now().Format(time.RFC3339)
	a.getenv = func(name string) string { return map[string]string{"PARLEY_CLOCK": clock}[name] }
	if code := a.run(r.t.Context(), append([]string{"--store", r.store}, args...)); code != exitOK {
		r.t.Fatalf("parley %s: exit %d\n%s%s", strings.Join(args, " "), code, &stdout, &stderr)
	}
}

// settings writes alerts.toml.
func (r *rehearsal) settings(text string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.store, "alerts.toml"), []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// alerts asks for alerts; if a server runs, of it.
func (p program) alerts(args ...string) []alerts.Row {
	p.t.Helper()
	var rows []alerts.Row
	if err := json.Unmarshal([]byte(p.must(append([]string{"alert", "list"}, args...)...)), &rows); err != nil {
		p.t.Fatal(err)
	}
	return rows
}

// codes returns the codes of n practices.
func codes(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("L84%03d", i+1)
	}
	return all
}

// each returns a flag with each of these values.
func each(flag string, values []string) []string {
	var args []string
	for _, v := range values {
		args = append(args, flag, v)
	}
	return args
}
