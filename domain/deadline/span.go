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

// mark is a change of a clock's course: stopped on a day, or running from it on.
type mark struct {
	on   calendar.Date
	stop bool
}

// spans returns the stretches that the marks make, whatever order they came in.
// To stop what stands still, or to start what runs, changes nothing; on one day
// stops and starts make up for each other.
func spans(marks []mark) []Span {
	slices.SortStableFunc(marks, func(a, b mark) int { return a.on.Compare(b.on) })
	var found []Span
	var still bool
	for i := 0; i < len(marks); {
		day, depth := marks[i].on, 0
		if still {
			depth = 1
		}
		for ; i < len(marks) && marks[i].on == day; i++ {
			if marks[i].stop {
				depth++
			} else {
				depth--
			}
		}
		switch {
		case depth > 0 && !still:
			found = append(found, Span{From: day})
		case depth <= 0 && still:
			found[len(found)-1].Until = day
		}
		still = depth > 0
	}
	return found
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
