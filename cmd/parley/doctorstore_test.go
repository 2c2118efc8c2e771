package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/adapters/natstest"
	"parley/adapters/rpc"
	"parley/adapters/storedir"
	"parley/adapters/users"
)

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
