package calendar

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Division is a part of the United Kingdom with bank holidays of its own.
type Division string

// The divisions, named as GOV.UK names them.
const (
	EnglandAndWales Division = "england-and-wales"
	Scotland        Division = "scotland"
	NorthernIreland Division = "northern-ireland"
)

// Divisions returns the three divisions.
func Divisions() []Division { return []Division{EnglandAndWales, Scotland, NorthernIreland} }

// Name returns the division's name as people write it.
func (d Division) Name() string {
	switch d {
	case EnglandAndWales:
		return "England and Wales"
	case Scotland:
		return "Scotland"
	case NorthernIreland:
		return "Northern Ireland"
	}
	return string(d)
}

func (d Division) known() bool { return slices.Contains(Divisions(), d) }

// Holiday is one bank holiday of one division.
type Holiday struct {
	Division Division `json:"division"`
	Date     Date     `json:"date"`
	Title    string   `json:"title"`
	// Substitute marks a weekday that stands in for a holiday at a weekend.
	Substitute bool `json:"substitute,omitempty"`
}

// String returns the holiday as people write it: Tue 28 Dec 2027, Boxing Day
// (substitute; Scotland).
func (h Holiday) String() string {
	return h.Date.Long() + ", " + named(h.Title, h.Substitute, []Division{h.Division})
}

// named returns a holiday's name with where it is kept.
func named(title string, substitute bool, in []Division) string {
	where := "throughout the UK"
	if len(in) < len(Divisions()) {
		names := make([]string, len(in))
		for i, d := range in {
			names[i] = d.Name()
		}
		where = strings.Join(names, ", ")
	}
	if substitute {
		where = "substitute; " + where
	}
	return title + " (" + where + ")"
}

// order sorts holidays by day, and by division within one.
func order(a, b Holiday) int {
	return cmp.Or(a.Date.Compare(b.Date), cmp.Compare(rank(a.Division), rank(b.Division)))
}

func rank(d Division) int { return slices.Index(Divisions(), d) }

// ErrHolidays is wrapped by every error about bank holidays that cannot be right.
var ErrHolidays = errors.New("these bank holidays cannot be right")

func wrong(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrHolidays, fmt.Sprintf(format, args...))
}

// check refuses holidays that are incomplete, of no division, or there twice.
func check(holidays []Holiday) error {
	type place struct {
		Division
		Date
	}
	seen := make(map[place]string, len(holidays))
	for _, h := range holidays {
		at := place{h.Division, h.Date}
		before, twice := seen[at]
		switch {
		case !h.Division.known():
			return wrong("%q is no division: there are %s, %s and %s", h.Division, EnglandAndWales, Scotland, NorthernIreland)
		case h.Date.IsZero():
			return wrong("%q in %s has no day", h.Title, h.Division.Name())
		case strings.TrimSpace(h.Title) == "":
			return wrong("the holiday of %s in %s has no name", h.Date, h.Division.Name())
		case twice:
			return wrong("%s has two holidays on %s: %q and %q", h.Division.Name(), h.Date, before, h.Title)
		}
		seen[at] = h.Title
	}
	return nil
}
