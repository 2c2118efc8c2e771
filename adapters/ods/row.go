package ods

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"parley/domain/calendar"
	"parley/domain/directory"
)

// status is how an organisation stands.
type status int

const (
	active status = iota + 1
	closed
	dormant
	proposed
)

// statuses are the words of both layouts. No word is in both.
var statuses = map[string]entry{
	"A": {layout: Older, status: active}, "C": {layout: Older, status: closed},
	"D": {layout: Older, status: dormant}, "P": {layout: Older, status: proposed},
	"ACTIVE": {layout: Newer, status: active}, "INACTIVE": {layout: Newer, status: closed},
	"DORMANT": {layout: Newer, status: dormant}, "PROPOSED": {layout: Newer, status: proposed},
}

// entry is what sort of row a row is.
type entry struct {
	layout Layout
	status status
	gp     bool // a GP practice, of England or not
}

var (
	olderSetting = regexp.MustCompile(`^\d{1,2}$`)
	newerRoles   = regexp.MustCompile(`^(RO\d{1,4}(\|RO\d{1,4})*)?$`) // a few rows have none, or two
)

// classify returns what sort of row this is, or why it is of neither layout.
func classify(fields []string) (entry, error) {
	e, known := statuses[fields[colStatus]]
	setting := fields[colSetting]
	switch {
	case !known:
		return entry{}, fmt.Errorf("its status %q (column 13) is none of A, C, D and P, nor of ACTIVE, INACTIVE, DORMANT and PROPOSED", fields[colStatus])
	case e.layout == Older && !olderSetting.MatchString(setting):
		return entry{}, fmt.Errorf("its prescribing setting %q (column 26) is not a number, as in rows of status %s", setting, fields[colStatus])
	case e.layout == Newer && !newerRoles.MatchString(setting):
		return entry{}, fmt.Errorf("its role %q (column 26) is not one such as RO76", setting)
	}
	e.gp = setting == "4" || slices.Contains(strings.Split(setting, "|"), "RO76")
	return e, nil
}

// wales is what the older layout has in place of an ICB for Welsh practices.
const wales = "Q99"

// welsh reports whether the row is a practice of Wales, which comes under no
// ICB: Q99 in the older layout; nothing in the newer, with a code in W.
func (e entry) welsh(fields []string) bool {
	if e.layout == Older {
		return fields[colICB] == wales
	}
	return fields[colICB] == "" && strings.HasPrefix(fields[colCode], "W")
}

// listing returns the practice that a row describes, or all that is wrong with it.
func (e entry) listing(fields []string, known func(string) bool) (directory.Listing, []string) {
	var wrong []string
	date := func(col int, what string) calendar.Date {
		d, err := day(fields[col])
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("its %s day %v (column %d)", what, err, col+1))
		}
		return d
	}
	l := directory.Listing{Practice: fields[colCode], Name: fields[colName]}
	if !directory.IsPracticeCode(l.Practice) {
		wrong = append(wrong, fmt.Sprintf("%q is not the code of a practice: a letter and five digits", l.Practice))
	}
	if l.Name == "" {
		wrong = append(wrong, "it has no name")
	}
	l.Opened = date(colOpened, "opening")
	l.Closed = date(colClosed, "closing")
	l.Joined = date(colJoined, "joining")
	switch {
	case len(wrong) > 0:
	case l.Opened.IsZero():
		wrong = append(wrong, "it has no opening day")
	case e.status == closed && l.Closed.IsZero():
		wrong = append(wrong, "it is closed and has no closing day")
	case !l.Closed.IsZero() && l.Closed.Before(l.Opened):
		wrong = append(wrong, fmt.Sprintf("it closed on %s, before it opened on %s", l.Closed, l.Opened))
	}
	var why string
	if l.ICB, why = e.icb(fields[colICB], l.Closed, known); why != "" {
		wrong = append(wrong, why)
	}
	return l, wrong
}

// icb returns the ICB that a practice with this last day is under, or why what
// the row says cannot be. Before there were ICBs there was none; an open
// practice needs one; for a practice that has closed since, a code that is no
// ICB's is left out.
func (e entry) icb(code string, closedOn calendar.Date, known func(string) bool) (icb, wrong string) {
	switch isOpen := e.status != closed && closedOn.IsZero(); {
	case !closedOn.IsZero() && closedOn.Before(directory.ICBsBegan):
		return "", ""
	case code != "" && known(code):
		return code, ""
	case !isOpen:
		return "", ""
	case code == "":
		return "", "it is open and under no ICB (column 4)"
	}
	return "", fmt.Sprintf("it is open and under %q (column 4), which is no ICB that Parley knows", code)
}

// day reads a date as the files write it, 20260401; empty is none.
func day(s string) (calendar.Date, error) {
	if s == "" {
		return calendar.Date{}, nil
	}
	t, err := time.Parse("20060102", s)
	if err != nil || t.Year() < 1900 || t.Year() > 2200 {
		return calendar.Date{}, fmt.Errorf("%q is not a date such as 20260401", s)
	}
	return calendar.On(t.Date()), nil
}
