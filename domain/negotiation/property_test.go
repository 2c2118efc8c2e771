package negotiation

import (
	"fmt"
	"go/ast"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

// examples is a command of every type, to be filled with drawn values.
func examples() []Command {
	return []Command{
		Join{},
		Leave{},
		Transfer{},
		Assign{},
		Close{},
		Reopen{},
		RecordContract{},
		RecordEvidence{},
		RecordCost{},
		GiveMandate{},
		TableOffer{},
		AcceptOffer{},
		RejectOffer{},
		WithdrawOffer{},
		Sign{},
		Fund{},
		Advise{},
		ServeNotice{},
		AcknowledgeNotice{},
		WithdrawNotice{},
		EffectNotice{},
		RaiseDispute{},
		StepDispute{},
		DetermineDispute{},
		SendFOI{},
		AnswerFOI{},
		LogLetter{},
		LogMeeting{},
		AddNote{},
		Correct{},
		OpenCase{},
		AskFOIReview{},
		AnswerFOIReview{},
		ApplyListClosure{},
		AcknowledgeListClosure{},
		DecideListClosure{},
		PublishAwardIntention{},
		DecideAward{},
		AddDeadline{},
		ExtendDeadline{},
		RemoveExtension{},
		ShortenDeadline{},
		PauseDeadline{},
		ResumeDeadline{},
		MeetDeadline{},
		WaiveDeadline{},
	}
}

// TestEveryCommandIsDrawn holds examples against the types with a rule.
func TestEveryCommandIsDrawn(t *testing.T) {
	drawn := map[string]bool{}
	for _, cmd := range examples() {
		drawn[reflect.TypeOf(cmd).Name()] = true
	}
	files, err := filepath.Glob("[a-z]*.go")
	if err != nil {
		t.Fatal(err)
	}
	var known int
	for _, name := range files {
		for _, d := range parsed(t, name).Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv == nil || f.Name.Name != "decide" || strings.HasSuffix(name, "_test.go") {
				continue
			}
			known++
			if of := f.Recv.List[0].Type.(*ast.Ident).Name; !drawn[of] {
				t.Errorf("no %s is drawn", of)
			}
		}
	}
	if known != len(drawn) {
		t.Errorf("%d commands are drawn, and %d have rules", len(drawn), known)
	}
}

// TestAnyCommands tells a case commands as they come. That what is decided
// reads back, that evolving is folding and leaves its input alone, and that the
// case file survives its JSON, story itself checks after each.
func TestAnyCommands(t *testing.T) {
	accepted := map[string]int{}
	rapid.Check(t, func(rt *rapid.T) {
		s := newStory(rt)
		s.today = day("2026-10-05")
		if rapid.IntRange(0, 9).Draw(rt, "opened") < 9 {
			s.tell(and(guided("A81001", "A81002"), proposal(events.ICB, 450))...)
		}
		for range rapid.IntRange(30, 60).Draw(rt, "commands") {
			s.today = s.today.AddDays(rapid.IntRange(0, 30).Draw(rt, "days later"))
			cmd := drawing{t: rt, facts: s.history, clocks: s.file.Case.Deadlines, today: s.today}.command()
			facts, err := s.decide(cmd)
			if err != nil && len(facts) > 0 {
				rt.Fatalf("%#v was refused (%v), and yet %v", cmd, err, facts)
			}
			if len(facts) > 0 {
				accepted[reflect.TypeOf(cmd).Name()]++
			}
			s.record(facts)
			consistent(rt, s)
		}
		unconcerned(rt, s)
	})
	for _, cmd := range examples() {
		if name := reflect.TypeOf(cmd).Name(); accepted[name] == 0 {
			t.Logf("no %s was accepted this time", name)
		}
	}
	if len(accepted) < len(examples())*2/3 {
		t.Errorf("only %v were ever accepted: the drawing is too wild to mean much", accepted)
	}
	t.Log(accepted)
}

// consistent checks what must hold of every case, corrected or not.
func consistent(t reporter, s *story) {
	t.Helper()
	c := s.file.Case
	var agreed int
	for _, o := range c.Offers {
		if o.State == Accepted {
			agreed++
		}
	}
	if agreed > 1 || (agreed == 1) != (c.Agreement != nil) {
		t.Fatalf("%d offers are accepted, and the agreement is %+v", agreed, c.Agreement)
	}
	notices := map[string]int{}
	for _, d := range c.Deadlines {
		if !d.Running() {
			continue
		}
		if d.Rule == string(deadline.LESNotice) {
			notices[d.Practice]++
			if p, _ := c.Practice(d.Practice); p.Notice.Ends != d.Due(s.calendar) {
				t.Fatalf("clock %s is due %s, and the notice is %+v", d.Deadline, d.Due(s.calendar), p.Notice)
			}
		}
		if d.Offer != 0 {
			if o, err := c.offer(d.Offer); err != nil || o.State != Standing {
				t.Fatalf("clock %s runs, and its offer is %+v", d.Deadline, o)
			}
			if o, _ := c.offer(d.Offer); o.ReplyBy != d.Due(s.calendar) {
				t.Fatalf("clock %s is due %s, and its offer is %+v", d.Deadline, d.Due(s.calendar), o)
			}
		}
	}
	for _, p := range c.Practices {
		want := 0
		if p.Notice.Running() {
			want = 1
			if p.Guided.IsZero() || p.Guided.After(p.Notice.Served) || !p.Party() {
				t.Fatalf("a notice runs without guidance: %+v", p)
			}
		}
		if notices[p.Code] != want {
			t.Fatalf("%d clocks run for the notice of %s: %+v", notices[p.Code], p.Code, p.Notice)
		}
	}
	clocksHaveNames(t, s)
}

// clocksHaveNames checks that no two clocks share an ID, but for one that was
// corrected and keeps it.
func clocksHaveNames(t reporter, s *story) {
	t.Helper()
	type clock struct {
		rule, practice string
		offer          int
	}
	named := map[string]clock{}
	name := func(f events.Fact, corrected bool) {
		set, ok := f.Event.(events.DeadlineSet)
		if !ok {
			return
		}
		before, known := named[set.Deadline]
		if corrected && !f.Follows {
			before.rule = set.Rule // it was added by hand, and under the wrong one
		}
		if now := (clock{set.Rule, set.Practice, set.Offer}); known && (!corrected || before != now) {
			t.Fatalf("%s names %+v and %+v", set.Deadline, before, now)
		}
		named[set.Deadline] = clock{set.Rule, set.Practice, set.Offer}
	}
	for _, r := range s.history {
		for _, f := range r.Facts {
			name(f, false)
			if e, ok := f.Event.(events.EventReplaced); ok {
				for _, with := range e.With {
					name(with, true)
				}
			}
		}
	}
	seen := map[string]bool{}
	for _, d := range s.file.Case.Deadlines {
		if seen[d.Deadline] {
			t.Fatalf("two clocks are %s", d.Deadline)
		}
		seen[d.Deadline] = true
	}
}

// unconcerned checks that whatever has been recorded, a correction that
// concerns none of it goes through.
func unconcerned(t *rapid.T, s *story) {
	if !s.file.Case.Exists() {
		return
	}
	s.tell(AddNote{Text: "a slip"})
	before := asJSON(t, s.file.Case)
	s.tell(Correct{Event: events.EventID{Version: len(s.history), Index: 1}, Why: "a slip", Retract: true})
	if after := asJSON(t, s.file.Case); after != before {
		t.Fatalf("a note's retraction changed the case:\n%s\n%s", before, after)
	}
}

// TestAnyEvents shows that a case can be grown from whatever a log may hold,
// and asked anything, without a panic.
func TestAnyEvents(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := drawing{t: rt, today: day(today), wild: rapid.Bool().Draw(rt, "wild")}
		var live Case
		var h events.History
		corrects := false
		for v := range rapid.IntRange(1, 8).Draw(rt, "commits") {
			facts := make([]events.Fact, rapid.IntRange(1, 4).Draw(rt, "facts"))
			for i := range facts {
				facts[i] = d.fact()
			}
			r := events.Recorded{Commit: events.Commit{Version: v + 1, Facts: facts}}
			before := fmt.Sprintf("%+v", live)
			next := Evolve(live, facts...)
			if after := fmt.Sprintf("%+v", live); after != before {
				rt.Fatalf("Evolve changed the case it was given:\n%s\n%s", before, after)
			}
			h, live, corrects = append(h, r), next, corrects || r.Corrects()
		}
		folded := Fold(h)
		if !corrects {
			same(rt, folded, live)
		}
		live.Stage(day(today))
		d = drawing{t: rt, facts: h, today: day(today)}
		for range 5 {
			facts, err := Decide(folded, d.command(), Circumstances{Today: day(today), Calendar: calendar.Builtin(), Version: len(h) + 1, Bodies: bodies(), History: h})
			if err == nil {
				Evolve(folded, facts...)
			}
		}
	})
}
