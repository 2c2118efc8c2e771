// Package webhook is the channel that posts alerts to an address on the web.
//
// What is posted is the body that Config.Body makes of a message: JSON of
// Parley's own (see Body), or a card for Microsoft Teams (package teams). A
// secret of Config signs it (see Sign and Verify), and the header
// Idempotency-Key names its delivery, the same on every attempt.
//
// Each message has a connection of its own over HTTPS, or HTTP to this machine
// itself. Redirects are not followed. What does not arrive is told apart:
//
//   - Until the whole request was written nothing is delivered: temporary.
//   - From there until the answer nobody can know: uncertain. A gateway's answer
//     that it waited in vain (504) is no better.
//   - 2xx is delivered, as far as that side says: it accepts a message, and what
//     it makes of it is beyond our sight. The receipt is the status and the name
//     that the other side gave the request.
//   - 408, 425, 429 and other 5xx are temporary: with what Retry-After asked.
//   - Anything else is permanent.
//
// The address may be a secret: no error tells more of it than the host.
package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"parley/domain/alerting"
	"parley/domain/watch"
)

// ErrConfig is wrapped by what New says of settings that cannot work.
var ErrConfig = errors.New("messages cannot be posted with these settings")

// IdempotencyKey is the header that names the delivery: its ID, with everything
// but plain letters escaped as in the path of an address.
const IdempotencyKey = "Idempotency-Key"

// Channel posts alerts to one address. It is for use by several goroutines.
type Channel struct {
	target func() (*url.URL, error)
	secret func() (string, error) // nil for none
	body   func(alerting.Message) ([]byte, error)
	via    *http.Transport
	limit  time.Duration
	pace   pace
}

// New returns the channel of a Config, or an error that wraps ErrConfig and says
// what is wrong with it. It connects to nothing: see Check.
func New(c Config) (*Channel, error) {
	ch := &Channel{target: c.target(), secret: c.secret(), body: c.Body, limit: c.Timeout, pace: pace{every: c.Every}}
	if ch.body == nil {
		ch.body = Body
	}
	if ch.limit == 0 {
		ch.limit = 30 * time.Second
	}
	var problems []error
	if c.Timeout < 0 || c.Every < 0 {
		problems = append(problems, errors.New("a time is not less than nothing"))
	}
	if _, err := ch.target(); err != nil {
		problems = append(problems, err)
	}
	if ch.secret != nil {
		if _, err := ch.secret(); err != nil {
			problems = append(problems, err)
		}
	}
	if len(problems) > 0 {
		return nil, fmt.Errorf("%w: %w", ErrConfig, errors.Join(problems...))
	}
	ch.via = c.transport()
	return ch, nil
}

// Send posts m and returns what the other side said: 202 Accepted, request 4711.
// Errors are as watch.Channel has them.
func (c *Channel) Send(ctx context.Context, m alerting.Message) (string, error) {
	if m.ID == "" {
		return "", fmt.Errorf("%w: it has no ID", watch.ErrPermanent)
	}
	body, err := c.body(m)
	if err != nil {
		return "", fmt.Errorf("%w: it could not be written: %w", watch.ErrPermanent, err)
	}
	if err := c.pace.wait(ctx); err != nil {
		return "", fmt.Errorf("%w: posting was broken off: %w", watch.ErrTemporary, err)
	}
	target, err := c.target()
	if err != nil {
		return "", fmt.Errorf("%w: %w", watch.ErrTemporary, err)
	}
	limited, stop := context.WithTimeout(ctx, c.limit)
	defer stop()
	var written atomic.Bool
	request, err := c.request(httptrace.WithClientTrace(limited, &httptrace.ClientTrace{
		WroteRequest: func(info httptrace.WroteRequestInfo) { written.Store(info.Err == nil) },
	}), target, m.ID, body)
	if err != nil {
		return "", fmt.Errorf("%w: %w", watch.ErrTemporary, err)
	}
	answer, err := c.client(limited).Do(request)
	if err != nil && limited.Err() != nil {
		err = limited.Err() // the connection was closed for it, which err may say instead
	}
	switch {
	case err == nil:
		return read(target, answer)
	case written.Load():
		return "", fmt.Errorf("%w: %w", watch.ErrUncertain, trouble(ctx, "waiting for the answer of", target, err))
	}
	return "", fmt.Errorf("%w: %w", watch.ErrTemporary, trouble(ctx, "posting to", target, err))
}

// client posts until ctx ends. The library lets a connection that is being made
// live on by itself beyond that: ours is closed.
func (c *Channel) client(ctx context.Context) *http.Client {
	via := c.via.Clone()
	via.DialContext = func(_ context.Context, network, address string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err == nil {
			context.AfterFunc(ctx, func() { _ = conn.Close() })
		}
		return conn, err
	}
	return &http.Client{
		Transport:     via,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// request is what is posted.
func (c *Channel) request(ctx context.Context, target *url.URL, id string, body []byte) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target.String(), bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("no request can be made of the address") // the error would tell it
	}
	request.Header.Set("Content-Type", "application/json; charset=utf-8")
	request.Header.Set("User-Agent", "Parley")
	request.Header.Set(IdempotencyKey, url.PathEscape(id))
	if c.secret != nil {
		secret, err := c.secret()
		if err != nil {
			return nil, err
		}
		request.Header.Set(SignatureHeader, Sign(secret, time.Now(), body))
	}
	return request, nil
}

// read is what an answer means.
func read(target *url.URL, answer *http.Response) (receipt string, err error) {
	_, _ = io.CopyN(io.Discard, answer.Body, 64<<10) // the status says it all
	_ = answer.Body.Close()
	said := short(strconv.Itoa(answer.StatusCode) + " " + http.StatusText(answer.StatusCode))
	for _, name := range []string{"X-Ms-Workflow-Run-Id", "X-Ms-Request-Id", "X-Request-Id", "Request-Id"} {
		if id := answer.Header.Get(name); id != "" {
			said += ", request " + short(id)
			break
		}
	}
	if wait := answer.Header.Get("Retry-After"); wait != "" && answer.StatusCode >= 400 {
		said += ", to be tried again after " + short(wait)
		if _, err := strconv.Atoi(wait); err == nil {
			said += " seconds"
		}
	}
	sort := watch.ErrPermanent
	switch code := answer.StatusCode; {
	case code/100 == 2:
		return "accepted: " + said, nil
	case code/100 == 3:
		said += ": redirects are not followed, give the address it is now at"
	case code == http.StatusGatewayTimeout:
		sort = watch.ErrUncertain
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusTooManyRequests, code/100 == 5:
		sort = watch.ErrTemporary
	}
	return "", fmt.Errorf("%w: %s answered %s", sort, target.Host, said)
}

// pace keeps some time between messages.
type pace struct {
	every time.Duration
	mu    sync.Mutex
	next  time.Time
}

// wait returns when it is the caller's turn, or with the cause of ctx's end.
func (p *pace) wait(ctx context.Context) error {
	p.mu.Lock()
	now := time.Now()
	turn := now
	if p.next.After(now) {
		turn = p.next
	}
	p.next = turn.Add(p.every)
	p.mu.Unlock()
	timer := time.NewTimer(turn.Sub(now))
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	return context.Cause(ctx)
}
