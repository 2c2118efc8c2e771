package natslog_test

import (
	"errors"
	"testing"

	"parley/adapters/natslog"
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
