package calendar

import "slices"

// Calendar is the bank holidays of every division as one version knows them. It
// is a value: revising it makes another. The zero Calendar knows no holidays.
type Calendar struct {
	version   string
	published Date
	horizon   Date
	holidays  []Holiday // in order; never written to once it is here
}

// Version names what the calendar knows, such as GOV.UK 2026-11-22.
func (c Calendar) Version() string { return c.version }

// Published returns the day as at which the calendar was published.
func (c Calendar) Published() Date { return c.published }

// Horizon returns the last day for which the bank holidays of all divisions are
// published. A date that was counted past it is provisional.
func (c Calendar) Horizon() Date { return c.horizon }

// Equal reports whether c and o know the same, under the same version.
func (c Calendar) Equal(o Calendar) bool {
	return c.version == o.version && c.published == o.published && c.horizon == o.horizon && sameHolidays(c.holidays, o.holidays)
}

// sameHolidays reports whether a and b have the same in them. Mostly they are one.
func sameHolidays(a, b []Holiday) bool {
	return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0] || slices.Equal(a, b))
}

// Holidays returns the bank holidays of a division in a year, in order.
func (c Calendar) Holidays(div Division, year int) []Holiday {
	var in []Holiday
	for _, h := range c.between(On(year, 1, 1), On(year, 12, 31)) {
		if h.Division == div {
			in = append(in, h)
		}
	}
	return in
}

// between returns the holidays of every division from one day to another, both
// included.
func (c Calendar) between(from, to Date) []Holiday {
	i, _ := slices.BinarySearchFunc(c.holidays, from, func(h Holiday, d Date) int { return h.Date.Compare(d) })
	j := i
	for j < len(c.holidays) && !c.holidays[j].Date.After(to) {
		j++
	}
	return c.holidays[i:j:j]
}

// Revision is what one version of the calendar changes in another. Removed
// holidays go first: one that is removed and added on the same day was renamed.
type Revision struct {
	Version   string    `json:"version"`
	Published Date      `json:"published,omitzero"`
	Horizon   Date      `json:"horizon,omitzero"`
	Added     []Holiday `json:"added,omitempty"`
	Removed   []Holiday `json:"removed,omitempty"`
}

// Revise returns the calendar as r makes it. It refuses a revision without a
// version, and holidays that are incomplete, of no division or there twice.
func (c Calendar) Revise(r Revision) (Calendar, error) {
	if r.Version == "" {
		return Calendar{}, wrong("the revision has no version to be known by")
	}
	for _, holidays := range [][]Holiday{r.Added, r.Removed} {
		if err := check(holidays); err != nil {
			return Calendar{}, err
		}
	}
	return c.With(r), nil
}

// With returns the calendar as r makes it, and refuses nothing: it is for
// revisions on record and for holidays that are only supposed. To remove what is
// not there changes nothing; what is added takes the place of what that division
// kept on that day. The horizon never comes nearer; a version or a day of publication that r does not name stays.
func (c Calendar) With(r Revision) Calendar {
	kept := slices.Clone(c.holidays)
	for _, changed := range [][]Holiday{r.Removed, r.Added} {
		for _, h := range changed {
			kept = slices.DeleteFunc(kept, func(k Holiday) bool { return k.Division == h.Division && k.Date == h.Date })
		}
	}
	for _, h := range r.Added {
		if i, there := slices.BinarySearchFunc(kept, h, order); !there {
			kept = slices.Insert(kept, i, h)
		}
	}
	c.holidays = kept
	if r.Version != "" {
		c.version = r.Version
	}
	if !r.Published.IsZero() {
		c.published = r.Published
	}
	if r.Horizon.After(c.horizon) {
		c.horizon = r.Horizon
	}
	return c
}

// Difference returns the revision that makes to out of from, where to reaches
// at least as far.
func Difference(from, to Calendar) Revision {
	r := Revision{Version: to.version, Published: to.published, Horizon: to.horizon}
	lacks := func(c Calendar, h Holiday) bool {
		i, there := slices.BinarySearchFunc(c.holidays, h, order)
		return !there || c.holidays[i] != h
	}
	for _, h := range from.holidays {
		if lacks(to, h) {
			r.Removed = append(r.Removed, h)
		}
	}
	for _, h := range to.holidays {
		if lacks(from, h) {
			r.Added = append(r.Added, h)
		}
	}
	return r
}
