package backup

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"filippo.io/age"

	"parley/events"
)

// Comparison says what would become of a log if a backup took its place.
type Comparison struct {
	Report  Report // of the backup, which was verified
	Present uint64 // the last position of the present log; 0 if there is none
	Same    uint64 // up to this position both hold the same commits

	// Gained and Lost are how many commits after Same only the backup has, and
	// only the present log.
	Gained, Lost uint64

	// LostFrom and LostTo are when the first and the last of those that would be
	// lost were recorded, UTC; zero where none would be, or where they do not read.
	LostFrom, LostTo time.Time
}

// Compare verifies the backup at path and compares it with the present log,
// which may be nil, and may be damaged. It changes nothing. Errors: those of
// Verify, ErrNeedsIdentity, and the log's own.
func Compare(ctx context.Context, path string, identities []age.Identity, present Source) (c Comparison, err error) {
	o, err := openFile(ctx, path)
	if err != nil {
		return c, err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	if o.header.Encrypted && len(identities) == 0 {
		return c, fmt.Errorf("%w: %s", ErrNeedsIdentity, path)
	}
	if c.Report, err = o.verify(identities); err != nil {
		return c, err
	}
	c.Gained = o.header.To.Position
	if present == nil {
		return c, nil
	}
	r, err := o.again(ctx)
	if err == nil {
		err = r.unlock(identities)
	}
	if err != nil {
		return c, err
	}
	defer r.packed.Close()
	return c, c.walk(ctx, r, present)
}

// walk goes through both at once.
func (c *Comparison) walk(ctx context.Context, r *Reader, present Source) error {
	last, err := present.ScanStored(ctx, 0, func(p events.Placed) error {
		if c.Lost == 0 && p.Position == c.Same+1 {
			switch kept, err := r.Next(); {
			case err == nil && kept.Aggregate == p.Aggregate && string(kept.Stored) == string(p.Stored):
				c.Same++
				return nil
			case err != nil && !errors.Is(err, io.EOF):
				return err
			}
		}
		c.lose(p)
		return nil
	})
	c.Present = last
	c.Gained -= c.Same
	return err
}

// lose counts a commit that only the present log has.
func (c *Comparison) lose(p events.Placed) {
	c.Lost++
	commit, err := events.Decode(p.Stored)
	if err != nil {
		return
	}
	if c.LostFrom.IsZero() || commit.RecordedAt.Before(c.LostFrom) {
		c.LostFrom = commit.RecordedAt
	}
	if commit.RecordedAt.After(c.LostTo) {
		c.LostTo = commit.RecordedAt
	}
}
