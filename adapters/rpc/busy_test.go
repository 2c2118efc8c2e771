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
	defer asking.Wait()
	defer close(free)
	busy := make(chan struct{}, 40)
	for range cap(busy) {
		asking.Go(func() {
			sam := w.client("sam", func(o *rpc.Options) { o.Patience = time.Minute })
			if _, err := sam.Handle(t.Context(), "GLO-26-0001", negotiation.AddNote{Text: "a"}, asks(t)); errors.Is(err, rpc.ErrBusy) {
				busy <- struct{}{}
			}
		})
	}
	for told := range 20 {
		select {
		case <-busy:
		case <-time.After(30 * time.Second):
			t.Fatalf("%d of %d were told that there are too many", told, cap(busy))
		}
	}
	for range 10 {
		if _, err := w.client("jo").About(t.Context()); err != nil {
			t.Errorf("somebody else: %v", err)
		}
	}
}
