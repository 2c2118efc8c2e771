package natslog_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/adapters/logtest"
	"parley/adapters/natsd"
	"parley/adapters/natslog"
	"parley/adapters/storedir"
	"parley/domain/casework"
	"parley/events"
)

func TestAStoreOnAFullDisk(t *testing.T) {
	disk := logtest.SmallDisk(t, "32m")
	_, err := storedir.Create(t.Context(), filepath.Join(disk, "store"), identity, storedir.Claim{})
	full, ok := errors.AsType[*storedir.FullError](err)
	if !ok || full.Free > 32<<20 || full.Needed != 64<<20 || !strings.Contains(err.Error(), "64 MiB are needed") {
		t.Errorf("made with %v", err)
	}
}

// TestADiskThatFills: the append that no longer fits is refused, and once there
// is room again all that was acknowledged is there and more can be added.
func TestADiskThatFills(t *testing.T) {
	disk := logtest.SmallDisk(t, "16m")
	dir := filepath.Join(disk, "store")
	s, err := natsd.Start(t.Context(), natsd.Config{Dir: dir, Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	l := open(t, s, natslog.Guard{Alive: s.Alive()})
	a := events.Case("GLO-26-0001")
	acknowledged := logtest.Fill(t, l, a, 5, strings.Repeat("a note ", 100))
	ballast := filepath.Join(disk, "ballast")
	for room := make([]byte, 1<<16); err == nil; {
		err = grow(ballast, room)
	}
	last := acknowledged[4]
	for range 2000 {
		c := logtest.Next(t, a, last, "x", strings.Repeat("a note ", 1000))
		var position uint64
		if position, err = l.Append(t.Context(), c, last.Position); err != nil {
			break
		}
		last = events.Recorded{Commit: c.Commit, Position: position}
		acknowledged = append(acknowledged, last)
	}
	if !errors.Is(err, natslog.ErrNoSpace) {
		t.Fatalf("the disk filled with %v", err)
	}
	if err := s.Healthy(); !errors.Is(err, natsd.ErrFull) {
		t.Errorf("the server says %v", err)
	}
	_, err = l.Append(t.Context(), logtest.Next(t, a, last, "x", "small"), last.Position)
	if !errors.Is(err, natslog.ErrNoSpace) || errors.Is(err, casework.ErrUncertain) {
		t.Errorf("on a full disk: %v", err)
	}
	if h, err := l.Read(t.Context(), a, 0); err != nil || len(h) != len(acknowledged) {
		t.Errorf("on a full disk %d of %d commits are read: %v", len(h), len(acknowledged), err)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); !errors.Is(err, natsd.ErrFull) {
		t.Errorf("stopped with %v", err)
	}
	s = start(t, dir)
	l = open(t, s, natslog.Guard{Existed: true, Mark: natslog.Mark{Position: last.Position, Hash: last.Hash}})
	h, err := l.Read(t.Context(), a, 0)
	if err != nil || len(h) < len(acknowledged) || h[len(acknowledged)-1].Hash != last.Hash {
		t.Fatalf("%d of %d commits are there: %v", len(h), len(acknowledged), err)
	}
	mustHold(t, l, []events.History{h})
	if _, err := l.Append(t.Context(), logtest.Next(t, a, h[len(h)-1], "x", "more"), h[len(h)-1].Position); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

// grow adds to a file.
func grow(file string, by []byte) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(by)
	return errors.Join(err, f.Close())
}
