package natsd_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nkeys"

	"parley/adapters/natsd"
)

// roster is a list of users that can change.
type roster struct {
	mu    sync.Mutex
	names map[string]string // by public key
}

func (r *roster) Lookup(public string) (string, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	name, ok := r.names[public]
	return name, ok
}

// add gives somebody a key and returns its seed.
func (r *roster) add(t *testing.T, name string) (seed, public string) {
	t.Helper()
	pair, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	s, err := pair.Seed()
	if err != nil {
		t.Fatal(err)
	}
	if public, err = pair.PublicKey(); err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.names == nil {
		r.names = map[string]string{}
	}
	r.names[public] = name
	return string(s), public
}

func (r *roster) remove(public string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.names, public)
}

// listen starts a server that lets in whom the roster has.
func listen(t *testing.T, c natsd.Config) *natsd.Server {
	t.Helper()
	c.Dir, c.Name = t.TempDir(), "test"
	s, err := natsd.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// dial connects as somebody, and tells of each violation.
func dial(t *testing.T, o natsd.Outside) (*nats.Conn, <-chan error) {
	t.Helper()
	nc, err := natsd.Dial(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(nc.Close)
	violations := make(chan error, 100)
	nc.SetErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { violations <- err })
	return nc, violations
}

func TestACaseworkerMayAskAndHearAnswersAndNothingElse(t *testing.T) {
	users := &roster{}
	s := listen(t, natsd.Config{Listen: "127.0.0.1:0", Users: users})
	seed, _ := users.add(t, "sam.jones") // after the server has started
	nc, violations := dial(t, natsd.Outside{URL: s.URL(), Seed: seed, Inbox: natsd.Inbox("sam.jones")})

	if _, err := s.Conn().Subscribe("parley.v1.*.echo", func(m *nats.Msg) { _ = m.Respond([]byte(m.Subject)) }); err != nil {
		t.Fatal(err)
	}
	if err := s.Conn().Flush(); err != nil {
		t.Fatal(err)
	}
	answer, err := nc.Request("parley.v1.sam%2Ejones.echo", nil, 5*time.Second)
	if err != nil || string(answer.Data) != "parley.v1.sam%2Ejones.echo" {
		t.Fatalf("answered %v, %v", answer, err)
	}
	news, err := nc.SubscribeSync("parley.v1.changes.>")
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(nc.Flush(), s.Conn().Publish("parley.v1.changes.case", []byte("7"))); err != nil {
		t.Fatal(err)
	}
	if m, err := news.NextMsg(5 * time.Second); err != nil || string(m.Data) != "7" {
		t.Fatalf("news: %v, %v", m, err)
	}
	if len(violations) > 0 {
		t.Errorf("what is allowed was refused: %v", <-violations)
	}

	heard := make(chan *nats.Msg, 100)
	spy, err := s.Conn().ChanSubscribe(">", heard)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = spy.Unsubscribe() }()
	for _, subject := range []string{
		"parley.v1.jo.echo", "parley.v1.sam.jones.echo", "parley.v1.sam%2Ejones", "parley.v1.changes.case", "es.case.GLO-26-0001",
		"$JS.API.INFO", "$JS.API.STREAM.DELETE.ES", "$JS.API.STREAM.MSG.GET.ES", "$SRV.PING", "$SYS.REQ.SERVER.PING", "_INBOX_jo.x", "anything",
	} {
		if err := errors.Join(nc.Publish(subject, []byte("x")), nc.Flush()); err != nil {
			t.Fatal(err)
		}
		refused(t, violations, "publishing on "+subject)
	}
	for _, subject := range []string{">", "parley.v1.>", "parley.v1.jo.>", "parley.v1.*.echo", "_INBOX.>", "_INBOX_jo.>", "*.x", "es.>", "$JS.>", "$SYS.>"} {
		if _, err := nc.SubscribeSync(subject); err != nil {
			t.Fatal(err)
		}
		if err := nc.Flush(); err != nil {
			t.Fatal(err)
		}
		refused(t, violations, "subscribing to "+subject)
	}
	if err := s.Conn().Flush(); err != nil {
		t.Fatal(err)
	}
	for len(heard) > 0 {
		if m := <-heard; string(m.Data) == "x" {
			t.Errorf("something came through on %s", m.Subject)
		}
	}
}

// refused waits for the server's word that something is not allowed.
func refused(t *testing.T, violations <-chan error, what string) {
	t.Helper()
	select {
	case err := <-violations:
		if !errors.Is(err, nats.ErrPermissionViolation) {
			t.Errorf("%s: %v", what, err)
		}
	case <-time.After(5 * time.Second):
		t.Errorf("%s was not refused", what)
	}
}

func TestTheServersOwnConnectionMayDoEverything(t *testing.T) {
	s := listen(t, natsd.Config{Listen: "127.0.0.1:0", Users: &roster{}})
	js, err := jetstream.New(s.Conn())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}}); err != nil {
		t.Fatal(err)
	}
	if _, err := js.Publish(t.Context(), "s", nil); err != nil {
		t.Fatal(err)
	}
}

func TestWhoIsNotLetIn(t *testing.T) {
	users := &roster{}
	s := listen(t, natsd.Config{Listen: "127.0.0.1:0", Users: users})
	sam, public := users.add(t, "sam")
	nameless, _ := users.add(t, "")
	stranger, _ := (&roster{}).add(t, "sam")
	for name, seed := range map[string]string{"a stranger": stranger, "nobody": "", "a user without a name": nameless} {
		if _, err := natsd.Dial(t.Context(), natsd.Outside{URL: s.URL(), Seed: seed}); !errors.Is(err, natsd.ErrNotPermitted) {
			t.Errorf("%s: %v", name, err)
		}
	}
	other, err := nkeys.FromSeed([]byte(stranger))
	if err != nil {
		t.Fatal(err)
	}
	for name, sign := range map[string]nats.SignatureHandler{
		"another's key":  other.Sign,
		"no signature":   func([]byte) ([]byte, error) { return nil, nil },
		"another's word": func([]byte) ([]byte, error) { return other.Sign([]byte("something else")) },
	} {
		if nc, err := nats.Connect(s.URL(), nats.Nkey(public, sign)); err == nil {
			nc.Close()
			t.Errorf("with %s sam was let in", name)
		}
	}
	if nc, err := nats.Connect(s.URL(), nats.UserInfo("sam", "sam")); err == nil {
		nc.Close()
		t.Error("with a password sam was let in")
	}
	if nc, err := natsd.Dial(t.Context(), natsd.Outside{URL: s.URL(), Seed: sam}); err != nil {
		t.Errorf("with the right key: %v", err)
	} else {
		nc.Close()
	}
}

// The server's log is the only sign that it has given up on its streams, and
// repeats what was said by clients that nobody let in.
func TestNobodyTalksTheServerDown(t *testing.T) {
	s := listen(t, natsd.Config{Listen: "127.0.0.1:0", Users: &roster{}})
	for _, words := range []string{"disabling JetStream", "critical write error", "will be DISABLED"} {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", s.Address())
		if err != nil {
			t.Fatal(err)
		}
		said := `CONNECT {"verbose":false,"nkey":"` + words + `","sig":"x","name":"` + words + `","lang":"` + words + `","version":"` + words + `"}` + "\r\nPING\r\n"
		if _, err := conn.Write([]byte(said)); err != nil {
			t.Fatal(err)
		}
		if answer, err := io.ReadAll(conn); !strings.Contains(string(answer), "Authorization Violation") {
			t.Errorf("%s: it was answered with %q %v", words, answer, err)
		}
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := s.Healthy(); err != nil {
		t.Error(err)
	}
	if said := s.Warnings(); len(said) > 0 {
		t.Errorf("it warns of itself: %q", said)
	}
}

func TestWhoIsRemovedIsCutOff(t *testing.T) {
	users := &roster{}
	s := listen(t, natsd.Config{Listen: "127.0.0.1:0", Users: users})
	sam, samsKey := users.add(t, "sam")
	jo, _ := users.add(t, "jo")
	first, _ := dial(t, natsd.Outside{URL: s.URL(), Seed: sam})
	second, _ := dial(t, natsd.Outside{URL: s.URL(), Seed: jo})
	closed := make(chan struct{})
	first.SetClosedHandler(func(*nats.Conn) { close(closed) })
	users.remove(samsKey)
	select {
	case <-closed:
	case <-time.After(time.Minute):
		t.Fatal("whoever was removed is still connected")
	}
	if err := second.Flush(); err != nil || second.Stats().Reconnects > 0 {
		t.Errorf("the other was cut off too: %v", err)
	}
}

func TestAddressesThatCannotBeListenedOn(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	cert, key := certificate(t)
	broken := filepath.Join(t.TempDir(), "broken.pem")
	if err := os.WriteFile(broken, []byte("-----BEGIN"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		listen string
		tls    *natsd.TLS
		want   error
	}{
		{taken.Addr().String(), nil, natsd.ErrTaken},
		{"4222", nil, natsd.ErrAddress},
		{":4222", nil, natsd.ErrAddress},
		{"127.0.0.1:http", nil, natsd.ErrAddress},
		{"127.0.0.1:65536", nil, natsd.ErrAddress},
		{"192.0.2.7:0", &natsd.TLS{Cert: cert, Key: key}, natsd.ErrAddress}, // another machine's
		{"0.0.0.0:0", nil, natsd.ErrPlain},
		{"192.0.2.7:0", nil, natsd.ErrPlain},
		{"127.0.0.1:0", &natsd.TLS{Cert: cert, Key: filepath.Join(t.TempDir(), "none.pem")}, natsd.ErrTLS},
		{"127.0.0.1:0", &natsd.TLS{Cert: broken, Key: key}, natsd.ErrTLS},
		{"127.0.0.1:0", &natsd.TLS{Cert: key, Key: cert}, natsd.ErrTLS},
	} {
		s, err := natsd.Start(t.Context(), natsd.Config{Dir: t.TempDir(), Name: "test", Listen: c.listen, TLS: c.tls, Users: &roster{}})
		if !errors.Is(err, c.want) || !errors.Is(err, natsd.ErrFailed) {
			t.Errorf("on %s: %v", c.listen, err)
		}
		if s != nil {
			_ = s.Stop()
		}
	}
	if s, err := natsd.Start(t.Context(), natsd.Config{Dir: t.TempDir(), Name: "test", Listen: "127.0.0.1:0"}); err == nil {
		_ = s.Stop()
		t.Error("it listens though nobody can be let in")
	}
}

func TestItTellsWhereItListens(t *testing.T) {
	if s := listen(t, natsd.Config{}); s.Address() != "" || s.URL() != "" {
		t.Errorf("it listens on %q %q", s.Address(), s.URL())
	}
	s := listen(t, natsd.Config{Listen: "localhost:0", Users: &roster{}})
	if _, port, err := net.SplitHostPort(s.Address()); err != nil || port == "0" || s.URL() != "nats://"+s.Address() {
		t.Errorf("it listens on %q %q", s.Address(), s.URL())
	}
}

func TestTLS(t *testing.T) {
	users := &roster{}
	sam, _ := users.add(t, "sam")
	cert, key := certificate(t)
	s := listen(t, natsd.Config{Listen: "0.0.0.0:0", TLS: &natsd.TLS{Cert: cert, Key: key}, Users: users})
	if !strings.HasPrefix(s.URL(), "tls://localhost:") {
		t.Errorf("the URL is %s", s.URL())
	}
	nc, err := natsd.Dial(t.Context(), natsd.Outside{URL: s.URL(), Seed: sam, CA: cert})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nc.TLSConnectionState(); err != nil {
		t.Errorf("not over TLS: %v", err)
	}
	nc.Close()
	if _, err := natsd.Dial(t.Context(), natsd.Outside{URL: s.URL(), Seed: sam}); !errors.Is(err, natsd.ErrUnreachable) || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("of a server that nobody vouches for: %v", err)
	}
	shown, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	byNumber := strings.Replace(s.URL(), "localhost", "127.0.0.2", 1) // which is none of its names
	if nc, err = natsd.Dial(t.Context(), natsd.Outside{URL: byNumber, Seed: sam, Exact: string(shown)}); err != nil {
		t.Fatal(err)
	}
	nc.Close()
	another, _ := certificate(t)
	if shown, err = os.ReadFile(another); err != nil {
		t.Fatal(err)
	}
	if _, err := natsd.Dial(t.Context(), natsd.Outside{URL: s.URL(), Seed: sam, Exact: string(shown)}); !errors.Is(err, natsd.ErrUnreachable) || !strings.Contains(err.Error(), "another certificate") {
		t.Errorf("of a server that shows another certificate: %v", err)
	}
	if _, err := natsd.Dial(t.Context(), natsd.Outside{URL: s.URL(), Seed: sam, Exact: "none"}); !errors.Is(err, natsd.ErrCredentials) {
		t.Errorf("with a certificate that is none: %v", err)
	}
	plain := listen(t, natsd.Config{Listen: "127.0.0.1:0", Users: users})
	if _, err := natsd.Dial(t.Context(), natsd.Outside{URL: plain.URL(), Seed: sam, CA: cert}); !errors.Is(err, natsd.ErrUnreachable) {
		t.Errorf("of a server without TLS: %v", err)
	}
}

// certificate makes a certificate for localhost that certifies itself.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func TestListeningIsBrokenOffToo(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := natsd.Start(ctx, natsd.Config{Dir: t.TempDir(), Name: "test", Listen: "127.0.0.1:0", Users: &roster{}}); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}
