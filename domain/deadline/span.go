package deadline

import (
	"slices"
	"strings"

	"parley/domain/calendar"
)

// Span is a stretch of days: From is in it, Until is not. A zero Until means
// that it goes on.
type Span struct {
	From  calendar.Date `json:"from"`
	Until calendar.Date `json:"until,omitzero"`
}

// ParseSpan reads a pause written 2026-12-21..2027-01-04: the day of pausing,
// which does not count, and the day of resuming, which does. It refuses one that
// ends before it starts; its errors match ErrPause.
func ParseSpan(s string) (Span, error) {
	from, until, found := strings.Cut(s, "..")
	if !found {
		return Span{}, refuse(ErrPause, "%q is not a pause: write the day it starts and the day it ends, 2026-12-21..2027-01-04", s)
	}
	var span Span
	var err error
	if span.From, err = calendar.Parse(from); err != nil {
		return Span{}, refuse(ErrPause, "%s", err)
	}
	if span.Until, err = calendar.Parse(until); err != nil {
		return Span{}, refuse(ErrPause, "%s", err)
	}
	return span, span.check()
}

// String writes s as ParseSpan reads it.
func (s Span) String() string { return s.From.String() + ".." + s.Until.String() }

// long writes s for people.
func (s Span) long() string {
	if s.Until.IsZero() {
		return "the pause from " + s.From.Long() + " on"
	}
	return "the pause from " + s.From.Long() + " to " + s.Until.Long()
}

func (s Span) check() error {
	if !s.Until.IsZero() && s.Until.Before(s.From) {
		return refuse(ErrPause, "a pause cannot end on %s, before it starts on %s", s.Until.Long(), s.From.Long())
	}
	return nil
}

// within refuses a pause that starts before the clock does, or after its last
// day: it would pause nothing.
func (s Span) within(start, due calendar.Date) error {
	switch {
	case s.From.Before(start):
		return refuse(ErrPause, "%s starts before the clock does, on %s", s.long(), start.Long())
	case s.From.After(due):
		return refuse(ErrPause, "%s starts when the day has passed: it was due %s", s.long(), due.Long())
	}
	return nil
}

// has reports whether d is in s.
func (s Span) has(d calendar.Date) bool {
	return !d.Before(s.From) && (s.Until.IsZero() || d.Before(s.Until))
}

// overlaps reports whether a day is in both s and o.
func (s Span) overlaps(o Span) bool {
	return (s.Until.IsZero() || o.From.Before(s.Until)) && (o.Until.IsZero() || s.From.Before(o.Until))
}

// inOrder returns pauses by date. It refuses one that ends before it starts,
// that has no end, or that overlaps another; its errors match ErrPause.
func inOrder(pauses []Span) ([]Span, error) {
	pauses = slices.Clone(pauses)
	slices.SortFunc(pauses, func(a, b Span) int { return a.From.Compare(b.From) })
	for i, p := range pauses {
		if p.From.IsZero() || p.Until.IsZero() {
			return nil, refuse(ErrPause, "a pause needs the day it starts and the day it ends")
		}
		if err := p.check(); err != nil {
			return nil, err
		}
		if i > 0 && p.overlaps(pauses[i-1]) {
			return nil, refuse(ErrPause, "%s overlaps %s", p.long(), pauses[i-1].long())
		}
	}
	return pauses, nil
}

// mark is a change of a clock's course: stopped on a day, if it is known until
// which one, or running from it on.
type mark struct {
	on    calendar.Date
	stop  bool
	until calendar.Date
}

// spans returns the stretches that the marks make, whatever order they came in.
// A stop holds until its own last day or until the clock is started before that,
// and reaches no other stop. To stop what stands still can only prolong it, and
// to start what runs changes nothing; on one day stops and starts make up for
// each other.
func spans(marks []mark) []Span {
	marks = slices.DeleteFunc(marks, func(m mark) bool { return m.stop && !m.until.IsZero() && !m.until.After(m.on) })
	slices.SortStableFunc(marks, func(a, b mark) int { return a.on.Compare(b.on) })
	var found []Span
	var still bool
	for len(marks) > 0 {
		day := dayOf(marks)
		marks = marks[day.marks:]
		var last *Span
		if still {
			last = &found[len(found)-1]
			switch {
			case last.Until == day.on:
				day.starts = max(day.starts, 1)
			case !last.Until.IsZero() && last.Until.Before(day.on):
				still = false
			}
		}
		switch standing := day.leaves(still); {
		case standing && !still:
			found = append(found, Span{day.on, day.until})
			still = true
		case !standing && still:
			last.Until, still = day.on, false
		case standing && day.stops > 0 && day.starts > 0:
			last.Until = day.on // one pause ended, another began
			found = append(found, Span{day.on, day.until})
		case standing && day.stops > 0:
			last.Until = later(last.Until, day.until)
		}
	}
	return found
}

// course is what the marks of one day say together.
type course struct {
	on            calendar.Date
	marks         int
	stops, starts int
	until         calendar.Date // of the stops, the latest
}

// dayOf returns the first day of the marks, which are in order.
func dayOf(marks []mark) course {
	day := course{on: marks[0].on}
	for _, m := range marks {
		if m.on != day.on {
			break
		}
		day.marks++
		switch {
		case !m.stop:
			day.starts++
		case day.stops == 0:
			day.stops, day.until = 1, m.until
		default:
			day.stops, day.until = day.stops+1, later(day.until, m.until)
		}
	}
	return day
}

// leaves reports whether a clock stands still after the day.
func (d course) leaves(still bool) bool {
	if still {
		return 1+d.stops > d.starts
	}
	return d.stops > d.starts
}

// later returns the later of two days on which a pause ends; no day is never.
func later(a, b calendar.Date) calendar.Date {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return a
	}
	return b
}

// begunAfter returns the days of the spans that begin after a day, without those
// in which one that began earlier still ran.
func begunAfter(day calendar.Date, all []Span) []Span {
	over := day
	var found []Span
	for _, s := range all {
		if s.From.After(day) {
			found = append(found, s)
		} else if s.Until.After(over) {
			over = s.Until
		}
	}
	found = union(found)
	for i := range found {
		if found[i].From.Before(over) {
			found[i].From = over
		}
	}
	return slices.DeleteFunc(found, func(s Span) bool { return !s.Until.After(s.From) })
}

// union returns the days that are in any of the spans, as few spans as there
// are stretches. Only the last can go on.
func union(all []Span) []Span {
	slices.SortFunc(all, func(a, b Span) int { return a.From.Compare(b.From) })
	var joined []Span
	for _, s := range all {
		if n := len(joined); n > 0 {
			last := &joined[n-1]
			if last.Until.IsZero() {
				break
			}
			if !last.Until.Before(s.From) {
				if s.Until.IsZero() || s.Until.After(last.Until) {
					last.Until = s.Until
				}
				continue
			}
		}
		joined = append(joined, s)
	}
	return joined
}
