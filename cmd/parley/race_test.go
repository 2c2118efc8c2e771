package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/uuid"

	"parley/domain/casework"
	"parley/domain/negotiation"
	"parley/events"
)

// desks is several desks over one store's log, as several servers would have
// them: each with its own idea of how the cases stand.
type desks struct {
	*store
	t     *testing.T
	desks []*casework.Desk
}

const writersAtOnce = 16

// openDesks opens the store in this process, with so many desks.
func openDesks(t *testing.T, p program, n int) desks {
	t.Helper()
	var stdout, stderr bytes.Buffer
	s, err := p.app(&stdout, &stderr).openWithViews(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	d := desks{store: s, t: t}
	for range n {
		d.desks = append(d.desks, casework.New(s.log, s.views, s.views, s.clock, s.zone))
	}
	return d
}

// openCase opens a case at one of the desks.
func (d desks) openCase(i int, how casework.Request) (casework.Outcome, error) {
	return d.insist(func() (casework.Outcome, error) {
		return d.desks[i%len(d.desks)].Open(d.t.Context(), negotiation.OpenCase{
			LMC: "GLO", ICB: "QR1", Service: "ecg", Title: fmt.Sprintf("Case %d", i), Practices: eight()[:1],
		}, how)
	})
}

// note records a note at one of the desks.
func (d desks) note(i int, ref string, how casework.Request) (casework.Outcome, error) {
	return d.insist(func() (casework.Outcome, error) {
		return d.desks[i%len(d.desks)].Handle(d.t.Context(), ref, negotiation.AddNote{Text: fmt.Sprintf("Writer %d was here", i)}, how)
	})
}

// insist sends a command again for as long as the case is merely busy.
func (d desks) insist(send func() (casework.Outcome, error)) (casework.Outcome, error) {
	for {
		out, err := send()
		if seen := new(casework.Conflict); errors.As(err, &seen) || !errors.Is(err, casework.ErrConflict) {
			return out, err
		}
	}
}

func asks(t *testing.T) casework.Request {
	t.Helper()
	id, err := uuid.NewV7()
	if err != nil {
		t.Error(err)
	}
	return casework.Request{Command: id, Actor: "test"}
}

// atOnce lets the writers begin at the same moment, and waits for all.
func atOnce(n int, do func(i int)) {
	var all sync.WaitGroup
	begin := make(chan struct{})
	for i := range n {
		all.Go(func() {
			<-begin
			do(i)
		})
	}
	close(begin)
	all.Wait()
}

// acknowledged is what writers were told, by command.
type acknowledged struct {
	mu  sync.Mutex
	all map[uuid.UUID]casework.Outcome
}

func (a *acknowledged) heard(id uuid.UUID, out casework.Outcome) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.all == nil {
		a.all = map[uuid.UUID]casework.Outcome{}
	}
	a.all[id] = out
}

// check compares what writers were told with what is in the log: each command
// once, at the position and version of its answer.
func (a *acknowledged) check(d desks) {
	d.t.Helper()
	found := map[uuid.UUID]int{}
	err := d.log.Scan(d.t.Context(), 0, func(r events.Recorded) error {
		out, known := a.all[r.Command]
		if !known || r.Aggregate.Kind != events.KindCase { // opening a case takes a number as well
			return nil
		}
		found[r.Command]++
		if r.Position != out.Position || r.Version != out.Version || r.Aggregate != out.Aggregate {
			d.t.Errorf("%s version %d at position %d was acknowledged as %s version %d at position %d",
				r.Aggregate, r.Version, r.Position, out.Aggregate, out.Version, out.Position)
		}
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
	for id, out := range a.all {
		if found[id] != 1 {
			d.t.Errorf("the command of %s version %d is in the log %d times", out.Aggregate, out.Version, found[id])
		}
	}
}

func TestWritersOnOneCase(t *testing.T) {
	d := openDesks(t, newStore(t), 4)
	opened, err := d.openCase(0, asks(t))
	if err != nil {
		t.Fatal(err)
	}
	const each = 8
	var told acknowledged
	atOnce(writersAtOnce, func(i int) {
		for range each {
			how := asks(t)
			out, err := d.note(i, opened.Aggregate.ID, how)
			if err != nil {
				t.Error(err)
				return
			}
			told.heard(how.Command, out)
		}
	})
	versions := map[int]bool{}
	for _, out := range told.all {
		versions[out.Version] = true
	}
	if want := writersAtOnce * each; len(versions) != want {
		t.Errorf("%d versions for %d commands", len(versions), want)
	}
	told.check(d)
}

// Of those who all saw the same version one gets in; the others are shown it.
func TestOneWinnerForEachVersion(t *testing.T) {
	d := openDesks(t, newStore(t), writersAtOnce)
	opened, err := d.openCase(0, asks(t))
	if err != nil {
		t.Fatal(err)
	}
	ref, seen := opened.Aggregate.ID, opened.Version
	for ; seen < opened.Version+10; seen++ {
		won := make([]bool, writersAtOnce)
		atOnce(writersAtOnce, func(i int) {
			how := asks(t)
			how.Seen = seen
			out, err := d.note(i, ref, how)
			var conflict *casework.Conflict
			switch {
			case err == nil && out.Version == seen+1:
				won[i] = true
			case !errors.As(err, &conflict) || conflict.Seen != seen || len(conflict.Between) == 0:
				t.Errorf("version %d: %+v, %v", seen, out, err)
			}
		})
		if winners := len(slices.DeleteFunc(won, func(w bool) bool { return !w })); winners != 1 {
			t.Errorf("version %d has %d winners", seen+1, winners)
		}
	}
}

func TestWritersOnManyCases(t *testing.T) {
	d := openDesks(t, newStore(t), 4)
	var told acknowledged
	refs := make([][]string, writersAtOnce)
	const each = 4
	atOnce(writersAtOnce, func(i int) {
		for range each {
			how := asks(t)
			out, err := d.openCase(i, how)
			if err != nil {
				t.Error(err)
				return
			}
			told.heard(how.Command, out)
			refs[i] = append(refs[i], out.Aggregate.ID)
			for range each {
				how := asks(t)
				if out, err = d.note(i, out.Aggregate.ID, how); err != nil {
					t.Error(err)
					return
				}
				told.heard(how.Command, out)
			}
		}
	})
	all := slices.Sorted(slices.Values(slices.Concat(refs...)))
	if want := writersAtOnce * each; len(slices.Compact(slices.Clone(all))) != want || !strings.HasSuffix(all[len(all)-1], fmt.Sprintf("-%04d", want)) {
		t.Errorf("%d cases were opened as %v", want, all)
	}
	told.check(d)
}

// A command that is sent many times at once, to several desks, is carried out once.
func TestOneCommandSentAtOnce(t *testing.T) {
	d := openDesks(t, newStore(t), 4)
	opening := asks(t)
	refs := make([]string, writersAtOnce)
	atOnce(writersAtOnce, func(i int) {
		out, err := d.openCase(7, opening)
		if err != nil {
			t.Error(err)
		}
		refs[i] = out.Aggregate.ID
	})
	if slices.Sort(refs); refs[0] != refs[len(refs)-1] {
		t.Errorf("one command opened %v", slices.Compact(refs))
	}
	noting, positions := asks(t), make([]uint64, writersAtOnce)
	atOnce(writersAtOnce, func(i int) {
		out, err := d.desks[i%4].Handle(t.Context(), refs[0], negotiation.AddNote{Text: "Once"}, noting)
		if err != nil {
			t.Error(err)
		}
		positions[i] = out.Position
	})
	if slices.Sort(positions); positions[0] != positions[len(positions)-1] {
		t.Errorf("one command was recorded at %v", slices.Compact(positions))
	}
}

// Who comes second to a store waits for a moment, and is then told who has it.
func TestTheStoreIsInUse(t *testing.T) {
	p := newProgram(t)
	s := openDesks(t, p, 1)
	e := p.run(0, "case", "open", "--icb", "QR1", "--service", "ecg", "--title", "Second", "--wait", "300ms")
	var said struct {
		Error struct{ Code, Message, Hint string }
	}
	if err := json.Unmarshal([]byte(e.stderr), &said); err != nil {
		t.Fatalf("%v: %s", err, e.stderr)
	}
	if e.code != exitUnreachable || !strings.Contains(said.Error.Message, "parley test") || !strings.Contains(said.Error.Message, fmt.Sprint(os.Getpid())) {
		t.Errorf("exit %d: %+v", e.code, said.Error)
	}
	if _, err := s.openCase(1, asks(t)); err != nil {
		t.Errorf("after somebody else tried: %v", err)
	}
}

// Processes that come at once to a store take turns.
func TestProcessesTakeTurns(t *testing.T) {
	p := newProgram(t)
	answers := make([]changed, 20)
	atOnce(len(answers), func(i int) {
		e := p.run(0, "case", "open", "--icb", "QR1", "--service", "ecg", "--title", fmt.Sprintf("Case %d", i), "--wait", "60s")
		var ok bool
		if answers[i], ok = e.acknowledged(); !ok {
			t.Errorf("exit %d: %s", e.code, e.stderr)
		}
	})
	refs := map[string]bool{}
	for _, a := range answers {
		refs[a.Ref] = true
	}
	if len(refs) != len(answers) {
		t.Errorf("%d processes opened %d cases: %v", len(answers), len(refs), refs)
	}
	p.must("verify")
}
