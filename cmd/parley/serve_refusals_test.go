package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/nats-io/nkeys"

	"parley/adapters/natstest"
	"parley/adapters/rpc"
	"parley/domain/alerting"
)

// refuses runs a command that must be refused with this exit code and error code,
// a next step, and these words.
func (p program) refuses(exit int, code, words string, args ...string) {
	p.t.Helper()
	e := p.run(0, args...)
	var told struct {
		Error struct{ Code, Message, Hint string }
	}
	last := e.stderr[strings.LastIndex(strings.TrimSpace(e.stderr), "\n")+1:] // after what the log says
	if err := json.Unmarshal([]byte(last), &told); err != nil || e.code != exit || told.Error.Code != code ||
		told.Error.Hint == "" || !strings.Contains(told.Error.Message, words) || e.stdout != "" {
		p.t.Errorf("parley %q ended with %d and %s%s (%v), not with %d, %s and %q", args, e.code, e.stdout, e.stderr, err, exit, code, words)
	}
}

// doctor returns what the doctor finds, and its exit code.
func (p program) doctor() (code int, checks []rpc.Check) {
	p.t.Helper()
	e := p.run(0, "doctor")
	if err := json.Unmarshal([]byte(e.stdout), &checks); err != nil {
		p.t.Fatalf("doctor: %v\n%s%s", err, e.stdout, e.stderr)
	}
	return e.code, checks
}

// strangerKey returns the file of a key that nobody knows.
func strangerKey(t *testing.T) string {
	t.Helper()
	pair, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	seed, err := pair.Seed()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, seed, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestServersThatDoNotStartOnALogElsewhere(t *testing.T) {
	n := oneNATS(t)
	o := &offices{rehearsal: &rehearsal{program: newProgram(t)}, logKeeper: n}
	own := o.program // its store keeps its own log
	p := own
	p.store = filepath.Join(t.TempDir(), "store")
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	server := func(flags ...string) []string { return append([]string{"serve"}, flags...) }
	p.refuses(exitNotFound, "no-log", "", server(o.on(natstest.Server)...)...)
	p.refuses(exitForbidden, "not-permitted", n.url, server("--nats", n.url, "--creds", strangerKey(t))...)
	p.refuses(exitForbidden, "not-permitted", n.url, server("--nats", n.url)...)
	p.refuses(exitForbidden, "bad-key", "", server("--nats", n.url, "--creds", empty)...)
	p.refuses(exitForbidden, "bad-key", "nowhere", server("--nats", n.url, "--creds", "nowhere")...)
	p.refuses(exitUnreachable, "unreachable", "127.0.0.1:1", server("--nats", "nats://127.0.0.1:1", "--creds", strangerKey(t))...)
	own.refuses(exitRefused, "own-log", "", server(o.on(natstest.Server)...)...)
	if _, err := os.Stat(p.store); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what was refused left a folder behind: %v", err)
	}
	p.must(append([]string{"init", "--lmc", "Severnshire LMC", "--code", "SEV"}, o.on(natstest.Init)...)...)
	p.refuses(exitRefused, "outside", p.store, server()...)
	other := p
	other.store = filepath.Join(t.TempDir(), "other")
	other.refuses(exitRefused, "other-log", "SEV", append([]string{"init", "--lmc", "Gloucestershire LMC", "--code", "GLO"}, o.on(natstest.Init)...)...)
	inFile := p
	inFile.store = filepath.Join(empty, "store")
	unwritable := []program{inFile}
	if runtime.GOOS == "linux" {
		unwritable = append(unwritable, program{t: t, path: p.path, store: "/proc/parley"})
	}
	for _, at := range unwritable {
		e := at.run(0, server(o.on(natstest.Server)...)...)
		if e.code == exitOK || !strings.Contains(e.stderr, `"hint":"`) || !strings.Contains(e.stderr, at.store) {
			t.Errorf("on %s a server ended with %d: %s", at.store, e.code, e.stderr)
		}
	}
}

func TestAStoreHasOneServer(t *testing.T) {
	s := newProgram(t).serve()
	s.refuses(exitUnreachable, "store-in-use", "parley serve", "--wait", "100ms", "serve")
	s.must("case", "list") // and the first one goes on
	if err := s.end(os.Interrupt); err != nil {
		t.Errorf("%v\n%s", err, s.log)
	}
}

func TestSettingsThatAreWrongKeepAServerFromStarting(t *testing.T) {
	r := &rehearsal{program: newProgram(t)}
	person := "desk = \"jo\"\nofficer = \"jo\"\n[[person]]\nname = \"jo\"\n"
	for _, c := range []struct{ settings, words string }{
		{"desk = ", "line 1"},
		{person + "channels = [\"pigeon\"]\n", "pigeon"},
		{person + "channels = [\"email\"]\n", "email"},
		{person + "channels = [\"file\"]\n[[person]]\nname = \"jo\"\nchannels = [\"file\"]\n", "jo"},
		{person + "channels = [\"file\"]\n[[ladder]]\nrungs = [{ id = \"a\", days = -1 }, { id = \"a\", days = 0 }]\n", "a"},
		{person + "channels = [\"email\"]\n[email]\nhost = \"127.0.0.1\"\ntls = \"none\"\nauth = \"none\"\nfrom = \"p@lmc.example\"\n", "jo"},
	} {
		r.settings(c.settings)
		r.refuses(exitRefused, "alert-settings", c.words, "serve")
		code, checks := r.doctor()
		named := false
		for _, check := range checks {
			named = named || !check.OK && strings.Contains(check.Detail, "alerts.toml") && strings.Contains(check.Detail, c.words)
		}
		if !named || code != exitRefused {
			t.Errorf("with\n%sthe doctor ends with %d, %+v", c.settings, code, checks)
		}
	}
}

// A mail server that is not there keeps nobody from starting, and delays no other
// channel; but nobody can overlook it.
func TestAMailServerThatIsNotThere(t *testing.T) {
	r := newRehearsal(t, "2026-10-26T08:30:00Z", codes(1))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := mailbox{addr: l.Addr()}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	r.settings(gone.settings(`, "file"`, `{ id = "day", days = 0, urgent = true }`))
	r.within("case", "open", "--icb", "QR1", "--service", "ecg", "--title", "ECGs", "--on", "2026-09-28")
	r.within("foi", "send", "GLO-26-0001", "--about", "Payments", "--on", "2026-09-28")
	s := r.here().serve()
	eventually(t, func() string {
		for _, row := range r.here().alerts("--ref", "GLO-26-0001", "--all") {
			if row.Rung != "day" {
				continue
			}
			by := map[string]alerting.Outcome{}
			for _, o := range row.Deliveries {
				by[o.Delivery.Channel] = o
			}
			if by["file"].Status == alerting.Sent && by["email"].Status == alerting.Failed && !by["email"].RetryAt.IsZero() {
				return ""
			}
			return fmt.Sprintf("%+v", row)
		}
		return "there is no such alert"
	})
	code, checks := s.doctor()
	for _, check := range checks {
		if check.OK != (check.Check != "channel email") {
			t.Errorf("the doctor finds %+v", check)
		}
	}
	if code != exitRefused || len(checks) == 0 {
		t.Errorf("the doctor ends with %d, %+v", code, checks)
	}
	if err := s.end(os.Interrupt); err != nil {
		t.Errorf("it ended with %v", err)
	}
	if said := s.log.String(); !strings.Contains(said, `msg="alerts cannot be delivered by this channel now: run parley doctor" channel=email`) || !strings.Contains(said, `msg="alert not sent"`) {
		t.Errorf("the log keeps silent about it:\n%s", said)
	}
}
