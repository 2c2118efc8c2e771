package webhook

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"

	"parley/domain/alerting"
	"parley/domain/watch"
)

// Check connects to the host of the address, or to the proxy if the environment
// has one for it, encrypted as Send would. It posts nothing, and cannot know
// whether the rest of the address is right.
func (c *Channel) Check(ctx context.Context) error {
	target, err := c.target()
	if err == nil && c.secret != nil {
		_, err = c.secret()
	}
	if err != nil {
		return fmt.Errorf("%w: %w", watch.ErrTemporary, err)
	}
	limited, stop := context.WithTimeout(ctx, c.limit)
	defer stop()
	conn, err := c.dial(limited, target)
	if err != nil {
		return fmt.Errorf("%w: %w", watch.ErrTemporary, trouble(ctx, "connecting to", target, err))
	}
	_ = conn.Close() // nothing was said on it
	return nil
}

func (c *Channel) dial(ctx context.Context, target *url.URL) (net.Conn, error) {
	to, encrypted := target, target.Scheme == "https"
	proxy, err := c.via.Proxy(&http.Request{URL: target})
	if err != nil {
		return nil, errors.New("the proxy of the environment is no address")
	}
	if proxy != nil {
		to, encrypted = proxy, proxy.Scheme == "https"
	}
	port := to.Port()
	if port == "" {
		port = map[string]string{"https": "443"}[to.Scheme]
	}
	if port == "" {
		port = "80"
	}
	address := net.JoinHostPort(to.Hostname(), port)
	if encrypted {
		return (&tls.Dialer{Config: c.via.TLSClientConfig}).DialContext(ctx, "tcp", address)
	}
	return (&net.Dialer{}).DialContext(ctx, "tcp", address)
}

// short returns what others say as one harmless line that is not too long.
func short(text string) string {
	const longest = 200 // letters
	letters := []rune(alerting.OneLine(text))
	if len(letters) > longest {
		return string(letters[:longest]) + "…"
	}
	return string(letters)
}

// trouble says what went wrong while doing something to the host, without the
// rest of its address. It wraps the context's error if that ended it, and
// nothing else.
func trouble(ctx context.Context, doing string, target *url.URL, err error) error {
	if ctx.Err() != nil {
		return fmt.Errorf("%s %s was broken off: %w", doing, target.Host, context.Cause(ctx))
	}
	return fmt.Errorf("%s %s: %s", doing, target.Host, explain(err))
}

// explain puts the usual troubles into words. An error of url tells the whole
// address: only what is within it is used.
func explain(err error) string {
	var (
		whole     *url.Error
		unknown   *net.DNSError
		authority x509.UnknownAuthorityError
		name      x509.HostnameError
		notTLS    tls.RecordHeaderError
	)
	if errors.As(err, &whole) {
		err = whole.Err
	}
	switch {
	case errors.As(err, &unknown):
		return "no machine of that name is found: look at the address, and at this machine's DNS"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there"
	case errors.As(err, &name):
		return "its certificate is for another name: " + short(name.Error())
	case errors.As(err, &authority):
		return "its certificate is not signed by anybody this machine trusts"
	case errors.As(err, &notTLS):
		return "it does not speak TLS there"
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return "it did not answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE),
		errors.Is(err, net.ErrClosed): // the library closes what it finds broken
		return "the connection was lost"
	}
	return short(err.Error())
}
