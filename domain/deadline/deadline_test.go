package deadline

import (
	"encoding/csv"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"parley/domain/calendar"
	"parley/events"
)

// day reads a date that the tests write out.
func day(t testing.TB, s string) calendar.Date {
	t.Helper()
	d, err := calendar.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// length reads a period that the tests write out.
func length(t testing.TB, s string) calendar.Period {
	t.Helper()
	p, err := calendar.ParsePeriod(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// from reads a moment that the tests write out.
func from(t testing.TB, s string) Moment {
	t.Helper()
	m, err := ParseMoment(s)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// span reads a pause that the tests write out.
func span(t testing.TB, s string) Span {
	t.Helper()
	p, err := ParseSpan(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// computed answers a query that must have an answer.
func computed(t testing.TB, ask Query) Answer {
	t.Helper()
	a, err := Compute(calendar.Builtin(), ask)
	if err != nil {
		t.Fatalf("%+v: %v", ask, err)
	}
	return a
}

// fact is something that was so on a day.
func fact(t testing.TB, on string, e events.Event) events.Fact {
	t.Helper()
	return events.Fact{On: day(t, on), Event: e}
}

// book returns the clocks after these facts.
func book(facts ...events.Fact) Book {
	var b Book
	for _, f := range facts {
		b = b.Apply(f)
	}
	return b
}

// table reads a table of the shared data: a map by column name for each row.
func table(t *testing.T, name string) []map[string]string {
	t.Helper()
	file, err := os.Open(filepath.Join("..", "..", "..", "shared", "data", name))
	if errors.Is(err, fs.ErrNotExist) {
		t.Skipf("%s is not beside the repository: this test needs it", name)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, column := range records[0] {
			row[column] = record[i]
		}
		rows = append(rows, row)
	}
	return rows
}
