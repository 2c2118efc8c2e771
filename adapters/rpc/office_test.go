package rpc_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"parley/adapters/feed"
	"parley/adapters/memlog"
	"parley/adapters/rpc"
	"parley/domain/calendar"
	"parley/domain/casework"
	"parley/domain/directory"
	"parley/domain/holidays"
	"parley/domain/negotiation"
	"parley/events"
	"parley/projections/bodies"
	"parley/projections/docket"
	"parley/projections/status"
)

// errNoClock is what an office says to whoever sets a clock, and errOdd what it
// says of what its callers do not know.
var (
	errNoClock = errors.New("no clock is set here")
	errOdd     = errors.New("an odd error")
)

// office is a real office on a log in memory, as one person comes in.
type office struct {
	rpc.Alerting // nobody asks it about alerts

	log   *memlog.Log
	views *feed.Views
	desk  *casework.Desk
	actor string
	now   time.Time

	handled  *atomic.Int64               // commands that came
	before   func(ref string) error      // called before a command is carried out; may be nil
	after    func(ctx context.Context)   // and after it
	catching func(position uint64) error // called before it catches up; may be nil
	due      []*docket.Row               // what is due; nil if the views say so
}

func (o *office) About(context.Context) (rpc.About, error) {
	return rpc.About{LMC: "Test LMC", Code: "GLO", Actor: o.actor, Rehearsal: true, Now: o.now, Created: o.now}, nil
}

func (o *office) Handle(ctx context.Context, ref string, cmd negotiation.Command, how casework.Request) (casework.Outcome, error) {
	o.handled.Add(1)
	if o.before != nil {
		if err := o.before(ref); err != nil {
			return casework.Outcome{}, err
		}
	}
	how.Actor = o.actor
	out, err := o.desk.Handle(ctx, ref, cmd, how)
	if o.after != nil {
		o.after(ctx)
	}
	return out, err
}

func (o *office) UpdateDirectory(ctx context.Context, cmd directory.Command, how casework.Request) (casework.Outcome, error) {
	how.Actor = o.actor
	return o.desk.UpdateDirectory(ctx, cmd, how)
}

func (o *office) UpdateCalendar(ctx context.Context, cmd holidays.Command, how casework.Request) (casework.Outcome, error) {
	how.Actor = o.actor
	return o.desk.UpdateCalendar(ctx, cmd, how)
}

func (o *office) CatchUp(ctx context.Context, position uint64) error {
	if o.catching != nil {
		if err := o.catching(position); err != nil {
			return err
		}
	}
	return o.views.CatchUp(ctx, position)
}

func (o *office) Position() uint64 { return o.views.Position() }

func (o *office) Case(ctx context.Context, ref string) (negotiation.Casefile, error) {
	file, ok, err := o.views.Case(ctx, ref)
	if err == nil && !ok {
		err = &casework.UnknownCase{Ref: ref}
	}
	return file, err
}

func (o *office) History(ctx context.Context, a events.Aggregate) (events.History, error) {
	return o.log.Read(ctx, a, 0)
}

func (o *office) Stored(ctx context.Context, a events.Aggregate) ([]events.Placed, error) {
	var all []events.Placed
	_, err := o.log.ScanStored(ctx, 0, func(p events.Placed) error {
		if p.Aggregate == a {
			all = append(all, p)
		}
		return nil
	})
	return all, err
}

func (o *office) today() calendar.Date { return calendar.At(o.now, time.UTC) }

func (o *office) Cases(ctx context.Context, f status.Filter) ([]status.Row, error) {
	var failed error
	return status.List(o.views.Cases.All(ctx, &failed), f, o.today()), failed
}

func (o *office) Deadlines(ctx context.Context, q docket.Query) ([]*docket.Row, error) {
	if o.due != nil {
		return o.due, nil
	}
	var err, failed error
	if q.Day, err = o.Day(ctx, time.Time{}); err != nil {
		return nil, err
	}
	rows, err := docket.List(o.views.Docket.All(ctx, &failed), q)
	return rows, errors.Join(err, failed)
}

func (o *office) Nearest(ctx context.Context, ref string) ([]string, error) {
	var failed error
	return status.Nearest(o.views.Cases.Keys(ctx, &failed), ref, 3), failed
}

func (o *office) Day(ctx context.Context, asOf time.Time) (docket.Day, error) {
	day := docket.Day{Today: o.today()}
	if !asOf.IsZero() {
		day.Today = calendar.At(asOf, time.UTC)
	}
	revisions, err := o.log.Read(ctx, events.Calendar(), 0)
	if err != nil {
		return day, err
	}
	known, err := o.log.Read(ctx, events.Directory(), 0)
	if !asOf.IsZero() {
		revisions, known = revisions.AsOf(asOf), known.AsOf(asOf)
	}
	day.Calendar = holidays.Fold(revisions).Calendar
	day.Bodies = directory.New().WithCommissioners(directory.Fold(known).Commissioners()...)
	return day, err
}

func (o *office) Bodies(ctx context.Context, practices []string) (directory.Directory, error) {
	return o.views.Bodies(ctx, practices)
}

func (o *office) Find(ctx context.Context, s bodies.Search) ([]bodies.Row, bool, error) {
	known, err := o.views.Bodies(ctx, nil)
	if err != nil {
		return nil, false, err
	}
	icbs, _ := bodies.FindCommissioners(slices.Values(known.Commissioners()), s)
	practices, more := bodies.FindPractices(o.views.Practices.All(ctx, &err), s)
	return append(icbs, practices...), more, err
}

func (o *office) End(context.Context) (rpc.End, error) {
	return rpc.End{Position: o.views.Position(), Hash: events.Hash{7}, Bytes: 12}, nil
}

func (o *office) ScanStored(ctx context.Context, after uint64, f func(events.Placed) error) (uint64, error) {
	return o.log.ScanStored(ctx, after, f)
}

func (o *office) NoteBackup(_ context.Context, b rpc.Backup) error {
	if b.Path == "" {
		return negotiation.ErrMissing
	}
	return nil
}

func (o *office) Verify(ctx context.Context, from rpc.Since) (events.Report, error) {
	audit := events.NewAudit()
	if from.Position > 0 {
		audit.After(from.Position-1, func(events.Aggregate) (events.History, error) { return nil, nil })
	}
	audit.Expect(10_000, events.Hash{1}) // which is not there: something to find
	last, err := o.log.ScanStored(ctx, max(1, from.Position)-1, func(p events.Placed) error {
		audit.Next(p)
		return nil
	})
	return audit.Report(last), err
}

func (o *office) Examine(context.Context) ([]rpc.Check, error) {
	return []rpc.Check{{Check: "views", OK: true, Detail: "up to date"}}, nil
}

// world is an office, a NATS server in this process, and who serves there.
type world struct {
	t      *testing.T
	nats   *server.Server
	office office
	served *rpc.Service
}

func known() rpc.Errors {
	return rpc.Errors{Known: []error{errNoClock, negotiation.ErrNotOpened, casework.ErrConflict, negotiation.ErrMissing}}
}

// newWorld serves an office with a directory of two practices. NATS takes
// messages of at most this many bytes.
func newWorld(t *testing.T, most int32) *world {
	t.Helper()
	s, err := server.NewServer(&server.Options{DontListen: true, NoSigs: true, NoLog: true, MaxPayload: most, MaxPending: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		s.Shutdown()
		s.WaitForShutdown()
	})
	log := memlog.New()
	views, err := feed.OpenViews(filepath.Join(t.TempDir(), "views.db"), log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := views.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{t: t, nats: s, office: office{log: log, views: views, now: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), handled: new(atomic.Int64)}}
	w.office.desk = casework.New(log, views, views, func() time.Time { return w.office.now }, time.UTC)
	return w
}

// serve lets requests be answered, until the test ends or the service is stopped.
func (w *world) serve() *rpc.Service {
	w.t.Helper()
	s, err := rpc.Serve(w.connect("", nats.Name("server")), rpc.Config{Errors: known(), Enter: func(c rpc.Caller) (rpc.Served, error) {
		o := w.office
		o.actor = c.Actor
		if !c.Clock.IsZero() {
			if c.Actor != "rehearser" {
				return nil, errNoClock
			}
			o.now = c.Clock
		}
		return &o, nil
	}})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = s.Stop(context.Background()) })
	w.served = s
	return s
}

func (w *world) connect(actor string, more ...nats.Option) *nats.Conn {
	w.t.Helper()
	options := append([]nats.Option{nats.InProcessServer(w.nats)}, more...)
	if actor != "" {
		options = append(options, nats.CustomInboxPrefix(rpc.Inbox(actor)))
	}
	nc, err := nats.Connect("", options...)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(nc.Close)
	return nc
}

// client is somebody who asks.
func (w *world) client(actor string, change ...func(*rpc.Options)) *rpc.Client {
	w.t.Helper()
	o := rpc.Options{Actor: actor, Errors: known(), Patience: 20 * time.Second}
	for _, c := range change {
		c(&o)
	}
	return rpc.NewClient(w.connect(actor), o)
}

func asks(t *testing.T) casework.Request {
	t.Helper()
	id, err := uuid.NewV7()
	if err != nil {
		t.Fatal(err)
	}
	return casework.Request{Command: id}
}

// open opens a case with a practice of its own, and returns its reference.
func open(t *testing.T, o rpc.Office) string {
	t.Helper()
	ctx := t.Context()
	list := directory.Import{AsAt: calendar.On(2026, 11, 1)}
	for _, code := range []string{"L84001", "L84002"} {
		list.Listings = append(list.Listings, directory.Listing{Practice: code, Name: "SURGERY " + code, ICB: "QR1", Opened: calendar.On(1974, 4, 1)})
	}
	if _, err := o.UpdateDirectory(ctx, list, asks(t)); err != nil {
		t.Fatal(err)
	}
	out, err := o.Handle(ctx, "", negotiation.OpenCase{LMC: "GLO", ICB: "QR1", Service: "ecg", Title: "ECGs", Practices: []string{"L84001"}}, asks(t))
	if err != nil {
		t.Fatal(err)
	}
	return out.Aggregate.ID
}
