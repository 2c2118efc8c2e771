// Package feed keeps views up to date with the event log, and their documents
// in one bbolt file, views.db.
//
// A view is a document per key, grown by a pure function from the commits about
// that key. The documents and the position in the log up to which they were
// grown are written in one transaction, so that a run begins where the last one
// ended, and a command reads the few documents it needs and no more.
//
// The file can be deleted at any time. It is rebuilt from the log by itself when
// a view's version changed, when it cannot be read, when it does not agree with
// the log, or when another log is found in place of the one it was grown from.
// What is never made good in silence is a log that is shorter than what the
// views have seen: that is ErrAhead. What documents mean is for projections,
// whether the log is sound for the log.
//
// Documents can be encrypted on disk, as the log of an encrypted store is: see
// OpenSealed.
package feed

import (
	"context"
	"crypto/cipher"
	"errors"
	"fmt"
	"sync"
	"time"

	"go.etcd.io/bbolt"

	"parley/events"
)

// Source is the log, as the feed needs it. Positions ascend; nothing is ever
// removed or put in between.
type Source interface {
	// Scan calls f with every commit after a position, up to the last there is
	// when it is called, in order. It stops at f's first error and returns it.
	Scan(ctx context.Context, after uint64, f func(events.Recorded) error) error

	// Read returns the commits of a that stand after a position, oldest first.
	Read(ctx context.Context, a events.Aggregate, after uint64) (events.History, error)
}

// Errors of this package. ErrAhead comes as an *Ahead.
var (
	ErrAhead      = errors.New("the log lacks commits that the views have seen")
	ErrBehind     = errors.New("the log has not reached the position that was asked for")
	ErrHeld       = errors.New("somebody else has the views open")
	ErrClosed     = errors.New("the views are closed")
	ErrUnreadable = errors.New("the views cannot be read")
	ErrUnwritable = errors.New("the views cannot be written")
)

// Ahead says that the log ends before a commit that the views have seen: it has
// lost commits, or an older copy was put in its place. It wraps ErrAhead and
// events.ErrDamaged.
type Ahead struct {
	Views uint64 // the position that the views have reached
	Log   uint64 // the log's last position
	File  string // of the views: without it they are rebuilt from the log as it is
}

func (e *Ahead) Error() string {
	return fmt.Sprintf("%s: they reached position %d, and it ends at %d; if an older copy was restored on purpose, delete %s",
		ErrAhead, e.Views, e.Log, e.File)
}

// Unwrap returns ErrAhead and events.ErrDamaged.
func (e *Ahead) Unwrap() []error { return []error{ErrAhead, events.ErrDamaged} }

// Repair is something that was wrong with the views and was put right.
type Repair struct {
	View  string // which; empty if it was the whole file
	Why   error
	Aside string // where the file that could not be read was put; empty if it was kept
}

// Feed keeps a set of views. It is safe for concurrent use.
type Feed struct {
	path   string
	source Source
	views  []view
	aead   cipher.AEAD                   // seals what is on disk; nil: nothing does
	full   func(commits, bytes int) bool // whether so much is to be written before more is read

	catching sync.Mutex // held while views catch up or are put right

	mu      sync.RWMutex // over what follows, and over what views have stored
	db      *bbolt.DB    // nil once closed
	repairs []Repair
}

// When what was taken in is written: commits, and an estimate of the documents
// in bytes. Decoded they take about three times as much memory.
const (
	fullCommits = 50_000
	fullBytes   = 24 << 20
)

// view is a Documents of any type, as its Feed drives it.
type view interface {
	describe() (name string, version int)
	bind(*Feed)

	stored() mark   // what is on disk; the zero mark if it is of no use
	setStored(mark) // with Feed.mu held for writing; followers are told of what readers see from then on
	working() mark  // how far the documents in memory have been grown
	forget()        // goes back to what is on disk
	take(commit) error
	weight() int // about how many bytes are in memory and not on disk
	entries() ([]entry, error)
}

// Open opens the file of views at path, or begins it, for these views of the
// log. Call CatchUp before reading. A file that cannot be read is put aside and
// begun afresh; see Repairs. It waits a few seconds for somebody else who has
// the file open; after that its error wraps ErrHeld.
func Open(path string, source Source, views ...view) (*Feed, error) {
	return OpenSealed(path, source, nil, views...)
}

// OpenSealed is Open for documents that are encrypted on disk with a secret of
// SecretSize bytes; nil is no encryption. The keys of documents are not
// encrypted. A file that is not under this secret cannot be read.
func OpenSealed(path string, source Source, secret []byte, views ...view) (*Feed, error) {
	aead, err := newAEAD(secret)
	if err != nil {
		return nil, err
	}
	f := &Feed{path: path, source: source, views: views, aead: aead}
	f.full = func(commits, bytes int) bool { return commits >= fullCommits || bytes >= fullBytes }
	names := map[string]bool{}
	for _, v := range views {
		name, _ := v.describe()
		if names[name] {
			return nil, fmt.Errorf("two views are called %s", name)
		}
		names[name] = true
		v.bind(f)
	}
	db, err := open(path)
	if err == nil {
		f.db = db
		err = f.load()
	}
	if errors.Is(err, ErrUnreadable) {
		err = f.afresh(err)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Close closes the file. What was not written yet is taken in again next time.
func (f *Feed) Close() error {
	f.catching.Lock()
	defer f.catching.Unlock()
	f.mu.Lock()
	defer f.mu.Unlock()
	db := f.db
	f.db = nil
	if db == nil {
		return nil
	}
	return guarded(db.Close)
}

// Position returns the position in the log up to which every view is on disk.
func (f *Feed) Position() uint64 {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return least(f.views, view.stored)
}

// Repairs returns what has been put right since Open.
func (f *Feed) Repairs() []Repair {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return append([]Repair(nil), f.repairs...)
}

func least(views []view, of func(view) mark) uint64 {
	var position uint64
	for i, v := range views {
		if p := of(v).Position; i == 0 || p < position {
			position = p
		}
	}
	return position
}

// read runs fn in a transaction that reads. If the file turns out unreadable it
// is begun afresh and caught up with the log, and fn is run once more.
func (f *Feed) read(ctx context.Context, fn func(*bbolt.Tx) error) error {
	db, err := f.try(fn)
	if !errors.Is(err, ErrUnreadable) {
		return err
	}
	if err := f.recover(ctx, db, err); err != nil {
		return err
	}
	_, err = f.try(fn)
	return err
}

// try runs fn in a transaction that reads, and returns the database it was of.
func (f *Feed) try(fn func(*bbolt.Tx) error) (*bbolt.DB, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.db == nil {
		return nil, ErrClosed
	}
	return f.db, guarded(func() error { return f.db.View(fn) })
}

// readCaught is read for a caller that holds catching.
func (f *Feed) readCaught(ctx context.Context, fn func(*bbolt.Tx) error) error {
	db, err := f.try(fn)
	if !errors.Is(err, ErrUnreadable) {
		return err
	}
	if err := f.recoverCaught(ctx, db, err); err != nil {
		return err
	}
	_, err = f.try(fn)
	return err
}

// recover begins the file afresh, unless somebody else has done so since db,
// and catches it up with the log.
func (f *Feed) recover(ctx context.Context, db *bbolt.DB, why error) error {
	f.catching.Lock()
	defer f.catching.Unlock()
	return f.recoverCaught(ctx, db, why)
}

func (f *Feed) recoverCaught(ctx context.Context, db *bbolt.DB, why error) error {
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

// patience is how long Open waits for the file's lock.
const patience = 5 * time.Second
