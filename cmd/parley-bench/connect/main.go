// Command connect connects to a NATS server, waits for one answer of it, and
// ends: the least that a program can do that has to do with a server. It is what
// a command of Parley is measured against. Its arguments are the server's address
// and the seed of an nkey.
package main

import (
	"fmt"
	"os"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "connect:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("%d arguments where an address and a seed are wanted", len(args))
	}
	pair, err := nkeys.FromSeed([]byte(args[1]))
	if err != nil {
		return err
	}
	public, err := pair.PublicKey()
	if err != nil {
		return err
	}
	conn, err := nats.Connect(args[0], nats.Nkey(public, pair.Sign))
	if err != nil {
		return err
	}
	defer conn.Close()
	return conn.Flush()
}
