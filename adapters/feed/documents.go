package feed

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sync"

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

	disk      mark          // what is on disk, under Feed.mu
	followers []Follower[D] // under Feed.catching

	// What is in memory, under Feed.catching.
	at    mark
	cache map[string]cached[D]
	bytes int
}

// cached is a document in memory that is not on disk as it is here.
type cached[D any] struct {
	doc  D
	gone bool
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
// caught up, and false if there is none.
func (d *Documents[D]) Get(ctx context.Context, key string) (D, bool, error) {
	var doc D
	var found bool
	err := d.feed.read(ctx, func(tx *bbolt.Tx) (err error) {
		doc, found, _, err = d.get(tx, key)
		return err
	})
	return doc, found, err
}

// get reads a document and its size in bytes from the file.
func (d *Documents[D]) get(tx *bbolt.Tx, key string) (doc D, found bool, size int, err error) {
	b := d.bucket(tx)
	if b == nil {
		return doc, false, 0, nil
	}
	stored := b.Get([]byte(key))
	if stored == nil {
		return doc, false, 0, absent(d.wrapped(), b, key)
	}
	err = d.wrapped().decode(key, stored, &doc)
	return doc, err == nil, len(stored), err
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
func (d *Documents[D]) mark(tx *bbolt.Tx) (m mark, err error) {
	b := tx.Bucket([]byte(marks))
	if (d.disk == mark{}) || b == nil {
		return mark{}, nil
	}
	stored := b.Get([]byte(d.def.Name))
	if stored == nil {
		return mark{}, nil
	}
	return m, d.feed.wrapped(marks).decode(d.def.Name, stored, &m)
}

// Count returns how many documents there are, as the views last caught up.
func (d *Documents[D]) Count() int {
	d.feed.mu.RLock()
	defer d.feed.mu.RUnlock()
	return d.disk.Documents
}

// chunk is how many documents are read at once by All and Keys.
const chunk = 256

// All yields every document, by key, as the views last caught up. What goes
// wrong ends it and is left in failed, which is nil otherwise. Other methods may
// be called meanwhile; if the views catch up, later documents show it.
func (d *Documents[D]) All(ctx context.Context, failed *error) iter.Seq[D] {
	return func(yield func(D) bool) {
		each(ctx, d, failed, func(key string, data []byte) (doc D, err error) {
			return doc, unpack(key, data, &doc)
		}, yield)
	}
}

// Keys yields the key of every document, as All does the documents.
func (d *Documents[D]) Keys(ctx context.Context, failed *error) iter.Seq[string] {
	return func(yield func(string) bool) {
		each(ctx, d, failed, func(key string, _ []byte) (string, error) { return key, nil }, yield)
	}
}

// each yields what of makes of the key and the JSON of each document. It reads a chunk at a time, so that
// no transaction is open while the caller is at work.
func each[D, E any](ctx context.Context, d *Documents[D], failed *error, of func(string, []byte) (E, error), yield func(E) bool) {
	eachBy(ctx, d, d.feed.read, failed, of, yield)
}

// reading runs something in a transaction that reads: Feed.read does, or
// Feed.readCaught.
type reading func(context.Context, func(*bbolt.Tx) error) error

func eachBy[D, E any](ctx context.Context, d *Documents[D], read reading, failed *error, of func(string, []byte) (E, error), yield func(E) bool) {
	*failed = nil
	var last []byte
	var began mark
	for passed := 0; ; {
		var got []E
		var end []byte
		err := read(ctx, func(tx *bbolt.Tx) (err error) {
			now, err := d.mark(tx)
			if err != nil {
				return err
			}
			if last == nil {
				began = now
			}
			got, end, err = next(d.wrapped(), d.bucket(tx), last, of)
			if there := passed + len(got); err == nil && len(got) < chunk && began == now && there != began.Documents {
				err = fmt.Errorf("%w: %d documents of %s are there, not %d", ErrUnreadable, there, d.def.Name, began.Documents)
			}
			return err
		})
		if err != nil {
			*failed = err
			return
		}
		for _, e := range got {
			if !yield(e) {
				return
			}
		}
		if len(got) < chunk {
			return
		}
		passed += len(got)
		if last = end; ctx.Err() != nil {
			*failed = ctx.Err()
			return
		}
	}
}

// next reads the entries after a key, at most a chunk, and returns the last key.
func next[E any](w wrapping, b *bbolt.Bucket, after []byte, of func(string, []byte) (E, error)) (got []E, end []byte, err error) {
	if b == nil {
		return nil, nil, nil
	}
	cursor := b.Cursor()
	key, stored := cursor.First()
	if after != nil {
		if key, stored = cursor.Seek(after); string(key) == string(after) {
			key, stored = cursor.Next()
		}
	}
	var entries []entry
	for end = after; key != nil && len(entries) < chunk; key, stored = cursor.Next() {
		if end != nil && string(key) <= string(end) {
			return nil, nil, outOfOrder(string(key))
		}
		entries, end = append(entries, entry{string(key), stored}), slices.Clone(key)
	}
	got = make([]E, len(entries))
	err = shared(len(entries), func(i int) error {
		return guarded(func() error {
			data, err := w.open(entries[i].key, entries[i].value)
			if err == nil {
				got[i], err = of(entries[i].key, data)
			}
			return err
		})
	})
	if err != nil {
		return nil, nil, err
	}
	return got, end, nil
}

// few is how many documents are not worth sharing out among processors.
const few = 16

// shared calls each with all numbers below n, on all processors if there are
// many, until one of the calls has an error, and returns one that they had.
func shared(n int, each func(i int) error) error {
	some := func(from, step int) (err error) {
		for i := from; i < n && err == nil; i += step {
			err = each(i)
		}
		return err
	}
	if n <= few {
		return some(0, 1)
	}
	errs := make([]error, runtime.GOMAXPROCS(0))
	var all sync.WaitGroup
	for from := range errs {
		all.Go(func() { errs[from] = some(from, len(errs)) })
	}
	all.Wait()
	return cmp.Or(errs...)
}
