package events

import "time"

// History is the commits of one aggregate, oldest first, without gaps.
type History []Recorded

// AsOf returns what had been recorded by t.
func (h History) AsOf(t time.Time) History {
	for i, r := range h {
		if r.RecordedAt.After(t) {
			return h[:i]
		}
	}
	return h
}

// Fact returns the fact with this ID as it was recorded.
func (h History) Fact(id EventID) (Fact, bool) {
	i := id.Version - 1
	if i < 0 || i >= len(h) || id.Index < 1 || id.Index > len(h[i].Facts) {
		return Fact{}, false
	}
	return h[i].Facts[id.Index-1], true
}

// Corrects reports whether c retracts or replaces an earlier fact, so that a
// fold that has already taken that fact in must begin again.
func (c Commit) Corrects() bool {
	for _, f := range c.Facts {
		switch f.Event.(type) {
		case EventRetracted, EventReplaced:
			return true
		}
	}
	return false
}

// Correction is what became of a fact that was retracted or replaced.
type Correction struct {
	By   EventID // the correcting fact
	Why  string
	With []Fact // what stands instead: none if it was retracted
}

// Corrections returns what corrects each corrected fact. A correction counts
// only if it stands after the fact and was not itself retracted, nor fell with
// the cause it followed from. Of two replacements the later stands.
func (h History) Corrections() map[EventID]Correction {
	found := map[EventID]Correction{}
	for v := len(h) - 1; v >= 0; v-- {
		for i := len(h[v].Facts) - 1; i >= 0; i-- {
			id, c := correction(h[v].Facts[i])
			c.By = h[v].ID(i)
			if _, there := h.Fact(id); !there || !id.before(c.By) || h[v].struck(i, found) {
				continue
			}
			if _, later := found[id]; !later {
				found[id] = c
			}
		}
	}
	return found
}

// correction returns what f corrects, and how; no ID if it corrects nothing.
func correction(f Fact) (EventID, Correction) {
	switch e := f.Event.(type) {
	case EventRetracted:
		return e.Event, Correction{Why: e.Why}
	case EventReplaced:
		return e.Event, Correction{Why: e.Why, With: e.With}
	}
	return EventID{}, Correction{}
}

// struck reports whether the fact at index i, or the cause it followed from,
// is corrected.
func (c Commit) struck(i int, corrections map[EventID]Correction) bool {
	_, gone := corrections[c.ID(i)]
	for ; i >= 0 && !gone; i-- {
		if !c.Facts[i].Follows {
			_, gone = corrections[c.ID(i)]
			break
		}
	}
	return gone
}

// Effective returns the history as it is now believed to have been: retracted
// facts are gone and replaced ones replaced where they stood, each with the
// consequences that followed it. Every commit keeps its place and version.
func (h History) Effective() History { return h.Under(h.Corrections()) }

// Under returns the history as these corrections make it. They may come from
// commits that h does not reach.
func (h History) Under(corrections map[EventID]Correction) History {
	if len(corrections) == 0 {
		return h
	}
	effective := make(History, len(h))
	for v, r := range h {
		facts := make([]Fact, 0, len(r.Facts))
		var struck bool // whether the last cause was corrected, and its consequences with it
		for i, f := range r.Facts {
			c, corrected := corrections[r.ID(i)]
			if !f.Follows {
				struck = corrected
			}
			switch {
			case f.Follows && struck: // whatever became of it
			case corrected:
				facts = append(facts, c.With...)
			default:
				facts = append(facts, f)
			}
		}
		r.Facts = facts
		effective[v] = r
	}
	return effective
}
