// Package natsd runs the embedded NATS server of a store.
//
// It promises that what JetStream acknowledges is on disk, and that what the
// server warns of is not lost on anybody: its warnings are the only sign that
// it dropped something while it opened a store. It must be given a folder that
// no other process uses; the folder's lock is not its business, nor is what the
// streams hold.
//
// It listens on no port unless it is told to. If it is, whoever connects proves
// with a key who they are, and may send no requests but their own and hear no
// answers but their own: the subject of a request says who makes it, and the
// server vouches for that. They cannot reach JetStream. Only the server's own
// connection, which does not leave the process, may do everything.
//
// Connect and Dial connect to a server that runs elsewhere, and sort out why if
// they cannot.
package natsd

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

const (
	// MaxPayload is how large a message may be, in bytes: a whole directory is
	// imported as one.
	MaxPayload = 8 << 20

	maxMemory = 1 << 30 // bytes, for what consumers keep; streams are on disk
	maxStore  = 1 << 46 // bytes: the disk is the limit, and watched elsewhere
)

// ErrFailed is wrapped by every error that means the server does not run as it
// should; one of the others as well, where that is why.
var (
	ErrFailed  = errors.New("the embedded server failed")
	ErrStuck   = errors.New("it does not come to an end with what is in jetstream")
	ErrFull    = errors.New("the disk is full")
	ErrTaken   = errors.New("the address is taken by another process")
	ErrAddress = errors.New("this is no address to listen on")
	ErrPlain   = errors.New("off this machine, nobody listens without TLS")
	ErrTLS     = errors.New("the TLS certificate or key is of no use")
)

// Config says what Start needs.
type Config struct {
	Dir  string       // the store's folder; the server keeps to jetstream/ within it
	Name string       // the server's name
	Log  *slog.Logger // hears the server's warnings and errors; nil: nobody does, but see Warnings

	// Key is what the store is encrypted with, and Sealed what its Seal returned
	// when the store was made. A plain store has neither. See Check.
	Key    *Key
	Sealed string

	// Filling is for a new store that is filled from a backup and is not one until
	// it was looked through: what is acknowledged is then forced to disk by
	// whoever fills it, once all is there, and not message by message.
	Filling bool

	// Limit is how long the streams may take to open, and to close; 0: for ever. A
	// server that reads a damaged file may never have done. It cannot be stopped
	// then, and goes with the process: see ErrStuck.
	Limit time.Duration

	// Listen is the host and port on which clients are let in, the port 0 for
	// any that is free. Empty: nowhere. Users is then needed, and TLS unless the
	// host is this machine's own (127.0.0.1, ::1, localhost).
	Listen string
	TLS    *TLS
	Users  Users
}

// Server is a running server and a connection to it.
type Server struct {
	server *server.Server
	conn   *nats.Conn
	heard  *heard
	alive  context.Context
	door   *door          // who comes in; nil if it does not listen
	tasks  sync.WaitGroup // what runs until it is stopped
	limit  time.Duration
}

// Start starts a server on the folder and connects to it. It returns once the
// server has opened its streams: that is not broken off half-way when ctx ends,
// but seen through and closed again. Errors are those of Check, or wrap ErrFailed
// or ctx's own; where it cannot listen as it is told to, also ErrTaken,
// ErrAddress, ErrPlain or ErrTLS.
func Start(ctx context.Context, c Config) (*Server, error) {
	if err := errors.Join(ctx.Err(), c.Check()); err != nil {
		return nil, err
	}
	if err := c.dropCut(); err != nil {
		return nil, err
	}
	options := settings(c)
	own := []nats.Option{}
	var d *door
	if c.Listen != "" {
		var err error
		if d, err = listening(ctx, c, options); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFailed, err)
		}
		own = append(own, d.own.option())
	}
	alive, fail := context.WithCancelCause(context.Background())
	h := &heard{log: c.Log, fail: fail}
	s, err := server.NewServer(options)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFailed, err)
	}
	s.SetLoggerV2(h, false, false, false)
	up := &Server{server: s, heard: h, alive: alive, door: d, limit: c.Limit}
	if !within(c.Limit, s.Start) { // it returns when the streams are open, and it listens if it is to
		return nil, fmt.Errorf("%w: %w: the streams did not open within %s", ErrFailed, ErrStuck, c.Limit)
	}
	if err := errors.Join(ctx.Err(), up.Healthy()); err != nil {
		return nil, errors.Join(err, up.Stop())
	}
	up.conn, err = nats.Connect("", append(own, nats.InProcessServer(s), nats.Name("parley"), nats.ErrorHandler(aside(c.Log)),
		nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond), nats.Timeout(5*time.Second))...)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: no connection to it: %w", ErrFailed, err), up.Stop())
	}
	if d != nil {
		up.tasks.Go(func() { d.patrol(alive, s) })
	}
	return up, nil
}

func settings(c Config) *server.Options {
	o := &server.Options{
		ServerName: c.Name,
		DontListen: true,
		NoSigs:     true,
		MaxPayload: MaxPayload,

		JetStream:          true,
		StoreDir:           c.Dir,
		SyncAlways:         !c.Filling, // the default forces to disk every two minutes
		JetStreamMaxMemory: maxMemory,
		JetStreamMaxStore:  maxStore,
	}
	if c.Key != nil {
		c.Key.encrypt(o)
	}
	return o
}

// Conn returns the connection to the server. Stop closes it.
func (s *Server) Conn() *nats.Conn { return s.conn }

// Alive returns a context that ends when the server fails or is stopped, with
// the reason as its cause. A server that cannot write to its disk does not answer
// any more: whoever waits for one should stop when this ends.
func (s *Server) Alive() context.Context { return s.alive }

// within reports whether f returns within a time; 0: however long it takes.
func within(limit time.Duration, f func()) bool {
	if limit == 0 {
		f()
		return true
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	late := time.NewTimer(limit)
	defer late.Stop()
	select {
	case <-done:
		return true
	case <-late.C:
		return false
	}
}

// Healthy returns an error that wraps ErrFailed if the server does not run, or
// has given up on JetStream, as it does when the disk fails.
func (s *Server) Healthy() error {
	switch {
	case s.alive.Err() != nil:
		return context.Cause(s.alive)
	case !s.server.Running():
		return fmt.Errorf("%w: it is not running", ErrFailed)
	case !s.server.JetStreamEnabled():
		return fmt.Errorf("%w: it keeps no streams", ErrFailed)
	}
	return nil
}

// Warnings returns what the server has warned of that concerns itself and not
// whoever connects, oldest first: the first hundred and the last hundred.
func (s *Server) Warnings() []string { return s.heard.all() }

// Stop closes the connection and stops the server. It returns once the streams
// are closed on disk. A second call does nothing.
func (s *Server) Stop() error {
	failed := context.Cause(s.alive)
	if s.conn != nil {
		s.conn.Close()
	}
	down := within(s.limit, func() {
		s.server.Shutdown()
		s.server.WaitForShutdown()
	})
	s.heard.fail(errStopped)
	if !down {
		return fmt.Errorf("%w: %w: the streams did not close within %s", ErrFailed, ErrStuck, s.limit)
	}
	s.tasks.Wait()
	if errors.Is(failed, errStopped) {
		return nil
	}
	return failed
}

var errStopped = fmt.Errorf("%w: it was stopped", ErrFailed)
