package calendar

import (
	"fmt"
	"strconv"
	"strings"
)

// Unit is what a period counts.
type Unit string

// The units of periods, as they are written after the number.
const (
	Hours       Unit = "h"
	Days        Unit = "d"
	WorkingDays Unit = "wd"
	Weeks       Unit = "w"
	Months      Unit = "m"
	Years       Unit = "y"
)

// Period is a length of time in one unit, written 3m, 28d or 20wd. Its zero
// value is no period.
type Period struct {
	N    int
	Unit Unit
}

// longest is the most that a period may have of its unit: beyond it a slip of
// the keyboard is likelier than a contract.
const longest = 9999

// ParsePeriod reads a period. It refuses a period of nothing.
func ParsePeriod(s string) (Period, error) {
	digits := strings.TrimRight(s, "abcdefghijklmnopqrstuvwxyz")
	unit := Unit(s[len(digits):])
	n, err := strconv.Atoi(digits)
	p := Period{n, unit}
	switch {
	case err != nil || digits == "" || digits[0] == '+' || digits[0] == '-':
		return Period{}, fmt.Errorf("%q is not a period: write a number and a unit, such as 3m, 12w, 28d or 20wd", s)
	case unit.name() == "":
		return Period{}, fmt.Errorf("%q has no known unit: use h, d, wd, w, m or y", s)
	case n == 0:
		return Period{}, fmt.Errorf("%q is a period of nothing: the shortest is 1%s", s, unit)
	case n > longest:
		return Period{}, fmt.Errorf("%q is longer than %d%s", s, longest, unit)
	}
	return p, nil
}

func (u Unit) name() string {
	switch u {
	case Hours:
		return "hour"
	case Days:
		return "day"
	case WorkingDays:
		return "working day"
	case Weeks:
		return "week"
	case Months:
		return "month"
	case Years:
		return "year"
	}
	return ""
}

// IsZero reports whether p is no period.
func (p Period) IsZero() bool { return p.N == 0 }

// String returns p as ParsePeriod reads it, or nothing for no period.
func (p Period) String() string {
	if p.IsZero() {
		return ""
	}
	return strconv.Itoa(p.N) + string(p.Unit)
}

// Long returns p as people say it: 3 months.
func (p Period) Long() string {
	if p.IsZero() {
		return ""
	}
	plural := "s"
	if p.N == 1 {
		plural = ""
	}
	return fmt.Sprintf("%d %s%s", p.N, p.Unit.name(), plural)
}

// MarshalText writes p as String does.
func (p Period) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what MarshalText wrote; empty text is no period.
func (p *Period) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*p = Period{}
		return nil
	}
	parsed, err := ParsePeriod(string(text))
	if err != nil {
		return err
	}
	*p = parsed
	return nil
}
