package mail

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"os"
	"regexp"
	"strings"
	"syscall"

	"parley/domain/alerting"
)

// longest is how much of a server's words is repeated, in letters.
const longest = 300

// addresses finds email addresses in what a server says. What is said of a
// delivery is recorded for good, and people's addresses never are.
var addresses = regexp.MustCompile(`[^\s<>@:;,()"]+@[^\s<>@:;,()"]+`)

// short returns text as one harmless line that is not too long.
func short(text string) string {
	letters := []rune(addresses.ReplaceAllString(alerting.OneLine(text), "(an address)"))
	if len(letters) > longest {
		return string(letters[:longest]) + "…"
	}
	return string(letters)
}

// said is what an error says, harmless.
func said(err error) string { return short(err.Error()) }

// words is a server's answer as it came, harmless.
func words(answer *textproto.Error) string {
	return fmt.Sprintf("%d %s", answer.Code, short(answer.Msg))
}

// trouble says what went wrong while doing something to the mail server. It
// wraps the context's error if that is what ended it, and nothing else.
func (s *session) trouble(doing string, err error) error {
	server := net.JoinHostPort(s.config.Host, fmt.Sprint(s.config.Port))
	if ended := s.ctx.Err(); ended != nil {
		return fmt.Errorf("%s the mail server %s was broken off: %w", doing, server, context.Cause(s.ctx))
	}
	return fmt.Errorf("%s the mail server %s: %s", doing, server, explain(err))
}

// explain puts the usual troubles into words with the next step.
func explain(err error) string {
	var (
		answer    *textproto.Error
		unknown   *net.DNSError
		untrusted *tls.CertificateVerificationError
		authority x509.UnknownAuthorityError
		name      x509.HostnameError
		notTLS    tls.RecordHeaderError
	)
	switch {
	case errors.As(err, &answer):
		return "it answered " + words(answer)
	case errors.As(err, &unknown):
		return "no machine of that name is found: look at the name, and at this machine's DNS"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens there: look at the host and the port"
	case errors.As(err, &name):
		return "its certificate is for another name: " + said(name)
	case errors.As(err, &authority):
		return "its certificate is not signed by anybody this machine trusts"
	case errors.As(err, &untrusted):
		return "its certificate is not trusted: " + said(untrusted)
	case errors.As(err, &notTLS):
		return "it does not speak TLS there: look at the port, or use " + string(StartTLS)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return "it did not answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection was lost"
	case strings.Contains(err.Error(), "does not support STARTTLS"): // the library has no type for it
		return "it offers no encryption by STARTTLS: look at the port, or use " + string(TLS)
	}
	return said(err)
}
