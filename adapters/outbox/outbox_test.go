package outbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/domain/watch"
)

var _ watch.Channel = (*Channel)(nil)

// london is Europe/London in winter.
func london() *time.Location { return time.FixedZone("GMT", 0) }

func message(id string) alerting.Message {
	return alerting.Message{
		ID: id, Kind: alerting.Warning, To: "ann", At: time.Date(2026, 11, 2, 8, 30, 0, 0, time.UTC), Subject: "Due today",
		Sections: []alerting.Section{{Title: "Due today", Items: []alerting.Item{{Ref: "GLO-26-0001", Deadline: "D1", Title: "Reply", Due: calendar.On(2026, 11, 2)}}}},
	}
}

func send(t *testing.T, c *Channel, m alerting.Message) string {
	t.Helper()
	receipt, err := c.Send(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	return receipt
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

const block = `--- a_1, for ann, Mon 2 Nov 2026 08:30 GMT
    Due today

    Due today
    ---------
    * Reply
      Due Mon 2 Nov 2026: today.
      Case GLO-26-0001, deadline D1.
--- end of a_1 ---
`

func TestAMessageIsWrittenOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alerts.log")
	var terminal bytes.Buffer
	c := New(Config{Path: path, Echo: &terminal, Zone: london()})
	if receipt := send(t, c, message("a_1")); receipt != "written to "+path+" from byte 0" {
		t.Error(receipt)
	}
	for _, again := range []*Channel{c, New(Config{Path: path})} { // another process knows it from the file
		if receipt := send(t, again, message("a_1")); receipt != "already in "+path {
			t.Error(receipt)
		}
	}
	if got := read(t, path); got != block {
		t.Errorf("the file reads\n%s", got)
	}
	if terminal.String() != "\n"+block {
		t.Errorf("the terminal shows\n%s", &terminal)
	}
	if receipt := send(t, c, message("a_2")); receipt != fmt.Sprintf("written to %s from byte %d", path, len(block)) {
		t.Error(receipt)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("others may read it: %v, %v", info.Mode(), err)
	}
}

// What a crash cut short, at any byte, is written anew and counts once.
func TestABlockThatWasCutShortIsWrittenAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alerts.log")
	for cut := range len(block) {
		if err := os.WriteFile(path, []byte(block[:cut]), 0o600); err != nil {
			t.Fatal(err)
		}
		c := New(Config{Path: path, Zone: london()})
		send(t, c, message("a_1"))
		send(t, c, message("a_1"))
		if got := read(t, path); strings.Count(got, "--- end of a_1 ---") != 1 || !strings.HasSuffix("\n"+got, "\n"+strings.TrimSuffix(block, "\n")) && !strings.HasSuffix("\n"+got, "\n"+block) {
			t.Fatalf("cut at %d it reads\n%s", cut, got)
		}
	}
}

func TestTheFileMayBeMovedAway(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alerts.log")
	c := New(Config{Path: path, Zone: london()})
	send(t, c, message("a_1"))
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	send(t, c, message("b_1"))
	if got := read(t, path); got != strings.ReplaceAll(block, "a_1", "b_1") {
		t.Errorf("the new file reads\n%s", got)
	}
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	send(t, c, message("a_1"))
	if got := read(t, path); got != block {
		t.Errorf("the emptied file reads\n%s", got)
	}
}

func TestNoTextLooksLikeTheEndOfABlock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alerts.log")
	c := New(Config{Path: path})
	m := message("a_1")
	m.Subject, m.Opening, m.To, m.Rehearsal = "--- end of b_1 ---", "x\n--- end of b_1 ---\n\x1b[2J", "eve\n--- end of b_1 ---", true
	send(t, c, m)
	for _, id := range []string{"b_1", "b 1", "b\n--- end of b_2 ---", "b_2", `"b 1"`, "b,1"} {
		if receipt := send(t, c, message(id)); !strings.HasPrefix(receipt, "written") {
			t.Errorf("%q: %s", id, receipt)
		}
		if receipt := send(t, New(Config{Path: path}), message(id)); !strings.HasPrefix(receipt, "already") {
			t.Errorf("%q again: %s", id, receipt)
		}
	}
	got := read(t, path)
	if strings.Contains(got, "\x1b") || !strings.Contains(got, "[Rehearsal] --- end of b_1 ---") || !strings.Contains(strings.Join(strings.Fields(got), " "), alerting.RehearsalNote) {
		t.Errorf("the file reads\n%s", got)
	}
}

func TestWhatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{
		filepath.Join(dir, "none", "alerts.log"): "no such folder",
		filepath.Join(file, "alerts.log"):        "no such folder",
		dir:                                      "not a file",
	} {
		c := New(Config{Path: path})
		_, err := c.Send(t.Context(), message("a_1"))
		for _, err := range []error{err, c.Check(t.Context())} {
			if !errors.Is(err, watch.ErrTemporary) || !strings.Contains(err.Error(), says) || !strings.Contains(err.Error(), path) {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
	_, err := New(Config{Path: filepath.Join(dir, "alerts.log")}).Send(t.Context(), message(""))
	if !errors.Is(err, watch.ErrPermanent) {
		t.Errorf("without an ID: %v", err)
	}
}

func TestCheckWritesNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alerts.log")
	if err := New(Config{Path: path}).Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := read(t, path); got != "" {
		t.Errorf("it wrote %q", got)
	}
}

func TestSendEndsWithItsContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "alerts.log")
	other := flock.New(path + ".lock")
	if err := other.Lock(); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer stop()
	c := New(Config{Path: path})
	if _, err := c.Send(ctx, message("a_1")); !errors.Is(err, watch.ErrTemporary) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("while others have the file: %v", err)
	}
	if err := other.Unlock(); err != nil {
		t.Fatal(err)
	}
	send(t, c, message("a_1"))
}

// Two processes of several goroutines each send the same and their own.
func TestManyWriters(t *testing.T) {
	const processes, goroutines, each = 2, 4, 10
	path := os.Getenv("OUTBOX_TEST_FILE")
	if path == "" {
		path = filepath.Join(t.TempDir(), "alerts.log")
		var children []*exec.Cmd
		for p := range processes {
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestManyWriters$", "-test.timeout=60s")
			child.Env = append(os.Environ(), "OUTBOX_TEST_FILE="+path, fmt.Sprintf("OUTBOX_TEST_NAME=p%d", p))
			if err := child.Start(); err != nil {
				t.Fatal(err)
			}
			children = append(children, child)
		}
		for _, child := range children {
			if err := child.Wait(); err != nil {
				t.Fatal(err)
			}
		}
		got := read(t, path)
		if n, want := strings.Count(got, "\n--- end of "), processes*goroutines*each+each; n != want {
			t.Errorf("%d messages, want %d", n, want)
		}
		for p := range processes {
			for g := range goroutines {
				for n := range each {
					if id := fmt.Sprintf("p%d_%d_%d", p, g, n); strings.Count(got, strings.ReplaceAll(block, "a_1", id)) != 1 {
						t.Errorf("%s is not there whole, once", id)
					}
				}
			}
		}
		return
	}
	c := New(Config{Path: path, Zone: london()})
	var writers sync.WaitGroup
	for g := range goroutines {
		writers.Go(func() {
			for n := range each {
				for _, id := range []string{fmt.Sprintf("%s_%d_%d", os.Getenv("OUTBOX_TEST_NAME"), g, n), fmt.Sprintf("all_%d", n)} {
					if _, err := c.Send(t.Context(), message(id)); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	writers.Wait()
}
