package events

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"
	"pgregory.net/rapid"

	"parley/domain/calendar"
)

// same compares facts, commits and histories by value.
func same(t interface {
	Helper()
	Fatalf(string, ...any)
}, want, got any,
) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(calendar.Date{})); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
}

// drawCommit draws a commit of any events whatever, unsealed.
func drawCommit(t *rapid.T) Commit {
	return Commit{
		Command:    uuid.UUID(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "command")),
		Aggregate:  rapid.SampledFrom([]Aggregate{Case("GLO-26-0001"), Directory(), Calendar(), Register("GLO-26")}).Draw(t, "aggregate"),
		Version:    rapid.IntRange(1, 1<<40).Draw(t, "version"),
		Actor:      rapid.String().Draw(t, "actor"),
		RecordedAt: time.UnixMicro(rapid.Int64Range(-1<<51, 1<<53).Draw(t, "recorded at")).UTC(),
		Previous:   drawHash(t),
		Facts:      rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Fact { return drawFact(t, 2) }), 0, 4).Draw(t, "facts"),
	}
}

func drawHash(t *rapid.T) Hash {
	return Hash(rapid.SliceOfN(rapid.Byte(), len(Hash{}), len(Hash{})).Draw(t, "previous"))
}

// drawFact draws a fact; facts within it go no deeper than depth.
func drawFact(t *rapid.T, depth int) Fact {
	f := rapid.SampledFrom(catalogue).Draw(t, "event")
	e, err := f.decode([]byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	v := reflect.New(reflect.TypeOf(e)).Elem()
	drawInto(t, v, depth)
	return Fact{drawDate(t), v.Interface().(Event), rapid.Bool().Draw(t, "follows")}
}

func drawDate(t *rapid.T) calendar.Date {
	n := rapid.IntRange(-1, 109_000).Draw(t, "days after 1900-01-01")
	if n < 0 {
		return calendar.Date{}
	}
	return calendar.On(1900, 1, 1).AddDays(n)
}

// drawInto fills v, a part of an event.
func drawInto(t *rapid.T, v reflect.Value, depth int) {
	switch v.Interface().(type) {
	case calendar.Date:
		v.Set(reflect.ValueOf(drawDate(t)))
		return
	case time.Time:
		if seconds := rapid.Int64Range(0, 4_000_000_000).Draw(t, "seconds"); seconds > 0 {
			v.Set(reflect.ValueOf(time.Unix(seconds, 0).UTC()))
		}
		return
	case calendar.Period:
		units := []calendar.Unit{calendar.Hours, calendar.Days, calendar.WorkingDays, calendar.Weeks, calendar.Months, calendar.Years}
		if n := rapid.IntRange(0, 9999).Draw(t, "n"); n > 0 {
			v.Set(reflect.ValueOf(calendar.Period{N: n, Unit: rapid.SampledFrom(units).Draw(t, "unit")}))
		}
		return
	case EventID:
		v.Set(reflect.ValueOf(EventID{rapid.IntRange(1, 999).Draw(t, "version"), rapid.IntRange(1, 99).Draw(t, "index")}))
		return
	case Fact:
		v.Set(reflect.ValueOf(drawFact(t, depth-1)))
		return
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(rapid.String().Draw(t, "text"))
	case reflect.Int, reflect.Int64:
		v.SetInt(rapid.Int64().Draw(t, "number"))
	case reflect.Bool:
		v.SetBool(rapid.Bool().Draw(t, "flag"))
	case reflect.Struct:
		for i := range v.NumField() {
			drawInto(t, v.Field(i), depth)
			if part := v.Field(i); part.Kind() == reflect.Slice && part.Len() == 0 && strings.Contains(string(v.Type().Field(i).Tag), ",omitempty") {
				part.SetZero() // it is not stored, and reads back as none
			}
		}
	case reflect.Slice:
		n := rapid.IntRange(0, max(0, depth)).Draw(t, "length")
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			drawInto(t, v.Index(i), depth)
		}
	default:
		panic(fmt.Sprintf("events have no %s so far: say here how one is drawn", v.Type()))
	}
}

// sealed seals c, which must be in order.
func sealed(t testing.TB, c Commit) Sealed {
	t.Helper()
	s, err := Seal(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// small is a commit of two facts.
func small() Commit {
	return Commit{
		Command: uuid.MustParse("01939c7e-1f3a-7cc0-8b1e-2f6a3d5b7c01"), Aggregate: Case("GLO-26-0001"), Version: 7, Actor: "j.doe",
		RecordedAt: time.Date(2026, 11, 2, 16, 45, 3, 120_000_000, time.UTC), Previous: Hash{1, 2, 3},
		Facts: []Fact{
			{day("2026-11-02"), NoticeAcknowledged{Practice: "A81001"}, false},
			{day("2026-11-02"), DeadlineMet{Deadline: "D5.1"}, true},
		},
	}
}
