package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net"
	"net/http"
	"net/smtp"
	"net/textproto"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/adapters/webhook"
)

// box is a postbox that runs until its test ends.
type box struct {
	addresses
	t     *testing.T
	lines *bufio.Reader
	stop  func() error
}

// open starts a postbox on ports of its own.
func open(t *testing.T, args ...string) *box {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"-smtp", "127.0.0.1:0", "-http", "localhost:0", "-o", "json"}, args...), in, io.Discard)
		_ = in.CloseWithError(io.EOF)
		ended <- err
	}()
	b := &box{t: t, lines: bufio.NewReader(out)}
	stopped := false
	b.stop = func() error {
		if stopped {
			return nil
		}
		stopped = true
		cancel()
		_, _ = io.Copy(io.Discard, out)
		return <-ended
	}
	t.Cleanup(func() {
		if err := b.stop(); err != nil {
			t.Error(err)
		}
	})
	b.told(&b.addresses)
	return b
}

// told reads the next line.
func (b *box) told(into any) {
	b.t.Helper()
	line, err := b.lines.ReadBytes('\n')
	if err != nil {
		b.t.Fatal(err)
	}
	if err := json.Unmarshal(line, into); err != nil {
		b.t.Fatalf("%v: %s", err, line)
	}
}

func (b *box) arrival() (a arrival) {
	b.t.Helper()
	b.told(&a)
	return a
}

// send sends a message and returns what came of it, while the arrival is read.
func (b *box) send(message string) (arrival, error) {
	b.t.Helper()
	sent := make(chan error, 1)
	go func() {
		sent <- smtp.SendMail(b.SMTP, nil, "parley@lmc.example", []string{"jo@lmc.example"}, []byte(strings.ReplaceAll(message, "\n", "\r\n")))
	}()
	a := b.arrival()
	return a, <-sent
}

const mailed = `From: Parley <parley@lmc.example>
To: jo@lmc.example
Subject: =?UTF-8?q?Due_today:_=C2=A34.10?=
Message-ID: <1@lmc.example>
Content-Type: multipart/mixed; boundary=b

--b
Content-Type: multipart/alternative; boundary=c

--c
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: quoted-printable

Answer the FOI =
request: =C2=A34.10
--c
Content-Type: text/html; charset=utf-8

<p>not this</p>
--c--
--b
Content-Type: text/calendar; charset=utf-8
Content-Transfer-Encoding: base64
Content-Disposition: attachment; filename="../deadlines.ics"

QkVHSU46VkNBTEVOREFSDQo=
--b--
`

func TestMailIsShownAsItsReaderHasIt(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	b := open(t, "-dir", dir)
	a, err := b.send(mailed)
	if err != nil {
		t.Fatal(err)
	}
	if a.N != 1 || a.Kind != "mail" || a.Answer != properly || a.Subject != "Due today: £4.10" || a.ID != "<1@lmc.example>" || a.Again != 0 ||
		a.From != "parley@lmc.example" || strings.Join(a.To, " ") != "jo@lmc.example" || a.Text != "Answer the FOI request: £4.10" {
		t.Errorf("%+v", a)
	}
	raw, err := os.ReadFile(filepath.Join(dir, a.File))
	if err != nil || !bytes.Contains(raw, []byte("\r\nAnswer the FOI =\r\n")) {
		t.Errorf("%v: %q is not as it came", err, raw)
	}
	attached, err := os.ReadFile(filepath.Join(dir, "0001-.._deadlines.ics"))
	if err != nil || string(attached) != "BEGIN:VCALENDAR\r\n" {
		t.Errorf("%v: %q was attached", err, attached)
	}
	if a, err = b.send(mailed); err != nil || a.N != 2 || a.Again != 1 {
		t.Errorf("%+v, %v: it came again", a, err)
	}
}

func TestWhatIsNoMessageIsShownAsItCame(t *testing.T) {
	b := open(t)
	if a, err := b.send("nothing of a header"); err != nil || !strings.Contains(a.Text, "nothing of a header") {
		t.Errorf("%+v, %v", a, err)
	}
	if a, err := b.send("Content-Type: multipart/mixed; boundary=b\n\n--b\nhalf"); err != nil || !strings.Contains(a.Text, "half") {
		t.Errorf("%+v, %v", a, err)
	}
}

// A mail server that goes wrong: what its client sees, and that it is right again.
func TestMailGoesWrongAsTold(t *testing.T) {
	for _, c := range []struct {
		way   string
		code  int // of the answer; 0 for none at all
		taken bool
	}{
		{"refuse=1", 550, false},
		{"greylist=1", 451, false},
		{"drop=1", 0, true},
	} {
		t.Run(c.way, func(t *testing.T) {
			b := open(t, "-mail", c.way)
			a, err := b.send(mailed)
			var answer *textproto.Error
			switch {
			case err == nil || errors.As(err, &answer) != (c.code != 0):
				t.Fatalf("it was answered with %v", err)
			case answer != nil && answer.Code != c.code:
				t.Errorf("it was answered with %v", err)
			case (a.Text != "") != c.taken || string(a.Answer)+"=1" != c.way:
				t.Errorf("%+v", a)
			}
			if a, err := b.send(mailed); err != nil || a.Answer != properly {
				t.Errorf("the second was answered with %v: %+v", err, a)
			}
		})
	}
}

func TestMailThatHangsEndsWithThePostbox(t *testing.T) {
	b := open(t, "-mail", "hang")
	sent := make(chan error, 1)
	go func() { sent <- smtp.SendMail(b.SMTP, nil, "a@lmc.example", []string{"b@lmc.example"}, []byte(mailed)) }()
	if a := b.arrival(); a.Answer != hang || a.Text == "" {
		t.Errorf("%+v", a)
	}
	if err := b.stop(); err != nil {
		t.Error(err)
	}
	if err := <-sent; err == nil {
		t.Error("it was answered")
	}
}

// post posts a body and returns the status, 0 for none, and the arrival.
func (b *box) post(body string, header ...string) (int, arrival) {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.HTTP+"/teams", strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	status := make(chan int, 1)
	go func() {
		client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
		answer, err := client.Do(request)
		if err != nil {
			status <- 0
			return
		}
		_ = answer.Body.Close()
		status <- answer.StatusCode
	}()
	a := b.arrival()
	return <-status, a
}

const carded = `{"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","content":{"type":"AdaptiveCard",
"body":[{"type":"RichTextBlock","inlines":[{"type":"TextRun","text":"Due "},{"type":"TextRun","text":"today"}]},{"type":"TextBlock","text":"GLO-26-0001"}]}}]}`

func TestCardsAreShownLineByLine(t *testing.T) {
	b := open(t, "-dir", t.TempDir())
	status, a := b.post(carded, webhook.IdempotencyKey, "1")
	if status != http.StatusAccepted || a.Kind != "card" || a.Text != "Due today\nGLO-26-0001\n" || a.ID != "1" || a.File != "0001-card.json" {
		t.Errorf("%d, %+v", status, a)
	}
	if _, a = b.post(carded, webhook.IdempotencyKey, "1"); a.Again != 1 {
		t.Errorf("%+v: it came again", a)
	}
	if _, a = b.post(`{"type":"message","attachments":[{"contentType":"text/plain"}]}`); a.Kind != "post" || !strings.Contains(a.Text, "text/plain") {
		t.Errorf("%+v: it is no card", a)
	}
}

func TestWebhooksAreShownWithTheirSignature(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("a secret of some length\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const body = `{"subject":"Due today","text":"Answer the FOI request"}`
	signed := webhook.Sign("a secret of some length", time.Now(), []byte(body))
	b := open(t, "-secret", secret)
	if status, a := b.post(body, webhook.SignatureHeader, signed); status != http.StatusAccepted || a.Kind != "webhook" ||
		a.Signature != "yes, by our secret" || a.Subject != "Due today" || a.Text != "Answer the FOI request" {
		t.Errorf("%d, %+v", status, a)
	}
	if _, a := b.post(body+" ", webhook.SignatureHeader, signed); !strings.HasPrefix(a.Signature, "NO: ") {
		t.Errorf("%+v: it is not signed so", a)
	}
	if _, a := open(t).post(body, webhook.SignatureHeader, signed); !strings.Contains(a.Signature, "not known here") {
		t.Errorf("%+v: no secret is known", a)
	}
}

func TestPostsGoWrongAsTold(t *testing.T) {
	for way, want := range map[string]int{"refuse=1": 400, "busy=1": 503, "drop=1": 0} {
		t.Run(way, func(t *testing.T) {
			b := open(t, "-web", way)
			if status, a := b.post(carded); status != want || string(a.Answer)+"=1" != way {
				t.Errorf("%d, %+v", status, a)
			}
			if status, a := b.post(carded); status != http.StatusAccepted || a.Answer != properly {
				t.Errorf("the second: %d, %+v", status, a)
			}
		})
	}
}

func TestAPostThatHangsEndsWithThePostbox(t *testing.T) {
	b := open(t, "-web", "hang")
	ended := make(chan error, 1)
	go func() {
		answer, err := http.Post(b.HTTP, "application/json", strings.NewReader(carded))
		if err == nil {
			_ = answer.Body.Close()
		}
		ended <- err
	}()
	if a := b.arrival(); a.Answer != hang {
		t.Errorf("%+v", a)
	}
	if err := b.stop(); err != nil {
		t.Error(err)
	}
	if err := <-ended; err == nil {
		t.Error("it was answered")
	}
}

func TestOnlyPostsAreTaken(t *testing.T) {
	b := open(t)
	answer, err := http.Get(b.HTTP + "/teams")
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("it answered %s", answer.Status)
	}
}

func TestAPageIsReadable(t *testing.T) {
	a := arrival{N: 3, Kind: "mail", Answer: drop, Again: 1, ID: "<1@x>", Subject: "Due\x1b[2J today", Text: "One\x1b[2J line\n\nand another\n"}
	const want = "\n== 3: mail, answered with: drop, AGAIN: it came before, as 1\nSubject: Due[2J today\nID:      <1@x>\n\n  One[2J line\n\n  and another\n"
	if got := a.page(); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestThePostboxSaysWhereItIs(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"-smtp", "127.0.0.1:0", "-http", "127.0.0.1:0"}, in, io.Discard)
	}()
	for lines, i := bufio.NewReader(out), 0; i < 3; i++ {
		line, err := lines.ReadString('\n')
		if want := []string{"Mail:  127.0.0.1:", "Web:   http://127.0.0.1:", "Stop it with Ctrl-C."}[i]; err != nil || !strings.HasPrefix(line, want) {
			t.Fatalf("%q, %v", line, err)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestWrongCommandLinesAreRefused(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args  []string
		want  string
		usage bool
	}{
		{[]string{"-smtp", "0.0.0.0:0"}, "not on this machine alone", true},
		{[]string{"-smtp", "mail.example:25"}, "not on this machine alone", true},
		{[]string{"-http", ":8099"}, "not on this machine alone", true},
		{[]string{"-http", "8099"}, "no address and port", true},
		{[]string{"-mail", "lose"}, "no such way to answer", true},
		{[]string{"-mail", "busy"}, "no such way to answer", true},
		{[]string{"-web", "greylist"}, "no such way to answer", true},
		{[]string{"-mail", "refuse=0"}, "how often", true},
		{[]string{"-mail", "refuse=many"}, "how often", true},
		{[]string{"-o", "xml"}, "-o xml", true},
		{[]string{"-unknown"}, "-unknown", true},
		{[]string{"now"}, `"now"`, true},
		{[]string{"-smtp", "127.0.0.1:0", "-http", taken.Addr().String()}, "give another port", false},
		{[]string{"-smtp", taken.Addr().String()}, "give another port", false},
		{[]string{"-secret", empty}, "it is empty", false},
		{[]string{"-secret", empty + "r"}, "cannot be read", false},
		{[]string{"-dir", filepath.Join(empty, "below")}, "cannot be kept", false},
	} {
		err := run(t.Context(), c.args, io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), c.want) || errors.As(err, &usageError{}) != c.usage {
			t.Errorf("%v: %v", c.args, err)
		}
	}
}

func TestHelpSaysWhatItDoes(t *testing.T) {
	var help bytes.Buffer
	err := run(t.Context(), []string{"-h"}, io.Discard, &help)
	if !errors.Is(err, flag.ErrHelp) || !strings.Contains(help.String(), "-mail greylist[=N]") || !strings.Contains(help.String(), "-dir") {
		t.Errorf("%v:\n%s", err, &help)
	}
}
