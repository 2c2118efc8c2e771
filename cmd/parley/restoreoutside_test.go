package main

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/nats-io/nats.go"

	"parley/adapters/natslog"
	"parley/adapters/natstest"
	"parley/adapters/users"
)

// Who runs a restore onto NATS servers again after it was cut short there is told
// so, and not that somebody has begun a log.
func TestARestoreElsewhereThatWasCutShort(t *testing.T) {
	p := newStore(t)
	p.fillLog(1, 3)
	n, dir := oneNATS(t), t.TempDir()
	file, key := filepath.Join(dir, "one.backup"), filepath.Join(dir, "key")
	if err := users.WriteKey(key, natstest.Init, n.seeds[natstest.Init]); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) ended {
		var stdout, stderr bytes.Buffer
		code := p.app(&stdout, &stderr).run(t.Context(), append([]string{"-o", "json", "--store", p.store}, args...))
		return ended{stdout: stdout.String(), stderr: stderr.String(), code: code}
	}
	if e := run("backup", "--to", file); e.code != exitOK {
		t.Fatal(e.stderr)
	}
	for _, args := range [][]string{{"restore", file}, {"init", "--lmc", "Gloucestershire LMC", "--code", "GLO", "--store", filepath.Join(dir, "new")}} {
		e := run(append(args, "--nats", n.url, "--creds", key, "--replicas", "3")...) // and it is one server
		if code, message := e.refusal(); code != "no-cluster" || e.code != exitRefused {
			t.Errorf("%s, three copies: %d, %s: %s", args[0], e.code, code, message)
		}
	}
	option, err := nats.NkeyOptionFromSeed(key)
	if err != nil {
		t.Fatal(err)
	}
	nc, err := nats.Connect(n.url, option)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	if _, err := natslog.Open(t.Context(), nc, natslog.Guard{LMC: "GLO", Filling: 4}); err != nil { // and no further
		t.Fatal(err)
	}
	for _, dry := range [][]string{nil, {"--dry-run"}} {
		e := run(append([]string{"restore", file, "--nats", n.url, "--creds", key}, dry...)...)
		if code, message := e.refusal(); code != "unfinished" {
			t.Errorf("%q: %d, %s: %s", dry, e.code, code, message)
		}
	}
}
