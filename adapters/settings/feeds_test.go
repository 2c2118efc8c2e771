package settings_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"parley/adapters/settings"
)

func TestACalendarAddressIsItsOwnersUntilItIsRevoked(t *testing.T) {
	dir := t.TempDir()
	feeds := settings.OpenFeeds(dir)
	jo, err := feeds.Create("Jo Reed")
	must(t, err)
	sam, err := feeds.Create("Dr Sam Patel")
	must(t, err)
	if !regexp.MustCompile(`^[A-Za-z0-9_-]{43}$`).MatchString(jo) || jo == sam {
		t.Errorf("tokens %q and %q", jo, sam)
	}
	private(t, filepath.Join(dir, settings.FeedsFile))
	whose := func(token, want string) {
		t.Helper()
		got, found, err := settings.OpenFeeds(dir).Lookup(token)
		if err != nil || found != (want != "") || got != want {
			t.Errorf("%s: it is %q's (%t, %v), not %q's", token, got, found, err, want)
		}
	}
	whose(jo, "Jo Reed")
	whose(sam, "Dr Sam Patel")
	renewed, err := feeds.Renew("Jo Reed")
	must(t, err)
	whose(jo, "")
	whose(renewed, "Jo Reed")
	must(t, feeds.Revoke("Jo Reed"))
	whose(renewed, "")
	whose(sam, "Dr Sam Patel")
	all, err := feeds.All()
	if err != nil || len(all) != 1 || all["Dr Sam Patel"] != sam {
		t.Errorf("there are %v, %v", all, err)
	}
}

func TestNobodysTokens(t *testing.T) {
	feeds := settings.OpenFeeds(t.TempDir())
	for _, token := range []string{"", "a", strings.Repeat("A", 43)} {
		if who, found, err := feeds.Lookup(token); found || err != nil || who != "" {
			t.Errorf("where there are none %q is %q's: %v", token, who, err)
		}
	}
	token, err := feeds.Create("Jo")
	must(t, err)
	for _, other := range []string{"", token[:42], token + "A", strings.ToLower(token) + "=", " " + token} {
		if who, found, err := feeds.Lookup(other); found || err != nil || who != "" {
			t.Errorf("%q is %q's: %v", other, who, err)
		}
	}
}

func TestCalendarAddressesAreRefused(t *testing.T) {
	feeds := settings.OpenFeeds(t.TempDir())
	if _, err := feeds.Renew("Jo"); !errors.Is(err, settings.ErrNoFeed) {
		t.Errorf("renewed before there was one: %v", err)
	}
	if err := feeds.Revoke("Jo"); !errors.Is(err, settings.ErrNoFeed) {
		t.Errorf("revoked before there was one: %v", err)
	}
	if _, err := feeds.Create(""); !errors.Is(err, settings.ErrNoFeed) {
		t.Errorf("given to nobody: %v", err)
	}
	token, err := feeds.Create("Jo")
	must(t, err)
	if _, err := feeds.Create("Jo"); !errors.Is(err, settings.ErrFeedExists) {
		t.Errorf("given twice: %v", err)
	}
	if who, _, err := feeds.Lookup(token); who != "Jo" || err != nil {
		t.Errorf("the first is %q's now: %v", who, err)
	}
}

func TestABrokenListOfAddressesIsRefusedAndKept(t *testing.T) {
	for _, content := range []string{
		"", "{", "[]", `{"people":{"Jo":"short"}}`, `{"people":{"":"` + strings.Repeat("A", 43) + `"}}`, `{"persons":{}}`,
	} {
		dir := folder(t, map[string]string{settings.FeedsFile: content})
		feeds := settings.OpenFeeds(dir)
		if _, found, err := feeds.Lookup("short"); found || !errors.Is(err, settings.ErrFeeds) {
			t.Errorf("%q: %v", content, err)
		}
		if _, err := feeds.Create("Al"); !errors.Is(err, settings.ErrFeeds) {
			t.Errorf("%q: added to: %v", content, err)
		}
		if now, _ := os.ReadFile(filepath.Join(dir, settings.FeedsFile)); string(now) != content {
			t.Errorf("%q has become %q", content, now)
		}
	}
}

func TestAddressesThatEverybodyMayReadAreRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows does not say in a file's mode who may read it")
	}
	dir := t.TempDir()
	feeds := settings.OpenFeeds(dir)
	token, err := feeds.Create("Jo")
	must(t, err)
	must(t, os.Chmod(filepath.Join(dir, settings.FeedsFile), 0o644))
	if _, found, err := feeds.Lookup(token); found || !errors.Is(err, settings.ErrFeeds) || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("%t, %v", found, err)
	}
}
