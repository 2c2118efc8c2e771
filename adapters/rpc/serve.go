package rpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"parley/events"
)

// Served is an Office that can be served.
type Served interface {
	Office

	// Stored returns the stored bytes of every commit of an aggregate, oldest first.
	Stored(ctx context.Context, a events.Aggregate) ([]events.Placed, error)

	// Position returns how far in the log its answers reach at least.
	Position() uint64
}

// Config says what Serve needs.
type Config struct {
	// Enter returns the office as this caller comes in. It refuses who may not,
	// and a clock that may not be set.
	Enter  func(Caller) (Served, error)
	Errors Errors
	Log    *slog.Logger // hears of what went wrong with requests; nil: nobody does
	AtOnce int          // requests that are worked on at the same time; 0 is 64

	// Done is called after each request with what became of it; it may be nil.
	Done func(Done)
}

// Done says what became of a request.
type Done struct {
	Verb   string
	Writes bool // whether it was a command
	Took   time.Duration
	Err    error
}

// Service answers requests until it is stopped.
type Service struct {
	c     Config
	nc    *nats.Conn
	micro micro.Service
	verbs map[string]*verb

	room    chan struct{} // holds something for each request that is worked on
	heavy   chan struct{} // for each that may be large
	mu      sync.Mutex
	closed  bool
	inHand  map[string]int // requests that are worked on, by who asks
	working sync.WaitGroup
	ctx     context.Context // of what is worked on
	cancel  context.CancelFunc
}

// stats is what a Service has done of one verb, as it tells whoever asks NATS's
// own way ($SRV.STATS.parley): micro would not count what is worked on beside.
type stats struct {
	Requests uint64        `json:"requests"`
	Errors   uint64        `json:"errors"`
	Busy     time.Duration `json:"busy"` // the time that it took for all of them, in nanoseconds
}

// verb is one kind of request, as the server answers it.
type verb struct {
	name   string
	most   int // bytes of a request
	answer func(context.Context, Served, []byte, Errors) (any, error)

	requests, errors atomic.Uint64
	busy             atomic.Int64
}

// Serve answers requests that come over nc, with others that do so. The caller
// stops it.
func Serve(nc *nats.Conn, c Config) (*Service, error) {
	if c.AtOnce == 0 {
		c.AtOnce = 64
	}
	s := &Service{c: c, nc: nc, verbs: map[string]*verb{}, room: make(chan struct{}, c.AtOnce), heavy: make(chan struct{}, heavyAtOnce), inHand: map[string]int{}}
	for _, v := range verbs() {
		s.verbs[v.name] = v
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	var err error
	if s.micro, err = micro.AddService(nc, micro.Config{
		Name: "parley", Version: "1.0.0", Description: "A Local Medical Committee's cases and deadlines",
		StatsHandler: func(e *micro.Endpoint) any { return s.verbs[e.Name].stats() },
	}); err != nil {
		return nil, fmt.Errorf("requests cannot be answered: %w", err)
	}
	group := s.micro.AddGroup(subjects + "*")
	for _, v := range s.verbs {
		if err := group.AddEndpoint(v.name, micro.HandlerFunc(func(r micro.Request) { s.take(v, r) })); err != nil {
			return nil, errors.Join(fmt.Errorf("requests cannot be answered: %w", err), s.Stop(context.Background()))
		}
	}
	return s, nc.Flush()
}

// Stop takes no more requests, finishes what is in hand until ctx ends, and
// breaks off the rest.
func (s *Service) Stop(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	err := s.micro.Stop()
	done := make(chan struct{})
	go func() {
		s.working.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-ctx.Done():
	}
	s.cancel()
	<-done
	return errors.Join(err, s.nc.Flush())
}

func (v *verb) writes() bool {
	switch v.name {
	case verbHandle, verbDirectory, verbCalendar, verbAcknowledge, verbSnooze:
		return true
	}
	return false
}

func (v *verb) stats() stats {
	return stats{v.requests.Load(), v.errors.Load(), time.Duration(v.busy.Load())}
}

// take has a request worked on, unless it is stopping. It waits while as many
// are in hand as may be.
func (s *Service) take(v *verb, r micro.Request) {
	if !ownInbox(r.Subject(), r.Reply()) {
		s.log("a request was dropped whose answer was to go to somebody else", "verb", v.name, "subject", r.Subject())
		return
	}
	who := asker(r.Subject())
	if err := s.begin(who); err != nil {
		s.reply(v, r.Reply(), nil, err, 0)
		return
	}
	turn := s.room
	if v.most > commandBody {
		turn = s.heavy
	}
	turn <- struct{}{}
	go func() {
		defer s.end(who)
		defer func() { <-turn }()
		began := time.Now()
		answer, position, err := s.work(v, r)
		took := time.Since(began)
		v.requests.Add(1)
		v.busy.Add(int64(took))
		if s.c.Done != nil {
			s.c.Done(Done{v.name, v.writes(), took, err})
		}
		s.reply(v, r.Reply(), answer, err, position)
	}()
}

// How much is worked on at the same time, so that nobody keeps others from being
// answered: of one person's requests, and of those that may be large.
const (
	perPerson   = 16
	heavyAtOnce = 2
)

// begin takes a request of somebody in hand. Errors are ErrStopping and ErrBusy.
func (s *Service) begin(who string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.closed:
		return ErrStopping
	case s.inHand[who] >= perPerson:
		return ErrBusy
	}
	s.inHand[who]++
	s.working.Add(1)
	return nil
}

func (s *Service) end(who string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.inHand[who]--; s.inHand[who] == 0 {
		delete(s.inHand, who)
	}
	s.working.Done()
}

func (s *Service) log(message string, what ...any) {
	if s.c.Log != nil {
		s.c.Log.Info(message, what...)
	}
}
