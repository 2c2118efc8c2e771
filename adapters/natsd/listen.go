package natsd

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// What a server takes from outside. A client that does not read what it is sent
// is cut off as a slow consumer, after patience or once queued bytes wait for it.
const (
	maxConnections   = 1000
	maxSubscriptions = 1000     // of one connection
	maxControlLine   = 4 << 10  // bytes: a subject and a reply subject
	queued           = 64 << 20 // bytes
	patience         = 10 * time.Second
	silence          = 30 * time.Second // after which a client is asked whether it is there
	toProve          = 5.0              // seconds, to say who one is, and for TLS before that
)

// TLS names the files, in PEM, of the certificate that a listening server shows
// (and what certifies it, in order) and of its key.
type TLS struct {
	Cert, Key string
}

// listening adds to o what a server needs that lets clients in, and returns who
// stands at the door.
func listening(ctx context.Context, c Config, o *server.Options) (*door, error) {
	host, port, err := address(c.Listen)
	if err != nil {
		return nil, err
	}
	switch {
	case c.Users == nil:
		return nil, errors.New("nobody could connect: no users are given")
	case c.TLS == nil && !ownMachine(host):
		return nil, fmt.Errorf("%w: %s: give a certificate and a key, or listen on 127.0.0.1", ErrPlain, c.Listen)
	case c.TLS != nil:
		if o.TLSConfig, err = c.TLS.config(); err != nil {
			return nil, err
		}
		o.TLS, o.TLSTimeout = true, toProve
	}
	if err := free(ctx, c.Listen); err != nil {
		return nil, err
	}
	own, err := newKey()
	if err != nil {
		return nil, err
	}
	d := &door{own: own, users: c.Users, log: c.Log, inside: map[uint64]user{}}
	o.DontListen, o.Host, o.Port = false, host, port
	if port == 0 {
		o.Port = server.RANDOM_PORT
	}
	o.CustomClientAuthentication, o.AlwaysEnableNonce, o.AuthTimeout = d, true, toProve
	o.MaxConn, o.MaxSubs, o.MaxControlLine = maxConnections, maxSubscriptions, maxControlLine
	o.MaxPending, o.WriteDeadline, o.PingInterval = queued, patience, silence
	return d, nil
}

// address takes host:port apart.
func address(listen string) (host string, port int, err error) {
	host, number, err := net.SplitHostPort(listen)
	if err == nil {
		port, err = strconv.Atoi(number)
	}
	if err != nil || host == "" || port < 0 || port > 65535 {
		return "", 0, fmt.Errorf("%w: %q: give a host and a port, such as 127.0.0.1:4222", ErrAddress, listen)
	}
	return host, port, nil
}

// ownMachine reports whether a host can be reached from this machine only.
func ownMachine(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// free tries whether the address can be listened on: the server would not say
// why it cannot.
func free(ctx context.Context, listen string) error {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", listen)
	switch {
	case err == nil:
		return l.Close()
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("%w: %s: stop that process, or listen on another port", ErrTaken, listen)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: %s: %w: take a port from 1024 on", ErrAddress, listen, err)
	}
	return fmt.Errorf("%w: %s: %w", ErrAddress, listen, err)
}

// config reads the files.
func (t TLS) config() (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(t.Cert, t.Key)
	if err != nil {
		return nil, fmt.Errorf("%w: %s with %s: %w", ErrTLS, t.Cert, t.Key, err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}, nil
}

// Address returns the host and port on which the server really listens; empty if
// it listens nowhere.
func (s *Server) Address() string {
	if s.door == nil || s.server.Addr() == nil {
		return ""
	}
	return s.server.Addr().String()
}

// URL returns what clients on this machine connect to; empty if it listens nowhere.
func (s *Server) URL() string {
	at := s.Address()
	if at == "" {
		return ""
	}
	if host, port, err := net.SplitHostPort(at); err == nil {
		if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
			at = net.JoinHostPort("localhost", port)
		}
	}
	if strings.HasPrefix(s.server.ClientURL(), "tls:") {
		return "tls://" + at
	}
	return "nats://" + at
}
