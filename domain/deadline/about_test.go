package deadline_test

import (
	"testing"

	"parley/domain/deadline"
	"parley/events"
)

func TestWhatADeadlineIsAbout(t *testing.T) {
	for want, set := range map[string]events.DeadlineSet{
		"Answer the FOI request (request 2)": {Title: "Answer the FOI request", Request: 2},
		"Reply to the offer (offer 1)":       {Title: "Reply to the offer", Offer: 1},
		"Refer it on (offer 3) (dispute 1)":  {Title: "Refer it on", Offer: 3, Dispute: 1},
		"Answer our letter":                  {Title: "Answer our letter"},
	} {
		if got := (deadline.Clock{DeadlineSet: set}).Titled(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
