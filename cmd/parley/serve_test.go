package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/adapters/storedir"
	"parley/adapters/users"
)

// server is parley serve, at work on a program's store.
type server struct {
	program
	process *exec.Cmd
	ready   served
	log     *bytes.Buffer
	ended   sync.Once
	how     error
}

// serve starts a server on the store. It is stopped with the test.
func (p program) serve(args ...string) *server {
	p.t.Helper()
	s := &server{program: p, log: new(bytes.Buffer)}
	s.process = exec.Command(p.path, append([]string{"--store", p.store, "-o", "json", "serve"}, args...)...)
	s.process.Stderr, s.process.Env = s.log, append(os.Environ(), p.env...)
	out, err := s.process.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := s.process.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = s.end(os.Kill) })
	if err := json.NewDecoder(out).Decode(&s.ready); err != nil {
		_ = s.end(os.Kill)
		p.t.Fatalf("the server does not start: %v\n%s", err, s.log)
	}
	return s
}

// end has the server end, and returns how it did.
func (s *server) end(by os.Signal) error {
	s.ended.Do(func() {
		if err := s.process.Process.Signal(by); err != nil && !errors.Is(err, os.ErrProcessDone) {
			s.how = err
			return
		}
		s.how = s.process.Wait()
	})
	return s.how
}

// at returns the program as a caseworker runs it who has a key and a context of
// their own, on another machine so to speak.
func (s *server) at(name string) program {
	s.t.Helper()
	home := s.t.TempDir()
	key := filepath.Join(home, "mine.key")
	if got := s.must("user", "add", name, "--key", key, "--jq", ".file"); strings.TrimSpace(got) != key {
		s.t.Errorf("the key of %s is in %s", name, got)
	}
	there := program{t: s.t, path: s.path, env: []string{"XDG_CONFIG_HOME=" + home, "HOME=" + home, "AppData=" + home}}
	there.must("context", "add", "office", "--url", s.ready.NATS, "--creds", key)
	return there
}

func TestSeveralPeopleWorkAtOnce(t *testing.T) {
	const people, notes = 3, 6
	s := newProgram(t).serve("--http", "127.0.0.1:0")
	opened, _ := s.run(0, "case", "open", "--icb", "QR1", "--service", "ecg", "--title", "ECGs").acknowledged()
	var wg sync.WaitGroup
	for i := range people {
		name := fmt.Sprintf("Caseworker %d", i)
		there := s.at(name)
		wg.Go(func() {
			for n := range notes {
				answer, ok := there.run(0, "case", "note", opened.Ref, "--text", fmt.Sprintf("note %d of %d", n, i)).acknowledged()
				if !ok {
					t.Errorf("%s: a note was not recorded", name)
					return
				}
				seen := there.must("case", "timeline", opened.Ref, "--jq", `map(.event) | index("`+fmt.Sprint(answer.Version)+`.1") != null`)
				if strings.TrimSpace(seen) != "true" {
					t.Errorf("%s does not see version %d", name, answer.Version)
				}
			}
		})
	}
	wg.Wait()
	who := s.must("case", "timeline", opened.Ref, "--jq", `map(select(.text | startswith("Note")) | .actor) | group_by(.) | map([.[0], length | tostring] | join(":")) | join(" ")`)
	if strings.TrimSpace(who) != "Caseworker 0:6 Caseworker 1:6 Caseworker 2:6" {
		t.Errorf("recorded by %s", who)
	}
	s.must("verify")
	if e := s.run(0, "health", "--http", s.ready.HTTP); e.code != exitOK {
		t.Errorf("health: %d %s", e.code, e.stderr)
	}
	if got := s.metric("go_gc_gogc_percent"); got != usual && os.Getenv("GOGC") == "" {
		t.Errorf("garbage is collected at %g percent, as by a command that is over before long", got)
	}
	if err := s.end(os.Interrupt); err != nil {
		t.Errorf("it ended with %v\n%s", err, s.log)
	}
	if _, there := storedir.Discover(s.store); there {
		t.Error("it is still announced")
	}
	if e := s.run(0, "health", "--http", s.ready.HTTP); e.code != exitUnreachable {
		t.Errorf("health of a server that is gone: %d %s", e.code, e.stderr)
	}
	if got := s.must("verify", "--jq", ".ok"); strings.TrimSpace(got) != "true" {
		t.Error(got)
	}
}

// Whoever records something sees at once what it changed in what is due, in the
// server's memory as in the documents; and after the server has stopped too.
func TestAServerSaysWhatIsDue(t *testing.T) {
	p := newProgram(t)
	s := p.serve()
	there := s.at("j.doe")
	opened, _ := there.run(0, "case", "open", "--icb", "QR1", "--service", "ecg", "--title", "ECGs").acknowledged()
	due := func(want string, by program) {
		t.Helper()
		for _, args := range [][]string{{"--within", "30d"}, {"--within", "30d", "--ref", opened.Ref}} {
			got := by.must(append([]string{"deadline", "list", "--jq", `map(.title) | join(", ")`}, args...)...)
			if strings.TrimSpace(got) != want {
				t.Errorf("due by %v: %q, not %q", args, strings.TrimSpace(got), want)
			}
		}
	}
	due("", there)
	for i, title := range []string{"First", "Second", "Third"} {
		there.run(0, "deadline", "add", opened.Ref, "--title", title, "--owner", "icb", "--period", fmt.Sprintf("%dd", 10+i))
	}
	due("First, Second, Third", there)
	there.run(0, "deadline", "extend", opened.Ref, "D2.1", "--until", time.Now().AddDate(0, 0, 25).Format("2006-01-02"), "--base", "agreed")
	due("Second, Third, First", there)
	there.run(0, "deadline", "meet", opened.Ref, "D3.1")
	due("Third, First", there)
	if err := s.end(os.Interrupt); err != nil {
		t.Errorf("the server stops: %v\n%s", err, s.log)
	}
	due("Third, First", p)
}

func TestAServerThatIsKilled(t *testing.T) {
	s := newProgram(t).serve()
	opened, _ := s.run(0, "case", "open", "--icb", "QR1", "--service", "ecg", "--title", "ECGs").acknowledged()
	version := 1
	for range 5 {
		answer, ok := s.run(0, "case", "note", opened.Ref, "--text", "before it was killed").acknowledged()
		if !ok {
			t.Fatal("not recorded")
		}
		version = answer.Version
	}
	if err := s.end(os.Kill); err == nil {
		t.Fatal("it was not killed")
	}
	if _, there := storedir.Discover(s.store); !there {
		t.Error("a server that was killed left no word behind, so that nothing is shown here")
	}
	answer, ok := s.run(0, "case", "note", opened.Ref, "--text", "without a server").acknowledged()
	if !ok || answer.Version != version+1 {
		t.Fatalf("%+v", answer)
	}
	again := s.program.serve()
	if answer, ok = again.run(0, "case", "note", opened.Ref, "--text", "with another").acknowledged(); !ok || answer.Version != version+2 {
		t.Errorf("%+v", answer)
	}
	if err := again.end(os.Interrupt); err != nil {
		t.Errorf("%v\n%s", err, again.log)
	}
	s.must("verify")
}

func TestWhoIsNotLetIn(t *testing.T) {
	s := newProgram(t).serve()
	there := s.at("Sam Roe")
	refused := func(p program, exit int, code string, args ...string) {
		t.Helper()
		e := p.run(0, args...)
		var told struct {
			Error struct{ Code, Hint string }
		}
		if err := json.Unmarshal([]byte(e.stderr), &told); err != nil || e.code != exit || told.Error.Code != code || told.Error.Hint == "" {
			t.Errorf("parley %q ended with %d and %s (%v), not with %d %s", args, e.code, e.stderr, err, exit, code)
		}
	}
	refused(there, exitNotFound, "no-context", "--context", "elsewhere", "case", "list")
	refused(there, exitUsage, "usage", "--context", "office", "--store", "x", "case", "list")
	refused(there, exitUsage, "usage", "--context", "office", "user", "add", "Kim")
	refused(there, exitNotFound, "unknown-case", "case", "show", "GLO-26-0001")
	refused(there, exitRefused, "context-exists", "context", "add", "office", "--url", s.ready.NATS, "--creds", filepath.Join(strings.TrimPrefix(there.env[0], "XDG_CONFIG_HOME="), "mine.key"))
	refused(s.program, exitRefused, "user-exists", "user", "add", "sam roe", "--key", filepath.Join(t.TempDir(), "k"))
	refused(s.program, exitNotFound, "no-user", "user", "remove", "Nobody")

	another := there
	home := t.TempDir()
	_, seed, err := users.ReadKey(filepath.Join(strings.TrimPrefix(there.env[0], "XDG_CONFIG_HOME="), "mine.key"))
	if err := errors.Join(err, users.WriteKey(filepath.Join(home, "key"), "the boss", seed)); err != nil { // which Sam is not
		t.Fatal(err)
	}
	another.env = []string{"XDG_CONFIG_HOME=" + home, "HOME=" + home, "AppData=" + home}
	another.must("context", "add", "office", "--url", s.ready.NATS, "--creds", filepath.Join(home, "key"))
	refused(another, exitForbidden, "not-permitted", "case", "list")

	set := there
	set.env = append([]string{"PARLEY_CLOCK=2026-12-24T09:00:00Z"}, there.env...)
	refused(set, exitRefused, "clock", "case", "list")
	set.env[0] = "PARLEY_CLOCK=noon"
	refused(set, exitUsage, "clock", "case", "list")

	watch := exec.Command(there.path, "-o", "json", "deadline", "watch")
	var said bytes.Buffer
	watch.Env, watch.Stderr = append(os.Environ(), there.env...), &said
	_ = follow(t, watch)()

	s.must("user", "remove", "Sam Roe")
	var exit *exec.ExitError
	if err := watch.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitForbidden || !strings.Contains(said.String(), `"not-permitted"`) {
		t.Errorf("who watched and is let in no longer was told %s (%v)", &said, err)
	}
	if got := s.must("user", "list", "--jq", "length"); strings.TrimSpace(got) != "0" {
		t.Errorf("%s users", got)
	}
	refused(there, exitForbidden, "not-permitted", "case", "list")
	stranger := s.at("stranger")
	if err := s.end(os.Interrupt); err != nil {
		t.Error(err)
	}
	refused(stranger, exitUnreachable, "unreachable", "case", "list")
	stranger.must("context", "use", "--none")
	refused(program{t: t, path: s.path, env: stranger.env, store: filepath.Join(t.TempDir(), "none")}, exitNotFound, "no-store", "case", "list")
	stranger.must("context", "remove", "office")
	refused(stranger, exitNotFound, "no-context", "context", "use", "office")
}

func TestAPortThatIsTaken(t *testing.T) {
	p := newProgram(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	for _, c := range []struct {
		code string
		exit int
		args []string
	}{
		{"port-in-use", exitRefused, []string{"serve", "--listen", l.Addr().String()}},
		{"port-in-use", exitRefused, []string{"serve", "--http", l.Addr().String()}},
		{"no-tls", exitRefused, []string{"serve", "--listen", "0.0.0.0:0"}},
		{"certificate", exitRefused, []string{"serve", "--tls-cert", "nowhere.pem", "--tls-key", "nowhere.pem"}},
		{"usage", exitUsage, []string{"serve", "--listen", "here"}},
		{"usage", exitUsage, []string{"serve", "--log", "xml"}},
		{"usage", exitUsage, []string{"serve", "--nats", "nats://127.0.0.1:1", "--listen", "127.0.0.1:0"}},
		{"usage", exitUsage, []string{"serve", "--creds", "serve.key"}},
		{"usage", exitUsage, []string{"--store", filepath.Join(t.TempDir(), "s"), "init", "--lmc", "X", "--code", "XYZ", "--replicas", "3"}},
		{"own-log", exitRefused, []string{"serve", "--nats", "nats://" + l.Addr().String()}},
		{"unreachable", exitUnreachable, []string{"--store", filepath.Join(t.TempDir(), "s"), "serve", "--nats", "nats://127.0.0.1:1"}},
		{"unreachable", exitUnreachable, []string{"--store", filepath.Join(t.TempDir(), "s"), "init", "--lmc", "X", "--code", "XYZ", "--nats", "nats://127.0.0.1:1"}},
	} {
		e := p.run(0, c.args...)
		if e.code != c.exit || !strings.Contains(e.stderr, `"code":"`+c.code+`"`) {
			t.Errorf("parley %q ended with %d: %s", c.args, e.code, e.stderr)
		}
	}
	if _, there := storedir.Discover(p.store); there {
		t.Error("a server that did not start is announced")
	}
	p.must("verify")
}

func TestWatching(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be interrupted there")
	}
	for _, served := range []bool{true, false} {
		t.Run(fmt.Sprintf("served %t", served), func(t *testing.T) {
			p := newProgram(t)
			var s *server
			if served {
				s = p.serve()
			}
			opened, _ := p.run(0, "case", "open", "--icb", "QR1", "--service", "ecg", "--title", "ECGs").acknowledged()
			watch := exec.Command(p.path, "--store", p.store, "-o", "json", "case", "watch", opened.Ref)
			due := exec.Command(p.path, "--store", p.store, "-o", "json", "deadline", "watch", "--within", "60d")
			lines, dates := follow(t, watch), follow(t, due)
			version := regexp.MustCompile(`"version":(\d+)`)
			for i := 1; i <= 3; i++ {
				if got := version.FindStringSubmatch(lines()); got == nil || got[1] != fmt.Sprint(i) {
					t.Fatalf("look %d shows version %q", i, got)
				}
				if got := strings.Count(dates(), `"id"`); got != i-1 {
					t.Fatalf("look %d shows %d deadlines", i, got)
				}
				if i < 3 {
					p.must("foi", "send", opened.Ref, "--about", fmt.Sprint("question ", i))
				}
			}
			if served { // they go on with the store when the server stops
				if err := s.end(os.Interrupt); err != nil {
					t.Fatal(err)
				}
				p.must("foi", "send", opened.Ref, "--about", "question 3")
				if got := version.FindStringSubmatch(lines()); got == nil || got[1] != "4" {
					t.Fatalf("after the server has stopped it shows version %q", got)
				}
				if got := strings.Count(dates(), `"id"`); got != 3 {
					t.Fatalf("after the server has stopped it shows %d deadlines", got)
				}
			}
			for _, c := range []*exec.Cmd{watch, due} {
				if err := c.Process.Signal(os.Interrupt); err != nil {
					t.Fatal(err)
				}
				var exit *exec.ExitError
				if err := c.Wait(); !errors.As(err, &exit) || exit.ExitCode() != exitInterrupted {
					t.Errorf("it ended with %v", err)
				}
			}
		})
	}
}

// follow starts a command and returns what waits for the next line it prints.
func follow(t *testing.T, c *exec.Cmd) func() string {
	t.Helper()
	out, in := io.Pipe()
	c.Stdout = in
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = in.Close()
	})
	lines := make(chan string)
	go func() {
		for s := bufio.NewScanner(out); s.Scan(); {
			lines <- s.Text()
		}
	}()
	return func() string {
		t.Helper()
		select {
		case line := <-lines:
			return line
		case <-time.After(time.Minute):
			t.Fatal("nothing more is printed")
			return ""
		}
	}
}
