package feed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"runtime"
	"slices"
	"sync"

	"go.etcd.io/bbolt"
)

// chunk is how many documents are read at once by All and Keys.
const chunk = 256

// All yields every document, by key, as the views last caught up; as with Get,
// each must be left as it is. What goes wrong ends it and is left in failed, which
// is nil otherwise. Other methods may be called meanwhile; if the views catch up,
// later documents show it.
func (d *Documents[D]) All(ctx context.Context, failed *error) iter.Seq[D] {
	return func(yield func(D) bool) {
		each(ctx, d, failed, taking[D, D]{
			doc: func(_ string, doc D) D { return doc },
			json: func(key string, data []byte) (doc D, err error) {
				err = unpack(key, data, &doc)
				return doc, err
			},
		}, yield)
	}
}

// some is All without the documents on disk that need not be read by their stored
// form, JSON.
func (d *Documents[D]) some(ctx context.Context, need func(stored []byte) bool, failed *error) iter.Seq[D] {
	return func(yield func(D) bool) {
		each(ctx, d, failed, taking[D, *D]{
			doc: func(_ string, doc D) *D { return &doc },
			json: func(key string, data []byte) (*D, error) {
				if !need(data) {
					return nil, nil
				}
				var doc D
				err := unpack(key, data, &doc)
				return &doc, err
			},
		}, func(doc *D) bool { return doc == nil || yield(*doc) })
	}
}

// Keys yields the key of every document, as All does the documents.
func (d *Documents[D]) Keys(ctx context.Context, failed *error) iter.Seq[string] {
	return func(yield func(string) bool) {
		each(ctx, d, failed, taking[D, string]{
			doc:  func(key string, _ D) string { return key },
			json: func(key string, _ []byte) (string, error) { return key, nil },
		}, yield)
	}
}

// taking says what a list takes of each document: of one in memory, and of the
// JSON of one on disk.
type taking[D, E any] struct {
	doc  func(key string, doc D) E
	json func(key string, data []byte) (E, error)
}

// each yields what is taken of each document. It reads a chunk at a time, so that
// nothing is held while the caller is at work.
func each[D, E any](ctx context.Context, d *Documents[D], failed *error, of taking[D, E], yield func(E) bool) {
	*failed = eachOf(ctx, d, of, yield)
}

func eachOf[D, E any](ctx context.Context, d *Documents[D], of taking[D, E], yield func(E) bool) error {
	var at place
	for !at.ended {
		var got []E
		var then place
		var short error // of what was yielded some was missing
		if err := d.feed.read(ctx, func(db *bbolt.DB) (err error) {
			if short != nil { // and the file was begun afresh, which is too late for this list
				return fmt.Errorf("ask again: %w", short)
			}
			got, then, err = next(db, d, at, of)
			if at.begun && errors.Is(err, errMissing) {
				short = err
			}
			return err
		}); err != nil {
			return err
		}
		at = then
		for _, e := range got {
			if !yield(e) {
				return nil
			}
		}
		if ctx.Err() != nil && !at.ended {
			return ctx.Err()
		}
	}
	return nil
}

// place is how far a list has come.
type place struct {
	begun  bool
	ended  bool
	last   string // key that it has passed
	disk   mark   // of the file when it began
	passed int    // of the file's documents
}

// found is a document that a list has come to: in memory, or on disk.
type found[D any] struct {
	key      string
	inMemory bool
	doc      D      // if it is in memory
	stored   []byte // if it is not
}

// next takes what stands after a place, at most a chunk, in the order of keys.
// Feed.mu is held for reading.
func next[D, E any](db *bbolt.DB, d *Documents[D], at place, of taking[D, E]) (got []E, then place, err error) {
	err = db.View(func(tx *bbolt.Tx) error {
		now, err := d.mark(tx)
		if err != nil {
			return err
		}
		if then = at; !at.begun {
			then.begun, then.disk = true, now
		}
		docs, err := d.after(d.bucket(tx), at.begun, &then)
		if err != nil {
			return err
		}
		if then.ended && then.disk == now && then.passed != now.Documents {
			return d.missing(then.passed, now)
		}
		defer func() {
			if d.feed.paging.read(tx, len(docs)); then.ended && then.passed > chunk {
				d.feed.paging.done(tx)
			}
		}()
		got = make([]E, len(docs))
		return shared(len(docs), func(i int) error {
			return guarded(func() (err error) {
				if docs[i].inMemory {
					got[i] = of.doc(docs[i].key, docs[i].doc)
					return nil
				}
				data, err := d.wrapped().open(docs[i].key, docs[i].stored)
				if err == nil {
					got[i], err = of.json(docs[i].key, data)
				}
				return err
			})
		})
	})
	return got, then, err
}

// after finds the documents after a place, or all if nothing is passed yet: those
// in memory among those on disk, in whose place they stand. It moves the place on.
func (d *Documents[D]) after(b *bbolt.Bucket, begun bool, at *place) (docs []found[D], err error) {
	order := d.keys()
	if begun {
		i, passed := slices.BinarySearch(order, at.last)
		if order = order[i:]; passed {
			order = order[1:]
		}
	}
	disk := onDisk{last: at.last, begun: begun}
	disk.seek(b)
	for len(docs) < chunk && disk.err == nil {
		switch {
		case len(order) > 0 && (!disk.there || order[0] <= disk.key):
			at.last = order[0]
			if f := d.fresh[at.last]; !f.gone {
				docs = append(docs, found[D]{key: at.last, inMemory: true, doc: f.doc})
			}
			order = order[1:]
			if disk.there && disk.key == at.last {
				at.passed++
				disk.next()
			}
		case disk.there:
			at.last = disk.key
			doc := found[D]{key: disk.key, stored: disk.value}
			if kept, is := d.kept.peek(disk.key); is {
				doc.inMemory, doc.doc = true, kept
			}
			docs = append(docs, doc)
			at.passed++
			disk.next()
		default:
			at.ended = true
			return docs, nil
		}
	}
	return docs, disk.err
}

// keys returns the keys of the documents in memory, sorted.
func (d *Documents[D]) keys() []string {
	if sorted := d.order.Load(); sorted != nil {
		return *sorted
	}
	sorted := slices.Sorted(maps.Keys(d.fresh))
	d.order.Store(&sorted)
	return sorted
}

// onDisk goes through the file's documents after a key, or from the first, and
// sees to it that they are in order.
type onDisk struct {
	cursor *bbolt.Cursor
	begun  bool
	last   string // key that was passed
	err    error  // that ended it

	there bool // there is one more, with
	key   string
	value []byte
}

// seek begins.
func (c *onDisk) seek(b *bbolt.Bucket) {
	if b == nil {
		return
	}
	c.cursor = b.Cursor()
	if !c.begun {
		c.come(c.cursor.First())
		return
	}
	key, value := c.cursor.Seek([]byte(c.last))
	if string(key) == c.last {
		key, value = c.cursor.Next()
	}
	c.come(key, value)
}

// next goes on.
func (c *onDisk) next() {
	c.begun, c.last = true, c.key
	c.come(c.cursor.Next())
}

func (c *onDisk) come(key, value []byte) {
	c.there, c.key, c.value = key != nil, string(key), value
	if c.there && c.begun && c.key <= c.last {
		c.there, c.err = false, outOfOrder(c.key)
	}
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
