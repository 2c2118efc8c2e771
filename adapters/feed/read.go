package feed

import (
	"context"
	"errors"

	"go.etcd.io/bbolt"
)

// read runs fn, which reads, while what readers see does not change. If the file
// turns out unreadable it is begun afresh and caught up with the log, and fn is
// run once more.
func (f *Feed) read(ctx context.Context, fn func(*bbolt.DB) error) error {
	return f.readOr(fn, func(db *bbolt.DB, why error) error {
		f.catching.Lock()
		defer f.catching.Unlock()
		return f.recover(ctx, db, why)
	})
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
	return guarded(func() error { return fn(f.db) })
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
