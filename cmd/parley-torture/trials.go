package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// trial is one thing that was tried, and what came of it.
type trial struct {
	name   string   // TestTortureACluster, or FuzzDecode in ./events
	done   []string // what was done, in its own words, and the seed that it follows from
	passed bool
	reason string // why it was not tried; empty if it was
	output string // of one that failed
	took   time.Duration
}

// tried are the tests that torture, beside those of the fuzz targets.
const tried = `^(TestTorture.*|TestKilledAtAnyMomentNothingIsLost|TestAlertsWhileTheServerIsKilled|TestTwoServersOnACluster)$`

// tests runs the tests that torture.
func (t *torture) tests(ctx context.Context) ([]trial, error) {
	only, err := regexp.Compile(t.only)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, "go", "test", "-json", "-count=1", "-timeout=6h", "-run", tried, "./cmd/parley")
	if t.only != "" {
		list, err := exec.CommandContext(ctx, "go", "test", "-list", tried, "./cmd/parley").Output()
		if err != nil {
			return nil, fmt.Errorf("the tests cannot be listed: %w", err)
		}
		var names []string
		for name := range strings.Lines(string(list)) {
			if name = strings.TrimSpace(name); strings.HasPrefix(name, "Test") && only.MatchString(name) {
				names = append(names, name)
			}
		}
		if len(names) == 0 {
			return nil, nil
		}
		cmd = exec.CommandContext(ctx, "go", "test", "-json", "-count=1", "-timeout=6h", "-run", "^("+strings.Join(names, "|")+")$", "./cmd/parley")
	}
	cmd.Env = os.Environ()
	if !t.short {
		cmd.Env = append(cmd.Env, "PARLEY_TORTURE=long")
	}
	cmd.Stderr = t.progress
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("the tests cannot be run: %w", err)
	}
	trials, err := t.follow(out)
	var exit *exec.ExitError
	if ended := cmd.Wait(); err == nil && ended != nil && (!errors.As(ended, &exit) || len(trials) == 0) {
		err = fmt.Errorf("the tests do not run: %w", ended)
	}
	return trials, err
}

// follow reads what go test -json says.
func (t *torture) follow(out io.Reader) ([]trial, error) {
	var trials []trial
	said := map[string]*bytes.Buffer{}
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e struct {
			Action, Test, Output string
			Elapsed              float64
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return trials, fmt.Errorf("go test said %q: %w", lines.Bytes(), err)
		}
		whole, _, _ := strings.Cut(e.Test, "/")
		if said[whole] == nil {
			said[whole] = new(bytes.Buffer)
		}
		said[whole].WriteString(e.Output)
		if e.Test == "" || e.Test != whole || e.Action != "pass" && e.Action != "fail" && e.Action != "skip" {
			continue
		}
		made := trialOf(whole, e.Action, said[whole].String(), time.Duration(e.Elapsed*float64(time.Second)))
		trials = append(trials, made)
		t.tell(made, e.Action)
	}
	return trials, lines.Err()
}

var (
	wasDone = regexp.MustCompile(`(?m)^\s+\w+\.go:\d+: (?:tortured: (.*)|(PARLEY_TORTURE_SEED=\d+))$`)
	skipped = regexp.MustCompile(`(?m)^\s+\w+\.go:\d+: (.*)$`)
)

// trialOf is the trial of a test that ended so.
func trialOf(name, action, said string, took time.Duration) trial {
	made := trial{name: name, passed: action == "pass", took: took}
	for _, found := range wasDone.FindAllStringSubmatch(said, -1) {
		if what := found[1] + found[2]; !slices.Contains(made.done, what) { // parts of a trial may go by one seed
			made.done = append(made.done, what)
		}
	}
	switch action {
	case "skip":
		made.reason = "skipped"
		if found := skipped.FindAllStringSubmatch(said, -1); len(found) > 0 {
			made.reason = "skipped: " + found[len(found)-1][1]
		}
	case "fail":
		made.output = said
	}
	return made
}

// target is a fuzz target.
type target struct{ dir, name string }

var fuzzes = regexp.MustCompile(`(?m)^func (Fuzz\w+)\(`)

// targets finds every fuzz target below a folder, in its order.
func targets(root fs.FS) ([]target, error) {
	var all []target
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" || entry.Name() == "tools"):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, "_test.go"):
			return nil
		}
		source, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		for _, found := range fuzzes.FindAllSubmatch(source, -1) {
			all = append(all, target{"./" + path.Dir(name), string(found[1])})
		}
		return nil
	})
	return all, err
}

// fuzzing runs each fuzz target for a while.
func (t *torture) fuzzing(ctx context.Context) ([]trial, error) {
	only, err := regexp.Compile(t.only)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(".", "go.mod")); err != nil {
		return nil, fmt.Errorf("this is not the repository: %w", err)
	}
	all, err := targets(os.DirFS("."))
	if err != nil {
		return nil, err
	}
	var wanted []target
	for _, f := range all {
		if only.MatchString(f.name) {
			wanted = append(wanted, f)
		}
	}
	trials := make([]trial, len(wanted))
	var workers sync.WaitGroup
	next := make(chan int)
	for range runtime.NumCPU() { // each target has one processor to itself
		workers.Go(func() {
			for i := range next {
				trials[i] = t.fuzzOne(ctx, wanted[i])
				t.tell(trials[i], trials[i].done[0])
			}
		})
	}
	for i := range wanted {
		next <- i
	}
	close(next)
	workers.Wait()
	return trials, ctx.Err()
}

// fuzzOne runs one fuzz target for a while.
func (t *torture) fuzzOne(ctx context.Context, f target) trial {
	began := time.Now()
	said, err := exec.CommandContext(ctx, "go", "test", f.dir, "-run", "^$", "-fuzz", "^"+f.name+"$", "-fuzztime", t.fuzz.String(), "-fuzzminimizetime", "1x", "-parallel", "1").CombinedOutput()
	made := trial{name: f.name + " in " + f.dir, passed: err == nil, took: time.Since(began), done: []string{executions(said)}}
	if err != nil {
		made.output = string(said)
	}
	return made
}

// tell says how a trial ended, and all that was said by one that failed: whoever
// breaks off the rest has seen it.
func (t *torture) tell(made trial, how string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, _ = fmt.Fprintf(t.progress, "%s: %s in %s\n", made.name, how, made.took.Round(time.Second))
	if made.output != "" {
		_, _ = fmt.Fprintf(t.progress, "%s\n", ends(made.output))
	}
}

var execs = regexp.MustCompile(`execs: (\d+)`)

// executions says how many inputs a fuzz target was given.
func executions(said []byte) string {
	found := execs.FindAllSubmatch(said, -1)
	if len(found) == 0 {
		return "no inputs"
	}
	return string(found[len(found)-1][1]) + " inputs"
}
