package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/events"
)

// The tests whose names begin with TestTorture show what the log survives: each
// ends with parley verify and a comparison of the log with what was acknowledged.
// go test runs them in a short form; with PARLEY_TORTURE=long, as under make
// torture, they go on for longer. What each has done it says with tortured, for
// the report that cmd/parley-torture makes.

// sized returns how much is to be done: this much, or that much in the long form.
func sized(short, long int) int {
	if os.Getenv("PARLEY_TORTURE") == "long" {
		return long
	}
	return short
}

// tortureSeed is what the random choices of a run follow from. It is another in
// each run of the long form, unless PARLEY_TORTURE_SEED names one.
func tortureSeed(t *testing.T) uint64 {
	t.Helper()
	seed := uint64(26)
	if named, err := strconv.ParseUint(os.Getenv("PARLEY_TORTURE_SEED"), 10, 64); err == nil {
		seed = named
	} else if sized(0, 1) == 1 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("PARLEY_TORTURE_SEED=%d", seed)
	return seed
}

// tortured says what was done and how often, for the report.
func tortured(t *testing.T, format string, args ...any) {
	t.Helper()
	t.Logf("tortured: "+format, args...)
}

// crowd is the processes of one program that are at work at the same time, so
// that whichever has the store can be killed.
type crowd struct {
	mu     sync.Mutex
	within map[int]*os.Process
}

// start starts a process, and returns what waits for its end.
func (c *crowd) start(cmd *exec.Cmd) (wait func() error, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	if c.within == nil {
		c.within = map[int]*os.Process{}
	}
	pid := cmd.Process.Pid
	c.within[pid] = cmd.Process
	return func() error {
		err := cmd.Wait()
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.within, pid)
		return err
	}, nil
}

// kill kills one of these processes, and returns whether it was still there.
func (c *crowd) kill(pid int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	p := c.within[pid]
	return p != nil && p.Kill() == nil
}

// checkAcknowledged compares the log with what was acknowledged, by command:
// every command on a case is there once, where its answer says, no version is
// there twice, and nobody's clock ran backwards.
func checkAcknowledged(t *testing.T, log events.History, answers map[string]changed) {
	t.Helper()
	found := map[string]int{}
	last := map[events.Aggregate]events.Recorded{}
	for _, c := range log {
		if before := last[c.Aggregate]; c.Version != before.Version+1 || c.RecordedAt.Before(before.RecordedAt) || c.Position <= before.Position {
			t.Errorf("%s version %d of %s at position %d follows version %d of %s at position %d",
				c.Aggregate, c.Version, c.RecordedAt, c.Position, before.Version, before.RecordedAt, before.Position)
		}
		last[c.Aggregate] = c
		if c.Aggregate.Kind != events.KindCase {
			continue
		}
		id := c.Command.String()
		found[id]++
		answer, known := answers[id]
		switch {
		case !known:
			t.Errorf("position %d: nobody was told of %s version %d", c.Position, c.Aggregate, c.Version)
		case found[id] > 1:
			t.Errorf("position %d: command %s is there %d times", c.Position, id, found[id])
		case answer.Ref != c.Aggregate.ID || answer.Version != c.Version || len(answer.Recorded) != len(c.Facts):
			t.Errorf("position %d: %s version %d with %d events was acknowledged as %s version %d with %d",
				c.Position, c.Aggregate, c.Version, len(c.Facts), answer.Ref, answer.Version, len(answer.Recorded))
		}
	}
	for id, answer := range answers {
		if found[id] == 0 {
			t.Errorf("the acknowledged command %s is lost: %+v", id, answer)
		}
	}
}

// refusal returns the code and the message of a command that failed.
func (e ended) refusal() (code, message string) {
	var said struct {
		Error struct{ Code, Message string }
	}
	lines := strings.Split(strings.TrimSpace(e.stderr), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &said); err != nil {
		return "", fmt.Sprintf("exit %d: %s", e.code, e.stderr)
	}
	return said.Error.Code, said.Error.Message
}
