package backup

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"filippo.io/age"

	"parley/domain/casework"
	"parley/events"
)

// Log is a log that is filled from a backup: in a new folder, or in a cluster.
type Log interface {
	Source

	// Append stores c as casework.Log's does.
	Append(ctx context.Context, c events.Sealed, expect uint64) (uint64, error)
}

// How often a commit is tried of which it is not known whether it was stored,
// and how long to wait before that, at first and at most: a cluster may change
// its leader meanwhile.
const (
	tries      = 9
	firstPause = 10 * time.Millisecond
	longPause  = time.Second
)

// Restore fills an empty log from the backup at path. The backup is verified
// before anything is appended, every commit must get the position that it had,
// and in the end the log is read and compared with the backup byte by byte.
// progress, which may be nil, is told now and then how many commits are done.
//
// After an error the log is not whole: it must not be used, and is not resumed.
// Errors: those of Verify, ErrNeedsIdentity, ErrNotEmpty, ErrNotRestored, and
// the log's own.
func Restore(ctx context.Context, path string, identities []age.Identity, into Log, progress func(done, of uint64)) (found Report, err error) {
	o, err := openFile(ctx, path)
	if err != nil {
		return found, err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	if o.header.Encrypted && len(identities) == 0 {
		return found, fmt.Errorf("%w: %s", ErrNeedsIdentity, path)
	}
	if found, err = o.verify(identities); err != nil {
		return found, err
	}
	if err := empty(ctx, into); err != nil {
		return found, err
	}
	r, err := o.again(ctx)
	if err == nil {
		err = r.unlock(identities)
	}
	if err != nil {
		return found, err
	}
	defer r.packed.Close()
	f := &filler{log: into, lines: map[events.Aggregate]uint64{}, sum: sha256.New()}
	if err := f.fill(ctx, r, progress); err != nil {
		return found, err
	}
	return found, f.compare(ctx)
}

// empty returns ErrNotEmpty if the log has anything.
func empty(ctx context.Context, log Source) error {
	last, err := log.ScanStored(ctx, 0, func(events.Placed) error { return errEnough })
	if errors.Is(err, errEnough) || err == nil && last > 0 {
		return ErrNotEmpty
	}
	return err
}

// filler fills a log.
type filler struct {
	log   Log
	lines map[events.Aggregate]uint64 // the last position of each aggregate
	sum   hash.Hash                   // of what was appended
	done  uint64
}

// count adds what stands at a position to a digest.
func count(sum hash.Hash, p events.Placed) {
	sum.Write(fmt.Appendf(nil, "%d %s %d\n", p.Position, p.Aggregate, len(p.Stored)))
	sum.Write(p.Stored)
}

// fill appends what r reads.
func (f *filler) fill(ctx context.Context, r *Reader, progress func(done, of uint64)) error {
	of := r.header.To.Position
	for {
		p, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := f.append(ctx, p); err != nil {
			return fmt.Errorf("the commit at position %d of the backup: %w", p.Position, err)
		}
		count(f.sum, p)
		f.done = p.Position
		if progress != nil && (f.done%512 == 0 || f.done == of) {
			progress(f.done, of)
		}
	}
}

// append appends one commit where it stood.
func (f *filler) append(ctx context.Context, p events.Placed) error {
	c, err := events.Decode(p.Stored)
	if err != nil {
		return err
	}
	sealed := events.Sealed{Commit: c, Stored: p.Stored}
	position, err := f.log.Append(ctx, sealed, f.lines[p.Aggregate])
	for tried, pause := 0, firstPause; unsettled(err) && tried < tries; tried, pause = tried+1, min(2*pause, longPause) {
		if position, err = f.settle(ctx, p, sealed, pause, err); err == nil {
			break
		}
	}
	switch {
	case err != nil:
		return err
	case position != p.Position:
		return fmt.Errorf("%w: it got position %d", ErrNotRestored, position)
	}
	f.lines[p.Aggregate] = position
	return nil
}

// unsettled reports whether an append may have stored the commit all the same.
// Nobody else appends, so that a conflict is one with an attempt of our own, of
// which the answer was lost.
func unsettled(err error) bool {
	return errors.Is(err, casework.ErrUncertain) || errors.Is(err, casework.ErrConflict)
}

// settle waits, looks whether p stands where it belongs, and tries again if not.
func (f *filler) settle(ctx context.Context, p events.Placed, sealed events.Sealed, pause time.Duration, why error) (uint64, error) {
	select {
	case <-ctx.Done():
		return 0, fmt.Errorf("%w: %w", ctx.Err(), why)
	case <-time.After(pause):
	}
	switch there, err := f.stands(ctx, p); {
	case err != nil:
		return 0, fmt.Errorf("%w: %w", casework.ErrUncertain, err)
	case there:
		return p.Position, nil
	}
	return f.log.Append(ctx, sealed, f.lines[p.Aggregate])
}

// stands reports whether the log has p where it belongs.
func (f *filler) stands(ctx context.Context, p events.Placed) (bool, error) {
	found := false
	_, err := f.log.ScanStored(ctx, p.Position-1, func(got events.Placed) error {
		found = got.Position == p.Position && string(got.Stored) == string(p.Stored)
		return errEnough
	})
	if errors.Is(err, errEnough) {
		err = nil
	}
	return found, err
}

// compare reads the log and compares it with what was appended.
func (f *filler) compare(ctx context.Context) error {
	sum, n := sha256.New(), uint64(0)
	last, err := f.log.ScanStored(ctx, 0, func(p events.Placed) error {
		count(sum, p)
		n++
		return nil
	})
	switch {
	case err != nil:
		return err
	case last != f.done || n != f.done:
		return fmt.Errorf("%w: it has %d commits up to position %d, and the backup has %d", ErrNotRestored, n, last, f.done)
	case string(sum.Sum(nil)) != string(f.sum.Sum(nil)):
		return fmt.Errorf("%w: its commits read differently", ErrNotRestored)
	}
	return nil
}
