package events

import (
	"errors"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// said is a note, and follows one that the fact before it brought about. Both
// are of no particular day.
func said(text string) Fact    { return Fact{Event: NoteAdded{Text: text}} }
func follows(text string) Fact { return Fact{Event: NoteAdded{Text: text}, Follows: true} }

func retracts(version, index int) Fact {
	return Fact{Event: EventRetracted{Event: EventID{version, index}, Why: "wrong"}}
}

func replaces(version, index int, with ...Fact) Fact {
	return Fact{Event: EventReplaced{Event: EventID{version, index}, Why: "wrong", With: with}}
}

// history is commits of these facts, an hour apart, sealed and in a chain.
func history(t testing.TB, commits ...[]Fact) History {
	t.Helper()
	var h History
	var head Head
	for i, facts := range commits {
		r := Recorded{sealed(t, Commit{
			Command: uuid.UUID{14: byte(i >> 8), 15: byte(i)}, Aggregate: Case("GLO-26-0001"), Version: i + 1, Actor: "j.doe",
			RecordedAt: time.Date(2026, 9, 1, i, 0, 0, 0, time.UTC), Previous: head.Hash, Facts: facts,
		}).Commit, uint64(10 * (i + 1))}
		if err := head.Advance(r); err != nil {
			t.Fatal(err)
		}
		h = append(h, r)
	}
	return h
}

func facts(f ...Fact) []Fact { return f }

// notes lists the texts of the notes in h, in order; corrections are left out.
func notes(h History) []string {
	found := []string{}
	for _, r := range h {
		for _, f := range r.Facts {
			if note, ok := f.Event.(NoteAdded); ok {
				found = append(found, note.Text)
			}
		}
	}
	return found
}

func TestEffectiveHistory(t *testing.T) {
	for _, c := range []struct {
		what    string
		history [][]Fact
		want    []string
	}{
		{"nothing recorded", nil, []string{}},
		{"nothing corrected", [][]Fact{facts(said("a"), follows("b")), facts(said("c"))}, []string{"a", "b", "c"}},
		{"a retracted fact is gone", [][]Fact{facts(said("a")), facts(said("b")), facts(retracts(1, 1))}, []string{"b"}},
		{"its consequences fall with it, and nothing else", [][]Fact{
			facts(said("a"), follows("a's"), follows("a's too"), said("b"), follows("b's")), facts(retracts(1, 1)),
		}, []string{"b", "b's"}},
		{"a cause keeps its place when an earlier one is retracted", [][]Fact{
			facts(said("a"), follows("a's"), said("b"), follows("b's")), facts(retracts(1, 3)),
		}, []string{"a", "a's"}},
		{"a consequence can be retracted by itself", [][]Fact{
			facts(said("a"), follows("a's"), follows("a's too")), facts(retracts(1, 2)),
		}, []string{"a", "a's too"}},
		{"a consequence can be replaced by itself", [][]Fact{
			facts(said("a"), follows("a's"), follows("a's too")), facts(replaces(1, 2, follows("x"))),
		}, []string{"a", "x", "a's too"}},
		{"a replaced consequence still falls with its cause", [][]Fact{
			facts(said("a"), follows("a's"), said("b")), facts(replaces(1, 2, follows("x"))), facts(retracts(1, 1)),
		}, []string{"b"}},
		{"a replacement stands where the fact stood, with its own consequences", [][]Fact{
			facts(said("a")), facts(said("b"), follows("b's"), said("c")), facts(said("d")), facts(replaces(2, 1, said("x"), follows("x's"))),
		}, []string{"a", "x", "x's", "c", "d"}},
		{"a replacement by nothing is a retraction", [][]Fact{facts(said("a"), follows("a's")), facts(replaces(1, 1))}, []string{}},
		{"the first consequence of a commit without its cause stands", [][]Fact{facts(follows("a"), said("b"))}, []string{"a", "b"}},
		{"retracting the retraction restores", [][]Fact{
			facts(said("a"), follows("a's")), facts(retracts(1, 1)), facts(retracts(2, 1)),
		}, []string{"a", "a's"}},
		{"retracting the replacement restores", [][]Fact{
			facts(said("a"), follows("a's")), facts(replaces(1, 1, said("x"))), facts(retracts(2, 1)),
		}, []string{"a", "a's"}},
		{"and retracting that again replaces", [][]Fact{
			facts(said("a"), follows("a's")), facts(replaces(1, 1, said("x"))), facts(retracts(2, 1)), facts(retracts(3, 1)),
		}, []string{"x"}},
		{"of two replacements the later stands", [][]Fact{
			facts(said("a")), facts(replaces(1, 1, said("x"))), facts(replaces(1, 1, said("y"))),
		}, []string{"y"}},
		{"the earlier stands again when the later is retracted", [][]Fact{
			facts(said("a")), facts(replaces(1, 1, said("x"))), facts(replaces(1, 1, said("y"))), facts(retracts(3, 1)),
		}, []string{"x"}},
		{"a retraction after a replacement wins", [][]Fact{
			facts(said("a")), facts(replaces(1, 1, said("x"))), facts(retracts(1, 1)),
		}, []string{}},
		{"and with it retracted the replacement stands", [][]Fact{
			facts(said("a")), facts(replaces(1, 1, said("x"))), facts(retracts(1, 1)), facts(retracts(3, 1)),
		}, []string{"x"}},
		{"two corrections of one fact in one commit: the later", [][]Fact{
			facts(said("a")), facts(replaces(1, 1, said("x")), replaces(1, 1, said("y"))),
		}, []string{"y"}},
		{"a fact corrected in its own commit", [][]Fact{facts(said("a"), said("b"), retracts(1, 1))}, []string{"b"}},
		{"a correction falls with the cause it followed from", [][]Fact{
			facts(said("a")), facts(said("b"), Fact{Event: EventRetracted{Event: EventID{1, 1}}, Follows: true}), facts(retracts(2, 1)),
		}, []string{"a"}},
		{"no fact is corrected before it was recorded", [][]Fact{
			facts(retracts(2, 1), replaces(1, 3, said("x"))), facts(said("a")),
		}, []string{"a"}},
		{"nor by itself", [][]Fact{facts(said("a"), retracts(1, 2))}, []string{"a"}},
		{"a correction of nothing does nothing", [][]Fact{facts(said("a")), facts(retracts(9, 1), retracts(1, 9), replaces(7, 7, said("x")))}, []string{"a"}},
	} {
		t.Run(c.what, func(t *testing.T) { same(t, c.want, notes(history(t, c.history...).Effective())) })
	}
}

func TestEffectiveHistoryKeepsWhatWasRecorded(t *testing.T) {
	h := history(t, facts(said("a"), follows("b")), facts(said("c")), facts(replaces(1, 1, said("x"))))
	before := history(t, facts(said("a"), follows("b")), facts(said("c")), facts(replaces(1, 1, said("x"))))
	effective := h.Effective()
	same(t, before, h)
	for i := range h {
		e := effective[i]
		e.Facts = h[i].Facts
		same(t, h[i], e) // the place, version, hash and moment of every commit
	}
}

func TestCorrectionsSayWhatBecameOfAFact(t *testing.T) {
	h := history(t, facts(said("a"), said("b"), said("c")),
		facts(retracts(1, 1), replaces(1, 2, said("x"))), facts(replaces(1, 2, said("y"))), facts(retracts(1, 3)), facts(retracts(4, 1)))
	same(t, map[EventID]Correction{
		{1, 1}: {By: EventID{2, 1}, Why: "wrong"},
		{1, 2}: {By: EventID{3, 1}, Why: "wrong", With: facts(said("y"))},
		{4, 1}: {By: EventID{5, 1}, Why: "wrong"},
	}, h.Corrections())
	for i, want := range []bool{false, true, true, true, true} {
		if got := h[i].Corrects(); got != want {
			t.Errorf("version %d corrects: %v, want %v", i+1, got, want)
		}
	}
}

func TestHistoryAsOfAMoment(t *testing.T) {
	h := history(t, facts(said("a")), facts(said("b")), facts(said("c")))
	for _, c := range []struct {
		at   time.Time
		want int
	}{
		{time.Time{}, 0},
		{h[0].RecordedAt.Add(-time.Microsecond), 0},
		{h[0].RecordedAt, 1},
		{h[2].RecordedAt.Add(-time.Microsecond), 2},
		{h[2].RecordedAt, 3},
		{h[2].RecordedAt.AddDate(1, 0, 0), 3},
	} {
		if got := h.AsOf(c.at); len(got) != c.want {
			t.Errorf("as of %s there are %d commits, want %d", c.at, len(got), c.want)
		}
	}
	if got := History(nil).AsOf(time.Now()); len(got) != 0 {
		t.Errorf("no history, and yet %v", got)
	}
}

func TestFactsAreFoundByTheirNumber(t *testing.T) {
	h := history(t, facts(said("a")), facts(said("b"), said("c")), facts())
	for id, want := range map[EventID]string{{1, 1}: "a", {2, 1}: "b", {2, 2}: "c"} {
		if f, ok := h.Fact(id); !ok || f.Event != (NoteAdded{Text: want}) {
			t.Errorf("%s is %v, %v", id, f, ok)
		}
	}
	for _, id := range []EventID{{}, {0, 1}, {1, 0}, {-1, 1}, {1, -1}, {1, 2}, {2, 3}, {3, 1}, {4, 1}} {
		if f, ok := h.Fact(id); ok {
			t.Errorf("%s is %v", id, f)
		}
	}
}

func TestEventNumbersReadAsTheyAreWritten(t *testing.T) {
	for s, want := range map[string]EventID{"7.2": {7, 2}, "7": {7, 1}, "123456789.1": {123456789, 1}} {
		if got, err := ParseEventID(s); err != nil || got != want {
			t.Errorf("ParseEventID(%q) = %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "0", "7.0", "0.1", "07", "7.", ".1", "7.1.1", "-7", "7 ", "v7", "1234567890", "7.2\n"} {
		if got, err := ParseEventID(s); err == nil {
			t.Errorf("ParseEventID(%q) = %v, want an error", s, got)
		}
	}
}

func TestCommitsContinueOneAnother(t *testing.T) {
	h := history(t, facts(said("a")), facts(said("b")))
	for what, err := range map[string]error{
		"a gap":                      h[1].Continues(0, Hash{}),
		"the same again":             h[1].Continues(2, h[1].Hash),
		"another predecessor":        h[1].Continues(1, Hash{1}),
		"no predecessor":             h[1].Continues(1, Hash{}),
		"a predecessor to the first": h[0].Continues(0, h[1].Hash),
	} {
		if !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := errors.Join(h[0].Continues(0, Hash{}), h[1].Continues(1, h[0].Hash)); err != nil {
		t.Error(err)
	}
}

func TestHeadTakesInOnlyWhatContinuesIt(t *testing.T) {
	h := history(t, facts(said("a")), facts(said("b")), facts(said("c")))
	var head Head
	for i, r := range h {
		if err := head.Advance(r); err != nil {
			t.Fatal(err)
		}
		want := Head{r.Version, r.Position, r.Hash, r.RecordedAt, nil}
		for _, seen := range h[:i+1] {
			want.Commands = append(want.Commands, seen.Command)
		}
		same(t, want, head)
	}
	for _, r := range h {
		before := head
		if err := head.Advance(r); !errors.Is(err, ErrDamaged) {
			t.Errorf("version %d once more: %v", r.Version, err)
		}
		same(t, before, head)
	}
	if len(head.Commands) != 3 {
		t.Errorf("a refused commit left its command behind: %v", head.Commands)
	}
}

// drawHistory draws commits that correct one another at random: forwards,
// backwards, themselves, in circles and what was never there.
func drawHistory(t *rapid.T) [][]Fact {
	anyID := func() (int, int) {
		return rapid.IntRange(1, 8).Draw(t, "version"), rapid.IntRange(1, 4).Draw(t, "index")
	}
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) []Fact {
		return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Fact {
			f := said(rapid.StringN(0, 2, -1).Draw(t, "text"))
			switch rapid.IntRange(0, 2).Draw(t, "sort") {
			case 1:
				f = retracts(anyID())
			case 2:
				v, i := anyID()
				f = replaces(v, i, rapid.SliceOfN(rapid.Just(said("x")), 0, 2).Draw(t, "with")...)
			}
			f.Follows = rapid.Bool().Draw(t, "follows")
			return f
		}), 0, 3).Draw(t, "facts")
	}), 0, 7).Draw(t, "commits")
}

func TestEffectiveHistoryOfAnyCorrections(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		h := history(t, drawHistory(rt)...)
		effective := h.Effective()
		if len(effective) != len(h) {
			rt.Fatalf("%d commits became %d", len(h), len(effective))
		}
		for id, c := range h.Corrections() {
			if by, ok := h.Fact(c.By); !ok || by.Event == nil {
				rt.Fatalf("%s is corrected by %s, which is not there", id, c.By)
			}
			if _, ok := h.Fact(id); !ok {
				rt.Fatalf("%s, which is not there, counts as corrected by %s", id, c.By)
			}
			if !id.before(c.By) {
				rt.Fatalf("%s is corrected by %s, which is not after it", id, c.By)
			}
		}
		// What a fold has taken in stays as it is until a commit says that it corrects.
		for v := range h {
			if v > 0 && !h[v].Corrects() {
				same(rt, append(h[:v:v].Effective(), h[v]), h[:v+1].Effective())
			}
		}
	})
}
