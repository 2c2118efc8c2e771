package natstest

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// Leader returns the number of the server that leads a stream, once one does.
func (c *Cluster) Leader(stream string) int {
	c.t.Helper()
	leader := -1
	c.eventually(func(ctx context.Context, js jetstream.JetStream) error {
		s, err := js.Stream(ctx, stream)
		if err != nil {
			return err
		}
		for i := range c.nodes {
			if info := s.CachedInfo(); info.Cluster != nil && info.Cluster.Leader == Name(i) {
				leader = i
				return nil
			}
		}
		return errors.New("nobody leads the stream " + stream)
	})
	return leader
}

// await waits until all three servers keep streams together.
func (c *Cluster) await() {
	c.t.Helper()
	for i := range c.nodes {
		c.listens(i)
	}
	c.eventually(func(ctx context.Context, js jetstream.JetStream) error {
		const probe = "NATSTEST"
		if _, err := js.CreateStream(ctx, jetstream.StreamConfig{Name: probe, Subjects: []string{"natstest"}, Replicas: size}); err != nil {
			return err
		}
		return js.DeleteStream(ctx, probe)
	})
}

// listens waits until a server takes connections.
func (c *Cluster) listens(i int) {
	c.t.Helper()
	for late := time.After(ready); ; {
		conn, err := net.DialTimeout("tcp", c.nodes[i].client, time.Second)
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-late:
			c.t.Fatalf("server %s does not listen: %v", Name(i), err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// eventually tries f until it succeeds.
func (c *Cluster) eventually(f func(context.Context, jetstream.JetStream) error) {
	c.t.Helper()
	late := time.Now().Add(ready)
	for {
		err := c.try(f)
		if err == nil {
			return
		}
		if time.Now().After(late) {
			c.t.Fatalf("the cluster is not ready: %v", err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func (c *Cluster) try(f func(context.Context, jetstream.JetStream) error) error {
	nc, err := c.dial(Init, c.URLs())
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.t.Context(), 5*time.Second)
	defer cancel()
	return f(ctx, js)
}

// tell logs what the servers said last.
func (c *Cluster) tell() {
	const last = 4 << 10
	for i, n := range c.nodes {
		said, _ := os.ReadFile(filepath.Join(n.store, "log"))
		c.t.Logf("%s said:\n%s", Name(i), said[max(0, len(said)-last):])
	}
}
