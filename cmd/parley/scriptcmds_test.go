package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"github.com/itchyny/gojq"
	"github.com/rogpeppe/go-internal/testscript"

	"parley/adapters/storedir"
)

// The commands that scripts have beside those of testscript.

// makeStore: store [-empty]. It makes a rehearsal store of Gloucestershire's LMC
// with the made-up practices, unless it is to be empty, and starts a server on it
// if the script is run with one.
func makeStore(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(ts.Exec("parley", "init", "--lmc", "Gloucestershire LMC", "--code", "GLO", "--actor", "jo", "--rehearsal"))
	if ts.Value(serves{}).(bool) {
		startServer(ts)
	}
	if len(args) > 0 && args[0] == "-empty" {
		return
	}
	ts.Check(ts.Exec("parley", "directory", "import", ts.MkAbs("practices.csv"), "--as-at", "2026-02-06"))
}

// serves is under what a script keeps whether it is run with a server.
type serves struct{}

// startServer starts a server on the script's store, which ends with the script.
// It sends no alerts: the clocks of scripts go back and forth.
func startServer(ts *testscript.TestScript) {
	cmd := exec.Command(filepath.Join(filepath.SplitList(ts.Getenv("PATH"))[0], "parley"), "serve", "-o", "json", "--log", "json", "--alerts=false")
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), "PARLEY_STORE="+ts.Getenv("PARLEY_STORE"), "PARLEY_CLOCK="+ts.Getenv("PARLEY_CLOCK"), "PARLEY_KEY_FILE="+ts.Getenv("PARLEY_KEY_FILE"))
	var log bytes.Buffer
	cmd.Stderr = &log
	stdout, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	var ready served
	if err := json.NewDecoder(stdout).Decode(&ready); err != nil {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		ts.Fatalf("the server does not start: %v\n%s", err, log.Bytes())
	}
	stop := sync.OnceFunc(func() {
		err := cmd.Process.Signal(os.Interrupt)
		if ended := cmd.Wait(); ended != nil || err != nil || bytes.Contains(log.Bytes(), []byte(`"level":"ERROR"`)) {
			ts.Fatalf("the server ended with %v, %v:\n%s", err, ended, log.Bytes())
		}
	})
	*ts.Value(stops{}).(*func()) = stop
	ts.Defer(stop)
}

// stops is under what a script keeps how its server is stopped.
type stops struct{}

// stopServer: stop-server. It stops the server of the script. (The stop of testscript
// itself ends the script there and then.)
// Where the script has a store of its own there is none to stop.
func stopServer(ts *testscript.TestScript, _ bool, _ []string) {
	if stop := *ts.Value(stops{}).(*func()); stop != nil {
		stop()
	}
}

// exits: exits CODE COMMAND ARG... It runs the command, which must end so.
func exits(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	if got := exitOf(ts, ts.Exec(args[1], args[2:]...)); got != want {
		ts.Fatalf("%s ended with %d, not %d", strings.Join(args[1:], " "), got, want)
	}
}

func exitOf(ts *testscript.TestScript, err error) int {
	var exit *exec.ExitError
	if err == nil {
		return 0
	}
	if !errors.As(err, &exit) {
		ts.Fatalf("%v", err)
	}
	return exit.ExitCode()
}

// refused: refused EXIT CODE ARG... It runs parley, which must refuse with that
// exit code and that code in JSON: with nothing on stdout, with what and why
// and a next step on stderr, and with nothing recorded.
func refused(ts *testscript.TestScript, _ bool, args []string) {
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	code, line := args[1], args[2:]
	before := marked(ts)

	var told struct {
		Error struct{ Code, Message, Hint string }
	}
	exit, stdout, stderr := run(ts, append(line, "-o", "json")...)
	switch err := json.Unmarshal(stderr, &told); {
	case err != nil:
		ts.Fatalf("stderr is not one JSON object: %v\n%s", err, stderr)
	case exit != want || told.Error.Code != code:
		ts.Fatalf("ended with %d %s, not with %d %s\n%s", exit, told.Error.Code, want, code, stderr)
	case told.Error.Message == "" || told.Error.Hint == "" || len(stdout) > 0:
		ts.Fatalf("with -o json: no message, no hint, or something on stdout\n%s%s", stdout, stderr)
	}

	exit = exitOf(ts, ts.Exec("parley", line...))
	out, complaint := ts.ReadFile("stdout"), ts.ReadFile("stderr")
	switch {
	case exit != want || out != "":
		ts.Fatalf("ended with %d and %q on stdout, not with %d and nothing", exit, out, want)
	case !strings.Contains(complaint, "parley: "+told.Error.Message+"\n"):
		ts.Fatalf("stderr does not say %q:\n%s", told.Error.Message, complaint)
	case !strings.HasSuffix(complaint, "Next: "+told.Error.Hint+"\n"):
		ts.Fatalf("stderr does not end with the next step, %q:\n%s", told.Error.Hint, complaint)
	}
	if _, last, _ := run(ts, "verify", "--jq", ".last"); string(bytes.TrimSpace(last)) != before {
		ts.Fatalf("the log went from position %s to %s", before, last)
	}
}

// recordedCommits: recorded [N]. Without a number it notes how many commits the
// log has; with one, that so many have come since.
func recordedCommits(ts *testscript.TestScript, _ bool, args []string) {
	now, err := strconv.Atoi(commits(ts))
	ts.Check(err)
	if len(args) == 1 {
		want, err := strconv.Atoi(args[0])
		ts.Check(err)
		before, err := strconv.Atoi(ts.Getenv("COMMITS"))
		ts.Check(err)
		if now-before != want {
			ts.Fatalf("%d commits were recorded, not %d", now-before, want)
		}
	}
	ts.Setenv("COMMITS", strconv.Itoa(now))
}

// marked returns the position that the log was last known to have reached, as
// verify writes it; nothing where there is no store.
func marked(ts *testscript.TestScript) string {
	if _, err := os.Stat(filepath.Join(ts.Getenv("PARLEY_STORE"), "store.json")); err != nil {
		return ""
	}
	if _, served := storedir.Discover(ts.Getenv("PARLEY_STORE")); served {
		_, last, _ := run(ts, "verify", "--jq", ".last")
		return string(bytes.TrimSpace(last))
	}
	data, err := os.ReadFile(filepath.Join(ts.Getenv("PARLEY_STORE"), "highwater.json"))
	if errors.Is(err, fs.ErrNotExist) {
		return "0"
	}
	ts.Check(err)
	var mark struct{ Position uint64 }
	ts.Check(json.Unmarshal(data, &mark))
	return fmt.Sprint(mark.Position)
}

// commits counts the commits of the log; there are none where there is no store.
func commits(ts *testscript.TestScript) string {
	_, stdout, _ := run(ts, "verify", "--jq", ".commits")
	return string(bytes.TrimSpace(stdout))
}

// run runs parley without touching the stdout and stderr that the script sees.
func run(ts *testscript.TestScript, args ...string) (exit int, stdout, stderr []byte) {
	var out, complaint bytes.Buffer
	cmd := exec.Command(filepath.Join(filepath.SplitList(ts.Getenv("PATH"))[0], "parley"), args...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), "PARLEY_STORE="+ts.Getenv("PARLEY_STORE"), "PARLEY_CLOCK="+ts.Getenv("PARLEY_CLOCK"), "PARLEY_KEY_FILE="+ts.Getenv("PARLEY_KEY_FILE"))
	cmd.Stdout, cmd.Stderr = &out, &complaint
	return exitOf(ts, cmd.Run()), out.Bytes(), complaint.Bytes()
}

// answer runs parley, which must succeed, and returns what it answers in JSON.
func answer[T any](ts *testscript.TestScript, args ...string) (value T) {
	exit, stdout, stderr := run(ts, append(args, "-o", "json")...)
	if exit != 0 {
		ts.Fatalf("parley %s ended with %d: %s", strings.Join(args, " "), exit, stderr)
	}
	ts.Check(json.Unmarshal(stdout, &value))
	return value
}

// jq: jq [-stderr] EXPRESSION WANT. The last output, which must be one JSON
// value and nothing else, must give that, as jq -r would print it.
func jq(ts *testscript.TestScript, neg bool, args []string) {
	from := "stdout"
	if args[0] == "-stderr" {
		from, args = "stderr", args[1:]
	}
	if len(args) != 2 {
		ts.Fatalf("usage: jq [-stderr] EXPRESSION WANT")
	}
	query, err := gojq.Parse(args[0])
	ts.Check(err)
	output := ts.ReadFile(from)
	dec := json.NewDecoder(strings.NewReader(output))
	var value any
	ts.Check(dec.Decode(&value))
	if _, err := dec.Token(); err != io.EOF {
		ts.Fatalf("%s holds more than one JSON value:\n%s", from, output)
	}
	var got []string
	for results := query.Run(value); ; {
		result, ok := results.Next()
		if !ok {
			break
		}
		switch result := result.(type) {
		case error:
			ts.Fatalf("jq: %v", result)
		case string:
			got = append(got, result)
		default:
			line, err := gojq.Marshal(result)
			ts.Check(err)
			got = append(got, string(line))
		}
	}
	if all := strings.Join(got, "\n"); (all == args[1]) == neg {
		ts.Fatalf("jq %s gives %s", args[0], all)
	}
}

// holding is under what a script keeps the store that it holds.
type holding struct{}

// hold: hold. The store is held by a process that is not parley's, until release.
func hold(ts *testscript.TestScript, _ bool, _ []string) {
	dir, err := storedir.Open(context.Background(), ts.Getenv("PARLEY_STORE"), storedir.Claim{Command: "parley directory import"})
	ts.Check(err)
	held := ts.Value(holding{}).(**storedir.Dir)
	*held = dir
	ts.Defer(func() {
		if *held != nil {
			_ = (*held).Close()
		}
	})
}

// release: release. It lets go of the store again.
func release(ts *testscript.TestScript, _ bool, _ []string) {
	held := ts.Value(holding{}).(**storedir.Dir)
	ts.Check((*held).Close())
	*held = nil
}
