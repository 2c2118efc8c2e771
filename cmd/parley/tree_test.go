package main

import (
	"bytes"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// newTestApp returns a program that writes to out and has nothing to read.
func newTestApp(out *bytes.Buffer) *app {
	return &app{
		stdin: strings.NewReader(""), stdout: out, stderr: out, now: time.Now,
		getenv: func(string) string { return "" },
	}
}

// verbs returns every command that does something itself.
func verbs(root *cobra.Command) []*cobra.Command {
	var all []*cobra.Command
	for _, cmd := range root.Commands() {
		switch {
		case cmd.Name() == "completion" || cmd.Name() == "help":
		case cmd.HasSubCommands():
			all = append(all, verbs(cmd)...)
		case cmd.Runnable():
			all = append(all, cmd)
		}
	}
	return all
}

func TestEveryCommandExplainsItself(t *testing.T) {
	root := newRoot(newTestApp(&bytes.Buffer{}), "")
	all := verbs(root)
	if len(all) < 40 {
		t.Fatalf("only %d commands were found", len(all))
	}
	for _, cmd := range all {
		path := cmd.CommandPath()
		if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") || len(path)+len(cmd.Short) > 100 {
			t.Errorf("%s has no fitting short description: %q", path, cmd.Short)
		}
		if cmd.Args == nil {
			t.Errorf("%s takes any arguments", path)
		}
		examples := commandsIn(cmd.Example)
		if len(examples) == 0 || examples[0][1] != strings.Fields(path)[1] {
			t.Errorf("%s has no example of itself", path)
		}
		for _, example := range examples {
			if wrong := mistakeIn(example[1:], true); wrong != nil {
				t.Errorf("%s: the example %q: %v", path, strings.Join(example, " "), wrong)
			}
		}
		for _, output := range []string{"table", "json", "csv"} {
			line := append(strings.Fields(path)[1:], "-o", output)
			if wrong := mistakeIn(line, false); wrong != nil {
				t.Errorf("%s: %v", strings.Join(line, " "), wrong)
			}
		}
	}
}

var command = regexp.MustCompile(`(?m)^ *(parley .*)$`)

// commandsIn returns the commands of an example, each as its words, without where
// its output goes.
func commandsIn(example string) [][]string {
	var all [][]string
	for _, m := range command.FindAllStringSubmatch(example, -1) {
		line, _, _ := strings.Cut(m[1], " > ")
		all = append(all, words(line))
	}
	return all
}

// words splits a line as a shell would, as far as examples need it.
func words(line string) []string {
	var all []string
	var word strings.Builder
	in, any := rune(0), false
	for _, r := range line {
		switch {
		case in != 0 && r == in:
			in = 0
		case in != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			in, any = r, true
		case r == ' ':
			if any || word.Len() > 0 {
				all = append(all, word.String())
			}
			word.Reset()
			any = false
		default:
			word.WriteRune(r)
		}
	}
	if any || word.Len() > 0 {
		all = append(all, word.String())
	}
	return all
}

// mistakeIn says what is wrong with a command line: no such command, flag or
// value; if it is to be whole, also an argument or a required flag too few.
func mistakeIn(line []string, whole bool) error {
	root := newRoot(newTestApp(&bytes.Buffer{}), "")
	cmd, rest, err := root.Find(line)
	if err != nil {
		return err
	}
	if !whole {
		return cmd.ParseFlags(rest)
	}
	if cmd.HasSubCommands() {
		return errors.New("there is no such command")
	}
	return errors.Join(cmd.ParseFlags(rest), cmd.ValidateArgs(cmd.Flags().Args()), missingFlags(cmd))
}

func TestTheExitCodesAreExplained(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "errors.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	declared := map[int]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, "exit") {
			return true
		}
		if value, ok := spec.Values[0].(*ast.BasicLit); ok {
			code, err := strconv.Atoi(value.Value)
			if err != nil {
				t.Fatal(err)
			}
			declared[code] = true
		}
		return true
	})
	explained := map[int]bool{}
	for _, m := range regexp.MustCompile(`(?m)^  (\d+) +\S`).FindAllStringSubmatch(newExitCodes().Long, -1) {
		code, _ := strconv.Atoi(m[1])
		explained[code] = true
	}
	if len(declared) < 8 || len(declared) != len(explained) {
		t.Fatalf("%d exit codes are declared and %d explained", len(declared), len(explained))
	}
	for code := range declared {
		if !explained[code] {
			t.Errorf("help exit-codes does not explain %d", code)
		}
	}
}

// Every reason of a refusal that the domain and the adapters know has its row in
// the table of failures.
func TestEveryErrorHasItsRow(t *testing.T) {
	// Those that come as a type of their own, and those that never reach a user.
	elsewhere := []string{
		"feed.ErrAhead",  // wraps events.ErrDamaged
		"feed.ErrBehind", // a mistake in the program
		"feed.ErrClosed", // a mistake in the program
	}
	source, err := os.ReadFile("failures.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, dir := range []string{
		"domain/negotiation", "domain/deadline", "domain/holidays", "domain/calendar", "domain/directory", "domain/catalogue", "domain/casework", "events",
		"adapters/storedir", "adapters/natsd", "adapters/natslog", "adapters/feed", "adapters/ods", "adapters/govuk",
		"adapters/backup", "adapters/rpc", "adapters/settings", "adapters/users", "adapters/web",
	} {
		for _, name := range sentinels(t, "../../"+dir) {
			found++
			name = dir[strings.LastIndex(dir, "/")+1:] + "." + name
			if !strings.Contains(string(source), "{"+name+", ") && !slices.Contains(elsewhere, name) {
				t.Errorf("%s has no row in the table of failures", name)
			}
		}
	}
	if found < 60 {
		t.Errorf("only %d errors were found", found)
	}
}

// sentinels returns the exported Err variables of a package.
func sentinels(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if decl, ok := n.(*ast.GenDecl); ok && decl.Tok == token.VAR {
				for _, spec := range decl.Specs {
					for _, name := range spec.(*ast.ValueSpec).Names {
						if strings.HasPrefix(name.Name, "Err") {
							names = append(names, name.Name)
						}
					}
				}
			}
			_, function := n.(*ast.FuncDecl)
			return !function
		})
	}
	return names
}

func TestEveryFailureHasANextStepThatExists(t *testing.T) {
	codes := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	for _, f := range failures {
		if f.hint == "" && f.is != errInterrupted {
			t.Errorf("%v has no next step", f.is)
		}
		if !codes.MatchString(f.code) || f.exit == exitOK {
			t.Errorf("%v is reported as %q with exit code %d", f.is, f.code, f.exit)
		}
		checkHint(t, f.hint)
	}
}

var inHint = regexp.MustCompile(`parley [^;:,]+`)

// checkHint fails unless the commands that a hint names exist, with the flags.
func checkHint(t *testing.T, hint string) {
	t.Helper()
	hint = strings.ReplaceAll(hint, "{ref}", "GLO-26-0001")
	for _, line := range inHint.FindAllString(hint, -1) {
		line, _, _ = strings.Cut(line, " shows ")
		line = strings.NewReplacer("CODE", "Z90001", "DATE", "2026-11-22", " N", " 1").Replace(line)
		words := words(strings.TrimRight(line, ".)\n "))[1:]
		if len(words) == 0 || words[0] == "on" || words[0] == "again" { // parley, the program
			continue
		}
		cmd, rest, err := newRoot(newTestApp(&bytes.Buffer{}), "").Find(words)
		if err == nil && (cmd.HasSubCommands() || !cmd.HasParent()) {
			err = errors.New("there is no such command")
		}
		if err == nil {
			cmd.InitDefaultHelpFlag()
			err = cmd.ParseFlags(rest)
		}
		if err != nil && !errors.Is(err, pflag.ErrHelp) {
			t.Errorf("the hint %q names %q: %v", hint, line, err)
		}
	}
}

// The types that describe tells apart have a next step too.
func TestEveryHintInTheSourceNamesACommandThatExists(t *testing.T) {
	files, err := fs.Glob(os.DirFS("."), "*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			text, ok := n.(*ast.BasicLit)
			if !ok || text.Kind != token.STRING || strings.HasPrefix(text.Value, "`") {
				return true
			}
			value, err := strconv.Unquote(text.Value)
			if err != nil {
				t.Fatal(err)
			}
			if i := strings.Index(value, ": parley "); i >= 0 && !strings.Contains(value, "%") {
				found++
				checkHint(t, value[i:])
			}
			return true
		})
	}
	if found < 20 {
		t.Errorf("only %d hints were found", found)
	}
}

// Of all commands only those are made that begin as the command line does. They
// are the same as among all the others.
func TestOnlyTheBranchThatIsAskedForIsMade(t *testing.T) {
	whole := newRoot(newTestApp(&bytes.Buffer{}), "")
	for name := range branches() {
		alone := newRoot(newTestApp(&bytes.Buffer{}), name)
		made := slices.DeleteFunc(alone.Commands(), func(cmd *cobra.Command) bool { return cmd.Name() == "completion" || cmd.Name() == "help" })
		if len(made) != 1 || made[0].Name() != name {
			t.Errorf("of %s was made %v", name, made)
			continue
		}
		among, _, err := whole.Find([]string{name})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := made[0].UsageString(), among.UsageString(); got != want {
			t.Errorf("%s alone reads\n%s\nand among the others\n%s", name, got, want)
		}
	}
}

func TestTheFirstWordOfACommandLine(t *testing.T) {
	for line, want := range map[string]string{
		"case list":                         "case",
		"--store alert -o json case list":   "case",
		"-ojson --yes --wait 3s case note":  "case",
		"--store=alert case note --on 2026": "case",
		"help case":                         "help",
		"__complete case ":                  "__complete",
		"--help case":                       "",
		"--unheard-of case":                 "",
		"--wait soon case":                  "",
		"":                                  "",
	} {
		if got := firstWord(strings.Fields(line)); got != want {
			t.Errorf("%q begins with %q, not %q", line, got, want)
		}
	}
}
