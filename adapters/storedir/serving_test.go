package storedir_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"parley/adapters/storedir"
)

func TestAServerIsFound(t *testing.T) {
	d := create(t)
	if s, ok := storedir.Discover(d.Path()); ok {
		t.Errorf("before there is one: %v", s)
	}
	want := storedir.Serving{
		URL: "nats://127.0.0.1:4711", Actor: "sam", Seed: "SUABC", Version: "1.2.3",
		Started: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC),
	}
	if err := d.Serve(want); err != nil {
		t.Fatal(err)
	}
	want.PID = os.Getpid()
	if got, ok := storedir.Discover(d.Path()); !ok || got != want {
		t.Errorf("found as %+v", got)
	}
	if info, err := os.Stat(filepath.Join(d.Path(), "serve.json")); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("kept as %v, %v", info.Mode(), err)
	}
	if err := d.Unserve(); err != nil {
		t.Fatal(err)
	}
	if err := d.Unserve(); err != nil {
		t.Errorf("taken back twice: %v", err)
	}
	if s, ok := storedir.Discover(d.Path()); ok {
		t.Errorf("taken back, and found as %v", s)
	}
	if err := d.Serve(want); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	if s, ok := storedir.Discover(d.Path()); ok {
		t.Errorf("after the store was closed: %v", s)
	}
}

// One that was killed is still found; the next to open the store takes its word back.
func TestAServerThatWasKilled(t *testing.T) {
	d := create(t)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(d.Path(), "serve.json"), `{"url":"nats://127.0.0.1:1","actor":"sam","seed":"SUABC","pid":1,"since_a_later_version":true}`)
	if s, ok := storedir.Discover(d.Path()); !ok || s.PID != 1 {
		t.Errorf("found as %v, %v", s, ok)
	}
	d = reopen(t, d)
	if s, ok := storedir.Discover(d.Path()); ok {
		t.Errorf("once the store is open: %v", s)
	}
	for _, holds := range []string{"", "{", `{"url":"nats://127.0.0.1:1"}`, "\x00\x00"} {
		write(t, filepath.Join(d.Path(), "serve.json"), holds)
		if s, ok := storedir.Discover(d.Path()); ok {
			t.Errorf("%q: %v", holds, s)
		}
	}
	if err := d.Serve(storedir.Serving{URL: "nats://127.0.0.1:1"}); err == nil {
		t.Error("a server without a key is announced")
	}
}
