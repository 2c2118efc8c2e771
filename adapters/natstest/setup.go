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
	n := &node{conf: filepath.Join(dir, "nats.conf"), store: filepath.Join(dir, "store"), client: Vacant(t), route: Vacant(t), web: Vacant(t)}
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

// Vacant returns an address on loopback that nobody listens on, for a server that
// must be told its port before it starts, or comes back to it. It is below the
// ports that systems give to connections that go out, which may else have it by then.
func Vacant(t testing.TB) string {
	t.Helper()
	const low, high = 10_000, 32_000
	var err error
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", low+rand.IntN(high-low))
		var l net.Listener
		if l, err = net.Listen("tcp", address); err == nil {
			err = l.Close()
		}
		if err == nil {
			return address
		}
	}
	t.Fatal("no port is free: ", err)
	return ""
}

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
