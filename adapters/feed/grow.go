package feed

import (
	"errors"
	"fmt"
	"slices"

	"go.etcd.io/bbolt"

	"parley/events"
)

func (d *Documents[D]) describe() (string, int) { return d.def.Name, d.def.Version }
func (d *Documents[D]) bind(f *Feed)            { d.feed = f }
func (d *Documents[D]) stored() mark            { return d.disk }
func (d *Documents[D]) reached() mark           { return d.at }
func (d *Documents[D]) weight() int             { return d.bytes }
func (d *Documents[D]) give(room int)           { d.kept.give(room) }

func (d *Documents[D]) reset(disk mark) {
	d.disk, d.at, d.bytes = disk, disk, 0
	d.fresh = nil
	d.order.Store(nil)
	d.kept.clear()
	for _, told := range d.followers {
		told.Reset()
	}
}

// factBytes is about how much a fact adds to documents.
const factBytes = 300

func (d *Documents[D]) take(all []commit) error {
	d.next = d.at
	for _, c := range all {
		if err := d.takeOne(c); err != nil {
			return err
		}
	}
	return nil
}

func (d *Documents[D]) forget() { d.taken, d.next, d.more = nil, d.at, 0 }

func (d *Documents[D]) takeOne(c commit) error {
	switch {
	case c.Position < d.next.Position:
		return nil
	case c.Position == d.next.Position && c.Hash != d.next.Hash:
		return &disagreement{d, fmt.Errorf("the log holds another commit at position %d than it did", c.Position)}
	case c.Position == d.next.Position:
		return nil
	}
	if c.Aggregate.Kind == d.def.Kind {
		var err error
		if c.history != nil {
			err = d.refold(c)
		} else {
			err = d.apply(c)
		}
		if err != nil {
			return d.failed(c, err)
		}
	}
	d.next = mark{layout, d.def.Version, c.Position, c.Hash, d.next.Documents}
	return nil
}

// show lets readers see what was taken in, and tells the followers.
func (d *Documents[D]) show() {
	for key, f := range d.taken {
		if d.fresh == nil {
			d.fresh = map[string]fresh[D]{}
		}
		if _, is := d.fresh[key]; !is {
			d.order.Store(nil)
		}
		d.fresh[key] = f
		for _, told := range d.followers {
			if f.gone {
				told.Gone(key)
			} else {
				told.Changed(key, f.doc)
			}
		}
	}
	d.at, d.bytes = d.next, d.bytes+d.more
	d.taken, d.more = nil, 0
}

// failed returns what a commit that could not be taken in says: a disagreement
// if the view may be to blame.
func (d *Documents[D]) failed(c commit, err error) error {
	if errors.Is(err, ErrUnreadable) || errors.Is(err, ErrClosed) || !errors.Is(err, events.ErrDamaged) {
		return err
	}
	return &disagreement{d, fmt.Errorf("the view %s at position %d: %w", d.def.Name, c.Position, err)}
}

func (d *Documents[D]) apply(c commit) error {
	for key, part := range d.def.Route(c.Recorded) {
		f, err := d.current(key)
		if err != nil {
			return err
		}
		doc, err := d.def.Apply(f.doc, part)
		if err != nil {
			return err
		}
		d.put(key, f, doc, true)
		d.more += factBytes * len(part.Facts)
	}
	return nil
}

// put takes in that a document, which was like this, is another, or gone.
func (d *Documents[D]) put(key string, was fresh[D], doc D, there bool) {
	switch {
	case was.gone && there:
		d.next.Documents++
	case !was.gone && !there:
		d.next.Documents--
	}
	if d.taken == nil {
		d.taken = map[string]fresh[D]{}
	}
	d.taken[key] = fresh[D]{doc, !there}
}

// current returns the document under a key as it has been grown so far.
func (d *Documents[D]) current(key string) (fresh[D], error) {
	if f, is := d.taken[key]; is {
		return f, nil
	}
	if f, is := d.fresh[key]; is {
		return f, nil
	}
	var f fresh[D]
	err := d.feed.try(func(db *bbolt.DB) error {
		doc, found, err := d.settled(db, key)
		f = fresh[D]{doc.doc, !found}
		d.more += doc.size
		return err
	})
	return f, err
}

// refold grows the documents of c's aggregate afresh from its effective
// history. Documents that nothing is left of are gone.
func (d *Documents[D]) refold(c commit) error {
	history, err := c.history()
	if err != nil {
		return err
	}
	docs := map[string]D{}
	if d.def.Fold != nil {
		doc, err := d.def.Fold(history)
		if err != nil {
			return err
		}
		docs[c.Aggregate.ID] = doc
		d.more += factBytes * len(history)
	} else if err := d.replay(history, docs); err != nil {
		return err
	}
	for _, r := range history {
		for key := range d.def.Route(everSaid(r)) {
			was, err := d.current(key)
			if err != nil {
				return err
			}
			doc, left := docs[key]
			d.put(key, was, doc, left)
		}
	}
	return nil
}

// replay grows documents from an effective history.
func (d *Documents[D]) replay(history events.History, docs map[string]D) error {
	for _, r := range history.Effective() {
		for key, part := range d.def.Route(r) {
			doc, err := d.def.Apply(docs[key], part)
			if err != nil {
				return err
			}
			docs[key] = doc
			d.more += factBytes * len(part.Facts)
		}
	}
	return nil
}

// everSaid returns r with the facts that its corrections put in place of
// others among its own: those may have been taken back since.
func everSaid(r events.Recorded) events.Recorded {
	for _, f := range r.Facts {
		if e, ok := f.Event.(events.EventReplaced); ok {
			r.Facts = append(slices.Clip(r.Facts), e.With...)
		}
	}
	return r
}

// entries returns the stored form of what is not on disk, in the order of keys.
func (d *Documents[D]) entries() ([]entry, error) {
	keys := d.keys()
	all := make([]entry, len(keys))
	err := shared(len(all), func(i int) (err error) {
		all[i].key = keys[i]
		if f := d.fresh[keys[i]]; !f.gone {
			all[i].value, err = d.wrapped().encode(keys[i], f.doc)
		}
		return err
	})
	return all, err
}

// wrote notes what is on disk now.
func (d *Documents[D]) wrote(disk mark, entries []entry) {
	for _, e := range entries {
		if f := d.fresh[e.key]; f.gone {
			d.kept.drop(e.key)
		} else {
			d.kept.keep(e.key, f.doc, len(e.value))
		}
	}
	d.disk, d.at, d.bytes = disk, disk, 0
	d.fresh = nil
	d.order.Store(nil)
}
