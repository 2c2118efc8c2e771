package main

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"parley/domain/calendar"
	"parley/projections/timeline"
)

// dateFlag is a flag that takes a date, 2026-11-22.
type dateFlag struct{ date *calendar.Date }

func (f dateFlag) String() string {
	if f.date == nil {
		return ""
	}
	return f.date.String()
}
func (f dateFlag) Type() string { return "date" }
func (f dateFlag) Set(s string) (err error) {
	*f.date, err = calendar.Parse(s)
	return err
}

func dateVar(flags *pflag.FlagSet, d *calendar.Date, name, usage string) {
	flags.Var(dateFlag{d}, name, usage)
}

// periodFlag is a flag that takes a period, 3m.
type periodFlag struct{ period *calendar.Period }

func (f periodFlag) String() string {
	if f.period == nil {
		return ""
	}
	return f.period.String()
}
func (f periodFlag) Type() string { return "period" }
func (f periodFlag) Set(s string) (err error) {
	*f.period, err = calendar.ParsePeriod(s)
	return err
}

func periodVar(flags *pflag.FlagSet, p *calendar.Period, name, usage string) {
	flags.Var(periodFlag{p}, name, usage)
}

// poundsFlag is a flag that takes an amount of money in pounds, 12.50, and
// holds pence.
type poundsFlag struct{ pence *int64 }

// amount is pounds, with commas between thousands or without, and pence.
var amount = regexp.MustCompile(`^(-?)£?(\d{1,12}|\d{1,3}(?:,\d{3}){1,3})(?:\.(\d{2}))?$`)

func (f poundsFlag) String() string {
	if f.pence == nil || *f.pence == 0 {
		return ""
	}
	return timeline.Pounds(*f.pence)
}
func (f poundsFlag) Type() string { return "pounds" }
func (f poundsFlag) Set(s string) error {
	m := amount.FindStringSubmatch(s)
	if m == nil {
		return fmt.Errorf("%q is not an amount: write pounds, or pounds and pence, such as 12.50", s)
	}
	whole, _ := strconv.ParseInt(strings.ReplaceAll(m[2], ",", ""), 10, 64)
	pence, _ := strconv.ParseInt("0"+m[3], 10, 64)
	*f.pence = whole*100 + pence
	if m[1] == "-" {
		*f.pence = -*f.pence
	}
	return nil
}

func poundsVar(flags *pflag.FlagSet, pence *int64, name, usage string) {
	flags.Var(poundsFlag{pence}, name, usage)
}

// chosen is a flag that takes one of the domain's named values.
type chosen[S ~string] struct {
	value   *S
	allowed []S
}

func (f chosen[S]) String() string {
	if f.value == nil {
		return ""
	}
	return string(*f.value)
}
func (f chosen[S]) Type() string { return "name" }
func (f chosen[S]) Set(s string) error {
	if !slices.Contains(f.allowed, S(s)) {
		return fmt.Errorf("%q is none of %s", s, strings.Join(names(f.allowed), ", "))
	}
	*f.value = S(s)
	return nil
}

// names returns named values as text.
func names[S ~string](values []S) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all
}

// moment is a flag that takes a moment: a full time, or a day or a minute for
// its end.
type moment struct {
	time *time.Time
	zone *time.Location
}

func (f moment) String() string {
	if f.time == nil || f.time.IsZero() {
		return ""
	}
	return f.time.Format(time.RFC3339)
}
func (f moment) Type() string { return "time" }
func (f moment) Set(s string) error {
	if d, err := calendar.Parse(s); err == nil {
		*f.time = d.AddDays(1).In(f.zone).Add(-time.Nanosecond)
		return nil
	}
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		*f.time = t
		return nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02 15:04"} {
		if t, err := time.ParseInLocation(layout, s, f.zone); err == nil {
			*f.time = t.Add(time.Minute - time.Nanosecond)
			return nil
		}
	}
	return fmt.Errorf("%q is not a time: write 2026-09-09, 2026-09-09T16:30 or 2026-09-09T16:30:00Z", s)
}
