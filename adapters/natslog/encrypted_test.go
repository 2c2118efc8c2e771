package natslog_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"parley/adapters/logtest"
	"parley/adapters/natsd"
	"parley/adapters/natslog"
	"parley/adapters/storedir"
	"parley/events"
)

// sealedStore makes an encrypted store with commits of three sessions, opened
// and closed as commands do, and returns its folder and what is in it.
func sealedStore(t *testing.T, k *natsd.Key) (string, events.History) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "store")
	id := identity
	id.Sealed = k.Seal()
	dir, err := storedir.Create(t.Context(), path, id, storedir.Claim{})
	if err != nil {
		t.Fatal(err)
	}
	var h events.History
	for session := range 3 {
		if session > 0 {
			if dir, err = storedir.Open(t.Context(), path, storedir.Claim{}); err != nil {
				t.Fatal(err)
			}
		}
		s, l := openSealed(t, dir, k)
		for range 20 {
			var last events.Recorded
			if len(h) > 0 {
				last = h[len(h)-1]
			}
			c := logtest.Next(t, events.Case("GLO-26-0001"), last, "sam", "the mandate is confidential")
			position, err := l.Append(t.Context(), c, last.Position)
			if err != nil {
				t.Fatal(err)
			}
			h = append(h, events.Recorded{Commit: c.Commit, Position: position})
		}
		if err := errors.Join(dir.SetMark(storedir.Mark(l.Seen())), s.Stop()); err != nil {
			t.Fatal(err)
		}
		if copied, err := dir.KeepUp(); err != nil || len(copied.Contradicts) > 0 {
			t.Fatalf("session %d: the log contradicts its copy in %v: %v", session, copied.Contradicts, err)
		}
		if err := dir.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return path, h
}

// openSealed opens the log of an encrypted store that agrees with its copy.
func openSealed(t *testing.T, dir *storedir.Dir, k *natsd.Key) (*natsd.Server, *natslog.Log) {
	t.Helper()
	if copied, err := dir.BeforeOpen(); err != nil || len(copied.Contradicts) > 0 {
		t.Fatalf("the log contradicts its copy in %v: %v", copied.Contradicts, err)
	}
	s, err := natsd.Start(t.Context(), natsd.Config{Dir: dir.Path(), Name: "test", Key: k, Sealed: dir.Identity().Sealed})
	if err != nil {
		t.Fatal(err)
	}
	return s, open(t, s, natslog.Guard{
		Existed: dir.Identity().StreamCreated, Mark: natslog.Mark(dir.Mark()), Begun: dir.MarkStreamCreated, Alive: s.Alive(),
	})
}

// contents returns the bytes of every file of a folder.
func contents(t *testing.T, path string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(path, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		all[name] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestAnEncryptedStoreIsGuardedAsAPlainOne: nothing in its folder can be read, its
// copy follows it, and a log of which some bytes were changed is put right from that.
func TestAnEncryptedStoreIsGuardedAsAPlainOne(t *testing.T) {
	k := natsd.NewKey()
	path, h := sealedStore(t, k)
	for name, data := range contents(t, path) {
		if bytes.Contains([]byte(data), []byte("confidential")) || bytes.Contains([]byte(data), []byte("GLO-26-0001")) {
			t.Errorf("%s can be read", name)
		}
	}
	block := filepath.Join(path, "jetstream", "$G", "streams", "ES", "msgs", "1.blk")
	data, err := os.ReadFile(block)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 700 { // more than a commit: what they hold cannot be seen from outside
		data[len(data)/2+i] ^= 1
	}
	if err := os.WriteFile(block, data, 0o600); err != nil {
		t.Fatal(err)
	}
	dir, err := storedir.Open(t.Context(), path, storedir.Claim{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := natsd.Start(t.Context(), natsd.Config{Dir: path, Name: "test", Key: k, Sealed: dir.Identity().Sealed})
	if err != nil {
		t.Fatal(err)
	}
	l, err := natslog.Open(t.Context(), s.Conn(), natslog.Guard{Existed: true, Mark: natslog.Mark(dir.Mark())})
	if err == nil {
		if r := logtest.Audit(t, l); r.OK() {
			t.Error("changed bytes go unnoticed")
		}
	} else if !errors.Is(err, events.ErrDamaged) {
		t.Errorf("opened with %v", err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if back, err := dir.MakeGood(); err != nil || !back.Done {
		t.Fatalf("it was made good as %+v: %v", back, err)
	}
	s, l = openSealed(t, dir, k)
	mustHold(t, l, []events.History{h})
	if err := errors.Join(s.Stop(), dir.Close()); err != nil {
		t.Error(err)
	}
}

// TestOpeningWithAWrongKeyChangesNoByte, opened in the order in which commands do.
func TestOpeningWithAWrongKeyChangesNoByte(t *testing.T) {
	k := natsd.NewKey()
	path, h := sealedStore(t, k)
	before := contents(t, path)
	for _, wrong := range []*natsd.Key{nil, natsd.NewKey()} {
		dir, err := storedir.Open(t.Context(), path, storedir.Claim{})
		if err != nil {
			t.Fatal(err)
		}
		config := natsd.Config{Dir: path, Name: "test", Key: wrong, Sealed: dir.Identity().Sealed}
		if err := config.Check(); !errors.Is(err, natsd.ErrWrongKey) && !errors.Is(err, natsd.ErrNeedsKey) {
			t.Errorf("the check says %v", err)
		}
		if _, err := natsd.Start(t.Context(), config); !errors.Is(err, natsd.ErrWrongKey) && !errors.Is(err, natsd.ErrNeedsKey) {
			t.Errorf("it starts with %v", err)
		}
		if err := dir.Close(); err != nil {
			t.Fatal(err)
		}
		after := contents(t, path)
		for name, data := range before {
			if after[name] != data {
				t.Errorf("%s is not what it was", name)
			}
		}
		if len(after) != len(before) {
			t.Errorf("there are %d files, and were %d", len(after), len(before))
		}
	}
	dir, err := storedir.Open(t.Context(), path, storedir.Claim{})
	if err != nil {
		t.Fatal(err)
	}
	s, l := openSealed(t, dir, k)
	mustHold(t, l, []events.History{h})
	if err := errors.Join(s.Stop(), dir.Close()); err != nil {
		t.Error(err)
	}
}
