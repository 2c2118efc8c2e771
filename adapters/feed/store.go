package feed

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"parley/events"
)

// layout is the version of the file's own form: buckets, keys and the form of
// values. Documents of another layout are rebuilt.
const layout = 1

// marks is the bucket that says of each view how far it has come. The documents
// of a view are in the bucket of its name with documents before it.
const (
	marks     = "marks"
	documents = "documents/"
)

// mark says of which version a view's documents are, and with which commit
// they end. The zero mark is no documents at all.
type mark struct {
	Layout    int         `json:"layout"`
	View      int         `json:"view"` // the view's version
	Position  uint64      `json:"position"`
	Hash      events.Hash `json:"hash"`
	Documents int         `json:"documents"` // how many there are
}

// entry is a document's stored form; without a value the document is gone.
type entry struct {
	key   string
	value []byte
}

// mapped is how many bytes of the file are mapped into memory from the beginning:
// where it grows beyond them, all that is about to be written is copied. spare is
// how many more bytes than it needs it takes from the disk when it grows.
const (
	mapped = 64 << 20
	spare  = 64 << 10
)

// open opens the file at path or begins it. Its error wraps ErrHeld if somebody
// else has it open and ErrUnreadable if it is not a sound file of views.
func open(path string) (*bbolt.DB, error) {
	var db *bbolt.DB
	err := guarded(func() (err error) {
		options := bbolt.Options{Timeout: patience, FreelistType: bbolt.FreelistMapType, NoStatistics: true}
		if runtime.GOOS != "windows" { // where the file itself would be as long at once
			options.InitialMmapSize = mapped
		}
		db, err = openChecked(path, options)
		return err
	})
	switch {
	case err == nil:
		db.AllocSize = spare
		return db, nil
	case errors.Is(err, bolterrors.ErrTimeout):
		return nil, fmt.Errorf("%w: %s", ErrHeld, path)
	case fromSystem(err):
		return nil, fmt.Errorf("the views cannot be opened: %w", err)
	case errors.Is(err, ErrUnreadable):
		return nil, err
	}
	return nil, fmt.Errorf("%w: %s: %w", ErrUnreadable, path, err)
}

// fromSystem reports whether an error comes from the operating system, such as
// that of a full disk. Where its file was to grow bbolt has it in words alone. What
// else bbolt finds fault with is in the file.
func fromSystem(err error) bool {
	if _, is := errors.AsType[syscall.Errno](err); is || err == nil {
		return is
	}
	said := err.Error()
	return unmapped(err) || strings.HasPrefix(said, "file resize error: ") || strings.HasPrefix(said, "file sync error: ")
}

// unmapped reports whether an error of bbolt's says that the system would not map
// the file as it has grown, as on a full disk on Windows. It is not mapped at all then.
func unmapped(err error) bool { return strings.HasPrefix(err.Error(), "mmap allocate error: ") }

// guarded calls fn, which reads or writes the file and does nothing else. Where
// the file is damaged bbolt panics, or reads memory that is not there; both
// become errors that wrap ErrUnreadable.
func guarded(fn func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if wrong := recover(); wrong != nil {
			err = fmt.Errorf("%w: %v", ErrUnreadable, wrong)
		}
	}()
	return fn()
}

// load goes back to what is on disk.
func (f *Feed) load() error {
	found := make([]mark, len(f.views))
	err := f.try(func(db *bbolt.DB) error {
		return db.View(func(tx *bbolt.Tx) error { return f.marks(tx, found) })
	})
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, v := range f.views {
		v.reset(found[i])
	}
	f.shown = least(f.views, view.reached)
	return nil
}

// marks reads how far each view has come.
func (f *Feed) marks(tx *bbolt.Tx, found []mark) error {
	for i, v := range f.views {
		name, version := v.describe()
		var err error
		if found[i], err = f.markOf(tx, name); err != nil {
			return err
		}
		if found[i].Layout != layout || found[i].View != version || tx.Bucket([]byte(documents+name)) == nil {
			found[i] = mark{}
		}
	}
	return nil
}

// markOf reads how far the view of this name has come; the zero mark if the file
// does not say.
func (f *Feed) markOf(tx *bbolt.Tx, name string) (m mark, err error) {
	b := tx.Bucket([]byte(marks))
	if b == nil {
		return m, nil
	}
	if stored := b.Get([]byte(name)); stored != nil {
		err = f.wrapped(marks).decode(name, stored, &m)
	}
	return m, err
}

// afresh puts the file aside and begins another. The views are rebuilt when
// they next catch up. The caller holds catching, or has the Feed to itself.
func (f *Feed) afresh(why error) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.db != nil {
		giveUp(f.db)
		f.db = new(bbolt.DB) // which is not open: if that is all, it is begun afresh by who needs it next
	}
	aside := f.path + ".damaged"
	switch err := os.Rename(f.path, aside); {
	case errors.Is(err, fs.ErrNotExist):
		aside = ""
	case err != nil:
		return fmt.Errorf("%w, and the file cannot be put aside: delete it: %w", why, err)
	}
	db, err := open(f.path)
	if err != nil {
		return err
	}
	f.db = db
	f.rebuild(f.views...)
	f.repairs = append(f.repairs, Repair{Why: why, Aside: aside})
	return nil
}

// giveUp closes a database that is damaged, or leaves it where it does not
// close: what went wrong may have left it locked.
func giveUp(db *bbolt.DB) {
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		_ = guarded(db.Close)
	}()
	select {
	case <-closed:
	case <-time.After(200 * time.Millisecond):
	}
}

// wrapped returns how the values of a bucket stand in the file.
func (f *Feed) wrapped(bucket string) wrapping { return wrapping{bucket, f.aead} }

// absent returns an error that wraps ErrUnreadable unless the entries between
// which a key would stand are in order and as they were written. Where every entry
// is there and in order, that leaves no place for one that is hidden: a branch that
// leads elsewhere has others beside the key, and a key that is damaged is beside it.
func absent(w wrapping, b *bbolt.Bucket, key string) error {
	cursor := b.Cursor()
	after, stored := cursor.Seek([]byte(key))
	if after != nil {
		if string(after) <= key {
			return outOfOrder(key)
		}
		if _, err := w.open(string(after), stored); err != nil {
			return err
		}
	}
	before, stored := cursor.Prev()
	if after == nil {
		before, stored = cursor.Last()
	}
	switch {
	case before == nil:
		return nil
	case string(before) >= key:
		return outOfOrder(key)
	}
	_, err := w.open(string(before), stored)
	return err
}

func outOfOrder(key string) error {
	return fmt.Errorf("%w: the documents around %q are out of order", ErrUnreadable, key)
}
