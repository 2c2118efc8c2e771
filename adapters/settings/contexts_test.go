package settings_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/adapters/settings"
)

func contexts(t *testing.T) string {
	t.Helper()
	return filepath.Join(t.TempDir(), "parley", "contexts.toml")
}

func readContexts(t *testing.T, path string) settings.Contexts {
	t.Helper()
	c, err := settings.ReadContexts(path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// private checks that a file is for its owner alone, and that nothing was left
// beside it but its lock.
func private(t *testing.T, path string) {
	t.Helper()
	if stat, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && stat.Mode().Perm() != 0o600 {
		t.Errorf("%s: %v, %v", path, stat.Mode(), err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	must(t, err)
	for _, e := range entries {
		if name := e.Name(); name != filepath.Base(path) && name != filepath.Base(path)+".lock" {
			t.Errorf("there is %s too", name)
		}
	}
}

func TestContextsAreKept(t *testing.T) {
	path := contexts(t)
	if c := readContexts(t, path); c.Default != "" || len(c.Named) != 0 {
		t.Errorf("there is one already: %+v", c)
	}
	office := settings.Context{URL: "tls://parley.lmc.example:4222", Creds: filepath.Join(t.TempDir(), "jo.creds"), CA: filepath.Join(t.TempDir(), "ca.pem")}
	must(t, settings.AddContext(path, "office", office))
	must(t, settings.AddContext(path, "home-2", settings.Context{URL: "nats://127.0.0.1:4222,nats://127.0.0.1:4223"}))
	private(t, path)
	want := settings.Contexts{Default: "office", Named: map[string]settings.Context{
		"office": office, "home-2": {URL: "nats://127.0.0.1:4222,nats://127.0.0.1:4223"},
	}}
	if diff := cmp.Diff(want, readContexts(t, path)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if server, found, err := want.Find(""); server != office || !found || err != nil {
		t.Errorf("the default is %+v, %v", server, err)
	}
	must(t, settings.SetDefaultContext(path, "home-2"))
	must(t, settings.RemoveContext(path, "home-2"))
	if c := readContexts(t, path); c.Default != "" || len(c.Named) != 1 {
		t.Errorf("it is still there: %+v", c)
	}
	must(t, settings.SetDefaultContext(path, "office"))
	must(t, settings.SetDefaultContext(path, ""))
	if _, found, err := readContexts(t, path).Find(""); found || err != nil {
		t.Errorf("there is a default: %v", err)
	}
}

func TestPathsOfAContextAreWhole(t *testing.T) {
	path := contexts(t)
	must(t, settings.AddContext(path, "office", settings.Context{URL: "nats://a:4222", Creds: "jo.creds"}))
	want, err := filepath.Abs("jo.creds")
	must(t, err)
	if got := readContexts(t, path).Named["office"].Creds; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestContextsAreRefused(t *testing.T) {
	path := contexts(t)
	good := settings.Context{URL: "nats://a:4222"}
	if err := settings.RemoveContext(path, "office"); !errors.Is(err, settings.ErrNoContext) || !strings.Contains(err.Error(), "parley context add office") {
		t.Errorf("removed from nothing: %v", err)
	}
	must(t, settings.AddContext(path, "office", good))
	for name, c := range map[string]struct {
		got  error
		want error
	}{
		"one of that name":        {settings.AddContext(path, "office", good), settings.ErrContextExists},
		"no name":                 {settings.AddContext(path, "", good), settings.ErrBadContext},
		"a name with a dot":       {settings.AddContext(path, "a.b", good), settings.ErrBadContext},
		"no address":              {settings.AddContext(path, "b", settings.Context{}), settings.ErrBadContext},
		"an address that is none": {settings.AddContext(path, "b", settings.Context{URL: "parley.lmc.example"}), settings.ErrBadContext},
		"another kind":            {settings.AddContext(path, "b", settings.Context{URL: "https://parley.lmc.example"}), settings.ErrBadContext},
		"a second that is none":   {settings.AddContext(path, "b", settings.Context{URL: "nats://a:4222,b"}), settings.ErrBadContext},
		"a password":              {settings.AddContext(path, "b", settings.Context{URL: "nats://jo:pw@a:4222"}), settings.ErrBadContext},
		"a default there is not":  {settings.SetDefaultContext(path, "b"), settings.ErrNoContext},
		"one to remove":           {settings.RemoveContext(path, "b"), settings.ErrNoContext},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v", name, c.got)
		}
	}
	if _, _, err := readContexts(t, path).Find("b"); !errors.Is(err, settings.ErrNoContext) || !strings.Contains(err.Error(), "there are office") {
		t.Errorf("found: %v", err)
	}
	if c := readContexts(t, path); len(c.Named) != 1 {
		t.Errorf("something was added: %+v", c)
	}
}

func TestABrokenListOfServersIsRefusedAndKept(t *testing.T) {
	for source, want := range map[string]string{
		"default = ":        "line 1: this cannot be read",
		"default = \"a\"\n": `line 1: the default is "a": there is no such context`,
		"[context.a]\nurl = \"nats://a:1\"\ncert = \"x\"\n": `line 3: "cert" is no setting here`,
		"[context.a]\n":               `line 1: the context "a" cannot be used`,
		"[context]\na = 1\n":          "line 2: a is not a table",
		"[contexts.a]\nurl = \"x\"\n": `"contexts" is no setting here`,
	} {
		path := filepath.Join(t.TempDir(), "contexts.toml")
		must(t, os.WriteFile(path, []byte(source), 0o600))
		_, err := settings.ReadContexts(path)
		var invalid *settings.InvalidError
		if !errors.As(err, &invalid) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", source, err)
		}
		if err := settings.AddContext(path, "b", settings.Context{URL: "nats://a:4222"}); !errors.As(err, &invalid) {
			t.Errorf("%q: it was changed: %v", source, err)
		}
		if now, _ := os.ReadFile(path); string(now) != source {
			t.Errorf("%q has become %q", source, now)
		}
	}
}

func TestContextsAddedAtOnceAreAllKept(t *testing.T) {
	path := contexts(t)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			if err := settings.AddContext(path, fmt.Sprint("c", i), settings.Context{URL: "nats://a:4222"}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if c := readContexts(t, path); len(c.Named) != 8 {
		t.Errorf("%d of 8 were kept", len(c.Named))
	}
}

func TestContextsHaveTheirPlace(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the folder is named by other means here")
	}
	t.Setenv("XDG_CONFIG_HOME", "/tmp/home")
	if path, err := settings.ContextsPath(); err != nil || path != "/tmp/home/parley/contexts.toml" {
		t.Errorf("%s, %v", path, err)
	}
	t.Setenv("XDG_CONFIG_HOME", "")
	t.Setenv("HOME", "")
	if path, err := settings.ContextsPath(); err == nil {
		t.Errorf("without a home it is %s", path)
	}
}
