package settings

import (
	"fmt"
	"net"
	"net/mail"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// Email is how mail is sent.
type Email struct {
	Host       string
	Port       int    // 0 is the usual one for TLS
	TLS        string // starttls, tls or none
	AllowPlain bool   // none is meant, though the server is another machine
	Auth       string // password, xoauth2 or none
	User       string
	SecretFile string // holds the password or the token; empty for none
	From       string // Parley <parley@lmc.example>
}

// Teams is a channel of Microsoft Teams.
type Teams struct {
	URLFile string // holds the address of its workflow, which is a secret
}

// Webhook is an address to which alerts are posted, signed.
type Webhook struct {
	URL        string
	SecretFile string // holds what they are signed with
}

// plainAllowed and loopbackPlain say whether an address may do without
// encryption: anywhere, or on this machine only.
const (
	plainAllowed  = true
	loopbackPlain = false
)

// readChannels reads what is said of each channel.
func (a *Alerts) readChannels(top *table) {
	if t := top.sub(email); t != nil {
		a.Email = readEmail(t)
		t.close()
	}
	if t := top.sub(teams); t != nil {
		a.Teams = &Teams{URLFile: t.secretURL("url_file")}
		t.close()
	}
	if t := top.sub(webhook); t != nil {
		a.Webhook = &Webhook{URL: t.url("url", loopbackPlain), SecretFile: t.secret("secret_file")}
		t.need("url", "alerts are posted there")
		t.need("secret_file", "whoever receives alerts could not tell that they are ours")
		t.close()
	}
	if t := top.sub(file); t != nil {
		if path := t.text("path"); path != "" {
			a.Outbox = t.path(path)
		}
		t.close()
	}
}

func readEmail(t *table) *Email {
	e := &Email{
		Host: t.text("host"), TLS: t.oneOf("tls", "starttls", "starttls", "tls", "none"), AllowPlain: t.yes("allow_plain", false),
		User: t.text("user"), From: t.text("from"),
	}
	t.need("host", "mail goes out by a server")
	t.need("from", "mail is from somebody")
	if e.From != "" {
		if _, err := mail.ParseAddress(e.From); err != nil {
			t.complain(t.at("from"), fmt.Sprintf("%q is no email address", e.From), "mail servers would refuse it", "write it as Parley <parley@lmc.example>")
		}
	}
	if strings.ContainsAny(e.Host, ":/@ ") {
		t.complain(t.at("host"), fmt.Sprintf("%q is no name of a mail server", e.Host), "it is the name alone", "write port and encryption as port and tls")
	}
	if port, given := t.number("port"); given {
		if e.Port = port; port < 1 || port > 65535 {
			t.complain(t.at("port"), fmt.Sprintf("there is no port %d", port), "ports go from 1 to 65535", "leave it out, or write 587 for starttls and 465 for tls")
		}
	}
	readAuth(t, e)
	return e
}

// readAuth reads how we prove to the mail server who we are: which way follows
// from the secret that is given, unless the file says it.
func readAuth(t *table, e *Email) {
	secrets := map[string]string{"password": "password_file", "xoauth2": "token_file"}
	files := map[string]string{}
	for _, way := range []string{"password", "xoauth2"} {
		if t.values[secrets[way]] != nil {
			e.Auth = way
		}
		files[way] = t.secret(secrets[way])
	}
	given := e.Auth
	if e.Auth = t.oneOf("auth", given, "password", "xoauth2", "none"); e.Auth == "" {
		e.Auth = "none"
	}
	complain := func(why, next string) {
		t.complain(t.at("auth"), "it is not clear how to log in to the mail server", why, next)
	}
	switch {
	case t.values["password_file"] != nil && t.values["token_file"] != nil:
		complain("there are both a password and a token", "leave one of them out")
	case e.Auth == "none" && (given != "" || e.User != ""):
		complain("there is a user or a secret, but no way to use it", "write password_file or token_file, or leave them all out")
	case e.Auth != "none" && given != e.Auth:
		complain("auth is "+e.Auth, "write "+secrets[e.Auth])
	case e.Auth != "none" && e.User == "":
		complain("there is no user", `write user = "…"`)
	}
	e.SecretFile = files[e.Auth]
}

// need complains if a key is missing.
func (t *table) need(key, why string) {
	if t.values[key] == nil {
		t.complain(t.name, fmt.Sprintf("[%s] has no %s", t.name, key), why, "write "+key+` = "…"`)
	}
}

// oneOf returns the text of a key, which is one of these, or what it is if missing.
func (t *table) oneOf(key, otherwise string, these ...string) string {
	s := t.text(key)
	switch {
	case s == "":
		return otherwise
	case !slices.Contains(these, s):
		t.complain(t.at(key), fmt.Sprintf("%s is %q", key, s), "there is no such thing", "write "+strings.Join(these, " or "))
	}
	return s
}

// path returns a path as seen from the file's folder.
func (t *table) path(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(t.file), path)
}

// url returns the address of a key, or nothing.
func (t *table) url(key string, plain bool) string {
	s := t.text(key)
	if s != "" {
		if why := notURL(s, plain); why != "" {
			t.complain(t.at(key), key+" is no address that can be used", why, "write it as https://parley.lmc.example")
		}
	}
	return s
}

// notURL says why a text is no address on the web, or nothing. It does not
// repeat it: it may be a secret.
func notURL(s string, plain bool) string {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return "it is not https:// and the name of a machine"
	case u.User != nil:
		return "it has a name or a password in it"
	case u.Fragment != "":
		return "it has a # in it"
	case u.Scheme == "https":
	case u.Scheme != "http":
		return "it does not begin with https://"
	case !plain && !loopback(u.Hostname()):
		return "it would be sent without encryption"
	}
	if port := u.Port(); port != "" {
		if _, err := net.LookupPort("tcp", port); err != nil || port == "0" {
			return "there is no port " + port
		}
	}
	return ""
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// secret returns the path of a file with a secret, and complains unless it can
// be read by us, and by us alone.
func (t *table) secret(key string) string {
	path, _ := t.readSecret(key)
	return path
}

// secretURL is secret for a file that holds an address.
func (t *table) secretURL(key string) string {
	t.need(key, "its address is a secret, and stands in a file of its own")
	path, content := t.readSecret(key)
	if content != "" {
		if why := notURL(content, loopbackPlain); why != "" {
			t.complain(t.at(key), "the address in "+path+" cannot be used", why, "put the address of the workflow there, on one line")
		}
	}
	return path
}

func (t *table) readSecret(key string) (path, content string) {
	written := t.text(key)
	if written == "" {
		return "", ""
	}
	path = t.path(written)
	content, why, next := readSecret(path)
	if why != "" {
		t.complain(t.at(key), "the secret in "+path+" cannot be used", why, next)
	}
	return path, content
}
