package feed

import "context"

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

// Follow tells a follower of every document that there is, and from then on of
// each that changes, for as long as the Feed is open. It is told nothing more
// after an error. Meanwhile the views do not catch up.
func (d *Documents[D]) Follow(ctx context.Context, told Follower[D]) error {
	d.feed.catching.Lock()
	defer d.feed.catching.Unlock()
	told.Reset()
	before := d.followers
	d.followers = append(before[:len(before):len(before)], told)
	type keyed struct {
		key string
		doc D
	}
	err := eachBy(ctx, d, d.feed.readCaught, taking[D, keyed]{
		doc: func(key string, doc D) keyed { return keyed{key, doc} },
		json: func(key string, data []byte) (k keyed, err error) {
			k.key = key
			err = unpack(key, data, &k.doc)
			return k, err
		},
	}, func(k keyed) bool {
		told.Changed(k.key, k.doc)
		return true
	})
	if err != nil {
		d.followers = before
	}
	return err
}
