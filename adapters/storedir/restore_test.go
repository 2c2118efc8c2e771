package storedir_test

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/adapters/storedir"
	"parley/events"
)

// long is a block in whose middle something can change that is far from its end.
var long = "first" + strings.Repeat(".", 200) + "last"

func makeGood(t *testing.T, d *storedir.Dir) storedir.PutBack {
	t.Helper()
	p, err := d.MakeGood()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// kept returns the logs that were set aside or are kept to be.
func kept(t *testing.T, d *storedir.Dir) []string {
	t.Helper()
	var all []string
	for _, pattern := range []string{"damaged-*", "doubted*"} {
		found, err := filepath.Glob(filepath.Join(d.Path(), pattern))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	return all
}

func TestTheCopyHasWhatWasRecordedLast(t *testing.T) {
	d := create(t)
	block(t, d, "msgs/1.blk", "one")
	beforeOpen(t, d)
	block(t, d, "msgs/1.blk", "one two")
	if c, err := d.KeepUp(); err != nil || len(c.Contradicts) != 0 {
		t.Fatal(c, err)
	}
	if got := holds(t, d, copied+"msgs/1.blk"); got != "one two" {
		t.Errorf("the copy has %q", got)
	}
	block(t, d, "msgs/1.blk", "oNe two three")
	if c, err := d.KeepUp(); err != nil || len(c.Contradicts) != 1 {
		t.Errorf("contradicts %v, %v", c, err)
	}
	if got := holds(t, d, copied+"msgs/1.blk"); got != "one two" || len(kept(t, d)) != 0 {
		t.Errorf("the copy has %q, and %v is kept", got, kept(t, d))
	}
}

func TestMakeGoodComparesEveryByte(t *testing.T) {
	d := create(t)
	if p := makeGood(t, d); p.Done {
		t.Errorf("without a log and a copy: %+v", p)
	}
	block(t, d, "msgs/1.blk", long)
	beforeOpen(t, d)
	if p := makeGood(t, d); p.Done || len(kept(t, d)) != 0 {
		t.Errorf("the same twice: %+v", p)
	}
	flipped := "fIrst" + long[5:]
	block(t, d, "msgs/1.blk", flipped)
	p := makeGood(t, d)
	if got := holds(t, d, logged+"msgs/1.blk"); got != long || !p.Done {
		t.Errorf("%+v: %q", p, got)
	}
	if got, err := os.ReadFile(filepath.Join(p.Aside, "msgs", "1.blk")); err != nil || string(got) != flipped {
		t.Errorf("set aside: %q, %v", got, err)
	}
}

// What the log has beyond its copy is put back too, where it goes on from it.
func TestTheEndOfADamagedLogIsPutBack(t *testing.T) {
	for name, c := range map[string]struct {
		first, second string // the damaged log's blocks
		want          string
		wantSecond    bool
		wantShort     bool
	}{
		"changed at the beginning": {"fIrst" + long[5:] + " and more", "second", long + " and more", true, false},
		"changed at the seam":      {long[:len(long)-4] + "lAst and more", "second", long, false, true},
		"cut":                      {"first", "second", long, false, true},
		"cut, and no more":         {"first", "", long, false, false},
		"cut, and written again":   {"first" + strings.Repeat("!", 300), "", long, false, true},
		"only a block more":        {"fIrst" + long[5:], "second", long, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			d := create(t)
			block(t, d, "msgs/1.blk", long)
			beforeOpen(t, d)
			block(t, d, "msgs/1.blk", c.first)
			if c.second != "" {
				block(t, d, "msgs/2.blk", c.second)
			}
			p := makeGood(t, d)
			if got := holds(t, d, logged+"msgs/1.blk"); got != c.want || !p.Done || p.Short != c.wantShort {
				t.Errorf("%+v, put back: %q", p, got)
			}
			if got := holds(t, d, logged+"msgs/2.blk"); c.second != "" && (got == c.second) != c.wantSecond {
				t.Errorf("of the second block there is %q", got)
			}
			if got, err := os.ReadFile(filepath.Join(p.Aside, "msgs", "1.blk")); err != nil || string(got) != c.first {
				t.Errorf("set aside: %q, %v", got, err)
			}
		})
	}
}

// A log that contradicts its copy is kept as it is before a server opens it and
// cuts it, and what is put back is made of that.
func TestADoubtedLogIsKeptBeforeItIsOpened(t *testing.T) {
	d := create(t)
	block(t, d, "msgs/1.blk", long)
	beforeOpen(t, d)
	damaged := "fIrst" + long[5:] + " and more"
	block(t, d, "msgs/1.blk", damaged)
	for range 2 { // the first is cut short
		if c := beforeOpen(t, d); len(c) != 1 {
			t.Errorf("contradicts %v", c)
		}
		block(t, d, "msgs/1.blk", "cut") // by the server
	}
	p := makeGood(t, d)
	if got := holds(t, d, logged+"msgs/1.blk"); got != long+" and more" || !p.Done {
		t.Errorf("%+v, put back: %q", p, got)
	}
	if got, err := os.ReadFile(filepath.Join(p.Aside, "msgs", "1.blk")); err != nil || string(got) != damaged {
		t.Errorf("set aside: %q, %v", got, err)
	}
	if c := beforeOpen(t, d); len(c) != 0 || len(kept(t, d)) != 1 {
		t.Errorf("contradicts %v, kept %v", c, kept(t, d))
	}
}

func TestADoubtedLogIsLetGoOnceTheLogIsSound(t *testing.T) {
	d := create(t)
	block(t, d, "msgs/1.blk", "one two half of thr")
	beforeOpen(t, d)
	block(t, d, "msgs/1.blk", "one two")
	beforeOpen(t, d)
	if len(kept(t, d)) != 1 {
		t.Errorf("kept: %v", kept(t, d))
	}
	if err := d.Renew(); err != nil || len(kept(t, d)) != 0 {
		t.Errorf("kept: %v, %v", kept(t, d), err)
	}
}

// Somebody put another folder in the place of the log: what was kept stays.
func TestADoubtedLogIsSetAsideWhereTheLogIsAnother(t *testing.T) {
	d := create(t)
	block(t, d, "msgs/1.blk", long)
	beforeOpen(t, d)
	block(t, d, "msgs/1.blk", "damaged")
	beforeOpen(t, d)
	block(t, d, "msgs/1.blk", long)
	beforeOpen(t, d)
	all := kept(t, d)
	if len(all) != 1 || !strings.Contains(all[0], "damaged-") {
		t.Fatalf("kept: %v", all)
	}
	if got, err := os.ReadFile(filepath.Join(all[0], "msgs", "1.blk")); err != nil || string(got) != "damaged" {
		t.Errorf("set aside: %q, %v", got, err)
	}
}

// A log that is no more than the beginning of its copy, as a server leaves one that
// it cuts each time that it opens it, is set aside the first time alone.
func TestWhatIsCutAgainIsNotSetAsideAgain(t *testing.T) {
	d := create(t)
	block(t, d, "msgs/1.blk", long)
	beforeOpen(t, d)
	for n := range 3 {
		block(t, d, "msgs/1.blk", "first")
		if p := makeGood(t, d); !p.Done || (p.Aside != "") != (n == 0) || holds(t, d, logged+"msgs/1.blk") != long {
			t.Errorf("time %d: %+v", n+1, p)
		}
		if err := errors.Join(d.NoteDamage(storedir.Damage{What: "cut"}), d.NoteBecame("put back")); err != nil {
			t.Fatal(err)
		}
	}
	block(t, d, "msgs/1.blk", "fIrst")
	if p := makeGood(t, d); p.Aside == "" {
		t.Errorf("what the copy has not is gone: %+v", p)
	}
}

// The same of an encrypted log, of which nothing is left but a block that was begun
// and its key.
func TestACutEncryptedLogIsNotSetAsideAgain(t *testing.T) {
	d := create(t)
	block(t, d, "msgs/1.blk", long)
	block(t, d, "msgs/1.key", "key of 1")
	beforeOpen(t, d)
	for n := range 3 {
		for _, name := range []string{"msgs/1.blk", "msgs/1.key"} {
			if err := os.Remove(filepath.Join(d.Path(), logged, name)); err != nil {
				t.Fatal(err)
			}
		}
		block(t, d, "msgs/2.blk", "")
		block(t, d, "msgs/2.key", "key of 2")
		if p := makeGood(t, d); !p.Done || p.Short || (p.Aside != "") != (n == 0) || holds(t, d, logged+"msgs/1.blk") != long {
			t.Errorf("time %d: %+v", n+1, p)
		}
		if err := errors.Join(d.NoteDamage(storedir.Damage{What: "cut"}), d.NoteBecame("put back")); err != nil {
			t.Fatal(err)
		}
	}
}

// What a server does not come to an end with is named, with where it is.
func TestBlocksAreChecked(t *testing.T) {
	message := func(length uint32, position uint64) string {
		head := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint32(nil, length), position)
		return string(head) + strings.Repeat("x", 30-len(head))
	}
	for name, c := range map[string]struct{ holds, want string }{
		"sound":                {message(30, 1) + message(30|1<<31, 2), ""},
		"one is gone":          {message(30, 1) + message(30, 2|1<<63) + message(30, 3), ""},
		"one before is gone":   {message(30, 7) + message(30, 3|1<<62) + message(30, 8), ""},
		"all before are gone":  {message(30, 7|1<<62) + message(30, 8), ""},
		"a position far ahead": {message(30, 1) + message(30, 2|1<<40), "at byte 30 of"},
		"the first far ahead":  {message(30, 1|1<<40), "at byte 0 of"},
		"no length":            {message(3, 1), "at byte 0 of"},
		"cut in a head":        {message(30, 1)[:12], "in the middle of a message, at byte 0"},
		"cut in a message":     {message(30, 1) + message(30, 2)[:25], "in the middle of a message, at byte 30"},
	} {
		d := create(t)
		block(t, d, "msgs/1.blk", c.holds)
		err := d.CheckBlocks()
		if c.want == "" && err != nil || c.want != "" && (!errors.Is(err, events.ErrDamaged) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
