package mail

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	smtpd "github.com/emersion/go-smtp"

	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/events"
)

// mailbox is a real mail server on loopback, and what was delivered to it.
type mailbox struct {
	mu     sync.Mutex
	got    []delivered
	rcpt   func(to string) error // may refuse a recipient
	data   func(n int) error     // may refuse the nth message, from 1
	users  map[string]string     // who may send, by password or token; nobody need say for none
	asked  int
	mechs  []string
	server *smtpd.Server
}

type delivered struct {
	from, to, content string
	encrypted         bool
}

// start serves until the test ends and returns settings for it.
func (b *mailbox) start(t *testing.T, encryption *tls.Config, implicit bool) Config {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := Config{
		Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, Security: NoSecurity,
		From: "Parley <parley@lmc.example>", Addresses: map[string]string{"ann": "Ann Lee <ann@lmc.example>", "bob": "bob@lmc.example"},
		Hello: "test.example", Timeout: 20 * time.Second, Answer: 20 * time.Second,
	}
	b.server = smtpd.NewServer(b)
	b.server.Domain, b.server.TLSConfig, b.server.AllowInsecureAuth = "mx.example", encryption, encryption == nil
	b.server.ErrorLog = log.New(io.Discard, "", 0)
	if encryption != nil {
		c.Security = StartTLS
	}
	if implicit {
		c.Security = TLS
		listener = tls.NewListener(listener, encryption)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = b.server.Serve(listener)
	}()
	t.Cleanup(func() {
		_ = b.server.Close()
		_ = listener.Close() // the server does not know of it before it serves
		<-done
	})
	return c
}

func (b *mailbox) messages() []delivered {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]delivered(nil), b.got...)
}

// NewSession begins a client's session.
func (b *mailbox) NewSession(c *smtpd.Conn) (smtpd.Session, error) {
	_, encrypted := c.TLSConnectionState()
	return &visit{box: b, conn: c, msg: delivered{encrypted: encrypted}}, nil
}

type visit struct {
	box    *mailbox
	conn   *smtpd.Conn
	msg    delivered
	authed bool
}

func (v *visit) Reset()        {}
func (v *visit) Logout() error { return nil }

func (v *visit) Mail(from string, _ *smtpd.MailOptions) error {
	if v.box.users != nil && !v.authed {
		return &smtpd.SMTPError{Code: 530, EnhancedCode: smtpd.EnhancedCode{5, 7, 0}, Message: "Authentication required"}
	}
	v.msg.from = from
	return nil
}

func (v *visit) Rcpt(to string, _ *smtpd.RcptOptions) error {
	v.msg.to = to
	if v.box.rcpt != nil {
		return v.box.rcpt(to)
	}
	return nil
}

func (v *visit) Data(r io.Reader) error {
	content, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	v.box.mu.Lock()
	defer v.box.mu.Unlock()
	v.box.asked++
	if v.box.data != nil {
		if err := v.box.data(v.box.asked); err != nil {
			return err
		}
	}
	v.msg.content = string(content)
	_, v.msg.encrypted = v.conn.TLSConnectionState()
	v.box.got = append(v.box.got, v.msg)
	return nil
}

func (v *visit) AuthMechanisms() []string { return v.box.mechs }

func (v *visit) Auth(mech string) (sasl.Server, error) {
	admit := func(user, secret string) error {
		if want, known := v.box.users[user]; !known || want != secret {
			return smtpd.ErrAuthFailed
		}
		v.authed = true
		return nil
	}
	switch mech {
	case "PLAIN":
		return sasl.NewPlainServer(func(_, user, password string) error { return admit(user, password) }), nil
	case "LOGIN":
		return &login{admit: admit}, nil
	case "XOAUTH2":
		return &xoauth2{admit: admit}, nil
	}
	return nil, smtpd.ErrAuthUnknownMechanism
}

// login asks for the user, then for the password.
type login struct {
	admit func(user, secret string) error
	said  []string
}

func (l *login) Next(response []byte) ([]byte, bool, error) {
	if response != nil {
		l.said = append(l.said, string(response))
	}
	switch len(l.said) {
	case 0:
		return []byte("Username:"), false, nil
	case 1:
		return []byte("Password:"), false, nil
	}
	return nil, true, l.admit(l.said[0], l.said[1])
}

// xoauth2 answers a wrong token with a challenge that explains it, and refuses
// once that was answered, as Microsoft and Google do.
type xoauth2 struct {
	admit func(user, secret string) error
	wrong error
}

func (x *xoauth2) Next(response []byte) ([]byte, bool, error) {
	if x.wrong != nil {
		return nil, false, x.wrong
	}
	user, rest, _ := strings.Cut(strings.TrimPrefix(string(response), "user="), "\x01auth=Bearer ")
	if x.wrong = x.admit(user, strings.TrimSuffix(rest, "\x01\x01")); x.wrong != nil {
		return []byte(`{"status":"401"}`), false, nil
	}
	return nil, true, nil
}

// bareServer is one that misbehaves at one point of the conversation.
type bareServer struct {
	at      string         // greeting, EHLO, MAIL, RCPT, DATA, content (its end), QUIT
	then    func(net.Conn) // what it does there instead of answering
	reached chan struct{}  // closed once it is there
	rude    bool           // it does not read the content at all
}

func drop(conn net.Conn) { _ = conn.Close() }
func reset(conn net.Conn) {
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

func hang(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) } // until the client leaves

func say(line string) func(net.Conn) {
	return func(conn net.Conn) { _, _ = io.WriteString(conn, line+"\r\n"); hang(conn) }
}

// start serves until the test ends and returns settings for it.
func (b *bareServer) start(t *testing.T) Config {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.reached = make(chan struct{})
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { b.talk(conn) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		serving.Wait()
	})
	return Config{
		Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, Security: NoSecurity,
		From: "parley@lmc.example", Addresses: map[string]string{"ann": "ann@lmc.example"},
		Hello: "test.example", Timeout: 20 * time.Second, Answer: 20 * time.Second,
	}
}

func (b *bareServer) talk(conn net.Conn) {
	defer conn.Close()
	there := func(point string) bool {
		if point != b.at {
			return false
		}
		close(b.reached)
		b.then(conn)
		return true
	}
	if there("greeting") {
		return
	}
	fmt.Fprint(conn, "220 mx.example\r\n")
	r := bufio.NewReader(conn)
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		verb := strings.ToUpper(strings.Fields(line + " -")[0])
		if there(verb) {
			return
		}
		switch verb {
		case "DATA":
			fmt.Fprint(conn, "354 go on\r\n")
			if b.rude {
				reset(conn)
				return
			}
			for line != ".\r\n" {
				if line, err = r.ReadString('\n'); err != nil {
					return
				}
			}
			if there("content") {
				return
			}
			fmt.Fprint(conn, "250 2.0.0 queued as 4711\r\n")
		case "QUIT":
			fmt.Fprint(conn, "221 bye\r\n")
			return
		default:
			fmt.Fprint(conn, "250 fine\r\n")
		}
	}
}

// certificate returns a server's certificate for 127.0.0.1 and who trusts it.
func certificate(t *testing.T) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, roots
}

func secretFile(t *testing.T, secret string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte(secret), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func channel(t *testing.T, c Config) *Channel {
	t.Helper()
	made, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// closedPort is a port of this machine at which nothing listens.
func closedPort(t *testing.T) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	n, _ := strconv.Atoi(port)
	return n
}

func warning() alerting.Message {
	return alerting.Message{
		ID: "GLO-26-0001_D7-1_day_20261102/ann/email", Kind: alerting.Warning, To: "ann",
		At: time.Date(2026, 11, 2, 8, 30, 0, 0, time.UTC), Subject: "Due today: answer the FOI request – GLO-26-0001",
		Opening: "One deadline is due today.", Closing: "parley deadline list shows them all.",
		Sections: []alerting.Section{{Title: "Due today", Items: []alerting.Item{{
			Alert: "GLO-26-0001_D7-1_day_20261102", Ref: "GLO-26-0001", Deadline: "D7.1", Title: "Answer the FOI request about <phlebotomy> & £4.10",
			ICB: "QR1", Practice: "A81001", Owner: events.ICB, Due: calendar.On(2026, 11, 2),
		}}}},
	}
}

// refuses returns an error if err is not of this sort alone.
func refuses(err, sort error, sorts ...error) error {
	if !errors.Is(err, sort) {
		return fmt.Errorf("%v, want that %v", err, sort)
	}
	for _, other := range sorts {
		if other != sort && errors.Is(err, other) { //nolint:errorlint // which of them it is
			return fmt.Errorf("%v is both %v and %v", err, sort, other)
		}
	}
	return nil
}
