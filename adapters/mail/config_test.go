package mail

import (
	"errors"
	"strings"
	"testing"
)

func TestSettingsThatCannotWork(t *testing.T) {
	good := Config{Host: "mail.example", From: "parley@lmc.example", Addresses: map[string]string{"ann": "ann@lmc.example"}}
	if made, err := New(good); err != nil || made.config.Port != 587 || made.config.Security != StartTLS {
		t.Fatalf("%+v, %v", made, err)
	}
	secret := secretFile(t, "s3cret")
	for _, c := range []struct {
		change func(*Config)
		says   []string
	}{
		{func(c *Config) { c.Host = "" }, []string{"is not a mail server"}},
		{func(c *Config) { c.Host = "unix:///tmp/x" }, []string{"is not a mail server"}},
		{func(c *Config) { c.Host = "a b" }, []string{"is not a mail server"}},
		{func(c *Config) { c.Port = 70000 }, []string{"no port 70000"}},
		{func(c *Config) { c.Security = "ssl" }, []string{`"ssl" is no way of encryption`, "starttls"}},
		{func(c *Config) { c.Security = NoSecurity }, []string{"unencrypted"}},
		{func(c *Config) {
			c.Security, c.AllowPlain, c.Auth, c.User, c.SecretFile = NoSecurity, true, Password, "ann", secret
		}, []string{"password or token is not sent"}},
		{func(c *Config) { c.Auth = "cram" }, []string{`"cram" is no way of authentication`}},
		{func(c *Config) { c.User = "ann" }, []string{"there is a user or a secret"}},
		{func(c *Config) { c.Auth, c.SecretFile = Password, secret }, []string{"needs a user"}},
		{func(c *Config) { c.Auth, c.User = XOAuth2, "ann" }, []string{"needs a file with the secret"}},
		{func(c *Config) { c.Auth, c.User, c.SecretFile = XOAuth2, "ann", secret+"x" }, []string{"cannot be read"}},
		{func(c *Config) { c.Auth, c.User, c.SecretFile = XOAuth2, "ann", secretFile(t, " \n") }, []string{"is empty"}},
		{func(c *Config) { c.Auth, c.User, c.SecretFile = XOAuth2, "ann", secretFile(t, "s3cret\nmore") }, []string{"should be one line"}},
		{func(c *Config) { c.From = "" }, []string{"the sender's address: there is none"}},
		{func(c *Config) { c.From = "parley" }, []string{`"parley" is not an email address`}},
		{func(c *Config) { c.From = "pärley@lmc.example" }, []string{"plain letters"}},
		{func(c *Config) { c.From = "parley@[127.0.0.1]" }, []string{"a domain's name"}},
		{func(c *Config) { c.Hello = "a\r\nb" }, []string{"not a name of a machine"}},
		{func(c *Config) { c.Timeout = -1 }, []string{"time-out"}},
		{func(c *Config) { c.Addresses = map[string]string{"ann": "ann@lmc.example", "bob": ""} }, []string{"the address of bob: there is none"}},
		{func(c *Config) { c.Addresses = map[string]string{"bob": "bob@lmc.example\r\nBcc: x"} }, []string{"the address of bob", "is not an email address"}},
		{func(c *Config) { c.Addresses = map[string]string{"bob": "a@lmc.example, b@lmc.example"} }, []string{"the address of bob"}},
		{func(c *Config) { c.Host, c.From = "", "" }, []string{"is not a mail server", "the sender's address"}},
	} {
		bad := good
		c.change(&bad)
		_, err := New(bad)
		if !errors.Is(err, ErrConfig) {
			t.Errorf("%+v was accepted: %v", bad, err)
			continue
		}
		for _, words := range c.says {
			if !strings.Contains(err.Error(), words) {
				t.Errorf("%q does not say %q", err, words)
			}
		}
		if strings.Contains(err.Error(), "s3cret") {
			t.Errorf("the secret is told: %v", err)
		}
	}
	relay := good
	relay.Security, relay.AllowPlain = NoSecurity, true
	if made, err := New(relay); err != nil || made.config.Port != 25 {
		t.Errorf("%+v, %v", made, err)
	}
}
