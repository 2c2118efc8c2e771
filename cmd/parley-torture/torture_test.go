package main

import (
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
)

const said = `{"Action":"run","Test":"TestTortureA"}
{"Action":"output","Test":"TestTortureA/one","Output":"    a_test.go:9: tortured: 3 | kills\n"}
{"Action":"output","Test":"TestTortureA/one","Output":"    a_test.go:8: PARLEY_TORTURE_SEED=26\n"}
{"Action":"pass","Test":"TestTortureA/one","Elapsed":1}
{"Action":"pass","Test":"TestTortureA","Elapsed":2.4}
{"Action":"output","Test":"TestTortureB","Output":"    b_test.go:7: it is lost\n"}
{"Action":"fail","Test":"TestTortureB","Elapsed":1}
{"Action":"output","Test":"TestTortureC","Output":"    c_test.go:7: a small disk is mounted by root alone\n"}
{"Action":"skip","Test":"TestTortureC","Elapsed":0}
{"Action":"fail"}
`

func TestTheReport(t *testing.T) {
	trials, err := (&torture{progress: io.Discard}).follow(strings.NewReader(said))
	if err != nil {
		t.Fatal(err)
	}
	r := report{machine: "2 cores", began: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), took: time.Minute, trials: trials}
	got := r.markdown()
	for _, want := range []string{
		"The long form, 22 November 2026, on 2 cores. It took 1m0s. **1 of 3 trials failed.**",
		"| TestTortureA | 3 \\| kills<br>PARLEY_TORTURE_SEED=26 | nothing | 2s |",
		"| TestTortureB |  | **failed**: see below | 1s |",
		"| TestTortureC |  | skipped: a small disk is mounted by root alone | 0s |",
		"### TestTortureB\n\n```\nb_test.go:7: it is lost\n```",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("%s\nlacks\n%s", got, want)
		}
	}
	if _, err := (&torture{progress: io.Discard}).follow(strings.NewReader("cmd/parley/x.go:1: syntax error\n")); err == nil {
		t.Error("what is no report was read as one")
	}
}

func TestTheReportReplacesTheOneBefore(t *testing.T) {
	file := filepath.Join(t.TempDir(), "torture.md")
	for _, before := range []string{"# Torture\n\n## Latest\n\nold\n", "# Torture\n\n## Latest\n"} {
		if err := os.WriteFile(file, []byte(before), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := replaceLatest(file, "new\n"); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != "# Torture\n\n## Latest\n\nnew\n" {
			t.Errorf("%q, %v", got, err)
		}
	}
	if err := os.WriteFile(file, []byte("# Torture\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := replaceLatest(file, "new\n"); err == nil {
		t.Error("a file without a place for the report was replaced")
	}
}

func TestFuzzTargetsAreFound(t *testing.T) {
	root := fstest.MapFS{
		"a/a_test.go":          {Data: []byte("package a\nfunc FuzzA(f *testing.F) {}\nfunc FuzzB(f *testing.F) {}\n")},
		"a/testdata/x_test.go": {Data: []byte("func FuzzNo(f *testing.F) {}\n")},
		"tools/x_test.go":      {Data: []byte("func FuzzNo(f *testing.F) {}\n")},
		"a/a.go":               {Data: []byte("func FuzzNo(f int) {}\n")},
	}
	got, err := targets(root)
	if want := []target{{"./a", "FuzzA"}, {"./a", "FuzzB"}}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if got := executions([]byte("fuzz: elapsed: 3s, execs: 11 (3/sec)\nfuzz: elapsed: 6s, execs: 5021 (1/sec)\nPASS")); got != "5021 inputs" {
		t.Error(got)
	}
}

func TestACommandLineThatIsWrong(t *testing.T) {
	for _, args := range [][]string{{"everything"}, {"-only", "("}, {"-forms"}} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("parley-torture %q was taken", args)
		}
	}
}
