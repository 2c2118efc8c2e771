package settings

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"parley/domain/calendar"
)

// document is a file of settings that is being read, with what is wrong with it.
type document struct {
	file     string
	lines    map[string]int
	problems []Problem
}

// parse reads TOML into a table. What is wrong with it goes into the document.
func parse(file, source string) (*document, *table) {
	d := &document{file: file}
	values := map[string]any{}
	if _, err := toml.Decode(source, &values); err != nil {
		p := Problem{File: file, What: "this cannot be read", Why: err.Error(), Next: "write key = \"value\", as the sample does"}
		var broken toml.ParseError
		if errors.As(err, &broken) {
			p.Line, p.Why = broken.Position.Line, broken.Message
		}
		d.problems = append(d.problems, p)
		return d, nil
	}
	d.lines = lines(strings.TrimPrefix(source, "\ufeff"))
	return d, &table{document: d, values: values}
}

// complain notes what is wrong with a key or a table, why, and what to do.
func (d *document) complain(name, what, why, next string) {
	d.problems = append(d.problems, Problem{File: d.file, Line: d.line(name), What: what, Why: why, Next: next})
}

// line returns the line of a key, or of what it stands in; 0 for the file as such.
func (d *document) line(name string) int {
	if n := d.lines[nth(name, 0)]; n > 0 { // a list of tables stands where its first one does
		return n
	}
	for name != "" {
		if n := d.lines[name]; n > 0 {
			return n
		}
		name = name[:max(0, strings.LastIndexAny(name, ".["))]
	}
	return 0
}

// err returns what was found wrong, by line, or nil.
func (d *document) err() error {
	if len(d.problems) == 0 {
		return nil
	}
	slices.SortStableFunc(d.problems, func(a, b Problem) int { return a.Line - b.Line })
	return &InvalidError{d.problems}
}

// table is a table of a document, and which of its keys were asked for.
type table struct {
	*document
	name   string // person[0]; empty for the file's own
	values map[string]any
	known  []string
}

// at returns the full name of a key.
func (t *table) at(key string) string { return join(t.name, key) }

// wrong says that a key has another kind of value than wanted.
func (t *table) wrong(key, wanted string) {
	t.complain(t.at(key), key+" is not "+wanted, fmt.Sprintf("it is %s", kind(t.values[key])), "write it as the sample does")
}

func kind(value any) string {
	switch v := value.(type) {
	case string:
		return fmt.Sprintf("the text %q", v)
	case bool:
		return fmt.Sprintf("%t", v)
	case int64, float64:
		return fmt.Sprintf("the number %v", v)
	case time.Time:
		return "a day or a time"
	case map[string]any:
		return "a table"
	case []map[string]any:
		return "a list of tables"
	}
	return "a list"
}

// get returns the value of a key as a T; ok is false if it is missing or another thing.
func get[T any](t *table, key, wanted string) (value T, ok bool) {
	t.known = append(t.known, key)
	found, given := t.values[key]
	if !given {
		return value, false
	}
	if value, ok = found.(T); !ok {
		t.wrong(key, wanted)
	}
	return value, ok
}

// text returns the text of a key, or nothing.
func (t *table) text(key string) string {
	s, given := get[string](t, key, "a text in quotes")
	if given && strings.TrimSpace(s) == "" {
		t.complain(t.at(key), key+" is empty", "it says nothing", "give it a value, or leave it out")
	}
	return s
}

// number returns the whole number of a key, if there is one.
func (t *table) number(key string) (int, bool) {
	n, ok := get[int64](t, key, "a whole number")
	return int(n), ok
}

// yes returns what a key says, or what it would if it is missing.
func (t *table) yes(key string, otherwise bool) bool {
	if v, ok := get[bool](t, key, "true or false"); ok {
		return v
	}
	return otherwise
}

// texts returns the list of texts of a key; nil if it is missing.
func (t *table) texts(key string) []string {
	const wanted = `a list of texts, such as ["email"]`
	list, ok := get[[]any](t, key, wanted)
	if !ok {
		return nil
	}
	found := []string{}
	for _, v := range list {
		s, is := v.(string)
		if !is {
			t.complain(t.at(key), key+" is not "+wanted, "it holds "+kind(v), "write it as the sample does")
			return nil
		}
		found = append(found, s)
	}
	return found
}

// dates returns the list of days of a key: 2026-12-24, with or without quotes.
func (t *table) dates(key string) []calendar.Date {
	list, _ := get[[]any](t, key, "a list of days, such as [2026-12-24]")
	var found []calendar.Date
	for _, v := range list {
		var written string
		switch v := v.(type) {
		case string:
			written = v
		case time.Time:
			if v.Location().String() == "date-local" { // as the library marks a day without a time
				written = v.Format(time.DateOnly)
			}
		}
		day, err := calendar.Parse(written)
		if err != nil {
			why := "it holds " + kind(v)
			if written != "" {
				why = err.Error()
			}
			t.complain(t.at(key), key+" is not a list of days", why, "write days as 2026-12-24")
			return nil
		}
		found = append(found, day)
	}
	return found
}

// sub returns the table of a key, or nil.
func (t *table) sub(key string) *table {
	values, ok := get[map[string]any](t, key, "a table, such as ["+key+"] on a line of its own")
	if !ok {
		return nil
	}
	return &table{document: t.document, name: t.at(key), values: values}
}

// list returns the tables of a key, whichever way they are written.
func (t *table) list(key, wanted string) []*table {
	t.known = append(t.known, key)
	var all []*table
	add := func(values map[string]any) {
		all = append(all, &table{document: t.document, name: nth(t.at(key), len(all)), values: values})
	}
	switch found := t.values[key].(type) {
	case nil:
	case []map[string]any:
		for _, values := range found {
			add(values)
		}
	case []any:
		for _, v := range found {
			values, ok := v.(map[string]any)
			if !ok {
				t.complain(t.at(key), key+" is not "+wanted, "it holds "+kind(v), "write it as the sample does")
				return nil
			}
			add(values)
		}
	default:
		t.wrong(key, wanted)
	}
	return all
}

// close complains of keys that nobody asked for.
func (t *table) close() {
	for key := range t.values {
		if !slices.Contains(t.known, key) {
			t.complain(t.at(key), fmt.Sprintf("%q is no setting here", key), "nothing would come of it",
				"what can be set is "+strings.Join(slices.Sorted(slices.Values(t.known)), ", "))
		}
	}
}
