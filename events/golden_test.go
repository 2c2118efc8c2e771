package events

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"parley/domain/calendar"
)

// The golden files hold one stored fact of every form that an event was ever
// stored in. They only grow: -update writes those that are missing and never
// touches one that is there, because the log keeps its bytes too.
//
// A file is named after the event, offer-tabled.json. The second form of an
// event goes into offer-tabled.1.json, and a field that was added without
// changing the form into offer-tabled+deposit.json.
var update = flag.Bool("update", false, "write the golden files that are missing")

const goldenDir = "testdata/golden"

// golden is a stored fact and what it must read as.
type golden struct {
	file string // without .json
	want Fact
}

// event returns the stored name of g's event, and the form it is stored in.
func (g golden) event() (name string, form int) {
	plain, _, _ := strings.Cut(g.file, "+")
	name, number, numbered := strings.Cut(plain, ".")
	if numbered {
		if _, err := fmt.Sscanf(number, "%d", &form); err != nil {
			form = -1
		}
	}
	return name, form
}

// written reports whether g is what would be written now: the event's present
// form, with every field that the event has.
func (g golden) written() bool {
	_, form := g.event()
	return form == byName[Name(g.want.Event)].current() && len(empty(reflect.ValueOf(g.want.Event))) == 0
}

func TestGoldenFilesReadAsTheyAlwaysDid(t *testing.T) {
	for _, g := range goldens() {
		t.Run(g.file, func(t *testing.T) {
			path := filepath.Join(goldenDir, g.file+".json")
			stored, err := os.ReadFile(path)
			if errors.Is(err, fs.ErrNotExist) && *update && g.written() {
				stored = create(t, path, g.want)
			} else if err != nil {
				t.Fatalf("%v\n(go test ./events -update writes the missing golden files of present forms)", err)
			}
			stored = bytes.TrimSuffix(stored, []byte("\n"))

			var got Fact
			if err := got.UnmarshalJSON(stored); err != nil {
				t.Fatalf("a stored fact no longer reads: %v", err)
			}
			if diff := cmp.Diff(g.want, got, cmpopts.EquateComparable(calendar.Date{})); diff != "" {
				t.Errorf("a stored fact reads differently (-want +got):\n%s", diff)
			}
			again, err := got.MarshalJSON()
			if err != nil {
				t.Fatal(err)
			}
			if g.written() && !bytes.Equal(again, stored) {
				t.Errorf("it would now be stored differently:\n was %s\n now %s", stored, again)
			}
		})
	}
}

// create writes f to a file that must not be there yet.
func create(t *testing.T, path string, f Fact) []byte {
	t.Helper()
	stored, err := f.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write(append(stored, '\n')); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	return stored
}

func TestEveryGoldenFileIsRead(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(goldenDir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	expected := map[string]bool{}
	for _, g := range goldens() {
		if expected[g.file] {
			t.Errorf("%s is expected twice", g.file)
		}
		expected[g.file] = true
		if name, form := g.event(); name != Name(g.want.Event) || form < 0 {
			t.Errorf("%s holds an event named %s", g.file, Name(g.want.Event))
		}
	}
	for _, path := range files {
		if name := strings.TrimSuffix(filepath.Base(path), ".json"); !expected[name] {
			t.Errorf("%s: nothing says what it must read as", path)
		}
	}
}

func TestEveryFormOfEveryEventHasAGoldenFile(t *testing.T) {
	covered := map[string]bool{}       // by name and form
	populated := map[string][]string{} // name → fields that no golden file fills
	for _, g := range goldens() {
		name, form := g.event()
		covered[fmt.Sprint(name, ".", form)] = true
		bare := empty(reflect.ValueOf(g.want.Event))
		if before, seen := populated[name]; seen {
			bare = slices.DeleteFunc(bare, func(field string) bool { return !slices.Contains(before, field) })
		}
		populated[name] = bare
	}
	for _, f := range catalogue {
		for form := range f.current() + 1 {
			if !covered[fmt.Sprint(f.name, ".", form)] {
				t.Errorf("%s has no golden file of form %d: add it to goldens and run go test ./events -update", f.name, form)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(populated)) {
		if fields := populated[name]; len(fields) > 0 {
			t.Errorf("no golden file of %s fills %s", name, strings.Join(fields, ", "))
		}
	}
}

// empty names the fields of v, at any depth, that are zero.
func empty(v reflect.Value) []string {
	switch v.Type() {
	case reflect.TypeFor[calendar.Date](), reflect.TypeFor[time.Time](), reflect.TypeFor[calendar.Period](), reflect.TypeFor[Fact]():
		return nil
	}
	if v.Kind() != reflect.Struct {
		return nil
	}
	var names []string
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		if v.Field(i).IsZero() {
			names = append(names, name)
			continue
		}
		for _, inner := range empty(v.Field(i)) {
			names = append(names, name+"."+inner)
		}
	}
	return names
}
