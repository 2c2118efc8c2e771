package main

import (
	"encoding/json"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"parley/domain/calendar"
	"parley/domain/deadline"
)

// bankHolidays: bank-holidays FILE [-DATE | DIVISION:DATE:TITLE]... It writes the
// bank holidays of 2019 to 2028 as GOV.UK publishes them, without those of some
// days and with others.
func bankHolidays(ts *testscript.TestScript, _ bool, args []string) {
	type event struct {
		Title   string `json:"title"`
		Date    string `json:"date"`
		Notes   string `json:"notes"`
		Bunting bool   `json:"bunting"`
	}
	type division struct {
		Division string  `json:"division"`
		Events   []event `json:"events"`
	}
	without, more := map[string]bool{}, map[string][]event{}
	for _, arg := range args[1:] {
		if day, ok := strings.CutPrefix(arg, "-"); ok {
			without[day] = true
			continue
		}
		parts := strings.SplitN(arg, ":", 3)
		more[parts[0]] = append(more[parts[0]], event{Title: parts[2], Date: parts[1]})
	}
	list := map[string]division{}
	for _, div := range calendar.Divisions() {
		d := division{Division: string(div), Events: more[string(div)]}
		for year := 2019; year <= 2028; year++ {
			for _, h := range calendar.Builtin().Holidays(div, year) {
				notes := ""
				if h.Substitute {
					notes = "Substitute day"
				}
				if !without[h.Date.String()] {
					d.Events = append(d.Events, event{h.Title, h.Date.String(), notes, true})
				}
			}
		}
		list[string(div)] = d
	}
	content, err := json.Marshal(list)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), content, 0o600))
}

// everyRule: every-rule DATE. It counts every rule that "rule list" has from that
// day, at noon, with what the rule needs, and checks the answer: a date in the
// right direction, steps, the calendar, and for an ambiguous rule both readings,
// one of them used.
func everyRule(ts *testscript.TestScript, _ bool, args []string) {
	rules := answer[[]deadline.Rule](ts, "rule", "list")
	if len(rules) < 50 {
		ts.Fatalf("only %d rules are listed", len(rules))
	}
	for _, r := range rules {
		line := []string{"deadline", "compute", string(r.ID), "--from", args[0] + "T12:00"}
		if r.Needs() != "" {
			p := r.Most
			if p.IsZero() {
				p = calendar.Period{N: 3, Unit: calendar.Months}
			}
			line = append(line, "--period", p.String())
		}
		got := answer[deadline.Answer](ts, line...)
		said := answer[deadline.Rule](ts, "rule", "show", string(r.ID))
		from, err := calendar.Parse(args[0])
		ts.Check(err)
		safe := 0
		for _, reading := range got.Readings {
			if len(reading.Steps) == 0 {
				ts.Fatalf("%s: the reading %q has no working", r.ID, reading.Name)
			}
			if reading.Safe {
				safe++
			}
		}
		switch {
		case got.Rule != string(r.ID) || got.Title != r.Title || got.Authority != r.Authority || said.Authority != r.Authority || got.Standing != r.Standing:
			ts.Fatalf("%s is answered as %s, %q, by %q (%s)", r.ID, got.Rule, got.Title, got.Authority, got.Standing)
		case got.Due.IsZero() || got.Due.Before(from) != (r.Backward && got.Due != from):
			ts.Fatalf("%s from %s is due %s", r.ID, from, got.Due)
		case len(got.Steps) < 3 || got.Calendar != calendar.Builtin().Version():
			ts.Fatalf("%s has %d steps, by %s", r.ID, len(got.Steps), got.Calendar)
		case len(r.Readings) > 0 && (len(got.Readings) != len(r.Readings) || safe != 1):
			ts.Fatalf("%s has %d readings, %d of them used", r.ID, len(got.Readings), safe)
		case r.Standing == deadline.Unverified && !strings.Contains(got.Steps[len(got.Steps)-1].Why+got.Steps[len(got.Steps)-2].Why, "UNVERIFIED"):
			ts.Fatalf("%s is unverified, and its working does not say so", r.ID)
		}
	}
}
