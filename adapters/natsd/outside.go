package natsd

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"
)

// Errors of Dial and Connect.
var (
	ErrUnreachable  = errors.New("the NATS server cannot be reached")
	ErrNotPermitted = errors.New("the NATS server does not let us in")
	ErrNoJetStream  = errors.New("the NATS server keeps no streams for us: JetStream is off, or not on for this account")
	ErrCredentials  = errors.New("the credentials are of no use")
)

// Outside says where a server that runs elsewhere is, and who connects.
type Outside struct {
	URL   string // of one server, or of several with commas between
	Creds string // the file with the credentials: a NATS .creds file or one with an nkey seed; empty: see Seed
	Seed  string // an nkey seed (SU…) in place of a file; empty with Creds empty: none
	CA    string // the file with what certifies the server, in PEM; empty: what this machine trusts
	Exact string // the very certificate that the server shows, in PEM, whatever names it has; in place of CA
	Name  string // of the connection, as the server's administrator sees it
	Inbox string // the prefix of inboxes (see Inbox); empty: NATS's own

	Log *slog.Logger // hears what the server says apart from its answers; nil: nobody does
}

// How long Dial and Connect try where their context has no end.
const (
	toDial    = 5 * time.Second // for each server
	toConnect = 15 * time.Second
	again     = 200 * time.Millisecond // before a cluster that is not ready is asked once more
)

// Dial connects to a server, and from then on connects again by itself for as
// long as it takes, but gives up if it is no longer let in. Errors wrap
// ErrUnreachable, ErrNotPermitted or ErrCredentials. The caller closes the
// connection.
func Dial(ctx context.Context, o Outside) (*nats.Conn, error) { return dial(ctx, o) }

func dial(ctx context.Context, o Outside, more ...nats.Option) (*nats.Conn, error) {
	options, err := o.options()
	if err != nil {
		return nil, err
	}
	way := &dialler{ctx: ctx}
	nc, err := nats.Connect(o.URL, append(append(options, nats.SetCustomDialer(way)), more...)...)
	switch {
	case err == nil:
		way.there.Store(true)
		return nc, nil
	case ctx.Err() != nil:
		return nil, fmt.Errorf("%w: %s: %w", ErrUnreachable, o.URL, ctx.Err())
	case notLetIn(err):
		return nil, fmt.Errorf("%w: %s: %w", ErrNotPermitted, o.URL, err)
	}
	if first, others, several := strings.Cut(o.URL, ","); several && errors.Is(err, nats.ErrNoServers) {
		return eachAlone(ctx, o, first, others, more) // one that refused us is hidden by one that was not there
	}
	return nil, fmt.Errorf("%w: %s: %w", ErrUnreachable, o.URL, err)
}

// eachAlone tries the first of several servers and then the others, and returns
// a refusal rather than that one of them was not there.
func eachAlone(ctx context.Context, o Outside, first, others string, more []nats.Option) (*nats.Conn, error) {
	o.URL = first
	nc, err := dial(ctx, o, more...)
	if err == nil || errors.Is(err, ErrNotPermitted) {
		return nc, err
	}
	o.URL = others
	nc, then := dial(ctx, o, more...)
	if then == nil || errors.Is(then, ErrNotPermitted) {
		return nc, then
	}
	return nil, fmt.Errorf("%w; %w", err, then)
}

// Connect is Dial for those who keep the log on that server: it makes sure that
// JetStream answers there, waiting for a cluster that has no leader yet until ctx
// ends, or a while if it has no end. The connection does not give up. Errors
// beside Dial's wrap ErrNoJetStream.
func Connect(ctx context.Context, o Outside) (*nats.Conn, error) {
	if _, has := ctx.Deadline(); !has {
		limited, cancel := context.WithTimeout(ctx, toConnect)
		defer cancel()
		ctx = limited
	}
	nc, err := dial(ctx, o, nats.IgnoreAuthErrorAbort())
	if err != nil {
		return nil, err
	}
	if err := o.keepsStreams(ctx, nc); err != nil {
		nc.Close()
		return nil, fmt.Errorf("%w: %s", err, o.URL)
	}
	return nc, nil
}

// keepsStreams asks JetStream for its state until it answers.
func (o Outside) keepsStreams(ctx context.Context, nc *nats.Conn) error {
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	ctx, deny := context.WithCancelCause(ctx)
	defer deny(nil)
	nc.SetErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
		if errors.Is(err, nats.ErrPermissionViolation) { // said apart, and the request is not answered
			deny(err)
		}
	})
	defer nc.SetErrorHandler(aside(o.Log))
	for {
		asked, cancel := context.WithTimeout(ctx, toDial)
		_, err = js.AccountInfo(asked)
		cancel()
		switch {
		case err == nil:
			return nil
		case errors.Is(context.Cause(ctx), nats.ErrPermissionViolation):
			return fmt.Errorf("%w: these credentials may not use JetStream: %w", ErrNotPermitted, context.Cause(ctx))
		case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
			return fmt.Errorf("%w: %w", ErrNoJetStream, err)
		case ctx.Err() != nil:
			return fmt.Errorf("%w: JetStream does not answer: %w", ErrUnreachable, err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(again):
		}
	}
}

// aside passes on what a server says that is no answer: that something is not
// permitted, or that it is not heard fast enough.
func aside(log *slog.Logger) nats.ErrHandler {
	return func(_ *nats.Conn, sub *nats.Subscription, err error) {
		if log == nil {
			return
		}
		subject := ""
		if sub != nil {
			subject = sub.Subject
		}
		log.Warn("the NATS server complains", "error", err, "subject", subject)
	}
}

// notLetIn reports whether the server, and not the way to it, refused a connection.
func notLetIn(err error) bool {
	for _, refusal := range []error{
		nats.ErrAuthorization, nats.ErrAuthExpired, nats.ErrAuthRevoked, nats.ErrAccountAuthExpired,
		nats.ErrPermissionViolation, nats.ErrNkeysNotSupported, nats.ErrMaxConnectionsExceeded,
	} {
		if errors.Is(err, refusal) {
			return true
		}
	}
	return false
}

// options returns how to connect.
func (o Outside) options() ([]nats.Option, error) {
	options := []nats.Option{
		nats.Name(o.Name), nats.Timeout(toDial), nats.MaxReconnects(-1), nats.ReconnectWait(again),
		nats.ReconnectJitter(again/2, again/2), nats.PingInterval(silence), nats.MaxPingsOutstanding(2),
		nats.ErrorHandler(aside(o.Log)),
	}
	if o.Inbox != "" {
		options = append(options, nats.CustomInboxPrefix(o.Inbox))
	}
	switch {
	case o.Exact != "":
		trust, err := exactly(o.Exact)
		if err != nil {
			return nil, err
		}
		options = append(options, nats.Secure(trust))
	case o.CA != "":
		roots, err := certifiers(o.CA)
		if err != nil {
			return nil, err
		}
		options = append(options, nats.Secure(&tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots}))
	}
	proof, err := o.proof()
	if err != nil {
		return nil, err
	}
	return append(options, proof...), nil
}

// certifiers reads what certifies a server.
func certifiers(file string) (*x509.CertPool, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCredentials, err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(content) {
		return nil, fmt.Errorf("%w: %s holds no certificate in PEM", ErrCredentials, file)
	}
	return roots, nil
}

// exactly returns how to trust the server that shows the first of these
// certificates, and no other. Who certifies it does not matter then, nor by which
// of its names the server was reached.
func exactly(certificates string) (*tls.Config, error) {
	block, _ := pem.Decode([]byte(certificates))
	if block == nil || block.Type != "CERTIFICATE" {
		return nil, fmt.Errorf("%w: what the server is to show is no certificate in PEM", ErrCredentials)
	}
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		InsecureSkipVerify: true, // what is verified instead is stricter
		VerifyConnection: func(state tls.ConnectionState) error {
			if len(state.PeerCertificates) == 0 || !bytes.Equal(state.PeerCertificates[0].Raw, block.Bytes) {
				return errors.New("the server shows another certificate than it left word of")
			}
			return nil
		},
	}, nil
}

// proof returns how to show who connects. A .creds file is read afresh at each
// connection, so that it can be replaced while the program runs.
func (o Outside) proof() ([]nats.Option, error) {
	text, from := []byte(o.Seed), "the seed"
	if o.Creds != "" {
		var err error
		if text, err = os.ReadFile(o.Creds); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrCredentials, err)
		}
		from = o.Creds
	}
	switch {
	case o.Creds == "" && o.Seed == "":
		return nil, nil
	case bytes.Contains(text, []byte("BEGIN NATS USER JWT")):
		return []nats.Option{nats.UserCredentials(o.Creds)}, nil
	}
	public := ""
	pair, err := nkeys.ParseDecoratedNKey(text)
	if err == nil {
		public, err = pair.PublicKey()
	}
	if err != nil || !nkeys.IsValidPublicUserKey(public) {
		return nil, fmt.Errorf("%w: %s holds neither a NATS user's credentials nor the seed of a user's key (SU…)", ErrCredentials, from)
	}
	return []nats.Option{nats.Nkey(public, pair.Sign)}, nil
}

// dialler breaks off the first connection when the context ends; later ones are
// made for as long as the connection is not closed.
type dialler struct {
	ctx   context.Context
	there atomic.Bool // the first has been made
}

// Dial connects, as nats.CustomDialer.
func (d *dialler) Dial(network, address string) (net.Conn, error) {
	ctx := d.ctx
	if d.there.Load() {
		ctx = context.Background()
	}
	return (&net.Dialer{Timeout: toDial}).DialContext(ctx, network, address)
}
