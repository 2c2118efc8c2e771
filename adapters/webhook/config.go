package webhook

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"
	"unicode"

	"parley/domain/alerting"
)

// Config is where and how messages are posted. It does not tell its address
// when it is printed.
type Config struct {
	URL        string                                 // the address; or
	URLFile    string                                 // a file that holds it, read anew for each message
	SecretFile string                                 // what bodies are signed with, of 16 letters at least, read anew for each; empty for no signature
	Body       func(alerting.Message) ([]byte, error) // what is posted; nil for Body
	Every      time.Duration                          // the least time between messages; 0 for none
	Timeout    time.Duration                          // for a message and its answer; 0 is 30 seconds
	Roots      *x509.CertPool                         // whose certificates are trusted; nil is the system's
}

// String says where the address is from, and not what it is.
func (c Config) String() string {
	if c.URLFile != "" {
		return "webhook by " + c.URLFile
	}
	return "webhook"
}

// GoString is String.
func (c Config) GoString() string { return c.String() }

// LogValue is String.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.String()) }

// target returns what reads the address. Its errors never tell it.
func (c Config) target() func() (*url.URL, error) {
	return func() (*url.URL, error) {
		written := c.URL
		switch {
		case c.URL != "" && c.URLFile != "":
			return nil, errors.New("there are both an address and a file with one: give one of them")
		case c.URL == "" && c.URLFile == "":
			return nil, errors.New("there is no address to post to")
		case c.URLFile != "":
			var err error
			if written, err = line("address", c.URLFile); err != nil {
				return nil, err
			}
		}
		return parse(written)
	}
}

// secret returns what reads the secret, or nil if there is none.
func (c Config) secret() func() (string, error) {
	if c.SecretFile == "" {
		return nil
	}
	return func() (string, error) {
		secret, err := line("secret", c.SecretFile)
		if err == nil && len(secret) < 16 {
			err = fmt.Errorf("the secret in %s is too short to sign with: take 16 letters or more", c.SecretFile)
		}
		return secret, err
	}
}

// parse reads an address. Its errors tell no more of it than the host.
func parse(written string) (*url.URL, error) {
	u, err := url.Parse(written)
	switch {
	case err != nil, u.Host == "", u.Hostname() == "":
		return nil, errors.New("the address to post to is none: it begins with https:// and the name of a host")
	case u.User != nil:
		return nil, fmt.Errorf("the address at %s has a user or password in it: that is not supported", u.Host)
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return nil, fmt.Errorf("the address at %s begins with http://, and messages are not posted unencrypted: use https://", u.Host)
	case u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("the address at %s does not begin with https://", u.Host)
	}
	u.Fragment, u.RawFragment = "", ""
	return u, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// line reads a file with one line. Its errors never contain any of it.
func line(what, path string) (string, error) {
	const most = 64 << 10 // bytes
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("the file with the %s cannot be read: %w", what, err)
	}
	defer f.Close()
	content, err := io.ReadAll(io.LimitReader(f, most+1))
	text := strings.TrimSpace(string(content))
	switch {
	case err != nil:
		return "", fmt.Errorf("the file with the %s cannot be read: %w", what, err)
	case text == "":
		return "", fmt.Errorf("the file with the %s, %s, is empty", what, path)
	case len(content) > most || strings.ContainsFunc(text, unicode.IsControl):
		return "", fmt.Errorf("the file with the %s, %s, holds something else: it should be one line", what, path)
	}
	return text, nil
}

// transport speaks HTTP/1.1, a connection for each message: so nothing is ever
// posted twice by itself, as on a connection that was found closed.
func (c Config) transport() *http.Transport {
	return &http.Transport{
		Proxy:             http.ProxyFromEnvironment,
		TLSClientConfig:   c.encryption(),
		DisableKeepAlives: true,
	}
}

func (c Config) encryption() *tls.Config {
	return &tls.Config{RootCAs: c.Roots, MinVersion: tls.VersionTLS12}
}
