package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// What the views answer in JSON, as far as crosscheck compares it. The types of
// the program are left out on purpose: programs have only the JSON.

type shownCase struct {
	Ref, Stage string
	Version    int
	Practices  []shownPractice
	Deadlines  []shownDeadline
	Agreement  *struct{ Offer int }
}

type shownPractice struct {
	Code, Name, Left string
	Notice           struct{ State, Served, Deemed, Ends, Withdrawn, Effective string }
}

type shownDeadline struct {
	Ref, ID, Rule, Practice, Due, Status, Owner, Title string
	Provisional                                        *bool
}

type listedCase struct {
	Ref, Stage                  string
	Version, Practices, Notices int
}

type toldEntry struct {
	Event       string
	Version     int
	RecordedAt  time.Time `json:"recorded_at"`
	Type, Text  string
	CorrectedBy string `json:"corrected_by"`
	Replaced    []any  `json:"replaced_with"`
}

// crosscheck: crosscheck REF. It asks for the case in every way there is, and
// the answers must agree with each other, now and as of every moment at which
// something was recorded.
func crosscheck(ts *testscript.TestScript, _ bool, args []string) {
	ref := args[0]
	show := answer[shownCase](ts, "case", "show", ref)
	told := answer[[]toldEntry](ts, "case", "timeline", ref)
	docket := answer[[]shownDeadline](ts, "deadline", "list", "--ref", ref)
	rows := answer[[]listedCase](ts, "case", "list", "--closed")
	i := slices.IndexFunc(rows, func(r listedCase) bool { return r.Ref == ref })
	if i < 0 {
		ts.Fatalf("case list does not know %s", ref)
	}
	ts.Check(agree(show, rows[i], told, docket))

	moments := []time.Time{}
	for _, e := range told {
		if !slices.ContainsFunc(moments, e.RecordedAt.Equal) {
			moments = append(moments, e.RecordedAt)
		}
	}
	step := max(1, len(moments)/4) // the last, and some of those before
	for at := len(moments) - 1; at >= 0; at -= step {
		ts.Check(asOf(ts, ref, moments[at], told))
	}
}

// agree compares what is said of a case now.
func agree(show shownCase, row listedCase, told []toldEntry, docket []shownDeadline) error {
	parties, running := 0, 0
	for _, p := range show.Practices {
		if p.Left == "" {
			parties++
		}
		if p.Notice.State == "served" || p.Notice.State == "acknowledged" {
			running++
		}
		if err := noticeAgrees(p, docket); err != nil {
			return err
		}
	}
	version := lastVersion(told)
	switch {
	case show.Version != row.Version || show.Version != version:
		return fmt.Errorf("case show is at version %d, the list at %d, the timeline at %d", show.Version, row.Version, version)
	case show.Stage != row.Stage:
		return fmt.Errorf("case show says %s, the list %s", show.Stage, row.Stage)
	case parties != row.Practices || running != row.Notices:
		return fmt.Errorf("case show has %d parties with %d running notices, the list %d with %d", parties, running, row.Practices, row.Notices)
	case !slices.Equal(ids(show.Deadlines), ids(docket)):
		return fmt.Errorf("case show has the deadlines %v, the docket %v", ids(show.Deadlines), ids(docket))
	}
	for _, p := range show.Practices {
		wanted := map[string]string{"served": "running", "acknowledged": "running", "none": "", "guided": ""}
		state, ok := wanted[p.Notice.State]
		if !ok {
			state = p.Notice.State
		}
		if toldOf := noticeTold(told, p.Code); toldOf != state && (p.Notice.State != "ended" || p.Notice.Effective != "") {
			return fmt.Errorf("the timeline tells that the notice of %s is %q, case show that it is %s", p.Code, toldOf, p.Notice.State)
		}
	}
	return nil
}

// lastVersion returns the case's version that the timeline ends with. Entries
// that stand for no fact of the case have none.
func lastVersion(told []toldEntry) int {
	last := 0
	for _, e := range told {
		last = max(last, e.Version)
	}
	return last
}

// noticeTold returns what became of a practice's latest notice, as the timeline
// tells it.
func noticeTold(told []toldEntry, code string) (state string) {
	for _, e := range told {
		if !strings.Contains(e.Text, code) || e.CorrectedBy != "" && len(e.Replaced) == 0 {
			continue
		}
		switch e.Type {
		case "notice-served":
			state = "running"
		case "notice-withdrawn":
			state = "withdrawn"
			if strings.Contains(e.Text, "cancelled") {
				state = "cancelled"
			}
		case "notice-took-effect":
			state = "ended"
		}
	}
	return state
}

// noticeAgrees compares the notice of a practice with its deadline.
func noticeAgrees(p shownPractice, docket []shownDeadline) error {
	if p.Notice.Served == "" {
		return nil
	}
	wanted := map[string]string{"served": "open", "acknowledged": "open", "withdrawn": "superseded", "cancelled": "superseded", "ended": "met"}[p.Notice.State]
	if p.Notice.State == "ended" && p.Notice.Effective == "" {
		wanted = "missed" // it ran out, and nobody has recorded yet that it took effect
	}
	for _, d := range docket {
		if d.Practice == p.Code && d.Due == p.Notice.Ends && d.Status == wanted {
			return nil
		}
	}
	return fmt.Errorf("the notice of %s, %s to %s, has no deadline of that day that is %s", p.Code, p.Notice.State, p.Notice.Ends, wanted)
}

func ids(deadlines []shownDeadline) []string {
	var all []string
	for _, d := range deadlines {
		all = append(all, fmt.Sprintf("%s %s %s %s", d.ID, d.Rule, d.Due, d.Status))
	}
	slices.Sort(all)
	return all
}

// asOf compares the case as it was known at a moment with what had been told by
// then, corrections made later left out.
func asOf(ts *testscript.TestScript, ref string, at time.Time, told []toldEntry) error {
	when := at.Format(time.RFC3339Nano)
	show := answer[shownCase](ts, "case", "show", ref, "--as-of", when)
	then := answer[[]toldEntry](ts, "case", "timeline", ref, "--as-of", when)
	by := slices.IndexFunc(told, func(e toldEntry) bool { return e.RecordedAt.After(at) })
	if by < 0 {
		by = len(told)
	}
	if !slices.EqualFunc(then, told[:by], func(a, b toldEntry) bool { return a.Event == b.Event && a.Text == b.Text && a.Type == b.Type }) {
		return fmt.Errorf("as of %s the timeline has %d entries that are not the %d recorded by then", when, len(then), by)
	}
	joined, left, set := 0, 0, 0
	for _, e := range then {
		switch {
		case e.CorrectedBy != "":
		case e.Type == "practice-joined":
			joined++
		case e.Type == "practice-left":
			left++
		case e.Type == "deadline-set":
			set++
		}
	}
	parties := 0
	for _, p := range show.Practices {
		if p.Left == "" {
			parties++
		}
	}
	switch last := lastVersion(then); {
	case show.Version != last:
		return fmt.Errorf("as of %s case show is at version %d, and the timeline at %d", when, show.Version, last)
	case parties != joined-left:
		return fmt.Errorf("as of %s case show has %d parties: %d had joined and %d left", when, parties, joined, left)
	case len(show.Deadlines) < set: // those that a correction set anew are told beside it
		return fmt.Errorf("as of %s case show has %d deadlines, and %d had been set", when, len(show.Deadlines), set)
	}
	return nil
}
