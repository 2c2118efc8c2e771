package main

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"
)

// runTour runs the tour as main does, but for where it writes.
func runTour(t *testing.T, args ...string) (exit int, stdout, stderr string) {
	t.Helper()
	var out, complaint bytes.Buffer
	a := &app{
		stdin: strings.NewReader(""), stdout: &out, stderr: &complaint, now: time.Now,
		getenv: func(string) string { return "" },
	}
	exit = a.run(t.Context(), append([]string{"tour"}, args...))
	return exit, out.String(), complaint.String()
}

func TestTheTourTellsTheMainJob(t *testing.T) {
	exit, told, complaint := runTour(t)
	if exit != exitOK || complaint != "" {
		t.Fatalf("the tour ended with %d: %s", exit, complaint)
	}
	inOrder(t, told, []string{
		"$ parley init", "$ parley directory import", "$ parley case open",
		"$ parley contract record", "$ parley evidence activity", "$ parley evidence cost", "$ parley mandate record",
		"$ parley offer submit", "$ parley offer receive", "$ parley offer reject", "$ parley offer submit",
		"$ parley notice serve", "no LMC guidance to it is recorded", "$ parley notice advise",
		"$ parley notice serve", "6 months", "$ parley notice serve", "3 months", "$ parley notice serve", "to the end of",
		"$ parley notice serve", "12 weeks", "$ parley notice acknowledge", "$ parley deadline explain", "run on to the last day of the month", "$ parley deadline compute", "St Andrew", "$ parley notice withdraw", "$ parley notice effect",
		"$ parley offer receive", "$ parley letter log", "$ parley case correct", "corrected",
		"$ parley offer accept", "cancelled by the agreement", "$ parley agreement sign", "$ parley agreement fund",
		"$ parley case timeline", "[corrected by", "recorded 41 days later", "$ parley deadline list", "$ parley case show", "Stage       agreed",
		"--as-of", "as it was known on", "Stage       notice", "$ parley case close", "$ parley verify", "The log is sound",
	})
	for i, line := range strings.Split(told, "\n") {
		free := strings.Contains(line, "$ parley ") || strings.HasPrefix(line, "parley: ") || strings.HasPrefix(line, "Next: ")
		if n := len([]rune(line)); n > 80 && !free {
			t.Errorf("line %d of the tour has %d characters: %s", i+1, n, line)
		}
	}
	if strings.ContainsRune(told, '\x1b') {
		t.Error("the tour colours what is no terminal")
	}
}

// inOrder fails unless each of the texts comes after the one before it.
func inOrder(t *testing.T, all string, texts []string) {
	t.Helper()
	rest := all
	for i, text := range texts {
		_, after, found := strings.Cut(rest, text)
		if !found {
			t.Fatalf("%q does not come after %q", text, texts[max(0, i-1)])
		}
		rest = after
	}
}

func TestTheTourInJSONIsWhole(t *testing.T) {
	exit, stdout, _ := runTour(t, "-o", "json")
	var steps []struct {
		Clock, Says, Command, Output string
		Exit                         int
	}
	if err := json.Unmarshal([]byte(stdout), &steps); err != nil || exit != exitOK {
		t.Fatalf("ended with %d: %v", exit, err)
	}
	refused := 0
	for _, s := range steps {
		if _, err := time.Parse(time.RFC3339, s.Clock); err != nil {
			t.Errorf("%s: %v", s.Command, err)
		}
		if !strings.HasPrefix(s.Command, "parley ") {
			t.Errorf("%q is no command", s.Command)
		}
		if s.Exit != exitOK {
			refused++
		}
	}
	if refused != 1 {
		t.Errorf("%d steps are refused, not one", refused)
	}
}

// What README shows of the tour must be what the tour prints: each of its
// lines, in order. A line that is only "..." stands for lines left out.
func TestTheReadmeShowsTheTourAsItIs(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, found := strings.Cut(string(readme), "<!-- tour -->")
	block, _, closed := strings.Cut(after, "<!-- /tour -->")
	if !found || !closed {
		t.Fatal("README.md has no block between <!-- tour --> and <!-- /tour -->")
	}
	exit, told, complaint := runTour(t)
	if exit != exitOK {
		t.Fatalf("the tour ended with %d: %s", exit, complaint)
	}
	rest, shown := strings.Split(told, "\n"), 0
	for _, line := range strings.Split(strings.ReplaceAll(block, "\r", ""), "\n") {
		line = strings.TrimRight(line, " ")
		if line == "" || line == "..." || line == "…" || strings.HasPrefix(line, "```") {
			continue
		}
		at := 0
		for at < len(rest) && rest[at] != line {
			at++
		}
		if at == len(rest) {
			t.Fatalf("README.md shows a line that the tour does not print, or not there:\n%s", line)
		}
		rest = rest[at+1:]
		shown++
	}
	if shown == 0 {
		t.Error("README.md shows nothing of the tour between its marks")
	}
}

func writeFile(t *testing.T, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
