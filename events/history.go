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

// Corrections returns what corrects each corrected fact. A correction that was
// itself retracted does not count, and of two replacements the later stands.
func (h History) Corrections() map[EventID]Correction {
	found := map[EventID]Correction{}
	for v := len(h) - 1; v >= 0; v-- {
		for i := len(h[v].Facts) - 1; i >= 0; i-- {
			by := h[v].ID(i)
			if _, gone := found[by]; gone {
				continue
			}
			switch e := h[v].Facts[i].Event.(type) {
			case EventRetracted:
				if _, later := found[e.Event]; !later {
					found[e.Event] = Correction{by, e.Why, nil}
				}
			case EventReplaced:
				if _, later := found[e.Event]; !later {
					found[e.Event] = Correction{by, e.Why, e.With}
				}
			}
		}
	}
	return found
}

// Effective returns the history as it is now believed to have been: retracted
// facts are gone and replaced ones replaced where they stood, each with the
// consequences that followed it. Every commit keeps its place and version.
func (h History) Effective() History {
	corrections := h.Corrections()
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
			case corrected:
				facts = append(facts, c.With...)
			case !struck || !f.Follows:
				facts = append(facts, f)
			}
		}
		r.Facts = facts
		effective[v] = r
	}
	return effective
}
