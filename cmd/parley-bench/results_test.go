package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func measured(store string, commits int, append time.Duration) taken {
	p := pair{times{append}, times{time.Millisecond}, []float64{ratio(append, time.Millisecond)}}
	return taken{
		Store: store, Commits: commits, Date: time.Date(2026, time.November, 22, 9, 0, 0, 0, time.UTC),
		Rows: []row{p.row("append", "a command", "raw", &goal{1.15, false, 1})},
	}
}

func TestResultsTakeThePlaceOfEarlierOnes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "bench")
	for _, r := range []results{
		{Stores: []taken{measured("1M", 992_000, 5*time.Millisecond), measured("LMC year", 16_000, time.Millisecond)}},
		{Stores: []taken{measured("1M", 992_000, 3*time.Millisecond)}},
	} {
		if err := r.save(dir); err != nil {
			t.Fatal(err)
		}
	}
	all, err := readResults(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(all.Stores) != 2 || all.Stores[0].Store != "LMC year" || all.Stores[1].Rows[0].Ours != 3000 {
		t.Errorf("%+v", all.Stores)
	}
	table, err := os.ReadFile(filepath.Join(dir, tableFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"### 1M: 992000 commits", "| a command | 3 ms, max 3 ms | 1 ms, max 1 ms (raw) | **3.00** (3.00–3.00) | ≤ 1.15 (goal 1) | **no** |", "| yes |"} {
		if !strings.Contains(string(table), want) {
			t.Errorf("the table lacks %q:\n%s", want, table)
		}
	}
}

func TestPlotIsSVGThatNamesWhatItDraws(t *testing.T) {
	var b strings.Builder
	r := results{Stores: []taken{measured("LMC year", 16_000, time.Millisecond), measured("1M", 992_000, 20*time.Millisecond)}}
	if err := r.plot(&b); err != nil {
		t.Fatal(err)
	}
	for d := xml.NewDecoder(strings.NewReader(b.String())); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for _, want := range []string{"commits of cases in the store", "Time, median (µs)", "command, case in mind, 20 000 µs", ">100 000<", ">1 000<"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the drawing lacks %q", want)
		}
	}
	if got := strings.Count(b.String(), "<circle"); got != 2 {
		t.Errorf("%d points for two figures", got)
	}
}

func TestGoals(t *testing.T) {
	for _, c := range []struct {
		goal  goal
		ratio float64
		met   bool
		text  string
	}{
		{goal{1.15, false, 1}, 1.15, true, "≤ 1.15 (goal 1)"},
		{goal{1.15, false, 1}, 1.16, false, "≤ 1.15 (goal 1)"},
		{goal{0.95, true, 2}, 0.96, true, "≥ 0.95 (goal 2)"},
		{goal{0.95, true, 2}, 0.94, false, "≥ 0.95 (goal 2)"},
	} {
		if got := *c.goal.met(c.ratio); got != c.met || c.goal.String() != c.text {
			t.Errorf("%s of %v: %v", c.goal, c.ratio, got)
		}
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{
		{"-stores", "moon"}, {"what"}, {"-only", "load", "-save", "docs"}, {"-no-such-flag"},
	} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("%v is taken", args)
		}
	}
}
