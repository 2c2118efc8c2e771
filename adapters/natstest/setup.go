package natstest

import (
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nats-io/nkeys"

	"parley/domain/casework"
)

// prepare makes the files of a server that is to have these users as well. One
// that can be cut off tells the others no way to it but through its gates.
func prepare(t testing.TB, people string, apart bool) *node {
	t.Helper()
	routes := `authorization { user: "route", password: "of the test" }`
	if apart {
		routes += "\nadvertise: \"127.0.0.1:1\"" // where nobody listens
	}
	dir := t.TempDir()
	vacant := Vacant(t, 3)
	n := &node{conf: filepath.Join(dir, "nats.conf"), store: filepath.Join(dir, "store"), client: vacant[0], route: vacant[1], web: vacant[2]}
	if err := os.Mkdir(n.store, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, holds := range map[string]string{
		"nats.conf":   deployed(t, "nats.conf"),
		"users.conf":  withPeople(t, deployed(t, "users.conf"), people),
		"routes.conf": routes,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(holds), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return n
}

// users makes up keys for all users, and returns the environment with two of
// them and the lines of the others.
func (c *Cluster) users(caseworkers []string) (env []string, lines string) {
	env = []string{"PARLEY_INIT_KEY=" + c.key(Init), "PARLEY_SERVE_KEY=" + c.key(Server)}
	lines = fmt.Sprintf("  { nkey: %s }\n", c.key(Admin))
	for _, name := range caseworkers {
		token := casework.Token(name)
		lines += fmt.Sprintf("  { nkey: %s, permissions: { publish: [%q], subscribe: [%q, %q] } }\n",
			c.key(name), "parley.v1."+token+".>", "_INBOX_"+token+".>", "parley.v1.changes.>")
	}
	return env, lines
}

// key makes up somebody's key and returns its public half.
func (c *Cluster) key(name string) string {
	c.t.Helper()
	pair, err := nkeys.CreateUser()
	if err != nil {
		c.t.Fatal(err)
	}
	seed, err := pair.Seed()
	if err != nil {
		c.t.Fatal(err)
	}
	public, err := pair.PublicKey()
	if err != nil {
		c.t.Fatal(err)
	}
	c.seeds[name] = string(seed)
	return public
}

// Vacant returns addresses on loopback that nobody listens on, at most fifteen, for
// servers that must be told their ports before they start, or come back to them.
// They are below the ports that systems give to connections that go out, which may
// else have them by then. A port before them is held until the test ends, so that
// no other test is given the same.
func Vacant(t testing.TB, n int) []string {
	t.Helper()
	const low, high, block = 10_000, 32_000, 16
	for range 100 {
		first := low + block*rand.IntN((high-low)/block)
		held, err := net.Listen("tcp", loopback(first))
		if err != nil {
			continue
		}
		var vacant []string
		for port := first + 1; err == nil && port <= first+n; port++ {
			var l net.Listener
			if l, err = net.Listen("tcp", loopback(port)); err == nil {
				vacant, err = append(vacant, loopback(port)), l.Close()
			}
		}
		if err == nil {
			t.Cleanup(func() { _ = held.Close() })
			return vacant
		}
		_ = held.Close()
	}
	t.Fatal("no ports are free")
	return nil
}

func loopback(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

// deployed returns a file of docs/deploy.
func deployed(t testing.TB, name string) string {
	t.Helper()
	root, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(root, "go.mod")); err == nil {
			break
		}
		if root == filepath.Dir(root) {
			t.Fatal("this test is not run within the repository")
		}
		root = filepath.Dir(root)
	}
	holds, err := os.ReadFile(filepath.Join(root, "docs", "deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(holds)
}

// withPeople adds lines to the list of users.
func withPeople(t testing.TB, conf, lines string) string {
	t.Helper()
	end := strings.LastIndex(conf, "]")
	if end < 0 {
		t.Fatal("users.conf has no list of users")
	}
	return conf[:end] + lines + conf[end:]
}
