package events

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"
)

// agree checks that the scanner, where it reads a commit at all, reads the same
// as decodeStrictly. It reports whether it reads it.
func agree(t interface {
	Helper()
	Fatalf(string, ...any)
}, stored []byte,
) bool {
	t.Helper()
	got, ok := scan(stored)
	if !ok {
		return false
	}
	want, err := decodeStrictly(stored)
	if err != nil {
		t.Fatalf("the scanner reads what is refused: %v\n%s", err, stored)
	}
	if !reflect.DeepEqual(want, got) {
		t.Fatalf("the scanner reads\n%+v\nof what is\n%+v\n%s", got, want, stored)
	}
	return true
}

// Without this the other tests here might compare nothing at all.
func TestTheScannerReadsAllThatIsWrittenNow(t *testing.T) {
	var all []Fact
	for _, g := range goldens() {
		if _, form := g.event(); form != byName[Name(g.want.Event)].current() {
			continue
		}
		all = append(all, g.want)
		c := small()
		c.Facts = []Fact{g.want}
		if !agree(t, sealed(t, c).Stored) {
			t.Errorf("%s is left to the strict decoder", g.file)
		}
	}
	c := small()
	c.Facts = all
	if !agree(t, sealed(t, c).Stored) {
		t.Error("all of them in one commit are left to the strict decoder")
	}
	for _, f := range catalogue {
		if shapeOf(reflect.TypeOf(f.zero)) == nil {
			t.Errorf("the scanner does not know how a field of %s is stored: say so in shapeOf", f.name)
		}
	}
}

func TestTheScannerReadsAnyTextAndNumber(t *testing.T) {
	for _, text := range []string{
		"", "plain", "£4.80 “quoted” 🩸", "a line\nand\ta tab", `"`, `\`, `\"`, `\ufffd`, "<b> & \u2028 \x00\x7f", "\ufffd",
	} {
		c := small()
		c.Actor = text
		c.Facts = []Fact{{day("2026-11-02"), NoteAdded{Text: text}, true}, {Event: NoteAdded{Text: text + text}}}
		if !agree(t, sealed(t, c).Stored) {
			t.Errorf("%q is left to the strict decoder", text)
		}
	}
	for _, n := range []int64{0, 1, -1, 10, 999_999_999_999_999_999, -999_999_999_999_999_999} {
		c := small()
		c.Facts = []Fact{{Event: CostRecorded{Pence: n}}}
		if !agree(t, sealed(t, c).Stored) {
			t.Errorf("%d is left to the strict decoder", n)
		}
	}
}

func TestTheScannerReadsWhatTheStrictDecoderReads(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) { agree(rt, sealed(t, drawCommit(rt)).Stored) })
}

// What is not quite as Seal writes it the scanner may leave, or read as it is
// read strictly. The digest and hash of what stands here are right.
func TestTheScannerTakesNothingThatIsRefused(t *testing.T) {
	const note = `{"type":"note-added","on":"2026-11-02","data":{"text":"x"}}`
	offer := func(n string) string {
		return `[{"type":"offer-accepted","on":"2026-11-02","data":{"offer":` + n + `,"by":"lmc"}}]`
	}
	within := note
	for range deepest {
		within = `{"type":"event-replaced","on":"","data":{"event":"1.1","why":"","with":[` + within + `]}}`
	}
	for _, c := range []struct {
		facts string
		reads bool
	}{
		{`[` + note + `]`, true},
		{`[]`, true},
		{`[` + note + `,` + note + `]`, true},
		{`null`, false},
		{`[null]`, false},
		{` [` + note + `]`, false},
		{`[` + note + `,]`, false},
		{`[,` + note + `]`, false},
		{`[` + note + `]]`, false},
		{`[` + note + `]}`, false},
		{`[` + note, false},
		{`[` + within + `]`, false}, // too deep
		{strings.Replace(`[`+note+`]`, `"on"`, `"form":0,"on"`, 1), true},
		{strings.Replace(`[`+note+`]`, `"on"`, `"form":1,"on"`, 1), false},
		{strings.Replace(`[`+note+`]`, `"on"`, `"On"`, 1), false},
		{strings.Replace(`[`+note+`]`, `note-added`, `note-\u0061dded`, 1), false},
		{strings.Replace(`[`+note+`]`, `{"text":"x"}`, `{}`, 1), true},
		{strings.Replace(`[`+note+`]`, `{"text":"x"}`, `null`, 1), false},
		{strings.Replace(`[`+note+`]`, `{"text":"x"}`, `{"text":"x","text":"y"}`, 1), false},
		{strings.Replace(`[`+note+`]`, `{"text":"x"}`, `{,"text":"x"}`, 1), false},
		{strings.Replace(`[`+note+`]`, `"x"`, `null`, 1), false},
		{strings.Replace(`[`+note+`]`, `"x"`, "\"\n\"", 1), false},
		{strings.Replace(`[`+note+`]`, `"x"`, "\"\xe9\"", 1), true}, // both read it as U+FFFD
		{strings.Replace(`[`+note+`]`, `"x"`, `"\x"`, 1), false},
		{strings.Replace(`[`+note+`]`, `"x"`, `"\ud800"`, 1), true}, // both read it as U+FFFD
		{strings.Replace(`[`+note+`]`, `2026-11-02`, `2026-02-30`, 1), false},
		{strings.Replace(`[`+note+`]`, `2026-11-02`, ``, 1), true},
		{offer("3"), true},
		{offer("03"), false},
		{offer("-"), false},
		{offer("3.0"), false},
		{offer("3e0"), false},
		{offer("9223372036854775807"), false}, // is left, though it fits
		{offer("9223372036854775808"), false},
		{offer(`"3"`), false},
		{`[{"type":"offer-accepted","on":"2026-11-02","data":{"by":"lmc","offer":3}}]`, false}, // in another order
	} {
		if agree(t, forged(t, []byte(c.facts))) != c.reads {
			t.Errorf("that the scanner reads it is %t, want %t: %s", !c.reads, c.reads, c.facts)
		}
	}
}

// The hash of these is right too: only the envelope is not as it is written.
func TestTheScannerTakesNoOtherEnvelope(t *testing.T) {
	whole := string(sealed(t, small()).Stored)
	for _, c := range []struct{ old, with string }{
		{`{"schema":1`, `{ "schema":1`},
		{`"schema":1`, `"schema":2`},
		{`"schema":1,`, ``},
		{`"version":7`, `"version":07`},
		{`"version":7`, `"version":7.0`},
		{`case/`, `case\u002f`},
		{`j.doe`, "j.d\xe9"},
		{`.12Z`, `.120000001Z`},
		{`T16:45:03.12Z`, `T17:45:03.12+01:00`},
		{`"actor":"j.doe"`, `"actor":null`},
	} {
		stored := []byte(strings.Replace(whole, c.old, c.with, 1))
		if bytes.Equal(stored, []byte(whole)) || agree(t, stored) {
			t.Errorf("with %s it is read: %s", c.with, stored)
		}
	}
	for n := range len(whole) {
		if _, ok := scan([]byte(whole[:n])); ok {
			t.Errorf("the first %d bytes are read", n)
		}
	}
}

func TestTheScannerAgreesAfterAnySmallChange(t *testing.T) {
	var changes [][]byte
	for _, g := range goldens() {
		c := small()
		c.Facts = []Fact{g.want}
		s := sealed(t, c).Stored
		from := bytes.Index(s, []byte(`"events":`)) + len(`"events":`)
		changes = append(changes, s[from:len(s)-1])
	}
	rapid.Check(t, func(rt *rapid.T) {
		facts := rapid.SampledFrom(changes).Draw(rt, "facts")
		at := rapid.IntRange(0, len(facts)-1).Draw(rt, "at")
		until := rapid.IntRange(at, min(at+3, len(facts))).Draw(rt, "until")
		with := rapid.SampledFrom([]string{"", "0", "1", "-", `"`, `\`, ",", ":", "{", "}", "[", "]", " ", "null", "true", "é", "\xe9"}).Draw(rt, "with")
		agree(rt, forged(t, append(append(bytes.Clone(facts[:at]), with...), facts[until:]...)))
	})
}

// An event may come to have a field of a kind that the scanner does not know:
// then it must leave the event alone.
func TestAShapeIsKnownOrNot(t *testing.T) {
	type base struct {
		A string `json:"a"`
	}
	for _, c := range []struct {
		what  string
		zero  any
		known bool
	}{
		{"embedded", struct {
			base
			B int `json:"b"`
		}{}, false},
		{"a moment", time.Time{}, true},
		{"an ID", uuid.UUID{}, true},
		{"bytes", []byte{}, false},
		{"a pointer", struct {
			A *int `json:"a"`
		}{}, false},
		{"a map", map[string]int{}, false},
		{"a fraction", 1.5, false},
		{"without a name", struct{ A string }{}, false},
		{"not stored", struct {
			A string `json:"-"`
		}{}, false},
		{"a number as text", struct {
			A int `json:"a,string"`
		}{}, false},
		{"a name twice", reflect.Zero(reflect.StructOf([]reflect.StructField{
			{Name: "A", Type: reflect.TypeFor[string](), Tag: `json:"a"`},
			{Name: "B", Type: reflect.TypeFor[string](), Tag: `json:"a"`},
		})).Interface(), false},
		{"one that reads itself", json.RawMessage{}, false},
	} {
		if known := shapeOf(reflect.TypeOf(c.zero)) != nil; known != c.known {
			t.Errorf("%s: known is %t, want %t", c.what, known, c.known)
		}
	}
}

func TestNamesOfAggregates(t *testing.T) {
	for name, good := range map[string]bool{
		"case/GLO-26-0001": true, "alert/GLO-26-0001_D7-1_day": true, "case/0": true,
		"case/": false, "case": false, "case/-a": false, "case/_a": false, "case/a.b": false, "case/a b": false, "case/é": false,
		"case/a\n": false, "case/a/b": false, "person/a": false,
	} {
		a, err := ParseAggregate(name)
		if (err == nil) != good || good && a.String() != name {
			t.Errorf("%q reads as %v, %v", name, a, err)
		}
	}
}

// What Seal writes is for ever. It is what encoding/json makes of these types.
func TestSealWritesWhatTheStoredTypesSay(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := sealed(t, drawCommit(rt))
		stored := storedCommit{
			schema, s.Aggregate.String(), s.Version, s.Command, s.Actor, s.RecordedAt, s.Previous, s.Digest, s.Hash, json.RawMessage("null"),
		}
		if s.Facts != nil {
			facts := make([]storedFact, len(s.Facts))
			for i, f := range s.Facts {
				facts[i] = storedFact{Name(f.Event), byName[Name(f.Event)].current(), f.On, f.Follows, marshalled(t, f.Event)}
			}
			stored.Events = marshalled(t, facts)
		}
		if want := marshalled(t, stored); string(want) != string(s.Stored) {
			rt.Fatalf("it writes\n%s\nwhere it should write\n%s", s.Stored, want)
		}
	})
}

// Each byte alone, and what is made of several.
func TestTextIsWrittenAsTheStandardLibraryWritesIt(t *testing.T) {
	texts := []string{"", "Bloods", "£4.80 – GP’s", "\u2028\u2029", "🩸", "\ufffd", "\xed\xa0\x80"}
	for b := range 256 {
		texts = append(texts, "in "+string([]byte{byte(b)})+" between")
	}
	for _, text := range texts {
		if got, want := AppendText([]byte("before"), text), "before"+string(marshalled(t, text)); string(got) != want {
			t.Errorf("%q is written %s, and not %s", text, got, want)
		}
	}
}

func marshalled(t *testing.T, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// FuzzScan reads any bytes as a commit, and as the events of one whose digest
// and hash are right, in both ways.
func FuzzScan(f *testing.F) {
	facts := goldenFacts(f)
	for _, fact := range facts {
		f.Add(list(fact))
	}
	f.Add(list(facts...))
	f.Add(sealed(f, small()).Stored)
	f.Fuzz(func(t *testing.T, stored []byte) {
		agree(t, stored)
		agree(t, forged(t, stored))
	})
}
