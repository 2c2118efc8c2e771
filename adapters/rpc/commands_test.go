package rpc

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"parley/domain/calendar"
	"parley/domain/casework"
	"parley/events"
)

// deciders returns the types of a package that have the method decide, which is
// what makes a type a command.
func deciders(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", dir, len(files), err)
	}
	var names []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, is := d.(*ast.FuncDecl)
			if !is || f.Recv == nil || f.Name.Name != "decide" {
				continue
			}
			if receiver, is := f.Recv.List[0].Type.(*ast.Ident); is {
				names = append(names, receiver.Name)
			}
		}
	}
	slices.Sort(names)
	return names
}

func typesOf[C any](forms []form[C]) (types []reflect.Type, names []string) {
	for _, f := range forms {
		types, names = append(types, f.of), append(names, f.name)
	}
	return types, names
}

func TestEveryCommandTravels(t *testing.T) {
	cases, caseNames := typesOf(onCases())
	bodies, bodyNames := typesOf(onDirectory())
	days, dayNames := typesOf(onCalendar())
	for dir, c := range map[string]struct {
		types []reflect.Type
		names []string
	}{
		"domain/negotiation": {cases, caseNames}, "domain/directory": {bodies, bodyNames}, "domain/holidays": {days, dayNames},
	} {
		var have []string
		for _, of := range c.types {
			if of.PkgPath() != "parley/"+dir {
				t.Errorf("%s stands among the commands of %s", of, dir)
			}
			have = append(have, of.Name())
		}
		slices.Sort(have)
		want := deciders(t, dir)
		if !slices.Equal(have, want) {
			t.Errorf("of %s these travel:\n%q\nand these are commands:\n%q", dir, have, want)
		}
		slices.Sort(c.names)
		if n := len(slices.Compact(slices.Clone(c.names))); n != len(c.names) {
			t.Errorf("two commands of %s travel under one name: %q", dir, c.names)
		}
	}
}

// draw fills v, of whatever type, with something that a sender could say.
func draw(rt *rapid.T, v reflect.Value) {
	switch v.Interface().(type) {
	case calendar.Date:
		if rapid.Bool().Draw(rt, "dated") {
			v.Set(reflect.ValueOf(calendar.On(2026, 1, 1).AddDays(rapid.IntRange(0, 900).Draw(rt, "day"))))
		}
		return
	case calendar.Period:
		if rapid.Bool().Draw(rt, "for a time") {
			v.Set(reflect.ValueOf(calendar.Period{N: rapid.IntRange(1, 99).Draw(rt, "n"), Unit: rapid.SampledFrom([]calendar.Unit{
				calendar.Days, calendar.WorkingDays, calendar.Weeks, calendar.Months, calendar.Years, calendar.Hours,
			}).Draw(rt, "unit")}))
		}
		return
	case events.EventID:
		v.Set(reflect.ValueOf(events.EventID{Version: rapid.IntRange(1, 99).Draw(rt, "version"), Index: rapid.IntRange(1, 9).Draw(rt, "index")}))
		return
	case json.RawMessage:
		if rapid.Bool().Draw(rt, "raw") {
			v.SetBytes([]byte(`{"terms":{"price_pence":450}}`))
		}
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.SampledFrom([]string{"", "L84001", "a text with <angles> & \"quotes\"", "£4.10 – ‘so’\n"}).Draw(rt, "text"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(rt, "bool"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64Range(-5, 1<<40).Draw(rt, "int"))
	case reflect.Pointer:
		if rapid.Bool().Draw(rt, "there") {
			v.Set(reflect.New(v.Type().Elem()))
			draw(rt, v.Elem())
		}
	case reflect.Slice:
		if n := rapid.IntRange(0, 2).Draw(rt, "length"); n > 0 {
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			for i := range n {
				draw(rt, v.Index(i))
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				draw(rt, v.Field(i))
			}
		}
	default:
		rt.Fatalf("a command has a field of kind %s, which nobody draws", v.Kind())
	}
}

func roundTrips[C any](t *testing.T, forms []form[C]) {
	t.Helper()
	for _, f := range forms {
		t.Run(f.name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				v := reflect.New(f.of).Elem()
				draw(rt, v)
				sent := v.Interface().(C)
				how := casework.Request{Command: uuid.New(), Seen: rapid.IntRange(0, 9).Draw(rt, "seen"), DryRun: rapid.Bool().Draw(rt, "dry")}
				o, err := pack(forms, "GLO-26-0001", sent, how)
				if err != nil {
					rt.Fatal(err)
				}
				body, err := json.Marshal(o)
				if err != nil {
					rt.Fatal(err)
				}
				var arrived order
				if err := strict(body, &arrived); err != nil {
					rt.Fatal(err)
				}
				got, with, err := unpack(forms, arrived)
				if err != nil {
					rt.Fatalf("%s: %v", body, err)
				}
				if !reflect.DeepEqual(got, sent) || with != how || arrived.Ref != "GLO-26-0001" {
					rt.Fatalf("sent %#v\nwith %+v, arrived\n%#v with %+v", sent, how, got, with)
				}
			})
		})
	}
}

func TestCommandsArriveAsTheyWereSent(t *testing.T) {
	roundTrips(t, onCases())
	roundTrips(t, onDirectory())
	roundTrips(t, onCalendar())
}

func TestWhatIsNoCommandIsRefused(t *testing.T) {
	for body, says := range map[string]string{
		`{"type":"burn-everything","command":{}}`:                 `no command "burn-everything"`,
		`{"type":"","command":{}}`:                                `no command ""`,
		`{"type":"add-note","command":{"Text":"a","Actor":"x"}}`:  "unknown field",
		`{"type":"add-note","command":{"Text":7}}`:                "cannot unmarshal",
		`{"type":"add-note","command":{"Text":"a"}} {"more":1}`:   "more after the end",
		`{"type":"add-note","command":{"Text":"a"},"actor":"x"}`:  "unknown field",
		`{"type":"add-note","command":{"Text":"a","On":"never"}}`: "never",
		`{"type":"add-note"}`:                                     "EOF",
	} {
		var o order
		err := strict([]byte(body), &o)
		if err == nil {
			_, _, err = unpack(onCases(), o)
		}
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestAHistoryThatWasTamperedWithIsRefused(t *testing.T) {
	a := events.Case("GLO-26-0001")
	var all []written
	var previous events.Hash
	for v := 1; v <= 3; v++ {
		sealed, err := events.Seal(events.Commit{
			Command: uuid.New(), Aggregate: a, Version: v, Actor: "jo", RecordedAt: time.Unix(1_800_000_000, 0), Previous: previous,
			Facts: []events.Fact{{On: calendar.On(2026, 11, 2), Event: events.NoteAdded{Text: fmt.Sprint("note ", v)}}},
		})
		if err != nil {
			t.Fatal(err)
		}
		previous, all = sealed.Hash, append(all, written{uint64(v), sealed.Stored})
	}
	if h, err := unpackHistory(a, all); err != nil || len(h) != 3 || h[2].Position != 3 {
		t.Fatalf("%v, %v", h, err)
	}
	changed := slices.Clone(all)
	changed[1].Stored = []byte(strings.Replace(string(all[1].Stored), "note 2", "note 9", 1))
	for what, h := range map[string][]written{
		"a changed commit": changed, "one left out": {all[0], all[2]}, "another order": {all[1], all[0]}, "half of one": {{1, all[0].Stored[:40]}},
	} {
		if _, err := unpackHistory(a, h); err == nil {
			t.Errorf("%s is taken", what)
		}
	}
	if _, err := unpackHistory(events.Case("GLO-26-0002"), all); err == nil {
		t.Error("the history of another case is taken")
	}
}
