package rpc_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"parley/adapters/rpc"
	"parley/domain/negotiation"
)

// Somebody who asks for very much at once is asked to wait, and others are
// answered meanwhile.
func TestOnePersonDoesNotKeepOthersFromBeingAnswered(t *testing.T) {
	w := newWorld(t, 8<<20)
	free := make(chan struct{})
	w.office.before = func(string) error {
		<-free
		return nil
	}
	w.serve()
	var asking sync.WaitGroup
	var mu sync.Mutex
	busy := 0
	for range 40 {
		asking.Go(func() {
			sam := w.client("sam", func(o *rpc.Options) { o.Patience = 2 * time.Second })
			_, err := sam.Handle(t.Context(), "GLO-26-0001", negotiation.AddNote{Text: "a"}, asks(t))
			mu.Lock()
			defer mu.Unlock()
			if errors.Is(err, rpc.ErrBusy) {
				busy++
			}
		})
	}
	for range 10 {
		if _, err := w.client("jo").About(t.Context()); err != nil {
			t.Errorf("somebody else: %v", err)
		}
	}
	asking.Wait()
	close(free)
	if busy < 20 {
		t.Errorf("%d of 40 were told that there are too many", busy)
	}
}
