package feed

import (
	"context"
	"fmt"
	"maps"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/adapters/logtest/sample"
	"parley/domain/negotiation"
	"parley/events"
)

// mirror is a follower that keeps every document of a view as JSON, by view and
// key, as dump does.
type mirror[D any] struct {
	t      testing.TB
	name   string
	mu     sync.Mutex
	docs   map[string]string
	resets int
}

func (m *mirror[D]) Changed(key string, doc D) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.docs[m.name+"/"+key] = asJSON(m.t, doc)
}

func (m *mirror[D]) Gone(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.docs, m.name+"/"+key)
}

func (m *mirror[D]) Reset() {
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.docs)
	m.resets++
}

// reflected returns what it has been told of.
func (m *mirror[D]) reflected() map[string]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.docs)
}

func follow[D any](t testing.TB, d *Documents[D]) *mirror[D] {
	t.Helper()
	m := &mirror[D]{t: t, name: d.def.Name, docs: map[string]string{}}
	if err := d.Follow(context.Background(), m); err != nil {
		t.Fatal(err)
	}
	return m
}

// reflected is what the followers of all views have been told.
type reflected func() map[string]string

// followed lets every view of v be followed from now on.
func followed(t testing.TB, v *Views) reflected {
	t.Helper()
	all := []reflected{
		follow(t, v.Cases).reflected, follow(t, v.Registers).reflected, follow(t, v.Docket).reflected, follow(t, v.Practices).reflected,
		follow(t, v.Places).reflected, follow(t, v.Commissioners).reflected, follow(t, v.Almanac).reflected, follow(t, v.AlertLog).reflected, follow(t, v.AlertPolicy).reflected,
	}
	return func() map[string]string {
		docs := map[string]string{}
		for _, one := range all {
			maps.Copy(docs, one())
		}
		return docs
	}
}

// agree fails the test unless the followers of v were told what v holds.
func (told reflected) agree(t testing.TB, v *Views) {
	t.Helper()
	if diff := cmp.Diff(dump(t, v), told()); diff != "" {
		t.Fatalf("at position %d (-views +followers):\n%s", v.Position(), diff)
	}
}

func TestAFollowerIsToldOfWhatIsThereAndOfWhatChanges(t *testing.T) {
	w, path := newWorld(t).small(), inTemp(t)
	for n := range chunk + 2 {
		ref := fmt.Sprintf("GLO-27-%04d", n+1)
		w.tell(events.Case(ref), sample.Fact("2026-11-02", events.CaseOpened{Ref: ref, ICB: "QR1", Service: "ecg", Title: "ECGs"}))
	}
	v := open1(t, path, w.log)
	early := followed(t, v)
	early.agree(t, v)
	catchUp(t, v)
	late := followed(t, v)
	for range 3 {
		early.agree(t, v)
		late.agree(t, v)
		w.tell(events.Case("GLO-27-0001"), sample.Fact("2026-11-02", events.NoteAdded{Text: "a note"}))
		catchUp(t, v)
	}
	closed(t, v)
	if err := v.Cases.Follow(t.Context(), &mirror[negotiation.Casefile]{}); err == nil {
		t.Error("closed views can be followed")
	}
}

func TestAFollowerIsToldOfARebuild(t *testing.T) {
	w := newWorld(t).small()
	path, data := written(t, w)
	damaged := []byte(strings.Replace(string(data), `"title":"Bloods for hospitals"`, `"title":"Floods for hospitals"`, 1))
	if string(damaged) == string(data) {
		t.Fatal("there is nothing to damage")
	}
	overwrite(t, path, damaged)
	v := open1(t, path, w.log)
	defer closed(t, v)
	told := followed(t, v) // which comes upon the damage
	if len(v.Repairs()) != 1 {
		t.Errorf("repairs: %v", v.Repairs())
	}
	told.agree(t, v)
	w.agrees(v)
	cases := follow(t, v.Cases)
	if err := v.afresh(os.ErrInvalid); err != nil {
		t.Fatal(err)
	}
	if got := cases.reflected(); len(got) != 0 || cases.resets != 2 {
		t.Errorf("begun afresh, and the follower has %d documents and was reset %d times", len(got), cases.resets)
	}
	catchUp(t, v)
	told.agree(t, v)
}
