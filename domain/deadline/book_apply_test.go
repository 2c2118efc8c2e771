package deadline

import (
	"fmt"
	"testing"

	"parley/events"
)

// TestApplyLeavesTheBook shows that a book can be grown in two ways, fact by
// fact or by all of a commit at once, and that neither changes it or the other.
func TestApplyLeavesTheBook(t *testing.T) {
	on := func(day string, e events.Event) events.Fact { return fact(t, day, e) }
	b := Book{}.Apply(
		on("2026-09-01", events.DeadlineSet{Deadline: "D1.1", Rule: string(LESNotice)}),
		on("2026-09-02", events.DeadlinePaused{Deadline: "D1.1"}),
		on("2026-09-03", events.DeadlineSet{Deadline: "D2.1", Rule: string(OfferReply), Stated: day(t, "2026-10-01")}),
		on("2026-09-03", events.DeadlineSet{Rule: string(OfferReply), Stated: day(t, "2026-10-02")}), // as no rule sets one
	)
	for name, facts := range map[string][]events.Fact{
		"nothing":      nil,
		"a note":       {on("2026-09-04", events.NoteAdded{Text: "rang"})},
		"one clock":    {on("2026-09-04", events.DeadlineResumed{Deadline: "D1.1"})},
		"all of them":  {on("2026-09-04", events.CaseClosed{})},
		"several":      {on("2026-09-04", events.DeadlineResumed{Deadline: "D1.1"}), on("2026-09-04", events.DeadlineMet{Deadline: "D2.1"})},
		"one to begin": {on("2026-09-04", events.DeadlineSet{Deadline: "D3.1", Rule: string(LESNotice)}), on("2026-09-05", events.DeadlineMet{Deadline: "D3.1"})},
		"of no ID":     {on("2026-09-04", events.DeadlineMet{})},
		"again":        {on("2026-09-04", events.CaseClosed{}), on("2026-09-05", events.CaseReopened{FreshClocks: true})},
	} {
		before := fmt.Sprint(b)
		together := b.Apply(facts...)
		said := fmt.Sprint(together)
		singly := b
		for _, f := range facts {
			singly = singly.Apply(f)
		}
		if fmt.Sprint(b) != before {
			t.Errorf("%s changed the book:\n%s\n%v", name, before, b)
		}
		if fmt.Sprint(singly) != said || fmt.Sprint(together) != said {
			t.Errorf("%s, singly and together:\n%v\n%v", name, singly, together)
		}
	}
}
