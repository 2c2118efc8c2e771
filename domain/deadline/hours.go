package deadline

import "time"

// hours counts hours as they pass, across changes of the clocks, and leaves out
// days that are paused. An event without a known time is counted from the start
// of its day, which is the safe side.
func (r *reckoning) hours(from Moment) {
	at, err := from.moment()
	if err != nil {
		from.Time = "00:00"
		at = from.Date.Time()
		r.note(from.Date, "no time of day that can be counted from is recorded: counted from the start of the day")
	} else {
		r.note(from.Date, "the moment of the event, %s", from.Time)
		if first := at.Add(time.Hour); twice(first) {
			r.note(from.Date, "the clocks go back, and show that time twice: the first is meant, in BST; write %s%s for the second", from.Time, again)
		}
	}
	left := time.Duration(r.limit.Period.N) * time.Hour
	if r.limit.Backward {
		r.until(at.Add(-left))
		return
	}
	for _, p := range r.pauses {
		stop, start := midnight(p.From), midnight(p.Until)
		if !start.After(at) {
			continue
		}
		if stop.Before(at) {
			stop = at
		}
		if stop.Sub(at) >= left {
			break
		}
		left -= stop.Sub(at)
		at = start
		r.note(p.From, "paused at the start of the day: %d h %d min remain", int(left.Hours()), int(left.Minutes())%60)
		r.note(p.Until, "running again from the start of the day")
	}
	r.until(at.Add(left))
}

// until sets the moment at which the limit ends.
func (r *reckoning) until(at time.Time) {
	end := inLondon(at)
	r.Due, r.Time = end.Date, end.Time
	zone := "GMT"
	if summer(at) {
		zone = "BST"
	}
	r.note(r.Due, "%s %s: until %s %s", r.limit.long(), passing(r.limit.Period.N), r.Time, zone)
}

// passing says that hours are counted by the clock, for one or for more.
func passing(n int) string {
	if n == 1 {
		return "as it passes"
	}
	return "as they pass"
}
