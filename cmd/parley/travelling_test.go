package main

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"parley/adapters/rpc"
	"parley/adapters/storedir"
	"parley/domain/casework"
	"parley/events"
)

// An error that comes from a server is reported as it would be here: with the same
// code, exit code and hint.
func TestEveryFailureSurvivesTheTrip(t *testing.T) {
	known := travelling()
	trip := func(err error) error {
		t.Helper()
		body, failed := known.Encode(err)
		if failed != nil {
			t.Fatal(failed)
		}
		return known.Decode(body)
	}
	same := func(err error) error {
		t.Helper()
		a := newTestApp(&bytes.Buffer{})
		a.ref, a.id, a.verb = "GLO-26-0001", "D7.1", "parley case show"
		code, exit, hint := a.describe(err)
		came := trip(err)
		if c, e, h := a.describe(came); c != code || e != exit || h != hint {
			t.Errorf("%v: %s %d %q, and after the trip %s %d %q", err, code, exit, hint, c, e, h)
		}
		if came.Error() != err.Error() {
			t.Errorf("%q came as %q", err, came)
		}
		return came
	}
	for i, f := range failures {
		came := same(fmt.Errorf("GLO-26-0001: %w (and %d more)", f.is, i))
		for _, other := range failures {
			is := errors.Is(f.is, other.is) || other.is.Error() == f.is.Error()
			if errors.Is(came, other.is) != is {
				t.Errorf("%v came as %v", f.is, other.is)
			}
		}
		same(fmt.Errorf("%w; %w", f.is, failures[(i+7)%len(failures)].is))
	}
	same(errors.New("nobody knows this one"))
	same(&storedir.HeldError{Dir: "/x", Holder: storedir.Holder{PID: 7, Command: "parley serve"}})
	same(&storedir.FullError{Dir: "/x", Free: 1 << 20, Needed: 64 << 20})
	if code, _, hint := newTestApp(&bytes.Buffer{}).describe(fmt.Errorf("%w: %w", casework.ErrUncertain, rpc.ErrUnreachable)); code != "uncertain" || !strings.Contains(hint, "--command-id") {
		t.Errorf("a command of which nobody knows what became is reported as %s: %s", code, hint)
	}
	var unknown *casework.UnknownCase
	if came := same(&casework.UnknownCase{Ref: "GLO-26-0009", Near: []string{"GLO-26-0001"}}); !errors.As(came, &unknown) || len(unknown.Near) != 1 {
		t.Errorf("%+v", unknown)
	}
	var conflict *casework.Conflict
	if came := same(&casework.Conflict{Aggregate: events.Case("GLO-26-0001"), Seen: 1, Now: 2}); !errors.As(came, &conflict) || conflict.Now != 2 {
		t.Errorf("%+v", conflict)
	}
}

// Two errors with one text could not be told apart at the other end.
func TestFailuresWithOneTextAreOneFailure(t *testing.T) {
	said := map[string]failure{}
	for _, f := range failures {
		before, twice := said[f.is.Error()]
		if twice && (before.code != f.code || before.exit != f.exit || before.hint != f.hint) {
			t.Errorf("%q is reported in two ways", f.is)
		}
		said[f.is.Error()] = f
	}
}
