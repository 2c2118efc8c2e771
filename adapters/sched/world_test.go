package sched_test

import (
	"context"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"parley/adapters/feed"
	"parley/adapters/natsd"
	"parley/adapters/natslog"
	"parley/adapters/sched"
	"parley/domain/alerting"
	"parley/domain/calendar"
	"parley/domain/casework"
	"parley/domain/deadline"
	"parley/domain/holidays"
	"parley/domain/negotiation"
	"parley/domain/watch"
	"parley/events"
)

// world is a store with a server, a desk, views and alarms, as a program has
// them, in which whatever clock the test began at goes on.
type world struct {
	t      testing.TB
	dir    string
	ahead  time.Duration // the store's clock before the machine's
	policy alerting.Policy
	post   *post

	server *natsd.Server
	log    *natslog.Log
	views  *feed.Views
	desk   *casework.Desk
	alarms *sched.Schedule
	news   chan struct{} // holds something if the world has recorded something
}

// london reads a time in England: 2026-03-02 09:00.
func london(t testing.TB, s string) time.Time {
	t.Helper()
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", s, zone)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// inLondon writes a time as it is in England.
func inLondon(t testing.TB, at time.Time) string {
	t.Helper()
	return at.In(london(t, "2026-01-01 00:00").Location()).Format("2006-01-02 15:04")
}

// begin begins a world in dir, in which it is this time in London, with the
// policy of a store where nothing was configured: all goes to ann, by file.
func begin(t testing.TB, dir, at string) *world {
	t.Helper()
	w := &world{t: t, dir: dir, ahead: time.Until(london(t, at)), policy: alerting.DefaultPolicy("ann"), post: &post{t: t}, news: make(chan struct{}, 1)}
	w.post.clock = w.clock
	w.up()
	w.setPolicy(w.policy)
	return w
}

func (w *world) clock() time.Time { return time.Now().Add(w.ahead) }

// up starts the server and all that is on it.
func (w *world) up() {
	w.t.Helper()
	w.server = start(w.t, w.dir)
	var err error
	if w.log, err = natslog.Open(context.Background(), w.server.Conn(), natslog.Guard{}); err != nil {
		w.t.Fatal(err)
	}
	if w.views, err = feed.OpenViews(filepath.Join(w.dir, "views.db"), w.log); err != nil {
		w.t.Fatal(err)
	}
	zone := london(w.t, "2026-01-01 00:00").Location()
	w.desk = casework.New(w.log, w.views, w.views, w.clock, zone)
	w.alarms = open(w.t, w.server, sched.Config{Clock: w.clock})
}

// down stops the server and all that is on it.
func (w *world) down() {
	w.t.Helper()
	if err := w.views.Close(); err != nil {
		w.t.Error(err)
	}
	stop(w.t, w.server)
}

// watcher returns a Watch of this world, as a run with this name has it.
func (w *world) watcher(name string) *watch.Watch {
	return watch.New(watch.Config{
		Log: w.log, Book: w.views, Alarms: w.alarms, Channels: watch.Channels{"file": w.post, "email": w.post, "teams": w.post},
		Clock: w.clock, Worker: name, Trouble: func(err error) { w.t.Log(inLondon(w.t, w.clock()), "trouble:", err) },
	})
}

// watching lets a watcher run until the func that it returns is called.
func (w *world) watching(watcher *watch.Watch) (end func()) {
	ctx, cancel := context.WithCancel(context.Background())
	returned := make(chan error, 1)
	go func() { returned <- watcher.Run(ctx, w.follow) }()
	return func() {
		cancel()
		if err := <-returned; err != nil {
			w.t.Error(err)
		}
	}
}

// follow is natslog's Follow without its heartbeat, which takes long where months
// pass in seconds: it looks when the world has recorded something.
func (w *world) follow(ctx context.Context, after uint64, f func(events.Recorded) error) error {
	for {
		err := w.log.Scan(ctx, after, func(r events.Recorded) error {
			after = r.Position
			return f(r)
		})
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-w.news:
		}
	}
}

// recordedSomething wakes who follows.
func (w *world) recordedSomething() {
	select {
	case w.news <- struct{}{}:
	default:
	}
}

// until lets time pass until it is this time in London.
func (w *world) until(at string) { time.Sleep(london(w.t, at).Sub(w.clock())) }

func asked(who string) casework.Request {
	return casework.Request{Command: uuid.Must(uuid.NewV7()), Actor: who}
}

func (w *world) setPolicy(p alerting.Policy) {
	w.t.Helper()
	if _, err := w.watcher("settings").SetPolicy(context.Background(), p, asked("ann")); err != nil {
		w.t.Fatal(err)
	}
	w.recordedSomething()
}

// open opens a case and returns its reference.
func (w *world) open() string {
	w.t.Helper()
	return w.tell("", negotiation.OpenCase{LMC: "GLO", ICB: "QR1", Service: "ecg", Title: "ECGs"}).Aggregate.ID
}

func (w *world) tell(ref string, cmd negotiation.Command) casework.Outcome {
	w.t.Helper()
	out, err := w.desk.Handle(context.Background(), ref, cmd, asked("ann"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.recordedSomething()
	return out
}

// add adds a deadline to a case and returns its ID: a period in working days
// from a day, or a date that a document states.
func (w *world) add(ref, from string, days int) string {
	w.t.Helper()
	cmd := negotiation.AddDeadline{Title: "Reply to our letter", Owner: events.ICB}
	if days == 0 {
		cmd.Stated, cmd.Document = day(w.t, from), "the letter"
	} else {
		cmd.From, cmd.Limit = deadline.Moment{Date: day(w.t, from)}, deadline.Limit{Period: calendar.Period{N: days, Unit: calendar.WorkingDays}}
	}
	out := w.tell(ref, cmd)
	return out.Facts[0].Event.(events.DeadlineSet).Deadline
}

func day(t testing.TB, s string) calendar.Date {
	t.Helper()
	d, err := calendar.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// holiday makes a day a bank holiday in England and Wales.
func (w *world) holiday(on, title string) {
	w.t.Helper()
	ctx := context.Background()
	cal, err := w.views.Calendar(ctx)
	if err != nil {
		w.t.Fatal(err)
	}
	var all []calendar.Holiday
	for year := 2018; year <= 2028; year++ {
		for _, div := range calendar.Divisions() {
			all = append(all, cal.Holidays(div, year)...)
		}
	}
	all = append(all, calendar.Holiday{Division: calendar.EnglandAndWales, Date: day(w.t, on), Title: title})
	today := calendar.At(w.clock(), time.UTC)
	if _, err := w.desk.UpdateCalendar(ctx, holidays.Import{Source: "GOV.UK", Published: today, Holidays: all}, asked("ann")); err != nil {
		w.t.Fatal(err)
	}
	w.recordedSomething()
}

// recorded returns what has been recorded of the alerts of a case, or of digests
// for "", each as its ID and status, in order.
func (w *world) recorded(ref string) []string {
	w.t.Helper()
	ctx := context.Background()
	if err := w.views.CatchUp(ctx, 0); err != nil {
		w.t.Fatal(err)
	}
	all, err := w.views.Alerts(ctx, ref)
	if err != nil {
		w.t.Fatal(err)
	}
	var said []string
	for _, id := range slices.Sorted(maps.Keys(all)) {
		said = append(said, id+" "+string(all[id].Status()))
	}
	return said
}

func (w *world) set() []string {
	w.t.Helper()
	var said []string
	for id, at := range all(w.t, w.alarms) {
		said = append(said, inLondon(w.t, at)+" "+id)
	}
	slices.Sort(said)
	return said
}

// post is a channel that records what it is given.
type post struct {
	t     testing.TB
	clock func() time.Time

	mu     sync.Mutex
	given  []alerting.Message
	lines  []string // when, which delivery, and of digests the subject
	answer func(ctx context.Context, m alerting.Message) error
}

// Send implements watch.Channel.
func (p *post) Send(ctx context.Context, m alerting.Message) (string, error) {
	p.mu.Lock()
	answer := p.answer
	p.mu.Unlock()
	if answer != nil {
		if err := answer(ctx, m); err != nil {
			return "", err
		}
	}
	p.note(m)
	return "taken " + m.ID, nil
}

// note records that a message was delivered.
func (p *post) note(m alerting.Message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.given = append(p.given, m)
	line := inLondon(p.t, p.clock()) + " " + m.ID
	if m.Kind == alerting.Digest {
		line += ": " + strings.TrimPrefix(m.Subject, "Parley: ")
	}
	p.lines = append(p.lines, line)
}

func (p *post) Check(context.Context) error { return nil }

// told returns the deliveries in order, and forgets them.
func (p *post) told() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	lines := p.lines
	p.lines = nil
	slices.Sort(lines)
	return lines
}

// answers lets the channel answer otherwise from now on; nil for as usual.
func (p *post) answers(f func(ctx context.Context, m alerting.Message) error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer = f
}

// expect compares lines with what is wanted, one line each, without indents.
func expect(t testing.TB, what string, got []string, want string) {
	t.Helper()
	var lines []string
	for line := range strings.SplitSeq(strings.TrimSpace(want), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	if !slices.Equal(got, lines) {
		t.Errorf("%s:\n\t%s\nwant:\n\t%s", what, strings.Join(got, "\n\t"), strings.Join(lines, "\n\t"))
	}
}
