package events

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"parley/domain/calendar"
)

func TestCommitsReadBackAsTheyWereWritten(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := sealed(t, drawCommit(rt))
		got, err := Decode(s.Stored)
		if err != nil {
			rt.Fatalf("%v\n%s", err, s.Stored)
		}
		same(rt, s.Commit, got)
		if again := sealed(t, got); !bytes.Equal(again.Stored, s.Stored) {
			rt.Fatalf("stored again it differs:\n was %s\n now %s", s.Stored, again.Stored)
		}
	})
}

func TestEveryPartOfACommitCountsInItsHash(t *testing.T) {
	before := sealed(t, small()).Hash
	for part, change := range map[string]func(*Commit){
		"command":     func(c *Commit) { c.Command = uuid.UUID{15: 1} },
		"aggregate":   func(c *Commit) { c.Aggregate = Case("GLO-26-0002") },
		"version":     func(c *Commit) { c.Version++ },
		"actor":       func(c *Commit) { c.Actor += "x" },
		"recorded at": func(c *Commit) { c.RecordedAt = c.RecordedAt.Add(time.Microsecond) },
		"previous":    func(c *Commit) { c.Previous[31] ^= 1 },
		"fact":        func(c *Commit) { c.Facts[0].Event = NoticeAcknowledged{Practice: "A81002"} },
		"day":         func(c *Commit) { c.Facts[0].On = c.Facts[0].On.AddDays(1) },
		"follows":     func(c *Commit) { c.Facts[1].Follows = false },
		"order":       func(c *Commit) { c.Facts[0], c.Facts[1] = c.Facts[1], c.Facts[0] },
	} {
		c := small()
		change(&c)
		if sealed(t, c).Hash == before {
			t.Errorf("the hash does not cover the %s", part)
		}
	}
}

func TestMomentsAreStoredInMicrosecondsOfUTC(t *testing.T) {
	c := small()
	c.RecordedAt = time.Date(2026, 7, 1, 0, 30, 0, 123_456_789, time.FixedZone("BST", 3600))
	s := sealed(t, c)
	if want := time.Date(2026, 6, 30, 23, 30, 0, 123_456_000, time.UTC); s.RecordedAt != want {
		t.Errorf("sealed at %v, want %v", s.RecordedAt, want)
	}
	if got, err := Decode(s.Stored); err != nil || got.RecordedAt != s.RecordedAt {
		t.Errorf("reads as %v, %v", got.RecordedAt, err)
	}
}

func TestTextIsStoredUnharmed(t *testing.T) {
	text := `a real \ufffd and a slash before it \\ufffd` + "<b>£4.80 & more</b> \u2028\u2029 \x00\x7f \" \\ \ufffd 🩸"
	c := small()
	c.Actor = "o'neill & <sons> \u2028"
	c.Facts = []Fact{{day("2026-11-02"), NoteAdded{Text: text}, false}}
	got, err := Decode(sealed(t, c).Stored)
	if err != nil {
		t.Fatal(err)
	}
	if got.Actor != c.Actor || got.Facts[0].Event != (NoteAdded{Text: text}) {
		t.Errorf("reads as %q, %+v", got.Actor, got.Facts[0].Event)
	}
}

// What could not be read back must never be written: it would stay in the log
// for ever.
func TestSealRefusesWhatWouldNotReadBack(t *testing.T) {
	for what, change := range map[string]func(*Commit){
		"fact without an event":    func(c *Commit) { c.Facts[0].Event = nil },
		"nameless aggregate":       func(c *Commit) { c.Aggregate = Case("") },
		"aggregate of no kind":     func(c *Commit) { c.Aggregate.Kind = "person" },
		"aggregate with a dot":     func(c *Commit) { c.Aggregate.ID = "GLO.26" },
		"actor that is not UTF-8":  func(c *Commit) { c.Actor = "caf\xe9" },
		"text that is not UTF-8":   func(c *Commit) { c.Facts[0].Event = NoteAdded{Text: "caf\xe9"} },
		"correction of half an ID": func(c *Commit) { c.Facts[0].Event = EventRetracted{Event: EventID{Version: 7}} },
		"moment without a year":    func(c *Commit) { c.RecordedAt = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC) },
	} {
		c := small()
		change(&c)
		if s, err := Seal(c); err == nil {
			_, err := Decode(s.Stored)
			t.Errorf("%s: sealed; it reads back with: %v", what, err)
		}
	}
}

func TestAnyChangedByteIsNoticed(t *testing.T) {
	s := sealed(t, small())
	noticed := func(t interface {
		Helper()
		Fatalf(string, ...any)
	}, at int, with byte,
	) {
		t.Helper()
		changed := bytes.Clone(s.Stored)
		changed[at] = with
		got, err := Decode(changed)
		switch {
		case err == nil && !cmp.Equal(s.Commit, got, cmpopts.EquateComparable(calendar.Date{})):
			t.Fatalf("byte %d changed from %q to %q reads as another commit:\n%s\n%+v", at, s.Stored[at], with, changed, got)
		case err != nil && errors.Is(err, ErrDamaged) == errors.Is(err, ErrNewer):
			t.Fatalf("byte %d changed from %q to %q is neither or both of damaged and newer: %v", at, s.Stored[at], with, err)
		}
	}
	for at := range s.Stored {
		for bit := range 8 {
			noticed(t, at, s.Stored[at]^1<<bit)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		noticed(t, rapid.IntRange(0, len(s.Stored)-1).Draw(t, "at"), rapid.Byte().Draw(t, "with"))
	})
}

func TestACutOffCommitIsDamaged(t *testing.T) {
	s := sealed(t, small())
	for n := range s.Stored {
		if _, err := Decode(s.Stored[:n]); !errors.Is(err, ErrDamaged) {
			t.Fatalf("the first %d bytes: %v", n, err)
		}
	}
}

// forged returns a commit whose digest and hash are right for these stored events.
func forged(t testing.TB, facts []byte) []byte {
	t.Helper()
	c := small()
	c.Facts = nil
	c.Digest = sha256.Sum256(facts)
	stored, err := json.Marshal(storedCommit{
		schema, c.Aggregate.String(), c.Version, c.Command, c.Actor, c.RecordedAt, c.Previous, c.Digest, c.chain(), json.RawMessage("0"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return append(bytes.TrimSuffix(stored, []byte("0}")), append(bytes.Clone(facts), '}')...)
}

func TestErrorsSayWhatIsUnknown(t *testing.T) {
	whole := string(sealed(t, small()).Stored)
	for _, c := range []struct {
		what   string
		stored string
		want   error
		names  string // what the message must name
	}{
		{"nothing", "", ErrDamaged, "does not read"},
		{"not an object", "[]", ErrDamaged, "does not read"},
		{"null", "null", ErrDamaged, "form 0"},
		{"a newer schema", strings.Replace(whole, `"schema":1`, `"schema":2`, 1), ErrNewer, "form 2"},
		{"a newer schema with more fields", strings.Replace(whole, `"schema":1`, `"schema":3,"tenant":"x"`, 1), ErrNewer, "form 3"},
		{"no schema", strings.Replace(whole, `"schema":1,`, ``, 1), ErrDamaged, "form 0"},
		{"a negative schema", strings.Replace(whole, `"schema":1`, `"schema":-1`, 1), ErrDamaged, "form -1"},
		{"another field of the commit", strings.Replace(whole, `"schema":1`, `"schema":1,"tenant":"x"`, 1), ErrDamaged, `"tenant"`},
		{"another value after the commit", whole + "{}", ErrDamaged, "more after"},
		{"a bracket after the commit", whole + "]", ErrDamaged, "more after"},
		{"a brace after the commit", whole + " }", ErrDamaged, "more after"},
		{"rubbish after the commit", whole + "\x00", ErrDamaged, "more after"},
		{"an aggregate of no kind", strings.Replace(whole, "case/", "crate/", 1), ErrDamaged, "crate/GLO-26-0001"},
		{"a short hash", strings.Replace(whole, `"previous":"0102`, `"previous":"`, 1), ErrDamaged, "64 hexadecimal digits"},
		{"a moment finer than the hash covers", strings.Replace(whole, ".12Z", ".120000001Z", 1), ErrDamaged, "recorded at"},
		{"a moment in another zone", strings.Replace(whole, "T16:45:03.12Z", "T17:45:03.12+01:00", 1), ErrDamaged, "recorded at"},
	} {
		check(t, c.what, []byte(c.stored), c.want, c.names)
	}
}

func TestErrorsInFactsNameThemselves(t *testing.T) {
	for _, c := range []struct {
		what, facts string
		want        error
		names       string
	}{
		{"facts that are no list", `{}`, ErrDamaged, "GLO-26-0001 version 7"},
		{"a fact that is null", `[null]`, ErrDamaged, "without a type"},
		{"a fact that is a number", `[4]`, ErrDamaged, "does not read"},
		{"an unknown event", `[{"type":"case-paused","on":"","data":{}}]`, ErrNewer, `"case-paused"`},
		{"another field of the fact", `[{"type":"note-added","on":"","data":{"text":""},"source":"x"}]`, ErrNewer, `"source"`},
		{"another field of the event", `[{"type":"note-added","on":"","data":{"text":"","colour":"red"}}]`, ErrNewer, `note-added with an unknown field "colour"`},
		{"a newer form", `[{"type":"note-added","form":1,"on":"","data":{}}]`, ErrNewer, "note-added in form 1"},
		{"a negative form", `[{"type":"note-added","form":-1,"on":"","data":{}}]`, ErrDamaged, "note-added in form -1"},
		{"an event without data", `[{"type":"note-added","on":""}]`, ErrDamaged, "note-added"},
		{"an event whose data is null", `[{"type":"note-added","on":"","data":null}]`, ErrDamaged, "note-added"},
		{"an event whose data is a list", `[{"type":"note-added","on":"","data":[]}]`, ErrDamaged, "note-added"},
		{"text for a number", `[{"type":"offer-accepted","on":"","data":{"offer":"3","by":"lmc"}}]`, ErrDamaged, "offer-accepted"},
		{"a day that is none", `[{"type":"note-added","on":"2026-02-30","data":{}}]`, ErrDamaged, "2026-02-30"},
		{
			"an unknown event within a replacement",
			`[{"type":"event-replaced","on":"","data":{"event":"1.1","why":"","with":[{"type":"case-paused","on":"","data":{}}]}}]`,
			ErrNewer, `"case-paused"`,
		},
		{
			"another field within a replacement",
			`[{"type":"event-replaced","on":"","data":{"event":"1.1","why":"","with":[{"type":"note-added","on":"","data":{"hue":1}}]}}]`,
			ErrNewer, `note-added with an unknown field "hue"`,
		},
	} {
		check(t, c.what, forged(t, []byte(c.facts)), c.want, c.names)
	}
}

// check decodes what is wrong with a commit and looks at the error.
func check(t *testing.T, what string, stored []byte, want error, names string) {
	t.Helper()
	_, err := Decode(stored)
	if !errors.Is(err, want) || errors.Is(err, ErrDamaged) && errors.Is(err, ErrNewer) {
		t.Errorf("%s: got %v, want only %q", what, err, want)
	} else if !strings.Contains(err.Error(), names) {
		t.Errorf("%s: %q does not name %s", what, err, names)
	}
}
