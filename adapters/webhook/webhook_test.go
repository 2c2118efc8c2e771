package webhook

import (
	"bufio"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/domain/watch"
	"parley/events"
)

var _ watch.Channel = (*Channel)(nil)

const (
	secret = "a secret of more than sixteen letters"
	path   = "/workflows/0815/invoke?sig=T0PSECRET" // what no error may tell
)

func message() alerting.Message {
	return alerting.Message{
		ID: "GLO-26-0001_D7-1_day_20261102", Kind: alerting.Warning, At: time.Date(2026, 11, 2, 8, 30, 0, 0, time.UTC), Subject: "Due today",
		Sections: []alerting.Section{{Title: "Due today", Items: []alerting.Item{{
			Alert: "GLO-26-0001_D7-1_day_20261102", Ref: "GLO-26-0001", Deadline: "D7.1", Title: "Reply <now>", ICB: "QR1", Owner: events.ICB,
			Due: calendar.On(2026, 11, 2), Time: "16:00",
		}}}},
	}
}

func file(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func channel(t *testing.T, c Config) *Channel {
	t.Helper()
	made, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// want fails the test unless err is of this sort alone, says all of words, and
// does not tell the address.
func want(t *testing.T, err, sort error, words ...string) {
	t.Helper()
	for _, s := range []error{watch.ErrTemporary, watch.ErrPermanent, watch.ErrUncertain} {
		if is := errors.Is(err, s); is != (s == sort) { //nolint:errorlint // which of them it is
			t.Fatalf("%v, want that %v", err, sort)
		}
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q does not say %q", err, word)
		}
	}
	secretive(t, err.Error())
}

func secretive(t *testing.T, said string) {
	t.Helper()
	for _, part := range []string{"T0PSECRET", "0815", secret} {
		if strings.Contains(said, part) {
			t.Errorf("%q tells the secret", said)
		}
	}
}

func TestAMessageIsPostedSigned(t *testing.T) {
	type request struct {
		*http.Request
		body []byte
	}
	got := make(chan request, 2)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got <- request{r, body}
		w.Header().Set("X-Request-Id", "47\t11")
		w.WriteHeader(http.StatusAccepted)
	}))
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	c := channel(t, Config{URL: server.URL + path, SecretFile: file(t, secret+"\n"), Roots: roots})
	receipt, err := c.Send(t.Context(), message())
	if err != nil || receipt != "accepted: 202 Accepted, request 47 11" {
		t.Fatalf("%q, %v", receipt, err)
	}
	r := <-got
	if len(got) > 0 || r.Method != http.MethodPost || r.URL.String() != path || r.Header.Get(IdempotencyKey) != message().ID ||
		r.Header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
	}
	const body = `{"version":1,"id":"GLO-26-0001_D7-1_day_20261102","kind":"warning","to":"","at":"2026-11-02T08:30:00Z","subject":"Due today",` +
		`"opening":"","sections":[{"title":"Due today","items":[{"alert":"GLO-26-0001_D7-1_day_20261102","ref":"GLO-26-0001","deadline":"D7.1",` +
		`"title":"Reply \u003cnow\u003e","icb":"QR1","practice":"","owner":"icb","due":"2026-11-02","time":"16:00","working_days":0,"provisional":false,"note":""}]}],` +
		`"closing":"","rehearsal":false,"text":"Due today\n\nDue today\n---------\n* Reply \u003cnow\u003e\n  Due Mon 2 Nov 2026 at 16:00: today. For the ICB QR1 to do.\n` +
		`  Case GLO-26-0001, deadline D7.1, ICB QR1.\n  If you are seeing to it: parley alert ack GLO-26-0001_D7-1_day_20261102\n"}`
	if string(r.body) != body {
		t.Errorf("posted\n%s\nwant\n%s", r.body, body)
	}
	if err := Verify(secret, r.Header.Get(SignatureHeader), r.body, time.Now(), time.Hour); err != nil {
		t.Error(err)
	}
}

func TestARehearsalAndAnOddIDAreSaid(t *testing.T) {
	var key, body string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		all, _ := io.ReadAll(r.Body)
		key, body = r.Header.Get(IdempotencyKey), string(all)
	}))
	defer server.Close()
	m := message()
	m.Rehearsal, m.ID = true, "a b/ä\r\nX: y"
	if receipt, err := channel(t, Config{URL: server.URL}).Send(t.Context(), m); err != nil || receipt != "accepted: 200 OK" {
		t.Fatalf("%q, %v", receipt, err)
	}
	if back, err := url.PathUnescape(key); err != nil || back != m.ID {
		t.Errorf("the key is %q", key)
	}
	for _, words := range []string{`"rehearsal":true`, `"subject":"[Rehearsal] Due today"`, alerting.RehearsalNote} {
		if !strings.Contains(body, words) {
			t.Errorf("%s does not say %s", body, words)
		}
	}
}

func TestWhatAnAnswerMeans(t *testing.T) {
	status, wait := 0, ""
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		w.Header().Set("Location", "/elsewhere")
		if wait != "" {
			w.Header().Set("Retry-After", wait)
		}
		w.WriteHeader(status)
	}))
	defer server.Close()
	c := channel(t, Config{URL: server.URL + path})
	for n, answer := range []struct {
		status int
		wait   string
		want   error
		says   string
	}{
		{301, "", watch.ErrPermanent, "301 Moved Permanently: redirects are not followed"},
		{307, "", watch.ErrPermanent, "redirects are not followed"},
		{400, "", watch.ErrPermanent, "400 Bad Request"},
		{401, "", watch.ErrPermanent, "401"},
		{404, "", watch.ErrPermanent, "404"},
		{413, "", watch.ErrPermanent, "413"},
		{408, "", watch.ErrTemporary, "408"},
		{425, "", watch.ErrTemporary, "425"},
		{429, "30", watch.ErrTemporary, "429 Too Many Requests, to be tried again after 30 seconds"},
		{503, "Mon, 02 Nov 2026 09:00:00 GMT", watch.ErrTemporary, "to be tried again after Mon, 02 Nov 2026 09:00:00 GMT"},
		{500, "", watch.ErrTemporary, "500"},
		{502, "", watch.ErrTemporary, "502"},
		{504, "", watch.ErrUncertain, "504"},
	} {
		status, wait = answer.status, answer.wait
		_, err := c.Send(t.Context(), message())
		want(t, err, answer.want, answer.says, strings.TrimPrefix(server.URL, "http://"))
		if asked != n+1 {
			t.Fatalf("%d was asked for %d times", answer.status, asked-n)
		}
	}
}

// bare serves connections one by one, and counts whole requests.
func bare(t *testing.T, then func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			then(conn)
			_ = conn.Close()
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		serving.Wait()
	})
	return listener.Addr().String()
}

// readRequest reads a whole request.
func readRequest(conn net.Conn) {
	if r, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
		_, _ = io.Copy(io.Discard, r.Body)
	}
}

func TestWhereTheConnectionBreaks(t *testing.T) {
	var requests atomic.Int32
	address := bare(t, func(conn net.Conn) { requests.Add(1); readRequest(conn) })
	_, err := channel(t, Config{URL: "http://" + address + path}).Send(t.Context(), message())
	want(t, err, watch.ErrUncertain, "waiting for the answer of "+address, "lost")
	if n := requests.Load(); n != 1 {
		t.Errorf("it was posted %d times", n)
	}

	address = bare(t, func(conn net.Conn) { readRequest(conn); _, _ = io.WriteString(conn, "nonsense\r\n\r\n") })
	_, err = channel(t, Config{URL: "http://" + address + path}).Send(t.Context(), message())
	want(t, err, watch.ErrUncertain, "malformed")

	// More than lies between cannot have come whole.
	address = bare(t, func(conn net.Conn) { _ = conn.(*net.TCPConn).SetLinger(0) })
	large := func(alerting.Message) ([]byte, error) { return make([]byte, 32<<20), nil }
	_, err = channel(t, Config{URL: "http://" + address + path, Body: large}).Send(t.Context(), message())
	want(t, err, watch.ErrTemporary, "posting to "+address, "lost")

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = listener.Addr().String()
	_ = listener.Close()
	c := channel(t, Config{URL: "http://" + address + path})
	_, err = c.Send(t.Context(), message())
	want(t, err, watch.ErrTemporary, "nothing listens there")
	want(t, c.Check(t.Context()), watch.ErrTemporary, "nothing listens there")

	_, err = channel(t, Config{URL: "https://nobody.invalid" + path}).Send(t.Context(), message())
	want(t, err, watch.ErrTemporary, "nobody.invalid")
}

func TestSendEndsWithItsContext(t *testing.T) {
	for scheme, sort := range map[string]error{"http": watch.ErrUncertain, "https": watch.ErrTemporary} {
		ctx, stop := context.WithCancel(t.Context())
		address := bare(t, func(conn net.Conn) { // over https, it never answers the greeting
			if scheme == "http" {
				readRequest(conn)
			}
			stop()
			_, _ = io.Copy(io.Discard, conn)
		})
		c := channel(t, Config{URL: scheme + "://" + address + path})
		_, err := c.Send(ctx, message())
		want(t, err, sort, "broken off")
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", scheme, err)
		}
		_, err = c.Send(ctx, message())
		want(t, err, watch.ErrTemporary, "broken off")
	}
}

func TestAnotherSideThatHangsIsGivenUp(t *testing.T) {
	address := bare(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) })
	_, err := channel(t, Config{URL: "http://" + address + path, Timeout: 200 * time.Millisecond}).Send(t.Context(), message())
	want(t, err, watch.ErrUncertain, "did not answer in time")
	c := channel(t, Config{URL: "https://" + address + path, Timeout: 200 * time.Millisecond})
	_, err = c.Send(t.Context(), message())
	want(t, err, watch.ErrTemporary, "did not answer in time")
	want(t, c.Check(t.Context()), watch.ErrTemporary, "did not answer in time")
}

func TestCheckPostsNothing(t *testing.T) {
	asked := 0
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	defer server.Close()
	c := Config{URL: server.URL + path}
	want(t, channel(t, c).Check(t.Context()), watch.ErrTemporary, "not signed by anybody")
	_, err := channel(t, c).Send(t.Context(), message())
	want(t, err, watch.ErrTemporary, "not signed by anybody")
	c.Roots = x509.NewCertPool()
	c.Roots.AddCert(server.Certificate())
	if err := channel(t, c).Check(t.Context()); err != nil {
		t.Error(err)
	}
	elsewhere := c
	elsewhere.URL = strings.Replace(server.URL, "127.0.0.1", "localhost", 1) + path
	want(t, channel(t, elsewhere).Check(t.Context()), watch.ErrTemporary, "certificate is for another name")
	if asked > 0 {
		t.Errorf("%d requests were made", asked)
	}
}

func TestCheckGoesByTheProxy(t *testing.T) {
	reached := make(chan struct{}, 1)
	address := bare(t, func(net.Conn) { reached <- struct{}{} })
	c := channel(t, Config{URL: "https://nobody.invalid" + path})
	c.via.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: address})
	if err := c.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-reached
}

func TestSecretsAreReadForEachMessage(t *testing.T) {
	var signed string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		signed = r.Header.Get(SignatureHeader)
	}))
	defer server.Close()
	address, key := file(t, server.URL+"\n"), file(t, secret)
	c := channel(t, Config{URLFile: address, SecretFile: key})
	if _, err := c.Send(t.Context(), message()); err != nil {
		t.Fatal(err)
	}
	first := signed
	if err := os.WriteFile(key, []byte("another "+secret), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Send(t.Context(), message()); err != nil || signed == first {
		t.Errorf("signed %q, then %q: %v", first, signed, err)
	}
	if err := os.Remove(key); err != nil {
		t.Fatal(err)
	}
	_, err := c.Send(t.Context(), message())
	want(t, err, watch.ErrTemporary, "the file with the secret cannot be read")
	if err := os.WriteFile(address, []byte("ftp://host"+path), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = c.Send(t.Context(), message())
	want(t, err, watch.ErrTemporary, "does not begin with https://")
	want(t, c.Check(t.Context()), watch.ErrTemporary, "does not begin with https://")
}

func TestSettingsThatCannotWork(t *testing.T) {
	for _, c := range []struct {
		Config
		says string
	}{
		{Config{}, "there is no address"},
		{Config{URL: "https://a" + path, URLFile: file(t, "x")}, "both an address and a file"},
		{Config{URLFile: file(t, "x") + "x"}, "the file with the address cannot be read"},
		{Config{URLFile: file(t, "\n")}, "is empty"},
		{Config{URLFile: file(t, "https://a"+path+"\nx")}, "should be one line"},
		{Config{URLFile: file(t, strings.Repeat("T0PSECRET", 10000))}, "should be one line"},
		{Config{URL: "https:" + path}, "is none"},
		{Config{URL: "https://:443" + path}, "is none"},
		{Config{URL: "https://a b" + path}, "is none"},
		{Config{URL: "a.example" + path}, "is none"},
		{Config{URL: "http://a.example" + path}, "the address at a.example begins with http://"},
		{Config{URL: "ftp://a.example" + path}, "does not begin with https://"},
		{Config{URL: "https://ann:T0PSECRET@a.example" + path}, "user or password"},
		{Config{URL: "https://a.example" + path, SecretFile: file(t, "short")}, "too short"},
		{Config{URL: "https://a.example" + path, Timeout: -1}, "a time"},
		{Config{URL: "https://a.example" + path, Every: -1}, "a time"},
	} {
		_, err := New(c.Config)
		if !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v does not say %q", err, c.says)
			continue
		}
		secretive(t, err.Error())
	}
}

func TestAConfigAndAChannelDoNotTellTheirAddress(t *testing.T) {
	c := Config{URL: "https://a.example" + path}
	ch := channel(t, c)
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "config", c, "channel", ch)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "config", c)
	for _, said := range []string{fmt.Sprint(c), fmt.Sprintf("%+v %#v %s %v", c, c, c, &c), fmt.Sprintf("%v %+v %#v", ch, ch, ch), log.String(), Config{URLFile: "f"}.String()} {
		secretive(t, said)
	}
}

func TestAMessageThatCannotBePosted(t *testing.T) {
	address := bare(t, func(net.Conn) { t.Error("it was posted") })
	c := channel(t, Config{URL: "http://" + address, Body: func(alerting.Message) ([]byte, error) { return nil, errors.New("no words") }})
	_, err := c.Send(t.Context(), message())
	want(t, err, watch.ErrPermanent, "no words")
	_, err = c.Send(t.Context(), alerting.Message{})
	want(t, err, watch.ErrPermanent, "no ID")
}

func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := pace{every: 250 * time.Millisecond}
		begin := time.Now()
		for n, at := range []time.Duration{0, 250 * time.Millisecond, 500 * time.Millisecond} {
			if err := p.wait(t.Context()); err != nil || time.Since(begin) != at {
				t.Errorf("message %d goes after %s: %v", n+1, time.Since(begin), err)
			}
		}
		time.Sleep(time.Minute)
		begin = time.Now()
		if err := p.wait(t.Context()); err != nil || time.Since(begin) != 0 {
			t.Errorf("after a pause it waits %s: %v", time.Since(begin), err)
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Millisecond)
		defer stop()
		if err := p.wait(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(begin) != time.Millisecond {
			t.Errorf("it waits %s beyond its context: %v", time.Since(begin), err)
		}
	})
}

func TestVerify(t *testing.T) {
	now := time.Date(2026, 11, 2, 8, 30, 0, 0, time.UTC)
	body := []byte(`{"version":1}`)
	good := Sign(secret, now, body)
	if good != "t=1793608200,v1=8feb0b2dafaa824f6ad543fe4a7ad1ef2f76987429cc633af69b49982fe681e4" { // as Python's hmac has it
		t.Errorf("signed as %s", good)
	}
	for _, c := range []struct {
		secret, header, body string
		at                   time.Time
		says                 string // nothing for genuine
	}{
		{secret, good, string(body), now, ""},
		{secret, good, string(body), now.Add(5 * time.Minute), ""},
		{secret, "v0=x, " + good + ",v1=00", string(body), now.Add(-5 * time.Minute), ""},
		{secret, good, string(body), now.Add(5*time.Minute + time.Second), "away from now"},
		{secret, good, string(body), now.Add(-time.Hour), "away from now"},
		{"another", good, string(body), now, "the signature is another"},
		{secret, good, string(body) + " ", now, "the signature is another"},
		{secret, strings.Replace(good, "t=17936082", "t=17936083", 1), string(body), now.Add(100 * time.Second), "the signature is another"},
		{secret, "", string(body), now, "no time, or no signature"},
		{secret, "t=1793608200", string(body), now, "no time, or no signature"},
		{secret, "t=x,v1=00", string(body), now, "no time, or no signature"},
		{secret, "t=1793608200,v1=zz", string(body), now, "not hexadecimal"},
	} {
		err := Verify(c.secret, c.header, []byte(c.body), c.at, 5*time.Minute)
		if c.says == "" && err != nil || c.says != "" && (!errors.Is(err, ErrSignature) || !strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s of %s: %v, want %q", c.header, c.body, err, c.says)
		}
	}
}
