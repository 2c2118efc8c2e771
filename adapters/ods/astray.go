package ods

import (
	"cmp"
	"slices"
)

// most is how many of the practices of a sub-ICB location must share an ICB for
// those under another to count as astray: three in four.
const most = 0.75

// astray returns the open practices whose ICB is not that of most others
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
		if float64(len(icbs[likely])) < most*float64(all) {
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
