// Package web serves what a running Parley shows over HTTP: whether it is alive
// (/healthz) and ready (/readyz), its metrics for Prometheus (/metrics), and the
// calendars that people subscribe to (/calendar/TOKEN.ics).
//
// What it promises:
//
//   - Whoever has no token learns nothing: a wrong one is answered as any page
//     that does not exist, and no token ever stands in a log. Tokens are to be
//     too long to be guessed and to be compared in constant time; both is up to
//     whoever looks them up (see Calendar).
//   - A request cannot hold the server up: reading, answering and checking have
//     their time-outs, and only a few calendars are made at a time.
//   - Shutdown lets requests finish that have begun.
//
// Health and metrics are open to whoever can reach the address. They name no
// cases and no people. What is asked and what it means is decided elsewhere:
// this package has no rules.
package web

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Errors of Start.
var (
	ErrInUse        = errors.New("another program has that port: stop it, or choose another with --http")
	ErrNotPermitted = errors.New("that port is not for this user: choose one above 1023, or let the service manager grant it")
	ErrAddress      = errors.New("nothing can listen there: write an address of this machine and a port, such as 127.0.0.1:8025 or :8025")
	ErrCertificate  = errors.New("the certificate cannot be used: give the files of the certificate and of its key, both as PEM")
)

// What a request may take, and what Parley takes for it.
const (
	headersWithin    = 5 * time.Second
	readWithin       = 10 * time.Second
	answerWithin     = 60 * time.Second
	calendarWithin   = 45 * time.Second // of which others that come first may take some
	idleWithin       = 2 * time.Minute
	longestHeaders   = 16 << 10 // bytes
	calendarsAtATime = 4
)

// Check reports whether a part of Parley can do its work now.
type Check func(context.Context) error

// Calendar returns the calendar to which a token is the key, with an ETag for
// it in quotes. found is false if it is the key to nothing. It must take as long
// for a token that is nearly right as for any other, and name none in its error.
type Calendar func(ctx context.Context, token string) (body []byte, etag string, found bool, err error)

// Options says what is served and where.
type Options struct {
	Addr     string           // host and port; :0 is any port that is free
	Cert     string           // file of the certificate, PEM; empty for no encryption
	Key      string           // file of its key, PEM
	Checks   map[string]Check // what must be in order to be ready, by name
	Patience time.Duration    // for each check; 0 is 3 seconds
	Metrics  *Metrics         // nil for none
	Calendar Calendar         // nil for none
	Log      *slog.Logger     // nil for none
}

// Server is a running server.
type Server struct {
	options  Options
	listener net.Listener
	http     *http.Server
	slots    chan struct{} // one for each calendar that is being made
	notReady notReady
	failed   chan error
}

// Start listens and serves until Shutdown. Its errors wrap ErrInUse,
// ErrNotPermitted, ErrAddress or ErrCertificate.
func Start(o Options) (*Server, error) {
	o.Patience = cmp.Or(o.Patience, 3*time.Second)
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &Server{options: o, slots: make(chan struct{}, calendarsAtATime), failed: make(chan error, 1)}
	complaints := slog.NewLogLogger(o.Log.Handler(), slog.LevelWarn)
	s.http = &http.Server{
		Handler:           s.logged(s.routes(complaints)),
		ReadHeaderTimeout: headersWithin, ReadTimeout: readWithin, WriteTimeout: answerWithin, IdleTimeout: idleWithin,
		MaxHeaderBytes: longestHeaders,
		ErrorLog:       complaints,
	}
	if s.encrypted() {
		pair, err := openPair(o.Cert, o.Key, o.Log)
		if err != nil {
			return nil, err
		}
		s.http.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: pair.current}
	}
	var err error
	if s.listener, err = net.Listen("tcp", o.Addr); err != nil {
		return nil, refusal(o.Addr, err)
	}
	go s.serve()
	return s, nil
}

// encrypted reports whether s is reached by https.
func (s *Server) encrypted() bool { return s.options.Cert != "" || s.options.Key != "" }

func (s *Server) serve() {
	var err error
	if s.encrypted() {
		err = s.http.ServeTLS(s.listener, "", "")
	} else {
		err = s.http.Serve(s.listener)
	}
	if !errors.Is(err, http.ErrServerClosed) {
		s.failed <- fmt.Errorf("the web server on %s has stopped: %w", s.Addr(), err)
	}
	close(s.failed)
}

// refusal is the error for an address on which nothing can listen.
func refusal(addr string, err error) error {
	kind := ErrAddress
	switch {
	case errors.Is(err, errInUse):
		kind = ErrInUse
	case errors.Is(err, errNotPermitted):
		kind = ErrNotPermitted
	}
	return fmt.Errorf("the web server cannot use %q: %w (%w)", addr, kind, err)
}

// Addr returns the address on which s listens: 127.0.0.1:8025.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// URL returns the address for a program on this machine: http://127.0.0.1:8025.
func (s *Server) URL() string {
	scheme := "http"
	if s.encrypted() {
		scheme = "https"
	}
	host, port, _ := net.SplitHostPort(s.Addr())
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// Failed returns a channel that gives the error if s stops of itself, and is
// closed once it has stopped.
func (s *Server) Failed() <-chan error { return s.failed }

// Shutdown takes no more requests and waits for those that have begun. When ctx
// ends first they are cut off, and its error is returned.
func (s *Server) Shutdown(ctx context.Context) error {
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = errors.Join(fmt.Errorf("requests to the web server were cut off: %w", err), s.http.Close())
	}
	return err
}
