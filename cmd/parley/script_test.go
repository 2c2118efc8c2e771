package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"parley/adapters/natstest"
	"parley/adapters/storedir"
)

// TestMain runs the tests without what whoever runs them has set for a store of
// their own.
func TestMain(m *testing.M) {
	if natstest.Serve() { // this process is one of a cluster's
		return
	}
	for _, name := range []string{"PARLEY_STORE", "PARLEY_CLOCK", "PARLEY_CONTEXT", "NO_COLOR"} {
		if err := os.Unsetenv(name); err != nil {
			panic(err)
		}
	}
	dir, err := os.MkdirTemp("", "parley-test-")
	if err != nil {
		panic(err)
	}
	theProgram.path = filepath.Join(dir, "parley")
	m.Run()
	if err := os.RemoveAll(dir); err != nil {
		panic(err)
	}
}

// theProgram is built once for all tests that run it.
var theProgram struct {
	path string
	once sync.Once
	err  error
}

// The scripts in testdata run the real program, built as users build it. This
// test binary could stand in for it, but not with the race detector: that now
// and then does not come to an end when one of many short processes exits.
//
// Each runs twice: on a store of its own, and with a server that has that store
// open from its beginning on.
func TestScripts(t *testing.T) {
	bin := t.TempDir()
	name := "parley"
	if runtime.GOOS == "windows" {
		name = "parley.exe"
	}
	build(t, filepath.Join(bin, name))
	scripts, err := filepath.Glob(filepath.Join("testdata", "*.txtar"))
	if err != nil || len(scripts) == 0 {
		t.Fatalf("%d scripts, %v", len(scripts), err)
	}
	t.Run("embedded", func(t *testing.T) { runScripts(t, bin, scripts, false) })
	t.Run("served", func(t *testing.T) {
		served := slices.DeleteFunc(slices.Clone(scripts), func(file string) bool {
			_, alone := embeddedOnly()[strings.TrimSuffix(filepath.Base(file), ".txtar")]
			return alone
		})
		if len(served) != len(scripts)-len(embeddedOnly()) {
			t.Errorf("of %d scripts %d are run with a server, and %d are for the embedded store alone", len(scripts), len(served), len(embeddedOnly()))
		}
		runScripts(t, bin, served, true)
	})
}

// embeddedOnly names the scripts that are about what a store is without a server,
// each with why.
func embeddedOnly() map[string]string {
	return map[string]string{
		"damaged":       "the log is damaged between one command and the next",
		"lost":          "the log's folder is taken away between one command and the next",
		"put_back":      "a log is put back from its copy when the store is opened",
		"newer_store":   "the store's own files are of a newer version",
		"full_disk":     "what the program writes to the disk itself",
		"restore_place": "where a store is put when no server has it",
		"init":          "there is no store yet to serve",
		"encrypted":     "it is about opening a store with its key",
		"compute":       "it needs no store",
		"rules":         "it needs no store",
	}
}

// runScripts runs scripts with or without a server.
func runScripts(t *testing.T, bin string, scripts []string, served bool) {
	t.Helper()
	testscript.Run(t, testscript.Params{
		Files: scripts, Setup: func(env *testscript.Env) error { return setUp(env, bin, served) },
		Condition:           func(name string) (bool, error) { return condition(name, served) },
		RequireExplicitExec: true, RequireUniqueNames: true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"store":          makeStore,
			"serve":          func(ts *testscript.TestScript, _ bool, _ []string) { startServer(ts) },
			"stop-server":    stopServer,
			"exits":          exits,
			"refused":        refused,
			"recorded":       recordedCommits,
			"jq":             jq,
			"hold":           hold,
			"release":        release,
			"damage":         damage,
			"mend":           mend,
			"newer":          newer,
			"unindexed":      unindexed,
			"copy-folder":    copyFolder,
			"same-folder":    sameFolder,
			"hidden":         hidden,
			"remove":         remove,
			"glob":           globs,
			"spoil":          spoilFile,
			"age-key":        ageKey,
			"brim":           brim,
			"smalldisk":      smallDisk,
			"readonly":       readOnly,
			"fill":           fill,
			"edit":           edit,
			"pick":           pick,
			"serve-each":     serveEach,
			"crosscheck":     crosscheck,
			"bank-holidays":  bankHolidays,
			"every-rule":     everyRule,
			"effect-overdue": effectOverdue,
		},
	})
}

// build puts the program at path, as users build it.
func build(t *testing.T, path string) {
	t.Helper()
	theProgram.once.Do(func() {
		if out, err := exec.Command("go", "build", "-o", theProgram.path, ".").CombinedOutput(); err != nil {
			theProgram.err = fmt.Errorf("the program does not build: %w\n%s", err, out)
		}
	})
	if theProgram.err != nil {
		t.Fatal(theProgram.err)
	}
	if os.Link(theProgram.path, path) == nil {
		return
	}
	content, err := os.ReadFile(theProgram.path)
	if err == nil {
		err = os.WriteFile(path, content, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// published returns where the lists of practices that ODS publishes are kept,
// beside the repository, and whether they are there.
func published(t interface{ Fatal(...any) }) (string, bool) {
	dir, err := filepath.Abs(filepath.Join("..", "..", "..", "shared", "data"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = os.Stat(filepath.Join(dir, "epraccur_2026-02_newformat.csv"))
	return dir, err == nil
}

// setUp gives a script its surroundings: a store of its own, a clock, and made-up
// lists of practices.
func setUp(env *testscript.Env, bin string, served bool) error {
	env.Setenv("PATH", bin+string(filepath.ListSeparator)+env.Getenv("PATH"))
	env.Values[holding{}] = new(*storedir.Dir)
	env.Values[serves{}], env.Values[stops{}] = served, new(func())
	data, _ := published(env.T())
	env.Setenv("DATA", data)
	env.Setenv("PARLEY_STORE", filepath.Join(env.WorkDir, "store"))
	env.Setenv("PARLEY_CLOCK", "2026-10-01T09:00:00Z")
	return os.WriteFile(filepath.Join(env.WorkDir, "practices.csv"), []byte(madeUp()), 0o600)
}

// condition tells scripts what this machine has, and whether a server is run.
func condition(name string, served bool) (bool, error) {
	switch name {
	case "served":
		return served, nil
	case "published":
		_, there := published(fatal{})
		return there, nil
	case "full": // a file that takes nothing
		_, err := os.Stat("/dev/full")
		return err == nil, nil
	case "tmpfs":
		return runtime.GOOS == "linux" && os.Geteuid() == 0, nil
	}
	return false, fmt.Errorf("there is no condition %q", name)
}

type fatal struct{}

func (fatal) Fatal(args ...any) { panic(fmt.Sprint(args...)) }

// madeUp returns a list of practices that do not exist, in the layout of ODS:
// Z90001 to Z90040 under QR1; Z90041 under QR1, closed; Z90042 under QUY;
// Z90043 under QNX, which was abolished; Z90044 under QU9 as well.
func madeUp() string {
	var b strings.Builder
	for i := 1; i <= 44; i++ {
		p := [27]string{0: fmt.Sprintf("Z900%02d", i), 1: fmt.Sprintf("SURGERY NUMBER %d", i), 3: "QR1", 10: "19740401", 12: "ACTIVE", 25: "RO76"}
		switch i {
		case 41:
			p[11], p[12] = "20260331", "INACTIVE"
		case 42:
			p[3] = "QUY"
		case 43:
			p[3] = "QNX"
		case 44:
			p[3] = "QU9"
		}
		b.WriteString(`"` + strings.Join(p[:], `","`) + `"` + "\r\n")
	}
	return b.String()
}
