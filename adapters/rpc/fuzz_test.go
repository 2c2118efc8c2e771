package rpc

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"parley/domain/casework"
	"parley/domain/directory"
	"parley/domain/holidays"
	"parley/domain/negotiation"
	"parley/events"
)

// A command that is taken goes back onto the wire and arrives as the same one;
// whatever else comes is malformed.
func FuzzOrders(f *testing.F) {
	for _, s := range []string{
		`{"ref":"GLO-26-0001","type":"add-note","command":{"Text":"a note"},"id":"01890000-0000-7000-8000-000000000000"}`,
		`{"type":"open-case","command":{"LMC":"GLO","ICB":"QR1","Service":"ecg","Title":"x","Practices":["L84001"]},"id":"01890000-0000-7000-8000-000000000000","dry_run":true}`,
		`{"ref":"a","type":"correct","command":{"Event":"1.1","Why":"x","Fields":{"a":{"b":[1,null]}}},"seen":3}`,
		`{"ref":"a","type":"correct","command":{"Fields":null}}`,
		`{"type":"import","command":{"AsAt":"2026-11-01"}}`, `{"type":"move-practice","command":{"Code":"L84001"}}`,
		`{"type":"table-offer","command":null}`, `{"type":"","command":[]}`, `{}`, `null`, `{"command":{"On":"0000-00-00"}}`, "{\"type\":\"add-note\",\"command\":{\"Text\":\"\\ud800\xff\"}}",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var o order
		if strict(body, &o) != nil {
			return
		}
		travelsBack(t, onCases(), o)
		travelsBack[directory.Command](t, onDirectory(), o)
		travelsBack[holidays.Command](t, onCalendar(), o)
	})
}

func travelsBack[C any](t *testing.T, forms []form[C], o order) {
	cmd, how, err := unpack(forms, o)
	if err != nil {
		if !errors.Is(err, ErrMalformed) {
			t.Errorf("%s was refused with %v", o.Command, err)
		}
		return
	}
	again, err := pack(forms, o.Ref, cmd, how)
	if err != nil {
		t.Fatalf("%+v does not travel: %v", cmd, err)
	}
	back, _, err := unpack(forms, again)
	if err != nil {
		t.Fatalf("%s was taken, became %s, and is refused then: %v", o.Command, again.Command, err)
	}
	one, _ := json.Marshal(cmd)
	other, _ := json.Marshal(back)
	if string(one) != string(other) || reflect.TypeOf(cmd) != reflect.TypeOf(back) {
		t.Errorf("%s came back as %s", one, other)
	}
}

// Every question that a server is asked is read strictly, and does not break it.
func FuzzQuestions(f *testing.F) {
	for _, s := range []string{`{"Ref":"GLO-26-0001"}`, `{"Aggregate":"case/GLO-26-0001"}`, `{"AsOf":"2026-11-22T09:00:00Z"}`, `{"Within":"20wd","Owner":"icb","All":true}`, `{"Practices":["L84001"]}`, `{}`, `[]`, `{"Ref":1}`, `{"AsOf":"9999-99-99"}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, q := range []any{&askRef{}, &askHistory{}, &askDay{}, &askBodies{}, &askDeadlines{}, &nothing{}} {
			err := strict(body, q)
			if err == nil && !json.Valid(body) {
				t.Errorf("%q was read as %+v", body, q)
			}
			if h, ok := q.(*askHistory); ok && err == nil {
				if a, err := events.ParseAggregate(h.Aggregate); err == nil && a.String() != h.Aggregate {
					t.Errorf("%q was read as %s", h.Aggregate, a)
				}
			}
		}
	})
}

// What a server answers is read or refused: an error always is one, an outcome
// and a history are checked.
func FuzzAnswers(f *testing.F) {
	for _, s := range []string{
		`{"message":"no","is":["the request cannot be read"],"types":{"unknown-case":{"Ref":"a","Near":null}}}`,
		`{"message":"no","types":{"conflict":{"aggregate":"case/GLO-26-0001","seen":1,"now":2,"between":[{"position":1,"version":2,"actor":"x","facts":[{"on":"2026-11-02","type":"note-added","data":{"text":"x"}}]}]}}}`,
		`{"message":"no","types":{"conflict":null,"unknown-case":[]}}`, `{}`, `null`,
		`{"aggregate":"case/GLO-26-0001","version":1,"position":1,"facts":[]}`, `[{"position":1,"stored":"e30="}]`, `[{"position":1,"stored":null}]`, `[null]`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if err := (Errors{}).Decode(body); err == nil {
			t.Errorf("%q is an error that is none", body)
		} else {
			_ = err.Error()
			_ = errors.Is(err, ErrForbidden)
		}
		var o outcome
		if strict(body, &o) == nil {
			_, _ = o.unpack()
		}
		var all []written
		if strict(body, &all) == nil {
			if h, err := unpackHistory(events.Case("GLO-26-0001"), all); err == nil && len(h) != len(all) {
				t.Errorf("%d commits of %d were read", len(h), len(all))
			}
		}
		var report reportAnswer
		if strict(body, &report) == nil {
			for _, found := range report.Findings {
				_ = (Errors{}).unpack(found.Err)
			}
		}
		var change Change
		_ = strict(body, &change)
		var file negotiation.Casefile
		_ = strict(body, &file)
	})
}

// Who acts is read from a subject in one way alone.
func FuzzSubjects(f *testing.F) {
	for _, s := range []string{"parley.v1.jo.handle", "parley.v1.Dr%20Jo.about", "parley.v1.%6Ao.about", "parley.v1..about", "parley.v1", "", "parley.v1.%.x", "parley.v1.%63hanges.x", "parley.v1.changes.case.a"} {
		f.Add(s, "_INBOX_jo.x")
	}
	f.Fuzz(func(t *testing.T, s, reply string) {
		actor, err := actorOf(s)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Errorf("%q: %v", s, err)
			}
			return
		}
		if verb := strings.SplitN(strings.TrimPrefix(s, subjects), ".", 2); verb[0] != casework.Token(actor) {
			t.Errorf("%q acts as %q", s, actor)
		}
		if reply != "" && ownInbox(s, reply) && !strings.HasPrefix(reply, Inbox(actor)+".") {
			t.Errorf("%q of %q may answer to %q", s, actor, reply)
		}
	})
}
