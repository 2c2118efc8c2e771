package ods

import (
	"cmp"
	"slices"
)

// nearlyAll is how many of the practices of a sub-ICB location must share an
// ICB for those under another to count as astray: nine in ten.
const nearlyAll = 0.9

// astray returns the open practices whose ICB is not that of nearly all others
// of the same sub-ICB location, by code.
func (l *list) astray() []Stray {
	var found []Stray
	for subICB, icbs := range l.places {
		if subICB == "" {
			continue
		}
		var all int
		var likely string
		for icb, practices := range icbs {
			all += len(practices)
			if len(practices) > len(icbs[likely]) {
				likely = icb
			}
		}
		if float64(len(icbs[likely])) < nearlyAll*float64(all) {
			continue
		}
		for icb, practices := range icbs {
			for _, code := range practices {
				if icb != likely {
					found = append(found, Stray{code, icb, likely})
				}
			}
		}
	}
	slices.SortFunc(found, func(a, b Stray) int { return cmp.Compare(a.Practice, b.Practice) })
	return found
}
