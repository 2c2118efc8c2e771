package feed

import (
	"errors"
	"fmt"

	"go.etcd.io/bbolt"
)

// How what the views have taken in gets on disk.

// write writes what the views have taken in, and how far they have come, in one
// transaction. It writes nothing where there is nothing new.
func (f *Feed) write() error {
	db, changed := f.changed()
	if db == nil {
		return ErrClosed
	}
	if len(changed) == 0 {
		return nil
	}
	entries := make([][]entry, len(changed))
	for i, v := range changed {
		var err error
		if entries[i], err = v.entries(); err != nil {
			return err
		}
	}
	written := make([]mark, len(changed))
	err := guarded(func() error {
		return db.Update(func(tx *bbolt.Tx) (err error) {
			for i, v := range changed {
				if written[i], err = f.put(tx, v, entries[i]); err != nil {
					return err
				}
			}
			return nil
		})
	})
	switch {
	case err == nil:
	case fromSystem(err):
		if unmapped(err) {
			f.reopen()
		}
		f.stuck = true
		return fmt.Errorf("%w: %w", ErrUnwritable, err)
	case errors.Is(err, ErrUnreadable):
		return err
	default:
		return fmt.Errorf("%w: %w", ErrUnreadable, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, v := range changed {
		v.wrote(written[i], entries[i])
	}
	f.unwritten, f.stuck = 0, false
	return nil
}

// reopen opens the file again, which is sound. Where that fails it is begun afresh
// by who needs it next. The caller holds catching.
func (f *Feed) reopen() {
	f.mu.Lock()
	defer f.mu.Unlock()
	giveUp(f.db)
	db, err := open(f.path)
	if err != nil {
		db = new(bbolt.DB)
	}
	f.db = db
}

// changed returns the database, and the views that have taken in something that
// is not in it.
func (f *Feed) changed() (*bbolt.DB, []view) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	var changed []view
	for _, v := range f.views {
		if v.reached() != v.stored() {
			changed = append(changed, v)
		}
	}
	return f.db, changed
}

// put writes a view's documents and mark, and returns the mark. Documents on
// disk that are of no use are removed first. How many there are follows from what
// this transaction finds: one that failed at its very end may stand in the file.
func (f *Feed) put(tx *bbolt.Tx, v view, entries []entry) (mark, error) {
	name, _ := v.describe()
	bucket, m := []byte(documents+name), v.reached()
	var was mark
	var err error
	if (v.stored() != mark{}) {
		was, err = f.markOf(tx, name)
	} else if tx.Bucket(bucket) != nil {
		err = tx.DeleteBucket(bucket)
	}
	if err != nil {
		return m, err
	}
	m.Documents = was.Documents
	b, err := tx.CreateBucketIfNotExists(bucket)
	if err != nil {
		return m, err
	}
	for _, e := range entries {
		change, err := set(b, e)
		f.paging.read(tx, 1)
		if err != nil {
			return m, err
		}
		m.Documents += change
	}
	value, err := f.wrapped(marks).encode(name, m)
	if err != nil {
		return m, err
	}
	if b, err = tx.CreateBucketIfNotExists([]byte(marks)); err != nil {
		return m, err
	}
	return m, b.Put([]byte(name), value)
}

// set writes or removes a document, and returns by how many there are more.
func set(b *bbolt.Bucket, e entry) (int, error) {
	was := b.Get([]byte(e.key)) != nil
	switch {
	case e.value == nil && was:
		return -1, b.Delete([]byte(e.key))
	case e.value == nil:
		return 0, nil
	case was:
		return 0, b.Put([]byte(e.key), e.value)
	}
	return 1, b.Put([]byte(e.key), e.value)
}
