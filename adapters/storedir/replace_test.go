package storedir_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"parley/adapters/storedir"
	"parley/events"
)

// filled makes a whole store in a new folder.
func filled(t *testing.T, path string) {
	t.Helper()
	d, err := storedir.Fill(t.Context(), path, gloucestershire, storedir.Claim{}, storedir.Filling{From: "a backup"})
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(path, "jetstream", "new"), "the new log")
	if err := errors.Join(d.Filled(storedir.Mark{}), d.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestAStoreGivesWayToAnother(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	filled(t, path)
	write(t, filepath.Join(path, "jetstream", "new"), "the old log")
	for name, text := range map[string]string{
		"views.db": "v", "reminder.json": "r", "damage.json": "d", "damaged-20261122-101500.000/1.blk": "b",
		"alerts.toml": "settings", "secrets/mail": "password",
	} {
		write(t, filepath.Join(path, filepath.FromSlash(name)), text)
	}
	if err := errors.Join(os.Chmod(filepath.Join(path, "secrets", "mail"), 0o400), os.Symlink("alerts.toml", filepath.Join(path, "link"))); err != nil {
		t.Fatal(err)
	}
	if !storedir.Holds(path) {
		t.Error("it holds no store")
	}
	h, err := storedir.TakeHold(t.Context(), path, storedir.Claim{Command: "parley restore"})
	if err != nil {
		t.Fatal(err)
	}
	var held *storedir.HeldError
	if _, err := storedir.TakeHold(t.Context(), path, storedir.Claim{}); !errors.As(err, &held) || held.Holder.Command != "parley restore" {
		t.Errorf("a second one: %v", err)
	}
	waited := make(chan error, 1)
	go func() { // somebody who waits gets the store that is there by then
		d, err := storedir.Open(context.Background(), path, storedir.Claim{Wait: time.Minute})
		if err == nil {
			err = d.SetMark(storedir.Mark{Position: 9, Hash: events.Hash{1}})
			err = errors.Join(err, d.Close())
		}
		waited <- err
	}()
	time.Sleep(100 * time.Millisecond)
	fresh := path + ".restoring"
	filled(t, fresh)
	aside, err := h.GiveWay(fresh)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-waited; err != nil {
		t.Error(err)
	}
	for file, want := range map[string]string{
		filepath.Join(path, "jetstream", "new"): "the new log", filepath.Join(path, "alerts.toml"): "settings",
		filepath.Join(path, "secrets", "mail"): "password", filepath.Join(path, "link"): "settings",
		filepath.Join(aside, "jetstream", "new"): "the old log", filepath.Join(aside, "views.db"): "v", filepath.Join(aside, "alerts.toml"): "settings",
	} {
		if got, err := os.ReadFile(file); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", file, got, err)
		}
	}
	if info, err := os.Stat(filepath.Join(path, "secrets", "mail")); err != nil || info.Mode().Perm() != 0o400 {
		t.Errorf("the secret: %v, %v", info.Mode(), err)
	}
	for _, name := range []string{"views.db", "reminder.json", "damage.json", "damaged-20261122-101500.000"} {
		if _, err := os.Lstat(filepath.Join(path, name)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s came along: %v", name, err)
		}
	}
	if !strings.HasPrefix(aside, path+".before-restore-") {
		t.Errorf("set aside in %s", aside)
	}
	if _, err := os.Stat(filepath.Join(aside, "highwater.json")); err == nil {
		t.Error("who waited worked on the folder that was set aside")
	}
}

func TestWhatHoldsAStore(t *testing.T) {
	for name, want := range map[string]bool{"store.json": true, "highwater.json": true, "jetstream/x": true, "before-open/x": true, "letter.docx": false, "lock": false} {
		path := t.TempDir()
		write(t, filepath.Join(path, filepath.FromSlash(name)), "{}")
		if got := storedir.Holds(path); got != want {
			t.Errorf("%s: %t", name, got)
		}
		write(t, filepath.Join(path, "restoring.json"), "{}")
		if storedir.Holds(path) {
			t.Errorf("%s, unfinished: it holds a store", name)
		}
	}
	if storedir.Holds(filepath.Join(t.TempDir(), "nothing")) {
		t.Error("nothing holds a store")
	}
	if _, err := storedir.TakeHold(t.Context(), filepath.Join(t.TempDir(), "nothing"), storedir.Claim{}); !errors.Is(err, storedir.ErrNoStore) {
		t.Errorf("%v", err)
	}
}

func TestTheLastBackupIsKeptInMind(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	filled(t, path)
	d, err := storedir.Open(t.Context(), path, storedir.Claim{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if _, known, err := d.LastBackup(); known || err != nil {
		t.Errorf("%t, %v", known, err)
	}
	b := storedir.Backup{Path: "/b", Host: "h", Taken: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), Position: 7, Hash: events.Hash{7}, Encrypted: true}
	if err := d.NoteBackup(b); err != nil {
		t.Fatal(err)
	}
	if got, known, err := d.LastBackup(); got != b || !known || err != nil {
		t.Errorf("%+v, %t, %v", got, known, err)
	}
	write(t, filepath.Join(path, "backup.json"), "{")
	if _, _, err := d.LastBackup(); err == nil {
		t.Error("half a note is taken")
	}
	disk, err := d.TryDisk()
	if err != nil || disk.Durable <= 0 || disk.Slowest < disk.Durable || disk.Loose <= 0 {
		t.Errorf("%+v, %v", disk, err)
	}
}

// What GiveWay and Fill would refuse is told beforehand.
func TestWhereAStoreCanBePut(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "store")
	filled(t, path)
	write(t, filepath.Join(dir, "full", "letter.docx"), "x")
	write(t, filepath.Join(dir, "file"), "x")
	if err := errors.Join(os.Mkdir(filepath.Join(dir, "empty"), 0o700), storedir.CanGiveWay(path)); err != nil {
		t.Error(err)
	}
	for name, want := range map[string]error{
		"empty": nil, "new/one": nil, "store": storedir.ErrExists, "full": storedir.ErrNotEmpty, "file": syscall.ENOTDIR, "file/x": syscall.ENOTDIR,
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := storedir.CanFill(path); !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("%s: %v, not %v", name, err, want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "new")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("asking made something: %v", err)
	}
	if err := os.Symlink("store", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for name, within := range map[string]bool{"store": false, "other/new": false, "store/new": true, "store/some/new": true, "link/new": true} {
		if got := storedir.Above(filepath.Join(dir, filepath.FromSlash(name))); (got != "") != within || within && filepath.Base(got) != "store" {
			t.Errorf("%s lies in %q", name, got)
		}
	}
	write(t, filepath.Join(path, "store.json"), "{")
	if storedir.Above(filepath.Join(path, "new")) == "" {
		t.Error("a damaged store is none")
	}
}
