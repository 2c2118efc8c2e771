package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// raw is a plain embedded server and a connection to it: what must be there to
// store anything at all.
type raw struct {
	server *server.Server
	conn   *nats.Conn
	js     jetstream.JetStream
}

// startRaw starts a server on a folder, with the settings that Parley's has.
// Without durable it forces nothing to disk before it is stopped.
func startRaw(dir string, durable bool) (*raw, error) {
	s, err := server.NewServer(&server.Options{
		ServerName: "raw", DontListen: true, NoSigs: true, NoLog: true, MaxPayload: 8 << 20,
		JetStream: true, StoreDir: dir, SyncAlways: durable, JetStreamMaxMemory: 1 << 30, JetStreamMaxStore: 1 << 46,
	})
	if err != nil {
		return nil, err
	}
	r := &raw{server: s}
	s.Start()
	if r.conn, err = nats.Connect("", nats.InProcessServer(s)); err == nil {
		r.js, err = jetstream.New(r.conn)
	}
	if err != nil {
		r.stop()
		return nil, err
	}
	return r, nil
}

func (r *raw) stop() {
	if r.conn != nil {
		r.conn.Close()
	}
	r.server.Shutdown()
	r.server.WaitForShutdown()
}

// line is a subject that raw messages are appended to.
type line struct {
	subject string
	last    uint64 // of its messages
}

// publish appends a message to a line, with its expected last sequence.
func (r *raw) publish(ctx context.Context, l *line, payload []byte) error {
	ack, err := r.js.Publish(ctx, l.subject, payload, jetstream.WithExpectLastSequencePerSubject(l.last))
	if err != nil {
		return err
	}
	l.last = ack.Sequence
	return nil
}

// lines returns n new lines of the raw store.
func lines(prefix string, n int) []*line {
	all := make([]*line, n)
	for i := range all {
		all[i] = &line{subject: "es.raw." + prefix + "-" + strconv.FormatInt(time.Now().UnixNano(), 36) + "-" + strconv.Itoa(i)}
	}
	return all
}

// rawAppend is a process of its own: it starts a server, appends one message of
// an ordinary size with its expected sequence, and stops.
func rawAppend(ctx context.Context, dir string) error {
	r, err := startRaw(dir, true)
	if err != nil {
		return err
	}
	defer r.stop()
	return r.publish(ctx, lines("process", 1)[0], make([]byte, ordinary))
}

// ordinary is how long the stored form of a note is, in bytes.
const ordinary = 650

// consume reads every message of the log with an ordered consumer, and counts
// them; those of one subject alone if one is given.
func (r *raw) consume(ctx context.Context, subject string) (int, error) {
	var config jetstream.OrderedConsumerConfig
	if subject != "" {
		config.FilterSubjects = []string{subject}
	}
	consumer, err := r.js.OrderedConsumer(ctx, "ES", config)
	if err != nil {
		return 0, err
	}
	messages, err := consumer.Messages()
	if err != nil {
		return 0, err
	}
	defer messages.Stop()
	for n := 1; ; n++ {
		m, err := messages.Next()
		if err != nil {
			return n, err
		}
		meta, err := m.Metadata()
		if err != nil {
			return n, err
		}
		if meta.NumPending == 0 {
			return n, nil
		}
	}
}

// errNothing says that something was measured that did nothing.
var errNothing = errors.New("nothing was done")

// some returns an error unless at least n of something were had.
func some(n, least int) error {
	if n < least {
		return fmt.Errorf("%w: %d where %d are due", errNothing, n, least)
	}
	return nil
}
