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
	"parley/adapters/natstest"
	"parley/adapters/rpc"
	"parley/adapters/storedir"
	"parley/adapters/users"
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

func TestTheDoctorOnTheDisk(t *testing.T) {
	const ms, µs = time.Millisecond, time.Microsecond
	for name, c := range map[string]struct {
		disk storedir.Disk
		want string // what is wrong
	}{
		"a disk":                  {storedir.Disk{Durable: 4 * ms, Loose: 2 * µs}, ""},
		"a fast one":              {storedir.Disk{Durable: 60 * µs, Loose: 2 * µs}, ""},
		"memory":                  {storedir.Disk{Durable: 4 * ms, Loose: 2 * µs, Kind: "in memory"}, "on a disk in memory"},
		"a share":                 {storedir.Disk{Durable: 4 * ms, Loose: 2 * µs, Kind: "network"}, "on a network share"},
		"one that forces nothing": {storedir.Disk{Durable: 3 * µs, Loose: 2 * µs}, "takes 3 µs, and one that is not 2 µs"},
	} {
		err := unfitDisk(c.disk)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A store that counts on a disk in memory is told so, and a rehearsal is not.
func TestTheDoctorOnAStoreInMemory(t *testing.T) {
	dir, err := os.MkdirTemp("/dev/shm", "parley-test-")
	if err != nil {
		t.Skipf("there is no disk in memory: %v", err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	for name, flags := range map[string][]string{"real": nil, "rehearsal": {"--rehearsal"}} {
		p := &patient{t: t, store: filepath.Join(dir, name), now: time.Now()}
		p.do(append(words("init --lmc 'Gloucestershire LMC' --code GLO --actor jo"), flags...)...)
		if name == "real" {
			p.finds("durable write", false, "the store is on a disk in memory: it is gone when the machine stops")
		} else {
			p.finds("durable write", true, "for a rehearsal that will do")
		}
	}
}

func TestTheDoctorOnALogThatTakesMostOfTheDisk(t *testing.T) {
	p := newPatient(t)
	a := newTestApp(&bytes.Buffer{})
	a.store = p.store
	s, err := a.openWithoutViews(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}()
	room := func() rpc.Check {
		var checks checkList
		s.checkRoom(t.Context(), &checks)
		return checks[0]
	}
	if got := room(); !got.OK || !strings.Contains(got.Detail, "are free; the log takes") {
		t.Errorf("of a small log: %+v", got)
	}
	free, err := storedir.FreeBytes(p.store)
	if err != nil {
		t.Fatal(err)
	}
	large := filepath.Join(p.store, "jetstream", "$G", "streams", "ES", "large") // and has nothing in it
	writeFile(t, large, "")
	defer func() {
		if err := os.Remove(large); err != nil {
			t.Error(err)
		}
	}()
	if err := os.Truncate(large, int64(free)+1<<30); err != nil {
		t.Skipf("this disk has no files with holes: %v", err)
	}
	if got := room(); got.OK || !strings.HasSuffix(got.Detail, ": make room") {
		t.Errorf("of a large log: %+v", got)
	}
}

// That the clock was set back is not lost sight of when it is right again.
func TestTheDoctorOnAClockThatWasSetBack(t *testing.T) {
	p := newPatient(t)
	open := func(day int) {
		p.now = time.Date(2026, 10, day, 9, 0, 0, 0, time.UTC)
		p.do(words("case open --icb QR1 --service ecg --title ECGs")...)
	}
	open(20)
	p.finds("clock", true, "Tue 20 Oct 2026 10:00")
	open(10)
	p.finds("clock", false, "the clock is behind what was last recorded, at Tue 20 Oct 2026 10:00: set it right")
	open(11) // which is still that once
	open(21)
	p.finds("clock", true, "commits were recorded it was set back once")
	open(15)
	open(22)
	p.finds("clock", true, "commits were recorded it was set back 2 times")
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
