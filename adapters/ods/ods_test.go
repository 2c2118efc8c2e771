package ods

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"parley/domain/calendar"
	"parley/domain/directory"
)

var sameDates = cmpopts.EquateComparable(calendar.Date{})

// fields is a row by its columns, counted from 1 as the layout's description does.
type fields map[int]string

func (f fields) with(changes fields) fields {
	both := fields{}
	for _, from := range []fields{f, changes} {
		for col, s := range from {
			both[col] = s
		}
	}
	return both
}

// String returns the row as the files write it: every column in quotation marks.
func (f fields) String() string {
	cols := make([]string, columns)
	for i := range cols {
		cols[i] = `"` + f[i+1] + `"`
	}
	return strings.Join(cols, ",")
}

var (
	older = fields{
		1: "A81001", 2: "THE DENSHAM SURGERY", 3: "Y63", 4: "QHM", 10: "TS18 1HU", 11: "19740401",
		13: "A", 14: "B", 15: "16C", 16: "20200401", 22: "0", 24: "16C", 26: "4",
	}
	newer = older.with(fields{13: "ACTIVE", 22: "1", 26: "RO76"})
)

func known(icb string) bool { return directory.New().Knows(icb) }

func read(rows ...fields) (Edition, error) { return Read(strings.NewReader(file(rows...)), known) }

func file(rows ...fields) string {
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(r.String() + "\n")
	}
	return b.String()
}

func on(s string) calendar.Date {
	d, err := calendar.Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

func TestBothLayoutsSayTheSame(t *testing.T) {
	want := []directory.Listing{
		{Practice: "A81001", Name: "THE DENSHAM SURGERY", ICB: "QHM", Opened: on("1974-04-01"), Joined: on("2020-04-01")},
		{Practice: "A81002", Name: "SHUT", Opened: on("1974-04-01"), Closed: on("2013-03-31")},
		{Practice: "A81003", Name: "SHUT SINCE", ICB: "QHM", Opened: on("1974-04-01"), Closed: on("2022-07-01")},
		{Practice: "A81004", Name: "ASLEEP", ICB: "QHM", Opened: on("1974-04-01")},
		{Practice: "A81005", Name: "SHUT UNDER NOBODY KNOWN", Opened: on("1974-04-01"), Closed: on("2023-07-01")},
	}
	for _, c := range []struct {
		layout Layout
		rows   []fields
	}{
		{Older, []fields{
			older,
			{1: "A81002", 2: "SHUT", 4: "Q74", 11: "19740401", 12: "20130331", 13: "C", 26: "4"},
			{1: "A81003", 2: "SHUT SINCE", 4: "QHM", 11: "19740401", 12: "20220701", 13: "C", 26: "4"},
			{1: "A81004", 2: " ASLEEP ", 4: "QHM", 11: "19740401", 13: "D", 26: "4"},
			{1: "A81005", 2: "SHUT UNDER NOBODY KNOWN", 4: "Q74", 11: "19740401", 12: "20230701", 13: "C", 26: "4"},
			{1: "W91001", 2: "MEDDYGFA", 4: "Q99", 11: "19740401", 13: "A", 26: "4"},
			{1: "Y00001", 2: "PRISON", 4: "QHM", 11: "19740401", 13: "A", 26: "10"},
			{1: "A81006", 2: "SOON", 4: "QHM", 11: "20990401", 13: "P", 26: "4"},
			older,
		}},
		{Newer, []fields{
			newer,
			{1: "A81002", 2: "SHUT", 4: "QHM", 11: "19740401", 12: "20130331", 13: "INACTIVE", 26: "RO76"},
			{1: "A81003", 2: "SHUT SINCE", 4: "QHM", 11: "19740401", 12: "20220701", 13: "INACTIVE", 26: "RO76"},
			{1: "A81004", 2: "ASLEEP", 4: "QHM", 11: "19740401", 13: "DORMANT", 26: "RO76|RO268"},
			{1: "A81005", 2: "SHUT UNDER NOBODY KNOWN", 4: "", 11: "19740401", 12: "20230701", 13: "INACTIVE", 26: "RO76"},
			{1: "W91001", 2: "MEDDYGFA", 4: "", 11: "19740401", 13: "ACTIVE", 26: "RO76"},
			{1: "Y00001", 2: "PRISON", 4: "QHM", 11: "19740401", 13: "ACTIVE", 26: "RO82"},
			{1: "A81006", 2: "SOON", 4: "QHM", 11: "20990401", 13: "PROPOSED", 26: "RO76"},
			newer,
		}},
	} {
		e, err := read(c.rows...)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, e.Listings, sameDates); diff != "" {
			t.Errorf("%s:\n%s", c.layout, diff)
		}
		counts := fmt.Sprint(e.Layout, e.Active, e.Dormant, e.Closed, e.Welsh, e.Proposed, e.Other, e.Repeated)
		if counts != fmt.Sprint(c.layout, 1, 1, 3, 1, 1, 1, 1) {
			t.Errorf("%s: counted %s", c.layout, counts)
		}
		if e.AsAt(on("2026-11-22")) != on("2023-07-01") || e.AsAt(on("2099-04-01")) != on("2099-04-01") || !e.AsAt(on("1974-03-31")).IsZero() {
			t.Errorf("%s: as at %s", c.layout, e.AsAt(on("2026-11-22")))
		}
	}
}

func TestEveryBadRowIsNamed(t *testing.T) {
	good := newer.with(fields{1: "A81099"})
	for why, bad := range map[string]fields{
		`"A8101" is not the code of a practice: a letter and five digits`: {1: "A8101"},
		"it has no name": {2: "  "},
		`its opening day "19740431" is not a date such as 20260401 (column 11)`:   {11: "19740431"},
		`its closing day "31/03/2026" is not a date such as 20260401 (column 12)`: {12: "31/03/2026"},
		`its joining day "2020" is not a date such as 20260401 (column 16)`:       {16: "2020"},
		"it has no opening day":                                   {11: ""},
		"it is closed and has no closing day":                     {13: "INACTIVE"},
		"it closed on 1974-03-31, before it opened on 1974-04-01": {12: "19740331", 13: "INACTIVE"},
		`its status "OPEN" (column 13) is none of A, C, D and P, nor of ACTIVE, INACTIVE, DORMANT and PROPOSED`: {13: "OPEN"},
		"it is in the layout used until 2025, and the rows before it in the one used since 2026":                {13: "A", 26: "4"},
		`its prescribing setting "RO76" (column 26) is not a number, as in rows of status A`:                    {13: "A"},
		`its role "4" (column 26) is not one such as RO76`:                                                      {26: "4"},
		`it is open and under "QZZ" (column 4), which is no ICB that Parley knows`:                              {4: "QZZ"},
		"it is open and under no ICB (column 4)":                                                                {4: ""},
		"it contains a NUL byte":                                                                                {2: "THE \x00 SURGERY"},
		"it contains bytes that are not UTF-8 text":                                                             {2: "THE \xff SURGERY"},
		`its quotation marks do not match up: extraneous or missing " in quoted-field`:                          {2: `THE "OLD SURGERY`},
		"it has 28 columns, not 27":                                                                             {27: `","`},
		"A81099 stands in row 1 too, and differs":                                                               {1: "A81099", 2: "ANOTHER"},
		`it has no name; its opening day "x" is not a date such as 20260401 (column 11)`:                        {2: "", 11: "x"},
	} {
		_, err := read(good, newer.with(bad), newer.with(fields{1: "A81098"}))
		var rows BadRows
		if !errors.As(err, &rows) || len(rows) != 1 || rows[0].Row != 2 {
			t.Errorf("%v: %v", bad, err)
			continue
		}
		if rows[0].Why != why {
			t.Errorf("got  %s\nwant %s", rows[0].Why, why)
		}
	}
}

func TestBadRowsAreReportedAllAtOnce(t *testing.T) {
	e, err := read(newer, newer.with(fields{1: "A81002", 13: "?"}), newer.with(fields{1: "A81003"}), newer.with(fields{1: "a81004"}))
	const want = `2 rows of the list cannot be right, so nothing of it was taken in:
row 2: its status "?" (column 13) is none of A, C, D and P, nor of ACTIVE, INACTIVE, DORMANT and PROPOSED
row 4: "a81004" is not the code of a practice: a letter and five digits`
	if err == nil || err.Error() != want || len(e.Listings) > 0 {
		t.Errorf("got %v, with %d listings\nwant %s", err, len(e.Listings), want)
	}
}

func TestAFileOfAnotherShapeIsRefused(t *testing.T) {
	for name, content := range map[string]string{
		"empty":         "",
		"blank lines":   "\n\r\n\n",
		"headings only": strings.Repeat("Organisation Code,", 26) + "Null\n",
		"prose":         strings.Repeat("Dear ICB, we write to give notice.\n", 10_000),
		"one long line": strings.Repeat("x", 5<<20),
		"a zip archive": "PK\x03\x04\x14\x00",
		"JSON":          "{\n  \"practices\": []\n}\n",
	} {
		_, err := Read(strings.NewReader(content), known)
		var not NotEpraccur
		if !errors.As(err, &not) || !strings.Contains(err.Error(), "27 columns") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWhatSurroundsTheRowsDoesNotMatter(t *testing.T) {
	want, err := read(newer, newer.with(fields{1: "A81002"}))
	if err != nil {
		t.Fatal(err)
	}
	plain := file(newer, newer.with(fields{1: "A81002"}))
	for name, content := range map[string]string{
		"byte order mark":       "\ufeff" + plain,
		"DOS line ends":         strings.ReplaceAll(plain, "\n", "\r\n"),
		"no last line end":      strings.TrimSuffix(plain, "\n"),
		"blank lines":           "\n" + plain + "\n\r\n",
		"no quotation marks":    strings.ReplaceAll(plain, `"`, ""),
		"spaces round the data": strings.ReplaceAll(strings.ReplaceAll(plain, `"`, ""), ",", " , "),
	} {
		if got, err := Read(strings.NewReader(content), known); err != nil || !cmp.Equal(want.Listings, got.Listings, sameDates) {
			t.Errorf("%s: %+v, %v", name, got.Listings, err)
		}
	}
}

func TestALineWithoutEndIsReportedWithWhatCameBefore(t *testing.T) {
	_, err := Read(strings.NewReader(file(newer, newer.with(fields{1: "x"}))+strings.Repeat("y", longestRow+1)), known)
	var rows BadRows
	if !errors.As(err, &rows) || len(rows) != 2 || rows[0].Row != 2 || rows[1].Row != 3 {
		t.Errorf("got %v", err)
	}
}

// endless is a file that never stops.
type endless struct{ line string }

func (e endless) Read(p []byte) (int, error) {
	n := 0
	for n+len(e.line) <= len(p) {
		n += copy(p[n:], e.line)
	}
	return max(n, 1), nil
}

func TestAFileWithoutEndIsGivenUp(t *testing.T) {
	var not NotEpraccur
	if _, err := Read(endless{newer.String() + "\n"}, known); !errors.As(err, &not) {
		t.Errorf("rows: %v", err)
	}
	if _, err := Read(endless{"no,list,of,practices\n"}, known); !errors.As(err, &not) {
		t.Errorf("something else: %v", err)
	}
}

func TestWhatIsNoListIsNotCalledEmpty(t *testing.T) {
	for content, says := range map[string]string{"": "empty", strings.Repeat("\x00", 200_000): "longer than 65536 bytes", "\x00\n": "NUL"} {
		var not NotEpraccur
		if _, err := Read(strings.NewReader(content), known); !errors.As(err, &not) || !strings.Contains(err.Error(), says) {
			t.Errorf("%d bytes: %v, want %s", len(content), err, says)
		}
	}
}

func TestAReaderThatFailsIsNoBadList(t *testing.T) {
	broken := errors.New("the disk is broken")
	_, err := Read(io.MultiReader(strings.NewReader(file(newer)), failing{broken}), known)
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestPracticesUnderAnotherICBThanTheirNeighboursAreNamed(t *testing.T) {
	var rows []fields
	for i := range 10 {
		rows = append(rows, newer.with(fields{1: fmt.Sprintf("A8100%d", i)}))
	}
	rows[3][4] = "QPM"
	e, err := read(rows...)
	if want := []Stray{{"A81003", "QPM", "QHM"}}; err != nil || !cmp.Equal(want, e.Astray) {
		t.Errorf("got %v, %v, want %v", e.Astray, err, want)
	}
	if cmd := e.Import(on("2026-02-03")); !cmp.Equal([]string{"A81003"}, cmd.Doubtful) {
		t.Errorf("in doubt are %v", cmd.Doubtful)
	}
	rows[5][4], rows[6][4] = "QPM", "QPM" // a place divided between two says nothing
	if e, err = read(rows...); err != nil || len(e.Astray) > 0 {
		t.Errorf("got %v, %v, want none", e.Astray, err)
	}
}

// Whatever the bytes, Read returns: an edition that the directory takes in as
// it is, or an error that says something.
func FuzzRead(f *testing.F) {
	f.Add(file(older, older.with(fields{1: "A81002", 12: "20130331", 13: "C", 4: "Q74"})))
	f.Add(file(newer, newer.with(fields{1: "W91001", 4: ""})))
	f.Add("\ufeff" + file(newer.with(fields{2: `A "B`})))
	f.Add("PK\x03\x04")
	f.Fuzz(func(t *testing.T, content string) {
		e, err := Read(strings.NewReader(content), known)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error that says nothing")
			}
			return
		}
		today := on("2200-12-31")
		asAt := e.AsAt(today)
		if asAt.IsZero() {
			if len(e.Listings) > 0 {
				t.Errorf("practices and no day: %q", content)
			}
			return
		}
		if _, err := directory.Decide(directory.New(), e.Import(asAt), today); err != nil {
			t.Errorf("the directory refuses what was read as good: %v", err)
		}
	})
}
