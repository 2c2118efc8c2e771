package events

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// goldenFacts returns the stored facts of the golden files.
func goldenFacts(f *testing.F) [][]byte {
	f.Helper()
	paths, err := filepath.Glob(filepath.Join(goldenDir, "*.json"))
	if err != nil || len(paths) == 0 {
		f.Fatalf("no golden files: %v", err)
	}
	var stored [][]byte
	for _, path := range paths {
		fact, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		stored = append(stored, bytes.TrimSpace(fact))
	}
	return stored
}

// list returns these stored facts as the events of one commit.
func list(facts ...[]byte) []byte {
	return append(append([]byte("["), bytes.Join(facts, []byte(","))...), ']')
}

// FuzzDecode reads any bytes as a commit.
func FuzzDecode(f *testing.F) {
	for _, fact := range goldenFacts(f) {
		f.Add(forged(f, list(fact)))
	}
	f.Add(sealed(f, small()).Stored)
	f.Fuzz(func(t *testing.T, stored []byte) {
		c, err := Decode(stored)
		if err != nil {
			if errors.Is(err, ErrDamaged) == errors.Is(err, ErrNewer) {
				t.Fatalf("neither or both of damaged and newer: %v", err)
			}
			return
		}
		again, err := Seal(c)
		if err != nil {
			t.Fatalf("it reads but cannot be sealed: %v", err)
		}
		if again.Hash != c.Hash {
			t.Errorf("it reads but its hash becomes %s:\n%s\n%s", again.Hash, stored, again.Stored)
		}
	})
}

// FuzzFacts reads any bytes as the events of a commit whose digest and hash are
// right, so that it gets past them to the facts themselves.
func FuzzFacts(f *testing.F) {
	facts := goldenFacts(f)
	for _, fact := range facts {
		f.Add(list(fact))
	}
	f.Add(list(facts...))
	f.Fuzz(func(t *testing.T, stored []byte) {
		c, err := Decode(forged(t, stored))
		if err != nil {
			if errors.Is(err, ErrDamaged) == errors.Is(err, ErrNewer) {
				t.Fatalf("neither or both of damaged and newer: %v", err)
			}
			return
		}
		again, err := Seal(c)
		if err != nil {
			t.Fatalf("it reads but cannot be sealed: %v", err)
		}
		got, err := Decode(again.Stored)
		if err != nil {
			t.Fatalf("sealed again it does not read: %v", err)
		}
		same(t, again.Commit, got)
		same(t, c.Facts, got.Facts)
	})
}
