package feed

import (
	"context"
	"fmt"
	"maps"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/adapters/logtest/sample"
	"parley/domain/negotiation"
	"parley/events"
	"parley/projections/bodies"
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

// Nobody's commit waits until a follower has been told of all there is.
func TestTheViewsCatchUpWhileAFollowerIsTold(t *testing.T) {
	w := newWorld(t)
	codes := w.listing(20 * chunk)
	path, _ := written(t, w)
	v := open1(t, path, w.log)
	defer closed(t, v)
	catchUp(t, v)
	var renamed []events.Recorded
	for i := range 20 {
		w.tell(events.Directory(), sample.Fact("2026-11-02", events.PracticeRenamed{Practice: codes[i*chunk+7], Name: "QUAY HEALTH"}))
		renamed = append(renamed, w.after(w.last[events.Directory()] - 1)[0])
	}
	begun, meanwhile := make(chan struct{}), 0
	var following atomic.Bool
	following.Store(true)
	var taker sync.WaitGroup
	taker.Go(func() {
		<-begun
		for _, r := range renamed {
			if err := v.Take(t.Context(), r); err != nil {
				t.Error(err)
			}
			if following.Load() {
				meanwhile++
			}
		}
	})
	m := &mirror[bodies.Practice]{t: t, name: v.Practices.def.Name, docs: map[string]string{}}
	told := &heralded[bodies.Practice]{mirror: m, begun: sync.OnceFunc(func() { close(begun) })}
	err := v.Practices.Follow(t.Context(), told)
	following.Store(false)
	taker.Wait()
	if err != nil || meanwhile == 0 {
		t.Errorf("%v; %d commits were taken in while a follower was told of what there is", err, meanwhile)
	}
	for key, doc := range dump(t, v) {
		if strings.HasPrefix(key, m.name+"/") && m.docs[key] != doc {
			t.Errorf("the follower has of %s\n%s\nand not\n%s", key, m.docs[key], doc)
		}
	}
}

// heralded is a mirror that tells when it is first told of something.
type heralded[D any] struct {
	*mirror[D]
	begun func()
}

func (h *heralded[D]) Changed(key string, doc D) {
	h.begun()
	h.mirror.Changed(key, doc)
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
