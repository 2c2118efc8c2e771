package bodies

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"parley/domain/calendar"
	"parley/domain/directory"
)

// Kind is a sort of body.
type Kind string

// The kinds of bodies.
const (
	KindPractice     Kind = "practice"
	KindCommissioner Kind = "commissioner"
)

// Row is a body in a list, as it was on a day.
type Row struct {
	Kind   Kind          `json:"kind"`
	Code   string        `json:"code"` // ODS code
	Name   string        `json:"name"`
	ICB    string        `json:"icb,omitempty"` // of a practice: the code of the commissioner it came under
	Open   bool          `json:"open"`          // that it was open, or existed
	Closed calendar.Date `json:"closed,omitzero"`
}

// Search says which bodies are wanted.
type Search struct {
	Text  string        // every word of it stands in the code or in one of the names; upper and lower case are the same
	On    calendar.Date // the day of which name, ICB and opening are given
	Limit int           // at most so many; 0 for all
}

// FindPractices returns the practices in docs that s describes, open or not,
// and whether there are more than its limit. Those stand first whose code it
// is, then those that are open, each by code.
func FindPractices(docs iter.Seq[Practice], s Search) ([]Row, bool) {
	return find(docs, s, func(p Practice) (Row, []string) {
		names := make([]string, 0, len(p.Names))
		for _, n := range p.Names {
			names = append(names, n.Name)
		}
		return Row{KindPractice, p.Code, p.NameOn(s.On), p.ICBOn(s.On), p.OpenOn(s.On), p.Closed()}, names
	})
}

// FindCommissioners does for commissioners what FindPractices does for
// practices. It takes those of a directory, which knows the built-in ones too.
func FindCommissioners(all iter.Seq[directory.Commissioner], s Search) ([]Row, bool) {
	return find(all, s, func(c directory.Commissioner) (Row, []string) {
		return Row{KindCommissioner, c.Code, c.Name, "", c.ExistsOn(s.On), c.Until}, []string{c.Name}
	})
}

func find[B any](bodies iter.Seq[B], s Search, describe func(B) (Row, []string)) ([]Row, bool) {
	found := []Row{}
	wanted := strings.Fields(strings.ToUpper(s.Text))
	for body := range bodies {
		row, names := describe(body)
		if slices.ContainsFunc(append(names, row.Code), func(text string) bool { return hasAll(strings.ToUpper(text), wanted) }) {
			found = append(found, row)
		}
	}
	code := strings.ToUpper(strings.TrimSpace(s.Text))
	slices.SortFunc(found, func(a, b Row) int {
		return cmp.Or(cmp.Compare(rank(a, code), rank(b, code)), strings.Compare(a.Code, b.Code))
	})
	if s.Limit > 0 && len(found) > s.Limit {
		return found[:s.Limit], true
	}
	return found, false
}

func hasAll(text string, words []string) bool {
	return !slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(text, word) })
}

func rank(row Row, code string) int {
	switch {
	case row.Code == code:
		return 0
	case row.Open:
		return 1
	}
	return 2
}
