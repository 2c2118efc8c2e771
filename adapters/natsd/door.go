package natsd

import (
	"context"
	"encoding/base64"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"parley/domain/casework"
)

// Users says who has which key. It must be safe for concurrent use, and may
// answer otherwise at another time: whoever it no longer knows is cut off.
type Users interface {
	// Lookup returns the name of the user with this public nkey (U…).
	Lookup(publicKey string) (name string, ok bool)
}

// UsersFunc makes a function into Users.
type UsersFunc func(publicKey string) (name string, ok bool)

// Lookup calls the function.
func (f UsersFunc) Lookup(publicKey string) (string, bool) { return f(publicKey) }

// What stands on the wire between clients and the server.
const (
	requests = "parley.v1." // and the token of whoever asks, and what
	changes  = "changes"    // stands in its place where the server tells what is new
	inboxes  = "_INBOX_"    // and the token of whoever hears answers there
)

// rounds is how soon somebody who was removed is cut off.
const rounds = 2 * time.Second

// Requests returns the subject, and what is below it, on which an actor's
// requests come: the server lets nobody else publish there.
func Requests(actor string) string { return requests + casework.Token(actor) }

// Inbox returns the prefix of the subjects on which an actor hears answers, for
// nats.CustomInboxPrefix: the server lets nobody else subscribe there.
func Inbox(actor string) string { return inboxes + casework.Token(actor) }

// door lets clients in: each proves with its key who it is.
type door struct {
	own   key
	users Users
	log   *slog.Logger

	mu     sync.Mutex
	inside map[uint64]user // by connection, but for the server's own
}

type user struct{ key, name string }

// Check is called by the server for each connection. It lets in whoever signs
// what the server has made up for this connection with the key of a user.
func (d *door) Check(c server.ClientAuthentication) bool {
	said := c.GetOpts()
	if !signed(said.Nkey, said.Sig, c.GetNonce()) {
		return false
	}
	if said.Nkey == d.own.public {
		c.RegisterUser(&server.User{Username: "parley"}) // without permissions: all
		return true
	}
	name, ok := d.users.Lookup(said.Nkey)
	if !ok || name == "" {
		if d.log != nil {
			d.log.Warn("an unknown key was turned away", "key", said.Nkey, "from", c.RemoteAddress())
		}
		return false
	}
	d.mu.Lock()
	d.inside[c.GetID()] = user{said.Nkey, name}
	d.mu.Unlock()
	c.RegisterUser(&server.User{Username: name, Permissions: allowed(name)})
	return true
}

// allowed is what a caseworker may do.
func allowed(name string) *server.Permissions {
	return &server.Permissions{
		Publish:   &server.SubjectPermission{Allow: []string{Requests(name) + ".>"}},
		Subscribe: &server.SubjectPermission{Allow: []string{Inbox(name) + ".>", requests + changes + ".>"}},
	}
}

// signed reports whether sig is the signature of nonce by a user's key.
func signed(public, sig string, nonce []byte) bool {
	if !nkeys.IsValidPublicUserKey(public) || len(nonce) == 0 {
		return false
	}
	signature, err := base64.RawURLEncoding.DecodeString(sig)
	if err != nil {
		return false
	}
	k, err := nkeys.FromPublicKey(public)
	return err == nil && k.Verify(nonce, signature) == nil
}

// patrol cuts off who is no longer known, until ctx ends.
func (d *door) patrol(ctx context.Context, s *server.Server) {
	for tick := time.NewTicker(rounds); ; {
		select {
		case <-ctx.Done():
			tick.Stop()
			return
		case <-tick.C:
			d.cutOff(s)
		}
	}
}

// cutOff closes the connections of those who are no longer known.
func (d *door) cutOff(s *server.Server) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, u := range d.inside {
		if s.GetClient(id) == nil {
			delete(d.inside, id)
		} else if name, ok := d.users.Lookup(u.key); !ok || name != u.name {
			_ = s.DisconnectClientByID(id) // fails only if it went by itself
			delete(d.inside, id)
		}
	}
}

// key is a key of a connection's own.
type key struct {
	public string
	pair   nkeys.KeyPair
}

// newKey makes up a key that is never written down.
func newKey() (key, error) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return key{}, err
	}
	public, err := pair.PublicKey()
	return key{public, pair}, err
}

func (k key) option() nats.Option { return nats.Nkey(k.public, k.pair.Sign) }
