package feed

import (
	"context"
	"fmt"
	"iter"
	"sync/atomic"

	"go.etcd.io/bbolt"

	"parley/events"
)

// View says how the documents of one view grow: documents of type D, which go
// through JSON and back unchanged. Its functions are pure.
type View[D any] struct {
	Name    string      // of the view, for good
	Version int         // of D's shape and of what Apply makes of facts: a change rebuilds the view
	Kind    events.Kind // of the aggregates that it follows

	// Route takes a commit apart into what concerns each document, by key. A
	// document's facts all come from one aggregate, unless none of its aggregates
	// is ever corrected. nil means one document for each aggregate, under its ID.
	Route func(events.Recorded) iter.Seq2[string, events.Recorded]

	// Apply returns the document with a commit taken in that Route gave its key.
	// It begins with the zero D, and must leave its argument as it is. An error
	// means that the commit cannot follow on what the document has. It is not
	// given a commit that corrects earlier facts: then it is given the whole
	// effective history from the zero D on, or Fold is.
	Apply func(D, events.Recorded) (D, error)

	// Fold returns the document that an aggregate's whole history leads to, its
	// corrections taken into account, where that needs more than the effective
	// history. It goes with no Route, and makes of a history without corrections
	// what Apply does. It may be nil.
	Fold func(events.History) (D, error)
}

// Documents is a view's documents. It belongs to one Feed; until Open it has none.
type Documents[D any] struct {
	def  View[D]
	feed *Feed

	followers []Follower[D] // under Feed.catching

	// What readers see, under Feed.mu. It changes while Feed.catching is held as
	// well, so that whoever holds that may read it.
	disk  mark                     // what is on disk
	at    mark                     // how far the documents have been grown
	fresh map[string]fresh[D]      // those that are not on disk as they are here
	order atomic.Pointer[[]string] // the keys of fresh, sorted; nil until somebody wants them
	bytes int                      // about how long those of fresh are on disk

	kept cache[D] // some of those that are not in fresh

	// What is taken in and not yet to be seen, under Feed.catching.
	taken map[string]fresh[D]
	next  mark
	more  int // bytes
}

// fresh is a document that is not on disk as it is here.
type fresh[D any] struct {
	doc  D
	gone bool // there is none
}

// New returns the documents that def describes, for Open.
func New[D any](def View[D]) *Documents[D] {
	if def.Route == nil {
		def.Route = whole
	}
	return &Documents[D]{def: def}
}

func whole(r events.Recorded) iter.Seq2[string, events.Recorded] {
	return func(yield func(string, events.Recorded) bool) { yield(r.Aggregate.ID, r) }
}

// Get returns the document under this key, as it was when the views last
// caught up, and false if there is none. Others are given the same document: it
// must be left as it is.
func (d *Documents[D]) Get(ctx context.Context, key string) (doc D, found bool, err error) {
	err = d.feed.read(ctx, func(db *bbolt.DB) (err error) {
		doc, found, err = d.get(db, key)
		return err
	})
	return doc, found, err
}

// get is Get for whoever has Feed.mu.
func (d *Documents[D]) get(db *bbolt.DB, key string) (D, bool, error) {
	if f, is := d.fresh[key]; is {
		return f.doc, !f.gone, nil
	}
	doc, found, err := d.settled(db, key)
	return doc.doc, found, err
}

// settled returns a document that is not in fresh, and keeps it: that of the
// file cannot change before it is in fresh. Feed.mu is held for reading.
func (d *Documents[D]) settled(db *bbolt.DB, key string) (doc clean[D], found bool, err error) {
	if doc, found = d.kept.get(key); found || (d.disk == mark{}) {
		return doc, found, nil
	}
	err = db.View(func(tx *bbolt.Tx) error {
		b := d.bucket(tx)
		if b == nil {
			return nil
		}
		stored := b.Get([]byte(key))
		d.feed.paging.read(tx, 1)
		if stored == nil {
			if err := soundWay(tx, b, key); err != nil {
				return err
			}
			return absent(d.wrapped(), b, key)
		}
		doc.size = len(stored)
		return d.wrapped().decode(key, stored, &doc.doc)
	})
	if found = err == nil && doc.size > 0; found {
		d.kept.keep(key, doc.doc, doc.size)
	}
	return doc, found, err
}

// wrapped returns how the documents stand in the file.
func (d *Documents[D]) wrapped() wrapping { return d.feed.wrapped(documents + d.def.Name) }

// bucket returns the view's documents in the file; nil if there are none, or
// none that are of use.
func (d *Documents[D]) bucket(tx *bbolt.Tx) *bbolt.Bucket {
	if (d.disk == mark{}) {
		return nil
	}
	return tx.Bucket([]byte(documents + d.def.Name))
}

// mark returns how far the documents in this transaction have come. What
// Documents has of it may be a moment behind: others read while one writes.
func (d *Documents[D]) mark(tx *bbolt.Tx) (mark, error) {
	if (d.disk == mark{}) {
		return mark{}, nil
	}
	return d.feed.markOf(tx, d.def.Name)
}

// errMissing says that there are not as many documents as there should be.
var errMissing = fmt.Errorf("%w: documents are missing", ErrUnreadable)

func (d *Documents[D]) missing(n int, should mark) error {
	return fmt.Errorf("%w: %d of %s are there, not %d", errMissing, n, d.def.Name, should.Documents)
}

// Count returns how many documents there are, as the views last caught up.
func (d *Documents[D]) Count() int {
	d.feed.mu.RLock()
	defer d.feed.mu.RUnlock()
	return d.at.Documents
}
