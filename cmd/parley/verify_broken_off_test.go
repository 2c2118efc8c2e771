package main

import (
	"context"
	"errors"
	"testing"

	"parley/adapters/rpc"
)

// A walk over the log that is broken off, because time is up or somebody has
// interrupted it, has found nothing missing in what it has not looked at.
func TestAVerifyThatIsBrokenOffFindsNoDamage(t *testing.T) {
	d := openDesks(t, newStore(t), 1)
	if _, err := d.openCase(0, asks(t)); err != nil {
		t.Fatal(err)
	}
	office := newLocalOffice(d.store)
	office.found = func(err error) {
		if err != nil {
			t.Errorf("damage was found: %v", err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r, err := office.Verify(ctx, rpc.Since{}); !errors.Is(err, context.Canceled) || !r.OK() {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := office.Verify(t.Context(), rpc.Since{}); err != nil || !r.OK() || r.Commits == 0 {
		t.Errorf("%+v, %v", r, err)
	}
}
