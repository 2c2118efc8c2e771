package places_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"parley/adapters/logtest/sample"
	"parley/events"
	"parley/projections/places"
)

// at returns commits of a case that stand at these positions.
func at(positions ...uint64) (h events.History) {
	for i, position := range positions {
		h = append(h, events.Recorded{Commit: events.Commit{Aggregate: events.Case("GLO-26-0001"), Version: i + 1}, Position: position})
	}
	return h
}

func TestThePlacesOfCommits(t *testing.T) {
	positions := []uint64{1, 2, 130, 131, 70_000, 12_400_000}
	h := at(positions...)
	var doc places.Doc
	for _, r := range slices.Concat(h[:3], h[1:]) { // some delivered twice
		before := doc.Positions()
		after, err := places.Apply(doc, r)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(doc.Positions(), before) {
			t.Errorf("version %d changed the document before it", r.Version)
		}
		doc = after
	}
	if got := doc.Positions(); !slices.Equal(got, positions) {
		t.Errorf("the commits stand at %d", got)
	}
	folded, err := places.Fold(h)
	if err != nil || !slices.Equal(folded.Positions(), positions) {
		t.Errorf("folded, they stand at %d: %v", folded.Positions(), err)
	}
	sample.Golden(t, places.Name, places.Version, doc)
}

func TestACommitThatDoesNotComeNext(t *testing.T) {
	for name, h := range map[string]events.History{
		"a version is left out": {at(1)[0], at(1, 2, 3)[2]},
		"it stands further up":  at(5, 4),
		"it stands there too":   at(5, 5),
	} {
		if _, err := places.Fold(h); !errors.Is(err, events.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestADocumentThatIsNotSound(t *testing.T) {
	for _, version := range []int{-4, 1, math.MaxInt} {
		doc := places.Doc{Version: version, Last: 9, Steps: []byte{1, 2, 0x80}}
		if got := doc.Positions(); !slices.Equal(got, []uint64{1, 3}) {
			t.Errorf("version %d: its commits stand at %d", version, got)
		}
	}
}
