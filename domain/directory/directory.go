// Package directory knows the bodies that negotiate: GP practices and their
// commissioners, the Integrated Care Boards (ICBs), each as it was on a day.
//
// A Directory is a value. The ICBs of 2022 and of April 2026 are built in;
// practices come from the published lists (Import), and whatever the future
// brings is recorded as facts. All of it is one line of history, that of
// events.Directory: Fold builds the directory from it, Decide says what a
// command adds to it, and Practice.Apply and Commissioner.Apply follow one
// body alone, for a view that keeps a document for each.
//
// Names and commissioners change, so every question names a day. Nothing here
// reads a file or a clock, and addresses and people stay out altogether.
package directory

import (
	"maps"
	"slices"
	"strings"

	"parley/domain/calendar"
)

// Directory is a value: practices and commissioners with their dated identity.
type Directory struct {
	practices map[string]Practice
	bodies    map[string]Commissioner // those that facts brought or changed; the rest is built in
	edition   calendar.Date           // as at when the newest imported list was true
}

// New returns the directory that knows the built-in ICBs and no practice.
func New() Directory { return Directory{} }

// With returns a copy of d that also knows these practices, in place of any
// with the same code.
func (d Directory) With(p ...Practice) Directory {
	d.practices = copied(d.practices, len(p))
	for _, each := range p {
		d.practices[each.Code] = each
	}
	return d
}

// WithCommissioners returns a copy of d that also knows these commissioners,
// in place of any with the same code, built in or not.
func (d Directory) WithCommissioners(c ...Commissioner) Directory {
	d.bodies = copied(d.bodies, len(c))
	for _, each := range c {
		d.bodies[each.Code] = each
	}
	return d
}

// SameCommissioners reports whether d and o know the same of every commissioner.
func (d Directory) SameCommissioners(o Directory) bool {
	return maps.EqualFunc(d.bodies, o.bodies, func(a, b Commissioner) bool {
		return a.Code == b.Code && a.Name == b.Name && a.From == b.From && a.Until == b.Until && slices.Equal(a.Successors, b.Successors)
	})
}

// copied returns a copy of m that is safe to write to.
func copied[V any](m map[string]V, more int) map[string]V {
	fresh := make(map[string]V, len(m)+more)
	maps.Copy(fresh, m)
	return fresh
}

// Practice returns the practice with this ODS code, which must be open on that
// day. Its errors are ErrMalformedCode, ErrUnknownPractice and ErrNotOpen.
func (d Directory) Practice(code string, on calendar.Date) (Practice, error) {
	if !IsPracticeCode(code) {
		return Practice{}, malformedPractice(code)
	}
	p, known := d.practices[code]
	if !known {
		return Practice{}, UnknownPractice{Code: code}
	}
	if !p.OpenOn(on) {
		return Practice{}, p.notOpen(on)
	}
	return p, nil
}

// Commissioner returns the ICB with this ODS code, which must exist on that
// day. Its errors are ErrMalformedCode, ErrUnknownCommissioner, ErrAbolished
// and ErrNotYetEstablished.
func (d Directory) Commissioner(code string, on calendar.Date) (Commissioner, error) {
	if !IsCommissionerCode(code) {
		return Commissioner{}, malformedCommissioner(code)
	}
	c, known := d.lookUp(code)
	switch {
	case !known:
		return Commissioner{}, UnknownCommissioner{Code: code}
	case on.Before(c.From):
		return Commissioner{}, NotYetEstablished{Code: code, Name: c.Name, From: c.From}
	case !c.ExistsOn(on):
		return Commissioner{}, Abolished{Code: code, Name: c.Name, LastDay: c.Until, Successors: d.Successors(code, on)}
	}
	return c, nil
}

// Knows reports whether d has an ICB with this code, existing or not.
func (d Directory) Knows(icb string) bool {
	_, known := d.lookUp(icb)
	return known
}

// lookUp returns the commissioner with this code, whenever it existed.
func (d Directory) lookUp(code string) (Commissioner, bool) {
	if c, known := d.bodies[code]; known {
		return c, true
	}
	return Builtin(code)
}

// Successors returns who took over from a commissioner: its successors, and
// where those were abolished in turn theirs, down to the bodies that exist on
// that day. It is the commissioner itself if it exists then, and empty if it
// is unknown or was not yet established.
func (d Directory) Successors(code string, on calendar.Date) []Commissioner {
	var found []Commissioner
	seen := map[string]bool{}
	for queue := []string{code}; len(queue) > 0; queue = queue[1:] {
		next := queue[0]
		c, known := d.lookUp(next)
		if seen[next] || !known || on.Before(c.From) {
			continue
		}
		seen[next] = true
		if c.ExistsOn(on) {
			found = append(found, c)
			continue
		}
		queue = append(queue, c.Successors...)
	}
	return found
}

// CommissionersOf returns who commissions from p on that day: the ICB that the
// lists last put it under, or those that took over from it since. There are
// several where that ICB was divided and no later list has been imported, and
// none where it is not known.
func (d Directory) CommissionersOf(p Practice, on calendar.Date) []Commissioner {
	return d.Successors(p.ICBOn(on), on)
}

// Practices returns every practice d knows, open or not, by code.
func (d Directory) Practices() []Practice {
	return slices.SortedFunc(maps.Values(d.practices), func(a, b Practice) int { return strings.Compare(a.Code, b.Code) })
}

// Commissioners returns every ICB d knows, existing or not, by code.
func (d Directory) Commissioners() []Commissioner {
	all := copied(d.bodies, len(builtin))
	for _, c := range builtin {
		if _, changed := all[c.Code]; !changed {
			all[c.Code] = c
		}
	}
	return slices.SortedFunc(maps.Values(all), func(a, b Commissioner) int { return strings.Compare(a.Code, b.Code) })
}

// Edition returns the day as at which the newest list imported so far was
// true, and no date if none was.
func (d Directory) Edition() calendar.Date { return d.edition }
