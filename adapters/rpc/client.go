package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"parley/domain/casework"
)

// Options says how a Client asks.
type Options struct {
	Actor    string        // who asks: the connection must let them
	Errors   Errors        // what is known of errors, as the server knows it
	Clock    time.Time     // what the clock of whoever asks is set to; zero: it is the server's clock that counts
	Patience time.Duration // for the answer to one question, all attempts taken together; 0 is 15 seconds
}

// Client is the Office of a server. It is safe for concurrent use. What is asked
// is sent again, a command under its own ID, for as long as there is patience.
// Errors are those of the Office; ErrUnreachable where nobody is there to answer,
// ErrLate where somebody is and takes too long, and casework.ErrUncertain where
// a command may have been carried out all the same; ErrForbidden where the
// connection belongs to somebody else.
type Client struct {
	nc     *nats.Conn
	o      Options
	seen   atomic.Uint64   // the furthest position that an answer has shown
	denied context.Context // ended once the server has said that the connection may not
}

var _ Office = (*Client)(nil)

// How often and how long the server is asked.
const (
	again  = 100 * time.Millisecond // before a question is asked again
	absent = 4 * time.Second        // after which nobody is taken to be there, if nobody has heard the question
)

// NewClient returns the Office that a connection leads to, whose inboxes must be
// those of the actor (see Inbox). It takes over the connection's error handler;
// the caller closes the connection.
func NewClient(nc *nats.Conn, o Options) *Client {
	if o.Patience == 0 {
		o.Patience = patience
	}
	denied, deny := context.WithCancel(context.Background())
	nc.SetErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
		if errors.Is(err, nats.ErrPermissionViolation) {
			deny()
		}
	})
	return &Client{nc: nc, o: o, denied: denied}
}

// ask asks a question and reads the answer. writes says that it is a command.
func ask[A any](ctx context.Context, c *Client, verb string, question any, writes bool) (A, error) {
	return askFor[A](ctx, c, verb, question, writes, c.o.Patience)
}

// askFor is ask with this much patience.
func askFor[A any](ctx context.Context, c *Client, verb string, question any, writes bool, patience time.Duration) (A, error) {
	var answer A
	body, err := json.Marshal(question)
	if err != nil {
		return answer, err
	}
	if most := c.nc.MaxPayload() - room; int64(len(body)) > most {
		return answer, fmt.Errorf("%w: %d bytes, and the server takes %d", ErrTooLarge, len(body), most)
	}
	if body, err = c.insist(ctx, verb, body, writes, patience); err != nil {
		return answer, err
	}
	if err := strict(body, &answer); err != nil {
		return answer, uncertain(fmt.Errorf("%w: %w", ErrGarbled, err), writes)
	}
	return answer, nil
}

// insist asks until there is an answer, or no patience left.
func (c *Client) insist(ctx context.Context, verb string, body []byte, writes bool, patience time.Duration) ([]byte, error) {
	end, nobody := time.Now().Add(patience), time.Now().Add(absent)
	heard := false // whether somebody may have heard the question and not answered
	for wait := patience / 2; ; wait = time.Until(end) {
		answer, err := c.once(ctx, verb, body, max(again, wait))
		heard = heard || errors.Is(err, errSilent) || errors.Is(err, ErrGarbled) || errors.Is(err, errCutOff)
		switch {
		case err == nil:
			return answer, nil
		case c.denied.Err() != nil:
			return nil, fmt.Errorf("%w: %s", ErrForbidden, c.o.Actor)
		case ctx.Err() != nil:
			return nil, uncertain(ctx.Err(), writes)
		case !passes(err):
			return nil, uncertain(err, writes && heard && !errors.As(err, new(*revived)))
		}
		select {
		case <-ctx.Done():
			return nil, uncertain(ctx.Err(), writes)
		case <-time.After(again):
		}
		if now := time.Now(); now.After(end) || !heard && now.After(nobody) {
			return nil, uncertain(c.unanswered(err, patience), writes && heard)
		}
	}
}

// passes reports whether it may help to ask again.
func passes(err error) bool {
	for _, passing := range []error{errSilent, nats.ErrNoResponders, ErrStopping, ErrBusy, ErrLagging} {
		if errors.Is(err, passing) {
			return true
		}
	}
	return false
}

// unanswered says why an answer was waited for in vain, when this was the last
// that was heard: nobody is there, or whoever is takes too long.
func (c *Client) unanswered(last error, waited time.Duration) error {
	switch {
	case errors.Is(last, nats.ErrNoResponders):
		return fmt.Errorf("%w: nobody is there who answers for an LMC", ErrUnreachable)
	case errors.Is(last, errSilent) && c.nc.IsConnected():
		return fmt.Errorf("%w: nothing came back within %s", ErrLate, waited)
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, last)
}

// uncertain returns err, as the error of a command that may have been carried
// out if it is one's.
func uncertain(err error, may bool) error {
	if !may {
		return err
	}
	return fmt.Errorf("%w: %w", casework.ErrUncertain, err)
}

// once asks once and collects the answer.
func (c *Client) once(ctx context.Context, verb string, body []byte, wait time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	defer context.AfterFunc(c.denied, cancel)()
	sub, err := c.nc.SubscribeSync(c.nc.NewRespInbox())
	if err != nil {
		return nil, c.gone(err)
	}
	defer func() { _ = sub.Unsubscribe() }()
	request := &nats.Msg{Subject: subject(c.o.Actor, verb), Reply: sub.Subject, Data: body, Header: nats.Header{
		headProtocol: {Protocol},
		headPatience: {strconv.FormatInt(max(1, wait.Milliseconds()), 10)},
	}}
	if seen := c.seen.Load(); seen > 0 {
		request.Header.Set(headPosition, strconv.FormatUint(seen, 10))
	}
	if !c.o.Clock.IsZero() {
		request.Header.Set(headClock, c.o.Clock.Format(time.RFC3339Nano))
	}
	if err := c.nc.PublishMsg(request); err != nil {
		return nil, c.gone(err)
	}
	return c.collect(ctx, sub)
}

// errSilent says that the time was over before an answer had come.
var errSilent = errors.New("no answer in time")

// errCutOff says that the connection was closed before the answer had come.
var errCutOff = errors.New("cut off")

// gone returns why nothing goes over the connection: it belongs to somebody who
// is no longer let in, or nobody is there.
func (c *Client) gone(err error) error {
	if last := c.nc.LastError(); c.nc.IsClosed() && (errors.Is(last, nats.ErrAuthorization) || errors.Is(last, nats.ErrAuthExpired) || errors.Is(last, nats.ErrAuthRevoked)) {
		return fmt.Errorf("%w: %s is no longer let in", ErrForbidden, c.o.Actor)
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}

// collect puts the parts of an answer together.
func (c *Client) collect(ctx context.Context, sub *nats.Subscription) ([]byte, error) {
	var whole []byte
	for part, parts := 1, 1; ; part++ {
		m, err := sub.NextMsgWithContext(ctx)
		switch {
		case errors.Is(err, context.DeadlineExceeded):
			return nil, errSilent
		case errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, nats.ErrBadSubscription):
			return nil, fmt.Errorf("%w: %w", c.gone(err), errCutOff)
		case err != nil:
			return nil, err
		}
		if got := m.Header.Get(headProtocol); got != Protocol {
			return nil, fmt.Errorf("%w: it speaks version %q, and this program version %s", ErrProtocol, got, Protocol)
		}
		n, of := 1, 1
		if text := m.Header.Get(headPart); text != "" {
			if _, err := fmt.Sscanf(text, "%d/%d", &n, &of); err != nil {
				return nil, fmt.Errorf("%w: part %q", ErrGarbled, text)
			}
		}
		if n != part || part > 1 && of != parts || of < 1 || len(whole)+len(m.Data) > largeReply {
			return nil, fmt.Errorf("%w: part %d of %d came, not part %d of %d", ErrGarbled, n, of, part, parts)
		}
		parts, whole = of, append(whole, m.Data...)
		if part < parts {
			continue
		}
		return c.answered(m, whole)
	}
}

// answered tells an answer from an error, and notes how far its maker had come.
func (c *Client) answered(last *nats.Msg, whole []byte) ([]byte, error) {
	if last.Header.Get(micro.ErrorCodeHeader) != "" {
		return nil, c.o.Errors.Decode(whole)
	}
	position, err := strconv.ParseUint(last.Header.Get(headPosition), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("%w: %s %q", ErrGarbled, headPosition, last.Header.Get(headPosition))
	}
	c.reached(position)
	return whole, nil
}

// reached notes a position that later answers must not be behind.
func (c *Client) reached(position uint64) {
	for {
		old := c.seen.Load()
		if old >= position || c.seen.CompareAndSwap(old, position) {
			return
		}
	}
}
