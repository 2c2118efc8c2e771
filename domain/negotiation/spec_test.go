package negotiation

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"parley/domain/calendar"
	"parley/domain/directory"
	"parley/events"
)

// today is the day on which every spec's command is given.
const today = "2027-03-01"

func day(s string) calendar.Date {
	d, err := calendar.Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

func period(s string) calendar.Period {
	p, err := calendar.ParsePeriod(s)
	if err != nil {
		panic(err)
	}
	return p
}

func at(s string) Dated { return Dated{day(s)} }

func fact(on string, e events.Event) events.Fact { return events.Fact{On: day(on), Event: e} }

func follows(on string, e events.Event) events.Fact {
	return events.Fact{On: day(on), Event: e, Follows: true}
}

// practiceCode returns the code of the n-th practice of Gloucestershire, from 1.
func practiceCode(n int) string {
	return "A81" + string([]byte{'0' + byte(n/100), '0' + byte(n/10%10), '0' + byte(n%10)})
}

// bodies is the directory of all specs: forty-five practices of QR1, A82001 of
// another ICB, A83001 which closed on 31 March 2025 and A84001 of one that
// Z9B2Z succeeded on 1 April 2026.
func bodies() directory.Directory {
	practice := func(code, icb, closed string) directory.Practice {
		p := directory.Practice{
			Code: code, Names: []directory.Naming{{From: day("1974-04-01"), Name: "SURGERY " + code}},
			ICBs: []directory.Tenure{{From: directory.ICBsBegan, ICB: icb}}, Open: []directory.Span{{From: day("1974-04-01")}},
		}
		if closed != "" {
			p.Open[0].Until = day(closed)
		}
		return p
	}
	known := []directory.Practice{practice("A82001", "QHM", ""), practice("A83001", "QR1", "2025-03-31"), practice("A84001", "QMJ", "")}
	for n := 1; n <= 45; n++ {
		known = append(known, practice(practiceCode(n), "QR1", ""))
	}
	return directory.New().With(known...)
}

// reporter is a test of the standard library or of rapid.
type reporter interface {
	Helper()
	Fatalf(format string, args ...any)
}

func same(t reporter, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b calendar.Date) bool { return a == b })); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
}

// story is a case's history as it grows. Commands go through Decide, facts
// through the stored form, and after each commit the case that was evolved so
// far must be the one that the whole history folds to.
type story struct {
	t        reporter
	today    calendar.Date
	calendar calendar.Calendar
	bodies   directory.Directory
	history  events.History
	file     Casefile
}

func newStory(t reporter) *story {
	return &story{t: t, today: day(today), calendar: calendar.Builtin(), bodies: bodies()}
}

func (s *story) decide(cmd Command) ([]events.Fact, error) {
	return Decide(s.file.Case, cmd, Circumstances{
		Today: s.today, Calendar: s.calendar, Version: len(s.history) + 1, Bodies: s.bodies, History: s.history,
	})
}

// tell gives the case a command that must not be refused.
func (s *story) tell(cmds ...Command) {
	s.t.Helper()
	for _, cmd := range cmds {
		facts, err := s.decide(cmd)
		if err != nil {
			s.t.Fatalf("%#v was refused: %v", cmd, err)
		}
		s.record(facts)
	}
}

// record takes facts in as the next commit, if there are any.
func (s *story) record(facts []events.Fact) {
	s.t.Helper()
	if len(facts) == 0 {
		return
	}
	version := len(s.history) + 1
	sealed, err := events.Seal(events.Commit{
		Command: uuid.UUID{14: byte(version >> 8), 15: byte(version)}, Aggregate: events.Case("GLO-26-0001"), Version: version, Actor: "j.doe",
		RecordedAt: time.Date(2026, 9, 1, version, 0, 0, 0, time.UTC), Previous: s.file.Hash, Facts: facts,
	})
	if err != nil {
		s.t.Fatalf("facts that cannot be stored: %v", err)
	}
	stored, err := events.Decode(sealed.Stored)
	if err != nil {
		s.t.Fatalf("facts that do not read back: %v\n%s", err, sealed.Stored)
	}
	same(s.t, facts, stored.Facts)
	r := events.Recorded{Commit: stored, Position: uint64(10 * version)}
	if err := s.file.Advance(r); err != nil {
		s.t.Fatalf("%v", err)
	}
	s.history = append(s.history, r)
	s.evolve(r)
}

// evolve takes r in as a view does, and checks what must hold of any case.
func (s *story) evolve(r events.Recorded) {
	s.t.Helper()
	before := asJSON(s.t, s.file.Case)
	next := Evolve(s.file.Case, r.Facts...)
	if after := asJSON(s.t, s.file.Case); after != before {
		s.t.Fatalf("Evolve changed the case it was given:\n%s\n%s", before, after)
	}
	folded := Fold(s.history)
	if r.Corrects() {
		next = folded
	}
	if live, replayed := asJSON(s.t, next), asJSON(s.t, folded); live != replayed {
		s.t.Fatalf("evolved and folded differ:\n%s\n%s", live, replayed)
	}
	s.file.Case = next
	var read Casefile
	if err := json.Unmarshal([]byte(asJSON(s.t, s.file)), &read); err != nil {
		s.t.Fatalf("a case file that does not read back: %v", err)
	}
	same(s.t, s.file, read)
}

func asJSON(t reporter, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return string(data)
}

func given(cmds ...Command) []Command { return cmds }

// and returns what was given and more, and leaves the former as it was.
func and(given []Command, more ...Command) []Command { return slices.Concat(given, more) }

func when(cmd Command) Command { return cmd }

type outcome func(t *testing.T, facts []events.Fact, err error)

func then(want ...events.Fact) outcome {
	return func(t *testing.T, facts []events.Fact, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		same(t, want, facts)
	}
}

// nothing is the outcome of a command that came about already.
func nothing() outcome { return then() }

// refused is the outcome of a command that breaks a rule; its message must
// contain each of these texts, and is never that of the sentinel alone.
func refused(want error, says ...string) outcome {
	return func(t *testing.T, facts []events.Fact, err error) {
		t.Helper()
		if !errors.Is(err, want) || len(facts) > 0 {
			t.Fatalf("got %v, %v, want to be refused with: %v", facts, err, want)
		}
		if err.Error() == want.Error() && want != ErrNotOpened {
			t.Errorf("%q says nothing of the case at hand", err)
		}
		for _, text := range says {
			if !strings.Contains(err.Error(), text) {
				t.Errorf("%q does not say %q", err, text)
			}
		}
	}
}

// spec checks what a command brings about in the case that the given commands
// led to.
func spec(t *testing.T, name string, given []Command, cmd Command, want outcome) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Helper()
		s := newStory(t)
		s.tell(given...)
		facts, err := s.decide(cmd)
		want(t, facts, err)
		if err == nil {
			s.record(facts)
		}
	})
}

// TestEveryRefusalIsReached holds refusals.go against the specs: each of its
// errors must be the outcome of at least one.
func TestEveryRefusalIsReached(t *testing.T) {
	reached := map[string]bool{}
	files, err := filepath.Glob("[a-r]*_test.go") // the specs, not this file
	if err != nil || len(files) == 0 {
		t.Fatalf("no specs: %v", err)
	}
	for _, name := range files {
		ast.Inspect(parsed(t, name), func(n ast.Node) bool {
			if why, ok := n.(*ast.Ident); ok {
				reached[why.Name] = true
			}
			return true
		})
	}
	var known int
	ast.Inspect(parsed(t, "refusals.go"), func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok {
			known++
			if name := v.Names[0].Name; !reached[name] {
				t.Errorf("no spec is refused with %s", name)
			}
		}
		return true
	})
	if known < 25 {
		t.Errorf("only %d refusals were found: has refusals.go moved?", known)
	}
}

func parsed(t *testing.T, name string) *ast.File {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
