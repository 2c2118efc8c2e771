package casework_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"parley/domain/casework"
	"parley/domain/directory"
	"parley/domain/negotiation"
	"parley/events"
)

func TestOpenGivesNumbers(t *testing.T) {
	o := newOffice(t)
	desk := o.desk()
	for _, want := range []string{"GLO-26-0001", "GLO-26-0002"} {
		out, err := desk.Open(context.Background(), bloods, by("j.doe"))
		if err != nil || out.Aggregate != events.Case(want) || out.Version != 1 || len(out.Facts) != 2 {
			t.Fatalf("%+v, %v", out, err)
		}
		if e := out.Facts[0].Event.(events.CaseOpened); e.Ref != want {
			t.Errorf("the case %s calls itself %s", want, e.Ref)
		}
	}
	elsewhere := bloods
	elsewhere.LMC = "SOM"
	o.set("2027-01-01T00:00:00Z")
	for want, cmd := range map[string]negotiation.OpenCase{"GLO-27-0001": bloods, "SOM-27-0001": elsewhere} {
		if out, err := desk.Open(context.Background(), cmd, by("j.doe")); err != nil || out.Aggregate.ID != want {
			t.Errorf("%+v, %v", out, err)
		}
	}
	if out, err := desk.Handle(context.Background(), "GLO-26-0042", bloods, by("j.doe")); err != nil || out.Aggregate.ID != "GLO-27-0002" {
		t.Errorf("no reference is opened that the register did not give out: %+v, %v", out, err)
	}
}

func TestOpenRepeatedFindsTheSameCase(t *testing.T) {
	o := newOffice(t)
	how := by("j.doe")
	first, err := o.desk().Open(context.Background(), bloods, how)
	if err != nil {
		t.Fatal(err)
	}
	want := first
	want.Repeated = true
	again := func(what string) {
		t.Helper()
		desk := o.desk()
		for range 2 {
			out, err := desk.Open(context.Background(), bloods, how)
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			same(t, want, out)
		}
		if n := len(o.log.history(t, events.Register("GLO-26"))); n != 1 || o.log.last != 6 {
			t.Errorf("%s: %d numbers were given out, and the log is at %d", what, n, o.log.last)
		}
	}
	again("at once")
	o.does(o.desk(), first.Aggregate.ID, note("a"), by("k.roe"))
	o.log.last -= 3
	again("when the case has moved on")
	closed := practice("A81001")
	closed.Open[0].Until = day("2026-10-31")
	o.bodies.Directory = directory.New().With(closed)
	again("when the practice turns out to have closed")
}

func TestOpenRepeatedAfterNewYear(t *testing.T) {
	o := newOffice(t)
	o.set("2026-12-31T23:50:00Z")
	how := casework.Request{Command: madeAt(t, *o.now.Load()), Actor: "j.doe"}
	first, err := o.desk().Open(context.Background(), bloods, how)
	if err != nil || first.Aggregate.ID != "GLO-26-0001" {
		t.Fatalf("%+v, %v", first, err)
	}
	o.log.onAppend = once(events.KindCase, broken)
	cutOff := casework.Request{Command: madeAt(t, o.now.Load().Add(time.Minute)), Actor: "j.doe"}
	if _, err := o.desk().Open(context.Background(), bloods, cutOff); !errors.Is(err, errBroken) {
		t.Fatal(err)
	}
	o.set("2027-01-01T00:10:00Z")
	for _, c := range []struct {
		how      casework.Request
		ref      string
		repeated bool
	}{
		{how, "GLO-26-0001", true},
		{cutOff, "GLO-26-0002", false},
		{casework.Request{Command: madeAt(t, o.now.Load().Add(-20*time.Minute)), Actor: "j.doe"}, "GLO-27-0001", false}, // made last year, first heard of now
	} {
		out, err := o.desk().Open(context.Background(), bloods, c.how)
		if err != nil || out.Aggregate.ID != c.ref || out.Repeated != c.repeated {
			t.Errorf("%+v, %v, want %s", out, err, c.ref)
		}
	}
}

// madeAt returns a UUIDv7 that was made at that moment.
func madeAt(t *testing.T, at time.Time) uuid.UUID {
	t.Helper()
	id := uuid.Must(uuid.NewV7())
	ms := at.UnixMilli()
	for i := range 6 {
		id[i] = byte(ms >> (8 * (5 - i)))
	}
	if got := time.Unix(id.Time().UnixTime()); got.Sub(at).Abs() > time.Second {
		t.Fatalf("made at %s, not %s", got, at)
	}
	return id
}

func TestOpenCutOffIsCompleted(t *testing.T) {
	for what, goesWrong := range map[string]fault{"not stored": broken, "stored unheard": unheard, "lost": lost, "beaten": taken} {
		t.Run(what, func(t *testing.T) {
			o := newOffice(t)
			o.log.onAppend = once(events.KindCase, goesWrong)
			how := by("j.doe")
			if out, err := o.desk().Open(context.Background(), bloods, how); goesWrong == broken {
				if !errors.Is(err, errBroken) {
					t.Fatalf("%+v, %v", out, err)
				}
				if n := o.commits("GLO-26-0001"); n != 0 {
					t.Fatalf("%d commits", n)
				}
			}
			out, err := o.desk().Open(context.Background(), bloods, how)
			if err != nil || out.Aggregate.ID != "GLO-26-0001" || out.Version != 1 {
				t.Fatalf("%+v, %v", out, err)
			}
			if cases, numbers := o.commits("GLO-26-0001"), len(o.log.history(t, events.Register("GLO-26"))); cases != 1 || numbers != 1 {
				t.Errorf("%d commits, %d numbers", cases, numbers)
			}
		})
	}
}

func TestARefusedOpenLeavesNoTrace(t *testing.T) {
	o := newOffice(t)
	desk := o.desk()
	for what, c := range map[string]struct {
		change func(*negotiation.OpenCase)
		why    error
	}{
		"an unknown practice":  {func(cmd *negotiation.OpenCase) { cmd.Practices = []string{"A89999"} }, directory.ErrUnknownPractice},
		"an abolished ICB":     {func(cmd *negotiation.OpenCase) { cmd.ICB = "QMJ" }, directory.ErrAbolished},
		"no title":             {func(cmd *negotiation.OpenCase) { cmd.Title = "" }, negotiation.ErrMissing},
		"a patient":            {func(cmd *negotiation.OpenCase) { cmd.Title = "943 476 5919" }, negotiation.ErrPatientData},
		"a hostile LMC":        {func(cmd *negotiation.OpenCase) { cmd.LMC = "../x" }, negotiation.ErrInvalid},
		"an LMC of wildcards":  {func(cmd *negotiation.OpenCase) { cmd.LMC = "*.>" }, negotiation.ErrInvalid},
		"no LMC":               {func(cmd *negotiation.OpenCase) { cmd.LMC = "" }, negotiation.ErrInvalid},
		"a day that has to be": {func(cmd *negotiation.OpenCase) { cmd.On = day("2026-11-23") }, negotiation.ErrFuture},
	} {
		cmd := bloods
		c.change(&cmd)
		for _, dry := range []bool{true, false} {
			how := by("j.doe")
			how.DryRun = dry
			if out, err := desk.Open(context.Background(), cmd, how); !errors.Is(err, c.why) || len(out.Facts) > 0 {
				t.Errorf("%s: %+v, %v", what, out, err)
			}
		}
	}
	if o.log.appends.Load() != 0 {
		t.Errorf("%d appends", o.log.appends.Load())
	}
	if ref := o.open(); ref != "GLO-26-0001" {
		t.Errorf("a number was burnt: the next is %s", ref)
	}
}

func TestADryRunOfOpenNamesTheNextNumber(t *testing.T) {
	o := newOffice(t)
	o.open()
	how := by("j.doe")
	how.DryRun = true
	out, err := o.desk().Open(context.Background(), bloods, how)
	if err != nil || out.Aggregate.ID != "GLO-26-0002" || out.Version != 0 || out.Position != 0 || len(out.Facts) != 2 {
		t.Errorf("%+v, %v", out, err)
	}
	if o.log.last != 6 || o.open() != "GLO-26-0002" {
		t.Error("the dry run was recorded")
	}
}

func TestDesksRacingToOpenNeverShareANumber(t *testing.T) {
	const racers, each = 8, 12
	o := newOffice(t)
	desks := []*casework.Desk{o.desk(), o.desk(), o.desk()}
	var mu sync.Mutex
	var wg sync.WaitGroup
	opened := map[string]int{}
	for racer := range racers {
		wg.Go(func() {
			for range each {
				out, err := persist(func(how casework.Request) (casework.Outcome, error) {
					return desks[racer%len(desks)].Open(context.Background(), bloods, how)
				})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				opened[out.Aggregate.ID]++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	for n := 1; n <= racers*each; n++ {
		ref := fmt.Sprintf("GLO-26-%04d", n)
		if opened[ref] != 1 || o.commits(ref) != 1 {
			t.Errorf("%s was opened %d times, and has %d commits", ref, opened[ref], o.commits(ref))
		}
	}
	o.log.history(t, events.Register("GLO-26"))
}

// persist sends a command until it is not merely crowded out.
func persist(send func(casework.Request) (casework.Outcome, error)) (casework.Outcome, error) {
	how := by("j.doe")
	for {
		out, err := send(how)
		if err == nil || !errors.Is(err, casework.ErrConflict) {
			return out, err
		}
	}
}
