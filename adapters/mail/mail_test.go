package mail

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"os"
	"strings"
	"testing"
	"time"

	smtpd "github.com/emersion/go-smtp"

	"parley/domain/alerting"
	"parley/domain/watch"
)

var _ watch.Channel = (*Channel)(nil)

// want fails the test unless err is of this sort alone and says all of words.
func want(t *testing.T, err, sort error, words ...string) {
	t.Helper()
	if err := refuses(err, sort, watch.ErrTemporary, watch.ErrPermanent, watch.ErrUncertain); err != nil {
		t.Fatal(err)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q does not say %q", err, word)
		}
	}
}

// part is one leaf of a message.
type part struct{ kind, name, text string }

// open takes a message apart, as a reader of mail does.
func open(t *testing.T, content string) (netmail.Header, []part) {
	t.Helper()
	msg, err := netmail.ReadMessage(strings.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	var parts []part
	var walk func(header map[string][]string, body io.Reader)
	walk = func(header map[string][]string, body io.Reader) {
		get := netmail.Header(header).Get
		kind, params, err := mime.ParseMediaType(get("Content-Type"))
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(kind, "multipart/") {
			for r := multipart.NewReader(body, params["boundary"]); ; {
				p, err := r.NextRawPart()
				if errors.Is(err, io.EOF) {
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				walk(p.Header, p)
			}
		}
		switch get("Content-Transfer-Encoding") {
		case "quoted-printable":
			body = quotedprintable.NewReader(body)
		case "base64":
			body = base64.NewDecoder(base64.StdEncoding, body)
		}
		text, err := io.ReadAll(body)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, part{kind, params["name"], strings.ReplaceAll(string(text), "\r\n", "\n")})
	}
	walk(msg.Header, msg.Body)
	return msg.Header, parts
}

func TestAMessageIsDeliveredOnceWithBothParts(t *testing.T) {
	box := &mailbox{}
	c := box.start(t, nil, false)
	receipt, err := channel(t, c).Send(t.Context(), warning())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(receipt, "250 ") {
		t.Errorf("the receipt is %q", receipt)
	}
	got := box.messages()
	if len(got) != 1 || got[0].from != "parley@lmc.example" || got[0].to != "ann@lmc.example" {
		t.Fatalf("delivered: %+v", got)
	}
	header, parts := open(t, got[0].content)
	subject, _ := new(mime.WordDecoder).DecodeHeader(header.Get("Subject"))
	for _, c := range []struct{ got, want string }{
		{subject, warning().Subject},
		{header.Get("From"), `"Parley" <parley@lmc.example>`},
		{header.Get("To"), `"Ann Lee" <ann@lmc.example>`},
		{header.Get("Message-ID"), "<parley.GLO-26-0001_D7-1_day_20261102=2Fann=2Femail@lmc.example>"},
		{header.Get("Auto-Submitted"), "auto-generated"},
		{header.Get("X-Auto-Response-Suppress"), "All"},
		{header.Get("Importance"), ""},
	} {
		if c.got != c.want {
			t.Errorf("a header reads %q, want %q", c.got, c.want)
		}
	}
	if date, err := header.Date(); err != nil || time.Since(date).Abs() > time.Hour {
		t.Errorf("it is dated %s (%v), not when it was sent", header.Get("Date"), err)
	}
	if len(parts) != 2 || parts[0].kind != "text/plain" || parts[1].kind != "text/html" {
		t.Fatalf("its parts: %+v", parts)
	}
	if parts[0].text != warning().Text(76) {
		t.Errorf("the plain text reads\n%s", parts[0].text)
	}
	for _, words := range []string{
		"Mon 2 Nov 2026", "today", "Answer the FOI request about &lt;phlebotomy&gt; &amp; £4.10", "For the ICB QR1 to do.",
		"case GLO-26-0001, deadline D7.1", "parley alert ack GLO-26-0001_D7-1_day_20261102", "One deadline is due today.", "parley deadline list",
	} {
		if !strings.Contains(parts[1].text, words) {
			t.Errorf("the HTML does not say %q", words)
		}
	}
	for _, never := range []string{"<img", "http", "<phlebotomy>", "REHEARSAL"} {
		if strings.Contains(parts[1].text, never) {
			t.Errorf("the HTML contains %q", never)
		}
	}
}

func TestTheSameDeliveryHasTheSameMessageIDAndNoOther(t *testing.T) {
	c := channel(t, (&mailbox{}).start(t, nil, false))
	seen := map[string]string{}
	for _, id := range []string{"a", "A", "a.b", "a=2Eb", "a b", "a\r\nb", "ä", "a@b", strings.Repeat("x", 201), strings.Repeat("x", 202)} {
		made := c.messageID(id)
		if made != c.messageID(id) {
			t.Errorf("%q has two Message-IDs", id)
		}
		if other, taken := seen[made]; taken {
			t.Errorf("%q and %q are both %s", id, other, made)
		}
		seen[made] = id
		if _, err := netmail.ParseAddress("<" + made + ">"); err != nil || len(made) > 700 {
			t.Errorf("%q is no Message-ID: %v", made, err)
		}
	}
}

func TestARehearsalAndAnEscalationSaySo(t *testing.T) {
	box := &mailbox{}
	m := warning()
	m.Rehearsal, m.Kind = true, alerting.Escalation
	if _, err := channel(t, box.start(t, nil, false)).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	header, parts := open(t, box.messages()[0].content)
	subject, _ := new(mime.WordDecoder).DecodeHeader(header.Get("Subject"))
	if !strings.HasPrefix(subject, "[Rehearsal] ") || header.Get("Importance") != "high" {
		t.Errorf("%q of importance %q", subject, header.Get("Importance"))
	}
	for _, p := range parts {
		if !strings.Contains(strings.Join(strings.Fields(p.text), " "), alerting.RehearsalNote) {
			t.Errorf("%s does not say so:\n%s", p.kind, p.text)
		}
	}
}

func TestNothingInAMessageBecomesAHeader(t *testing.T) {
	box := &mailbox{}
	c := box.start(t, nil, false)
	c.Addresses["eve"] = "\"Eve\tX\" <eve@lmc.example>"
	const bad = "x\r\nBcc: all@lmc.example\r\n\r\nbody"
	m := warning()
	m.ID, m.To, m.Subject, m.Opening, m.Sections[0].Title = bad, "eve", bad, bad, bad
	if _, err := channel(t, c).Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	header, parts := open(t, box.messages()[0].content)
	if header.Get("Bcc") != "" || header.Get("Subject") != "x Bcc: all@lmc.example body" || len(parts) != 2 {
		t.Errorf("it arrived as\n%s", box.messages()[0].content)
	}
}

func TestACalendarIsAttachedOrTheReceiptSaysWhyNot(t *testing.T) {
	box := &mailbox{}
	c := box.start(t, nil, false)
	const ics = "BEGIN:VCALENDAR\nEND:VCALENDAR\n"
	answers := []func() ([]byte, error){
		func() ([]byte, error) { return []byte(ics), nil },
		func() ([]byte, error) { return nil, nil },
		func() ([]byte, error) { return nil, errors.New("no\r\ndates") },
	}
	next := 0
	c.Calendar = func(m alerting.Message) ([]byte, error) {
		if m.ID != warning().ID {
			t.Errorf("asked for the calendar of %q", m.ID)
		}
		next++
		return answers[next-1]()
	}
	ch := channel(t, c)
	var receipts []string
	for range answers {
		receipt, err := ch.Send(t.Context(), warning())
		if err != nil {
			t.Fatal(err)
		}
		receipts = append(receipts, receipt)
	}
	_, parts := open(t, box.messages()[0].content)
	if last := parts[len(parts)-1]; len(parts) != 3 || last != (part{"text/calendar", "deadlines.ics", ics}) {
		t.Errorf("attached: %+v", parts)
	}
	for n, why := range []string{"", "", "without its calendar: no dates"} {
		if has := strings.Contains(receipts[n], "without its calendar"); has != (why != "") || !strings.Contains(receipts[n], why) {
			t.Errorf("receipt %d is %q", n+1, receipts[n])
		}
		if _, parts := open(t, box.messages()[n].content); n > 0 && len(parts) != 2 {
			t.Errorf("message %d has %d parts", n+1, len(parts))
		}
	}
}

func TestWhatTheServerRefuses(t *testing.T) {
	box := &mailbox{
		rcpt: func(to string) error {
			if to == "bob@lmc.example" {
				return &smtpd.SMTPError{Code: 550, EnhancedCode: smtpd.EnhancedCode{5, 1, 1}, Message: "No such user here: <bob@lmc.example>"}
			}
			return nil
		},
		data: func(n int) error {
			return []error{
				&smtpd.SMTPError{Code: 451, EnhancedCode: smtpd.EnhancedCode{4, 7, 1}, Message: "Greylisted, come back later"},
				nil,
				&smtpd.SMTPError{Code: 554, EnhancedCode: smtpd.EnhancedCode{5, 7, 1}, Message: "Not wanted"},
			}[n-1]
		},
	}
	ch := channel(t, box.start(t, nil, false))
	bob := warning()
	bob.To = "bob"
	_, err := ch.Send(t.Context(), bob)
	want(t, err, watch.ErrPermanent, "naming the recipient", "550", "No such user here: <(an address)>")
	if strings.Contains(err.Error(), "bob@") {
		t.Errorf("an address would be recorded: %v", err)
	}
	_, err = ch.Send(t.Context(), warning())
	want(t, err, watch.ErrTemporary, "451", "Greylisted")
	if receipt, err := ch.Send(t.Context(), warning()); err != nil || !strings.HasPrefix(receipt, "250") {
		t.Errorf("%q, %v", receipt, err)
	}
	_, err = ch.Send(t.Context(), warning())
	want(t, err, watch.ErrPermanent, "554", "Not wanted")
	if n := len(box.messages()); n != 1 {
		t.Errorf("%d were delivered", n)
	}
}

func TestWhomMailCannotReach(t *testing.T) {
	ch := channel(t, (&mailbox{}).start(t, nil, false))
	for _, c := range []struct {
		id, to string
		sort   error
		says   string
	}{
		{"x", "cat", watch.ErrTemporary, "no email address is known of cat"}, // somebody can enter it
		{"x", "", watch.ErrPermanent, "it is to nobody"},
		{"", "ann", watch.ErrPermanent, "no ID"},
	} {
		m := warning()
		m.ID, m.To = c.id, c.to
		_, err := ch.Send(t.Context(), m)
		want(t, err, c.sort, c.says)
	}
}

// Where the connection breaks decides what is known of the message.
func TestWhereTheConnectionBreaks(t *testing.T) {
	for _, c := range []struct {
		at   string
		then func(net.Conn)
		want error
		says string
	}{
		{"greeting", drop, watch.ErrTemporary, "lost"},
		{"greeting", say("554 go away"), watch.ErrTemporary, "554 go away"},
		{"greeting", say("421 too busy"), watch.ErrTemporary, "421 too busy"},
		{"EHLO", drop, watch.ErrTemporary, "lost"},
		{"MAIL", drop, watch.ErrTemporary, "lost"},
		{"MAIL", say("530 5.7.0 say who you are"), watch.ErrTemporary, "530"},
		{"MAIL", say("550 not from you"), watch.ErrPermanent, "550"},
		{"RCPT", drop, watch.ErrTemporary, "lost"},
		{"RCPT", say("450 greylisted"), watch.ErrTemporary, "450 greylisted"},
		{"RCPT", say("nonsense"), watch.ErrTemporary, "nonsense"},
		{"DATA", drop, watch.ErrTemporary, "lost"},
		{"DATA", reset, watch.ErrTemporary, "lost"},
		{"content", drop, watch.ErrUncertain, "lost"},
		{"content", reset, watch.ErrUncertain, "lost"},
		{"content", say("nonsense"), watch.ErrUncertain, "nonsense"},
		{"content", say("354 more"), watch.ErrUncertain, "354 more"},
		{"content", say("452 disk full"), watch.ErrTemporary, "452"},
		{"content", say("552 too big"), watch.ErrPermanent, "552"},
	} {
		server := &bareServer{at: c.at, then: c.then}
		_, err := channel(t, server.start(t)).Send(t.Context(), warning())
		want(t, err, c.want, c.says)
	}
}

func TestALostGoodbyeIsNoMatter(t *testing.T) {
	for _, then := range []func(net.Conn){drop, say("500 what?")} {
		server := &bareServer{at: "QUIT", then: then}
		if receipt, err := channel(t, server.start(t)).Send(t.Context(), warning()); err != nil || receipt != "250 2.0.0 queued as 4711" {
			t.Errorf("%q, %v", receipt, err)
		}
	}
}

func TestAnEmptyAnswerIsReceiptedByTheMessageID(t *testing.T) {
	server := &bareServer{at: "content", then: func(conn net.Conn) { _, _ = io.WriteString(conn, "250 \r\n"); drop(conn) }}
	receipt, err := channel(t, server.start(t)).Send(t.Context(), warning())
	if err != nil || !strings.HasPrefix(receipt, "<parley.GLO-26-0001") {
		t.Errorf("%q, %v", receipt, err)
	}
}

// A message that is too large for what lies between cannot have come whole.
func TestAConnectionLostWithinTheMessageIsTemporary(t *testing.T) {
	server := &bareServer{rude: true}
	c := server.start(t)
	c.Calendar = func(alerting.Message) ([]byte, error) { return make([]byte, 32<<20), nil }
	_, err := channel(t, c).Send(t.Context(), warning())
	want(t, err, watch.ErrTemporary, "writing the message", "lost")
}

func TestSendEndsWithItsContext(t *testing.T) {
	for _, c := range []struct {
		at   string
		want error
	}{
		{"greeting", watch.ErrTemporary},
		{"EHLO", watch.ErrTemporary},
		{"MAIL", watch.ErrTemporary},
		{"RCPT", watch.ErrTemporary},
		{"DATA", watch.ErrTemporary},
		{"content", watch.ErrUncertain},
	} {
		server := &bareServer{at: c.at, then: hang}
		ch := channel(t, server.start(t))
		ctx, stop := context.WithCancel(t.Context())
		go func() {
			<-server.reached
			stop()
		}()
		_, err := ch.Send(ctx, warning())
		want(t, err, c.want, "broken off")
		if !errors.Is(err, context.Canceled) {
			t.Errorf("at %s: %v", c.at, err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	box := &mailbox{}
	_, err := channel(t, box.start(t, nil, false)).Send(ctx, warning())
	want(t, err, watch.ErrTemporary)
	if len(box.messages()) > 0 {
		t.Error("it was delivered all the same")
	}
}

func TestAServerThatHangsIsGivenUp(t *testing.T) {
	for at, sort := range map[string]error{"greeting": watch.ErrTemporary, "RCPT": watch.ErrTemporary, "content": watch.ErrUncertain} {
		server := &bareServer{at: at, then: hang}
		c := server.start(t)
		c.Timeout, c.Answer = 200*time.Millisecond, 200*time.Millisecond
		_, err := channel(t, c).Send(t.Context(), warning())
		want(t, err, sort, "did not answer in time")
	}
}

func TestNobodyThere(t *testing.T) {
	c := (&mailbox{}).start(t, nil, false)
	c.Port = closedPort(t)
	ch := channel(t, c)
	_, err := ch.Send(t.Context(), warning())
	want(t, err, watch.ErrTemporary, "nothing listens there")
	want(t, ch.Check(t.Context()), watch.ErrTemporary, "nothing listens there")

	c.Host, c.AllowPlain = "mail.invalid", true
	_, err = channel(t, c).Send(t.Context(), warning())
	want(t, err, watch.ErrTemporary, "mail.invalid")
}

func TestCheckDeliversNothing(t *testing.T) {
	box := &mailbox{}
	ch := channel(t, box.start(t, nil, false))
	if err := ch.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	if box.asked != 0 || len(box.messages()) != 0 {
		t.Error("it did")
	}
	server := &bareServer{at: "NOOP", then: drop}
	want(t, channel(t, server.start(t)).Check(t.Context()), watch.ErrTemporary, "lost")
}

func TestTheSecretIsReadForEachMessage(t *testing.T) {
	for _, auth := range []Auth{Password, XOAuth2} {
		box := &mailbox{users: map[string]string{"parley@lmc.example": "right"}, mechs: []string{"PLAIN", "XOAUTH2"}}
		c := box.start(t, nil, false)
		c.Auth, c.User, c.SecretFile = auth, "parley@lmc.example", secretFile(t, "wr0ng\n")
		ch := channel(t, c)
		_, err := ch.Send(t.Context(), warning())
		want(t, err, watch.ErrTemporary, "refuses the user parley@lmc.example", c.SecretFile)
		want(t, ch.Check(t.Context()), watch.ErrTemporary, "refuses the user")
		if strings.Contains(err.Error(), "wr0ng") {
			t.Errorf("the secret is told: %v", err)
		}
		if err := os.WriteFile(c.SecretFile, []byte("right\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ch.Send(t.Context(), warning()); err != nil {
			t.Errorf("%s: %v", auth, err)
		}
		if err := os.Remove(c.SecretFile); err != nil {
			t.Fatal(err)
		}
		_, err = ch.Send(t.Context(), warning())
		want(t, err, watch.ErrTemporary, "secret cannot be read")
		if n := len(box.messages()); n != 1 {
			t.Errorf("%d were delivered", n)
		}
	}
}

func TestWhatTheServerOffersForAuthentication(t *testing.T) {
	box := &mailbox{users: map[string]string{"ann": "right"}, mechs: []string{"LOGIN"}}
	c := box.start(t, nil, false)
	_, err := channel(t, c).Send(t.Context(), warning())
	want(t, err, watch.ErrTemporary, "530", "Authentication required")

	c.Auth, c.User, c.SecretFile = Password, "ann", secretFile(t, "right")
	if _, err := channel(t, c).Send(t.Context(), warning()); err != nil {
		t.Errorf("by LOGIN: %v", err)
	}
	c.Auth = XOAuth2
	_, err = channel(t, c).Send(t.Context(), warning())
	want(t, err, watch.ErrTemporary, "xoauth2", `"LOGIN"`)
}

func TestEncryption(t *testing.T) {
	server, roots := certificate(t)
	for _, implicit := range []bool{false, true} {
		box := &mailbox{users: map[string]string{"ann": "right"}, mechs: []string{"PLAIN"}}
		c := box.start(t, server, implicit)
		c.Auth, c.User, c.SecretFile = Password, "ann", secretFile(t, "right")
		_, err := channel(t, c).Send(t.Context(), warning())
		want(t, err, watch.ErrTemporary, "certificate is not signed by anybody")
		c.Roots = roots
		if _, err := channel(t, c).Send(t.Context(), warning()); err != nil {
			t.Fatal(err)
		}
		if got := box.messages(); len(got) != 1 || !got[0].encrypted {
			t.Errorf("implicit %t: %+v", implicit, got)
		}
		other := c
		other.Host = "localhost"
		want(t, channel(t, other).Check(t.Context()), watch.ErrTemporary, "certificate is for another name")
	}
	plain := (&mailbox{}).start(t, nil, false)
	plain.Security = StartTLS
	_, err := channel(t, plain).Send(t.Context(), warning())
	want(t, err, watch.ErrTemporary, "no encryption by STARTTLS")
	plain.Security = TLS
	_, err = channel(t, plain).Send(t.Context(), warning())
	want(t, err, watch.ErrTemporary, "does not speak TLS")
}
