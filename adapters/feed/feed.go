// Package feed keeps views up to date with the event log, and their documents
// in one bbolt file, views.db.
//
// A view is a document per key, grown by a pure function from the commits about
// that key. While a process runs its views live in memory: readers see a commit as
// soon as it is taken in, and the file is a checkpoint. Documents and the position
// in the log up to which they were grown are written in one transaction, when
// there is much to write, when somebody says so and at the end, so that a run begins
// where the last one was written and takes the rest from the log. Of the documents
// on disk those in use of late are kept in memory as well; a command reads the few
// that it needs and no more.
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
	batch  int                           // commits that the views take in at once, if there are so many

	catching  sync.Mutex // held while views catch up, are written or are put right
	unwritten int        // commits that were taken in since the views were written
	stuck     bool       // the last attempt to write failed: it is for Write to try again

	paging paging // of the file

	mu       sync.RWMutex // over what follows, and over what readers see of views
	db       *bbolt.DB    // nil once closed
	repairs  []Repair
	shown    uint64 // up to which readers have seen every view: they are there, or being rebuilt
	rebuilds int    // how often views went back to nothing
}

// When what was taken in is written before more is read: commits, and an estimate
// of the documents in bytes. Decoded they take about three times as much memory.
const (
	fullCommits = 200_000
	fullBytes   = 48 << 20
)

// view is a Documents of any type, as its Feed drives it.
type view interface {
	describe() (name string, version int)
	bind(*Feed)

	stored() mark  // what is on disk; the zero mark if it is of no use
	reached() mark // what readers see
	weight() int   // about how many bytes are in memory and not on disk
	give(room int) // how many bytes of documents on disk may be kept in memory, twice over

	take([]commit) error // takes commits in, to be shown or forgotten
	forget()             // what take took in, all or some of it
	entries() ([]entry, error)

	// With Feed.mu held for writing:

	show()               // lets readers see what take took in
	wrote(mark, []entry) // notes that what readers see is on disk
	reset(mark)          // goes back to what is on disk
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
	f := &Feed{path: path, source: source, views: views, aead: aead, batch: batch}
	f.full = func(commits, bytes int) bool { return commits >= fullCommits || bytes >= fullBytes }
	names := map[string]bool{}
	for _, v := range views {
		name, _ := v.describe()
		if names[name] {
			return nil, fmt.Errorf("two views are called %s", name)
		}
		names[name] = true
		v.bind(f)
		v.give(roomAtRest)
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

// Write writes what the views have taken in and is not on disk yet. Whoever keeps
// a Feed open calls it every now and then: what is not written when the process
// ends by force is taken in again from the log next time. Its errors are those of
// CatchUp; what could not be written stays in memory, for another Write.
func (f *Feed) Write(ctx context.Context) error {
	f.catching.Lock()
	defer f.catching.Unlock()
	err := f.write()
	if !errors.Is(err, ErrUnreadable) {
		return err
	}
	if err := f.afresh(err); err != nil {
		return err
	}
	return f.catchUp(ctx, 0)
}

// Close writes as Write does, and closes the file in any case. What could not be
// written is taken in again next time.
func (f *Feed) Close() error {
	f.catching.Lock()
	defer f.catching.Unlock()
	err := f.write()
	switch {
	case errors.Is(err, ErrClosed):
		return nil
	case errors.Is(err, ErrUnreadable):
		err = f.afresh(err) // to be built when it is opened
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	db := f.db
	if f.db = nil; db == nil {
		return err
	}
	return errors.Join(err, guarded(db.Close))
}

// Position returns the position in the log up to which readers see every view.
func (f *Feed) Position() uint64 {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return least(f.views, view.reached)
}

// Written returns the position in the log up to which every view is on disk.
func (f *Feed) Written() uint64 {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return least(f.views, view.stored)
}

// has reports whether readers see every view up to a position: never up to 0.
// Its error is ErrClosed.
func (f *Feed) has(position uint64) (bool, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.db == nil {
		return false, ErrClosed
	}
	return position > 0 && least(f.views, view.reached) >= position, nil
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

// Repairs returns what has been put right since Open.
func (f *Feed) Repairs() []Repair {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return append([]Repair(nil), f.repairs...)
}

// patience is how long Open waits for the file's lock.
const patience = 5 * time.Second
