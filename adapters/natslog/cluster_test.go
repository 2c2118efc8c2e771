package natslog_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/adapters/logtest"
	"parley/adapters/natslog"
	"parley/adapters/natstest"
	"parley/domain/casework"
	"parley/events"
)

func TestMain(m *testing.M) {
	if natstest.Serve() {
		return
	}
	os.Exit(m.Run())
}

// shared opens a new log with three copies, in place of the one before.
func shared(t *testing.T, c *natstest.Cluster) *natslog.Log {
	t.Helper()
	js, err := jetstream.New(c.Connect(natstest.Admin))
	if err != nil {
		t.Fatal(err)
	}
	if err := js.DeleteStream(t.Context(), "ES"); err != nil && !errors.Is(err, jetstream.ErrStreamNotFound) {
		t.Fatal(err)
	}
	if _, err := natslog.Open(t.Context(), c.Connect(natstest.Init), natslog.Guard{Replicas: 3, LMC: "GLO"}); err != nil {
		t.Fatal(err)
	}
	return joined(t, c)
}

// joined opens the log as a server of Parley does.
func joined(t *testing.T, c *natstest.Cluster) *natslog.Log {
	t.Helper()
	l, err := natslog.Open(t.Context(), c.Connect(natstest.Server), natslog.Guard{Joins: true, LMC: "GLO"})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestACluster(t *testing.T) {
	c := natstest.Start(t)
	t.Run("contract", func(t *testing.T) {
		logtest.Run(t, func(t *testing.T) logtest.Log { return shared(t, c) })
	})
	t.Run("what one has stored the other reads", func(t *testing.T) {
		one := shared(t, c)
		alternate(t, one, joined(t, c), index{})
	})
	t.Run("and reads by an index, whichever copy it asks", func(t *testing.T) {
		one, other, known := shared(t, c), joined(t, c), index{}
		one.Consult(known)
		other.Consult(known)
		alternate(t, one, other, known)
	})
	t.Run("a log that is gone is not begun again", func(t *testing.T) {
		shared(t, c)
		js, err := jetstream.New(c.Connect(natstest.Admin))
		if err != nil {
			t.Fatal(err)
		}
		if err := js.DeleteStream(t.Context(), "ES"); err != nil {
			t.Fatal(err)
		}
		nc := c.Connect(natstest.Server)
		if _, err := natslog.Open(t.Context(), nc, natslog.Guard{Existed: true}); !errors.Is(err, events.ErrDamaged) {
			t.Errorf("opened with %v", err)
		}
		if _, err := natslog.Open(t.Context(), nc, natslog.Guard{Joins: true}); !errors.Is(err, natslog.ErrNoLog) {
			t.Errorf("joined with %v", err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second) // the server does not answer what it forbids
		defer cancel()
		if _, err := natslog.Open(ctx, nc, natslog.Guard{Replicas: 3}); err == nil {
			t.Error("begun again by a server of Parley")
		}
	})
}

// alternate has two write by turns, and each read at once what the other wrote;
// known is told of it too.
func alternate(t *testing.T, one, other *natslog.Log, known index) {
	t.Helper()
	a := events.Case("GLO-26-0001")
	var last events.Recorded
	for i := range 200 {
		writer, reader := one, other
		if i%2 == 1 {
			writer, reader = other, one
		}
		commit := logtest.Next(t, a, last, "x", "a note")
		position, err := writer.Append(t.Context(), commit, last.Position)
		if err != nil {
			t.Fatal(err)
		}
		last = events.Recorded{Commit: commit.Commit, Position: position}
		known[a] = append(known[a], position)
		if h, err := reader.Read(t.Context(), a, 0); err != nil || len(h) != i+1 {
			t.Fatalf("after %d commits the other reads %d: %v", i+1, len(h), err)
		}
	}
}

// TestALeaderIsKilled kills the server that leads, twice, while eight write on
// one case and on eight others, and one follows.
func TestALeaderIsKilled(t *testing.T) {
	c := natstest.Start(t)
	one := shared(t, c)
	f, _ := follow(t, one, 0)
	w := &writers{one: events.Case("GLO-26-0001"), acknowledged: map[uint64]events.Sealed{}}
	stop := make(chan struct{})
	var all sync.WaitGroup
	for i := range 8 {
		own := joined(t, c)
		all.Go(func() { w.write(t, own, i, stop) })
	}
	for range 2 {
		w.more(t, 100)
		lost := c.Leader("ES")
		c.Kill(lost)
		w.more(t, 100)
		c.Restart(lost)
	}
	w.more(t, 100)
	close(stop)
	all.Wait()

	last := joined(t, c)
	report := logtest.Audit(t, last)
	if !report.OK() {
		t.Errorf("the audit says %+v", report)
	}
	f.reach(t, report.Last)
	followed := inOrder(t, f.history(), 0)
	for position, sealed := range w.acknowledged {
		if position > uint64(len(followed)) || followed[position-1].Hash != sealed.Hash {
			t.Errorf("position %d was acknowledged to %s and holds another", position, sealed.Actor)
		}
	}
	commands := map[string]bool{}
	for _, r := range followed {
		if commands[r.Command.String()] {
			t.Errorf("the command of position %d was carried out twice", r.Position)
		}
		commands[r.Command.String()] = true
	}
	t.Logf("%d commits were acknowledged and %d stored; %d attempts conflicted and of %d nothing was known at first",
		len(w.acknowledged), len(followed), w.conflicts, w.uncertain)
}

// writers keep account of what was acknowledged to them.
type writers struct {
	one events.Aggregate // on which all of them write

	mu                   sync.Mutex
	acknowledged         map[uint64]events.Sealed
	conflicts, uncertain int
}

// write appends in turn to the case of all and to one of its own, as the Desk
// does: what is not known is read, and what conflicted is decided afresh.
func (w *writers) write(t *testing.T, l *natslog.Log, i int, stop <-chan struct{}) {
	own := events.Case(fmt.Sprintf("GLO-26-%04d", i+2))
	for turn := 0; ; turn++ {
		select {
		case <-stop:
			return
		default:
		}
		a := own
		if turn%2 == 0 {
			a = w.one
		}
		if err := w.record(t, l, a, fmt.Sprintf("writer %d", i)); err != nil {
			t.Errorf("writer %d: %v", i, err)
			return
		}
	}
}

// record appends one commit to a, until it is in.
func (w *writers) record(t *testing.T, l *natslog.Log, a events.Aggregate, actor string) error {
	first := logtest.Next(t, a, events.Recorded{}, actor, "a note")
	for {
		h, err := l.Read(t.Context(), a, 0)
		if err != nil {
			return err
		}
		var last events.Recorded
		for _, r := range h {
			if last = r; r.Command == first.Command {
				return nil // it was stored, though nobody said so
			}
		}
		next := logtest.Next(t, a, last, actor, "a note").Commit
		next.Command = first.Command
		sealed, err := events.Seal(next)
		if err != nil {
			return err
		}
		position, err := l.Append(t.Context(), sealed, last.Position)
		w.mu.Lock()
		switch {
		case err == nil:
			if earlier, twice := w.acknowledged[position]; twice {
				t.Errorf("position %d was acknowledged to %s and to %s", position, earlier.Actor, actor)
			}
			w.acknowledged[position] = sealed
		case errors.Is(err, casework.ErrUncertain):
			w.uncertain++
		case errors.Is(err, casework.ErrConflict):
			w.conflicts++
		}
		w.mu.Unlock()
		if err == nil || !errors.Is(err, casework.ErrUncertain) && !errors.Is(err, casework.ErrConflict) {
			return err
		}
	}
}

// more waits until so many more commits have been acknowledged.
func (w *writers) more(t *testing.T, n int) {
	t.Helper()
	count := func() int {
		w.mu.Lock()
		defer w.mu.Unlock()
		return len(w.acknowledged)
	}
	want := count() + n
	for late := time.Now().Add(2 * time.Minute); count() < want; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("%d commits are acknowledged, and %d are wanted", count(), want)
		}
	}
}
