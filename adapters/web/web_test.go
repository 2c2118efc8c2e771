package web_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/adapters/web"
)

// safe is a log that can be read while it is written.
type safe struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safe) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safe) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func logTo(s *safe) *slog.Logger {
	return slog.New(slog.NewTextHandler(s, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// start serves on a free port of the loopback until the test ends.
func start(t *testing.T, o web.Options) *web.Server {
	t.Helper()
	o.Addr = "127.0.0.1:0"
	s, err := web.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

func stop(t *testing.T, s *web.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil {
		t.Error(err)
	}
	if err := <-s.Failed(); err != nil {
		t.Error(err)
	}
}

type answer struct {
	status int
	header http.Header
	body   string
}

// ask asks for a path, with headers in pairs.
func ask(t *testing.T, method, url string, headers ...string) answer {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(body)}
}

func TestAliveAndReady(t *testing.T) {
	var mu sync.Mutex
	var broken error
	set := func(err error) { mu.Lock(); broken = err; mu.Unlock() }
	var said safe
	s := start(t, web.Options{Log: logTo(&said), Patience: 50 * time.Millisecond, Checks: map[string]web.Check{
		"log":   func(context.Context) error { return nil },
		"views": func(context.Context) error { mu.Lock(); defer mu.Unlock(); return broken },
	}})
	if got := ask(t, "GET", s.URL()+"/healthz"); got.status != 200 || got.body != "alive\n" || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("alive: %+v", got)
	}
	if got := ask(t, "GET", s.URL()+"/readyz"); got.status != 200 || got.body != "ready\n" {
		t.Errorf("ready: %+v", got)
	}
	set(errors.New("17 commits behind"))
	for range 2 {
		if got := ask(t, "GET", s.URL()+"/readyz"); got.status != 503 || got.body != "not ready: views\n" {
			t.Errorf("not ready: %+v", got)
		}
	}
	if got := ask(t, "GET", s.URL()+"/healthz"); got.status != 200 {
		t.Errorf("it is alive all the same: %+v", got)
	}
	set(nil)
	if got := ask(t, "GET", s.URL()+"/readyz"); got.status != 200 {
		t.Errorf("ready again: %+v", got)
	}
	if n := strings.Count(said.String(), "17 commits behind"); n != 1 || strings.Count(said.String(), "ready again") != 1 {
		t.Errorf("the log says it %d times:\n%s", n, said.String())
	}
}

func TestACheckThatHangsIsNotPassed(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	s := start(t, web.Options{Patience: 20 * time.Millisecond, Checks: map[string]web.Check{
		"mail": func(context.Context) error { <-release; return nil }, // whatever the context says
		"nats": func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() },
		"log":  func(context.Context) error { return nil },
	}})
	if got := ask(t, "GET", s.URL()+"/readyz"); got.status != 503 || got.body != "not ready: mail, nats\n" {
		t.Errorf("%+v", got)
	}
}

func TestMetrics(t *testing.T) {
	m := web.NewMetrics(web.Build{Version: "1.2.3", Commit: "abc", Go: "go1.26"}, "email", "file")
	s := start(t, web.Options{Metrics: m})
	scrape := func(lines ...string) {
		t.Helper()
		got := ask(t, "GET", s.URL()+"/metrics")
		for _, line := range lines {
			if !strings.Contains("\n"+got.body, "\n"+line+"\n") {
				t.Errorf("there is no %s in\n%s", line, got.body)
			}
		}
	}
	scrape(`parley_build_info{commit="abc",go="go1.26",version="1.2.3"} 1`, `parley_commands_total{outcome="refused"} 0`,
		`parley_alerts_total{channel="email",outcome="uncertain"} 0`, "parley_deadlines_overdue NaN", "parley_active 0")
	m.Command(web.Recorded, 20*time.Millisecond)
	m.Command(web.Recorded, 3*time.Millisecond)
	m.Command(web.Refused, time.Millisecond)
	m.LogPosition(1234)
	m.ViewLag("docket", 7)
	m.Alert("email", web.Sent)
	m.Alert("email", web.Uncertain)
	m.Alert("teams", web.Failed)
	m.Alarms(20000)
	m.Overdue(3)
	m.Active(true)
	scrape(`parley_commands_total{outcome="recorded"} 2`, `parley_commands_total{outcome="refused"} 1`, `parley_commands_total{outcome="conflict"} 0`,
		`parley_command_seconds_bucket{le="0.005"} 2`, "parley_command_seconds_count 3", "parley_log_position 1234", `parley_view_lag_commits{view="docket"} 7`,
		`parley_alerts_total{channel="email",outcome="sent"} 1`, `parley_alerts_total{channel="email",outcome="uncertain"} 1`,
		`parley_alerts_total{channel="teams",outcome="failed"} 1`, `parley_alerts_total{channel="file",outcome="sent"} 0`,
		"parley_alarms 20000", "parley_deadlines_overdue 3", "parley_active 1")
	m.Active(false)
	scrape("parley_active 0")
}

func TestTwoServersCountForThemselves(t *testing.T) {
	a, b := web.NewMetrics(web.Build{}), web.NewMetrics(web.Build{})
	a.LogPosition(5)
	if got := ask(t, "GET", start(t, web.Options{Metrics: b}).URL()+"/metrics"); !strings.Contains(got.body, "\nparley_log_position 0\n") {
		t.Error(got.body)
	}
}

// token is the key to Jo's calendar.
const token = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmE"

func calendar(_ context.Context, given string) ([]byte, string, bool, error) {
	switch given {
	case token:
		return []byte("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"), `"v1"`, true, nil
	case "broken":
		return nil, "", false, errors.New("the log is away")
	case "panic":
		panic("a rule was wrong")
	}
	return nil, "", false, nil
}

func TestACalendarIsForWhoHasTheToken(t *testing.T) {
	s := start(t, web.Options{Calendar: calendar})
	url := s.URL() + "/calendar/" + token + ".ics"
	got := ask(t, "GET", url)
	if got.status != 200 || got.body != "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n" {
		t.Errorf("%+v", got)
	}
	for name, want := range map[string]string{
		"Content-Type": "text/calendar; charset=utf-8", "ETag": `"v1"`, "Cache-Control": "private, no-cache",
		"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
	} {
		if got.header.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, got.header.Get(name), want)
		}
	}
	if got := ask(t, "GET", url, "If-None-Match", `"v0", "v1"`); got.status != 304 || got.body != "" || got.header.Get("ETag") != `"v1"` {
		t.Errorf("unchanged: %+v", got)
	}
	if got := ask(t, "GET", url, "If-None-Match", `"v0"`); got.status != 200 {
		t.Errorf("changed: %+v", got)
	}
	if got := ask(t, "HEAD", url); got.status != 200 || got.body != "" || got.header.Get("Content-Length") != "32" {
		t.Errorf("head: %+v", got)
	}
	if got := ask(t, "POST", url); got.status != 405 {
		t.Errorf("post: %+v", got)
	}
}

func TestAWrongTokenIsAPageThatDoesNotExist(t *testing.T) {
	s := start(t, web.Options{Calendar: calendar})
	want := ask(t, "GET", s.URL()+"/nothing/of/the/kind")
	want.header.Del("Date")
	if want.status != 404 {
		t.Fatalf("%+v", want)
	}
	for _, path := range []string{
		"wrong.ics", token, token + ".ICS", ".ics", token[:42] + ".ics", token + "A.ics", strings.Repeat("A", 200) + ".ics", "a/" + token + ".ics", "%00.ics",
	} {
		got := ask(t, "GET", s.URL()+"/calendar/"+path)
		got.header.Del("Date")
		if got.status != 404 || got.body != want.body || len(got.header) != len(want.header) {
			t.Errorf("%s: %+v, not %+v", path, got, want)
		}
	}
}

func TestNoTokenStandsInTheLog(t *testing.T) {
	var said safe
	s := start(t, web.Options{Calendar: calendar, Log: logTo(&said)})
	for _, path := range []string{"/calendar/" + token + ".ics", "/calendar/" + token, "/calender/" + token + ".ics", "/calendar/broken.ics", "/?token=" + token} {
		ask(t, "GET", s.URL()+path)
	}
	stop(t, s)
	log := said.String()
	if strings.Contains(log, token) || strings.Contains(log, "broken") {
		t.Errorf("a token stands in\n%s", log)
	}
	for _, want := range []string{"/calendar/{file}", "status=200", "status=404", "route=none", "status=500", "the log is away", "from=127.0.0.1"} {
		if !strings.Contains(log, want) {
			t.Errorf("there is no %s in\n%s", want, log)
		}
	}
}

func TestACalendarThatFailsSaysNothingOfWhy(t *testing.T) {
	s := start(t, web.Options{Calendar: calendar})
	if got := ask(t, "GET", s.URL()+"/calendar/broken.ics"); got.status != 500 || got.body != "the calendar cannot be shown now\n" || got.header.Get("ETag") != "" {
		t.Errorf("%+v", got)
	}
}

func TestAPanicEndsOneRequestOnly(t *testing.T) {
	var said safe
	s := start(t, web.Options{Calendar: calendar, Log: logTo(&said)})
	if resp, err := http.Get(s.URL() + "/calendar/panic.ics"); err == nil {
		_ = resp.Body.Close()
		t.Errorf("it was answered: %d", resp.StatusCode)
	}
	if got := ask(t, "GET", s.URL()+"/healthz"); got.status != 200 {
		t.Errorf("%+v", got)
	}
	stop(t, s)
	if log := said.String(); !strings.Contains(log, "a rule was wrong") || !strings.Contains(log, "status=500") {
		t.Errorf("the log says\n%s", log)
	}
}

func TestWhatIsNotServedDoesNotExist(t *testing.T) {
	s := start(t, web.Options{})
	for _, path := range []string{"/metrics", "/calendar/" + token + ".ics", "/", "/debug/pprof/"} {
		if got := ask(t, "GET", s.URL()+path); got.status != 404 {
			t.Errorf("%s: %+v", path, got)
		}
	}
	if got := ask(t, "GET", s.URL()+"/readyz"); got.status != 200 {
		t.Errorf("with nothing to check it is ready: %+v", got)
	}
	if got := ask(t, "GET", s.URL()+"/healthz", "X-Long", strings.Repeat("a", 64<<10)); got.status != http.StatusRequestHeaderFieldsTooLarge {
		t.Errorf("long headers: %d", got.status)
	}
}

func TestAddressesThatCannotBeUsed(t *testing.T) {
	s := start(t, web.Options{})
	for name, c := range map[string]struct {
		addr string
		want error
	}{
		"in use":              {s.Addr(), web.ErrInUse},
		"no port":             {"127.0.0.1", web.ErrAddress},
		"no such port":        {"127.0.0.1:99999", web.ErrAddress},
		"not of this machine": {"203.0.113.7:0", web.ErrAddress},
	} {
		second, err := web.Start(web.Options{Addr: c.addr})
		if !errors.Is(err, c.want) || second != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if !strings.Contains(err.Error(), c.addr) {
			t.Errorf("%s: which it is does not stand in %q", name, err)
		}
	}
}

func TestShutdownLetsRequestsFinish(t *testing.T) {
	begun, release := make(chan struct{}), make(chan struct{})
	s, err := web.Start(web.Options{Addr: "127.0.0.1:0", Calendar: func(context.Context, string) ([]byte, string, bool, error) {
		close(begun)
		<-release
		return []byte("done"), `"1"`, true, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	answered := make(chan answer, 1)
	go func() { answered <- ask(t, "GET", s.URL()+"/calendar/a.ics") }()
	<-begun
	stopped := make(chan error, 1)
	go func() { stopped <- s.Shutdown(context.Background()) }()
	if err := <-s.Failed(); err != nil { // it takes no more
		t.Error(err)
	}
	if conn, err := net.Dial("tcp", s.Addr()); err == nil {
		_ = conn.Close()
		t.Error("it still takes requests")
	}
	close(release)
	if got := <-answered; got.status != 200 || got.body != "done" {
		t.Errorf("%+v", got)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestShutdownDoesNotWaitForever(t *testing.T) {
	begun, ended := make(chan struct{}), make(chan struct{})
	s, err := web.Start(web.Options{Addr: "127.0.0.1:0", Calendar: func(ctx context.Context, _ string) ([]byte, string, bool, error) {
		close(begun)
		<-ctx.Done()
		close(ended)
		return nil, "", false, ctx.Err()
	}})
	if err != nil {
		t.Fatal(err)
	}
	gone := make(chan error, 1)
	go func() {
		resp, err := http.Get(s.URL() + "/calendar/a.ics")
		if err == nil {
			_ = resp.Body.Close()
		}
		gone <- err
	}()
	<-begun
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	<-ended
	if err := <-gone; err == nil {
		t.Error("it was answered")
	}
}
