package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/adapters/natstest"
	"parley/adapters/rpc"
	"parley/adapters/users"
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

// newPatient makes a store in which a case is open.
func newPatient(t *testing.T, flags ...string) *patient {
	t.Helper()
	dir := t.TempDir()
	p := &patient{t: t, dir: dir, store: filepath.Join(dir, "store"), now: time.Date(2026, 10, 1, 9, 0, 0, 0, time.UTC), env: map[string]string{}}
	p.do(append(words("init --lmc 'Gloucestershire LMC' --code GLO --actor jo"), flags...)...)
	p.do(words("case open --icb QR1 --service ecg --title ECGs")...)
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

func TestTheDoctorOnTheNewestBackup(t *testing.T) {
	p := newPatient(t)
	p.finds("backup", true, "none is known yet")
	p.now = p.now.Add(8 * 24 * time.Hour)
	p.finds("backup", false, "no backup of this store is known: take one, on another disk: parley backup --to FOLDER")
	file := filepath.Join(p.dir, "first.backup")
	p.do("backup", "--to", file)
	p.finds("backup", true, "taken Fri 9 Oct 2026 10:00, 0 commits since; "+file)
	p.now = p.now.Add(9 * 24 * time.Hour)
	p.finds("backup", true, "0 commits since")
	p.do("case", "note", "GLO-26-0001", "--text", "since then")
	p.finds("backup", false, "the newest backup is 9 days old, taken Fri 9 Oct 2026 10:00, 1 commit since")
	p.do("backup", "--to", filepath.Join(p.dir, "second.backup"))
	p.finds("backup", true, "0 commits since")
	if err := os.Rename(filepath.Join(p.dir, "second.backup"), filepath.Join(p.dir, "moved.backup")); err != nil {
		t.Fatal(err)
	}
	p.finds("backup", false, "the newest backup is not where it was put, "+filepath.Join(p.dir, "second.backup"))
}

// After a restore the backup that was known may be of a log that went on otherwise,
// and as far.
func TestTheDoctorOnTheBackupsOfARestoredStore(t *testing.T) {
	p := newPatient(t)
	early, later := filepath.Join(p.dir, "early.backup"), filepath.Join(p.dir, "later.backup")
	p.do("backup", "--to", early)
	p.do("case", "note", "GLO-26-0001", "--text", "before the restore")
	p.do("backup", "--to", later)
	p.do("restore", early, "--yes")
	const unlike = "has commits that are not in this log, as after a restore"
	p.finds("backup", true, unlike) // it is a young store
	p.do("case", "note", "GLO-26-0001", "--text", "after it, to the same position")
	p.finds("backup", true, unlike)
	p.do("case", "note", "GLO-26-0001", "--text", "and further")
	p.now = p.now.Add(8 * 24 * time.Hour)
	p.finds("backup", false, "no backup of the log as it is now is known")
	p.do("backup", "--to", filepath.Join(p.dir, "afterwards.backup"))
	p.finds("backup", true, "0 commits since")
	p.do("restore", filepath.Join(p.dir, "afterwards.backup"), "--yes")
	p.do("case", "note", "GLO-26-0001", "--text", "what the backup has not")
	p.finds("backup", true, "1 commit since")
}

// An older version kept no more in mind of a backup than how far it goes.
func TestTheDoctorOnABackupOfAnOlderVersion(t *testing.T) {
	p := newPatient(t)
	note := func(position string) {
		writeFile(t, filepath.Join(p.store, "backup.json"), `{"path":"/b","host":"elsewhere","taken":"2026-10-01T09:00:00Z","position":`+position+`,"encrypted":false}`)
	}
	note("1")
	p.finds("backup", true, "1 commit since; /b on elsewhere")
	note("3")
	p.finds("backup", true, "has commits that are not in this log")
	writeFile(t, filepath.Join(p.store, "backup.json"), "{")
	p.finds("backup", false, "damage")
}

// The disk of a log that is kept elsewhere is not that of the server's folder.
func TestTheDoctorOnALogElsewhere(t *testing.T) {
	n := oneNATS(t)
	key := filepath.Join(t.TempDir(), "key")
	if err := users.WriteKey(key, natstest.Server, n.seeds[natstest.Server]); err != nil {
		t.Fatal(err)
	}
	p := newPatient(t)
	file := filepath.Join(p.dir, "move.backup")
	p.do("backup", "--to", file)
	p.do("restore", file, "--nats", n.url, "--creds", key)
	var out bytes.Buffer
	a := newTestApp(&out)
	a.store = filepath.Join(p.dir, "server")
	f := outsideFlags{url: n.url, creds: key, replicas: 1}
	if err := a.settleIn(t.Context(), f); err != nil {
		t.Fatal(err)
	}
	s, err := a.openStore(t.Context(), f.join)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}()
	rooms := 0
	for _, c := range s.examine(t.Context(), time.Now) {
		if !c.OK {
			t.Errorf("the doctor finds %+v", c)
		}
		switch c.Check {
		case "durable write":
			t.Errorf("a disk was tried on which the log is not: %s", c.Detail)
		case "room":
			rooms++
			if !strings.Contains(c.Detail, "for the views in "+a.store) || strings.Contains(c.Detail, "takes 0 bytes") {
				t.Errorf("room: %s", c.Detail)
			}
		}
	}
	if rooms != 1 {
		t.Errorf("%d times it is said how much room there is", rooms)
	}
}
