package feed

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// read runs fn, which reads, while what readers see does not change. If the file
// turns out unreadable it is begun afresh and caught up with the log, and fn is
// run once more. Views that are being rebuilt are waited for, or grown on where
// that was cut off: nobody finds missing what was there before.
func (f *Feed) read(ctx context.Context, fn func(*bbolt.DB) error) error {
	whole := func(db *bbolt.DB) error {
		if least(f.views, view.reached) < f.shown {
			return &rebuilding{f.shown}
		}
		return fn(db)
	}
	for {
		err := f.readOr(whole, func(db *bbolt.DB, why error) error {
			f.catching.Lock()
			defer f.catching.Unlock()
			return f.recover(ctx, db, why)
		})
		until, is := errors.AsType[*rebuilding](err)
		if !is {
			return err
		}
		if err := f.CatchUp(ctx, until.shown); err != nil {
			return err
		}
	}
}

// rebuild has views go back to nothing, so that they are grown again when the log
// is next taken in. Until then nobody reads any: see read. Feed.mu is held for
// writing.
func (f *Feed) rebuild(views ...view) {
	for _, v := range views {
		v.reset(mark{})
	}
	f.rebuilds++
}

// rebuilding says that views have yet to be grown to where they were.
type rebuilding struct{ shown uint64 }

func (e *rebuilding) Error() string {
	return fmt.Sprintf("the views are being rebuilt up to position %d", e.shown)
}

// steadily runs fn, which asks who follows the views, while none is being rebuilt.
func (f *Feed) steadily(ctx context.Context, fn func() error) error {
	rebuilds := func() (n int, err error) {
		err = f.read(ctx, func(*bbolt.DB) error { n = f.rebuilds; return nil })
		return n, err
	}
	for {
		before, err := rebuilds()
		if err != nil {
			return err
		}
		answer := fn()
		after, err := rebuilds()
		if err != nil || after == before {
			return cmp.Or(err, answer)
		}
	}
}

// readCaught is read for a caller that holds catching.
func (f *Feed) readCaught(ctx context.Context, fn func(*bbolt.DB) error) error {
	return f.readOr(fn, func(db *bbolt.DB, why error) error { return f.recover(ctx, db, why) })
}

func (f *Feed) readOr(fn func(*bbolt.DB) error, mend func(*bbolt.DB, error) error) error {
	var db *bbolt.DB
	reads := func(of *bbolt.DB) error {
		db = of
		return fn(of)
	}
	err := f.try(reads)
	if !errors.Is(err, ErrUnreadable) {
		return err
	}
	if err := mend(db, err); err != nil {
		return err
	}
	return f.try(reads)
}

// try runs fn, which reads.
func (f *Feed) try(fn func(*bbolt.DB) error) error {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.db == nil {
		return ErrClosed
	}
	err := guarded(func() error { return fn(f.db) })
	if errors.Is(err, bolterrors.ErrDatabaseNotOpen) { // it could not be begun afresh
		err = fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	return err
}

// recover begins the file afresh, unless somebody else has done so since db,
// and catches it up with the log. The caller holds catching.
func (f *Feed) recover(ctx context.Context, db *bbolt.DB, why error) error {
	f.mu.RLock()
	same := f.db == db
	f.mu.RUnlock()
	if same {
		if err := f.afresh(why); err != nil {
			return err
		}
	}
	return f.catchUp(ctx, 0)
}
