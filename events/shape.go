package events

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strings"
	"sync"
	"time"
)

// scannable says how a scanner reads events of one stored name.
type scannable struct {
	current int // the only form of theirs that it reads
	read    func(*scanner) Event
}

var scannables = scannablesOf(catalogue)

func scannablesOf(forms []form) map[string]scannable {
	m := make(map[string]scannable, len(forms))
	for _, f := range forms {
		m[f.name] = scannable{f.current(), readerOf(reflect.TypeOf(f.zero))}
	}
	return m
}

// readerOf returns what reads the fields of an event of this type. What they
// are is looked up when it is first used.
func readerOf(event reflect.Type) func(*scanner) Event {
	lookUp := sync.OnceValue(func() shape { return shapeOf(event) })
	return func(s *scanner) Event {
		read := lookUp()
		s.check(read != nil)
		if s.failed {
			return nil
		}
		v := reflect.New(event).Elem()
		read(s, v)
		return v.Interface().(Event)
	}
}

// A shape reads a value of one type into a variable of that type, which is zero.
type shape func(*scanner, reflect.Value)

// shapeOf returns the shape of a type; nil if it has one that no event had when
// this was written.
func shapeOf(t reflect.Type) shape {
	pointer := reflect.PointerTo(t)
	isText := pointer.Implements(reflect.TypeFor[encoding.TextUnmarshaler]())
	isJSON := pointer.Implements(reflect.TypeFor[json.Unmarshaler]())
	switch {
	case t == reflect.TypeFor[Fact]():
		return func(s *scanner, v reflect.Value) { v.Set(reflect.ValueOf(s.fact())) }
	case isText && (!isJSON || t == reflect.TypeFor[time.Time]()): // the JSON of a time is its text
		return func(s *scanner, v reflect.Value) {
			s.check(v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText(s.plain()) == nil)
		}
	case isJSON:
		return nil
	}
	switch t.Kind() {
	case reflect.String:
		return func(s *scanner, v reflect.Value) { v.SetString(s.text()) }
	case reflect.Bool:
		return func(s *scanner, v reflect.Value) { v.SetBool(s.flag()) }
	case reflect.Int, reflect.Int64:
		return func(s *scanner, v reflect.Value) {
			n := s.number()
			s.check(!v.OverflowInt(n))
			v.SetInt(n)
		}
	case reflect.Slice:
		return listOf(t)
	case reflect.Struct:
		return objectOf(t)
	}
	return nil
}

// listOf returns the shape of a list, which may be null.
func listOf(t reflect.Type) shape {
	element := shapeOf(t.Elem())
	if element == nil {
		return nil
	}
	return func(s *scanner, v reflect.Value) {
		if s.has("null") {
			return
		}
		v.Set(reflect.MakeSlice(t, 0, 0))
		for n := 0; s.inList(n); n++ {
			v.Grow(1)
			v.SetLen(n + 1)
			element(s, v.Index(n))
		}
	}
}

// field is a field of an object.
type field struct {
	first, later string // what stands before its value, if it is the first that is stored, and if not
	index        int
	shape        shape
}

// objectOf returns the shape of a struct. Its fields are stored in their own
// order; any may be left out.
func objectOf(t reflect.Type) shape {
	fields, ok := fieldsOf(t)
	if !ok {
		return nil
	}
	return func(s *scanner, v reflect.Value) {
		s.expect("{")
		first := true
		for _, f := range fields {
			if first && s.has(f.first) || !first && s.has(f.later) {
				f.shape(s, v.Field(f.index))
				first = false
			}
		}
		s.expect("}")
	}
}

// fieldsOf returns the fields of a struct, in the order in which encoding/json
// writes them. It reports false if it does not know how one of them is stored.
func fieldsOf(t reflect.Type) (fields []field, ok bool) {
	seen := map[string]bool{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		read := shapeOf(f.Type)
		if f.Anonymous || !f.IsExported() || read == nil || !isName(name) || seen[name] || strings.Contains(options, "string") {
			return nil, false
		}
		seen[name] = true
		fields = append(fields, field{`"` + name + `":`, `,"` + name + `":`, i, read})
	}
	return fields, true
}

// isName reports whether a field with this name in its tag is stored under it,
// as it is.
func isName(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") == ""
}
