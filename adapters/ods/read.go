package ods

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"parley/domain/calendar"
	"parley/domain/directory"
)

// Limits far above what is published: some 17,000 rows of 200 to 300 bytes.
const (
	longestRow = 64 << 10 // bytes
	mostRows   = 100_000
	patience   = 200 // rows without one of a known layout, before a file is given up
)

const columns = 27

// Columns that are read, counted from 0.
const (
	colCode    = 0
	colName    = 1
	colICB     = 3
	colOpened  = 10
	colClosed  = 11
	colStatus  = 12
	colSubICB  = 14
	colJoined  = 15
	colSetting = 25
)

// Read reads a list of practices in either layout. known says whether an ICB of
// this code has ever existed; an open practice must be under one that has.
//
// Its errors are NotEpraccur, BadRows, and those of r.
func Read(r io.Reader, known func(icb string) bool) (Edition, error) {
	l := list{known: known, firsts: map[string]first{}, days: map[calendar.Date]bool{}, places: map[string]map[string][]string{}}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, longestRow)
	row := 0
	for lines.Scan() {
		row++
		line := lines.Bytes()
		if row == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
			if bytes.HasPrefix(line, []byte("PK\x03\x04")) {
				return Edition{}, NotEpraccur{"it is a zip archive: unpack it first"}
			}
		}
		if len(line) > 0 {
			l.take(row, line)
		}
		if row > mostRows {
			return Edition{}, NotEpraccur{fmt.Sprintf("it has more than %d rows", mostRows)}
		}
		if l.layout == "" && len(l.bad) >= patience {
			break
		}
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		l.refuse(row+1, fmt.Sprintf("it is longer than %d bytes, and the rest was not read", longestRow))
	case err != nil:
		return Edition{}, fmt.Errorf("reading the list of practices: %w", err)
	}
	return l.edition()
}

// list is a file as far as it has been read.
type list struct {
	known  func(icb string) bool
	layout Layout // of the first row that shows one
	read   Edition
	bad    BadRows
	rows   int
	firsts map[string]first // GP practices by code
	days   map[calendar.Date]bool
	places map[string]map[string][]string // sub-ICB location → ICB → open practices
	line   bytes.Reader
	buffer *bufio.Reader
}

// first is where a practice was read first, and what it said.
type first struct {
	row    int
	fields []string
}

func (l *list) refuse(row int, why string) { l.bad = append(l.bad, BadRow{row, why}) }

// take reads one line of the file.
func (l *list) take(row int, line []byte) {
	l.rows++
	fields, err := l.split(line)
	if err != nil {
		l.refuse(row, err.Error())
		return
	}
	entry, err := classify(fields)
	if err != nil {
		l.refuse(row, err.Error())
		return
	}
	if l.layout == "" {
		l.layout = entry.layout
	}
	if entry.layout != l.layout {
		l.refuse(row, fmt.Sprintf("it is in the layout used %s, and the rows before it in the one used %s", entry.layout, l.layout))
		return
	}
	l.enter(row, entry, fields)
}

// split returns the fields of a line, trimmed.
func (l *list) split(line []byte) ([]string, error) {
	switch {
	case bytes.IndexByte(line, 0) >= 0:
		return nil, errors.New("it contains a NUL byte")
	case !utf8.Valid(line):
		return nil, errors.New("it contains bytes that are not UTF-8 text")
	}
	l.line.Reset(line)
	if l.buffer == nil {
		l.buffer = bufio.NewReader(&l.line)
	}
	l.buffer.Reset(&l.line)
	one := csv.NewReader(l.buffer)
	one.FieldsPerRecord = -1
	fields, err := one.Read()
	var malformed *csv.ParseError
	switch {
	case errors.As(err, &malformed):
		return nil, fmt.Errorf("its quotation marks do not match up: %w", malformed.Err)
	case err != nil:
		return nil, errors.New("it has no columns")
	case len(fields) != columns:
		return nil, fmt.Errorf("it has %d columns, not %d", len(fields), columns)
	}
	for i, f := range fields {
		fields[i] = strings.TrimSpace(f)
	}
	return fields, nil
}

// enter takes a well-formed row in: as a listing, or as one of those passed over.
func (l *list) enter(row int, e entry, fields []string) {
	if d, err := day(fields[colJoined]); err == nil {
		l.mention(d)
	}
	for _, col := range []int{colOpened, colClosed} {
		if d, err := day(fields[col]); err == nil {
			l.mention(d)
		}
	}
	switch {
	case !e.gp:
		l.read.Other++
		return
	case e.welsh(fields):
		l.read.Welsh++
		return
	case e.status == proposed:
		l.read.Proposed++
		return
	}
	if before, twice := l.firsts[fields[colCode]]; twice {
		if !slices.Equal(before.fields, fields) {
			l.refuse(row, fmt.Sprintf("%s stands in row %d too, and differs", fields[colCode], before.row))
			return
		}
		l.read.Repeated++
		return
	}
	l.firsts[fields[colCode]] = first{row, fields}
	listing, wrong := e.listing(fields, l.known)
	if len(wrong) > 0 {
		l.refuse(row, strings.Join(wrong, "; "))
		return
	}
	l.read.Listings = append(l.read.Listings, listing)
	l.count(e.status, listing, fields[colSubICB])
}

func (l *list) mention(d calendar.Date) {
	if !d.IsZero() {
		l.days[d] = true
	}
}

// count counts a listing, and notes an open one's place.
func (l *list) count(s status, listing directory.Listing, subICB string) {
	switch s {
	case closed:
		l.read.Closed++
		return
	case dormant:
		l.read.Dormant++
	default:
		l.read.Active++
	}
	if l.places[subICB] == nil {
		l.places[subICB] = map[string][]string{}
	}
	l.places[subICB][listing.ICB] = append(l.places[subICB][listing.ICB], listing.Practice)
}

// edition returns what was read, or why it is not good.
func (l *list) edition() (Edition, error) {
	switch {
	case l.rows == 0 && len(l.bad) == 0:
		return Edition{}, NotEpraccur{"it is empty"}
	case l.layout == "":
		return Edition{}, NotEpraccur{l.bad[0].String()}
	case len(l.bad) > 0:
		return Edition{}, l.bad
	}
	e := l.read
	e.Layout = l.layout
	e.Astray = l.astray()
	for d := range l.days {
		e.days = append(e.days, d)
	}
	slices.SortFunc(e.days, calendar.Date.Compare)
	return e, nil
}
