package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"parley/adapters/natslog"
	"parley/adapters/natstest"
	"parley/adapters/users"
	"parley/events"
)

// Backups are taken while four people write: each has everything that was
// acknowledged before it was begun, and the beginning of the log and nothing else.
// The last is restored in another place, encrypted, and on a cluster of three: the
// chain and every view are the same.
func TestTortureBackupsWhileWriting(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a cluster")
	}
	s := newSiege(t)
	server := s.serve("--alerts=false")
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() { s.write(i) })
	}
	backups := sized(2, 40)
	for n := range backups {
		acknowledged := s.soFar()
		p := s.restoredFrom(filepath.Join(t.TempDir(), fmt.Sprintf("%d.backup", n)))
		there := p.commits()
		found := map[string]bool{}
		for _, c := range there {
			found[c.Command.String()] = true
		}
		for id := range acknowledged {
			if !found[id] {
				t.Errorf("backup %d lacks %s, which was acknowledged before it was begun", n+1, id)
			}
		}
		if err := os.RemoveAll(p.store); err != nil {
			t.Error(err)
		}
		defer func() { s.mustBegin(there, n) }()
	}
	close(s.over)
	all.Wait()
	last := filepath.Join(t.TempDir(), "last.backup")
	s.must("backup", "--to", last)
	if err := server.end(os.Interrupt); err != nil {
		t.Errorf("%v\n%s", err, server.log)
	}
	checkAcknowledged(t, s.commits(), s.answers)
	s.elsewhere(last)
	s.onACluster(last)
	tortured(t, "%d backups while 4 people recorded %d commands; restored elsewhere, encrypted, and on a cluster of 3", backups+1, len(s.answers))
}

// soFar are the answers that were given by now.
func (s *siege) soFar() map[string]changed {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.answers)
}

// restoredFrom takes a backup, and restores it in another place.
func (s *siege) restoredFrom(file string) program {
	s.t.Helper()
	s.must("backup", "--to", file)
	p := s.program
	p.store = filepath.Join(s.t.TempDir(), "restored")
	s.must("restore", file, "--into", p.store)
	p.must("verify")
	return p
}

// mustBegin fails the test unless the log begins with what a backup had.
func (s *siege) mustBegin(had events.History, n int) {
	s.t.Helper()
	now := s.commits()
	if len(had) > len(now) || !slices.EqualFunc(had, now[:min(len(had), len(now))], sameCommit) {
		s.t.Errorf("backup %d had %d commits, which are not the first of the %d", n+1, len(had), len(now))
	}
}

func sameCommit(a, b events.Recorded) bool { return a.Position == b.Position && a.Hash == b.Hash }

// seen is what the views say, question by question.
func seen(p program, refs []string) []string {
	p.t.Helper()
	all := []string{p.must("case", "list", "--closed"), p.must("deadline", "list"), p.must("directory", "find", "surgery"), p.must("alert", "list", "--all")}
	for _, ref := range refs {
		all = append(all, p.must("case", "show", ref), p.must("case", "timeline", ref))
	}
	return all
}

// elsewhere restores a backup in another place, plain and encrypted.
func (s *siege) elsewhere(file string) {
	s.t.Helper()
	want := seen(s.program, s.refs)
	plain := s.program
	plain.store = filepath.Join(s.t.TempDir(), "plain")
	s.must("restore", file, "--into", plain.store, "--actor", "test")
	s.mustBeSame("elsewhere", plain.commits(), seen(plain, s.refs), want)
	secret := s.program
	secret.store, secret.env = filepath.Join(s.t.TempDir(), "secret"), []string{"PARLEY_KEY_FILE=" + filepath.Join(s.t.TempDir(), "the.key")}
	bare := secret
	bare.store = ""
	bare.must("restore", file, "--into", secret.store, "--actor", "test", "--encrypt")
	back := filepath.Join(s.t.TempDir(), "back.backup")
	secret.must("verify")
	secret.must("backup", "--plain", "--to", back)
	again := s.program
	again.store = filepath.Join(s.t.TempDir(), "again")
	s.must("restore", back, "--into", again.store)
	s.mustBeSame("encrypted", again.commits(), seen(secret, s.refs), want)
}

// onACluster restores a backup on a cluster of three, which has no log, and
// refuses to do so where there is one.
func (s *siege) onACluster(file string) {
	t := s.t
	t.Helper()
	want := seen(s.program, s.refs)
	cluster := natstest.Start(t, "jo")
	bare := s.program
	bare.store = ""
	to := []string{"restore", file, "--nats", cluster.URLs(), "--creds", cluster.Key(natstest.Init), "--replicas", "3"}
	var answer restored
	if err := json.Unmarshal([]byte(bare.must(append(to, "--dry-run")...)), &answer); err != nil || !answer.DryRun || answer.Gained == 0 {
		t.Errorf("a dry run says %+v, %v", answer, err)
	}
	bare.must(to...)
	for _, again := range [][]string{to, append(to, "--dry-run")} {
		if code, message := bare.run(0, again...).refusal(); code != "log-exists" {
			t.Errorf("where there is a log: %s: %s", code, message)
		}
	}
	log, err := natslog.Open(t.Context(), cluster.Connect(natstest.Server), natslog.Guard{Joins: true, LMC: "GLO"})
	if err != nil {
		t.Fatal(err)
	}
	var there events.History
	if err := log.Scan(t.Context(), 0, func(c events.Recorded) error {
		there = append(there, c)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	at := s.program
	at.store = filepath.Join(t.TempDir(), "store")
	server := at.serve("--alerts=false", "--nats", cluster.URLs(), "--creds", cluster.Key(natstest.Server))
	home := t.TempDir()
	key := filepath.Join(home, "key")
	if err := users.WriteKey(key, "jo", cluster.Seed("jo")); err != nil {
		t.Fatal(err)
	}
	jo := program{t: t, path: s.path, env: []string{"XDG_CONFIG_HOME=" + home, "HOME=" + home, "AppData=" + home}}
	jo.must("context", "add", "office", "--url", cluster.URLs(), "--creds", key)
	jo.must("verify")
	s.mustBeSame("on the cluster", there, seen(jo, s.refs), want)
	if _, ok := jo.run(0, "case", "note", s.refs[0], "--text", "Work goes on").acknowledged(); !ok {
		t.Error("nothing can be recorded on the cluster")
	}
	if err := server.end(os.Interrupt); err != nil {
		t.Errorf("%v\n%s", err, server.log)
	}
}

// mustBeSame compares a log and its views with this one's.
func (s *siege) mustBeSame(where string, there events.History, views, want []string) {
	s.t.Helper()
	if now := s.commits(); !slices.EqualFunc(there, now, sameCommit) {
		s.t.Errorf("%s there are %d commits, which are not the %d", where, len(there), len(now))
	}
	for i := range want {
		if without(views[i]) != without(want[i]) {
			s.t.Errorf("%s a view says\n%s\nand not\n%s", where, views[i], want[i])
		}
	}
}

// without is what a view says apart from whom alerts without settings go to, who
// is the one that works with the store.
func without(view string) string {
	return strings.NewReplacer(`"test"`, `"parley"`, "digest_test_", "digest_parley_").Replace(view)
}
