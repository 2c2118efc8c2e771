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
// there must be as much again, for its copy and for what is to come. Of a log that
// is kept elsewhere the disk is somebody else's, and no more than the views are here.
func (s *store) checkRoom(ctx context.Context, checks *checkList) {
	free, err := storedir.FreeBytes(s.dir.Path())
	log, err2 := s.logBytes(ctx)
	err = also(err, err2)
	detail := fmt.Sprintf("%s are free; the log takes %s", size(int64(free)), size(log))
	switch {
	case err != nil:
	case s.dir.Identity().Outside:
		detail = fmt.Sprintf("%s are free for the views in %s; the log takes %s on its NATS servers, whose disks are for them to watch", size(int64(free)), s.dir.Path(), size(log))
		err = s.dir.CheckSpace()
	case free < uint64(log):
		err = fmt.Errorf("%s are free, and the log takes %s: make room", size(int64(free)), size(log))
	}
	checks.add("room", err, detail)
}

// logBytes returns how much room the log takes, wherever it is kept.
func (s *store) logBytes(ctx context.Context) (int64, error) {
	if !s.dir.Identity().Outside {
		return s.dir.LogBytes()
	}
	n, err := s.log.Bytes(ctx)
	return int64(n), err
}

// checkDisk tries the disk with writes that must not be lost.
func (s *store) checkDisk(checks *checkList) {
	disk, err := s.dir.TryDisk()
	if err == nil && !s.dir.Identity().Rehearsal {
		err = unfitDisk(disk)
	}
	detail := fmt.Sprintf("%s for one, the slowest of several took %s; %s for one that is not forced to disk", short(disk.Durable), short(disk.Slowest), short(disk.Loose))
	if !disk.Forces() || disk.Kind != "" {
		detail += ". On this disk what is acknowledged may be lost when the power fails; for a rehearsal that will do"
	}
	checks.add("durable write", err, detail)
}

// unfitDisk returns an error if a disk is not one to leave a log on.
func unfitDisk(disk storedir.Disk) error {
	switch {
	case disk.Kind == "in memory":
		return errors.New("the store is on a disk in memory: it is gone when the machine stops; move it to a real disk")
	case disk.Kind == "network":
		return errors.New("the store is on a network share, which may lose what it has acknowledged, and its locks: move it to a disk of this machine")
	case !disk.Forces():
		return fmt.Errorf("a write that is forced to disk takes %s, and one that is not %s: this disk does not seem to force anything out; ask whoever runs it, or move the store to another", short(disk.Durable), short(disk.Loose))
	}
	return nil
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
	err = also(err, err2)
	leadsUp := false
	if err == nil && known {
		leadsUp, err = s.leadsUp(ctx, b, last.Position)
	}
	if err != nil {
		checks.add("backup", err, "")
		return
	}
	id := s.dir.Identity()
	overdue := !id.Rehearsal && last.Position > 0 && now.Sub(id.Created) > soonBackedUp
	taken := b.Taken.In(s.zone).Format("Mon 2 Jan 2006 15:04")
	var detail string
	switch {
	case !known && overdue:
		err = fmt.Errorf("no backup of this store is known: %s", takeOne)
	case !known:
		detail = "none is known yet"
	case !leadsUp && overdue:
		err = fmt.Errorf("no backup of the log as it is now is known: the newest, taken %s, has commits that are not in it, as after a restore: %s", taken, takeOne)
	case !leadsUp:
		detail = fmt.Sprintf("the newest, taken %s, has commits that are not in this log, as after a restore", taken)
	default:
		since := last.Position - b.Position
		detail = fmt.Sprintf("taken %s, %s since; %s on %s", taken, count(int(since), "commit"), b.Path, b.Host)
		if !id.Rehearsal {
			err = unfitBackup(b, now, since, detail)
		}
	}
	checks.add("backup", err, detail)
}

// takeOne is what to do about a backup that is missing or too old.
const takeOne = "take one, on another disk: parley backup --to FOLDER"

// unfitBackup returns an error if the newest backup is gone, as far as that can be
// seen here, or old while so many commits were recorded since.
func unfitBackup(b storedir.Backup, now time.Time, since uint64, detail string) error {
	host, _ := os.Hostname()
	_, gone := os.Lstat(b.Path)
	switch age := now.Sub(b.Taken); {
	case b.Host == host && errors.Is(gone, fs.ErrNotExist):
		return fmt.Errorf("the newest backup is not where it was put, %s: see that its disk is there, or %s", b.Path, takeOne)
	case age > oldBackup && since > 0:
		return fmt.Errorf("the newest backup is %s old, %s: %s", count(int(age/(24*time.Hour)), "day"), detail, takeOne)
	}
	return nil
}

// leadsUp reports whether the commit that a backup ends with is in the log, which
// goes so far. Of a note without its hash, as older versions left them, only the
// position is known.
func (s *store) leadsUp(ctx context.Context, b storedir.Backup, last uint64) (is bool, err error) {
	if b.Position > last || b.Position == 0 || b.Hash.IsZero() {
		return b.Position <= last, nil
	}
	_, err = s.log.ScanStored(ctx, b.Position-1, func(p events.Placed) error {
		c, err := events.Decode(p.Stored)
		if err != nil {
			return err
		}
		is = p.Position == b.Position && c.Hash == b.Hash
		return errFetched
	})
	if errors.Is(err, errFetched) {
		err = nil
	}
	return is, err
}
