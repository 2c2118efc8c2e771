package natslog_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"parley/adapters/logtest"
	"parley/adapters/natsd"
	"parley/adapters/natslog"
	"parley/events"
)

// follower collects what a log hands over.
type follower struct {
	mu  sync.Mutex
	has events.History
	err chan error
}

// follow follows a log in the background until the test ends or the returned
// function is called.
func follow(t *testing.T, l *natslog.Log, after uint64) (*follower, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	f := &follower{err: make(chan error, 1)}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		f.err <- l.Follow(ctx, after, func(r events.Recorded) error {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.has = append(f.has, r)
			return nil
		})
	}()
	t.Cleanup(func() { cancel(); <-ended })
	return f, cancel
}

func (f *follower) history() events.History {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append(events.History(nil), f.has...)
}

// reach waits until a position has been handed over.
func (f *follower) reach(t *testing.T, position uint64) {
	t.Helper()
	for late := time.After(time.Minute); ; {
		if h := f.history(); len(h) > 0 && h[len(h)-1].Position >= position {
			return
		}
		select {
		case err := <-f.err:
			t.Fatalf("it ended with %v", err)
		case <-late:
			h := f.history()
			t.Fatalf("%d commits were handed over, and position %d is wanted", len(h), position)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// inOrder checks that h is one position after another, and returns it.
func inOrder(t *testing.T, h events.History, after uint64) events.History {
	t.Helper()
	for i, r := range h {
		if r.Position != after+uint64(i)+1 {
			t.Fatalf("position %d was handed over when %d was due", r.Position, after+uint64(i)+1)
		}
	}
	return h
}

func TestALogIsFollowed(t *testing.T) {
	l := open(t, start(t, t.TempDir()), natslog.Guard{})
	before := logtest.Fill(t, l, events.Case("GLO-26-0001"), 300, "a note")
	f, stop := follow(t, l, 100)
	f.reach(t, 300)
	logtest.Fill(t, l, events.Case("GLO-26-0002"), 20, "a note")
	f.reach(t, 320)
	h := inOrder(t, f.history(), 100)
	if h[0].Hash != before[100].Hash || len(h) != 220 {
		t.Errorf("%d commits, from %s", len(h), h[0].Hash)
	}
	stop()
	if err := <-f.err; !errors.Is(err, context.Canceled) {
		t.Errorf("stopped with %v", err)
	}
}

func TestFollowingEndsWithAnError(t *testing.T) {
	s := start(t, t.TempDir())
	l := open(t, s, natslog.Guard{})
	logtest.Fill(t, l, events.Case("GLO-26-0001"), 5, "a note")
	enough, n := errors.New("enough"), 0
	if err := l.Follow(t.Context(), 0, func(events.Recorded) error {
		if n++; n == 3 {
			return enough
		}
		return nil
	}); !errors.Is(err, enough) || n != 3 {
		t.Errorf("after %d: %v", n, err)
	}
	if err := s.Conn().Publish("es.case.GLO-26-0002", []byte("not a commit")); err != nil {
		t.Fatal(err)
	}
	n = 0
	if err := l.Follow(t.Context(), 0, func(events.Recorded) error { n++; return nil }); !errors.Is(err, events.ErrDamaged) || n != 5 {
		t.Errorf("at what is no commit, after %d: %v", n, err)
	}
}

// A follower who begins beyond the end waits for what comes after that.
func TestFollowingFromBeyondTheEnd(t *testing.T) {
	l := open(t, start(t, t.TempDir()), natslog.Guard{})
	logtest.Fill(t, l, events.Case("GLO-26-0001"), 2, "a note")
	f, _ := follow(t, l, 5)
	logtest.Fill(t, l, events.Case("GLO-26-0002"), 6, "a note")
	f.reach(t, 8)
	inOrder(t, f.history(), 5)
}

func TestFollowingEndsWithTheServer(t *testing.T) {
	s, err := natsd.Start(t.Context(), natsd.Config{Dir: t.TempDir(), Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	l := open(t, s, natslog.Guard{Alive: s.Alive()})
	logtest.Fill(t, l, events.Case("GLO-26-0001"), 2, "a note")
	f, _ := follow(t, l, 0)
	f.reach(t, 2)
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := <-f.err; !errors.Is(err, natslog.ErrUnavailable) {
		t.Errorf("ended with %v", err)
	}
}

func TestAnothersLog(t *testing.T) {
	gloucestershire := natslog.Guard{LMC: "GLO"}
	s := start(t, t.TempDir())
	open(t, s, gloucestershire)
	for _, c := range []struct {
		as   natslog.Guard
		want error
	}{
		{natslog.Guard{Existed: true, LMC: "GLO"}, nil},
		{natslog.Guard{Existed: true}, nil},
		{natslog.Guard{Existed: true, LMC: "SEV"}, natslog.ErrOtherLMC},
		{natslog.Guard{Existed: true, LMC: "GLO", Rehearsal: true}, natslog.ErrOtherLMC},
		{natslog.Guard{LMC: "SEV"}, natslog.ErrOtherLMC},
	} {
		if _, err := natslog.Open(t.Context(), s.Conn(), c.as); c.want == nil && err != nil || !errors.Is(err, c.want) {
			t.Errorf("opened as %+v: %v", c.as, err)
		}
	}
	old := start(t, t.TempDir()) // from before it was kept
	open(t, old, natslog.Guard{})
	open(t, old, natslog.Guard{Existed: true, LMC: "SEV", Rehearsal: true})
}

// That others append while a log is opened and read is no damage.
func TestOthersAppendMeanwhile(t *testing.T) {
	s := start(t, t.TempDir())
	l := open(t, s, natslog.Guard{})
	f, _ := follow(t, l, 0)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() { logtest.Fill(t, l, events.Case(fmt.Sprintf("GLO-26-%04d", i)), 150, "a note") })
	}
	filled := make(chan struct{})
	go func() { all.Wait(); close(filled) }()
	for done := false; !done; {
		select {
		case <-filled:
			done = true
		default:
		}
		if _, err := l.Last(t.Context()); err != nil {
			t.Errorf("the last: %v", err)
		}
		if err := l.Scan(t.Context(), l.Seen().Position/2, func(events.Recorded) error { return nil }); err != nil {
			t.Errorf("a scan: %v", err)
		}
		if _, err := natslog.Open(t.Context(), s.Conn(), natslog.Guard{Existed: true}); err != nil {
			t.Errorf("opened once more: %v", err)
		}
	}
	f.reach(t, 600)
	inOrder(t, f.history(), 0)
}
