package natstest

import (
	"net"
	"sync"
	"testing"
)

// StartApart is Start for a cluster whose servers can be cut off from one
// another, with Isolate.
func StartApart(t testing.TB, caseworkers ...string) *Cluster {
	t.Helper()
	return start(t, true, caseworkers)
}

// Isolate cuts a server off from the other two: nothing that they send one
// another arrives before Rejoin. Whoever is connected to it as a client stays so,
// and nobody is told.
func (c *Cluster) Isolate(i int) { c.shut(i, true) }

// Rejoin lets a server that was cut off hear the others again, and them it: first
// what was sent in between, as far as there was room for it on the way.
func (c *Cluster) Rejoin(i int) { c.shut(i, false) }

func (c *Cluster) shut(i int, shut bool) {
	c.t.Helper()
	if len(c.gates) == 0 {
		c.t.Fatal("the servers of this cluster cannot be cut off: begin it with StartApart")
	}
	for _, g := range c.gates {
		if g.from == i || g.to == i {
			g.set(shut)
		}
	}
}

// gate is the way from one server to another, which can be shut.
type gate struct {
	from, to int
	listener net.Listener

	mu   sync.Mutex
	shut bool
	turn *sync.Cond // of mu: it was opened, or is gone
	gone bool
	open []net.Conn
}

// newGate opens a way from one server to another, which listens on this address.
func newGate(t testing.TB, from, to int, address string) *gate {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{from: from, to: to, listener: l}
	g.turn = sync.NewCond(&g.mu)
	var passing sync.WaitGroup
	passing.Go(func() {
		for {
			here, err := l.Accept()
			if err != nil {
				return
			}
			there, err := net.Dial("tcp", address)
			if err != nil {
				_ = here.Close()
				continue
			}
			g.mu.Lock()
			g.open = append(g.open, here, there)
			if g.gone {
				_ = here.Close()
				_ = there.Close()
			}
			g.mu.Unlock()
			passing.Go(func() { g.pass(here, there) })
			passing.Go(func() { g.pass(there, here) })
		}
	})
	t.Cleanup(func() {
		g.end()
		passing.Wait()
	})
	return g
}

// pass passes on what comes from one end to the other, while the gate is not shut.
func (g *gate) pass(from, to net.Conn) {
	defer func() {
		_ = from.Close()
		_ = to.Close()
	}()
	some := make([]byte, 32<<10)
	for {
		n, err := from.Read(some)
		g.mu.Lock()
		for g.shut && !g.gone {
			g.turn.Wait()
		}
		g.mu.Unlock()
		if n > 0 {
			if _, failed := to.Write(some[:n]); failed != nil {
				return
			}
		}
		if err != nil { // io.EOF, or that the connection is closed
			return
		}
	}
}

func (g *gate) set(shut bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = shut
	g.turn.Broadcast()
}

// end closes the gate for good.
func (g *gate) end() {
	_ = g.listener.Close()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.gone = true
	g.turn.Broadcast()
	for _, c := range g.open {
		_ = c.Close()
	}
}
