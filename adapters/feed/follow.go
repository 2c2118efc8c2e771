package feed

import (
	"context"
	"slices"

	"go.etcd.io/bbolt"
)

// Follower keeps something that follows from the documents of one view beside
// them, such as an index. It is told of them one after another, in order, at the
// moment at which readers begin to see them so and while nobody can read: it must
// be quick, and not call the Feed. What CatchUp has taken in when it returns, its
// followers have been told of.
type Follower[D any] interface {
	// Changed says which document is under a key from now on. It may be the one that
	// was there.
	Changed(key string, doc D)

	// Gone says that there is no document under a key.
	Gone(key string)

	// Reset says that there are no documents at all. What is grown in their place,
	// as where a view is rebuilt, is told of by Changed.
	Reset()
}

// Choosy is a Follower that need not be told by Follow of every document.
type Choosy interface {
	// Concerned reports whether it is to be told of the document that is stored on
	// disk in this form, JSON.
	Concerned(stored []byte) bool
}

// Follow tells a follower of every document that there is, unless it is Choosy, and
// from the beginning of each that changes, for as long as the Feed is open. It is
// told nothing more after an error. The views catch up meanwhile, between one chunk and the next.
func (d *Documents[D]) Follow(ctx context.Context, told Follower[D]) error {
	d.feed.catching.Lock()
	told.Reset()
	d.followers = append(slices.Clip(d.followers), told)
	d.feed.catching.Unlock()
	concerned := func([]byte) bool { return true }
	if choosy, is := told.(Choosy); is {
		concerned = choosy.Concerned
	}
	var at place
	var err error
	for !at.ended && err == nil {
		if err = ctx.Err(); err == nil {
			at, err = d.tell(ctx, told, concerned, at)
		}
	}
	if err != nil {
		d.feed.catching.Lock()
		defer d.feed.catching.Unlock()
		d.followers = slices.DeleteFunc(slices.Clone(d.followers), func(f Follower[D]) bool { return f == told })
	}
	return err
}

// tell tells a follower of the documents after a place, at most a chunk, and
// returns how far it has come. Nothing changes meanwhile, so that it is told of no
// document as it was before a change that it has been told of.
func (d *Documents[D]) tell(ctx context.Context, told Follower[D], concerned func(stored []byte) bool, at place) (then place, err error) {
	type keyed struct {
		key       string
		doc       D
		concerned bool
	}
	of := taking[D, keyed]{
		doc: func(key string, doc D) keyed { return keyed{key, doc, true} },
		json: func(key string, data []byte) (k keyed, err error) {
			if k.key, k.concerned = key, concerned(data); k.concerned {
				err = unpack(key, data, &k.doc)
			}
			return k, err
		},
	}
	d.feed.catching.Lock()
	defer d.feed.catching.Unlock()
	var got []keyed
	err = d.feed.readCaught(ctx, func(db *bbolt.DB) (err error) {
		got, then, err = next(db, d, at, of)
		return err
	})
	if err != nil {
		return at, err
	}
	for _, k := range got {
		if k.concerned {
			told.Changed(k.key, k.doc)
		}
	}
	return then, nil
}
