package directory

import (
	"regexp"
	"slices"

	"parley/domain/calendar"
	"parley/events"
)

// Practice is a GP practice as it was over time. Its fields are in order of
// their days; it is folded from facts with Apply, and is never changed in place.
type Practice struct {
	Code  string   `json:"code"` // ODS code, A81001
	Names []Naming `json:"names"`
	ICBs  []Tenure `json:"icbs,omitempty"` // none if it closed before there were ICBs
	Open  []Span   `json:"open"`           // ends before the next begins
}

// Naming is a name that a practice took on a day.
type Naming struct {
	From calendar.Date `json:"from"`
	Name string        `json:"name"`
}

// Tenure is a commissioner that a practice came under on a day.
type Tenure struct {
	From calendar.Date `json:"from"`
	ICB  string        `json:"icb"` // ODS code
}

// Span is days on which a practice is open, both ends included.
type Span struct {
	From  calendar.Date `json:"from"`
	Until calendar.Date `json:"until,omitzero"` // the last day; none while it is open
}

// covers reports whether day lies within the span.
func (s Span) covers(day calendar.Date) bool {
	return !day.Before(s.From) && (s.Until.IsZero() || !day.After(s.Until))
}

var practiceCode = regexp.MustCompile(`^[A-Z]\d{5}$`)

// IsPracticeCode reports whether code is shaped like a practice's ODS code.
func IsPracticeCode(code string) bool { return practiceCode.MatchString(code) }

// Closed returns p's last day, or no date while it has none.
func (p Practice) Closed() calendar.Date {
	if len(p.Open) == 0 {
		return calendar.Date{}
	}
	return p.Open[len(p.Open)-1].Until
}

// OpenOn reports whether p is open on that day.
func (p Practice) OpenOn(on calendar.Date) bool {
	return slices.ContainsFunc(p.Open, func(s Span) bool { return s.covers(on) })
}

// NameOn returns the name p had on that day; before its first known name, that.
func (p Practice) NameOn(on calendar.Date) string {
	if len(p.Names) == 0 {
		return ""
	}
	name := p.Names[0].Name
	for _, n := range p.Names[1:] {
		if n.From.After(on) {
			break
		}
		name = n.Name
	}
	return name
}

// ICBOn returns the code of the commissioner that p came under on that day, as
// far as it is known: empty before there were ICBs, and before the ICB that
// the first list names existed.
func (p Practice) ICBOn(on calendar.Date) string {
	var icb string
	for _, t := range p.ICBs {
		if t.From.After(on) {
			break
		}
		icb = t.ICB
	}
	return icb
}

// notOpen says when p closed before on and when it opens after.
func (p Practice) notOpen(on calendar.Date) NotOpen {
	e := NotOpen{Code: p.Code, Name: p.NameOn(on), On: on}
	for _, s := range p.Open {
		if !s.Until.IsZero() && s.Until.Before(on) {
			e.Closed = s.Until
		}
		if s.From.After(on) {
			e.Opens = s.From
			break
		}
	}
	return e
}

// Apply returns p with the fact taken in. Facts about other bodies leave it as
// it is. The zero Practice becomes the one that a PracticeListed names.
func (p Practice) Apply(f events.Fact) Practice {
	about := practiceOf(f.Event)
	if about == "" || p.Code != "" && p.Code != about {
		return p
	}
	p.Code = about
	switch e := f.Event.(type) {
	case events.PracticeListed:
		return listed(e, f.On)
	case events.PracticeRenamed:
		p.Names = replaceFrom(p.Names, Naming{f.On, e.Name}, func(n Naming) calendar.Date { return n.From })
	case events.PracticeMoved:
		p.ICBs = replaceFrom(p.ICBs, Tenure{f.On, e.ICB}, func(t Tenure) calendar.Date { return t.From })
	case events.PracticeClosed:
		p.Open = closedOn(p.Open, f.On)
	case events.PracticeReopened:
		p.Open = openedOn(p.Open, f.On)
	}
	return p
}

// listed returns the practice as its first list, true on that day, had it. The
// list says which ICB it comes under but not since when: since the practice
// opened or, if that was later, since the ICB began. Of an ICB that is not
// built in only the list's own day is sure.
func listed(e events.PracticeListed, asAt calendar.Date) Practice {
	p := Practice{Code: e.Practice, Names: []Naming{{e.Opened, e.Name}}, Open: []Span{{e.Opened, e.Closed}}}
	if e.ICB == "" {
		return p
	}
	from := asAt
	if c, known := Builtin(e.ICB); known {
		from = c.From
	}
	if e.Opened.After(from) {
		from = e.Opened
	}
	p.ICBs = []Tenure{{from, e.ICB}}
	return p
}

// replaceFrom returns those of all that began before one does, and one.
func replaceFrom[T any](all []T, one T, from func(T) calendar.Date) []T {
	kept := slices.DeleteFunc(slices.Clone(all), func(t T) bool { return !from(t).Before(from(one)) })
	return append(kept, one)
}

// closedOn returns spans with last as the last day of the latest one that had
// begun by then; later ones are gone. If none had, that day is all there is.
func closedOn(spans []Span, last calendar.Date) []Span {
	kept := slices.DeleteFunc(slices.Clone(spans), func(s Span) bool { return s.From.After(last) })
	if len(kept) == 0 {
		return []Span{{last, last}}
	}
	kept[len(kept)-1].Until = last
	return kept
}

// openedOn returns spans with one more that begins at first and has no end.
// It takes up the last one where that runs up to it.
func openedOn(spans []Span, first calendar.Date) []Span {
	kept := slices.DeleteFunc(slices.Clone(spans), func(s Span) bool { return !s.From.Before(first) })
	if n := len(kept); n > 0 {
		last := &kept[n-1]
		if last.Until.IsZero() || !last.Until.AddDays(1).Before(first) {
			last.Until = calendar.Date{}
			return kept
		}
	}
	return append(kept, Span{From: first})
}
