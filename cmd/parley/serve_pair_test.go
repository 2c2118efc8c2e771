package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"

	"parley/adapters/natstest"
	"parley/adapters/users"
	"parley/domain/alerting"
)

// logKeeper is where a log is kept for several servers of Parley.
type logKeeper struct {
	url      string
	seeds    map[string]string // by user
	replicas int
}

// oneNATS starts a NATS server within this process, with these caseworkers.
func oneNATS(t *testing.T, caseworkers ...string) logKeeper {
	t.Helper()
	n := logKeeper{seeds: map[string]string{}, replicas: 1}
	o := &natsserver.Options{
		Host: "127.0.0.1", Port: natsserver.RANDOM_PORT, NoSigs: true, NoLog: true, JetStream: true, SyncAlways: true, StoreDir: t.TempDir(), MaxPayload: 8 << 20,
	}
	for _, name := range append([]string{natstest.Init, natstest.Server}, caseworkers...) {
		pair, err := nkeys.CreateUser()
		if err != nil {
			t.Fatal(err)
		}
		seed, err := pair.Seed()
		if err != nil {
			t.Fatal(err)
		}
		public, err := pair.PublicKey()
		if err != nil {
			t.Fatal(err)
		}
		n.seeds[name] = string(seed)
		user := &natsserver.NkeyUser{Nkey: public}
		if slices.Contains(caseworkers, name) {
			user.Permissions = &natsserver.Permissions{
				Publish:   &natsserver.SubjectPermission{Allow: []string{"parley.v1." + name + ".>"}},
				Subscribe: &natsserver.SubjectPermission{Allow: []string{"_INBOX_" + name + ".>", "parley.v1.changes.>"}},
			}
		}
		o.Nkeys = append(o.Nkeys, user)
	}
	s, err := natsserver.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	if !s.ReadyForConnections(longWait) {
		t.Fatal("the NATS server is not ready")
	}
	n.url = s.ClientURL()
	return n
}

// offices are two servers of Parley on one log, and a caseworker who knows
// neither, only NATS.
type offices struct {
	*rehearsal
	logKeeper
	box     *mailbox
	jo      program
	servers [2]*server
}

// open begins the log and starts both servers. Their clock reads 08:30 in London
// on a day on which it is a working day until the ICB is to acknowledge a notice
// of 14 September: who serves one is warned of that at once.
func (n logKeeper) open(t *testing.T) *offices {
	t.Helper()
	dir := t.TempDir()
	o := &offices{rehearsal: &rehearsal{program: program{t: t, path: filepath.Join(dir, "parley.exe")}}, logKeeper: n, box: newMailbox(t)}
	build(t, o.path)
	o.set("2026-09-25T07:30:00Z")
	for i := range o.servers {
		o.store = o.folder(i)
		o.here().must(append([]string{"init", "--lmc", "Severnshire LMC", "--code", "SEV", "--rehearsal"}, o.on(natstest.Init)...)...)
		o.settings(o.box.settings("", `{ id = "1wd", days = -1, urgent = true }`))
		o.start(i)
	}
	o.jo = program{t: t, path: o.path, env: []string{"XDG_CONFIG_HOME=" + dir, "HOME=" + dir, "AppData=" + dir}}
	o.jo.must("context", "add", "office", "--url", n.url, "--creds", o.key("jo"))
	list := filepath.Join(dir, "epraccur.csv")
	if err := os.WriteFile(list, []byte(listOf(codes(60))), 0o600); err != nil {
		t.Fatal(err)
	}
	o.jo.must("directory", "import", list)
	return o
}

// folder returns the folder of a server.
func (o *offices) folder(i int) string {
	return filepath.Join(filepath.Dir(o.path), fmt.Sprintf("store%d", i+1))
}

// on returns the flags of a user on the NATS server.
func (o *offices) on(user string) []string {
	return []string{"--nats", o.url, "--replicas", strconv.Itoa(o.replicas), "--creds", o.key(user)}
}

// key writes a user's key and returns the file.
func (o *offices) key(user string) string {
	o.t.Helper()
	file := filepath.Join(o.t.TempDir(), "key")
	if err := users.WriteKey(file, user, o.seeds[user]); err != nil {
		o.t.Fatal(err)
	}
	return file
}

// start starts a server.
func (o *offices) start(i int) {
	o.t.Helper()
	p := o.here()
	p.store = o.folder(i)
	o.servers[i] = p.serve(append([]string{"--http", "127.0.0.1:0"}, o.on(natstest.Server)...)...)
}

// active waits until one of these servers is the one that sends alerts, and
// returns which.
func (o *offices) active(among ...int) int {
	o.t.Helper()
	found := -1
	eventually(o.t, func() string {
		for _, i := range among {
			if o.servers[i].metric("parley_active") == 1 {
				found = i
				return ""
			}
		}
		return "no server sends alerts"
	})
	return found
}

// metric returns the sum of a metric's values.
func (s *server) metric(name string) float64 {
	s.t.Helper()
	answer, err := http.Get(s.ready.HTTP + "/metrics")
	if err != nil {
		s.t.Fatal(err)
	}
	page, err := io.ReadAll(answer.Body)
	if err = errors.Join(err, answer.Body.Close()); err != nil {
		s.t.Fatal(err)
	}
	sum := 0.0
	for _, found := range regexp.MustCompile(`(?m)^`+name+`(?:\{.*\})? (\S+)$`).FindAllStringSubmatch(string(page), -1) {
		value, err := strconv.ParseFloat(found[1], 64)
		if err != nil {
			s.t.Fatal(err)
		}
		sum += value
	}
	return sum
}

// tell gives a command as the caseworker, with the same ID until it is
// acknowledged: whoever is asked may be killed just then.
func (o *offices) tell(args ...string) changed {
	o.t.Helper()
	args = append(args, "--command-id", uuid.Must(uuid.NewV7()).String())
	var last ended
	for end := time.Now().Add(longWait); time.Now().Before(end); {
		last = o.jo.run(0, args...)
		if answer, ok := last.acknowledged(); ok {
			return answer
		}
		if last.code != exitUnreachable {
			break
		}
	}
	o.t.Errorf("parley %q: exit %d\n%s", args, last.code, last.stderr)
	return changed{}
}

// serveNotices opens a case in which these practices serve notice: as many alerts
// are due.
func (o *offices) serveNotices(practices []string) string {
	o.t.Helper()
	some := each("--practice", practices)
	ref := o.tell(append([]string{"case", "open", "--icb", "QR1", "--service", "ecg", "--title", "ECGs", "--on", "2026-09-14"}, some...)...).Ref
	o.tell(append([]string{"notice", "advise", ref, "--text", "Three months", "--on", "2026-09-14"}, some...)...)
	o.tell(append([]string{"notice", "serve", ref, "--period", "3m", "--sent", "2026-09-14", "--on", "2026-09-14"}, some...)...)
	return ref
}

// slow makes the mail server take its time, so that what is killed is killed
// while it sends.
func (o *offices) slow() {
	wait := func() { time.Sleep(50 * time.Millisecond) }
	o.box.manner(func() error { wait(); return nil }, wait)
}

// settled waits until so many alerts of that day have an outcome, and compares
// them with what the mail server accepted.
func (o *offices) settled(want int) {
	o.t.Helper()
	var all []string
	status := map[string]alerting.Status{}
	eventually(o.t, func() string {
		all = nil
		clear(status)
		for _, row := range o.jo.alerts("--all") {
			if row.Rung == "1wd" && row.At.Before(o.now()) {
				all = append(all, row.ID+" "+string(row.Status))
				status[alerting.DeliveryID(row.ID, row.Deliveries[0].Delivery)] = row.Status
			}
		}
		for _, one := range all {
			if !strings.HasSuffix(one, " sent") && !strings.HasSuffix(one, " uncertain") {
				return one
			}
		}
		if len(all) != want {
			return fmt.Sprintf("%d alerts, not %d", len(all), want)
		}
		return ""
	})
	came := map[string]int{}
	for _, l := range o.box.letters() {
		if came[l.delivery]++; came[l.delivery] > 1 {
			o.t.Errorf("%s was accepted %d times", l.delivery, came[l.delivery])
		}
	}
	for delivery, is := range status {
		if is == alerting.Sent && came[delivery] == 0 {
			o.t.Errorf("%s is recorded as sent, and did not arrive", delivery)
		}
	}
}

// Two servers on one NATS server: both answer, one sends. When that is killed
// the other does.
func TestOneOfTwoServersSends(t *testing.T) {
	o := oneNATS(t, "jo").open(t)
	first := o.active(0, 1)
	second := 1 - first
	if o.servers[second].metric("parley_active") != 0 {
		t.Error("both servers send alerts")
	}
	ref := o.serveNotices(codes(60)[:20])
	takeNotes(t, []program{o.jo, o.jo}, ref, 8, "with both")
	for i, s := range o.servers {
		if s.metric("parley_commands_total") == 0 {
			t.Errorf("server %d was never asked", i)
		}
	}
	o.settled(20)

	o.slow()
	before := len(o.box.letters())
	o.serveNotices(codes(60)[20:40])
	eventually(t, func() string {
		if len(o.box.letters()) < before+4 {
			return "no letters come"
		}
		return ""
	})
	killed := time.Now()
	if err := o.servers[first].end(os.Kill); err == nil {
		t.Fatal("it was not killed")
	}
	o.serveNotices(codes(60)[40:])
	if o.active(second) != second {
		t.Error("another sends")
	}
	t.Logf("the other took over %s after the kill", time.Since(killed).Round(100*time.Millisecond))
	o.turn(3 * time.Minute) // what the killed one had in hand is old when this one begins
	if err := o.servers[second].end(os.Interrupt); err != nil {
		t.Errorf("it ended with %v\n%s", err, o.servers[second].log)
	}
	o.start(first)
	o.start(second)
	o.settled(60)
	o.jo.must("verify")
	for _, s := range o.servers {
		if err := s.end(os.Interrupt); err != nil {
			t.Errorf("it ended with %v\n%s", err, s.log)
		}
	}
}

// The topology of docker-compose.yml, with alerts: people work on while a NATS
// server that leads, and the server that sends, are killed and started again.
func TestAlertsOnACluster(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts a cluster")
	}
	cluster := natstest.Start(t, "jo")
	n := logKeeper{url: cluster.URLs(), replicas: 3, seeds: map[string]string{}}
	for _, user := range []string{natstest.Init, natstest.Server, "jo"} {
		n.seeds[user] = cluster.Seed(user)
	}
	o := n.open(t)
	o.slow()
	answers := map[string]changed{}
	note := func(ref, what string) {
		for i := range 3 {
			a := o.tell("case", "note", ref, "--text", fmt.Sprintf("%s, %d", what, i))
			answers[a.CommandID] = a
		}
	}
	ref := o.serveNotices(codes(60)[:20])
	for i, stream := range []string{"ES", "SCHED"} {
		leader := cluster.Leader(stream)
		cluster.Kill(leader)
		note(ref, "without who led "+stream)
		o.serveNotices(codes(60)[20+10*i : 30+10*i])
		cluster.Restart(leader)
	}
	var work sync.WaitGroup
	work.Go(func() { note(ref, "while a server is killed") })
	first := o.active(0, 1)
	if err := o.servers[first].end(os.Kill); err == nil {
		t.Fatal("it was not killed")
	}
	work.Wait()
	o.serveNotices(codes(60)[40:])
	o.active(1 - first)
	o.turn(3 * time.Minute)
	o.start(first)
	if err := o.servers[1-first].end(os.Interrupt); err != nil {
		t.Errorf("it ended with %v\n%s", err, o.servers[1-first].log)
	}
	o.start(1 - first)
	o.settled(60)
	o.jo.must("verify")
	got := o.jo.must("case", "timeline", ref, "--jq", `map(select(.text | startswith("Note"))) | length`)
	if strings.TrimSpace(got) != strconv.Itoa(len(answers)) {
		t.Errorf("%s notes are recorded, and %d were acknowledged", got, len(answers))
	}
}
