package sched_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/adapters/natstest"
	"parley/adapters/sched"
)

// reign is who led, from when to when.
type reign struct {
	mu  sync.Mutex
	log []string
}

func (r *reign) note(what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.log = append(r.log, what+" "+time.Now().UTC().Format("15:04:05"))
}

func (r *reign) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.log)
}

// leading lets name lead whenever it can until its context ends.
func (r *reign) leading(ctx context.Context, s *sched.Schedule, name string) chan error {
	returned := make(chan error, 1)
	go func() {
		returned <- s.Lead(ctx, name, func(ctx context.Context) error {
			r.note(name + " leads")
			<-ctx.Done()
			r.note(name + " stops")
			if ctx.Err() != nil && errors.Is(context.Cause(ctx), sched.ErrLost) {
				r.note(name + " lost it")
			}
			return ctx.Err()
		})
	}()
	return returned
}

func TestOneLeadsAndHandsOver(t *testing.T) {
	dir := t.TempDir()
	natstest.Virtually(t, func(t *testing.T) {
		server := start(t, dir)
		defer stop(t, server)
		s, r := open(t, server, sched.Config{}), &reign{}
		first, endFirst := context.WithCancel(context.Background())
		second, endSecond := context.WithCancel(context.Background())
		one := r.leading(first, s, "one")
		time.Sleep(time.Minute)
		two := r.leading(second, s, "two")
		time.Sleep(time.Hour)
		if leader, err := s.Leader(context.Background()); err != nil || leader != "one" {
			t.Errorf("%q leads, %v", leader, err)
		}
		endFirst()
		if err := <-one; err != nil {
			t.Error(err)
		}
		time.Sleep(time.Hour)
		endSecond()
		if err := <-two; err != nil {
			t.Error(err)
		}
		if leader, err := s.Leader(context.Background()); err != nil || leader != "" {
			t.Errorf("%q leads, %v", leader, err)
		}
		want := []string{"one leads 00:00:00", "one stops 01:01:00", "two leads 01:01:00", "two stops 02:01:00"}
		got := r.all()
		if len(got) == 4 && got[2] == "two leads 01:01:01" { // it looks every second
			want[2] = got[2]
		}
		if !slices.Equal(got, want) {
			t.Errorf("it went %q, want %q", got, want)
		}
	})
}

func TestAnotherTakesOverWithinFiveSeconds(t *testing.T) {
	dir := t.TempDir()
	natstest.Virtually(t, func(t *testing.T) {
		server := start(t, dir)
		defer stop(t, server)
		s := open(t, server, sched.Config{})
		js, err := jetstream.New(server.Conn())
		if err != nil {
			t.Fatal(err)
		}
		kv, err := js.KeyValue(context.Background(), "LEASE")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := kv.Create(context.Background(), "watch", []byte("killed")); err != nil { // and never renewed
			t.Fatal(err)
		}
		killed := time.Now()
		ctx, end := context.WithCancel(context.Background())
		led := make(chan time.Time, 1)
		returned := make(chan error, 1)
		go func() {
			returned <- s.Lead(ctx, "two", func(context.Context) error {
				led <- time.Now()
				return nil
			})
		}()
		if took := (<-led).Sub(killed); took < 2*time.Second || took > 5*time.Second {
			t.Errorf("taken over after %s", took)
		}
		if err := <-returned; err != nil {
			t.Error(err)
		}
		end()
	})
}

func TestALostLeaseEndsTheWork(t *testing.T) {
	dir := t.TempDir()
	natstest.Virtually(t, func(t *testing.T) {
		server := start(t, dir)
		defer stop(t, server)
		s, r := open(t, server, sched.Config{}), &reign{}
		ctx, end := context.WithCancel(context.Background())
		one := r.leading(ctx, s, "one")
		time.Sleep(time.Minute + time.Millisecond)
		js, err := jetstream.New(server.Conn())
		if err != nil {
			t.Fatal(err)
		}
		kv, err := js.KeyValue(context.Background(), "LEASE")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := kv.Put(context.Background(), "watch", []byte("usurper")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		want := []string{"one leads 00:00:00", "one stops 00:01:01", "one lost it 00:01:01"}
		if got := r.all(); len(got) != 4 || !slices.Equal(got[:3], want) {
			t.Errorf("it went %q, want %q and to lead again", got, want)
		}
		if err := js.DeleteKeyValue(context.Background(), "LEASE"); err != nil { // as when the server lost its memory
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		if leader, err := s.Leader(context.Background()); err != nil || leader != "one" {
			t.Errorf("%q leads after the lease was begun afresh, %v", leader, err)
		}
		end()
		if err := <-one; err != nil {
			t.Error(err)
		}
	})
}

func TestWhatFailsWhileLeadingIsReported(t *testing.T) {
	server := start(t, t.TempDir())
	defer stop(t, server)
	s := open(t, server, sched.Config{})
	broken := errors.New("broken")
	if err := s.Lead(t.Context(), "one", func(context.Context) error { return broken }); !errors.Is(err, broken) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Lead(ctx, "one", func(context.Context) error { t.Error("it leads"); return nil }); err != nil {
		t.Error(err)
	}
}

func TestALeaseOfAnotherLengthIsRefused(t *testing.T) {
	server := start(t, t.TempDir())
	defer stop(t, server)
	js, err := jetstream.New(server.Conn())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "LEASE", TTL: time.Hour}); err != nil {
		t.Fatal(err)
	}
	if _, err := sched.Open(t.Context(), server.Conn(), sched.Config{}); !errors.Is(err, sched.ErrUnsafe) {
		t.Error(err)
	}
}

// A worker that is cut off from the server stops before its lease can be
// another's, and another takes over within five seconds.
func TestAWorkerThatIsCutOffStops(t *testing.T) {
	dir := t.TempDir()
	natstest.Virtually(t, func(t *testing.T) {
		server := start(t, dir)
		s, r := open(t, server, sched.Config{}), &reign{}
		ctx, end := context.WithCancel(context.Background())
		one := r.leading(ctx, s, "one")
		time.Sleep(time.Minute + time.Millisecond)
		stop(t, server)
		time.Sleep(4 * time.Second)
		if got, want := r.all(), []string{"one leads 00:00:00", "one stops 00:01:03", "one lost it 00:01:03"}; !slices.Equal(got, want) && !(len(got) == 3 && got[1] == "one stops 00:01:02") {
			t.Errorf("it went %q, want %q", got, want)
		}
		end()
		if err := <-one; err != nil {
			t.Error(err)
		}
	})
}
