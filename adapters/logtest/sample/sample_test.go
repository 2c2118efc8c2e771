package sample_test

import (
	"testing"

	"parley/adapters/logtest/sample"
	"parley/domain/negotiation"
	"parley/events"
)

func TestTheCollectiveCaseIsWhole(t *testing.T) {
	h := sample.Collective(t, "GLO-26-0001", 8)
	version, hash := 0, events.Hash{}
	for _, r := range h {
		if err := r.Continues(version, hash); err != nil {
			t.Fatal(err)
		}
		version, hash = r.Version, r.Hash
	}
	c := negotiation.Fold(h)
	if stage := c.Stage(sample.Day("2026-11-22")); stage != negotiation.StageAgreed || len(c.Practices) != 8 || c.Agreement.Funded.IsZero() {
		t.Errorf("it ends %s, with %d practices", stage, len(c.Practices))
	}
}
