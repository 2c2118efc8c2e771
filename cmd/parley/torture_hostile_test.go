package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats.go"

	"parley/adapters/natsd"
	"parley/adapters/rpc"
	"parley/adapters/users"
)

// mallory is somebody with a key who sends a server whatever they like.
type mallory struct {
	*server
	nc     *nats.Conn
	random *rand.Rand
	ref    string
	said   map[string]int // by what was answered
}

// Requests that are malformed, oversized or made of random bytes are refused at
// every endpoint, and what is no request at all is hung up on. The server lives,
// nothing breaks in it, and the log is sound.
func TestTortureHostileRequests(t *testing.T) {
	s := newProgram(t).serve("--http", "127.0.0.1:0", "--alerts=false")
	m := newMallory(t, s)
	for _, verb := range endpoints(t) {
		for range sized(25, 4000) {
			m.request(verb, m.body(verb), m.head())
		}
		for _, size := range []int{64<<10 + 1, 1<<20 + 1, int(m.nc.MaxPayload()) - 10_000} {
			m.request(verb, []byte(`{"Ref":"`+strings.Repeat("a", size-10)+`"}`), m.head())
		}
		m.request(verb, []byte(strings.Repeat(`{"a":[`, 20_000)), m.head())
		for range sized(10, 400) { // whoever has no patience is not to have anything broken off in the middle
			m.request(verb, m.body(verb), nats.Header{"Parley-Protocol": {rpc.Protocol}, "Parley-Patience": {"1"}})
		}
	}
	m.elsewhere()
	rounds := sized(20, 1000)
	web, err := url.Parse(s.ready.HTTP)
	if err != nil {
		t.Fatal(err)
	}
	bus, err := url.Parse(s.ready.NATS)
	if err != nil {
		t.Fatal(err)
	}
	for range rounds {
		m.noise(bus.Host, "CONNECT {\"verbose\":false,\"nkey\":\"U\"}\r\nPUB parley.v1.x.about 2\r\n{}\r\nPING\r\n")
		m.noise(web.Host, "GET /calendar/AAAAAAAAAAAAAAAAAAAAAA.ics HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabc")
	}
	if e := s.run(0, "health", "--http", s.ready.HTTP); e.code != exitOK {
		t.Errorf("the server is not well: %s", e.stderr)
	}
	if _, ok := s.run(0, "case", "note", m.ref, "--text", "All is well").acknowledged(); !ok {
		t.Error("the server takes nothing more")
	}
	s.must("verify")
	if err := s.end(os.Interrupt); err != nil {
		t.Errorf("the server ended with %v\n%s", err, strings.Join(regexp.MustCompile(`(?m)^.*level=(ERROR|WARN).*$`).FindAllString(s.log.String(), -1), "\n"))
	}
	if log := s.log.String(); strings.Contains(log, "panic") || strings.Contains(log, "a request broke") {
		t.Errorf("something broke in the server:\n%s", log)
	}
	s.must("verify")
	tortured(t, "requests at %d endpoints, answered: %s; %d connections full of noise", len(endpoints(t)), counts(m.said), 2*rounds)
}

// endpoints returns the names of every verb of the wire, as its source has them.
func endpoints(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "adapters", "rpc", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`\bverb[A-Z]\w*\s+= "([a-z-]+)"`).FindAllSubmatch(source, -1) {
			all = append(all, string(found[1]))
		}
	}
	if len(all) < 15 {
		t.Fatalf("only these endpoints were found: %q", all)
	}
	return all
}

func newMallory(t *testing.T, s *server) *mallory {
	t.Helper()
	opened, ok := s.run(0, "case", "open", "--icb", "QR1", "--service", "ecg", "--title", "ECGs", "--practice", eight()[0]).acknowledged()
	if !ok {
		t.Fatal("no case is open")
	}
	file := filepath.Join(t.TempDir(), "key")
	s.must("user", "add", "mallory", "--key", file)
	_, seed, err := users.ReadKey(file)
	if err != nil {
		t.Fatal(err)
	}
	nc, err := natsd.Dial(t.Context(), natsd.Outside{URL: s.ready.NATS, Seed: seed, Name: "mallory", Inbox: natsd.Inbox("mallory")})
	if err != nil {
		t.Fatal(err)
	}
	nc.SetErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}) // what is forbidden is said here
	t.Cleanup(nc.Close)
	return &mallory{s, nc, rand.New(rand.NewPCG(tortureSeed(t), 7)), opened.Ref, map[string]int{}}
}

// body is the body of a request: one that might be right, and then spoiled.
func (m *mallory) body(verb string) []byte {
	order := func(kind, command string) string {
		return fmt.Sprintf(`{"ref":%q,"type":%q,"command":%s,"id":%q,"seen":0,"dry_run":false}`, m.ref, kind, command, uuid.Must(uuid.NewV7()))
	}
	bodies := []string{`{}`}
	switch verb {
	case "case", "nearest":
		bodies = []string{`{"Ref":"` + m.ref + `"}`}
	case "history":
		bodies = []string{`{"Aggregate":"case/` + m.ref + `"}`, `{"Aggregate":"directory/directory"}`}
	case "day":
		bodies = []string{`{"AsOf":"2026-11-22T09:00:00Z"}`}
	case "bodies":
		bodies = []string{`{"Practices":["L84001","L84002"]}`}
	case "find":
		bodies = []string{`{"Text":"surgery","Limit":3}`}
	case "deadlines":
		bodies = []string{`{"Within":"20wd","Overdue":false,"Ref":"","Owner":"","All":true}`}
	}
	if strings.HasPrefix(verb, "update") || verb == "handle" {
		bodies = []string{
			order("add-note", `{"Text":"a note"}`), order("open-case", `{"LMC":"GLO","ICB":"QR1","Service":"ecg","Title":"x","Practices":["L84001"]}`),
			order("table-offer", `{"By":"lmc","Terms":{"price_pence":450}}`), order("correct", `{"Event":"1.1","Why":"x","Fields":{"a":{}}}`),
			order("serve-notice", `{"Practices":["L84001"],"Period":"3m"}`), order("add-deadline", `{"Rule":"foi-respond","From":"2026-11-02"}`),
			order("import", `{"AsAt":"2026-11-01","Practices":[{"Code":"L84001"}]}`), order("move-practice", `{"Code":"L84001","ICB":"QR1","From":"2026-01-01"}`),
		}
	}
	body := []byte(bodies[m.random.IntN(len(bodies))])
	for range m.random.IntN(4) {
		body = m.spoil(body)
	}
	return body
}

// spoil changes something about bytes.
func (m *mallory) spoil(b []byte) []byte {
	bad := []string{`null`, `-1`, `1e999`, `"\ud800"`, `[[[[]]]]`, `{"":{}}`, "\x00", "\xff\xfe", `9223372036854775808`, `"\u0000"`, `true`, `"../../etc/passwd"`, `"%00"`, `"0000-00-00"`, `"9999-99-99"`, `"P99999999Y"`, "{", "}", ",", strings.Repeat("9", 400)}
	at := m.random.IntN(len(b) + 1)
	switch m.random.IntN(5) {
	case 0: // cut off
		return b[:at]
	case 1: // a byte changed
		if at < len(b) {
			b = slices.Clone(b)
			b[at] = byte(m.random.IntN(256))
		}
		return b
	case 2: // something put in
		return slices.Concat(b[:at], []byte(bad[m.random.IntN(len(bad))]), b[at:])
	case 3: // twice
		return slices.Concat(b, b)
	}
	if value := regexp.MustCompile(`:("[^"]*"|\d+|true|false)`).FindAllIndex(b, -1); len(value) > 0 { // a value replaced
		v := value[m.random.IntN(len(value))]
		return slices.Concat(b[:v[0]+1], []byte(bad[m.random.IntN(len(bad))]), b[v[1]:])
	}
	return b
}

// head is the headers of a request, now and then spoiled too.
func (m *mallory) head() nats.Header {
	h := nats.Header{"Parley-Protocol": {rpc.Protocol}}
	if m.random.IntN(6) == 0 {
		name := []string{"Parley-Protocol", "Parley-Position", "Parley-Clock", "Parley-Patience", "Parley-Part", "Nats-Msg-Id", "Nats-Rollup"}[m.random.IntN(7)]
		h[name] = []string{[]string{"", "-1", "0", "1", "99999999999999999999", "2026-11-22T09:00:00Z", "all", "\x01", strings.Repeat("9", 5000)}[m.random.IntN(9)]}
	}
	return h
}

// request sends a request, to which there must be an answer that reads.
func (m *mallory) request(verb string, body []byte, head nats.Header) {
	m.t.Helper()
	answer, err := m.nc.RequestMsg(&nats.Msg{Subject: "parley.v1.mallory." + verb, Data: body, Header: head}, 30*time.Second)
	if err != nil {
		m.t.Errorf("%s of %.200q with %v is not answered: %v", verb, body, head, err)
		return
	}
	if answer.Header.Get("Nats-Service-Error-Code") == "" {
		m.said["done"]++
		return
	}
	err = travelling().Decode(answer.Data)
	code, _, _ := new(app).describe(err)
	m.said[code]++
	if errors.Is(err, rpc.ErrBroken) || errors.Is(err, rpc.ErrGarbled) || code == "failed" || code == "damaged" {
		m.t.Errorf("%s of %.300q with %v: %s: %v", verb, body, head, code, err)
	}
}

// elsewhere tries what is not for a caseworker: the log itself, other people's
// names and inboxes, the server's own account.
func (m *mallory) elsewhere() {
	m.t.Helper()
	for _, subject := range []string{
		"es.case." + m.ref, "$JS.API.STREAM.INFO.ES", "$JS.API.STREAM.DELETE.ES", "$JS.API.STREAM.PURGE.ES", "$SRV.INFO", "$SRV.PING", "$SYS.REQ.SERVER.PING",
		"parley.v1.test.handle", "parley.v1.parley.handle", "parley.v1.changes.case." + m.ref, "_INBOX_test.x", "parley.v1.%6Dallory.about",
	} {
		if answer, err := m.nc.Request(subject, []byte("{}"), 100*time.Millisecond); err == nil {
			m.t.Errorf("on %s there was an answer: %s", subject, answer.Data)
		}
	}
	if err := m.nc.Flush(); err != nil {
		m.t.Errorf("the connection is lost: %v", err)
	}
}

// noise connects, says something spoiled, and hangs up.
func (m *mallory) noise(address, begins string) {
	m.t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		m.t.Error(err)
		return
	}
	said := []byte(begins)
	for range 1 + m.random.IntN(5) {
		said = m.spoil(said)
	}
	if m.random.IntN(4) == 0 {
		said = bytes.Repeat([]byte{byte(m.random.IntN(256))}, 1+m.random.IntN(20_000))
	}
	_ = c.SetDeadline(time.Now().Add(20 * time.Millisecond))
	_, _ = c.Write(said)
	_, _ = c.Read(make([]byte, 4<<10))
	_ = c.Close()
}
