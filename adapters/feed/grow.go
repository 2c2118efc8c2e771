package feed

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"go.etcd.io/bbolt"

	"parley/events"
)

func (d *Documents[D]) describe() (string, int) { return d.def.Name, d.def.Version }
func (d *Documents[D]) bind(f *Feed)            { d.feed = f }
func (d *Documents[D]) stored() mark            { return d.disk }
func (d *Documents[D]) working() mark           { return d.at }
func (d *Documents[D]) weight() int             { return d.bytes }

func (d *Documents[D]) setStored(m mark) {
	d.disk = m
	d.tell()
}

func (d *Documents[D]) forget() { d.at, d.cache, d.bytes = d.disk, nil, 0 }

// factBytes is about how much a fact adds to documents.
const factBytes = 300

func (d *Documents[D]) take(c commit) error {
	switch {
	case c.Position < d.at.Position:
		return nil
	case c.Position == d.at.Position && c.Hash != d.at.Hash:
		return &disagreement{d, fmt.Errorf("the log holds another commit at position %d than it did", c.Position)}
	case c.Position == d.at.Position:
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
	d.at = mark{layout, d.def.Version, c.Position, c.Hash, d.at.Documents}
	return nil
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
		doc, err := d.current(key)
		if err != nil {
			return err
		}
		if doc, err = d.def.Apply(doc, part); err != nil {
			return err
		}
		d.put(key, cached[D]{doc: doc})
		d.bytes += factBytes * len(part.Facts)
	}
	return nil
}

func (d *Documents[D]) put(key string, doc cached[D]) {
	if d.cache == nil {
		d.cache = map[string]cached[D]{}
	}
	d.cache[key] = doc
}

// current returns the document under a key as it is in memory, or else on disk.
func (d *Documents[D]) current(key string) (D, error) {
	if c, ok := d.cache[key]; ok {
		return c.doc, nil
	}
	var doc D
	if (d.disk == mark{}) {
		return doc, nil
	}
	var size int
	_, err := d.feed.try(func(tx *bbolt.Tx) (err error) {
		doc, _, size, err = d.get(tx, key)
		return err
	})
	d.bytes += size
	return doc, err
}

// refold grows the documents of c's aggregate afresh from its effective
// history. Documents that nothing is left of are gone.
func (d *Documents[D]) refold(c commit) error {
	history, err := c.history()
	if err != nil {
		return err
	}
	if d.def.Fold != nil {
		doc, err := d.def.Fold(history)
		if err != nil {
			return err
		}
		d.put(c.Aggregate.ID, cached[D]{doc: doc})
		d.bytes += factBytes * len(history)
		return nil
	}
	docs := map[string]D{}
	for _, r := range history.Effective() {
		for key, part := range d.def.Route(r) {
			doc, err := d.def.Apply(docs[key], part)
			if err != nil {
				return err
			}
			docs[key] = doc
			d.bytes += factBytes * len(part.Facts)
		}
	}
	for _, r := range history {
		for key := range d.def.Route(everSaid(r)) {
			doc, left := docs[key]
			d.put(key, cached[D]{doc, !left})
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

// entries returns the stored form of what is in memory, in the order of keys.
func (d *Documents[D]) entries() ([]entry, error) {
	all := make([]entry, 0, len(d.cache))
	for _, key := range slices.Sorted(maps.Keys(d.cache)) {
		all = append(all, entry{key: key})
	}
	err := shared(len(all), func(i int) (err error) {
		if c := d.cache[all[i].key]; !c.gone {
			all[i].value, err = d.wrapped().encode(all[i].key, c.doc)
		}
		return err
	})
	return all, err
}
