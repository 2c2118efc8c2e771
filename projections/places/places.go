// Package places is the view of where in the log each case's commits stand, so
// that a history can be fetched from there without being searched for.
//
// It is a hint and no more: whoever reads by it checks what they find, and that
// nothing comes after it. What the commits say is for other views. Only cases
// have a document, because theirs stay small: a register's would grow for ever.
package places

import (
	"encoding/binary"
	"fmt"
	"slices"

	"parley/events"
)

// Name and Version identify the view's stored document. Version goes up with
// every change of Doc's shape.
const (
	Name    = "places"
	Version = 1
)

// Doc is where the commits of one case stand: some two bytes for each.
type Doc struct {
	Version int    `json:"version"` // of the last commit taken in
	Last    uint64 `json:"last"`    // its position in the log
	Steps   []byte `json:"steps"`   // from each position to the next, the first from 0, as unsigned varints
}

// Apply returns doc with the case's next commit taken in. One that it has already
// changes nothing; one that is not the next is an error that wraps events.ErrDamaged.
func Apply(doc Doc, r events.Recorded) (Doc, error) {
	if r.Version <= doc.Version {
		return doc, nil
	}
	if err := r.Continues(doc.Version, r.Previous); err != nil { // hashes are for others to check
		return doc, err
	}
	if r.Position <= doc.Last {
		return doc, fmt.Errorf("%w: %s version %d stands before version %d", events.ErrDamaged, r.Aggregate, r.Version, doc.Version)
	}
	return Doc{r.Version, r.Position, binary.AppendUvarint(slices.Clip(doc.Steps), r.Position-doc.Last)}, nil
}

// Fold returns the document that a case's history leads to. Corrections change
// nothing of where commits stand.
func Fold(h events.History) (doc Doc, err error) {
	for _, r := range h {
		if doc, err = Apply(doc, r); err != nil {
			return Doc{}, err
		}
	}
	return doc, nil
}

// Positions returns where the commits stand, in their order. Of a document that
// is not sound it returns what comes before the fault.
func (doc Doc) Positions() []uint64 {
	all := make([]uint64, 0, max(0, min(doc.Version, len(doc.Steps))))
	var position uint64
	for steps := doc.Steps; len(steps) > 0; {
		step, n := binary.Uvarint(steps)
		if n <= 0 {
			break
		}
		steps, position = steps[n:], position+step
		all = append(all, position)
	}
	return all
}
