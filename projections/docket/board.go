package docket

import (
	"sync/atomic"

	"github.com/google/btree"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

// Board is the deadlines that can still fall due, as they stand on one day, in
// the order of List: what is due by then is the beginning of it, and nothing is
// counted when it is asked for. It is for a process that stays, and holds of
// each case only the clocks that run.
//
// Whoever keeps a Board tells it of every document, and of each again when it
// has changed, and sees to it that nobody reads it meanwhile. On another day, or
// by another calendar, other dates are right: see On.
type Board struct {
	day   Day
	cases map[string][]entry
	rows  *btree.BTreeG[entry]
	words map[string]string // that many deadlines have, so that each is in memory once
}

// soon is how many days ahead the rows are made at once of what is due by then.
const soon = 92

// entry is a deadline where it stands, and of it what mostly says where that is: to
// go past it nothing else need be fetched from memory.
type entry struct {
	overdue bool
	due     calendar.Date
	row     *Row // nil of what is due later than soon
	post    *post
}

// post is a deadline on the board.
type post struct {
	of    *Doc // its case, without clocks
	clock deadline.Clock
	later atomic.Pointer[Row] // of one without a row in its entry: nil until somebody asks for it, as mostly nobody does
}

func before(a, b entry) bool {
	if a.overdue == b.overdue && a.due != b.due {
		return a.due.Before(b.due)
	}
	return compare(a.place(), b.place()) < 0
}

func (e entry) place() place {
	return place{e.overdue, e.due, e.post.of.Ref, e.post.clock.Deadline}
}

// NewBoard returns a board for a day, with nothing on it.
func NewBoard(day Day) *Board {
	return &Board{day: day, cases: map[string][]entry{}, rows: btree.NewG(32, before), words: map[string]string{}}
}

// Day returns the day as whose the deadlines stand.
func (b *Board) Day() Day { return b.day }

// On returns a board of the same cases for another day, counted afresh.
func (b *Board) On(day Day) *Board {
	next := NewBoard(day)
	for _, entries := range b.cases {
		doc := *entries[0].post.of
		for _, e := range entries {
			doc.Book = append(doc.Book, e.post.clock)
		}
		next.Put(doc)
	}
	return next
}

// Put puts the document of a case on the board, in place of an earlier one.
func (b *Board) Put(doc Doc) {
	b.Remove(doc.Ref)
	var running deadline.Book
	for _, clock := range doc.Book {
		if doc.Awaits(clock) {
			running = append(running, b.frugal(clock))
		}
	}
	if len(running) == 0 {
		return
	}
	of := doc
	of.Book, of.Known = nil, nil
	posts, entries := make([]post, len(running)), make([]entry, len(running))
	for i, clock := range running {
		count, status := clock.Look(b.day.Calendar, b.day.Today)
		posts[i].of, posts[i].clock = &of, clock
		entries[i] = entry{overdue: status == deadline.Missed, due: count.Due, post: &posts[i]}
		if !count.Due.After(b.day.Today.AddDays(soon)) {
			entries[i].row = of.row(clock, count, status, b.day)
		}
		b.rows.ReplaceOrInsert(entries[i])
	}
	b.cases[doc.Ref] = entries
}

// frugal returns a clock whose texts are those of the others, where they are the same.
func (b *Board) frugal(c deadline.Clock) deadline.Clock {
	c.Deadline, c.Rule, c.Title, c.Practice = b.word(c.Deadline), b.word(c.Rule), b.word(c.Title), b.word(c.Practice)
	c.Owner, c.Counting = events.Party(b.word(string(c.Owner))), events.Counting(b.word(string(c.Counting)))
	c.Calendar, c.Roll = calendar.Working(b.word(string(c.Calendar))), events.Roll(b.word(string(c.Roll)))
	return c
}

func (b *Board) word(s string) string {
	if known, is := b.words[s]; is {
		return known
	}
	b.words[s] = s
	return s
}

// Remove takes a case off the board, if it is there.
func (b *Board) Remove(ref string) {
	for _, e := range b.cases[ref] {
		b.rows.Delete(e)
	}
	delete(b.cases, ref)
}

// Answers reports whether the board has all that q asks for: as of its day, what
// can still fall due.
func (b *Board) Answers(q Query) bool { return !q.All && q.Ref == "" && q.Day.Equal(b.day) }

// List returns the deadlines that q asks for, as List does of the documents. q is
// one that the board Answers. It refuses a Within in hours. The rows stay as they
// are, whatever is put on the board, and are not to be changed.
func (b *Board) List(q Query) ([]*Row, error) {
	last, err := q.last()
	if err != nil {
		return nil, err
	}
	rows := []*Row{}
	b.rows.Ascend(func(e entry) bool {
		wanted := e.overdue || !q.Overdue && !e.due.After(last)
		if wanted && (q.Owner == "" || e.post.clock.Owner == q.Owner) {
			rows = append(rows, e.stands(b.day))
		}
		return wanted
	})
	return rows, nil
}

// stands returns the deadline as it stands on the board's day. Several may ask at once.
func (e entry) stands(day Day) *Row {
	if e.row != nil {
		return e.row
	}
	if row := e.post.later.Load(); row != nil {
		return row
	}
	count, status := e.post.clock.Look(day.Calendar, day.Today)
	row := e.post.of.row(e.post.clock, count, status, day)
	e.post.later.Store(row)
	return row
}

// Equal reports whether deadlines stand the same on both days.
func (day Day) Equal(o Day) bool {
	return day.Today == o.Today && day.Calendar.Equal(o.Calendar) && day.Bodies.SameCommissioners(o.Bodies)
}
