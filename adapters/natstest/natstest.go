// Package natstest runs a cluster of three NATS servers, for tests.
//
// The servers are set up by docs/deploy/nats.conf, as they are meant to be run:
// with JetStream on disk, each write forced to it, and users with the permissions
// that are given there. Each is a process of its own, so that it can be killed
// as a machine loses power, without a chance to hand over. It is the test's own
// program over again: a package that uses this one has
//
//	func TestMain(m *testing.M) {
//		if natstest.Serve() {
//			return
//		}
//		os.Exit(m.Run())
//	}
//
// All listen on loopback only, on ports that are free, keep their files in
// temporary folders, and end with the test, or with the program if it is killed.
package natstest

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"parley/domain/casework"
)

const (
	size    = 3
	confEnv = "PARLEY_NATSTEST_CONF"
	ready   = time.Minute // until a cluster must answer
)

// Serve runs a NATS server if this process was started to be one, until the test
// that started it ends, and returns whether it was. TestMain calls it first.
func Serve() bool {
	conf := os.Getenv(confEnv)
	if conf == "" {
		return false
	}
	if err := serve(conf); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "natstest:", err)
	}
	return true
}

func serve(conf string) error {
	options, err := server.ProcessConfigFile(conf)
	if err != nil {
		return err
	}
	options.NoSigs, options.LogFile = true, filepath.Join(options.StoreDir, "log")
	s, err := server.NewServer(options)
	if err != nil {
		return err
	}
	s.ConfigureLogger()
	go s.Start()
	_, err = io.Copy(io.Discard, os.Stdin) // ends with whoever started it
	s.Shutdown()
	s.WaitForShutdown()
	return err
}

// Cluster is three NATS servers that know one another.
type Cluster struct {
	t     testing.TB
	nodes [size]*node
	gates []*gate           // between them; none unless they can be cut off from one another
	seeds map[string]string // by user
}

// The users of a cluster beside its caseworkers, for Seed, Key and Connect.
const (
	Init   = "init"   // may begin the log
	Server = "server" // a server of Parley
	Admin  = "admin"  // may do everything, which nobody may where it matters
)

// node is one of the servers.
type node struct {
	conf, store        string
	client, route, web string // addresses
	env                []string
	process            *exec.Cmd
	stdin              io.Closer
}

// Start starts a cluster with these caseworkers and waits until it can keep
// streams. It ends with the test.
func Start(t testing.TB, caseworkers ...string) *Cluster {
	t.Helper()
	return start(t, false, caseworkers)
}

func start(t testing.TB, apart bool, caseworkers []string) *Cluster {
	t.Helper()
	c := &Cluster{t: t, seeds: map[string]string{}}
	env, people := c.users(caseworkers)
	for i := range c.nodes {
		c.nodes[i] = prepare(t, people, apart)
	}
	for i, n := range c.nodes {
		n.env = append(os.Environ(), env...)
		n.env = append(n.env, confEnv+"="+n.conf, "NATS_NAME="+Name(i), "NATS_LISTEN="+n.client, "NATS_MONITOR="+n.web,
			"NATS_CLUSTER="+n.route, "NATS_STORE="+n.store, "NATS_ROUTES=["+strings.Join(c.routes(i, apart), ",")+"]")
		c.Restart(i)
	}
	t.Cleanup(func() {
		for i := range c.nodes {
			c.stop(i)
		}
		if t.Failed() {
			c.tell()
		}
	})
	c.await()
	return c
}

// routes returns the addresses by which a server reaches the others.
func (c *Cluster) routes(from int, apart bool) []string {
	var all []string
	for to, n := range c.nodes {
		if to == from {
			continue
		}
		address := n.route
		if apart {
			g := newGate(c.t, from, to, address)
			c.gates = append(c.gates, g)
			address = g.listener.Addr().String()
		}
		all = append(all, fmt.Sprintf("%q", "nats://route:of%20the%20test@"+address))
	}
	return all
}

// Name returns the name of a server, as NATS tells it: n1 is the first, number 0.
func Name(i int) string { return fmt.Sprintf("n%d", i+1) }

// URLs returns the addresses of all servers, with commas between.
func (c *Cluster) URLs() string {
	all := make([]string, 0, size)
	for i := range c.nodes {
		all = append(all, c.URL(i))
	}
	return strings.Join(all, ",")
}

// URL returns the address of one server.
func (c *Cluster) URL(i int) string { return "nats://" + c.nodes[i].client }

// Seed returns the secret key of a user: Init, Server, or a caseworker by name.
func (c *Cluster) Seed(user string) string { return c.seeds[user] }

// Key returns a file with the secret key of a user.
func (c *Cluster) Key(user string) string {
	c.t.Helper()
	file := filepath.Join(c.t.TempDir(), "key")
	if err := os.WriteFile(file, []byte(c.seeds[user]+"\n"), 0o600); err != nil {
		c.t.Fatal(err)
	}
	return file
}

// Connect connects as a user to whichever server is there, for as long as the
// test runs.
func (c *Cluster) Connect(user string) *nats.Conn {
	c.t.Helper()
	return c.connect(user, c.URLs())
}

// ConnectTo is Connect to this server and no other.
func (c *Cluster) ConnectTo(user string, i int) *nats.Conn {
	c.t.Helper()
	return c.connect(user, c.URL(i))
}

func (c *Cluster) connect(user, urls string) *nats.Conn {
	c.t.Helper()
	nc, err := c.dial(user, urls)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(nc.Close)
	return nc
}

func (c *Cluster) dial(user, urls string) (*nats.Conn, error) {
	pair, err := nkeys.FromSeed([]byte(c.seeds[user]))
	if err != nil {
		return nil, err
	}
	public, err := pair.PublicKey()
	if err != nil {
		return nil, err
	}
	return nats.Connect(urls, nats.Nkey(public, pair.Sign), nats.Name("natstest"), nats.MaxReconnects(-1),
		nats.ReconnectWait(50*time.Millisecond), nats.CustomInboxPrefix("_INBOX_"+casework.Token(user)))
}

// Kill ends a server at once, as if its machine had lost its power.
func (c *Cluster) Kill(i int) {
	c.t.Helper()
	n := c.nodes[i]
	if n.process == nil {
		return
	}
	if err := n.process.Process.Kill(); err != nil {
		c.t.Fatal(err)
	}
	c.stop(i)
}

// Stop has a server end in good order, as when it is to be replaced.
func (c *Cluster) Stop(i int) { c.stop(i) }

// stop lets a server end by itself, and waits for that.
func (c *Cluster) stop(i int) {
	n := c.nodes[i]
	if n.process == nil {
		return
	}
	_ = n.stdin.Close()
	_ = n.process.Wait() // that it was killed is no news
	n.process = nil
}

// Restart starts a server that has ended, on what it has on disk.
func (c *Cluster) Restart(i int) {
	c.t.Helper()
	n := c.nodes[i]
	if n.process != nil {
		return
	}
	self, err := os.Executable()
	if err != nil {
		c.t.Fatal(err)
	}
	process := exec.Command(self)
	process.Env, process.Stderr = n.env, os.Stderr
	stdin, err := process.StdinPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		c.t.Fatal(err)
	}
	n.process, n.stdin = process, stdin
}
