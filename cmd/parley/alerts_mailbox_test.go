package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
)

// mailbox is a mail server on loopback, and what it has accepted. Its lock may
// be held for no longer than it takes to look.
type mailbox struct {
	addr net.Addr

	mu     sync.Mutex
	got    []letter
	before func() error // called before a message is accepted, which it may refuse
	after  func()       // called once it is accepted, before that is answered
}

// letter is a message that was accepted.
type letter struct {
	delivery string // its ID, as the Message-ID has it: GLO-26-0001_D7-1_day_20261102_email_jo
	subject  string
	text     string
}

// newMailbox returns a mail server that runs until the test ends.
func newMailbox(t *testing.T) *mailbox {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &mailbox{addr: listener.Addr(), before: func() error { return nil }, after: func() {}}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return visitor{b}, nil }))
	server.Domain, server.ErrorLog = "mail.example", log.New(io.Discard, "", 0) // of clients that were killed
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		_ = server.Close()
		if err := <-served; err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
	return b
}

// visitor is one client's session.
type visitor struct{ *mailbox }

func (visitor) Reset()                               {}
func (visitor) Logout() error                        { return nil }
func (visitor) Mail(string, *smtp.MailOptions) error { return nil }
func (visitor) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (v visitor) Data(content io.Reader) error {
	raw, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	l, err := readLetter(raw)
	if err != nil {
		return &smtp.SMTPError{Code: 554, Message: err.Error()}
	}
	v.mu.Lock()
	before, after := v.before, v.after
	v.mu.Unlock()
	if err := before(); err != nil {
		return err
	}
	v.mu.Lock()
	v.got = append(v.got, l)
	v.mu.Unlock()
	after()
	return nil
}

// manner sets what is done before and after a message is accepted.
func (b *mailbox) manner(before func() error, after func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.before, b.after = before, after
}

// letters returns what was accepted so far.
func (b *mailbox) letters() []letter {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]letter(nil), b.got...)
}

// of returns the letters whose delivery begins so.
func (b *mailbox) of(prefix string) []letter {
	var found []letter
	for _, l := range b.letters() {
		if strings.HasPrefix(l.delivery, prefix) {
			found = append(found, l)
		}
	}
	return found
}

// settings returns alerts.toml for one person who gets everything by mail here,
// and by these channels besides, with this ladder.
func (b *mailbox) settings(channels, ladder string) string {
	return fmt.Sprintf(`
desk = "jo"
officer = "jo"

[[person]]
name = "jo"
email = "jo.reed@lmc.example"
channels = ["email"%s]

[[ladder]]
rungs = [%s]

[email]
host = "127.0.0.1"
port = %d
tls = "none"
auth = "none"
from = "Parley <parley@lmc.example>"
`, channels, ladder, b.addr.(*net.TCPAddr).Port)
}

// readLetter reads a message as far as it is looked at here.
func readLetter(raw []byte) (letter, error) {
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return letter{}, err
	}
	local, _, _ := strings.Cut(strings.Trim(m.Header.Get("Message-ID"), "<>"), "@")
	l := letter{delivery: strings.TrimPrefix(local, "parley."), subject: m.Header.Get("Subject")}
	l.text, err = plainText(textproto.MIMEHeader(m.Header), m.Body)
	return l, err
}

// plainText returns the plain text within a part of a message.
func plainText(header textproto.MIMEHeader, body io.Reader) (string, error) {
	kind, boundary, multi := strings.Cut(header.Get("Content-Type"), "boundary=")
	if !multi {
		if !strings.HasPrefix(kind, "text/plain") {
			return "", nil
		}
		if header.Get("Content-Transfer-Encoding") == "quoted-printable" {
			body = quotedprintable.NewReader(body)
		}
		text, err := io.ReadAll(body)
		return strings.ReplaceAll(string(text), "\r\n", "\n"), err
	}
	for parts, all := multipart.NewReader(body, strings.Trim(boundary, `" `)), ""; ; {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return "", err
		}
		text, err := plainText(p.Header, p)
		if err != nil {
			return "", err
		}
		all += text
	}
}

// longWait is how long tests wait for what must come; nothing takes as long.
const longWait = time.Minute

// eventually waits until done returns an empty string, and fails with what it
// said if that takes too long.
func eventually(t *testing.T, done func() string) {
	t.Helper()
	eventuallyWithin(t, longWait, done)
}

// eventuallyWithin is eventually for what takes its time.
func eventuallyWithin(t *testing.T, wait time.Duration, done func() string) {
	t.Helper()
	for end := time.Now().Add(wait); ; time.Sleep(20 * time.Millisecond) {
		missing := done()
		switch {
		case missing == "":
			return
		case time.Now().After(end):
			t.Fatal(missing)
		}
	}
}
