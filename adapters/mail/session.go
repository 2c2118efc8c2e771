package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/textproto"
	"strconv"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"

	"parley/domain/alerting"
	"parley/domain/watch"
)

// session is one connection to the mail server, greeted, encrypted and with
// its proof of who we are accepted. The context it began with ends it.
type session struct {
	ctx    context.Context
	config Config
	conn   net.Conn
	client *smtp.Client
	leave  func() bool // stops listening to ctx
}

// connect begins a session. Its errors say at what it failed; nothing has been
// sent of any message.
func (c *Channel) connect(ctx context.Context) (*session, error) {
	s := &session{ctx: ctx, config: c.config, leave: func() bool { return true }}
	secret := ""
	if c.config.Auth != NoAuth {
		var err error
		if secret, err = c.config.secret(); err != nil {
			return nil, err
		}
	}
	client, err := gomail.NewClient(c.config.Host, s.options()...)
	if err != nil {
		return nil, fmt.Errorf("mail cannot be sent from this machine: %s", said(err))
	}
	if s.client, err = client.DialToSMTPClientWithContext(ctx); err != nil {
		s.close()
		return nil, s.trouble("connecting to", err)
	}
	if err := s.authenticate(secret); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// options is how the library connects for us.
func (s *session) options() []gomail.Option {
	c := s.config
	options := []gomail.Option{
		gomail.WithPort(c.Port),
		gomail.WithTimeout(c.Timeout),
		gomail.WithTLSConfig(s.encryption()),
		gomail.WithDialContextFunc(s.dial),
		gomail.WithoutSMTPUTF8(), // every address is plain letters
	}
	if c.Hello != "" {
		options = append(options, gomail.WithHELO(c.Hello))
	}
	switch c.Security {
	case TLS:
		return append(options, gomail.WithSSL()) // dial sees to it
	case NoSecurity:
		return append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	}
	return append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
}

func (s *session) encryption() *tls.Config {
	return &tls.Config{ServerName: s.config.Host, RootCAs: s.config.Roots, MinVersion: tls.VersionTLS12}
}

// dial connects. It keeps the connection, so that whatever happens to it in the
// library's hands it is closed when we leave, or when the context ends.
func (s *session) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: s.config.Timeout}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(s.config.Host, strconv.Itoa(s.config.Port)))
	if err != nil {
		return nil, err
	}
	s.conn = conn
	s.leave = context.AfterFunc(s.ctx, func() { _ = conn.Close() })
	if s.config.Security != TLS {
		return conn, nil
	}
	encrypted := tls.Client(conn, s.encryption())
	if err := encrypted.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return encrypted, nil
}

// authenticate proves who we are, as far as that is asked for.
func (s *session) authenticate(secret string) error {
	c := s.config
	if c.Auth == NoAuth {
		return nil
	}
	_, offered := s.client.Extension("AUTH")
	offers := func(mechanism string) bool {
		return strings.Contains(" "+strings.ToUpper(offered)+" ", " "+mechanism+" ")
	}
	unencrypted := c.Security == NoSecurity // to this machine itself: New has seen to that
	var auth smtp.Auth
	switch {
	case c.Auth == XOAuth2 && offers("XOAUTH2"):
		auth = smtp.XOAuth2Auth(c.User, secret)
	case c.Auth == Password && offers("PLAIN"):
		auth = smtp.PlainAuth("", c.User, secret, c.Host, unencrypted)
	case c.Auth == Password && offers("LOGIN"):
		auth = smtp.LoginAuth(c.User, secret, c.Host, unencrypted)
	default:
		return fmt.Errorf("the mail server %s does not take authentication by %s: it offers %q", c.Host, c.Auth, alerting.OneLine(offered))
	}
	if err := s.step(c.Timeout); err != nil {
		return err
	}
	err := s.client.Auth(auth)
	var answer *textproto.Error
	if errors.As(err, &answer) && answer.Code >= 500 {
		return fmt.Errorf("the mail server %s refuses the user %s by %s (%s): mend the user or the secret in %s", c.Host, c.User, c.Auth, words(answer), c.SecretFile)
	}
	if err != nil {
		return s.trouble("authenticating at", err)
	}
	return nil
}

// deliver hands the server one message, with lines ended by CRLF, and returns
// its answer. It knows where the message was lost, and says so with
// watch.ErrTemporary, ErrPermanent or ErrUncertain.
func (s *session) deliver(from, to string, content []byte) (receipt string, err error) {
	var data *smtp.DataCloser
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"naming the sender to", func() error { return s.client.Mail("<" + from + ">") }},
		{"naming the recipient to", func() error { return s.client.Rcpt("<" + to + ">") }},
		{"beginning the message to", func() error {
			w, err := s.client.Data()
			data, _ = w.(*smtp.DataCloser)
			return err
		}},
	} {
		if err := s.step(s.config.Timeout); err != nil {
			return "", fmt.Errorf("%w: %w", watch.ErrTemporary, err)
		}
		if err := step.do(); err != nil {
			return "", fmt.Errorf("%w: %w", refusal(err, watch.ErrTemporary), s.trouble(step.name, err))
		}
	}
	// The end of the message goes out with the last of it, in Close. What fails
	// up to there has not reached the server whole, and it does not take halves.
	// DataCloser's own Close would not say on which side of the end it failed.
	if _, err := data.WriteCloser.Write(content); err != nil {
		return "", fmt.Errorf("%w: %w", watch.ErrTemporary, s.trouble("writing the message to", err))
	}
	if err := data.WriteCloser.Close(); err != nil {
		return "", fmt.Errorf("%w: %w", watch.ErrTemporary, s.trouble("ending the message to", err))
	}
	_ = s.step(s.config.Answer) // if it fails there is no connection, and so no answer
	code, text, err := s.client.Text.ReadResponse(2)
	if err != nil {
		return "", fmt.Errorf("%w: %w", refusal(err, watch.ErrUncertain), s.trouble("waiting for the answer of", err))
	}
	if text == "" {
		return "", nil
	}
	return fmt.Sprintf("%d %s", code, short(text)), nil
}

// refusal is what the failure of a step means for the message: what the server
// says, or otherwise if it did not say anything.
func refusal(err, otherwise error) error {
	var answer *textproto.Error
	if !errors.As(err, &answer) {
		return otherwise
	}
	switch code := answer.Code; {
	case code == 530 || code == 534 || code == 535 || code == 538: // we are to authenticate, or encrypt
		return watch.ErrTemporary
	case code/100 == 5:
		return watch.ErrPermanent
	case code/100 == 4:
		return watch.ErrTemporary
	}
	return otherwise
}

// step gives the next step its time.
func (s *session) step(limit time.Duration) error {
	if err := s.client.UpdateDeadline(limit); err != nil {
		return s.trouble("speaking to", err)
	}
	return nil
}

func (s *session) noop() error {
	if err := s.step(s.config.Timeout); err != nil {
		return err
	}
	if err := s.client.Noop(); err != nil {
		return s.trouble("speaking to", err)
	}
	return nil
}

// quit takes leave. Nothing depends on the answer, so it is not waited for long.
func (s *session) quit() {
	if s.step(min(s.config.Timeout, 5*time.Second)) == nil {
		_ = s.client.Quit()
	}
}

// close ends the connection as it is. It never completes a message that has
// been begun.
func (s *session) close() {
	s.leave()
	if s.conn != nil {
		_ = s.conn.Close()
	}
}
