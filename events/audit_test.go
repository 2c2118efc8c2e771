package events

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/uuid"
)

// chain returns n commits of an aggregate from a position on, one after another.
func chain(t *testing.T, of Aggregate, from uint64, n int) (History, []Placed) {
	t.Helper()
	var h History
	var placed []Placed
	for i := range n {
		c := small()
		c.Command, c.Aggregate, c.Version, c.Previous = uuid.New(), of, i+1, Hash{}
		if i > 0 {
			c.Previous = h[i-1].Hash
		}
		s := sealed(t, c)
		h = append(h, Recorded{Position: from + uint64(i), Commit: s.Commit})
		placed = append(placed, Placed{from + uint64(i), of, s.Stored})
	}
	return h, placed
}

// audited walks what is placed after a position, before which history was recorded.
func audited(after uint64, history History, failed error, placed ...Placed) Report {
	a := NewAudit()
	a.After(after, func(of Aggregate) (History, error) {
		if of != Case("GLO-26-0001") {
			return nil, nil
		}
		return history, failed
	})
	for _, p := range placed {
		a.Next(p)
	}
	return a.Report(placed[len(placed)-1].Position)
}

func TestAnAuditOfTheEndIsTiedToWhatStandsBefore(t *testing.T) {
	h, placed := chain(t, Case("GLO-26-0001"), 1, 4)
	other, _ := chain(t, Case("GLO-26-0001"), 1, 4)
	_, begun := chain(t, Case("GLO-26-0002"), 5, 1)
	if r := audited(2, h[:2], nil, placed[2], placed[3], begun[0]); !r.OK() || r.After != 2 || r.Commits != 3 || r.Aggregates != 2 || r.Last != 5 {
		t.Errorf("a sound end: %+v", r)
	}
	again := small()
	again.Command, again.Version, again.Previous = h[0].Command, 3, h[1].Hash
	for name, c := range map[string]struct {
		report Report
		wrong  string
	}{
		"another history":    {audited(2, other[:2], nil, placed[2], placed[3]), "version 3 does not follow from version 2"},
		"a missing history":  {audited(2, nil, nil, placed[2], placed[3]), "goes from version 0 to 3"},
		"a history too long": {audited(2, h[:3], nil, placed[2], placed[3]), "goes from version 3 to 3"},
		"a missing commit":   {audited(1, h[:1], nil, placed[2], placed[3]), "position 2 is missing"},
		"a repeated command": {audited(2, h[:2], nil, Placed{3, again.Aggregate, sealed(t, again).Stored}), "was stored as version 1 already"},
		"no history at all":  {audited(2, nil, ErrDamaged, placed[2], placed[3]), "what it follows on cannot be read"},
	} {
		if c.report.OK() || !errors.Is(c.report.Err(), ErrDamaged) || !strings.Contains(c.report.Err().Error(), c.wrong) {
			t.Errorf("%s: %v, not %q", name, c.report.Err(), c.wrong)
		}
	}
	if r := audited(2, nil, ErrDamaged, placed[2], placed[3]); len(r.Findings) != 1 {
		t.Errorf("an unreadable history is found %d times: %+v", len(r.Findings), r.Findings)
	}
}

// What stands before a commit that reads all the same was not written
// with it: a length that is damaged may have the end of what is before it taken for
// its beginning.
func TestAnAuditNamesWhatWasNotWritten(t *testing.T) {
	_, placed := chain(t, Case("GLO-26-0001"), 1, 2)
	placed[1].Stored = append([]byte("\r\n"), placed[1].Stored...)
	r := audited(0, nil, nil, placed...)
	if r.OK() || len(r.Findings) != 1 || r.Findings[0].Position != 2 || !strings.Contains(r.Findings[0].Wrong, "was not written with it") {
		t.Errorf("%+v", r)
	}
}
