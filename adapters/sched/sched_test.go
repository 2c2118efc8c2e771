package sched_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/adapters/natsd"
	"parley/adapters/natstest"
	"parley/adapters/sched"
	"parley/domain/watch"
)

// start starts a server on dir; stop it with its Stop.
func start(t testing.TB, dir string) *natsd.Server {
	t.Helper()
	s, err := natsd.Start(context.Background(), natsd.Config{Dir: dir, Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func stop(t testing.TB, s *natsd.Server) {
	t.Helper()
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
}

func open(t testing.TB, s *natsd.Server, c sched.Config) *sched.Schedule {
	t.Helper()
	alarms, err := sched.Open(context.Background(), s.Conn(), c)
	if err != nil {
		t.Fatal(err)
	}
	return alarms
}

func set(t testing.TB, s *sched.Schedule, id string, at time.Time) {
	t.Helper()
	if err := s.Set(context.Background(), watch.Alarm{ID: id, At: at}); err != nil {
		t.Fatal(err)
	}
}

func all(t testing.TB, s *sched.Schedule) map[string]time.Time {
	t.Helper()
	found, err := s.All(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// heard is what rang, and when.
type heard struct {
	mu   sync.Mutex
	rang []string // ID and time
	fail func(id string, times int) error
}

func (h *heard) ring(_ context.Context, id string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.rang = append(h.rang, id+" "+time.Now().UTC().Format("15:04:05"))
	if h.fail == nil {
		return nil
	}
	times := 0
	for _, r := range h.rang {
		if strings.HasPrefix(r, id+" ") {
			times++
		}
	}
	return h.fail(id, times)
}

func (h *heard) all() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.rang)
}

// ringing lets h hear the alarms of s until the func that it returns is called.
func ringing(t testing.TB, s *sched.Schedule, h *heard) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	returned := make(chan error, 1)
	go func() { returned <- s.Ring(ctx, h.ring) }()
	return func() {
		cancel()
		if err := <-returned; err != nil {
			t.Error(err)
		}
	}
}

func TestAlarmsAreSetReplacedAndCancelled(t *testing.T) {
	server := start(t, t.TempDir())
	defer stop(t, server)
	s := open(t, server, sched.Config{})
	at := time.Date(2100, 6, 1, 8, 30, 0, 123456789, time.UTC)
	for i := range 100 {
		set(t, s, fmt.Sprintf("GLO-26-0001_D7-%d", i), at.AddDate(0, 0, i))
	}
	set(t, s, "GLO-26-0001_D7-3", at)
	for _, id := range []string{"GLO-26-0001_D7-4", "GLO-26-0001_D7-5", "never-was"} {
		if err := s.Cancel(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	want := map[string]time.Time{}
	for i := range 100 {
		want[fmt.Sprintf("GLO-26-0001_D7-%d", i)] = at.AddDate(0, 0, i)
	}
	want["GLO-26-0001_D7-3"] = at
	delete(want, "GLO-26-0001_D7-4")
	delete(want, "GLO-26-0001_D7-5")
	if got := all(t, s); !maps.Equal(got, want) {
		t.Errorf("set are %v", got)
	}
	if got := all(t, open(t, server, sched.Config{})); !maps.Equal(got, want) {
		t.Errorf("opened again there are %v", got)
	}
}

func TestWhatIsNoAlarmIsRefused(t *testing.T) {
	server := start(t, t.TempDir())
	defer stop(t, server)
	s := open(t, server, sched.Config{})
	at := time.Date(2100, 6, 1, 8, 30, 0, 0, time.UTC)
	for _, a := range []watch.Alarm{
		{At: at}, {ID: "a.b", At: at}, {ID: "*", At: at}, {ID: "a b", At: at}, {ID: "-a", At: at}, {ID: "a"}, {ID: "a", At: at.AddDate(900, 0, 0)},
	} {
		if err := s.Set(t.Context(), a); !errors.Is(err, sched.ErrBadAlarm) {
			t.Errorf("%v: %v", a, err)
		}
	}
	if err := s.Cancel(t.Context(), ">"); !errors.Is(err, sched.ErrBadAlarm) {
		t.Error(err)
	}
	if got := all(t, s); len(got) != 0 {
		t.Error(got)
	}
}

func TestAStreamThatWouldLoseAlarmsIsRefused(t *testing.T) {
	good := jetstream.StreamConfig{
		Name: "SCHED", Subjects: []string{"sched.alarm.*", "due.alarm.*"}, MaxMsgsPerSubject: 1, AllowMsgSchedules: true,
	}
	for what, spoil := range map[string]func(*jetstream.StreamConfig){
		"not kept on disk":  func(c *jetstream.StreamConfig) { c.Storage = jetstream.MemoryStorage },
		"do not go off":     func(c *jetstream.StreamConfig) { c.AllowMsgSchedules = false },
		"does not replace":  func(c *jetstream.StreamConfig) { c.MaxMsgsPerSubject = -1 },
		"a limit":           func(c *jetstream.StreamConfig) { c.MaxAge = time.Hour },
		"when they are rea": func(c *jetstream.StreamConfig) { c.Retention = jetstream.WorkQueuePolicy },
		"whether they are":  func(c *jetstream.StreamConfig) { c.NoAck = true },
		"cannot be canc":    func(c *jetstream.StreamConfig) { c.DenyDelete = true },
		"other subjects":    func(c *jetstream.StreamConfig) { c.Subjects = []string{"sched.alarm.*", "due.alarm.*", "x"} },
		"":                  func(*jetstream.StreamConfig) {},
	} {
		t.Run(what, func(t *testing.T) {
			server := start(t, t.TempDir()) // its own: a server may still be clearing away a stream that was deleted
			defer stop(t, server)
			js, err := jetstream.New(server.Conn())
			if err != nil {
				t.Fatal(err)
			}
			config := good
			spoil(&config)
			if _, err := js.CreateStream(t.Context(), config); err != nil {
				t.Fatal(err)
			}
			switch _, err := sched.Open(t.Context(), server.Conn(), sched.Config{}); {
			case what == "" && err != nil:
				t.Error(err)
			case what != "" && (!errors.Is(err, sched.ErrUnsafe) || !strings.Contains(err.Error(), what)):
				t.Error(err)
			}
		})
	}
}

func TestNoServerIsSaidToBeUnavailable(t *testing.T) {
	server := start(t, t.TempDir())
	s := open(t, server, sched.Config{})
	stop(t, server)
	if err := s.Set(t.Context(), watch.Alarm{ID: "a", At: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)}); !errors.Is(err, sched.ErrUnavailable) {
		t.Error("set:", err)
	}
	if err := s.Cancel(t.Context(), "a"); !errors.Is(err, sched.ErrUnavailable) {
		t.Error("cancel:", err)
	}
	if _, err := s.All(t.Context()); !errors.Is(err, sched.ErrUnavailable) {
		t.Error("all:", err)
	}
	if err := s.Ring(t.Context(), (&heard{}).ring); !errors.Is(err, sched.ErrUnavailable) {
		t.Error("ring:", err)
	}
	if _, err := sched.Open(t.Context(), server.Conn(), sched.Config{}); !errors.Is(err, sched.ErrUnavailable) {
		t.Error("open:", err)
	}
}

func TestAlarmsGoOffAtTheirTime(t *testing.T) {
	dir := t.TempDir()
	natstest.Virtually(t, func(t *testing.T) {
		server := start(t, dir)
		defer stop(t, server)
		s, h := open(t, server, sched.Config{}), &heard{}
		defer ringing(t, s, h)()
		begin := time.Now()
		set(t, s, "two-days", begin.Add(49*time.Hour))
		set(t, s, "moved", begin.Add(time.Hour))
		set(t, s, "moved", begin.Add(50*time.Hour))
		set(t, s, "sooner", begin.Add(60*time.Hour))
		set(t, s, "sooner", begin.Add(3*time.Hour))
		set(t, s, "cancelled", begin.Add(2*time.Hour))
		set(t, s, "fraction", begin.Add(4*time.Hour+200*time.Millisecond))
		if err := s.Cancel(context.Background(), "cancelled"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(72 * time.Hour)
		want := []string{"sooner 03:00:00", "fraction 04:00:01", "two-days 01:00:00", "moved 02:00:00"}
		if got := h.all(); !slices.Equal(got, want) {
			t.Errorf("heard %q, want %q", got, want)
		}
		if got := all(t, s); len(got) != 0 {
			t.Errorf("still set: %v", got)
		}
		set(t, s, "past", begin)
		time.Sleep(time.Second)
		if got := h.all(); len(got) != 5 {
			t.Errorf("one of the past did not go off at once: %q", got)
		}
	})
}

func TestAnAlarmThatFailsGoesOffAgainAndThenIsGone(t *testing.T) {
	dir := t.TempDir()
	natstest.Virtually(t, func(t *testing.T) {
		server := start(t, dir)
		defer stop(t, server)
		s := open(t, server, sched.Config{})
		h := &heard{fail: func(id string, times int) error {
			if id == "bad" && times < 3 {
				return errors.New("the log is full")
			}
			return nil
		}}
		quiet := ringing(t, s, h)
		set(t, s, "bad", time.Now().Add(time.Minute))
		set(t, s, "good", time.Now().Add(time.Minute))
		time.Sleep(2 * time.Minute)
		got := h.all()
		slices.Sort(got)
		if want := []string{"bad 00:01:00", "bad 00:01:05", "bad 00:01:10", "good 00:01:00"}; !slices.Equal(got, want) {
			t.Errorf("heard %q, want %q", got, want)
		}
		quiet()
		if n := messages(t, server); n != 0 {
			t.Errorf("%d messages are left", n)
		}
	})
}

// messages returns how many messages the stream of alarms holds.
func messages(t testing.TB, s *natsd.Server) uint64 {
	t.Helper()
	js, err := jetstream.New(s.Conn())
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(context.Background(), "SCHED")
	if err != nil {
		t.Fatal(err)
	}
	return stream.CachedInfo().State.Msgs
}

func TestAlarmsOutliveTheServerAndItsWorker(t *testing.T) {
	dir := t.TempDir()
	natstest.Virtually(t, func(t *testing.T) {
		server := start(t, dir)
		s, h := open(t, server, sched.Config{}), &heard{}
		set(t, s, "while-down", time.Now().Add(time.Hour))
		set(t, s, "later", time.Now().Add(30*time.Hour))
		set(t, s, "taken-back", time.Now().Add(30*time.Minute))
		set(t, s, "nobody-heard", time.Now().Add(30*time.Minute))
		time.Sleep(40 * time.Minute) // they are due, and nobody rings
		if err := s.Cancel(context.Background(), "taken-back"); err != nil {
			t.Fatal(err)
		}
		stop(t, server)
		time.Sleep(9*time.Hour + 20*time.Minute)
		server = start(t, dir)
		defer stop(t, server)
		s = open(t, server, sched.Config{})
		defer ringing(t, s, h)()
		time.Sleep(24 * time.Hour)
		got := h.all()
		slices.Sort(got)
		if want := []string{"later 06:00:00", "nobody-heard 10:00:00", "while-down 10:00:00"}; !slices.Equal(got, want) {
			t.Errorf("heard %q, want %q", got, want)
		}
	})
}

func TestAnAlarmLeftHalfHandledGoesOffAgainElsewhere(t *testing.T) {
	dir := t.TempDir()
	natstest.Virtually(t, func(t *testing.T) {
		server := start(t, dir)
		defer stop(t, server)
		s := open(t, server, sched.Config{})
		set(t, s, "a", time.Now().Add(time.Minute))
		dying, die := context.WithCancel(context.Background())
		first := make(chan error, 1)
		go func() {
			first <- s.Ring(dying, func(ctx context.Context, _ string) error {
				<-ctx.Done() // as long as it lives it is at it
				return ctx.Err()
			})
		}()
		h := &heard{}
		time.Sleep(2 * time.Minute)
		defer ringing(t, s, h)()
		time.Sleep(2 * time.Minute)
		if got := h.all(); len(got) != 0 {
			t.Errorf("it went off while it was being handled: %q", got)
		}
		die()
		if err := <-first; err != nil {
			t.Error(err)
		}
		time.Sleep(10 * time.Second)
		if got := h.all(); len(got) != 1 {
			t.Errorf("heard %q", got)
		}
	})
}

func TestAlarmsGoByTheStoresClock(t *testing.T) {
	dir := t.TempDir()
	natstest.Virtually(t, func(t *testing.T) {
		server := start(t, dir)
		defer stop(t, server)
		ahead := 26*365*24*time.Hour + 1234*time.Millisecond // no whole seconds: it goes off up to one later
		s, h := open(t, server, sched.Config{Clock: func() time.Time { return time.Now().Add(ahead) }}), &heard{}
		defer ringing(t, s, h)()
		at := time.Now().Add(ahead + time.Hour).UTC()
		set(t, s, "a", at)
		if got := all(t, s); !got["a"].Equal(at) {
			t.Errorf("set for %s, listed for %s", at, got["a"])
		}
		behind := open(t, server, sched.Config{Clock: func() time.Time { return time.Now().Add(ahead - 24*time.Hour) }})
		if got, want := all(t, behind)["a"], at.Add(-24*time.Hour); got.Sub(want).Abs() > time.Second {
			t.Errorf("by another clock it goes off at %s, want %s", got, want)
		}
		time.Sleep(2 * time.Hour)
		if got, want := h.all(), []string{"a 01:00:01"}; !slices.Equal(got, want) {
			t.Errorf("heard %q, want %q", got, want)
		}
	})
}

// Taking back an alarm that is being handled, while as many are as can be at once,
// does not hold up those that wait.
func TestACancelledAlarmHoldsNoOtherUp(t *testing.T) {
	const crowd = 600 // more than are handled at once
	dir := t.TempDir()
	natstest.Virtually(t, func(t *testing.T) {
		server := start(t, dir)
		defer stop(t, server)
		s, h, begin := open(t, server, sched.Config{}), &heard{}, time.Now()
		for i := range crowd {
			set(t, s, fmt.Sprintf("a%d", i), begin.Add(time.Minute))
		}
		ctx, cancel := context.WithCancel(context.Background())
		returned, handled := make(chan error, 1), make(chan struct{})
		go func() {
			returned <- s.Ring(ctx, func(ctx context.Context, id string) error {
				defer func() { <-handled }()
				return h.ring(ctx, id)
			})
		}()
		time.Sleep(time.Until(begin.Add(62 * time.Second)))
		inHand := h.all()
		if len(inHand) >= crowd {
			t.Fatalf("all %d are in hand, and nothing waits", len(inHand))
		}
		id, _, _ := strings.Cut(inHand[0], " ")
		if err := s.Cancel(context.Background(), id); err != nil {
			t.Fatal(err)
		}
		close(handled)
		time.Sleep(2 * time.Second)
		if got := h.all(); len(got) != crowd {
			t.Errorf("two seconds later %d of %d had gone off", len(got), crowd)
		}
		cancel()
		if err := <-returned; err != nil {
			t.Error(err)
		}
		if n := messages(t, server); n != 0 {
			t.Errorf("%d messages are left", n)
		}
	})
}

// Several may take back one alarm that has gone off: it is gone for all of them.
func TestAnAlarmThatHasGoneOffIsTakenBackOnce(t *testing.T) {
	server := start(t, t.TempDir())
	defer stop(t, server)
	s := open(t, server, sched.Config{})
	for i := range 20 {
		set(t, s, fmt.Sprintf("a%d", i), time.Now().Add(-time.Minute))
	}
	for len(all(t, s)) > 0 { // they go off
		time.Sleep(10 * time.Millisecond)
	}
	var both sync.WaitGroup
	for range 4 {
		both.Go(func() {
			for i := range 20 {
				if err := s.Cancel(t.Context(), fmt.Sprintf("a%d", i)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	both.Wait()
	if n := messages(t, server); n != 0 {
		t.Errorf("%d messages are left", n)
	}
}
