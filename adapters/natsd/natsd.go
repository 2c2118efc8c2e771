// Package natsd runs the embedded NATS server of a store.
//
// It promises that what JetStream acknowledges is on disk, and that what the
// server warns of is not lost on anybody: its warnings are the only sign that
// it dropped something while it opened a store. It listens on no port. It must
// be given a folder that no other process uses; the folder's lock is not its
// business, nor is what the streams hold.
package natsd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

const (
	maxPayload = 8 << 20 // bytes: a whole directory is imported as one message
	maxMemory  = 1 << 30 // bytes, for what consumers keep; streams are on disk
	maxStore   = 1 << 46 // bytes: the disk is the limit, and watched elsewhere
)

// ErrFailed is wrapped by every error that means the server does not run as it should.
var ErrFailed = errors.New("the embedded server failed")

// Config says what Start needs.
type Config struct {
	Dir  string       // the store's folder; the server keeps to jetstream/ within it
	Name string       // the server's name
	Log  *slog.Logger // hears the server's warnings and errors; nil: nobody does, but see Warnings
}

// Server is a running server and a connection to it.
type Server struct {
	server *server.Server
	conn   *nats.Conn
	heard  *heard
}

// Start starts a server on the folder and connects to it. It returns once the
// server has opened its streams: that is not broken off half-way when ctx ends,
// but seen through and closed again. Errors wrap ErrFailed or ctx's own.
func Start(ctx context.Context, c Config) (*Server, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	h := &heard{log: c.Log}
	s, err := server.NewServer(options(c))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFailed, err)
	}
	s.SetLoggerV2(h, false, false, false)
	up := &Server{server: s, heard: h}
	s.Start() // returns when the streams are open, since it listens on no port
	if err := errors.Join(ctx.Err(), up.Healthy()); err != nil {
		return nil, errors.Join(err, up.Stop())
	}
	up.conn, err = nats.Connect("", nats.InProcessServer(s), nats.Name("parley"),
		nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond), nats.Timeout(5*time.Second))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: no connection to it: %w", ErrFailed, err), up.Stop())
	}
	return up, nil
}

func options(c Config) *server.Options {
	return &server.Options{
		ServerName: c.Name,
		DontListen: true,
		NoSigs:     true,
		MaxPayload: maxPayload,

		JetStream:          true,
		StoreDir:           c.Dir,
		SyncAlways:         true, // the default forces to disk every two minutes
		JetStreamMaxMemory: maxMemory,
		JetStreamMaxStore:  maxStore,
	}
}

// Conn returns the connection to the server. Stop closes it.
func (s *Server) Conn() *nats.Conn { return s.conn }

// Healthy returns an error that wraps ErrFailed if the server does not run, or
// has given up on JetStream, as it does when the disk fails.
func (s *Server) Healthy() error {
	switch {
	case s.heard.fatal() != "":
		return fmt.Errorf("%w: %s", ErrFailed, s.heard.fatal())
	case !s.server.Running():
		return fmt.Errorf("%w: it is not running", ErrFailed)
	case !s.server.JetStreamEnabled():
		return fmt.Errorf("%w: it does not keep streams any more: %s", ErrFailed, s.heard.last())
	}
	return nil
}

// Warnings returns what the server has warned of, oldest first: the first
// hundred and the last hundred.
func (s *Server) Warnings() []string { return s.heard.all() }

// Stop closes the connection and stops the server. It returns once the streams
// are closed on disk. A second call does nothing.
func (s *Server) Stop() error {
	if s.conn != nil {
		s.conn.Close()
	}
	s.server.Shutdown()
	s.server.WaitForShutdown()
	if f := s.heard.fatal(); f != "" {
		return fmt.Errorf("%w: %s", ErrFailed, f)
	}
	return nil
}
