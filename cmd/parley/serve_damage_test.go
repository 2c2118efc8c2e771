package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A log that turns out to be damaged while a server has it is read on, and
// nothing more is recorded; once the server has been stopped it is made good.
func TestDamageThatAServerFinds(t *testing.T) {
	p := newProgram(t)
	opened, _ := p.run(0, "case", "open", "--icb", "QR1", "--service", "ecg", "--title", "ECGs").acknowledged()
	p.must("case", "note", opened.Ref, "--text", "the first note")
	p.must("case", "note", opened.Ref, "--text", "the last note")
	spoil(t, p.store, "the first note") // which opening the log does not notice
	s := p.serve("--http", "127.0.0.1:0", "--alerts=false")

	if e := s.run(0, "verify"); e.code != exitRefused || !strings.Contains(e.stdout, `"wrong"`) || !strings.Contains(e.stderr, `"code":"damaged"`) {
		t.Errorf("verify ended with %d\n%s%s", e.code, e.stdout, e.stderr)
	}
	if e := s.run(0, "case", "note", opened.Ref, "--text", "never said"); e.code != exitRefused || !strings.Contains(e.stderr, `"code":"damaged"`) {
		t.Errorf("a note ended with %d\n%s", e.code, e.stderr)
	}
	if e := s.run(0, "case", "show", opened.Ref); e.code != exitOK || !strings.Contains(e.stderr, "Warning: ") {
		t.Errorf("reading ended with %d\n%s", e.code, e.stderr)
	}
	if e := s.run(0, "health", "--http", s.ready.HTTP); e.code != exitRefused || !strings.Contains(e.stderr, "damage") {
		t.Errorf("health ended with %d\n%s", e.code, e.stderr)
	}
	var exit *exec.ExitError
	if err := s.end(os.Interrupt); !errors.As(err, &exit) || exit.ExitCode() != exitRefused || !strings.Contains(s.log.String(), "put back from its copy") && !strings.Contains(s.log.String(), "no more than that") {
		t.Errorf("the server ended with %v\n%s", err, s.log)
	}
}

// spoil changes one bit of the log of a store, where this text stands.
func spoil(t *testing.T, store, text string) {
	t.Helper()
	blocks, err := filepath.Glob(filepath.Join(store, "jetstream", "*", "streams", "ES", "msgs", "*.blk"))
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range blocks {
		data, err := os.ReadFile(block)
		if err != nil {
			t.Fatal(err)
		}
		at := strings.Index(string(data), text)
		if at < 0 {
			continue
		}
		f, err := os.OpenFile(block, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.WriteAt([]byte{data[at] ^ 1}, int64(at))
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Fatalf("%q stands in none of %q", text, blocks)
}
