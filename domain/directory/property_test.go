package directory

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"parley/domain/calendar"
	"parley/events"
)

var (
	drawnPractices = []string{"A81001", "A81002", "B82003"}
	drawnICBs      = []string{"QHM", "QNX", "S9B9J", "QNQ", "V1A2B"}
)

func drawDay(t *rapid.T, what string) calendar.Date {
	return on("2021-01-01").AddDays(rapid.IntRange(0, 2600).Draw(t, what))
}

// drawListings draws what a list could say: practices at most once each, closed
// never before they opened.
func drawListings(t *rapid.T) []Listing {
	var all []Listing
	for _, code := range drawnPractices {
		if rapid.Bool().Draw(t, "left out") {
			continue
		}
		l := Listing{
			Practice: code, Name: rapid.SampledFrom([]string{"ONE", "TWO", "THREE"}).Draw(t, "name"),
			ICB: rapid.SampledFrom(drawnICBs[:4]).Draw(t, "icb"), Opened: drawDay(t, "opened"),
		}
		if rapid.Bool().Draw(t, "closed") {
			l.Closed = l.Opened.AddDays(rapid.IntRange(0, 2000).Draw(t, "open for"))
		}
		if rapid.Bool().Draw(t, "joined") {
			l.Joined = drawDay(t, "joined on")
		}
		all = append(all, l)
	}
	return all
}

func drawFact(t *rapid.T) events.Fact {
	p, icb := rapid.SampledFrom(drawnPractices).Draw(t, "practice"), rapid.SampledFrom(drawnICBs).Draw(t, "icb")
	e := rapid.SampledFrom([]events.Event{
		events.PracticeListed{Practice: p, Name: "ONE", ICB: icb, Opened: drawDay(t, "opened")},
		events.PracticeClosed{Practice: p},
		events.PracticeReopened{Practice: p},
		events.PracticeRenamed{Practice: p, Name: "TWO"},
		events.PracticeMoved{Practice: p, ICB: icb},
		events.PracticesImported{Practices: 3},
		events.CommissionerEstablished{ICB: icb, Name: "NHS Drawn Integrated Care Board"},
		events.CommissionerAbolished{ICB: icb, Successors: rapid.SliceOfN(rapid.SampledFrom(drawnICBs), 0, 3).Draw(t, "successors")},
		events.NoteAdded{},
	}).Draw(t, "event")
	return events.Fact{On: drawDay(t, "on"), Event: e}
}

// Any facts at all, in any order: folding never fails, goes step by step as it
// does in one go, and for one body as for the whole.
func TestFoldingInOneGoIsFoldingStepByStep(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var commits [][]events.Fact
		for range rapid.IntRange(0, 6).Draw(t, "commits") {
			commits = append(commits, rapid.SliceOfN(rapid.Custom(drawFact), 0, 5).Draw(t, "facts"))
		}
		whole, step := Fold(history(commits...)), New()
		bodies, boards := map[string]Practice{}, map[string]Commissioner{}
		for _, r := range history(commits...) {
			step = Evolve(step, r)
			for _, f := range r.Facts {
				if code := Code(f.Event); IsPracticeCode(code) {
					bodies[code] = bodies[code].Apply(f)
				} else if code != "" {
					boards[code] = boards[code].Apply(f)
				}
			}
		}
		if diff := cmp.Diff(whole, step, sameDates); diff != "" {
			t.Fatalf("step by step:\n%s", diff)
		}
		for _, p := range whole.Practices() {
			if diff := cmp.Diff(p, bodies[p.Code], sameDates); diff != "" {
				t.Fatalf("alone, %s:\n%s", p.Code, diff)
			}
			for i := 1; i < len(p.Open); i++ {
				if !p.Open[i-1].Until.Before(p.Open[i].From) {
					t.Fatalf("%s is open twice at once: %v", p.Code, p.Open)
				}
			}
		}
		for _, code := range drawnICBs {
			if want, known := whole.bodies[code]; known && !cmp.Equal(want, boards[code], sameDates) {
				t.Fatalf("alone, %s: %+v, want %+v", code, boards[code], want)
			}
			day := drawDay(t, "asked about")
			if _, err := whole.Commissioner(code, day); err != nil && err.Error() == "" {
				t.Fatal("an error that says nothing")
			}
		}
	})
}

// After any lists in any order: repeating the last causes nothing, and a list
// older than the newest changes no practice that is known.
func TestImportsRepeatedAndOutOfOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := New()
		for i := range rapid.IntRange(1, 5).Draw(t, "lists") {
			cmd := Import{Listings: drawListings(t), AsAt: on("2024-01-01").AddDays(rapid.IntRange(0, 900).Draw(t, "as at"))}
			if rapid.Bool().Draw(t, "doubtful") {
				cmd.Doubtful = []string{"A81001", "A81002"}
			}
			older := cmd.AsAt.Before(d.Edition())
			facts, err := Decide(d, cmd, on(today))
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range d.Practices() {
				for _, f := range facts {
					if older && Code(f.Event) == p.Code {
						t.Fatalf("list %d, as at %s and older than %s, says %v", i, cmd.AsAt, d.Edition(), f)
					}
				}
			}
			d = Evolve(d, history(facts)[0])
			if again, err := Decide(d, cmd, on(today)); err != nil || len(again) > 0 {
				t.Fatalf("repeated, it causes %v, %v", again, err)
			}
			if older {
				continue
			}
			for _, l := range cmd.Listings {
				if got := d.practices[l.Practice]; got.Closed() != l.Closed {
					t.Fatalf("%s is listed as closed %q and known as %q", l.Practice, l.Closed, got.Closed())
				}
			}
		}
	})
}
