package status

import (
	"cmp"
	"iter"
	"slices"
	"strings"
)

// Nearest returns those of refs that are written most like ref, at most n of
// them, the likest first: as many slips of the finger away as ref has three
// characters, or fewer. Upper and lower case are the same.
func Nearest(refs iter.Seq[string], ref string, n int) []string {
	type candidate struct {
		ref   string
		slips int
	}
	near := []candidate{}
	wanted := strings.ToUpper(ref)
	for r := range refs {
		slips := distance(wanted, strings.ToUpper(r))
		if padded(wanted) == strings.ToUpper(r) {
			slips = 0 // the zeros were left out
		}
		if slips <= max(1, len(wanted)/3) {
			near = append(near, candidate{r, slips})
		}
	}
	slices.SortFunc(near, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.slips, b.slips), strings.Compare(a.ref, b.ref))
	})
	found := make([]string, 0, n)
	for _, c := range near[:max(0, min(n, len(near)))] {
		found = append(found, c.ref)
	}
	return found
}

// padded returns a reference with the zeros that its number lacks: GLO-26-0002
// for GLO-26-2.
func padded(ref string) string {
	i := strings.LastIndexByte(ref, '-')
	if number := len(ref) - i - 1; i > 0 && number > 0 && number < 4 {
		return ref[:i+1] + strings.Repeat("0", 4-number) + ref[i+1:]
	}
	return ref
}

// distance returns how many characters must be added, left out or replaced to
// make b of a, where two neighbours changed about count once (optimal string
// alignment).
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replaced := last[j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			row[j] = min(last[j]+1, row[j-1]+1, replaced)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
