package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"parley/adapters/natsd"
	"parley/adapters/rpc"
	"parley/adapters/storedir"
	"parley/domain/watch"
)

// patient is a store of an LMC that the doctor looks at, in a folder with its
// backups.
type patient struct {
	t     *testing.T
	dir   string
	store string
	now   time.Time
	env   map[string]string
}

// newPatient makes a store, with a case in it unless it is a particular one.
func newPatient(t *testing.T, flags ...string) *patient {
	t.Helper()
	dir := t.TempDir()
	p := &patient{t: t, dir: dir, store: filepath.Join(dir, "store"), now: time.Date(2026, 10, 1, 9, 0, 0, 0, time.UTC), env: map[string]string{}}
	p.do(append(words("init --lmc 'Gloucestershire LMC' --code GLO --actor jo"), flags...)...)
	if len(flags) == 0 {
		p.do(words("case open --icb QR1 --service ecg --title ECGs")...)
	}
	return p
}

// run runs a command on the store, and returns its exit code and what it says.
func (p *patient) run(args ...string) (exit int, stdout, stderr string) {
	p.t.Helper()
	var out, said bytes.Buffer
	a := newTestApp(&out)
	a.stderr, a.now = &said, func() time.Time { return p.now }
	a.getenv = func(name string) string { return p.env[name] }
	exit = a.run(p.t.Context(), append([]string{"--store", p.store}, args...))
	return exit, out.String(), said.String()
}

func (p *patient) do(args ...string) {
	p.t.Helper()
	if exit, out, said := p.run(args...); exit != exitOK {
		p.t.Fatalf("parley %q ended with %d:\n%s%s", args, exit, out, said)
	}
}

// finds has the doctor look, who must find this check well or not, with these words.
func (p *patient) finds(check string, ok bool, words string) {
	p.t.Helper()
	exit, out, said := p.run("doctor", "-o", "json")
	var checks []rpc.Check
	if err := json.Unmarshal([]byte(out), &checks); err != nil {
		p.t.Fatalf("the doctor ended with %d: %v\n%s%s", exit, err, out, said)
	}
	found := false
	for _, c := range checks {
		if c.Check == check {
			found = true
			if c.OK != ok || !strings.Contains(c.Detail, words) {
				p.t.Errorf("of %s the doctor finds %t: %s; want %t: %s", check, c.OK, c.Detail, ok, words)
			}
		}
		if !c.OK && exit != exitRefused {
			p.t.Errorf("the doctor ends with %d, and finds %+v", exit, c)
		}
	}
	if !found {
		p.t.Errorf("the doctor says nothing of %s:\n%s", check, out)
	}
}

// What the doctor finds wrong comes with what to do about it.
func TestTheDoctorGivesTheNextStep(t *testing.T) {
	nothing := &patient{t: t, store: filepath.Join(t.TempDir(), "nothing")}
	nothing.finds("folder", false, "there is no store here: "+nothing.store+". Next: make one: parley init")
	sealed := newPatient(t, "--encrypt", "--key-file", filepath.Join(t.TempDir(), "key"))
	sealed.finds("log", false, "Next: give the file with its key with --key-file")
}

func TestTheRemedyOfAnError(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{storedir.ErrUnfinished, "run the same parley restore again; what it left there is cleared away"},
		{watch.ErrPermanent, "mend alerts.toml in the store's folder"}, // and the doctor looks at it again
		{natsd.ErrFailed, ""}, // but to ask the doctor
		{fs.ErrPermission, "ask for the right to read and write there, or name another place"},
		{errors.New("the moon is full"), ""},
		{fmt.Errorf("%w: free some space, then run the command again", syscall.ENOSPC), ""}, // which it says itself
	} {
		if got := remedy(c.err); got != c.want {
			t.Errorf("%v: %q, want %q", c.err, got, c.want)
		}
	}
}

// Whoever looks into the folder of a store finds each thing there explained.
func TestTheDocsKnowEveryFileOfAStore(t *testing.T) {
	source, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(source), "\n| in it | what it is |\n")
	table, _, _ = strings.Cut(table, "\n\n")
	p := newPatient(t)
	p.do("case", "note", "GLO-26-0001", "--text", "x")
	p.do("foi", "send", "GLO-26-0001", "--about", "x", "--on", "2026-10-01")
	p.now = p.now.Add(60 * 24 * time.Hour)
	p.do("alert", "run", "--once")
	p.do("alert", "calendar", "jo")
	p.do("user", "add", "Sam Roe", "--key", filepath.Join(p.dir, "sam.key"))
	p.do("backup", "--to", filepath.Join(p.dir, "x.backup"))
	p.do("case", "list")
	there, err := os.ReadDir(p.store)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"alerts.log.lock", "feeds.json", "users.json", "backup.json"} {
		if _, err := os.Stat(filepath.Join(p.store, name)); err != nil {
			t.Errorf("what was done leaves no %s: %v", name, err)
		}
	}
	for _, e := range there {
		name := e.Name()
		if e.IsDir() {
			name += "/"
		}
		if !strings.Contains(table, "`"+name+"`") {
			t.Errorf("docs/operations.md does not know %s", name)
		}
	}
}
