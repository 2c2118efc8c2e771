package docket_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
	"parley/projections/docket"
)

// office returns the documents of n open cases with four clocks each: one met,
// and the others due at some time in the three years after fortnight's day.
func office(n int) []docket.Doc {
	docs := make([]docket.Doc, n)
	for i := range docs {
		day := fortnight().Today.AddDays(i * 1095 / n)
		set := func(id, rule string, trigger calendar.Date, p calendar.Period) deadline.Clock {
			return deadline.Clock{DeadlineSet: events.DeadlineSet{Deadline: id, Rule: rule, Title: "Reply", Owner: events.ICB, Trigger: trigger, Period: p}}
		}
		met := set("D9.1", "foi-respond", day, calendar.Period{})
		met.Turns = []deadline.Turn{{On: day.AddDays(10), Kind: deadline.EndedMet}}
		docs[i] = docket.Doc{
			Ref: fmt.Sprintf("GLO-26-%05d", i), Title: "Bloods", ICB: "QR1", Book: deadline.Book{
				set("D2.1", "foi-respond", day, calendar.Period{}), set("D5.1", "local-period", day, calendar.Period{N: 28, Unit: calendar.Days}),
				set("D7.1", "local-override", day.AddMonths(-36), calendar.Period{N: 36, Unit: calendar.Months}), met,
			},
		}
	}
	return docs
}

func fortnight() docket.Query {
	return docket.Query{Day: on("2027-01-04"), Within: calendar.Period{N: 14, Unit: calendar.Days}}
}

func BenchmarkRows(b *testing.B) {
	docs, day := office(100), on("2027-01-04")
	for i := 0; b.Loop(); i++ {
		docs[i%100].Rows(day)
	}
}

func BenchmarkList(b *testing.B) {
	docs, q := office(1000), fortnight()
	for b.Loop() {
		if _, err := docket.List(slices.Values(docs), q); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBoard(b *testing.B) {
	q := fortnight()
	board := docket.NewBoard(q.Day)
	for _, doc := range office(60_000) {
		board.Put(doc)
	}
	rows, err := board.List(q)
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("%d rows", len(rows))
	for b.Loop() {
		if _, err := board.List(q); err != nil {
			b.Fatal(err)
		}
	}
}

// A list as JSON, by encoding/json and by the rows themselves.
func BenchmarkJSON(b *testing.B) {
	rows, err := docket.List(slices.Values(office(10_000)), fortnight())
	if err != nil {
		b.Fatal(err)
	}
	b.Run("standard", func(b *testing.B) {
		for b.Loop() {
			if _, err := json.Marshal(rows); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("own", func(b *testing.B) {
		for b.Loop() {
			docket.Rows(rows).AppendJSON(nil)
		}
	})
	b.Logf("%d rows", len(rows))
}
