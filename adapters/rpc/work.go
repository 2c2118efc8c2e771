package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"parley/projections/docket"
)

// How one request is read, worked on and answered: see Service.take.

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
	if errors.Is(err, context.DeadlineExceeded) && ctx.Err() != nil {
		err = fmt.Errorf("%w: %w", ErrLate, err)
	}
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
		if body, err = encode(answer); err != nil {
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

// appender is an answer that writes itself as encoding/json would, in a fraction
// of the time.
type appender interface{ AppendJSON(b []byte) []byte }

var _ appender = docket.Rows{}

// encode returns an answer as JSON.
func encode(answer any) ([]byte, error) {
	if a, is := answer.(appender); is {
		return a.AppendJSON(nil), nil
	}
	return json.Marshal(answer)
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
