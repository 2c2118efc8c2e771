package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"parley/adapters/settings"
)

// readme: readme SECTION. It writes the blocks of a section of the README to
// files: the commands as readme-1.sh and so on, and what is shown of their output
// as readme-1.txt. The ports are those of $SMTP and $HTTP, for those of the README
// may be in use; programs that go on take the place of their shell, so that they
// can be stopped.
func readme(ts *testscript.TestScript, _ bool, args []string) {
	source, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	ts.Check(err)
	_, section, found := strings.Cut(string(source), "\n## "+args[0]+"\n")
	if !found {
		ts.Fatalf("the README has no section %q", args[0])
	}
	section, _, _ = strings.Cut(section, "\n## ")
	here := strings.NewReplacer(
		"parley-postbox\n", "exec parley-postbox -smtp "+ts.Getenv("SMTP")+" -http "+strings.TrimPrefix(ts.Getenv("HTTP"), "http://")+"\n",
		" parley serve\n", " exec parley serve\n",
		"http://127.0.0.1:8099", ts.Getenv("HTTP"), "port = 2525", "port = "+ts.Getenv("SMTPPORT"),
	)
	counts := map[string]int{}
	for _, b := range regexp.MustCompile("(?s)\n```(sh|text)\n(.*?)```\n").FindAllStringSubmatch(section, -1) {
		ending := strings.Replace(b[1], "text", "txt", 1)
		counts[ending]++
		ts.Check(os.WriteFile(ts.MkAbs(fmt.Sprintf("readme-%d.%s", counts[ending], ending)), []byte(here.Replace(b[2])), 0o600))
	}
	if len(counts) == 0 {
		ts.Fatalf("the README's section %q has no commands", args[0])
	}
}

// shows: shows FILE SAMPLE. Every line of the sample stands in the file, but for
// its lines with three dots.
func shows(ts *testscript.TestScript, _ bool, args []string) {
	whole := "\n" + ts.ReadFile(args[0])
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		if line != "...\n" && !strings.Contains(whole, "\n"+line) {
			ts.Fatalf("%s has no line %q:\n%s", args[0], line, whole)
		}
	}
}

// What docs/alerts.md says to write into alerts.toml can be read.
func TestTheSettingsInTheDocsAreRight(t *testing.T) {
	source, err := os.ReadFile(filepath.Join("..", "..", "docs", "alerts.md"))
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, block := range regexp.MustCompile(`(?m)^ +\[[a-z]+\]\n(?: +[a-z_]+ = .*\n)+`).FindAllString(string(source), -1) {
		found++
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "secrets"), 0o700); err != nil {
			t.Fatal(err)
		}
		const jo = "[[person]]\nname = \"Jo Reed\"\nemail = \"jo.reed@lmc.example\"\nchannels = [\"file\"]\n"
		person := jo
		if strings.Contains(block, "[email]") {
			person = strings.Replace(jo, `["file"]`, `["email"]`, 1)
		}
		for name, content := range map[string]string{
			settings.AlertsFile: person + block, "secrets/mail-token": "token", "secrets/webhook-secret": "a secret of some length",
			"secrets/teams-url": "https://prod-01.uksouth.logic.azure.example/workflows/1",
		} {
			if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		set, err := settings.ReadAlerts(dir, "jo")
		if err == nil {
			_, err = channels(set, nil)
		}
		if err != nil {
			t.Errorf("%s\n%v", block, err)
		}
	}
	if found != 4 {
		t.Errorf("%d tables were found in the docs, not 4", found)
	}
}
