package storedir_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/adapters/storedir"
	"parley/events"
)

func TestAStoreThatIsBeingFilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	from := storedir.Filling{From: "parley-GLO-20261122T101500Z-p000123.backup"}
	fill := func() *storedir.Dir {
		d, err := storedir.Fill(t.Context(), path, gloucestershire, storedir.Claim{Command: "parley restore"}, from)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	d := fill()
	if _, err := storedir.Fill(t.Context(), path, gloucestershire, storedir.Claim{}, from); err == nil {
		t.Error("two processes fill it")
	}
	if err := d.MarkStreamCreated(); err != nil {
		t.Fatal(err)
	}
	block := filepath.Join("jetstream", "$G", "streams", "ES", "msgs", "1.blk")
	grow(t, path, block, "half of it")
	write(t, filepath.Join(path, "views.db"), "views")
	if err := d.Close(); err != nil { // cut short
		t.Fatal(err)
	}
	for name, open := range map[string]func() error{
		"open": func() error { _, err := storedir.Open(t.Context(), path, storedir.Claim{}); return err },
		"look": func() error { _, err := storedir.Look(path); return err },
		"create": func() error {
			_, err := storedir.Create(t.Context(), path, gloucestershire, storedir.Claim{})
			return err
		},
	} {
		err := open()
		want := storedir.ErrUnfinished
		if name == "create" {
			want = storedir.ErrExists
		}
		if !errors.Is(err, want) || name == "open" && !strings.Contains(err.Error(), from.From) {
			t.Errorf("%s: %v", name, err)
		}
	}
	write(t, filepath.Join(path, "letter.docx"), "Dear Sir")
	if _, err := storedir.Fill(t.Context(), path, gloucestershire, storedir.Claim{}, from); !errors.Is(err, storedir.ErrNotEmpty) {
		t.Errorf("with a letter beside it: %v", err)
	}
	if err := os.Rename(filepath.Join(path, "letter.docx"), filepath.Join(path, "restoring.json.new-1")); err != nil {
		t.Fatal(err)
	}
	d = fill()
	if _, err := os.Stat(filepath.Join(path, "jetstream")); !errors.Is(err, os.ErrNotExist) {
		t.Error("what the first attempt left is still there")
	}
	if d.Identity().StreamCreated || d.Mark() != (storedir.Mark{}) {
		t.Errorf("it begins as %+v at %v", d.Identity(), d.Mark())
	}
	mark := storedir.Mark{Position: 3, Hash: events.Hash{1}}
	if err := d.Filled(mark); err != nil {
		t.Fatal(err)
	}
	d = reopen(t, d)
	if d.Mark() != mark || d.Identity().Code != "GLO" {
		t.Errorf("reopened as %+v at %v", d.Identity(), d.Mark())
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := storedir.Fill(t.Context(), path, gloucestershire, storedir.Claim{}, from); !errors.Is(err, storedir.ErrExists) {
		t.Errorf("over a store: %v", err)
	}
	other := t.TempDir()
	write(t, filepath.Join(other, "letter.docx"), "Dear Sir")
	if _, err := storedir.Fill(t.Context(), other, gloucestershire, storedir.Claim{}, from); !errors.Is(err, storedir.ErrNotEmpty) {
		t.Errorf("among letters: %v", err)
	}
}

// TestAMarkerThatWasNotInPlace: a restore was killed before it had done anything.
func TestAMarkerThatWasNotInPlace(t *testing.T) {
	path := t.TempDir()
	write(t, filepath.Join(path, "restoring.json.new-123"), "{")
	d, err := storedir.Fill(t.Context(), path, gloucestershire, storedir.Claim{}, storedir.Filling{})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Filled(storedir.Mark{}); err != nil {
		t.Error(err)
	}
	if d = reopen(t, d); d.Mark() != (storedir.Mark{}) {
		t.Errorf("it has the mark %v", d.Mark())
	}
}

// TestAMarkerThatDoesNotRead: half a marker marks, too.
func TestAMarkerThatDoesNotRead(t *testing.T) {
	d := create(t)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(d.Path(), "restoring.json"), "{")
	if _, err := storedir.Open(t.Context(), d.Path(), storedir.Claim{}); !errors.Is(err, storedir.ErrUnfinished) {
		t.Errorf("opened: %v", err)
	}
}

func TestLogBytes(t *testing.T) {
	d := create(t)
	if n, err := d.LogBytes(); n != 0 || err != nil {
		t.Errorf("without a log: %d, %v", n, err)
	}
	grow(t, d.Path(), filepath.Join("jetstream", "$G", "streams", "ES", "msgs", "1.blk"), "four")
	if n, err := d.LogBytes(); n != 4 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

// grow writes a file in a folder of the store.
func grow(t *testing.T, root, name, holds string) {
	t.Helper()
	path := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, path, holds)
}
