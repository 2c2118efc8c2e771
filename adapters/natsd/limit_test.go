package natsd

import (
	"testing"
	"time"
)

func TestWhatDoesNotComeToAnEndIsGivenUp(t *testing.T) {
	never := make(chan struct{})
	defer close(never)
	if within(time.Millisecond, func() { <-never }) {
		t.Error("it is said to have come to an end")
	}
	for _, limit := range []time.Duration{0, time.Minute} {
		done := false
		if !within(limit, func() { done = true }) || !done {
			t.Errorf("with a limit of %s it was given up", limit)
		}
	}
}
