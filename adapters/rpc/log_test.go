package rpc_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"parley/adapters/logtest"
	"parley/events"
)

// A log that is larger than an answer arrives whole, up to where it ended when
// the walk began.
func TestALongLogIsWalkedInSeveralAnswers(t *testing.T) {
	w := newWorld(t, 1<<20)
	w.serve()
	c := w.client("j.doe")
	for i := range 12 {
		logtest.Fill(t, w.office.log, events.Case(fmt.Sprintf("GLO-26-%04d", 900+i)), 2, strings.Repeat("The practice waits. ", 20_000))
	}
	want, err := walked(t.Context(), &w.office, 0)
	if err != nil {
		t.Fatal(err)
	}
	positions, grown := 0, false
	last, err := c.ScanStored(t.Context(), 0, func(p events.Placed) error {
		if positions++; !grown {
			grown = true
			logtest.Fill(t, w.office.log, events.Case("GLO-26-0999"), 1, "recorded meanwhile")
		}
		return nil
	})
	if all := want.([]any); err != nil || last != all[0] || positions != len(all[1].([]events.Placed)) {
		t.Errorf("%d commits up to position %d, %v; the log had %d", positions, last, err, all[0])
	}
}

func TestAWalkEndsWithTheErrorOfWhoeverWalks(t *testing.T) {
	w := newWorld(t, 1<<20)
	w.serve()
	c := w.client("j.doe")
	logtest.Fill(t, w.office.log, events.Case("GLO-26-0001"), 2, "a note")
	enough := errors.New("enough")
	seen := 0
	if _, err := c.ScanStored(t.Context(), 0, func(events.Placed) error { seen++; return enough }); !errors.Is(err, enough) || seen != 1 {
		t.Errorf("%d commits, %v", seen, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.ScanStored(ctx, 0, func(events.Placed) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
