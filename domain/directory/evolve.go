package directory

import "parley/events"

// Fold returns the directory as a history of it is now believed to have been:
// what was retracted is gone, and what was replaced is replaced.
func Fold(h events.History) Directory {
	d := New().writable()
	for _, r := range h.Effective() {
		d.take(r)
	}
	return d
}

// Evolve returns d with the next commit taken in. A commit that corrects an
// earlier one (Commit.Corrects) needs a Fold of the whole history instead.
func Evolve(d Directory, r events.Recorded) Directory {
	d = d.writable()
	d.take(r)
	return d
}

// writable returns a copy of d whose maps nobody else sees.
func (d Directory) writable() Directory {
	d.practices, d.bodies = copied(d.practices, 0), copied(d.bodies, 0)
	return d
}

// take enters r's facts in d's own maps. It never refuses: they have happened.
func (d *Directory) take(r events.Recorded) {
	for _, f := range r.Facts {
		if code := practiceOf(f.Event); code != "" {
			d.practices[code] = d.practices[code].Apply(f)
		}
		if code := commissionerOf(f.Event); code != "" {
			d.bodies[code] = d.bodies[code].Apply(f)
		}
		if _, ok := f.Event.(events.PracticesImported); ok && f.On.After(d.edition) {
			d.edition = f.On
		}
	}
}
