package mail

import (
	"cmp"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	netmail "net/mail"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"

	"parley/domain/alerting"
)

// Security is how a connection to the mail server is encrypted.
type Security string

// The ways of encryption.
const (
	StartTLS   Security = "starttls" // required, right after connecting; usually port 587
	TLS        Security = "tls"      // from the first byte; usually port 465
	NoSecurity Security = "none"     // only to this machine itself, or where Config.AllowPlain says so
)

// Auth is how Parley proves to the mail server who it is.
type Auth string

// The ways of proving it.
const (
	NoAuth   Auth = "none"     // a relay that knows us by our address
	Password Auth = "password" // PLAIN or LOGIN, whichever the server has
	XOAuth2  Auth = "xoauth2"  // a token that somebody else keeps fresh, as Microsoft 365 and Google ask
)

// Config is how mail is sent.
type Config struct {
	Host       string
	Port       int      // 0 is the usual one for Security
	Security   Security // empty is StartTLS
	AllowPlain bool     // NoSecurity is meant, though the server is another machine
	Auth       Auth     // empty is NoAuth
	User       string
	SecretFile string            // holds the password or token, and is read anew for each message
	From       string            // Parley <parley@lmc.example>
	Addresses  map[string]string // email addresses by people's names; New refuses an empty one
	Hello      string            // what we call ourselves to the server; empty is this machine's name
	Roots      *x509.CertPool    // whose certificates are trusted; nil is the system's
	Timeout    time.Duration     // for each step until the message's end; 0 is 30 seconds
	Answer     time.Duration     // for the server's answer to a message; 0 is two minutes

	// Calendar returns a calendar to be attached to a message as deadlines.ics,
	// or nothing for none. If it fails, the message goes out without one, and
	// the receipt says so. It may be nil.
	Calendar func(alerting.Message) ([]byte, error)
}

func (c Config) withDefaults() Config {
	c.Security = cmp.Or(c.Security, StartTLS)
	c.Auth = cmp.Or(c.Auth, NoAuth)
	c.Timeout = cmp.Or(c.Timeout, 30*time.Second)
	c.Answer = cmp.Or(c.Answer, 2*time.Minute)
	if c.Port == 0 {
		c.Port = map[Security]int{StartTLS: 587, TLS: 465, NoSecurity: 25}[c.Security]
	}
	return c
}

// problems returns the sender's address and what is wrong with c, but for
// Addresses.
func (c Config) problems() (from address, problems []error) {
	refuse := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if c.Host == "" || strings.ContainsFunc(c.Host, func(r rune) bool { return r == '/' || !unicode.IsGraphic(r) || unicode.IsSpace(r) }) {
		refuse("%q is not a mail server: give its name, such as smtp.office365.com", c.Host)
	}
	if c.Port < 0 || c.Port > 65535 {
		refuse("there is no port %d", c.Port)
	}
	switch c.Security {
	case StartTLS, TLS:
	case NoSecurity:
		switch {
		case loopback(c.Host):
		case !c.AllowPlain:
			refuse("mail to %s would go out unencrypted: use %s or %s, or allow it outright", c.Host, StartTLS, TLS)
		case c.Auth != NoAuth:
			refuse("a password or token is not sent to %s unencrypted: use %s or %s", c.Host, StartTLS, TLS)
		}
	default:
		refuse("%q is no way of encryption: there are %s, %s and %s", c.Security, StartTLS, TLS, NoSecurity)
	}
	problems = append(problems, c.authProblems()...)
	if c.Timeout < 0 || c.Answer < 0 {
		refuse("a time-out is not less than nothing")
	}
	if strings.ContainsFunc(c.Hello, func(r rune) bool { return r <= ' ' || r > '~' }) {
		refuse("%q is not a name of a machine", c.Hello)
	}
	from, err := parseAddress(c.From)
	if err != nil {
		refuse("the sender's address: %w", err)
	}
	return from, problems
}

func (c Config) authProblems() []error {
	switch c.Auth {
	case NoAuth:
		if c.User != "" || c.SecretFile != "" {
			return []error{fmt.Errorf("there is a user or a secret, but authentication is %q: say %s or %s", NoAuth, Password, XOAuth2)}
		}
		return nil
	case Password, XOAuth2:
	default:
		return []error{fmt.Errorf("%q is no way of authentication: there are %s, %s and %s", c.Auth, NoAuth, Password, XOAuth2)}
	}
	if c.User == "" {
		return []error{fmt.Errorf("authentication by %s needs a user", c.Auth)}
	}
	_, err := c.secret()
	if err != nil {
		return []error{err}
	}
	return nil
}

// secret reads the password or token. Its errors never contain any of it.
func (c Config) secret() (string, error) {
	const most = 64 << 10 // bytes: tokens have some 2,000
	if c.SecretFile == "" {
		return "", fmt.Errorf("authentication by %s needs a file with the secret", c.Auth)
	}
	f, err := os.Open(c.SecretFile)
	if err != nil {
		return "", fmt.Errorf("the file with the mail server's secret cannot be read: %w", err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, most+1))
	secret := strings.TrimSpace(string(content))
	switch {
	case err != nil:
		return "", fmt.Errorf("the file with the mail server's secret cannot be read: %w", err)
	case secret == "":
		return "", fmt.Errorf("the file with the mail server's secret, %s, is empty", c.SecretFile)
	case len(content) > most || strings.ContainsFunc(secret, unicode.IsControl):
		return "", fmt.Errorf("the file with the mail server's secret, %s, holds something else: it should be one line", c.SecretFile)
	}
	return secret, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// address is an email address, with the name before it if there is one.
type address = netmail.Address

// parseAddress reads ann@lmc.example or Ann Lee <ann@lmc.example>.
func parseAddress(written string) (address, error) {
	if strings.TrimSpace(written) == "" {
		return address{}, errors.New("there is none")
	}
	parsed, err := netmail.ParseAddress(written)
	if err != nil {
		return address{}, fmt.Errorf("%q is not an email address", written)
	}
	if _, domain, _ := strings.Cut(parsed.Address, "@"); !ascii(parsed.Address) || strings.HasPrefix(domain, "[") {
		return address{}, fmt.Errorf("%q is not an email address that every server takes: it has only plain letters, and a domain's name", written)
	}
	parsed.Name = alerting.OneLine(parsed.Name)
	return *parsed, nil
}

func ascii(s string) bool {
	return !slices.ContainsFunc([]byte(s), func(b byte) bool { return b <= ' ' || b > '~' })
}
