package calendar

// Working days are counted without going from day to day: the weekdays of a
// stretch follow from its ends, and of the days off among them there are few.

// AddWorkingDays returns the nth working day after d, or before it if n is
// negative. The day itself is not counted, and is the answer if n is 0.
func (c Calendar) AddWorkingDays(w Working, d Date, n int) Date {
	for n != 0 { // among n days there are no more than n working days
		next := d.AddDays(n)
		n -= c.WorkingDaysUntil(w, d, next)
		d = next
	}
	return d
}

// WorkingDaysUntil returns how many working days there are after from, up to
// and including to. If to is earlier, it is minus the working days from to up to
// the day before from.
func (c Calendar) WorkingDaysUntil(w Working, from, to Date) int {
	if to.Before(from) {
		return -c.workingDays(w, to, from.AddDays(-1))
	}
	return c.workingDays(w, from.AddDays(1), to)
}

// workingDays returns how many working days there are from one day to another,
// both included.
func (c Calendar) workingDays(w Working, first, last Date) int {
	def, n := w.definition(), weekdays(first, last)
	var off Date
	for _, h := range c.between(first, last) {
		if h.Date != off && def.keeps(h) && !h.Date.weekend() { // two divisions may keep one day
			off = h.Date
			n--
		}
	}
	year, _, _ := first.Split()
	until, _, _ := last.Split()
	for ; year <= until; year++ {
		for _, named := range def.named {
			if d := named.in(year); !d.Before(first) && !d.After(last) && !d.weekend() && !c.keeps(def, d) {
				n--
			}
		}
	}
	return n
}

// weekdays returns how many days from one to another, both included, are from
// Monday to Friday; none if the other is earlier.
func weekdays(first, last Date) int {
	upTo := func(days int32) int { return int(days/7*5 + min(days%7, 5)) } // counted from a Sunday
	return max(0, upTo(last.days)-upTo(first.days-1))
}
