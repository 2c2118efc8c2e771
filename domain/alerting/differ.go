package alerting

import (
	"fmt"
	"slices"

	"parley/domain/calendar"
	"parley/events"
)

// Differs says in words in what p differs from another policy, and nothing of
// what is the same in other order.
func (p Policy) Differs(from Policy) []string {
	var said []string
	for _, part := range []struct{ what, here, there string }{
		{"when alerts go out", p.At, from.At}, {"the desk", p.Desk, from.Desk}, {"the officer", p.Officer, from.Officer},
	} {
		if part.here != part.there {
			said = append(said, fmt.Sprintf("%s (%s, not %s)", part.what, part.here, part.there))
		}
	}
	said = append(said, differing("the person ", p.People, from.People, func(who events.Person) string { return who.Name }, samePerson)...)
	said = append(said, differing("the ladder for ", p.Ladders, from.Ladders, func(l events.Ladder) string {
		name, _ := ladderName(l) // both were checked
		return name
	}, func(a, b events.Ladder) bool { return slices.Equal(a.Rungs, b.Rungs) })...)
	if !sameAnyhow(p.Quiet, from.Quiet, calendar.Date.Compare) {
		said = append(said, "the quiet days")
	}
	if !slices.Equal(p.Urgent, from.Urgent) {
		said = append(said, "the channels that everybody has for what is urgent")
	}
	return said
}

// differing names those of which there is one here or there alone, or another
// there than here.
func differing[T any](what string, here, there []T, name func(T) string, same func(a, b T) bool) []string {
	var said []string
	for _, a := range here {
		i := slices.IndexFunc(there, func(b T) bool { return name(a) == name(b) })
		switch {
		case i < 0:
			said = append(said, what+name(a)+" (here alone)")
		case !same(a, there[i]):
			said = append(said, what+name(a))
		}
	}
	for _, b := range there {
		if !slices.ContainsFunc(here, func(a T) bool { return name(a) == name(b) }) {
			said = append(said, what+name(b)+" (not here)")
		}
	}
	return said
}

func samePerson(a, b events.Person) bool {
	return slices.Equal(a.Channels, b.Channels) && a.NoDigest == b.NoDigest && slices.Equal(a.Rungs, b.Rungs) &&
		sameAnyhow(a.Quiet, b.Quiet, calendar.Date.Compare)
}

// sameAnyhow reports whether two lists have the same in whatever order.
func sameAnyhow[T comparable](a, b []T, compare func(a, b T) int) bool {
	return slices.Equal(slices.SortedFunc(slices.Values(a), compare), slices.SortedFunc(slices.Values(b), compare))
}
