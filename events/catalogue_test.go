package events

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley/domain/calendar"
)

// sealedTypes reads the package's source and returns the types that have a
// storedAs method, each with the name that the method returns.
func sealedTypes(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	files, types := token.NewFileSet(), map[string]string{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			method, ok := decl.(*ast.FuncDecl)
			if !ok || method.Recv == nil || method.Name.Name != "storedAs" {
				continue
			}
			receiver, ok := method.Recv.List[0].Type.(*ast.Ident)
			if !ok {
				t.Fatalf("%s: storedAs has a receiver that is not a plain type", files.Position(method.Pos()))
			}
			types[receiver.Name] = returned(t, files, method)
		}
	}
	return types
}

// returned is the string that method consists of returning.
func returned(t *testing.T, files *token.FileSet, method *ast.FuncDecl) string {
	t.Helper()
	if len(method.Body.List) == 1 {
		if ret, ok := method.Body.List[0].(*ast.ReturnStmt); ok && len(ret.Results) == 1 {
			if name, ok := ret.Results[0].(*ast.BasicLit); ok && name.Kind == token.STRING {
				s, err := strconv.Unquote(name.Value)
				if err != nil {
					t.Fatal(err)
				}
				return s
			}
		}
	}
	t.Fatalf("%s: a stored name is written out where it is returned", files.Position(method.Pos()))
	return ""
}

// blank returns the event of this form with nothing in it.
func blank(t *testing.T, f form) Event {
	t.Helper()
	e, err := f.decode([]byte("{}"))
	if err != nil {
		t.Fatalf("%s: %v", f.name, err)
	}
	return e
}

func TestEverySealedTypeIsInTheCatalogue(t *testing.T) {
	listed := map[string]string{}
	for _, f := range catalogue {
		listed[reflect.TypeOf(blank(t, f)).Name()] = f.name
	}
	sealed := sealedTypes(t)
	for _, name := range slices.Sorted(maps.Keys(sealed)) {
		if listed[name] != sealed[name] {
			t.Errorf("%s, stored as %s, has no line in catalogue", name, sealed[name])
		}
	}
	if len(listed) != len(sealed) {
		t.Errorf("the catalogue has %d types, the source %d", len(listed), len(sealed))
	}
}

func TestStoredNamesAreUniqueAndInKebabCase(t *testing.T) {
	kebab := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	seen := map[string]bool{}
	for _, f := range catalogue {
		if !kebab.MatchString(f.name) {
			t.Errorf("%q is not in kebab case", f.name)
		}
		if seen[f.name] {
			t.Errorf("%q stands in the catalogue twice", f.name)
		}
		seen[f.name] = true
	}
}

// A field without a tag would be stored under its Go name, and renaming it
// would then change the stored form without anyone noticing.
func TestEveryStoredFieldIsNamed(t *testing.T) {
	snake := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	for _, f := range catalogue {
		eachField(reflect.TypeOf(blank(t, f)), func(owner reflect.Type, field reflect.StructField) {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if !snake.MatchString(name) {
				t.Errorf("%s.%s is stored as %q: give it a name in snake case", owner.Name(), field.Name, name)
			}
		})
	}
}

// eachField visits the fields of t and of the plain structs within it, in
// slices too.
func eachField(t reflect.Type, visit func(reflect.Type, reflect.StructField)) {
	for i := range t.NumField() {
		field := t.Field(i)
		visit(t, field)
		part := field.Type
		if part.Kind() == reflect.Slice {
			part = part.Elem()
		}
		switch {
		case part.Kind() != reflect.Struct:
		case part == reflect.TypeFor[calendar.Date](), part == reflect.TypeFor[time.Time](), part == reflect.TypeFor[calendar.Period](), part == reflect.TypeFor[EventID](), part == reflect.TypeFor[Fact]():
		default:
			eachField(part, visit)
		}
	}
}
