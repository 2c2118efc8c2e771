package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"parley/domain/calendar"
	"parley/projections/timeline"
)

// An amount that is taken reads back as it is written for people.
func FuzzPounds(f *testing.F) {
	for _, s := range []string{"12.50", "£1,200", "-4.00", "4.5", "0", "", "999999999999.99", "1e9", "٣", "12.500", "--1", "£", "1,2,3.00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var pence, again int64
		if err := (poundsFlag{&pence}).Set(s); err != nil {
			return
		}
		shown := timeline.Pounds(pence)
		if err := (poundsFlag{&again}).Set(shown); err != nil || again != pence {
			t.Errorf("%q is %d pence, shown as %s, which is %d: %v", s, pence, shown, again, err)
		}
		if digits := strings.Trim(strings.NewReplacer(",", "", "£", "", ".", "").Replace(s), "-0"); (digits == "") != (pence == 0) {
			t.Errorf("%q is %d pence", s, pence)
		}
	})
}

// A moment that is taken is the one that was written, and a day is its last instant.
func FuzzMoment(f *testing.F) {
	for _, s := range []string{"2026-09-09", "2026-10-25T01:30", "2026-10-25 01:30", "2026-03-29T01:30", "2026-09-09T16:30:00Z", "2026-09-09T16:30:00.5+01:00", "", "now", "2026-02-29", "9999-12-31", "0622-10-25T01:30"} {
		f.Add(s)
	}
	london, err := time.LoadLocation(zone)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var at time.Time
		if err := (moment{&at, london}).Set(s); err != nil {
			return
		}
		if d, err := calendar.Parse(s); err == nil {
			if calendar.At(at, london) != d || calendar.At(at.Add(time.Nanosecond), london) != d.AddDays(1) {
				t.Errorf("%q is %s, which is not the end of that day", s, at)
			}
		}
		if at.Year() < 1848 {
			return // London was 75 seconds behind, and the offsets of RFC 3339 have no seconds
		}
		var again time.Time
		if err := (moment{&again, london}).Set((moment{&at, london}).String()); err != nil || again.Unix() != at.Unix() {
			t.Errorf("%q is %s, which reads back as %s: %v", s, at, again, err)
		}
	})
}

// What --set makes of its pairs is a JSON object, or is refused; nothing panics.
func FuzzFields(f *testing.F) {
	for _, s := range []string{"terms.price_pence=450", "text=two words", "a.b=1\na=2", "a=1\na.b=2", "=x", "a", "a.=1", ".=1", `a={"b":1}`, "a=null", "a=\"", "a=1\na=2", "a=\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, lines string) {
		set := strings.Split(lines, "\n")
		made, err := fields(set)
		if err != nil {
			return
		}
		var object map[string]any
		if err := json.Unmarshal(made, &object); err != nil {
			t.Fatalf("%q became %s: %v", set, made, err)
		}
		for _, pair := range set {
			path, value, _ := strings.Cut(pair, "=")
			var at any = object
			for _, name := range strings.Split(path, ".") {
				inner, ok := at.(map[string]any)
				if !ok || !utf8.ValidString(name) && len(inner) > 0 {
					break
				}
				at = inner[name]
			}
			if s, ok := at.(string); !json.Valid([]byte(value)) && utf8.ValidString(pair) && (!ok || s != value) {
				t.Errorf("%q became %s, and lost %q", set, made, pair)
			}
		}
	})
}
