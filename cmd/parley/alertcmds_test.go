package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// The scripts in testdata/alerts are about what goes out: they have a postbox
// that receives it, and start and stop servers themselves.
func TestAlertScripts(t *testing.T) {
	bin := t.TempDir()
	ending := ""
	if runtime.GOOS == "windows" {
		ending = ".exe"
	}
	build(t, filepath.Join(bin, "parley"+ending))
	postbox := filepath.Join(bin, "parley-postbox"+ending)
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", postbox, "../parley-postbox").CombinedOutput(); err != nil {
		t.Fatalf("the postbox does not build: %v\n%s", err, out)
	}
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "alerts"),
		Setup: func(env *testscript.Env) error {
			env.Values[alertScript{}] = &alertPrograms{}
			return setUp(env, bin, false)
		},
		Condition:           func(name string) (bool, error) { return condition(name, false) },
		RequireExplicitExec: true, RequireUniqueNames: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"store": makeStore, "exits": exits, "refused": refused, "recorded": recordedCommits, "jq": jq, "calendar-attached": calendarAttached, "bank-holidays": bankHolidays,
			"postbox": postboxes, "arrived": arrived, "settings": alertSettings, "unset": unset, "calendar-at": calendarAt, "bad": badSettings, "server": servers, "await": await,
			"fetch": fetch, "readme": readme, "shows": shows,
		},
	})
}

// alertScript is under what a script keeps the programs that it has started.
type alertScript struct{}

type alertPrograms struct{ postbox, server *companion }

func programsOf(ts *testscript.TestScript) *alertPrograms {
	return ts.Value(alertScript{}).(*alertPrograms)
}

// companion is a program that runs beside a script, and tells what it does in lines.
type companion struct {
	cmd    *exec.Cmd
	stderr bytes.Buffer // to be looked at when it has ended
	more   chan struct{}
	read   sync.WaitGroup

	mu    sync.Mutex
	lines []string // of its stdout
}

// start starts a program and returns it with its first line, which is JSON.
func start(ts *testscript.TestScript, ready any, name string, args ...string) *companion {
	p := &companion{more: make(chan struct{}, 1)}
	p.cmd = exec.Command(filepath.Join(filepath.SplitList(ts.Getenv("PATH"))[0], name), args...)
	p.cmd.Dir, p.cmd.Stderr = ts.MkAbs("."), &p.stderr
	p.cmd.Env = append(os.Environ(), "PARLEY_STORE="+ts.Getenv("PARLEY_STORE"), "PARLEY_CLOCK="+ts.Getenv("PARLEY_CLOCK"))
	stdout, err := p.cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(p.cmd.Start())
	ts.Defer(func() {
		if p.cmd.ProcessState == nil {
			_ = p.cmd.Process.Kill()
			p.read.Wait()
			_ = p.cmd.Wait()
		}
	})
	p.read.Go(func() { p.listen(stdout) })
	lines := p.await(1)
	if len(lines) == 0 {
		p.read.Wait()
		_ = p.cmd.Wait()
		ts.Fatalf("%s does not start:\n%s", name, p.stderr.Bytes())
	}
	ts.Check(json.Unmarshal([]byte(lines[0]), ready))
	return p
}

// listen takes in what the program tells until it ends.
func (p *companion) listen(stdout io.Reader) {
	defer close(p.more)
	for all := bufio.NewReader(stdout); ; {
		line, err := all.ReadString('\n')
		if err != nil {
			return
		}
		p.mu.Lock()
		p.lines = append(p.lines, line)
		p.mu.Unlock()
		select {
		case p.more <- struct{}{}:
		default:
		}
	}
}

// longest bounds what scripts wait for; nothing is to take as long.
const longest = 2 * time.Minute

// await waits until the program has told so many lines, and returns all it has.
func (p *companion) await(n int) []string {
	for late := time.After(longest); ; {
		p.mu.Lock()
		lines := append([]string(nil), p.lines...)
		p.mu.Unlock()
		if len(lines) >= n {
			return lines
		}
		select {
		case _, on := <-p.more:
			if !on {
				p.mu.Lock()
				defer p.mu.Unlock()
				return p.lines
			}
		case <-late:
			return lines
		}
	}
}

// stop interrupts the program, which must end well.
func (p *companion) stop(ts *testscript.TestScript) {
	if runtime.GOOS == "windows" { // there are no signals
		ts.Check(p.cmd.Process.Kill())
		p.read.Wait()
		_ = p.cmd.Wait()
		return
	}
	ts.Check(p.cmd.Process.Signal(os.Interrupt))
	p.read.Wait()
	if err := p.cmd.Wait(); err != nil && exitOf(ts, err) != exitInterrupted {
		ts.Fatalf("%s ended with %v:\n%s", p.cmd, err, p.stderr.Bytes())
	}
}

// postboxes: postbox [FLAG...] | postbox stop. It starts a postbox in place of
// the one before: $SMTP and $SMTPPORT are where it takes mail, $HTTP where it
// takes cards, and the folder $WORK/postbox keeps all. Once stopped, its
// addresses are good for nothing.
func postboxes(ts *testscript.TestScript, _ bool, args []string) {
	programs := programsOf(ts)
	if programs.postbox != nil {
		programs.postbox.stop(ts)
		programs.postbox = nil
	}
	if len(args) == 1 && args[0] == "stop" {
		return
	}
	var at struct{ SMTP, HTTP string }
	smtp, web := "127.0.0.1:0", "127.0.0.1:0"
	if before := ts.Getenv("SMTP"); before != "" { // where it was
		smtp, web = before, strings.TrimPrefix(ts.Getenv("HTTP"), "http://")
	}
	programs.postbox = start(ts, &at, "parley-postbox", append([]string{"-o", "json", "-dir", ts.MkAbs("postbox"), "-smtp", smtp, "-http", web}, args...)...)
	_, port, err := net.SplitHostPort(at.SMTP)
	ts.Check(err)
	ts.Setenv("SMTP", at.SMTP)
	ts.Setenv("SMTPPORT", port)
	ts.Setenv("HTTP", at.HTTP)
}

// arrived: arrived N. It waits until so much has arrived at the postbox since it
// was started, fails if it is more, and puts all of it on stdout as JSON.
func arrived(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	lines := programsOf(ts).postbox.await(want + 1)[1:]
	if len(lines) != want {
		ts.Fatalf("%d have arrived, not %d:\n%s", len(lines), want, strings.Join(lines, ""))
	}
	_, err = io.WriteString(ts.Stdout(), "["+strings.Join(lines, ",")+"]\n")
	ts.Check(err)
}

// calendarAt: calendar-at. $FEED is the path of the calendar of which the last
// output gave the address.
func calendarAt(ts *testscript.TestScript, _ bool, _ []string) {
	path := regexp.MustCompile(`/calendar/\S+`).FindString(ts.ReadFile("stdout"))
	if path == "" {
		ts.Fatalf("there is no address")
	}
	ts.Setenv("FEED", path)
}

// calendarAttached: calendar-attached TEXT... The last mail with a calendar that
// arrived has these lines in it, with the line ends that calendars have.
func calendarAttached(ts *testscript.TestScript, _ bool, args []string) {
	found, err := filepath.Glob(ts.MkAbs("postbox/*.ics"))
	ts.Check(err)
	if len(found) == 0 {
		ts.Fatalf("no calendar has arrived")
	}
	content := ts.ReadFile(found[len(found)-1])
	for _, line := range args {
		if !strings.Contains(content, line+"\r\n") {
			ts.Fatalf("the calendar has no line %q:\n%s", line, content)
		}
	}
}

// alertSettings: settings FILE. It puts the file in the store as alerts.toml,
// with $SMTPPORT and $HTTP filled in, and beside it the secrets it may name.
func alertSettings(ts *testscript.TestScript, _ bool, args []string) {
	store := ts.Getenv("PARLEY_STORE")
	ts.Check(os.MkdirAll(filepath.Join(store, "secrets"), 0o700))
	for name, content := range map[string]string{
		"alerts.toml":            os.Expand(ts.ReadFile(args[0]), ts.Getenv),
		"secrets/teams-url":      ts.Getenv("HTTP") + "/teams\n",
		"secrets/webhook-secret": "a secret of some length\n",
	} {
		ts.Check(os.WriteFile(filepath.Join(store, filepath.FromSlash(name)), []byte(content), 0o600))
	}
}

// unset: unset. The store has no settings of alerts any more.
func unset(ts *testscript.TestScript, _ bool, _ []string) {
	ts.Check(os.Remove(filepath.Join(ts.Getenv("PARLEY_STORE"), "alerts.toml")))
}

// badSettings: bad FILE LINE REGEXP. With the file as alerts.toml a sweep, doctor
// and a server all refuse: with that line, something that matches, and a next
// step. A sweep and a server say it as JSON too.
func badSettings(ts *testscript.TestScript, _ bool, args []string) {
	alertSettings(ts, false, args[:1])
	wanted := regexp.MustCompile(regexp.QuoteMeta("alerts.toml, line "+args[1]+": ") + ".*" + args[2])
	for _, line := range [][]string{{"alert", "run", "--once"}, {"serve"}} {
		exit, stdout, stderr := run(ts, line...)
		if exit != exitRefused || len(stdout) > 0 || !wanted.Match(stderr) || !bytes.Contains(stderr, []byte("\nNext: ")) {
			ts.Fatalf("%s: %s ended with %d, without %s\n%s%s", args[0], line, exit, wanted, stdout, stderr)
		}
		_, _, stderr = run(ts, append(line, "-o", "json")...)
		var told struct {
			Error struct{ Code, Message, Hint string }
		}
		for l := range bytes.Lines(stderr) { // a server logs before it
			if json.Unmarshal(l, &told) == nil && told.Error.Code != "" {
				break
			}
		}
		if told.Error.Code != "alert-settings" || !wanted.MatchString(told.Error.Message) || told.Error.Hint == "" {
			ts.Fatalf("%s: %s -o json says %s", args[0], line, stderr)
		}
	}
	exit, stdout, stderr := run(ts, "doctor", "-o", "json")
	if told := strings.NewReplacer(`\\"`, `"`, `\"`, `"`).Replace(string(stdout)); exit != exitRefused || !wanted.MatchString(told) {
		ts.Fatalf("%s: doctor ended with %d, without %s\n%s%s", args[0], exit, wanted, stdout, stderr)
	}
}

// servers: server [FLAG...] | server stop | server kill. It starts parley serve
// on the script's store; $WEB is where it answers over HTTP, if it does. stop
// lets it finish, and puts its log on stderr; kill does not.
func servers(ts *testscript.TestScript, _ bool, args []string) {
	programs := programsOf(ts)
	switch {
	case len(args) == 1 && args[0] == "stop":
		programs.server.stop(ts)
		_, err := ts.Stderr().Write(programs.server.stderr.Bytes())
		ts.Check(err)
	case len(args) == 1 && args[0] == "kill":
		ts.Check(programs.server.cmd.Process.Kill())
		programs.server.read.Wait()
		_ = programs.server.cmd.Wait()
	default:
		var ready served
		programs.server = start(ts, &ready, "parley", append([]string{"serve", "-o", "json"}, args...)...)
		ts.Setenv("WEB", ready.HTTP)
	}
}

// await: await FILE REGEXP. It waits until the file has it.
func await(ts *testscript.TestScript, _ bool, args []string) {
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	var content []byte
	for end := time.Now().Add(longest); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if content, _ = os.ReadFile(ts.MkAbs(args[0])); pattern.Match(content) {
			return
		}
	}
	ts.Fatalf("%s never had %s:\n%s", args[0], args[1], content)
}

// fetch: fetch STATUS URL. It fetches a page, which must answer so, and puts it
// on stdout, with its line ends as text has them.
func fetch(ts *testscript.TestScript, _ bool, args []string) {
	answer, err := http.Get(args[1])
	ts.Check(err)
	page, err := io.ReadAll(answer.Body)
	ts.Check(err)
	ts.Check(answer.Body.Close())
	if got := strconv.Itoa(answer.StatusCode); got != args[0] {
		ts.Fatalf("%s answers %s, not %s: %s", args[1], got, args[0], page)
	}
	_, err = ts.Stdout().Write(bytes.ReplaceAll(page, []byte("\r\n"), []byte("\n")))
	ts.Check(err)
}
