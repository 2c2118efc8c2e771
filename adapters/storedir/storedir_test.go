package storedir_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"parley/adapters/storedir"
	"parley/events"
)

var gloucestershire = storedir.Identity{
	LMC: "Gloucestershire LMC", Code: "GLO", Actor: "sam", Created: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC),
}

func create(t *testing.T) *storedir.Dir {
	t.Helper()
	d, err := storedir.Create(t.Context(), filepath.Join(t.TempDir(), "store"), gloucestershire, storedir.Claim{Command: "parley init"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func reopen(t *testing.T, d *storedir.Dir) *storedir.Dir {
	t.Helper()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := storedir.Open(t.Context(), d.Path(), storedir.Claim{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = again.Close() })
	return again
}

func TestIdentityIsKept(t *testing.T) {
	d := create(t)
	if err := d.MarkStreamCreated(); err != nil {
		t.Fatal(err)
	}
	want := gloucestershire
	want.Format, want.StreamCreated = 1, true
	if got := reopen(t, d).Identity(); got != want {
		t.Errorf("reopened as %+v", got)
	}
}

// A process that is killed as it begins a store leaves what it was writing.
func TestCreateWhereAnotherWasKilled(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"lock", "holder.json", "holder.json.new", "store.json.new-123"} {
		write(t, filepath.Join(dir, name), "")
	}
	d, err := storedir.Create(t.Context(), dir, gloucestershire, storedir.Claim{})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestCreateRefuses(t *testing.T) {
	d := create(t)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := storedir.Create(t.Context(), d.Path(), gloucestershire, storedir.Claim{}); !errors.Is(err, storedir.ErrExists) {
		t.Errorf("a store on a store: %v", err)
	}
	other := t.TempDir()
	write(t, filepath.Join(other, "letter.docx"), "Dear Sir")
	if _, err := storedir.Create(t.Context(), other, gloucestershire, storedir.Claim{}); !errors.Is(err, storedir.ErrNotEmpty) || !strings.Contains(err.Error(), "letter.docx") {
		t.Errorf("a store among letters: %v", err)
	}
	if left, _ := os.ReadDir(other); len(left) != 1 {
		t.Errorf("it left %v", left)
	}
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "")
	if _, err := storedir.Create(t.Context(), file, gloucestershire, storedir.Claim{}); err == nil {
		t.Error("a store in a file")
	}
}

func TestOpenRefuses(t *testing.T) {
	if _, err := storedir.Open(t.Context(), t.TempDir(), storedir.Claim{}); !errors.Is(err, storedir.ErrNoStore) {
		t.Errorf("an empty folder: %v", err)
	}
	for _, bad := range []struct {
		file, holds string
		want        error
	}{
		{"store.json", `{"format":2,"novelty":true}`, events.ErrNewer},
		{"store.json", `{"format":1,"code":"GLO","created":"2026-11-22T09:00:00Z","surprise":1}`, events.ErrDamaged},
		{"store.json", `{"format":1,"lmc":"Gloucestershire LMC"}`, events.ErrDamaged},
		{"store.json", `{"format":1,"code":"GLO","cre`, events.ErrDamaged},
		{"store.json", ``, events.ErrDamaged},
		{"store.json", "\x00\x00\x00\x00", events.ErrDamaged},
		{"highwater.json", `{"position":7,"hash":""}`, events.ErrDamaged},
		{"highwater.json", `{"position":0,"hash":"` + strings.Repeat("ab", 32) + `"}`, events.ErrDamaged},
		{"highwater.json", `{"position":-7,"hash":"` + strings.Repeat("ab", 32) + `"}`, events.ErrDamaged},
		{"highwater.json", `{"position":7,"hash":"abc"}`, events.ErrDamaged},
		{"highwater.json", ``, events.ErrDamaged},
	} {
		d := create(t)
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(d.Path(), bad.file), bad.holds)
		_, err := storedir.Open(t.Context(), d.Path(), storedir.Claim{})
		if !errors.Is(err, bad.want) || !strings.Contains(err.Error(), d.Path()) {
			t.Errorf("%s with %q: %v", bad.file, bad.holds, err)
		}
		if _, err := storedir.Open(t.Context(), d.Path(), storedir.Claim{}); !errors.Is(err, bad.want) {
			t.Errorf("once more, as the lock was let go: %v", err)
		}
	}
}

func TestUnwritableFolder(t *testing.T) {
	if os.Geteuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("this user may write everywhere")
	}
	closed := t.TempDir()
	if err := os.Chmod(closed, 0o500); err != nil {
		t.Fatal(err)
	}
	if _, err := storedir.Create(t.Context(), filepath.Join(closed, "store"), gloucestershire, storedir.Claim{}); !errors.Is(err, os.ErrPermission) {
		t.Errorf("within a closed folder: %v", err)
	}
	if _, err := storedir.Create(t.Context(), closed, gloucestershire, storedir.Claim{}); !errors.Is(err, os.ErrPermission) {
		t.Errorf("in a closed folder: %v", err)
	}
}

func TestOneProcessAtATime(t *testing.T) {
	d := create(t)
	_, err := storedir.Open(t.Context(), d.Path(), storedir.Claim{Command: "parley case show", Wait: 50 * time.Millisecond})
	held, ok := errors.AsType[*storedir.HeldError](err)
	if !ok || held.Holder.PID != os.Getpid() || held.Dir != d.Path() {
		t.Fatalf("the second got %v", err)
	}
	if !strings.Contains(err.Error(), "in use by parley init (process ") || !strings.Contains(err.Error(), ", since ") {
		t.Errorf("it is told: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := storedir.Open(ctx, d.Path(), storedir.Claim{Wait: time.Hour}); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if err := os.Remove(filepath.Join(d.Path(), "holder.json")); err != nil {
		t.Fatal(err)
	}
	if _, err := storedir.Open(t.Context(), d.Path(), storedir.Claim{}); err == nil || !strings.Contains(err.Error(), "in use by another process") {
		t.Errorf("with a holder that has not said who it is: %v", err)
	}
}

func TestTheSecondWaitsForTheFirst(t *testing.T) {
	d := create(t)
	second := make(chan error)
	go func() {
		again, err := storedir.Open(t.Context(), d.Path(), storedir.Claim{Wait: time.Minute})
		if err == nil {
			err = again.Close()
		}
		second <- err
	}()
	time.Sleep(60 * time.Millisecond) // so that it has to wait; it passes either way
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-second; err != nil {
		t.Error(err)
	}
}

func TestAFileOfAKilledHolderIsNoObstacle(t *testing.T) {
	d := create(t)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(d.Path(), "lock"), "")
	write(t, filepath.Join(d.Path(), "holder.json"), `{"pid":1,"host":"elsewhere","command":"parley tour","since":"2026-11-22T10:32:00Z"}`)
	again, err := storedir.Open(t.Context(), d.Path(), storedir.Claim{Command: "parley doctor"})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if _, err := storedir.Open(t.Context(), d.Path(), storedir.Claim{}); err == nil || !strings.Contains(err.Error(), "parley doctor") {
		t.Errorf("the next is told: %v", err)
	}
}

func TestTheMarkNeverGoesBack(t *testing.T) {
	d := create(t)
	if d.Mark() != (storedir.Mark{}) {
		t.Errorf("a new store has the mark %v", d.Mark())
	}
	seventh := storedir.Mark{Position: 7, Hash: events.Hash{1}}
	if err := d.SetMark(seventh); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []storedir.Mark{{Position: 6, Hash: events.Hash{1}}, {Position: 7, Hash: events.Hash{2}}, {}, {Position: 8}} {
		if err := d.SetMark(bad); err == nil {
			t.Errorf("it went to %v", bad)
		}
	}
	if got := reopen(t, d).Mark(); got != seventh {
		t.Errorf("reopened with %v", got)
	}
}

func write(t *testing.T, file, holds string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(holds), 0o600); err != nil {
		t.Fatal(err)
	}
}

// A letter that is another in what the store says of itself is noticed; a file
// without a checksum, as older versions wrote it, is taken as it is.
func TestEveryLetterOfAnIdentityCounts(t *testing.T) {
	d := create(t)
	file := filepath.Join(d.Path(), "store.json")
	holds, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := range holds {
		for bit := range 8 {
			harmed := bytes.Clone(holds)
			harmed[i] ^= 1 << bit
			write(t, file, string(harmed))
			if id, err := storedir.Look(d.Path()); err == nil && id != d.Identity() {
				t.Errorf("bit %d of byte %d: %+v", bit, i, id)
			}
		}
	}
	lines := strings.SplitAfter(string(holds), "\n")
	without := slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return strings.Contains(line, `"sum"`) })
	if len(without) != len(lines)-1 {
		t.Fatalf("there is no line with a checksum in %s", holds)
	}
	write(t, file, strings.Join(without, ""))
	if id, err := storedir.Look(d.Path()); err != nil || id != d.Identity() {
		t.Errorf("with that line taken out, as the message says: %+v, %v", id, err)
	}
}
