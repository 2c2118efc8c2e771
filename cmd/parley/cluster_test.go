package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"parley/adapters/natstest"
	"parley/adapters/users"
)

// The topology of docker-compose.yml: three NATS servers that keep the log, and
// two servers of Parley on it. Either may be lost while people work.
func TestTwoServersOnACluster(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a cluster")
	}
	cluster := natstest.Start(t, "jo", "Sam Roe")
	p := program{t: t, path: filepath.Join(t.TempDir(), "parley.exe")}
	build(t, p.path)
	nats := []string{"--nats", cluster.URLs(), "--replicas", "3", "--creds"}
	begin := append([]string{"init", "--lmc", "Severnshire LMC", "--code", "SEV"}, append(nats, cluster.Key(natstest.Init))...)
	p.store = filepath.Join(t.TempDir(), "init")
	for range 2 { // the second time there is nothing to do
		p.must(begin...)
	}
	var servers [2]*server
	for i := range servers {
		folder := p
		folder.store = filepath.Join(t.TempDir(), "store")
		servers[i] = folder.serve(append([]string{"--http", "127.0.0.1:0"}, append(nats, cluster.Key(natstest.Server))...)...)
		if got := servers[i].ready; got.Code != "SEV" || got.LMC != "Severnshire LMC" {
			t.Errorf("server %d serves %+v", i, got)
		}
	}
	office := func(name string) program {
		home := t.TempDir()
		key := filepath.Join(home, "key")
		if err := users.WriteKey(key, name, cluster.Seed(name)); err != nil {
			t.Fatal(err)
		}
		there := program{t: t, path: p.path, env: []string{"XDG_CONFIG_HOME=" + home, "HOME=" + home, "AppData=" + home}}
		there.must("context", "add", "office", "--url", cluster.URLs(), "--creds", key)
		return there
	}
	people := []program{office("jo"), office("Sam Roe")}
	list := filepath.Join(t.TempDir(), "epraccur.csv")
	if err := os.WriteFile(list, []byte(listOfEight()), 0o600); err != nil {
		t.Fatal(err)
	}
	people[0].must("directory", "import", list)
	opened, ok := people[0].run(0, "case", "open", "--icb", "QR1", "--service", "ecg", "--title", "ECGs", "--practice", eight()[0]).acknowledged()
	if !ok {
		t.Fatal("no case is open")
	}
	takeNotes(t, people, opened.Ref, 4, "with both servers")
	if err := servers[0].end(os.Kill); err == nil {
		t.Fatal("it was not killed")
	}
	takeNotes(t, people, opened.Ref, 4, "with one")
	cluster.Kill(0)
	takeNotes(t, people, opened.Ref, 4, "with two of three")
	cluster.Restart(0)
	got := people[1].must("case", "timeline", opened.Ref, "--jq", `map(select(.text | startswith("Note")) | .actor) | group_by(.) | map([.[0], length | tostring] | join(":")) | join(" ")`)
	if strings.TrimSpace(got) != "Sam Roe:12 jo:12" {
		t.Errorf("recorded by %s", got)
	}
	people[0].must("verify")
	if err := servers[1].end(os.Interrupt); err != nil {
		t.Errorf("%v\n%s", err, servers[1].log)
	}
}

// takeNotes has each of people record so many notes, one after another, each from a
// process of its own that sees what the one before has recorded.
func takeNotes(t *testing.T, people []program, ref string, notes int, what string) {
	t.Helper()
	var wg sync.WaitGroup
	for _, p := range people {
		wg.Go(func() {
			for n := range notes {
				e := p.run(0, "case", "note", ref, "--text", fmt.Sprintf("%s, %d", what, n))
				answer, ok := e.acknowledged()
				if !ok {
					t.Errorf("%s: exit %d\n%s", what, e.code, e.stderr)
					return
				}
				if seen := p.must("case", "show", ref, "--jq", fmt.Sprintf(".version >= %d", answer.Version)); strings.TrimSpace(seen) != "true" {
					t.Errorf("%s: version %d is not seen by the one who recorded it", what, answer.Version)
				}
			}
		})
	}
	wg.Wait()
}
