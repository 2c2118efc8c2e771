package docket_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"parley/domain/calendar"
	"parley/projections/docket"
)

// fill draws a value for v and for all that it is made of, whatever fields it has.
func fill(t *rapid.T, v reflect.Value) {
	if day, is := v.Addr().Interface().(*calendar.Date); is {
		*day = rapid.SampledFrom([]calendar.Date{{}, calendar.On(2026, 11, 2), calendar.On(1, 1, 1), calendar.On(12026, 1, 1)}).Draw(t, "day")
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.OneOf(
			rapid.SampledFrom([]string{"", "Bloods", "<b>&amp;", `"\/`, "\x00\t\r\n\x1f\x7f", "\u2028\u2029", "£5 – GP’s", "\xff\xed\xa0\x80", "\ufffd"}),
			rapid.StringOf(rapid.SampledFrom([]rune("ab <>&\"\\\n\x7f\u2028é🩸"))),
			rapid.String(),
			rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }),
		).Draw(t, "text"))
	case reflect.Int:
		v.SetInt(int64(rapid.OneOf(rapid.Just(0), rapid.Int()).Draw(t, "number")))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "flag"))
	case reflect.Slice:
		if n := rapid.IntRange(-1, 2).Draw(t, "length"); n >= 0 { // otherwise there is no list
			v.Set(reflect.MakeSlice(v.Type(), n, n))
		}
		for i := range v.Len() {
			fill(t, v.Index(i))
		}
	case reflect.Pointer:
		if rapid.IntRange(0, 9).Draw(t, "nil") > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(t, v.Elem())
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	default:
		t.Fatalf("this test cannot draw a %s", v.Type())
	}
}

// Whatever is in the rows, and whatever fields they have, their JSON is what
// encoding/json makes of them.
func TestRowsWriteThemselvesAsTheStandardLibraryDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var rows docket.Rows
		fill(t, reflect.ValueOf(&rows).Elem())
		want, err := json.Marshal(rows)
		if err != nil {
			t.Fatal(err)
		}
		before := rapid.SampledFrom([]string{"", "before it"}).Draw(t, "before")
		if got := rows.AppendJSON([]byte(before)); !bytes.Equal(got, append([]byte(before), want...)) {
			t.Fatalf("%s\nencoding/json: %s", got, want)
		}
	})
}
