package settings_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/adapters/settings"
)

// A list of servers reads, or it is said in which line it does not.
func FuzzContexts(f *testing.F) {
	for _, s := range []string{
		"default = \"office\"\n[context.office]\nurl = \"nats://parley.lmc.example:4222\"\ncreds = \"/k\"\n", "default = \"x\"", "[context]\na = 1\n", "[context.\"\"]\n", "context = []", "\x00", "[context.a]\nurl = \"http://[::1\"\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		file := filepath.Join(t.TempDir(), "contexts.toml")
		if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
		all, err := settings.ReadContexts(file)
		var invalid *settings.InvalidError
		switch {
		case err == nil:
			if _, found, err := all.Find(""); found != (all.Default != "") || err != nil {
				t.Errorf("the default is %q, and found: %t, %v", all.Default, found, err)
			}
		case !errors.As(err, &invalid):
			t.Error(err)
		default:
			for _, p := range invalid.Problems {
				if p.Line < 0 || p.Line > strings.Count(source, "\n")+1 {
					t.Errorf("there is no line %d in\n%s", p.Line, source)
				}
			}
		}
	})
}

// The secret addresses of calendars read, or nobody is let in by them.
func FuzzFeeds(f *testing.F) {
	dir := f.TempDir()
	if _, err := settings.OpenFeeds(dir).Create("jo"); err != nil {
		f.Fatal(err)
	}
	good, err := os.ReadFile(filepath.Join(dir, settings.FeedsFile))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, "x")
	for _, s := range []string{`{"people":{}}`, `{"people":{"jo":""}}`, `{"people":{"":"AAAA"}}`, "", "null", `{}{}`, `{"people":{"jo":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","sam":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}`} {
		f.Add([]byte(s), "")
	}
	f.Fuzz(func(t *testing.T, content []byte, token string) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, settings.FeedsFile), content, 0o600); err != nil {
			t.Fatal(err)
		}
		feeds := settings.OpenFeeds(dir)
		all, err := feeds.All()
		switch {
		case err == nil && !json.Valid(content):
			t.Errorf("%q was read as %v", content, all)
		case err != nil && !errors.Is(err, settings.ErrFeeds):
			t.Error(err)
		}
		person, found, err := feeds.Lookup(token)
		if found && (err != nil || all[person] != token || token == "") {
			t.Errorf("%q lets %q in: %v", token, person, err)
		}
	})
}
