package main

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"parley/adapters/sched"
	"parley/adapters/storedir"
	"parley/domain/watch"
)

// In the blocks of a store in use there is much that is gone, such as alarms that
// were set again: a look at them finds nothing wrong.
func TestTheBlocksOfAStoreInUseAreRight(t *testing.T) {
	p := newStore(t)
	p.fillLog(2, 3)
	var out bytes.Buffer
	s, err := p.app(&out, &out).openWithoutViews(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	alarms, err := sched.Open(t.Context(), s.server.Conn(), sched.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for round := range 3 {
		for n := range 20 {
			a := watch.Alarm{ID: fmt.Sprintf("GLO-26-%04d_D2-1_day_20261026", n), At: time.Now().AddDate(0, 1, round)}
			if err := alarms.Set(t.Context(), a); err != nil {
				t.Fatal(err)
			}
			if n%3 == round {
				err = alarms.Cancel(t.Context(), a.ID)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	dir, err := storedir.Open(t.Context(), p.store, storedir.Claim{})
	if err != nil {
		t.Fatal(err)
	}
	if err := dir.CheckBlocks(); err != nil {
		t.Error(err)
	}
	if err := dir.Close(); err != nil {
		t.Error(err)
	}
}
