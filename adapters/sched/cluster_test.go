package sched_test

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"parley/adapters/natstest"
	"parley/adapters/sched"
)

func TestMain(m *testing.M) {
	if natstest.Serve() {
		return
	}
	os.Exit(m.Run())
}

// In a cluster alarms and the lease outlive the server that leads them.
func TestACluster(t *testing.T) {
	c := natstest.Start(t)
	ctx, end := context.WithCancel(t.Context())
	defer end()
	var both [2]*sched.Schedule
	var opening sync.WaitGroup
	for i := range both { // at the same moment, as two servers do that start
		opening.Go(func() {
			var err error
			if both[i], err = sched.Open(ctx, c.Connect(natstest.Server), sched.Config{Replicas: 3}); err != nil {
				t.Error(err)
			}
		})
	}
	opening.Wait()
	if t.Failed() {
		t.FailNow()
	}
	const n = 50
	for i := range n {
		set(t, both[i%2], fmt.Sprintf("a%d", i), time.Now().Add(time.Hour))
	}
	if err := both[0].Cancel(ctx, "a49"); err != nil {
		t.Fatal(err)
	}
	for _, s := range both { // each sees at once what the other did
		if got := all(t, s); len(got) != n-1 {
			t.Errorf("%d alarms are set, want %d", len(got), n-1)
		}
	}

	var mu sync.Mutex
	rang := map[string]int{}
	leads := make(chan string, 10)
	gone := make(chan error, 2)
	ctxOf := map[string]context.CancelFunc{}
	for i, name := range []string{"one", "two"} {
		ctx, stop := context.WithCancel(ctx)
		ctxOf[name] = stop
		go func() {
			gone <- both[i].Lead(ctx, name, func(ctx context.Context) error {
				leads <- name
				for ctx.Err() == nil { // as a Watch does, when the cluster has nobody to answer it
					if err := both[i].Ring(ctx, func(_ context.Context, id string) error {
						mu.Lock()
						defer mu.Unlock()
						rang[id]++
						return nil
					}); err != nil {
						t.Logf("%s: %v", name, err)
						time.Sleep(50 * time.Millisecond)
					}
				}
				return nil
			})
		}()
	}
	first := <-leads
	for i := range n - 1 {
		set(t, both[0], fmt.Sprintf("a%d", i), time.Now().Add(3*time.Second))
	}
	leader := c.Leader("SCHED")
	c.Kill(leader)
	within(t, "all alarms after the leader was killed", func() bool {
		mu.Lock()
		defer mu.Unlock()
		return len(rang) == n-1
	})
	c.Restart(leader)
	for len(leads) > 0 { // the lease may have been lost with the leader
		first = <-leads
	}
	ctxOf[first]()
	within(t, "the other to take over", func() bool { return len(leads) > 0 })
	if second := <-leads; second == first {
		t.Errorf("%s leads again after it ended", first)
	}
	end()
	for range 2 {
		if err := <-gone; err != nil {
			t.Error(err)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	for id, times := range rang {
		if times > 1 {
			t.Logf("%s went off %d times", id, times) // which it may
		}
	}
}

// within waits until f says that something is so.
func within(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !f(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}
