package docket

import (
	"github.com/google/btree"

	"parley/domain/calendar"
	"parley/domain/deadline"
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
	cases map[string]posted
	rows  *btree.BTreeG[entry]
}

// posted is a case with a clock that runs.
type posted struct {
	doc  Doc // with these clocks alone
	rows []*Row
}

// entry is a row, and of it what mostly says where it stands: to go past a row it
// need not be fetched from memory.
type entry struct {
	overdue bool
	due     calendar.Date
	row     *Row
}

func entered(row *Row) entry { return entry{row.Overdue, row.Due, row} }

func before(a, b entry) bool {
	if a.overdue == b.overdue && a.due != b.due {
		return a.due.Before(b.due)
	}
	return compare(a.row, b.row) < 0
}

// NewBoard returns a board for a day, with nothing on it.
func NewBoard(day Day) *Board {
	return &Board{day: day, cases: map[string]posted{}, rows: btree.NewG(32, before)}
}

// Day returns the day as whose the deadlines stand.
func (b *Board) Day() Day { return b.day }

// On returns a board of the same cases for another day, counted afresh.
func (b *Board) On(day Day) *Board {
	next := NewBoard(day)
	for _, p := range b.cases {
		next.Put(p.doc)
	}
	return next
}

// Put puts the document of a case on the board, in place of an earlier one.
func (b *Board) Put(doc Doc) {
	b.Remove(doc.Ref)
	var running deadline.Book
	for _, clock := range doc.Book {
		if doc.Awaits(clock) {
			running = append(running, clock)
		}
	}
	if len(running) == 0 {
		return
	}
	doc.Book, doc.Known = running, nil
	p := posted{doc, doc.Rows(b.day)}
	for _, row := range p.rows {
		b.rows.ReplaceOrInsert(entered(row))
	}
	b.cases[doc.Ref] = p
}

// Remove takes a case off the board, if it is there.
func (b *Board) Remove(ref string) {
	for _, row := range b.cases[ref].rows {
		b.rows.Delete(entered(row))
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
		if wanted && (q.Owner == "" || e.row.Owner == q.Owner) {
			rows = append(rows, e.row)
		}
		return wanted
	})
	return rows, nil
}

// Equal reports whether deadlines stand the same on both days.
func (day Day) Equal(o Day) bool {
	return day.Today == o.Today && day.Calendar.Equal(o.Calendar) && day.Bodies.SameCommissioners(o.Bodies)
}
