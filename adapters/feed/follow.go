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
	var failed error
	eachBy(ctx, d, d.feed.readCaught, &failed, func(key string, data []byte) (keyed, error) {
		k := keyed{key: key}
		err := unpack(key, data, &k.doc)
		return k, err
	}, func(k keyed) bool {
		told.Changed(k.key, k.doc)
		return true
	})
	if failed != nil {
		d.followers = before
	}
	return failed
}

// tell tells the followers of what readers see from now on: nothing, or what has
// been taken in. It is called with Feed.mu held for writing.
func (d *Documents[D]) tell() {
	for _, told := range d.followers {
		if (d.disk == mark{}) {
			told.Reset()
		}
		for key, c := range d.cache {
			switch {
			case (d.disk == mark{}):
			case c.gone:
				told.Gone(key)
			default:
				told.Changed(key, c.doc)
			}
		}
	}
}
