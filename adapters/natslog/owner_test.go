package natslog_test

import (
	"errors"
	"fmt"
	"testing"

	"parley/adapters/logtest"
	"parley/adapters/natslog"
	"parley/events"
)

func TestALogSaysWhoseItIs(t *testing.T) {
	s := start(t, t.TempDir())
	if o, err := natslog.OwnerOf(t.Context(), s.Conn()); !errors.Is(err, natslog.ErrNoLog) {
		t.Errorf("before there is one: %+v, %v", o, err)
	}
	if _, err := natslog.Open(t.Context(), s.Conn(), natslog.Guard{LMC: "GLO", Name: "Gloucestershire LMC", Rehearsal: true}); err != nil {
		t.Fatal(err)
	}
	if o, err := natslog.OwnerOf(t.Context(), s.Conn()); err != nil || o != (natslog.Owner{LMC: "GLO", Name: "Gloucestershire LMC", Rehearsal: true}) {
		t.Errorf("%+v, %v", o, err)
	}
	nobodys := start(t, t.TempDir())
	if _, err := natslog.Open(t.Context(), nobodys.Conn(), natslog.Guard{}); err != nil {
		t.Fatal(err)
	}
	if o, err := natslog.OwnerOf(t.Context(), nobodys.Conn()); !errors.Is(err, natslog.ErrNoLog) {
		t.Errorf("nobody's: %+v, %v", o, err)
	}
}

// A log that is filled from a backup is one for nobody else before it is whole,
// and is not begun where there is one.
func TestALogThatIsBeingFilled(t *testing.T) {
	s := start(t, t.TempDir())
	of := natslog.Guard{LMC: "GLO", Filling: 2}
	l, err := natslog.Open(t.Context(), s.Conn(), of)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 2 {
		if _, err := natslog.Open(t.Context(), s.Conn(), natslog.Guard{Existed: true}); !errors.Is(err, natslog.ErrUnfilled) {
			t.Errorf("with %d of 2 commits: %v", n, err)
		}
		logtest.Fill(t, l, events.Case(fmt.Sprintf("GLO-26-000%d", n+1)), 1, "a note")
	}
	if _, err := natslog.Open(t.Context(), s.Conn(), natslog.Guard{Existed: true}); err != nil {
		t.Errorf("with all: %v", err)
	}
	if _, err := natslog.Open(t.Context(), s.Conn(), of); !errors.Is(err, natslog.ErrBegun) {
		t.Errorf("where there is a log: %v", err)
	}
}
