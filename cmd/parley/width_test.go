package main

import (
	"bytes"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"charm.land/lipgloss/v2"
)

// columns is how wide the terminal is that everything must fit.
const columns = 80

const longTitle = "Phlebotomy requested by the hospital's outpatient departments and done in general practice, north and south of the river, since 2019"

// crowded makes a store with a case that has much to show, and long names for it.
func crowded(t *testing.T) func(args ...string) (int, string) {
	t.Helper()
	store, clock := filepath.Join(t.TempDir(), "store"), "2026-09-01T09:00:00Z"
	list := filepath.Join(t.TempDir(), "practices.csv")
	writeFile(t, list, strings.ReplaceAll(madeUp(), "SURGERY NUMBER", "THE OLD PRIORY AND ST BARTHOLOMEW'S FAMILY HEALTH CENTRE AND SURGERY NUMBER"))
	run := func(args ...string) (int, string) {
		var out bytes.Buffer
		a := newTestApp(&out)
		a.width = columns
		a.getenv = func(name string) string {
			return map[string]string{"PARLEY_STORE": store, "PARLEY_CLOCK": clock}[name]
		}
		exit := a.run(t.Context(), args)
		return exit, out.String()
	}
	do := func(line string, more ...string) {
		t.Helper()
		if exit, out := run(append(words(line), more...)...); exit != exitOK {
			t.Fatalf("parley %s ended with %d:\n%s", line, exit, out)
		}
	}
	long := strings.Repeat("so it was said at length, ", 12) + strings.Repeat("x", 200)
	do("init --lmc 'Gloucestershire, Wiltshire and Somerset LMC' --code GLO --actor jo-the-caseworker --rehearsal")
	do("directory import --as-at 2026-02-06", list)
	do("case open --icb QR1 --service phlebotomy-secondary --practice Z90001,Z90002,Z90003 --title", longTitle)
	do("case assign GLO-26-0001 --caseworker jo-the-caseworker-of-the-county")
	do("case note GLO-26-0001 --text", long)
	do("contract record GLO-26-0001 --position rolled-over --notice 6m --to-month-end --clause", long)
	do("evidence activity GLO-26-0001 --count 123456 --unit samples --from 2025-04-01 --until 2026-03-31 --source", long)
	do("evidence cost GLO-26-0001 --amount 4.62 --unit 'per sample' --basis", long)
	do("offer submit GLO-26-0001 --price 4.80 --unit 'per sample taken and sent' --from 2027-04-01 --reply-by 2026-09-11")
	do("offer receive GLO-26-0001 --price 2.10 --unit", long[:60], "--from", "2027-04-01", "--conditions", long)
	do("notice advise GLO-26-0001 --practice Z90001,Z90002,Z90003 --text", long)
	do("notice serve GLO-26-0001 --practice Z90001,Z90002 --period 28d")
	do("dispute raise GLO-26-0001 --about", long)
	do("foi send GLO-26-0001 --about", long)
	do("case correct GLO-26-0001 --event 2.1 --set caseworker=sam --text", long)
	clock = "2026-10-05T09:00:00Z"
	return run
}

func TestEverythingFitsATerminal(t *testing.T) {
	run := crowded(t)
	for _, line := range []string{
		"case list", "case show GLO-26-0001", "case timeline GLO-26-0001", "case show GLO-26-0001 --as-of 2026-09-02",
		"deadline list", "deadline list --all", "deadline list --ref GLO-26-0001", "deadline explain GLO-26-0001 D12.1", "deadline explain GLO-26-0001 D11.1",
		"deadline compute foi-respond --from 2028-12-18 --pause 2028-12-20..2028-12-28", "deadline compute nhssc-gc14-neg --from 2026-12-18",
		"deadline compute --period 24h --from 2026-10-24T15:20", "rule list", "rule show foi-respond", "rule show nhssc-gc14-neg",
		"calendar show", "calendar show --year 2022", "calendar check 2026-11-30", "calendar check 2030-12-25",
		"notice serve GLO-26-0001 --practice Z90003 --period 3m --dry-run",
		"deadline add GLO-26-0001 --period 10wd --from 2028-12-18 --owner adjudicator --title '" + strings.Repeat("long ", 40) + "'",
		"directory find priory --limit 5", "directory find bristol", "directory show Z90001",
		"directory show QNQ", "service list", "verify", "doctor", "alert list --all", "alert list", "alert proof GLO-26-0001 D12.1",
		"notice effect GLO-26-0001 --practice Z90001 --dry-run --on 2026-09-30",
		"case note GLO-26-0001 --text '" + strings.Repeat("long ", 60) + "' --dry-run",
	} {
		exit, out := run(words(line)...)
		if exit != exitOK {
			t.Errorf("parley %s ended with %d:\n%s", line, exit, out)
		}
		for _, l := range strings.Split(out, "\n") {
			if w := lipgloss.Width(l); w > columns {
				t.Errorf("parley %s prints a line of %d columns:\n%s", line, w, l)
			}
		}
		if t.Failed() {
			break
		}
	}
}

// In a narrow terminal a text is broken, never cut: every word of it is there.
func TestNoTextIsCut(t *testing.T) {
	run := crowded(t)
	for _, line := range []string{"case show GLO-26-0001", "case timeline GLO-26-0001", "case list"} {
		_, out := run(words(line)...)
		said := strings.Fields(out)
		for _, word := range strings.Fields(longTitle) {
			if !slices.Contains(said, word) {
				t.Errorf("parley %s leaves out %q:\n%s", line, word, out)
				break
			}
		}
	}
}

// What is piped has lines of any length, and nothing in it but text.
func TestPipedOutputIsPlain(t *testing.T) {
	run := crowded(t)
	for _, line := range []string{"case list", "case show GLO-26-0001", "deadline list", "service list", "doctor"} {
		_, out := run(words(line)...)
		if i := strings.IndexFunc(out, func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f }); i >= 0 {
			t.Errorf("parley %s prints the control character %q", line, out[i])
		}
	}
}

// Whatever somebody wrote or typed, no control character reaches the terminal.
func TestControlCharactersStayOut(t *testing.T) {
	run := crowded(t)
	const rude = "a\x1b]0;title\x07b\x1b[2Jc\rd\u009be\x00"
	for i, args := range [][]string{
		{"case", "note", "GLO-26-0001", "--text", rude},
		{"case", "assign", "GLO-26-0001", "--caseworker", rude},
		{"case", "show", "GLO-26-0001"},
		{"case", "timeline", "GLO-26-0001"},
		{"case", "list"},
		{"case", "show", rude},
		{"case", "note", "GLO-26-0001", "--text", "x", "--on", rude},
		{"case", rude},
		{rude},
		{"case", "open", "--icb", rude, "--service", "ecg", "--title", "x"},
		{"case", "open", "--icb", "QR1", "--service", rude, "--title", "x"},
		{"directory", "find", rude},
		{"directory", "show", rude},
		{"directory", "import", rude},
		{"case", "list", "--stage", rude},
		{"case", "list", "--" + rude},
		{"case", "list", "-o", rude},
		{"case", "list", "--jq", rude},
		{"case", "list", "--store", rude},
		{"case", "correct", "GLO-26-0001", "--event", rude, "--text", "x", "--retract"},
		{"case", "correct", "GLO-26-0001", "--event", "3.1", "--text", "x", "--set", rude + "=1"},
		{"contract", "record", "GLO-26-0001", "--position", "none", "--practice", rude},
	} {
		_, out := run(args...)
		if at := strings.IndexFunc(out, func(r rune) bool { return r < ' ' && r != '\n' || r == 0x7f || r >= 0x80 && r < 0xa0 }); at >= 0 {
			t.Errorf("%d: parley %q prints %q", i, args, out[at:min(len(out), at+20)])
		}
	}
}

func TestTablesGiveWayInTheirLastColumn(t *testing.T) {
	for _, width := range []int{40, 80, 200} {
		var out bytes.Buffer
		a := newTestApp(&out)
		a.output, a.width = "table", width
		r := report{columns: []string{"ref", "title"}}
		for i := range 3 {
			r.rows = append(r.rows, []cell{text(fmt.Sprintf("GLO-26-000%d", i)), text(strings.Repeat("word ", 30))})
		}
		if err := a.print(r); err != nil {
			t.Fatal(err)
		}
		for _, l := range strings.Split(out.String(), "\n") {
			if w := lipgloss.Width(l); w > width {
				t.Errorf("at %d columns a line has %d: %s", width, w, l)
			}
		}
		if n := strings.Count(out.String(), "word"); n != 90 {
			t.Errorf("at %d columns %d of 90 words are there", width, n)
		}
	}
}

// completed returns what the shell is offered for a command line.
func completed(t *testing.T, run func(...string) (int, string), line ...string) []string {
	t.Helper()
	exit, out := run(append([]string{"__complete"}, line...)...)
	if exit != exitOK {
		t.Fatalf("completing %q ended with %d: %s", line, exit, out)
	}
	var values []string
	for _, l := range strings.Split(out, "\n") {
		if value, _, _ := strings.Cut(l, "\t"); value != "" && !strings.HasPrefix(l, ":") && !strings.HasPrefix(l, "Completion ended") {
			values = append(values, value)
		}
	}
	return values
}

func TestCompletion(t *testing.T) {
	run := crowded(t)
	for _, c := range []struct {
		line []string
		want string
	}{
		{[]string{"case", "show", "GLO-"}, "GLO-26-0001"},
		{[]string{"case", "show", "glo"}, "GLO-26-0001"},
		{[]string{"case", "show", "SEV-"}, ""},
		{[]string{"case", "show", "GLO-26-0001", ""}, ""},
		{[]string{"deadline", "list", "--ref", ""}, "GLO-26-0001"},
		{[]string{"practice", "join", "GLO-26-0001", "--practice", "Z9001"}, "Z90010 Z90011 Z90012 Z90013 Z90014 Z90015 Z90016 Z90017 Z90018 Z90019"},
		{[]string{"practice", "join", "GLO-26-0001", "--practice", "Z90001,Z9004"}, "Z90001,Z90040 Z90001,Z90042 Z90001,Z90043 Z90001,Z90044"},
		{[]string{"case", "open", "--icb", "QR"}, "QR1 QRL QRV"},
		{[]string{"case", "open", "--service", "phleb"}, "phlebotomy-secondary"},
		{[]string{"directory", "show", "Z9004"}, "Z90040 Z90042 Z90043 Z90044"},
		{[]string{"directory", "show", "QRL"}, "QRL"},
		{[]string{"case", "close", "GLO-26-0001", "--outcome", ""}, "resourced ceased withdrawn determined merged"},
		{[]string{"case", "list", "--stage", ""}, "preparing negotiating notice agreed disputed ceased closed"},
		{[]string{"case", "list", "-o", ""}, "table json csv"},
		{[]string{"help", "foi", ""}, "answer review review-answer send"},
		{[]string{"case", "re"}, "reopen"},
		{[]string{"deadline", "explain", ""}, "GLO-26-0001"},
		{[]string{"deadline", "pause", "GLO-26-0001", "D10"}, "D10.1 D10.2 D10.3 D10.4"},
		{[]string{"deadline", "resume", "GLO-26-0001", "D12.1", ""}, ""},
		{[]string{"deadline", "compute", "foi-r"}, "foi-respond"},
		{[]string{"deadline", "add", "GLO-26-0001", "--rule", "psr-s"}, "psr-standstill-start psr-standstill"},
		{[]string{"deadline", "compute", "--calendar", ""}, "england-and-wales scotland northern-ireland uk-any psr court"},
		{[]string{"rule", "show", "gms-term"}, "gms-term-partnership gms-term-individual"},
		{[]string{"calendar", "show", "--jurisdiction", ""}, "england-and-wales scotland northern-ireland"},
	} {
		if got := strings.Join(completed(t, run, c.line...), " "); got != c.want {
			t.Errorf("parley %s completes to %q, want %q", strings.Join(c.line, " "), got, c.want)
		}
	}
}

// Completion is quick and quiet where there is no store.
func TestCompletionWithoutAStore(t *testing.T) {
	var out bytes.Buffer
	a := newTestApp(&out)
	a.getenv = func(string) string { return filepath.Join(t.TempDir(), "nowhere") }
	a.now = func() time.Time { return time.Date(2026, 10, 1, 9, 0, 0, 0, time.UTC) }
	if exit := a.run(t.Context(), []string{"__complete", "case", "show", "GLO-"}); exit != exitOK || strings.Contains(out.String(), "no store") {
		t.Errorf("ended with %d: %s", exit, out.String())
	}
}

// On a narrow terminal alerts still say what they are about, and their IDs can be
// copied whole.
func TestAlertsOnANarrowTerminal(t *testing.T) {
	run := crowded(t)
	_, out := run("alert", "list", "--status", "planned")
	for _, must := range []string{
		"\n" + strings.Repeat(" ", 37) + "digest_jo-2dthe-2dcaseworker_20261006\n", "if there is anything to say",
	} {
		if !strings.Contains(out, must) {
			t.Errorf("%q is not in\n%s", must, out)
		}
	}
	_, out = run("alert", "list", "--all", "--ref", "GLO-26-0001")
	if id := "\n" + strings.Repeat(" ", 37) + "GLO-26-0001_D"; !strings.Contains(out, id) {
		t.Errorf("no ID stands by itself in\n%s", out)
	}
	said := strings.Join(strings.Fields(out), " ")
	for _, must := range []string{"Answer the FOI request (request 1), due", "one working day before"} {
		if !strings.Contains(said, must) {
			t.Errorf("%q is not in\n%s", must, out)
		}
	}
}

// What goes wrong is told in lines that fit the terminal, with every word whole, and
// in one line where it is piped.
func TestComplaintsFitATerminal(t *testing.T) {
	nowhere := filepath.Join(t.TempDir(), strings.Repeat("folder", 20))
	for _, args := range [][]string{
		{"restore", "nothing.backup", "--before-open"},
		{"backup"},
		{"case", "list"},
		{"case", "open", "--period", "x"},
		{"doctor", "extra", strings.Repeat("long ", 30)},
		{"verify", "--since", "the-day-before-yesterday"},
	} {
		said := func(told int) string {
			var out, err bytes.Buffer
			a := newTestApp(&out)
			a.stderr, a.told = &err, told
			if exit := a.run(t.Context(), append([]string{"--store", nowhere}, args...)); exit == exitOK {
				t.Errorf("parley %q is not refused", args)
			}
			return err.String()
		}
		piped := said(0)
		if lines := strings.Split(strings.TrimSpace(piped), "\n"); len(lines) != 2 {
			t.Errorf("parley %q says in %d lines:\n%s", args, len(lines), piped)
		}
		for _, told := range []int{columns, 40} {
			shown := said(told)
			if a, b := strings.Fields(shown), strings.Fields(piped); !slices.Equal(a, b) {
				t.Errorf("parley %q says\n%s\nto a terminal, and otherwise\n%s", args, shown, piped)
			}
			for l := range strings.Lines(shown) {
				if w := lipgloss.Width(strings.TrimSuffix(l, "\n")); w > told && len(strings.Fields(l)) > 1 {
					t.Errorf("parley %q says a line of %d columns to one of %d:\n%s", args, w, told, l)
				}
			}
		}
	}
}
