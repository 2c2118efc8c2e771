package casework_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"parley/domain/casework"
	"parley/domain/directory"
	"parley/domain/negotiation"
	"parley/events"
)

func TestAConflictIsDecidedAfresh(t *testing.T) {
	o := newOffice(t)
	ref, here, there := o.open(), o.desk(), o.desk()
	o.does(here, ref, offer(450), by("j.doe"))
	o.does(there, ref, note("there"), by("k.roe"))
	if out := o.does(here, ref, note("here, after something it had not seen"), by("j.doe")); out.Version != 4 {
		t.Errorf("version %d", out.Version)
	}
	o.does(there, ref, negotiation.AcceptOffer{Offer: 1}, by("k.roe"))
	if out := o.does(here, ref, negotiation.AcceptOffer{Offer: 1}, by("j.doe")); len(out.Facts) != 0 || out.Version != 5 {
		t.Errorf("accepted again: %+v", out)
	}
	if _, err := here.Handle(context.Background(), ref, offer(500), by("j.doe")); !errors.Is(err, negotiation.ErrAgreed) {
		t.Errorf("decided on what was so before: %v", err)
	}
}

func TestACrowdedOutCommandSaysSo(t *testing.T) {
	o := newOffice(t)
	ref := o.open()
	o.log.onAppend = func(events.Sealed) fault { return taken }
	if _, err := o.desk().Handle(context.Background(), ref, note("a"), by("j.doe")); !errors.Is(err, casework.ErrConflict) || !strings.Contains(err.Error(), ref) {
		t.Error(err)
	}
	o.log.onAppend = once(events.KindCase, taken)
	if out := o.does(o.desk(), ref, note("a"), by("j.doe")); out.Version != 2 {
		t.Errorf("%+v", out)
	}
}

// Scenario: both saw version 2; one accepts the offer and the other withdraws
// it. One wins, the other is shown what came between. A note goes through.
func TestTwoCaseworkers(t *testing.T) {
	o := newOffice(t)
	ref, here, there := o.open(), o.desk(), o.desk()
	o.does(o.desk(), ref, offer(410), by("j.doe"))
	o.does(here, ref, negotiation.AcceptOffer{Offer: 1}, seeing(2))
	o.does(there, ref, note("at the same moment"), by("k.roe"))
	_, err := there.Handle(context.Background(), ref, negotiation.WithdrawOffer{Offer: 1}, seeing(2))
	var conflict *casework.Conflict
	if !errors.As(err, &conflict) || !errors.Is(err, casework.ErrConflict) {
		t.Fatal(err)
	}
	if conflict.Seen != 2 || conflict.Now != 4 || conflict.Aggregate != events.Case(ref) || len(conflict.Between) != 2 {
		t.Fatalf("%+v", conflict)
	}
	if _, ok := conflict.Between[0].Facts[0].Event.(events.OfferAccepted); !ok || conflict.Between[1].Actor != "k.roe" {
		t.Errorf("between: %+v", conflict.Between)
	}
	if n := o.commits(ref); n != 4 {
		t.Errorf("%d commits", n)
	}
}

func TestAVersionThatNobodySaw(t *testing.T) {
	o := newOffice(t)
	ref := o.open()
	_, err := o.desk().Handle(context.Background(), ref, note("a"), seeing(7))
	var conflict *casework.Conflict
	if !errors.As(err, &conflict) || conflict.Now != 1 || len(conflict.Between) != 0 || !strings.Contains(err.Error(), "no version 7") {
		t.Errorf("%v", err)
	}
	if out := o.does(o.desk(), ref, note("a"), seeing(1)); out.Version != 2 {
		t.Errorf("%+v", out)
	}
}

func TestAVersionSeenIsHeldToWhileOthersWrite(t *testing.T) {
	o := newOffice(t)
	ref, other := o.open(), o.desk()
	var mu sync.Mutex
	intruded := false
	o.log.onAppend = func(c events.Sealed) fault {
		mu.Lock()
		first := !intruded
		intruded = true
		mu.Unlock()
		if first { // between the decision and the append
			o.does(other, ref, note("in between"), by("k.roe"))
		}
		return none
	}
	_, err := o.desk().Handle(context.Background(), ref, note("a"), seeing(1))
	var conflict *casework.Conflict
	if !errors.As(err, &conflict) || conflict.Now != 2 {
		t.Errorf("%v", err)
	}
}

// casefile returns the case as it was at a version.
func (o *office) casefile(ref string, version int) negotiation.Casefile {
	o.t.Helper()
	var file negotiation.Casefile
	h := o.log.history(o.t, events.Case(ref))[:version]
	for _, r := range h {
		if err := file.Advance(r); err != nil {
			o.t.Fatal(err)
		}
	}
	file.Case = negotiation.Fold(h)
	return file
}

func TestAStaleMemoryDoesNoHarm(t *testing.T) {
	o := newOffice(t)
	ref, repeated := o.open(), by("j.doe")
	o.does(o.desk(), ref, note("a"), by("j.doe"))
	o.does(o.desk(), ref, offer(450), repeated)
	o.does(o.desk(), ref, negotiation.Close{Outcome: events.Withdrawn}, by("j.doe"))
	o.does(o.desk(), ref, negotiation.Reopen{Why: "x"}, by("j.doe"))
	o.does(o.desk(), ref, negotiation.Leave{Practices: []string{"A81001"}}, by("j.doe"))
	for version := 1; version <= 6; version++ {
		file := o.casefile(ref, version)
		stale := memory{cases: map[string]negotiation.Casefile{ref: file}}
		commands := len(file.Commands)
		if out := o.does(o.desk(stale), ref, offer(450), repeated); !out.Repeated || out.Version != 3 {
			t.Errorf("at %d a repeat gave %+v", version, out)
		}
		dry := by("j.doe")
		dry.DryRun = true
		// Refused before version 3 and again on the closed case of version 4, so at the log's head not.
		if out := o.does(o.desk(stale), ref, negotiation.RejectOffer{Offer: 1}, dry); len(out.Facts) != 1 || out.Version != 6 {
			t.Errorf("at %d a rejection gave %+v", version, out)
		}
		// Nothing to do before version 6, as the practice was a party.
		if out := o.does(o.desk(stale), ref, negotiation.Join{Practices: []string{"A81001"}}, dry); len(out.Facts) != 1 {
			t.Errorf("at %d joining gave %+v", version, out)
		}
		if len(file.Commands) != commands {
			t.Errorf("the desk wrote into the memory of version %d", version)
		}
	}
	file := o.casefile(ref, 6)
	o.log.reads.Store(0)
	o.does(o.desk(memory{cases: map[string]negotiation.Casefile{ref: file}}), ref, note("b"), by("j.doe"))
	if n := o.log.reads.Load(); n != 0 {
		t.Errorf("with a fresh memory the log was read %d times", n)
	}
	if len(file.Commands) != 6 {
		t.Error("the desk wrote into the memory")
	}
	if _, err := o.desk(memory{err: errBroken}).Handle(context.Background(), ref, note("c"), by("j.doe")); !errors.Is(err, errBroken) {
		t.Error(err)
	}
}

func TestAStaleRegisterDoesNoHarm(t *testing.T) {
	o := newOffice(t)
	o.open()
	h := o.log.history(t, events.Register("GLO-26"))
	var file negotiation.Registerfile
	if err := file.Advance(h[0]); err != nil {
		t.Fatal(err)
	}
	file.Register = negotiation.FoldRegister(h)
	o.open()
	out, err := o.desk(memory{registers: map[string]negotiation.Registerfile{"GLO-26": file}}).Open(context.Background(), bloods, by("j.doe"))
	if err != nil || out.Aggregate.ID != "GLO-26-0003" || len(file.Commands) != 1 {
		t.Errorf("%+v, %v", out, err)
	}
}

func TestADeskCatchesUpWithManyCorrectionsAtOnce(t *testing.T) {
	o := newOffice(t)
	ref, desk := o.open(), o.desk()
	for v := 2; v < 40; v += 2 {
		o.does(desk, ref, note("a"), by("j.doe"))
		o.does(desk, ref, negotiation.Correct{Event: events.EventID{Version: v, Index: 1}, Why: "x", Retract: true}, by("j.doe"))
	}
	o.log.reads.Store(0)
	o.does(o.desk(), ref, note("b"), by("j.doe"))
	if n := o.log.reads.Load(); n > 2 {
		t.Errorf("the history was read %d times", n)
	}
}

func TestTheDirectoryIsUpdated(t *testing.T) {
	o := newOffice(t)
	establish := directory.EstablishCommissioner{ICB: "C1D2E", Name: "NHS Everywhere Integrated Care Board", From: day("2027-04-01")}
	how := by("j.doe")
	for i, want := range []casework.Outcome{{Version: 1}, {Version: 1, Repeated: true}} {
		out, err := o.desk().UpdateDirectory(context.Background(), establish, how)
		if err != nil || out.Version != want.Version || out.Repeated != want.Repeated || len(out.Facts) != 1 || out.Aggregate != events.Directory() {
			t.Errorf("%d: %+v, %v", i, out, err)
		}
	}
	if out, err := o.desk().UpdateDirectory(context.Background(), establish, by("j.doe")); err != nil || len(out.Facts) != 0 || out.Version != 1 {
		t.Errorf("%+v, %v", out, err)
	}
	if n := o.log.appends.Load(); n != 1 {
		t.Errorf("%d appends", n)
	}
}

func TestManyWritersOfOneCase(t *testing.T) {
	const writers, each = 16, 20
	o := newOffice(t)
	ref := o.open()
	desks := make([]*casework.Desk, 5)
	for i := range desks {
		desks[i] = o.desk()
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	winners := map[int]uuid.UUID{}
	for writer := range writers {
		wg.Go(func() {
			for i := range each {
				var how casework.Request
				out, err := persist(func(h casework.Request) (casework.Outcome, error) {
					how = h
					return desks[writer%len(desks)].Handle(context.Background(), ref, note(fmt.Sprint(writer, "/", i)), h)
				})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				if other, won := winners[out.Version]; won {
					t.Errorf("version %d was given to %s and to %s", out.Version, other, how.Command)
				}
				winners[out.Version] = how.Command
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	h := o.log.history(t, events.Case(ref))
	if len(h) != 1+writers*each {
		t.Fatalf("%d commits", len(h))
	}
	for _, r := range h[1:] {
		if winners[r.Version] != r.Command {
			t.Errorf("version %d is of %s, and was acknowledged to %s", r.Version, r.Command, winners[r.Version])
		}
	}
}

func TestOneWinnerForEachVersionSeen(t *testing.T) {
	const writers = 16
	o := newOffice(t)
	ref := o.open()
	desks := []*casework.Desk{o.desk(), o.desk(), o.desk()}
	for version := 1; version <= 10; version++ {
		var mu sync.Mutex
		var wg sync.WaitGroup
		won := 0
		for writer := range writers {
			wg.Go(func() {
				_, err := desks[writer%len(desks)].Handle(context.Background(), ref, note("a"), seeing(version))
				var conflict *casework.Conflict
				mu.Lock()
				defer mu.Unlock()
				switch {
				case err == nil:
					won++
				case !errors.As(err, &conflict) || conflict.Now != version+1:
					t.Errorf("version %d: %v", version, err)
				}
			})
		}
		wg.Wait()
		if won != 1 {
			t.Errorf("%d won version %d", won, version)
		}
	}
}

// TestRepeatsCauseNothing sends commands as they come, each of them again.
func TestRepeatsCauseNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := newOffice(t)
		ref, desk := o.open(), o.desk()
		for range rapid.IntRange(5, 25).Draw(rt, "commands") {
			if f := rapid.SampledFrom([]fault{none, none, lost, unheard, taken}).Draw(rt, "fault"); f != none {
				o.log.onAppend = once(events.KindCase, f)
			}
			cmd, how := drawCommand(rt, o.commits(ref)), by("j.doe")
			first, err := desk.Handle(context.Background(), ref, cmd, how)
			if err != nil || len(first.Facts) == 0 {
				continue
			}
			first.Repeated = true
			commits := o.commits(ref)
			for _, d := range []*casework.Desk{desk, o.desk()} {
				if again := o.does(d, ref, cmd, how); fmt.Sprint(again) != fmt.Sprint(first) {
					rt.Fatalf("%#v, repeated, gave\n%+v, and first\n%+v", cmd, again, first)
				}
			}
			if now := o.commits(ref); now != commits {
				rt.Fatalf("%#v, repeated, was recorded again", cmd)
			}
		}
	})
}

func drawCommand(t *rapid.T, commits int) negotiation.Command {
	codes := []string{rapid.SampledFrom([]string{"A81001", "A81002"}).Draw(t, "practice")}
	number := rapid.IntRange(1, 3).Draw(t, "number")
	notice := negotiation.ServeNotice{Practices: codes}
	notice.Period.N, notice.Period.Unit = 3, "m"
	return rapid.SampledFrom([]negotiation.Command{
		note("a"), offer(int64(number)),
		negotiation.AcceptOffer{Offer: number},
		negotiation.RejectOffer{Offer: number},
		negotiation.WithdrawOffer{Offer: number},
		negotiation.Join{Practices: codes},
		negotiation.Leave{Practices: codes},
		negotiation.Advise{Practices: codes, Text: "x"},
		notice,
		negotiation.WithdrawNotice{Practices: codes},
		negotiation.Sign{},
		negotiation.SendFOI{About: "x"},
		negotiation.Assign{Caseworker: "k"},
		negotiation.RaiseDispute{By: events.LMC, Procedure: events.Mediation, About: "x"},
		negotiation.DetermineDispute{Dispute: number, Text: "x"},
		negotiation.Correct{Event: events.EventID{Version: rapid.IntRange(1, commits).Draw(t, "event"), Index: 1}, Why: "x", Retract: true},
	}).Draw(t, "command")
}
