package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"net/textproto"
	"strings"

	"github.com/emersion/go-smtp"
)

// largest is the most of one arrival that is taken, in bytes.
const largest = 25 << 20

// serveMail is a mail server until ctx ends.
func (p *postbox) serveMail(ctx context.Context, on net.Listener) error {
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &visit{box: p, stop: ctx.Done(), conn: c}, nil
	}))
	server.Domain = "postbox.example"
	server.MaxMessageBytes = largest
	server.ErrorLog = log.New(io.Discard, "", 0) // of connections that were cut
	defer context.AfterFunc(ctx, func() {
		_ = server.Close()
		_ = on.Close() // if it was not being served yet
	})()
	if err := server.Serve(on); err != nil && ctx.Err() == nil {
		return fmt.Errorf("mail cannot be taken any more: %w", err)
	}
	return nil
}

// visit is one client's session.
type visit struct {
	box  *postbox
	stop <-chan struct{}
	conn *smtp.Conn
	way  how
	from string
	to   []string
}

func (v *visit) Reset()        { v.from, v.to = "", nil }
func (v *visit) Logout() error { return nil }

// Mail begins a message. How it is answered is settled with it.
func (v *visit) Mail(from string, _ *smtp.MailOptions) error {
	v.from, v.way = from, v.box.mail.next()
	return nil
}

// Rcpt names a recipient of the message.
func (v *visit) Rcpt(to string, _ *smtp.RcptOptions) error {
	var answer *smtp.SMTPError
	switch v.way {
	case refuse:
		answer = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such recipient here"}
	case greylist:
		answer = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "Greylisted, please come again"}
	default:
		v.to = append(v.to, to)
		return nil
	}
	if err := v.box.take(arrival{Kind: "mail", Answer: v.way, From: v.from, To: []string{to}, suffix: "eml"}); err != nil {
		return err
	}
	return answer
}

// Data takes the message itself.
func (v *visit) Data(r io.Reader) error {
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	a := readMail(raw)
	a.Answer, a.From, a.To = v.way, v.from, v.to
	if err := v.box.take(a); err != nil {
		return err
	}
	switch v.way {
	case drop:
		return v.conn.Conn().Close()
	case hang:
		<-v.stop
		return errors.New("the postbox was stopped")
	}
	return nil
}

// readMail reads a message as its reader would. What it cannot read is shown as
// it came.
func readMail(raw []byte) arrival {
	a := arrival{Kind: "mail", raw: raw, suffix: "eml", parts: map[string][]byte{}}
	m, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		a.Text = fmt.Sprintf("(this is no message: %v)\n%s", err, raw)
		return a
	}
	if a.Subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		a.Subject = m.Header.Get("Subject")
	}
	a.ID = m.Header.Get("Message-ID")
	if err := a.part(textproto.MIMEHeader(m.Header), m.Body); err != nil {
		a.Text = fmt.Sprintf("(this cannot be read: %v)\n%s", err, raw)
	}
	return a
}

// part reads a part of a message, and those within it.
func (a *arrival) part(header textproto.MIMEHeader, body io.Reader) error {
	kind, params, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil {
		kind, params = "text/plain", nil
	}
	if strings.HasPrefix(kind, "multipart/") {
		parts := multipart.NewReader(body, params["boundary"])
		for {
			p, err := parts.NextRawPart()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			if err := a.part(p.Header, p); err != nil {
				return err
			}
		}
	}
	content, err := io.ReadAll(decoded(header.Get("Content-Transfer-Encoding"), body))
	if err != nil {
		return err
	}
	_, disposition, _ := mime.ParseMediaType(header.Get("Content-Disposition"))
	switch name := disposition["filename"]; {
	case name != "":
		a.Attachments = append(a.Attachments, name)
		a.parts[name] = content
	case kind == "text/plain" && a.Text == "":
		a.Text = strings.ReplaceAll(string(content), "\r\n", "\n")
	}
	return nil
}

func decoded(encoding string, body io.Reader) io.Reader {
	switch strings.ToLower(encoding) {
	case "quoted-printable":
		return quotedprintable.NewReader(body)
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, body)
	}
	return body
}
