package casework_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"parley/domain/calendar"
	"parley/domain/casework"
	"parley/domain/directory"
	"parley/domain/negotiation"
	"parley/events"
)

// memory is what a test says is known already.
type memory struct {
	cases     map[string]negotiation.Casefile
	registers map[string]negotiation.Registerfile
	err       error
}

func (m memory) Notices(_ context.Context, service string, practices []string) ([]negotiation.OtherNotice, error) {
	var running []negotiation.OtherNotice
	for _, file := range m.cases {
		running = append(running, file.Case.RunningNotices(service, practices)...)
	}
	return running, m.err
}

func (m memory) Case(_ context.Context, ref string) (negotiation.Casefile, bool, error) {
	file, ok := m.cases[ref]
	return file, ok, m.err
}

func (m memory) Register(_ context.Context, series string) (negotiation.Registerfile, bool, error) {
	file, ok := m.registers[series]
	return file, ok, m.err
}

func (m memory) Calendar(context.Context) (calendar.Calendar, error) {
	return calendar.Builtin(), m.err
}

// known is the directory, all of it, as it is now.
type known struct{ directory.Directory }

func (k *known) Bodies(context.Context, []string) (directory.Directory, error) {
	return k.Directory, nil
}

// office is a log and the desks over it, with one clock.
type office struct {
	t      testing.TB
	log    *testLog
	bodies *known
	now    atomic.Pointer[time.Time]
}

func newOffice(t testing.TB) *office {
	o := &office{t: t, log: &testLog{}, bodies: &known{directory.New().With(practice("A81001"), practice("A81002"), practice("A81003"))}}
	o.set("2026-11-22T10:00:00Z")
	return o
}

func practice(code string) directory.Practice {
	return directory.Practice{
		Code: code, Names: []directory.Naming{{From: day("1974-04-01"), Name: "SURGERY " + code}},
		ICBs: []directory.Tenure{{From: directory.ICBsBegan, ICB: "QR1"}}, Open: []directory.Span{{From: day("1974-04-01")}},
	}
}

func day(s string) calendar.Date {
	d, err := calendar.Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

// set sets the clock.
func (o *office) set(moment string) {
	t, err := time.Parse(time.RFC3339, moment)
	if err != nil {
		o.t.Fatal(err)
	}
	o.now.Store(&t)
}

// desk returns a new Desk, which knows nothing but what m remembers.
func (o *office) desk(m ...memory) *casework.Desk {
	o.t.Helper()
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		o.t.Fatal(err)
	}
	return casework.New(o.log, append(m, memory{})[0], o.bodies, func() time.Time { return *o.now.Load() }, zone)
}

// by returns a request with an ID of its own.
func by(actor string) casework.Request {
	return casework.Request{Command: uuid.Must(uuid.NewV7()), Actor: actor}
}

func seeing(version int) casework.Request {
	how := by("j.doe")
	how.Seen = version
	return how
}

var bloods = negotiation.OpenCase{LMC: "GLO", ICB: "QR1", Service: "phlebotomy-secondary", Title: "Bloods for hospitals", Practices: []string{"A81001"}}

// open opens a case at a desk of its own and returns its reference.
func (o *office) open() string {
	o.t.Helper()
	out, err := o.desk().Open(context.Background(), bloods, by("j.doe"))
	if err != nil {
		o.t.Fatal(err)
	}
	return out.Aggregate.ID
}

// does carries out a command that must succeed.
func (o *office) does(d *casework.Desk, ref string, cmd negotiation.Command, how casework.Request) casework.Outcome {
	o.t.Helper()
	out, err := d.Handle(context.Background(), ref, cmd, how)
	if err != nil {
		o.t.Fatalf("%#v was refused: %v", cmd, err)
	}
	return out
}

// commits returns how many commits the log holds of the case.
func (o *office) commits(ref string) int {
	o.t.Helper()
	return len(o.log.history(o.t, events.Case(ref)))
}

func same(t testing.TB, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b calendar.Date) bool { return a == b })); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func note(text string) negotiation.AddNote { return negotiation.AddNote{Text: text} }

func offer(pence int64) negotiation.TableOffer {
	return negotiation.TableOffer{By: events.ICB, Terms: events.Terms{PricePence: pence, Unit: "blood test", From: day("2027-04-01")}}
}

func TestHandleRecordsWhatWasDecided(t *testing.T) {
	o := newOffice(t)
	ref := o.open()
	how := by("j.doe")
	out := o.does(o.desk(), ref, note("rang the ICB"), how)
	h := o.log.history(t, events.Case(ref))
	got := h[len(h)-1]
	same(t, casework.Outcome{Aggregate: events.Case(ref), Version: 2, Position: got.Position, Facts: []events.Fact{{On: day("2026-11-22"), Event: events.NoteAdded{Text: "rang the ICB"}}}}, out)
	if got.Command != how.Command || got.Actor != "j.doe" || !got.RecordedAt.Equal(*o.now.Load()) {
		t.Errorf("%s by %s at %s", got.Command, got.Actor, got.RecordedAt)
	}
	same(t, out.Facts, got.Facts)
}

func TestTheDayBeginsInTheDesksZone(t *testing.T) {
	o := newOffice(t)
	o.set("2026-07-01T23:30:00Z") // half past midnight in London
	if d := o.desk().Today(); d != day("2026-07-02") {
		t.Errorf("it is %s", d)
	}
}

func TestARepeatIsGivenTheRecordedResult(t *testing.T) {
	o := newOffice(t)
	ref, desk, how := o.open(), o.desk(), by("j.doe")
	want := o.does(desk, ref, note("a"), how)
	want.Repeated = true
	o.does(desk, ref, note("b"), by("k.roe"))
	for what, d := range map[string]*casework.Desk{"the same desk": desk, "another": o.desk()} {
		for _, cmd := range []negotiation.Command{note("a"), note("b")} { // whatever note comes under its ID
			same(t, want, o.does(d, ref, cmd, how))
		}
		dry, old := how, how
		dry.DryRun, old.Seen = true, 1
		same(t, want, o.does(d, ref, note("a"), dry))
		same(t, want, o.does(d, ref, note("a"), old))
		if n := o.commits(ref); n != 3 {
			t.Errorf("%s recorded %d more", what, n-3)
		}
	}
}

func TestARepeatIsKnownHoweverLate(t *testing.T) {
	o := newOffice(t)
	ref, desk, how := o.open(), o.desk(), by("j.doe")
	want := o.does(desk, ref, note("a"), how)
	want.Repeated = true
	for range 10_000 {
		o.does(desk, ref, note("b"), by("k.roe"))
	}
	appended := o.log.last
	same(t, want, o.does(desk, ref, note("a"), how))
	same(t, want, o.does(o.desk(), ref, note("a"), how))
	if o.log.last != appended {
		t.Error("it was recorded again")
	}
}

func TestACommandThatChangesNothingIsNotRecorded(t *testing.T) {
	o := newOffice(t)
	ref := o.open()
	out := o.does(o.desk(), ref, negotiation.Join{Practices: []string{"A81001"}}, by("j.doe"))
	same(t, casework.Outcome{Aggregate: events.Case(ref), Version: 1}, out)
	if n := o.commits(ref); n != 1 {
		t.Errorf("%d commits", n)
	}
}

func TestADryRunRecordsNothing(t *testing.T) {
	o := newOffice(t)
	ref, desk, how := o.open(), o.desk(), by("j.doe")
	how.DryRun = true
	out := o.does(desk, ref, note("a"), how)
	same(t, casework.Outcome{Aggregate: events.Case(ref), Version: 1, Facts: []events.Fact{{On: day("2026-11-22"), Event: events.NoteAdded{Text: "a"}}}}, out)
	if n := o.commits(ref); n != 1 {
		t.Errorf("%d commits", n)
	}
	how.DryRun = false
	if out := o.does(desk, ref, note("a"), how); out.Repeated || out.Version != 2 {
		t.Errorf("after a dry run: %+v", out)
	}
}

func TestRequestsAreSigned(t *testing.T) {
	o := newOffice(t)
	ref := o.open()
	for what, how := range map[string]casework.Request{"no ID": {Actor: "j.doe"}, "nobody": {Command: uuid.Must(uuid.NewV7())}} {
		if _, err := o.desk().Handle(context.Background(), ref, note("a"), how); !errors.Is(err, casework.ErrUnsigned) {
			t.Errorf("%s: %v", what, err)
		}
		if _, err := o.desk().Open(context.Background(), bloods, how); !errors.Is(err, casework.ErrUnsigned) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if n := o.commits(ref); n != 1 {
		t.Errorf("%d commits", n)
	}
}

func TestRecordedAtNeverGoesBack(t *testing.T) {
	o := newOffice(t)
	ref, desk := o.open(), o.desk()
	for _, moment := range []string{"2026-11-22T11:00:00Z", "2026-11-22T10:30:00Z", "2026-11-20T10:30:00Z", "2026-11-22T11:00:01Z"} {
		o.set(moment)
		o.does(desk, ref, note(moment), by("j.doe"))
		o.does(o.desk(), ref, note(moment), by("j.doe"))
	}
	h := o.log.history(t, events.Case(ref)) // checks their order
	if got := h[len(h)-2].RecordedAt.Format(time.RFC3339); got != "2026-11-22T11:00:01Z" {
		t.Errorf("the last was recorded at %s", got)
	}
}

func TestUnknownCases(t *testing.T) {
	o := newOffice(t)
	ref := o.open()
	reads, appends := o.log.reads.Load(), o.log.appends.Load()
	desk := o.desk()
	for _, hostile := range []string{"", "../x", "a.b", "*", ">", "GLO-26-0001.x", "GLO 26", "GLO-26-0001\n", "-", "é", "case/GLO-26-0001"} {
		for _, cmd := range []negotiation.Command{note("a"), negotiation.Correct{Why: "x", Retract: true}} {
			_, err := desk.Handle(context.Background(), hostile, cmd, by("j.doe"))
			var unknown *casework.UnknownCase
			if !errors.As(err, &unknown) || unknown.Ref != hostile || !errors.Is(err, negotiation.ErrNotOpened) {
				t.Errorf("%q: %v", hostile, err)
			}
		}
	}
	if o.log.reads.Load() != reads || o.log.appends.Load() != appends {
		t.Error("the log was asked for what cannot be there")
	}
	for _, how := range []casework.Request{by("j.doe"), seeing(3)} {
		_, err := desk.Handle(context.Background(), "GLO-26-0999", note("a"), how)
		var unknown *casework.UnknownCase
		if !errors.As(err, &unknown) || unknown.Ref != "GLO-26-0999" {
			t.Errorf("a case that is not there: %v", err)
		}
	}
	if n := o.commits(ref); n != 1 || o.log.appends.Load() != appends {
		t.Errorf("%d commits", n)
	}
}

func TestARefusalBringsNoFacts(t *testing.T) {
	o := newOffice(t)
	ref := o.open()
	for _, cmd := range []negotiation.Command{note("943 476 5919"), note(""), negotiation.AcceptOffer{Offer: 1}} {
		if out, err := o.desk().Handle(context.Background(), ref, cmd, by("j.doe")); err == nil || len(out.Facts) > 0 {
			t.Errorf("%#v: %v, %v", cmd, out, err)
		}
	}
}

func TestCorrectionsRefoldWhatADeskKnows(t *testing.T) {
	o := newOffice(t)
	ref, here, there := o.open(), o.desk(), o.desk()
	o.does(here, ref, offer(450), by("j.doe"))
	o.does(there, ref, note("both know the case"), by("k.roe"))
	o.does(here, ref, negotiation.Correct{Event: events.EventID{Version: 2, Index: 1}, Why: "another case", Retract: true}, by("j.doe"))
	for _, d := range []*casework.Desk{here, there, o.desk()} {
		if _, err := d.Handle(context.Background(), ref, negotiation.AcceptOffer{Offer: 1}, by("j.doe")); !errors.Is(err, negotiation.ErrUnknownOffer) {
			t.Errorf("the offer that was never made was met with: %v", err)
		}
	}
	o.does(there, ref, negotiation.Correct{Event: events.EventID{Version: 4, Index: 1}, Why: "it was this one", Retract: true}, by("k.roe"))
	o.does(here, ref, note("in between"), by("j.doe"))
	o.does(here, ref, negotiation.AcceptOffer{Offer: 1}, by("j.doe"))
}
