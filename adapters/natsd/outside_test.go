package natsd_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"parley/adapters/natsd"
)

// outside starts a NATS server that is not ours.
func outside(t *testing.T, o server.Options) *server.Server {
	t.Helper()
	o.Host, o.Port, o.NoSigs, o.StoreDir = "127.0.0.1", server.RANDOM_PORT, true, t.TempDir()
	s, err := server.NewServer(&o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("it is not ready")
	}
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	return s
}

// vacantURL is the address of a server that is not there.
func vacantURL(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return "nats://" + l.Addr().String()
}

// file writes a file of the test's own.
func file(t *testing.T, holds string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(holds), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestConnectingToAServerOutside(t *testing.T) {
	sam, public := (&roster{}).add(t, "sam")
	stranger, _ := (&roster{}).add(t, "stranger")
	guest, guestsKey := (&roster{}).add(t, "guest")
	s := outside(t, server.Options{JetStream: true, Nkeys: []*server.NkeyUser{
		{Nkey: public},
		{Nkey: guestsKey, Permissions: &server.Permissions{Publish: &server.SubjectPermission{Allow: []string{"parley.>"}}}},
	}})
	bare := outside(t, server.Options{})
	gone := vacantURL(t)
	account, err := nkeys.CreateAccount()
	if err != nil {
		t.Fatal(err)
	}
	accounts, err := account.Seed()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		to   natsd.Outside
		want error
	}{
		{"a seed", natsd.Outside{URL: s.ClientURL(), Seed: sam}, nil},
		{"a seed in a file", natsd.Outside{URL: s.ClientURL(), Creds: file(t, sam+"\n")}, nil},
		{"a seed in a file with more to say", natsd.Outside{URL: s.ClientURL(), Creds: file(t, "# sam's\n"+sam+"\n")}, nil},
		{"several servers of which one is there", natsd.Outside{URL: gone + "," + s.ClientURL(), Seed: sam}, nil},
		{"nobody there", natsd.Outside{URL: gone, Seed: sam}, natsd.ErrUnreachable},
		{"none of several there", natsd.Outside{URL: gone + "," + vacantURL(t), Seed: sam}, natsd.ErrUnreachable},
		{"no such host", natsd.Outside{URL: "nats://nowhere.invalid:4222", Seed: sam}, natsd.ErrUnreachable},
		{"no address", natsd.Outside{URL: "nats://a b", Seed: sam}, natsd.ErrUnreachable},
		{"a stranger", natsd.Outside{URL: s.ClientURL(), Seed: stranger}, natsd.ErrNotPermitted},
		{"a stranger, and the last of several is not there", natsd.Outside{URL: s.ClientURL() + "," + gone, Seed: stranger}, natsd.ErrNotPermitted},
		{"nobody", natsd.Outside{URL: s.ClientURL()}, natsd.ErrNotPermitted},
		{"somebody who may not use JetStream", natsd.Outside{URL: s.ClientURL(), Seed: guest}, natsd.ErrNotPermitted},
		{"a server that asks for no key", natsd.Outside{URL: bare.ClientURL(), Seed: sam}, natsd.ErrNotPermitted},
		{"a server without JetStream", natsd.Outside{URL: bare.ClientURL()}, natsd.ErrNoJetStream},
		{"no such file", natsd.Outside{URL: s.ClientURL(), Creds: filepath.Join(t.TempDir(), "none")}, natsd.ErrCredentials},
		{"a file with something else", natsd.Outside{URL: s.ClientURL(), Creds: file(t, "Dear Sir")}, natsd.ErrCredentials},
		{"an account's seed", natsd.Outside{URL: s.ClientURL(), Seed: string(accounts)}, natsd.ErrCredentials},
		{"a seed that is cut short", natsd.Outside{URL: s.ClientURL(), Seed: sam[:40]}, natsd.ErrCredentials},
		{"no certificate", natsd.Outside{URL: s.ClientURL(), Seed: sam, CA: file(t, "Dear Sir")}, natsd.ErrCredentials},
	} {
		t.Run(c.name, func(t *testing.T) {
			nc, err := natsd.Connect(t.Context(), c.to)
			if c.want == nil && err != nil || !errors.Is(err, c.want) {
				t.Errorf("%v", err)
			}
			if err == nil {
				nc.Close()
			}
		})
	}
	if nc, err := natsd.Dial(t.Context(), natsd.Outside{URL: s.ClientURL(), Seed: guest}); err != nil {
		t.Errorf("a client needs no JetStream: %v", err)
	} else {
		nc.Close()
	}
}

// A server that takes the connection and says nothing must not hold anybody up.
func TestConnectingIsBrokenOff(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := natsd.Connect(ctx, natsd.Outside{URL: "nats://" + l.Addr().String()}); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if _, err := natsd.Connect(t.Context(), natsd.Outside{URL: "nats://" + l.Addr().String()}); !errors.Is(err, natsd.ErrUnreachable) {
		t.Errorf("of a silent server: %v", err)
	}
}
