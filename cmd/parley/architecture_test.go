package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The shape of the house, as docs/architecture.md draws it and this test
// enforces it. Imports point one way: events ← domain ← projections ← adapters
// ← cmd. Facts, rules and views are pure: they take values and return values.

const module = "parley"

// layers are the folders that hold Go packages, lowest first.
func layers() []string { return []string{"events", "domain", "projections", "adapters", "cmd"} }

// architecture is the parsed source of the program.
type architecture struct {
	files *token.FileSet
	units []archUnit
}

// archUnit is one file of Go.
type archUnit struct {
	path   string // from the top of the repository, with slashes
	syntax *ast.File
}

func (u archUnit) dir() string { return path.Dir(u.path) }
func (u archUnit) test() bool  { return strings.HasSuffix(u.path, "_test.go") }
func (u archUnit) imports() (paths []string) {
	for _, spec := range u.syntax.Imports {
		imported, _ := strconv.Unquote(spec.Path.Value) // the parser has read it
		paths = append(paths, imported)
	}
	return paths
}

// add parses a file; source is its text, or nil to read it from root.
func (a *architecture) add(root, name string, source any) error {
	syntax, err := parser.ParseFile(a.files, filepath.Join(root, filepath.FromSlash(name)), source, parser.ParseComments|parser.SkipObjectResolution)
	if err == nil {
		a.units = append(a.units, archUnit{name, syntax})
	}
	return err
}

// complaints says what is against the rules, in the order of the files.
func (a *architecture) complaints() []string {
	var found []string
	for _, u := range a.units {
		complain := func(at token.Pos, format string, args ...any) {
			found = append(found, fmt.Sprintf("%s:%d: ", u.path, a.files.Position(at).Line)+fmt.Sprintf(format, args...))
		}
		if !slices.Contains(layers(), archLayer(u.dir())) {
			complain(u.syntax.Pos(), "Go code lives in %s", strings.Join(layers(), ", "))
		}
		if slices.Contains([]string{"util", "utils", "helpers", "common", "misc"}, path.Base(u.dir())) {
			complain(u.syntax.Pos(), "a package is named after what it provides, not %s", path.Base(u.dir()))
		}
		for i, imported := range u.imports() {
			if why := u.refuses(imported); why != "" {
				complain(u.syntax.Imports[i].Pos(), "%s may not import %s: %s", u.dir(), imported, why)
			}
		}
		u.calls(complain)
	}
	return append(found, a.uncommented()...)
}

// archLayer is the top folder of a directory.
func archLayer(dir string) string { top, _, _ := strings.Cut(dir, "/"); return top }

// archPart is the top folder and the one below it: adapters/natslog.
func archPart(dir string) string {
	parts := strings.SplitN(dir, "/", 3)
	return strings.Join(parts[:min(2, len(parts))], "/")
}

// archPure reports whether what is in dir takes values and returns values, and
// knows no context, clock, randomness, logging or I/O.
func archPure(dir string) bool {
	return slices.Contains([]string{"events", "domain", "projections"}, archLayer(dir)) && !slices.Contains(archApplications(), archPart(dir))
}

// archApplications are the packages that join rules to what is outside: they may
// wait, and read a clock.
func archApplications() []string { return []string{"domain/casework", "domain/watch"} }

// refuses says why u may not import this package; nothing if it may.
func (u archUnit) refuses(imported string) string {
	ours, isOurs := strings.CutPrefix(imported, module+"/")
	switch {
	case isOurs && !u.test():
		return archDirection(u.dir(), ours)
	case isOurs:
		return ""
	case strings.HasPrefix(imported, "github.com/nats-io/") || strings.HasPrefix(imported, "github.com/synadia-io/"):
		if layer := archLayer(u.dir()); layer != "adapters" && layer != "cmd" {
			return "NATS stays in adapters and cmd"
		}
	case archPure(u.dir()) && !u.test():
		for _, impure := range []string{"context", "math/rand", "crypto/rand", "log", "os", "io/ioutil", "net", "syscall", "database/sql"} {
			if imported == impure || strings.HasPrefix(imported, impure+"/") && imported != "net/url" && imported != "net/mail" {
				return "rules, facts and views have no context, randomness, logging or I/O"
			}
		}
	}
	return ""
}

// archDirection says why code in from may not import to, both ours.
func archDirection(from, to string) string {
	switch lower, upper := slices.Index(layers(), archLayer(to)), slices.Index(layers(), archLayer(from)); {
	case archPart(from) == archPart(to):
		return ""
	case archPart(from) == "domain/calendar":
		return "the calendar stands below everything"
	case archLayer(from) == "events":
		if to != "domain/calendar" {
			return "of ours, events know only domain/calendar"
		}
	case lower > upper:
		return "imports point " + strings.Join(layers(), " ← ")
	case archPart(from) == "domain/watch" && archPart(to) == "domain/casework":
		return "" // it shares its ports
	case slices.Contains(archApplications(), archPart(to)) && upper < slices.Index(layers(), "adapters"):
		return "only adapters and cmd know the applications"
	case slices.Contains([]string{"adapters/logtest", "adapters/natstest"}, archPart(to)) && upper >= 0:
		return "it is for tests"
	case archLayer(from) == "adapters" && archLayer(to) == "adapters" && archPart(from) != "adapters/logtest":
		return "adapters do not know one another: cmd joins them"
	case archLayer(from) == "cmd" && archLayer(to) == "cmd":
		return "commands do not know one another"
	}
	return ""
}

// calls looks for what code may not do: begin by itself, exit, and, if it is
// pure, read the clock or make something up.
func (u archUnit) calls(complain func(token.Pos, string, ...any)) {
	names := map[string]string{} // as the file calls a package → its path
	for i, imported := range u.imports() {
		name := path.Base(imported)
		if given := u.syntax.Imports[i].Name; given != nil {
			name = given.Name
		}
		names[name] = imported
		if name == "." {
			complain(u.syntax.Imports[i].Pos(), "an import with a dot hides where names come from")
		}
	}
	isMain := strings.HasPrefix(u.path, "cmd/") && path.Base(u.path) == "main.go"
	ast.Inspect(u.syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Name.Name == "init" && n.Recv == nil {
				complain(n.Pos(), "nothing happens in init: what is needed is passed in")
			}
		case *ast.SelectorExpr:
			pkg, ok := n.X.(*ast.Ident)
			if !ok || u.test() {
				break
			}
			switch called := names[pkg.Name] + "." + n.Sel.Name; {
			case archExits(called) && !isMain:
				complain(n.Pos(), "%s: only main.go of a command ends the program", called)
			case archPure(u.dir()) && archMakesUp(called):
				complain(n.Pos(), "%s: rules, facts and views are given the time and their IDs", called)
			}
		}
		return true
	})
}

func archExits(called string) bool {
	return slices.Contains([]string{"os.Exit", "log.Fatal", "log.Fatalf", "log.Fatalln", "syscall.Exit"}, called)
}

func archMakesUp(called string) bool {
	return slices.Contains([]string{
		"time.Now", "time.Since", "time.Until", "time.Sleep", "time.After", "time.AfterFunc", "time.Tick", "time.NewTicker", "time.NewTimer",
		"github.com/google/uuid.New", "github.com/google/uuid.NewString", "github.com/google/uuid.NewRandom", "github.com/google/uuid.NewUUID",
		"github.com/google/uuid.NewV6", "github.com/google/uuid.NewV7",
	}, called)
}

// uncommented names the packages without a package comment.
func (a *architecture) uncommented() []string {
	said, packages := map[string]bool{}, []string{}
	for _, u := range a.units {
		if u.test() {
			continue
		}
		if !slices.Contains(packages, u.dir()) {
			packages = append(packages, u.dir())
		}
		comment := u.syntax.Doc.Text()
		if name := u.syntax.Name.Name; name == "main" && comment != "" || strings.HasPrefix(comment, "Package "+name+" ") {
			said[u.dir()] = true
		}
	}
	var found []string
	for _, dir := range packages {
		if !said[dir] {
			found = append(found, fmt.Sprintf("%s: the package has no comment that says what it is, promises and leaves out", dir))
		}
	}
	return found
}

func TestTheHouseKeepsItsShape(t *testing.T) {
	root := filepath.Join("..", "..")
	if _, err := os.Stat(filepath.Join(root, "go.mod")); err != nil {
		t.Fatal(err)
	}
	a := architecture{files: token.NewFileSet()}
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != root && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata" || entry.Name() == "tools"):
			return filepath.SkipDir
		case entry.IsDir() || filepath.Ext(name) != ".go":
			return nil
		}
		inside, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		return a.add(root, filepath.ToSlash(inside), nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, layer := range []string{"events", "domain"} {
		if !slices.ContainsFunc(a.units, func(u archUnit) bool { return archLayer(u.dir()) == layer }) {
			t.Errorf("no Go files were found in %s: the test looks in the wrong place", layer)
		}
	}
	for _, complaint := range a.complaints() {
		t.Error(complaint)
	}
}
