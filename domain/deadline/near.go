package deadline

import (
	"cmp"
	"slices"
	"strings"
)

// near returns the IDs of at most three rules that somebody who wrote id may
// have meant: those that begin so, then those with the fewest letters to change.
func near(id string) []string {
	type candidate struct {
		id   string
		away int
	}
	var found []candidate
	id = id[:min(len(id), 60)] // no ID is longer
	topic, _, _ := strings.Cut(id, "-")
	for _, r := range rulebook {
		away := distance(id, string(r.ID))
		if id != "" && strings.HasPrefix(string(r.ID), id) {
			away = 0
		}
		own, _, _ := strings.Cut(string(r.ID), "-")
		if away <= max(2, len(id)/3) || topic != "" && (own == topic || strings.Contains(string(r.ID), id)) {
			found = append(found, candidate{string(r.ID), away})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int { return cmp.Compare(a.away, b.away) })
	var ids []string
	for _, c := range found[:min(3, len(found))] {
		ids = append(ids, c.id)
	}
	return ids
}

// distance returns how many letters must be put in, left out or changed to make
// b of a (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			above := row[j+1]
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			row[j+1] = min(above+1, row[j]+1, change)
			diagonal = above
		}
	}
	return row[len(b)]
}
