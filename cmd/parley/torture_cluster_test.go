package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"parley/adapters/natsd"
	"parley/adapters/natslog"
	"parley/adapters/natstest"
	"parley/adapters/rpc"
	"parley/adapters/users"
	"parley/domain/alerting"
	"parley/domain/casework"
	"parley/domain/negotiation"
	"parley/events"
)

// Several writers work through two servers of Parley on a cluster of three NATS
// servers, while alerts go out and everything that can be lost is lost in turn.
const (
	clusterWriters = 6
	clusterAlerts  = 20
)

// tried is all of it.
type tried struct {
	*rehearsal
	cluster *natstest.Cluster
	box     *mailbox
	servers [2]*server
	folders [2]string
	refs    []string
	random  *rand.Rand

	mu       sync.Mutex
	attempts []attempt
	begun    time.Time
	over     chan struct{}
	again    atomic.Int64
	faults   map[string]int
}

// A fault befalls one of the servers; it is over when it returns.
type fault struct {
	what   string
	befall func(*tried)
}

func faults() []fault {
	leader := func(r *tried) int { return r.cluster.Leader("ES") }
	return []fault{
		{"leader killed", func(r *tried) { r.killed(leader(r)) }},
		{"leader cut off", func(r *tried) {
			i := leader(r)
			r.cluster.Isolate(i)
			r.meanwhile()
			r.cluster.Rejoin(i)
		}},
		{"server of Parley killed", (*tried).killServer},
		{"follower killed", func(r *tried) { r.killed((leader(r) + 1 + r.random.IntN(2)) % 3) }},
		{"leader suspended", func(r *tried) {
			i := leader(r)
			r.cluster.Pause(i)
			r.meanwhile()
			r.cluster.Resume(i)
		}},
		{"follower cut off", func(r *tried) {
			i := (leader(r) + 1 + r.random.IntN(2)) % 3
			r.cluster.Isolate(i)
			r.meanwhile()
			r.cluster.Rejoin(i)
		}},
		{"rolling restart", func(r *tried) {
			for i := range 3 {
				r.cluster.Stop(i)
				r.cluster.Restart(i)
				r.cluster.Leader("ES")
			}
		}},
	}
}

func (r *tried) killed(i int) {
	r.cluster.Kill(i)
	r.meanwhile()
	r.cluster.Restart(i)
}

// meanwhile is how long something is lost.
func (r *tried) meanwhile() { time.Sleep(time.Duration(1000+r.random.IntN(4000)) * time.Millisecond) }

func (r *tried) killServer() {
	i := r.random.IntN(len(r.servers))
	if err := r.servers[i].end(os.Kill); err == nil {
		r.t.Errorf("server %d had ended before it was killed:\n%s", i, r.servers[i].log)
	}
	r.meanwhile()
	r.startServer(i)
}

func TestTortureACluster(t *testing.T) {
	if testing.Short() || runtime.GOOS == "windows" {
		t.Skip("it starts a cluster, and suspends servers")
	}
	r := newTried(t)
	var all sync.WaitGroup
	for i := range clusterWriters {
		all.Go(func() { r.write(i) })
	}
	kinds := faults()
	for n := range sized(3, 42) {
		f := kinds[n%len(kinds)]
		r.cluster.Leader("ES")
		f.befall(r)
		r.faults[f.what]++
		time.Sleep(time.Second)
		if t.Failed() {
			break
		}
	}
	r.cluster.Leader("ES")
	close(r.over)
	all.Wait()
	log := r.read()
	r.checkLog(log)
	r.checkHistory(log)
	r.checkAlerts()
	for i, s := range r.servers {
		if err := s.end(os.Interrupt); err != nil {
			t.Errorf("server %d ended with %v\n%s", i, err, s.log)
		}
	}
	unknown := 0
	for _, d := range r.attempts {
		if d.unknown {
			unknown++
		}
	}
	tortured(t, "%d appends and reads by %d writers through 2 servers on a cluster of 3, %d of unknown outcome, %d sent again; %d alerts; %s",
		len(r.attempts), clusterWriters, unknown, r.again.Load(), clusterAlerts, counts(r.faults))
}

// writerName is the name of a writer.
func writerName(i int) string { return fmt.Sprintf("Writer %d", i) }

// newTried starts everything: on the morning after which a working day is left
// to acknowledge twenty notices, seconds before the alerts are due.
func newTried(t *testing.T) *tried {
	t.Helper()
	names := []string{"jo"}
	for i := range clusterWriters {
		names = append(names, writerName(i))
	}
	r := &tried{
		rehearsal: &rehearsal{program: program{t: t, path: filepath.Join(t.TempDir(), "parley.exe")}},
		cluster:   natstest.StartApart(t, names...), box: newMailbox(t), random: rand.New(rand.NewPCG(tortureSeed(t), 5)),
		over: make(chan struct{}), faults: map[string]int{}, begun: time.Now(),
	}
	build(t, r.path)
	r.set("2026-09-25T06:00:00Z")
	for i := range r.folders {
		r.folders[i] = filepath.Join(t.TempDir(), "store")
		r.store = r.folders[i]
		r.here().must("init", "--lmc", "Test LMC", "--code", "GLO", "--rehearsal", "--nats", r.cluster.URLs(), "--replicas", "3", "--creds", r.cluster.Key(natstest.Init))
		r.settings(r.box.settings("", `{ id = "1wd", days = -1, urgent = true }`))
	}
	r.startServer(0)
	r.prepare()
	if err := r.servers[0].end(os.Interrupt); err != nil {
		t.Fatalf("%v\n%s", err, r.servers[0].log)
	}
	r.set("2026-09-25T07:29:50Z") // 08:30 in London is ten seconds away
	r.startServer(0)
	r.startServer(1)
	return r
}

// startServer starts one of the servers of Parley.
func (r *tried) startServer(i int) {
	r.t.Helper()
	r.store = r.folders[i]
	r.servers[i] = r.here().serve("--nats", r.cluster.URLs(), "--creds", r.cluster.Key(natstest.Server))
}

// office returns the program as jo runs it, by a context.
func (r *tried) office() program {
	r.t.Helper()
	home := r.t.TempDir()
	key := filepath.Join(home, "key")
	if err := users.WriteKey(key, "jo", r.cluster.Seed("jo")); err != nil {
		r.t.Fatal(err)
	}
	p := r.here()
	p.store, p.env = "", append(p.env, "XDG_CONFIG_HOME="+home, "HOME="+home, "AppData="+home)
	p.must("context", "add", "office", "--url", r.cluster.URLs(), "--creds", key)
	return p
}

// prepare records what the alerts are about, and opens the cases that are
// written to.
func (r *tried) prepare() {
	r.t.Helper()
	jo, on, all := r.office(), "2026-09-14", codes(clusterAlerts)
	list := filepath.Join(r.t.TempDir(), "epraccur.csv")
	if err := os.WriteFile(list, []byte(listOf(all)), 0o600); err != nil {
		r.t.Fatal(err)
	}
	jo.must("directory", "import", list)
	some := each("--practice", all)
	jo.must(append([]string{"case", "open", "--icb", "QR1", "--service", "ecg", "--title", "ECGs", "--on", on}, some...)...)
	jo.must(append([]string{"notice", "advise", "GLO-26-0001", "--text", "Three months", "--on", on}, some...)...)
	jo.must(append([]string{"notice", "serve", "GLO-26-0001", "--period", "3m", "--sent", on, "--on", on}, some...)...)
	for _, service := range []string{"abpm", "dementia", "catheter"} {
		opened, ok := jo.run(0, "case", "open", "--icb", "QR1", "--service", service, "--title", "Written to").acknowledged()
		if !ok {
			r.t.Fatal("no case is open")
		}
		r.refs = append(r.refs, opened.Ref)
	}
}

// attempt is an append to a case or a read of one, as its writer saw it.
type attempt struct {
	ref        string
	command    uuid.UUID   // of an append
	version    int         // that it was answered
	seen       []uuid.UUID // by a read: the commands that caused each version
	call, back int64       // nanoseconds since all began
	unknown    bool        // whether it was carried out
}

// write appends and reads, until there were faults enough.
func (r *tried) write(i int) {
	random := rand.New(rand.NewPCG(uint64(i), 55))
	name := writerName(i)
	nc, err := natsd.Dial(r.t.Context(), natsd.Outside{URL: r.cluster.URLs(), Seed: r.cluster.Seed(name), Name: name, Inbox: natsd.Inbox(name)})
	if err != nil {
		r.t.Error(err)
		return
	}
	defer nc.Close()
	client := rpc.NewClient(nc, rpc.Options{Actor: name, Errors: travelling(), Patience: 4 * time.Second})
	for n := 0; !r.isOver(); n++ {
		d := attempt{ref: r.refs[random.IntN(len(r.refs))], call: r.since()}
		if random.IntN(4) == 0 {
			if h, err := client.History(r.t.Context(), events.Case(d.ref)); err == nil {
				d.seen, d.back = commandsOf(h), r.since()
				r.did(d)
			} else {
				r.passes(err)
			}
			continue
		}
		d.command = uuid.Must(uuid.NewV7())
		r.append(client, &d, fmt.Sprintf("Note %d of %s", n, name), random.IntN(6) == 0)
		r.did(d)
	}
}

// append records a note, and again under the same ID for as long as it is not
// acknowledged, unless the writer gives up soon.
func (r *tried) append(client *rpc.Client, d *attempt, text string, givesUp bool) {
	for late := time.Now().Add(2 * time.Minute); time.Now().Before(late); r.again.Add(1) {
		out, err := client.Handle(r.t.Context(), d.ref, negotiation.AddNote{Text: text}, casework.Request{Command: d.command})
		if err == nil {
			d.version, d.back = out.Version, r.since()
			return
		}
		if !r.passes(err) {
			break
		}
		if givesUp {
			d.unknown = true
			return
		}
	}
	d.unknown = true
	r.t.Errorf("a note on %s is not acknowledged", d.ref)
}

// passes reports whether an error is one of those that a server which is lost
// explains; another fails the test.
func (r *tried) passes(err error) bool {
	code, _, _ := new(app).describe(err)
	if slices.Contains([]string{"uncertain", "unreachable", "conflict", "busy"}, code) {
		return true
	}
	r.t.Errorf("%s: %v", code, err)
	return false
}

func (r *tried) isOver() bool {
	select {
	case <-r.over:
		return true
	default:
		return r.t.Failed()
	}
}

// since is the time since all began, in nanoseconds.
func (r *tried) since() int64 { return time.Since(r.begun).Nanoseconds() }

func (r *tried) did(d attempt) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.attempts = append(r.attempts, d)
}

func commandsOf(h events.History) []uuid.UUID {
	var all []uuid.UUID
	for _, c := range h {
		all = append(all, c.Command)
	}
	return all
}

// read returns the whole log, as the cluster has it now that all is over.
func (r *tried) read() events.History {
	r.t.Helper()
	log, err := natslog.Open(r.t.Context(), r.cluster.Connect(natstest.Server), natslog.Guard{Joins: true, LMC: "GLO", Rehearsal: true})
	if err != nil {
		r.t.Fatal(err)
	}
	var all events.History
	if err := log.Scan(r.t.Context(), 0, func(c events.Recorded) error {
		all = append(all, c)
		return nil
	}); err != nil {
		r.t.Fatal(err)
	}
	return all
}

// checkLog compares the log with what was acknowledged.
func (r *tried) checkLog(log events.History) {
	r.t.Helper()
	answers := map[string]changed{}
	for _, d := range r.attempts {
		if d.command != uuid.Nil && !d.unknown {
			answers[d.command.String()] = changed{Ref: d.ref, Version: d.version, Recorded: make([]recorded, 1)}
		}
	}
	for _, c := range log { // what was recorded before, or of which nobody was told
		if _, known := answers[c.Command.String()]; !known && c.Aggregate.Kind == events.KindCase && (c.Actor == "jo" || r.isUnknown(c.Command)) {
			answers[c.Command.String()] = changed{Ref: c.Aggregate.ID, Version: c.Version, Recorded: make([]recorded, len(c.Facts))}
		}
	}
	checkAcknowledged(r.t, log, answers)
	r.office().must("verify")
}

func (r *tried) isUnknown(command uuid.UUID) bool {
	return slices.ContainsFunc(r.attempts, func(d attempt) bool { return d.unknown && d.command == command })
}

// checkAlerts compares what is recorded of the alerts with what arrived: every
// alert is sent or uncertain, and nothing arrived twice.
func (r *tried) checkAlerts() {
	r.t.Helper()
	// What a server that was killed had claimed is judged two and a half minutes later.
	eventuallyWithin(r.t, 2*time.Minute+30*time.Second+longWait, func() string {
		warned := 0
		for _, row := range r.office().alerts("--all") {
			if row.Rung != "1wd" || !row.At.Before(r.now()) {
				continue
			}
			warned++
			if row.Status != alerting.Sent && row.Status != alerting.Uncertain {
				return fmt.Sprintf("%s is %s", row.ID, row.Status)
			}
		}
		if warned != clusterAlerts {
			return fmt.Sprintf("there are %d alerts, not %d", warned, clusterAlerts)
		}
		return ""
	})
	arrived := map[string]int{}
	for _, l := range r.box.letters() {
		if arrived[l.delivery]++; arrived[l.delivery] > 1 {
			r.t.Errorf("%s arrived %d times", l.delivery, arrived[l.delivery])
		}
	}
	for _, row := range r.office().alerts("--all") {
		for _, o := range row.Deliveries {
			if key := alerting.DeliveryID(row.ID, o.Delivery); o.Status == alerting.Sent && arrived[key] != 1 {
				r.t.Errorf("%s is recorded as sent, and arrived %d times", key, arrived[key])
			}
		}
	}
}
