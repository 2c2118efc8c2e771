package storedir_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/adapters/storedir"
)

// block writes a file of the log.
func block(t *testing.T, d *storedir.Dir, name, holds string) {
	t.Helper()
	file := filepath.Join(d.Path(), "jetstream", "$G", "streams", "ES", name)
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, file, holds)
}

func holds(t *testing.T, d *storedir.Dir, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(d.Path(), name))
	if err != nil {
		return "nothing: " + err.Error()
	}
	return string(data)
}

const (
	logged = "jetstream/$G/streams/ES/"
	copied = "before-open/"
)

func beforeOpen(t *testing.T, d *storedir.Dir) []string {
	t.Helper()
	c, err := d.BeforeOpen()
	if err != nil {
		t.Fatal(err)
	}
	return c.Contradicts
}

func TestTheCopyGrowsWithTheLog(t *testing.T) {
	d := create(t)
	if c := beforeOpen(t, d); len(c) != 0 {
		t.Errorf("without a log: %v", c)
	}
	block(t, d, "meta.inf", "settings")
	block(t, d, "msgs/1.blk", "one")
	block(t, d, "msgs/index.db", "an index")
	beforeOpen(t, d)
	block(t, d, "msgs/1.blk", "one two")
	block(t, d, "msgs/2.blk", strings.Repeat("three", 50_000))
	if c := beforeOpen(t, d); len(c) != 0 {
		t.Errorf("contradicts %v", c)
	}
	for name, want := range map[string]string{"meta.inf": "settings", "msgs/1.blk": "one two", "msgs/2.blk": strings.Repeat("three", 50_000)} {
		if got := holds(t, d, copied+name); got != want {
			t.Errorf("the copy of %s has %.40s", name, got)
		}
	}
	if _, err := os.Stat(filepath.Join(d.Path(), copied, "msgs", "index.db")); err == nil {
		t.Error("the index was copied")
	}
}

func TestTheCopyIsNotChangedWithTheLog(t *testing.T) {
	d := create(t)
	block(t, d, "msgs/1.blk", "one two")
	beforeOpen(t, d)
	if err := os.Truncate(filepath.Join(d.Path(), logged, "msgs", "1.blk"), 3); err != nil {
		t.Fatal(err)
	}
	if got := holds(t, d, copied+"msgs/1.blk"); got != "one two" {
		t.Errorf("cut where it lies, the copy has %q", got)
	}
}

func TestTheCopyIsLeftAloneWhereTheLogContradictsIt(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, d *storedir.Dir){
		"cut":       func(t *testing.T, d *storedir.Dir) { block(t, d, "msgs/1.blk", "one") },
		"rewritten": func(t *testing.T, d *storedir.Dir) { block(t, d, "msgs/1.blk", "onE two three") },
		"gone": func(t *testing.T, d *storedir.Dir) {
			if err := os.RemoveAll(filepath.Join(d.Path(), "jetstream")); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := create(t)
			block(t, d, "msgs/1.blk", "one two")
			beforeOpen(t, d)
			spoil(t, d)
			spoilt := holds(t, d, logged+"msgs/1.blk")
			for range 2 { // it stays so until somebody decides
				if c := beforeOpen(t, d); len(c) != 1 || c[0] != filepath.Join("msgs", "1.blk") {
					t.Errorf("contradicts %v", c)
				}
			}
			aside, err := d.Restore()
			if err != nil {
				t.Fatal(err)
			}
			if got := holds(t, d, logged+"msgs/1.blk"); got != "one two" {
				t.Errorf("put back: %q", got)
			}
			if name != "gone" {
				if got, err := os.ReadFile(filepath.Join(aside, "msgs", "1.blk")); err != nil || string(got) != spoilt {
					t.Errorf("set aside: %q, %v", got, err)
				}
			} else if aside != "" {
				t.Errorf("set aside %s", aside)
			}
			if c := beforeOpen(t, d); len(c) != 0 {
				t.Errorf("after putting back: %v", c)
			}
		})
	}
}

func TestASoundLogRenewsTheCopy(t *testing.T) {
	d := create(t)
	block(t, d, "msgs/1.blk", "one two half of thr")
	beforeOpen(t, d)
	block(t, d, "msgs/1.blk", "one two")
	if c := beforeOpen(t, d); len(c) != 1 {
		t.Errorf("contradicts %v", c)
	}
	if err := d.Renew(); err != nil {
		t.Fatal(err)
	}
	if c := beforeOpen(t, d); len(c) != 0 {
		t.Errorf("once renewed: %v", c)
	}
	if got := holds(t, d, copied+"msgs/1.blk"); got != "one two" {
		t.Errorf("the copy has %q", got)
	}
	if got := holds(t, d, "before-open.replaced/msgs/1.blk"); got != "one two half of thr" {
		t.Errorf("the copy that was replaced has %q", got)
	}
}

func TestNothingToPutBack(t *testing.T) {
	d := create(t)
	block(t, d, "msgs/1.blk", "one")
	if _, err := d.Restore(); err == nil {
		t.Error("it put something back")
	}
	if got := holds(t, d, logged+"msgs/1.blk"); got != "one" {
		t.Errorf("the log has %q", got)
	}
}
