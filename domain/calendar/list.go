package calendar

import "slices"

// foresight is how many years ahead of its publication a list may reach. Two or
// three are usual; a holiday beyond ten is a slip in the year.
const foresight = 10

// Adopt returns the calendar as a list published on that day has it. Within what
// the list covers of each division, from the first day it lists to the last, its
// holidays stand and no others; before and after, c's are kept. The horizon
// moves to the last day that the list covers for all divisions, but never nearer.
//
// It refuses, with ErrHolidays, a list that leaves out a division or all of a
// year, that lists a day twice, that reaches further ahead than anybody
// publishes, or that begins after c's horizon, so that what lies between is missing.
func (c Calendar) Adopt(version string, published Date, list []Holiday) (Calendar, error) {
	if err := check(list); err != nil {
		return Calendar{}, err
	}
	r := Revision{Version: version, Published: published, Added: list}
	for _, div := range Divisions() {
		first, last, err := c.reach(div, published, list)
		if err != nil {
			return Calendar{}, err
		}
		for _, h := range c.between(first, last) {
			if h.Division == div {
				r.Removed = append(r.Removed, h)
			}
		}
		if r.Horizon.IsZero() || last.Before(r.Horizon) {
			r.Horizon = last
		}
	}
	return c.Revise(r)
}

// reach returns the first and the last day that the list has of a division.
func (c Calendar) reach(div Division, published Date, list []Holiday) (first, last Date, err error) {
	var days []Date
	for _, h := range list {
		if h.Division == div {
			days = append(days, h.Date)
		}
	}
	if len(days) == 0 {
		return first, last, wrong("the list has none of %s", div.Name())
	}
	slices.SortFunc(days, Date.Compare)
	first, last = days[0], days[len(days)-1]
	until, _, _ := published.Split()
	known, _, _ := c.horizon.Split()
	before, _, _ := first.Split()
	switch end, _, _ := last.Split(); {
	case end > until+foresight:
		return first, last, wrong("%s in %s is more than %d years after the list was published, on %s", last, div.Name(), foresight, published)
	case !c.horizon.IsZero() && before > known+1:
		return first, last, wrong("those of %s begin in %d, and only those up to %s are known: the years between are missing", div.Name(), before, c.horizon)
	}
	for _, d := range days {
		year, _, _ := d.Split()
		if year > before+1 {
			return first, last, wrong("the list has none of %s in %d, and some before and after", div.Name(), before+1)
		}
		before = year
	}
	return first, last, nil
}
