package mail

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"parley/domain/alerting"
)

// width is how long lines of plain text are at most, in letters.
const width = 76

// longestSubject is in letters.
const longestSubject = 200

//go:embed message.html
var page string

// letter is a message as it goes out.
type letter struct {
	messageID string // without the angle brackets
	content   []byte // headers and body, with lines ended by CRLF
	remark    string // what the receipt is to say besides
}

// compose writes m to somebody, dated at.
func (c *Channel) compose(m alerting.Message, to address, at time.Time) (letter, error) {
	l := letter{messageID: c.messageID(m.ID)}
	html, err := writeHTML(m)
	if err != nil {
		return letter{}, err
	}
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithEncoding(gomail.EncodingQP))
	msg.FromMailAddress(&c.from)
	msg.AddToMailAddress(&to)
	subject := []rune(m.Headline())
	msg.Subject(string(subject[:min(len(subject), longestSubject)]))
	msg.SetMessageIDWithValue(l.messageID)
	msg.SetDateWithValue(at)
	for _, header := range []struct{ name, value string }{
		{"Auto-Submitted", "auto-generated"},
		{"X-Auto-Response-Suppress", "All"},
		{"X-Mailer", "Parley"},
	} {
		msg.SetGenHeader(gomail.Header(header.name), header.value)
	}
	if m.Kind == alerting.Overdue || m.Kind == alerting.Escalation {
		msg.SetImportance(gomail.ImportanceHigh)
	}
	msg.SetBodyString(gomail.TypeTextPlain, m.Text(width))
	msg.AddAlternativeString(gomail.TypeTextHTML, html)
	l.remark = c.attach(msg, m)
	var content bytes.Buffer
	if _, err := msg.WriteTo(&content); err != nil {
		return letter{}, err
	}
	l.content = content.Bytes()
	return l, nil
}

// attach adds the calendar, if there is one, and says if it could not.
func (c *Channel) attach(msg *gomail.Msg, m alerting.Message) (remark string) {
	if c.config.Calendar == nil {
		return ""
	}
	calendar, err := c.config.Calendar(m)
	if err == nil && len(calendar) > 0 {
		err = msg.AttachReader("deadlines.ics", bytes.NewReader(calendar), gomail.WithFileContentType("text/calendar; charset=utf-8"))
	}
	if err != nil {
		return " (without its calendar: " + said(err) + ")"
	}
	return ""
}

// messageID returns the Message-ID of a delivery, without the angle brackets:
// always the same, and that of no other. What may not stand in one is written
// as its bytes in hexadecimal, and a long one as its digest.
func (c *Channel) messageID(id string) string {
	_, domain, _ := strings.Cut(c.from.Address, "@")
	const most = 200 // bytes
	if len(id) > most {
		sum := sha256.Sum256([]byte(id))
		return "sha256." + hex.EncodeToString(sum[:]) + "@" + domain
	}
	var local strings.Builder
	for _, b := range []byte(id) {
		if b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '-' || b == '_' {
			local.WriteByte(b)
		} else {
			fmt.Fprintf(&local, "=%02X", b)
		}
	}
	return "parley." + local.String() + "@" + domain
}

// writeHTML returns m as a page of HTML.
func writeHTML(m alerting.Message) (string, error) {
	tmpl, err := template.New("message").Funcs(template.FuncMap{"line": alerting.OneLine}).Parse(page)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = tmpl.Execute(&b, struct {
		alerting.Message
		Note string
	}{m, alerting.RehearsalNote})
	return b.String(), err
}
