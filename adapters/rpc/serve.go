package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
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

// Stats is what a Service has done of one verb.
type Stats struct {
	Verb     string
	Requests uint64
	Errors   uint64
	Busy     time.Duration // the time that it took for all of them
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

// Stats returns what it has done, by verb.
func (s *Service) Stats() []Stats {
	all := make([]Stats, 0, len(s.verbs))
	for _, v := range verbs() {
		all = append(all, s.verbs[v.name].stats())
	}
	return all
}

func (v *verb) writes() bool {
	switch v.name {
	case verbHandle, verbDirectory, verbCalendar, verbAcknowledge, verbSnooze:
		return true
	}
	return false
}

func (v *verb) stats() Stats {
	return Stats{v.name, v.requests.Load(), v.errors.Load(), time.Duration(v.busy.Load())}
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

// asker returns the token of who asks on a subject.
func asker(subject string) string {
	token, _, _ := strings.Cut(strings.TrimPrefix(subject, subjects), ".")
	return token
}

// ownInbox reports whether the answer to a request goes to an inbox of the one
// who asks, or nowhere. The server may publish anywhere, and whoever asks says
// where the answer goes: were that not looked at, they could have it write into
// the log itself.
func ownInbox(subject, reply string) bool {
	return reply == "" || strings.HasPrefix(reply, inboxes+asker(subject)+".")
}

// work answers one request. What goes wrong in doing so ends no more than that.
func (s *Service) work(v *verb, r micro.Request) (answer any, position uint64, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.log("a request broke", "verb", v.name, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			answer, err = nil, ErrBroken
		}
	}()
	head := http.Header(r.Headers())
	caller, atLeast, waits, err := s.read(v, r.Subject(), head, len(r.Data()))
	if err != nil {
		return nil, 0, err
	}
	ctx, cancel := context.WithTimeout(s.ctx, waits)
	defer cancel()
	office, err := s.c.Enter(caller)
	if err != nil {
		return nil, 0, err
	}
	if atLeast > 0 {
		if err := office.CatchUp(ctx, atLeast); err != nil {
			return nil, 0, fmt.Errorf("%w: %w", ErrLagging, err)
		}
	}
	answer, err = v.answer(ctx, office, r.Data(), s.c.Errors)
	return answer, office.Position(), err
}

// read reads who asks, and what the headers of a request say.
func (s *Service) read(v *verb, subject string, head http.Header, size int) (c Caller, atLeast uint64, waits time.Duration, err error) {
	get := func(name string) string {
		if values := head[name]; len(values) > 0 {
			return values[0]
		}
		return ""
	}
	if got := get(headProtocol); got != Protocol {
		return c, 0, 0, fmt.Errorf("%w: it speaks version %s, and the request is of version %q", ErrProtocol, Protocol, got)
	}
	if size > v.most {
		return c, 0, 0, fmt.Errorf("%w: %d bytes, and %s takes %d", ErrTooLarge, size, v.name, v.most)
	}
	if c.Actor, err = actorOf(subject); err != nil {
		return c, 0, 0, err
	}
	if set := get(headClock); set != "" {
		if c.Clock, err = time.Parse(time.RFC3339Nano, set); err != nil {
			return c, 0, 0, fmt.Errorf("%w: %s %q", ErrMalformed, headClock, set)
		}
	}
	if at := get(headPosition); at != "" {
		if atLeast, err = strconv.ParseUint(at, 10, 64); err != nil {
			return c, 0, 0, fmt.Errorf("%w: %s %q", ErrMalformed, headPosition, at)
		}
	}
	waits = patience
	if ms := get(headPatience); ms != "" {
		n, err := strconv.ParseInt(ms, 10, 64)
		if err != nil || n < 1 {
			return c, 0, 0, fmt.Errorf("%w: %s %q", ErrMalformed, headPatience, ms)
		}
		waits = min(time.Duration(min(n, int64(mostTime/time.Millisecond)))*time.Millisecond, mostTime)
	}
	return c, atLeast, waits, nil
}

// reply sends an answer or an error back, in parts where it is too large for one.
func (s *Service) reply(v *verb, to string, answer any, err error, position uint64) {
	if to == "" { // nobody waits for it
		return
	}
	head := nats.Header{headProtocol: {Protocol}, headPosition: {strconv.FormatUint(position, 10)}}
	var body []byte
	if err == nil {
		if body, err = json.Marshal(answer); err != nil {
			err = fmt.Errorf("%w: %w", ErrBroken, err)
		}
	}
	if err != nil {
		v.errors.Add(1)
		s.log("a request was refused or failed", "verb", v.name, "error", err)
		head[micro.ErrorCodeHeader], head[micro.ErrorHeader] = []string{"refused"}, []string{"refused or failed: see the body"}
		if body, err = s.c.Errors.Encode(err); err != nil {
			return // strings and JSON that was made of values a moment ago
		}
	}
	size := max(1, int(s.nc.MaxPayload())-room)
	parts := max(1, (len(body)+size-1)/size)
	for i := range parts {
		m := &nats.Msg{Subject: to, Data: body[i*size : min(len(body), (i+1)*size)], Header: nats.Header{}}
		for name, values := range head {
			m.Header[name] = values
		}
		if parts > 1 {
			m.Header.Set(headPart, fmt.Sprintf("%d/%d", i+1, parts))
		}
		if err := s.nc.PublishMsg(m); err != nil {
			s.log("an answer was not sent", "verb", v.name, "error", err)
			return
		}
	}
}

func (s *Service) log(message string, what ...any) {
	if s.c.Log != nil {
		s.c.Log.Info(message, what...)
	}
}
