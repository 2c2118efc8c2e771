package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"parley/adapters/storedir"
	"parley/events"
)

// The checks of doctor that concern the disk, the clock and the backups.

// checkRoom says how much room there is, in proportion to what the log takes:
// there must be as much again, for its copy and for what is to come.
func (s *store) checkRoom(checks *checkList) {
	free, err := storedir.FreeBytes(s.dir.Path())
	log, err2 := s.dir.LogBytes()
	if err = also(err, err2); err == nil && free < uint64(log) {
		err = fmt.Errorf("%s are free, and the log takes %s: make room", size(int64(free)), size(log))
	}
	checks.add("room", err, fmt.Sprintf("%s are free; the log takes %s", size(int64(free)), size(log)))
}

// checkDisk tries the disk with writes that must not be lost.
func (s *store) checkDisk(checks *checkList) {
	disk, err := s.dir.TryDisk()
	real := !s.dir.Identity().Rehearsal
	switch {
	case err != nil:
	case real && disk.Kind == "in memory":
		err = errors.New("the store is on a disk in memory: it is gone when the machine stops; move it to a real disk")
	case real && disk.Kind == "network":
		err = errors.New("the store is on a network share, which may lose what it has acknowledged, and its locks: move it to a disk of this machine")
	case real && !disk.Forces():
		err = fmt.Errorf("a write that is forced to disk takes %s, and one that is not %s: this disk does not seem to force anything out", short(disk.Durable), short(disk.Loose))
	}
	detail := fmt.Sprintf("%s for one, the slowest of several took %s; %s for one that is not forced to disk", short(disk.Durable), short(disk.Slowest), short(disk.Loose))
	if !disk.Forces() || disk.Kind != "" {
		detail += ". On this disk what is acknowledged may be lost when the power fails; for a rehearsal that will do"
	}
	checks.add("durable write", err, detail)
}

// short is a short time as people read it.
func short(d time.Duration) string {
	if d < time.Microsecond {
		return "under 1 µs"
	}
	if d < 10*time.Millisecond {
		return fmt.Sprintf("%d µs", d.Microseconds())
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}

// lookedBack is how many of the last commits are looked through for a clock that
// was set back.
const lookedBack = 2000

// checkClock compares the clock with what was last recorded, and looks whether it
// was set back on the way there.
func (s *store) checkClock(ctx context.Context, checks *checkList, now time.Time) {
	detail := now.In(s.zone).Format("Mon 2 Jan 2006 15:04 MST")
	last, err := s.log.Last(ctx)
	var latest, set time.Time // the furthest that the clock had come, and to what it was set back
	jumps := 0
	if err == nil && last.Position > 0 {
		_, err = s.log.ScanStored(ctx, last.Position-min(last.Position, lookedBack), func(p events.Placed) error {
			r, err := events.Decode(p.Stored)
			if err != nil {
				return nil // which is for verify to say
			}
			if latest.Sub(r.RecordedAt) > time.Minute && (set.IsZero() || set.Sub(r.RecordedAt) > time.Minute) {
				jumps, set = jumps+1, r.RecordedAt
			}
			if r.RecordedAt.After(latest) {
				latest, set = r.RecordedAt, time.Time{}
			}
			return nil
		})
	}
	if behind := latest.Sub(now); err == nil && behind > time.Minute {
		err = fmt.Errorf("the clock is behind what was last recorded, at %s: set it right", latest.In(s.zone).Format("Mon 2 Jan 2006 15:04"))
	}
	if jumps > 0 {
		detail += fmt.Sprintf("; while the last %d commits were recorded it was set back %s", min(last.Position, lookedBack), times(jumps))
	}
	checks.add("clock", err, detail)
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

// How old a store may be before it must have a backup, and how old the newest
// may be when something was recorded since.
const (
	soonBackedUp = 7 * 24 * time.Hour
	oldBackup    = 8 * 24 * time.Hour
)

// checkBackup says how old the newest backup is, as far as it is known here.
func (s *store) checkBackup(ctx context.Context, checks *checkList, now time.Time) {
	b, known, err := s.dir.LastBackup()
	last, err2 := s.log.Last(ctx)
	if err = also(err, err2); err != nil {
		checks.add("backup", err, "")
		return
	}
	id := s.dir.Identity()
	if !known {
		if !id.Rehearsal && last.Position > 0 && now.Sub(id.Created) > soonBackedUp {
			err = errors.New("no backup of this store is known: take one with parley backup --to FOLDER, on another disk")
		}
		checks.add("backup", err, "none is known yet")
		return
	}
	age := now.Sub(b.Taken)
	since := last.Position - min(last.Position, b.Position)
	detail := fmt.Sprintf("taken %s, %s since; %s on %s", b.Taken.In(s.zone).Format("Mon 2 Jan 2006 15:04"), count(int(since), "commit"), b.Path, b.Host)
	host, _ := os.Hostname()
	_, gone := os.Lstat(b.Path)
	switch {
	case id.Rehearsal:
	case b.Host == host && errors.Is(gone, fs.ErrNotExist):
		err = fmt.Errorf("the newest backup is not where it was put: %s", b.Path)
	case age > oldBackup && since > 0:
		err = fmt.Errorf("the newest backup is %s old: %s", count(int(age/(24*time.Hour)), "day"), detail)
	}
	checks.add("backup", err, detail)
}
