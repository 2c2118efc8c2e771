package deadline

import (
	"fmt"
	"time"

	"parley/domain/calendar"
	"parley/events"
)

// walk counts days that are working days, one by one from first on, and leaves
// out what is paused.
func (r *reckoning) walk(first calendar.Date) {
	n, what := r.limit.Period.N, "working day"
	if r.limit.short() {
		r.note(first, "five days or less: days on which the court is closed are not counted (CPR 2.8(4))")
		what = "day"
	}
	var weekends weekend
	pauses, counted := r.pauses, 0
	d := first
	for ; ; d = d.AddDays(1) {
		for len(pauses) > 0 && !d.Before(pauses[0].From) {
			if d.Before(pauses[0].Until) {
				r.paused(pauses[0], d, counted, n, what)
				d = pauses[0].Until
			}
			pauses = pauses[1:]
		}
		if r.off(d) {
			r.skipped(d, &weekends)
			continue
		}
		if counted++; counted == 1 {
			r.note(d, "%s 1", what)
		}
		if counted == n {
			break
		}
	}
	r.Due = d
	if r.explain && weekends.days > 0 {
		r.note(d, "%s", weekends)
	}
	r.note(d, "%s %d, the last", what, n)
}

// skipped notes a day that is not counted: a holiday by name, weekends together.
func (r *reckoning) skipped(d calendar.Date, weekends *weekend) {
	if !r.explain {
		return
	}
	if day := d.Weekday(); day == time.Saturday || day == time.Sunday {
		weekends.add(d)
		return
	}
	r.note(d, "not counted: %s", r.why(d))
}

// paused notes a pause that the count came upon on day d.
func (r *reckoning) paused(p Span, d calendar.Date, counted, n int, what string) {
	r.note(d, "paused: %d of %d %ss had run, %d remain", counted, n, what, n-counted)
	r.note(p.Until, "running again, and this day counts: %s paused", were(d.DaysUntil(p.Until)))
}

// weekend gathers the Saturdays and Sundays that a count passes over.
type weekend struct {
	days, weekends int
	first, last    calendar.Date
}

func (w *weekend) add(d calendar.Date) {
	if w.days == 0 {
		w.first = d
	}
	if apart := w.last.DaysUntil(d); w.days == 0 || apart > 1 || apart < -1 {
		w.weekends++
	}
	w.days++
	w.last = d
}

// String says which weekends were passed over.
func (w weekend) String() string {
	first, last := w.first, w.last
	if first.After(last) {
		first, last = last, first
	}
	if w.weekends == 1 {
		return fmt.Sprintf("not counted: 1 weekend (%d days, %s to %s)", w.days, first.Long(), last.Long())
	}
	return fmt.Sprintf("not counted: %d weekends (%d days, the first %s, the last %s)", w.weekends, w.days, first.Long(), last.Long())
}

// afterPauses moves the date by the days that were paused before it. What the
// date left to run from first on is kept: a pause costs no day of it, and gives
// none.
func (r *reckoning) afterPauses(first calendar.Date) {
	for _, p := range r.pauses {
		from := p.From
		if from.Before(first) {
			from = first
		}
		if from.After(r.Due) {
			break
		}
		lost := from.DaysUntil(p.Until)
		if lost <= 0 {
			continue
		}
		r.note(from, "paused: %s, from this one to %s", remain(from.DaysUntil(r.Due)+1), r.Due.Long())
		r.Due = r.Due.AddDays(lost)
		r.note(p.Until, "running again, and this day counts: %s paused, so that it ends on %s", were(lost), r.Due.Long())
	}
}

func were(days int) string {
	if days == 1 {
		return "1 day was"
	}
	return fmt.Sprintf("%d days were", days)
}

func remain(days int) string {
	if days == 1 {
		return "1 day remains"
	}
	return fmt.Sprintf("%d days remain", days)
}

// backward counts back from an event that lies ahead. It never rolls forward,
// and nothing that is paused moves it.
func (r *reckoning) backward(event calendar.Date) {
	counts := r.limit.Counting == events.BeginningWith
	if counts {
		r.note(event, "the day of the event ahead, which is day 1")
	} else {
		r.note(event, "the day of the event ahead, which is not counted")
	}
	switch {
	case r.limit.Period.Unit == calendar.WorkingDays, r.limit.short():
		r.walkBack(event, counts)
	case r.limit.inMonths():
		r.monthsBack(event, counts)
	default:
		r.Due = event.AddDays(-r.days())
		if counts {
			r.Due = r.Due.AddDays(1)
		}
		r.note(r.Due, "%s", r.limit.long())
	}
	if r.limit.clear() {
		r.Due = r.Due.AddDays(-1)
		r.note(r.Due, "the day before those clear days: it is not counted either")
	}
	r.note(r.Due, "the latest day: counted backward, it never moves forward")
}

// monthsBack counts months and years back to the corresponding date or, where
// the day of the event counts, to the day after it.
func (r *reckoning) monthsBack(event calendar.Date, counts bool) {
	r.Due = event.AddMonths(-r.limit.months())
	_, _, had := event.Split()
	_, _, has := r.Due.Split()
	if had != has {
		r.note(r.Due, "%s: that month has no day %d, so its last day", r.limit.long(), had)
	} else {
		r.note(r.Due, "%s, the corresponding date", r.limit.long())
	}
	if counts {
		r.Due = r.Due.AddDays(1)
		r.note(r.Due, "the day after it, because the day of the event counts")
	}
}

func (r *reckoning) walkBack(event calendar.Date, counts bool) {
	d := event
	if !counts {
		d = d.AddDays(-1)
	}
	var weekends weekend
	for counted := 0; ; d = d.AddDays(-1) {
		if r.off(d) {
			r.skipped(d, &weekends)
			continue
		}
		if counted++; counted == r.limit.Period.N {
			break
		}
	}
	r.Due = d
	if r.explain && weekends.days > 0 {
		r.note(d, "%s", weekends)
	}
	r.note(d, "%s", r.limit.long())
}
