package calendar

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Working is a definition of working days: which days an Act, a set of
// regulations or a court's rules does not count. Saturdays and Sundays never do.
type Working string

// The definitions.
const (
	WorkingEnglandAndWales Working = "england-and-wales" // the GMS and PMS regulations
	WorkingScotland        Working = "scotland"
	WorkingNorthernIreland Working = "northern-ireland"
	WorkingAnyUK           Working = "uk-any" // the Freedom of Information Act
	WorkingPSR             Working = "psr"    // the Provider Selection Regime
	WorkingCourt           Working = "court"  // the Civil Procedure Rules
)

// definition is what a Working stands for: the bank holidays of some divisions,
// and days that the authority names itself, so that they are known in any year.
type definition struct {
	working   Working
	title     string
	authority string
	divisions []Division
	named     []namedDay
}

type namedDay struct {
	title string
	in    func(year int) Date
}

var (
	christmasDay     = namedDay{"Christmas Day", func(year int) Date { return On(year, time.December, 25) }}
	goodFriday       = namedDay{"Good Friday", func(year int) Date { return easter(year).AddDays(-2) }}
	firstMondayInMay = namedDay{"the first Monday in May", func(year int) Date {
		first := On(year, time.May, 1)
		return first.AddDays(int(7+time.Monday-first.Weekday()) % 7)
	}}
)

var definitions = []definition{
	{
		WorkingEnglandAndWales, "working days in England and Wales",
		"NHS (General Medical Services Contracts) Regulations 2015, reg 3, and the PMS Agreements Regulations 2015 likewise",
		[]Division{EnglandAndWales},
		[]namedDay{christmasDay, goodFriday},
	},
	{
		WorkingScotland, "working days in Scotland",
		"Banking and Financial Dealings Act 1971, s.1",
		[]Division{Scotland},
		nil,
	},
	{
		WorkingNorthernIreland, "working days in Northern Ireland",
		"Banking and Financial Dealings Act 1971, s.1",
		[]Division{NorthernIreland},
		nil,
	},
	{
		WorkingAnyUK, "working days under the Freedom of Information Act, anywhere in the UK",
		"Freedom of Information Act 2000, s.10(6)", Divisions(),
		[]namedDay{christmasDay, goodFriday},
	},
	{
		WorkingPSR, "working days under the Provider Selection Regime",
		"Health Care Services (Provider Selection Regime) Regulations 2023, reg 12(12)",
		[]Division{EnglandAndWales},
		[]namedDay{christmasDay, goodFriday, firstMondayInMay},
	},
	{
		WorkingCourt, "business days of the courts in England and Wales",
		"Civil Procedure Rules 2.8(4) and 6.2(b)",
		[]Division{EnglandAndWales},
		[]namedDay{christmasDay, goodFriday},
	},
}

// Workings returns every definition of working days.
func Workings() []Working {
	all := make([]Working, len(definitions))
	for i, d := range definitions {
		all[i] = d.working
	}
	return all
}

// ParseWorking reads the name of a definition, such as uk-any.
func ParseWorking(s string) (Working, error) {
	w := Working(s)
	if w.definition().working == "" {
		names := make([]string, len(definitions))
		for i, d := range definitions {
			names[i] = string(d.working)
		}
		return "", fmt.Errorf("%q is not a calendar of working days: there are %s", s, strings.Join(names, ", "))
	}
	return w, nil
}

func (w Working) definition() definition {
	for _, d := range definitions {
		if d.working == w {
			return d
		}
	}
	return definition{}
}

// Title returns what w counts, in words.
func (w Working) Title() string { return w.definition().title }

// Authority returns what defines w.
func (w Working) Authority() string { return w.definition().authority }

// Divisions returns the divisions whose bank holidays w does not count.
func (w Working) Divisions() []Division { return slices.Clone(w.definition().divisions) }

// Off reports whether d is not a working day, and why: Saturday, or the holiday
// by name and where it is kept, such as St Andrew’s Day (Scotland). The answer
// is provisional past the calendar's Horizon. A w that ParseWorking would refuse
// skips weekends only.
func (c Calendar) Off(w Working, d Date) (why string, off bool) {
	if d.weekend() {
		return d.Weekday().String(), true
	}
	def := w.definition()
	var kept []Holiday
	for _, h := range c.between(d, d) {
		if def.keeps(h) {
			kept = append(kept, h)
		}
	}
	if len(kept) > 0 {
		return together(kept), true
	}
	return def.names(d)
}

// WorkingDay reports whether d is a working day, as Off tells.
func (c Calendar) WorkingDay(w Working, d Date) bool {
	if d.weekend() {
		return false
	}
	def := w.definition()
	if c.keeps(def, d) {
		return false
	}
	_, off := def.names(d)
	return !off
}

// keeps reports whether d is a bank holiday that the definition does not count.
func (c Calendar) keeps(def definition, d Date) bool {
	return slices.ContainsFunc(c.between(d, d), def.keeps)
}

// keeps reports whether h is a bank holiday that the definition does not count.
func (def definition) keeps(h Holiday) bool { return slices.Contains(def.divisions, h.Division) }

// names returns what the definition itself calls d, if it is a day it names.
func (def definition) names(d Date) (string, bool) {
	year, _, _ := d.Split()
	for _, n := range def.named {
		if n.in(year) == d {
			return n.title, true
		}
	}
	return "", false
}

// together returns the names of the holidays of one day, each once, with where
// it is kept.
func together(holidays []Holiday) string {
	var parts []string
	for i, h := range holidays {
		same := func(o Holiday) bool { return o.Title == h.Title && o.Substitute == h.Substitute }
		if slices.ContainsFunc(holidays[:i], same) {
			continue
		}
		var in []Division
		for _, o := range holidays[i:] {
			if same(o) {
				in = append(in, o.Division)
			}
		}
		parts = append(parts, named(h.Title, h.Substitute, in))
	}
	return strings.Join(parts, "; ")
}

// easter returns Easter Sunday by the Gregorian reckoning (Meeus, Jones and Butcher).
func easter(year int) Date {
	a, b, c := year%19, year/100, year%100
	h := (19*a + b - b/4 - (b-(b+8)/25+1)/3 + 15) % 30
	l := (32 + 2*(b%4) + 2*(c/4) - h - c%4) % 7
	m := (a + 11*h + 22*l) / 451
	n := h + l - 7*m + 114
	return On(year, time.Month(n/31), n%31+1)
}
