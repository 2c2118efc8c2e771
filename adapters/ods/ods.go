// Package ods reads the lists of GP practices that the Organisation Data
// Service (ODS) publishes: epraccur, a CSV file of 27 columns without headings,
// in the layout used until 2025 and in the one used since.
//
// Read returns a whole Edition or nothing: what cannot be right is reported row
// by row, all of it at once (BadRows), and a file of another shape is refused
// (NotEpraccur). Rows that are no GP practice of England are passed over and
// counted. Names stay as published. Addresses and telephone numbers, which the
// file also has, are not taken.
//
// What the file says and what Parley makes of it:
//
//   - The ICB is the column "high level health geography". In the older layout
//     it goes by who commissions from the practice. In the newer one it goes by
//     where the practice lies, and so differs for a few on a boundary: these
//     are named in Edition.Astray. Import does not move one that is known, and
//     takes one that is not as published.
//   - For practices that closed before there were ICBs, 1 July 2022, the older
//     layout has the region of the day and the newer one the ICB now in its
//     place. Neither was ever their commissioner: they have none.
//   - A dormant practice has stopped working and is not closed; the file gives
//     no day. It counts as open, because no last day is known. Once ODS closes
//     it, a later edition gives the day.
//   - A proposed practice is passed over until it opens.
package ods

import (
	"fmt"
	"slices"
	"strings"

	"parley/domain/calendar"
	"parley/domain/directory"
)

// Layout is the form in which a file is written.
type Layout string

// The layouts.
const (
	Older Layout = "until 2025" // statuses A, C, D and P; a GP practice has setting 4
	Newer Layout = "since 2026" // statuses in words; a GP practice has the role RO76
)

// Edition is one published list, read and found good.
type Edition struct {
	Layout   Layout
	Listings []directory.Listing // the GP practices of England, as the file orders them
	Active   int                 // how many of them are active
	Dormant  int                 // how many are dormant, and count as open
	Closed   int                 // how many have closed

	Welsh    int // GP practices passed over because they are under no ICB
	Proposed int // GP practices passed over because they have not opened yet
	Other    int // rows that are no GP practice: prisons, clinics, pharmacies
	Repeated int // rows that say again what an earlier one said

	// Astray are open practices that the file puts under another ICB than
	// most that share their sub-ICB location, and so their commissioner.
	Astray []Stray

	days []calendar.Date // every day that the file mentions, in order
}

// Stray is an open practice whose ICB is likely where it lies, not who
// commissions from it.
type Stray struct {
	Practice string // ODS code
	Listed   string // the ICB that the file puts it under
	Likely   string // the ICB of the others with the same sub-ICB location
}

// AsAt returns the day on which the list was true, as far as the file tells:
// the last day it mentions that is not after today. It is no date if there is none.
func (e Edition) AsAt(today calendar.Date) calendar.Date {
	i, found := slices.BinarySearchFunc(e.days, today, calendar.Date.Compare)
	switch {
	case found:
		return today
	case i == 0:
		return calendar.Date{}
	}
	return e.days[i-1]
}

// Import returns the command that takes e in, as at that day.
func (e Edition) Import(asAt calendar.Date) directory.Import {
	doubtful := make([]string, len(e.Astray))
	for i, s := range e.Astray {
		doubtful[i] = s.Practice
	}
	return directory.Import{Listings: e.Listings, AsAt: asAt, Doubtful: doubtful}
}

// BadRow is a row that cannot be right.
type BadRow struct {
	Row int // its line in the file, from 1
	Why string
}

func (b BadRow) String() string { return fmt.Sprintf("row %d: %s", b.Row, b.Why) }

// BadRows is the error of a file of the right shape with rows that cannot be
// right: all of them, in order. Nothing of such a file is used.
type BadRows []BadRow

func (b BadRows) Error() string {
	lines := make([]string, 1, len(b)+1)
	lines[0] = "1 row of the list cannot be right, so nothing of it was taken in:"
	if len(b) != 1 {
		lines[0] = fmt.Sprintf("%d rows of the list cannot be right, so nothing of it was taken in:", len(b))
	}
	for _, row := range b {
		lines = append(lines, row.String())
	}
	return strings.Join(lines, "\n")
}

// NotEpraccur is the error of a file that is no list of practices at all.
type NotEpraccur struct{ Why string }

func (e NotEpraccur) Error() string {
	return "this is not an epraccur file: " + e.Why +
		"; expected is the ODS list of practices, comma-separated, with 27 columns and no headings"
}
