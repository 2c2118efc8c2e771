package ods

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"parley/domain/calendar"
	"parley/domain/directory"
	"parley/events"
)

// The published files are not part of the repository.
const (
	publishedOlder = "../../../shared/data/epraccur_2025-11_oldformat.csv"
	publishedNewer = "../../../shared/data/epraccur_2026-02_newformat.csv"
)

var today = on("2026-11-22")

func published(t testing.TB, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("no", path, "on this machine")
	}
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func edition(t testing.TB, path string) Edition {
	t.Helper()
	e, err := Read(bytes.NewReader(published(t, path)), known)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// practices reads a file the plain way: the rows of GP practices that have an
// ICB, or a region, of England.
func practices(t *testing.T, path string) map[string][]string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(published(t, path))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for _, row := range rows {
		gp := row[25] == "4" || strings.Contains("|"+row[25]+"|", "|RO76|")
		if gp && row[3] != "Q99" && row[3] != "" {
			found[row[0]] = row
		}
	}
	return found
}

func TestThePublishedListsAsRead(t *testing.T) {
	type counts struct{ rows, listings, active, dormant, closed, welsh, other, astray int }
	for path, want := range map[string]counts{
		publishedOlder: {16685, 8233, 6220, 71, 1942, 422, 8030, 0},
		publishedNewer: {15389, 7767, 6208, 48, 1511, 422, 7200, 28},
	} {
		e, plain := edition(t, path), practices(t, path)
		got := counts{
			len(e.Listings) + e.Welsh + e.Other + e.Proposed + e.Repeated,
			len(e.Listings), e.Active, e.Dormant, e.Closed, e.Welsh, e.Other, len(e.Astray),
		}
		if got != want || len(plain) != want.listings {
			t.Errorf("%s: %+v, and %d the plain way; want %+v", e.Layout, got, len(plain), want)
		}
		for _, l := range e.Listings {
			row := plain[l.Practice]
			icb := row[3]
			if row[11] != "" && row[11] < "20220701" {
				icb = ""
			}
			if l.Name != row[1] || l.ICB != icb || compact(l.Opened) != row[10] || compact(l.Closed) != row[11] || compact(l.Joined) != row[15] {
				t.Fatalf("%v is read as %+v", row, l)
			}
		}
	}
}

func compact(d calendar.Date) string { return strings.ReplaceAll(d.String(), "-", "") }

// take decides what importing e adds to h, and adds it.
func take(t testing.TB, h events.History, e Edition) (events.History, []events.Fact) {
	t.Helper()
	facts, err := directory.Decide(directory.Fold(h), e.Import(e.AsAt(today)), today)
	if err != nil {
		t.Fatal(err)
	}
	return append(slices.Clip(h), events.Recorded{
		Commit: events.Commit{
			Command: uuid.MustParse("01939c7e-1f3a-7cc0-8b1e-2f6a3d5b7c01"), Aggregate: events.Directory(), Version: len(h) + 1,
			Actor: "j.doe", RecordedAt: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC), Facts: facts,
		},
		Position: uint64(len(h) + 1),
	}), facts
}

// tally counts facts by their stored names.
func tally(facts []events.Fact) map[string]int {
	n := map[string]int{}
	for _, f := range facts {
		n[events.Name(f.Event)]++
	}
	return n
}

func TestThePublishedListsInOrder(t *testing.T) {
	first, second := edition(t, publishedOlder), edition(t, publishedNewer)
	if a, b := first.AsAt(today), second.AsAt(today); a != on("2025-09-01") || b != on("2026-02-03") {
		t.Errorf("as at %s and %s", a, b)
	}

	h, facts := take(t, nil, first)
	if got, want := tally(facts), map[string]int{"practices-imported": 1, "practice-listed": 8233}; !maps.Equal(got, want) {
		t.Errorf("the older list causes %v, want %v", got, want)
	}
	agree(t, directory.Fold(h), first)
	if _, again := take(t, h, first); len(again) > 0 {
		t.Errorf("the older list again causes %v", tally(again))
	}

	h, facts = take(t, h, second)
	want := map[string]int{"practices-imported": 1}
	before, after := practices(t, publishedOlder), practices(t, publishedNewer)
	astray := map[string]bool{}
	for _, s := range second.Astray {
		astray[s.Practice] = true
	}
	var doubtful int
	for code, now := range after {
		was, both := before[code]
		open := now[11] == "" || now[11] >= "20260203"
		count := func(what string, yes bool) {
			if yes {
				want[what]++
			}
		}
		count("practice-listed", !both)
		count("practice-closed", both && was[11] == "" && now[11] != "")
		count("practice-reopened", both && was[11] != "" && now[11] == "")
		count("practice-renamed", both && open && was[1] != now[1])
		count("practice-moved", both && open && was[3] != now[3] && !astray[code])
		if both && open && was[3] != now[3] && astray[code] {
			doubtful++
		}
	}
	got := tally(facts)
	t.Logf("the newer list after the older: %v", got)
	if !maps.Equal(got, want) {
		t.Errorf("the newer list causes %v, want %v", got, want)
	}
	if want["practice-closed"] != 37 || want["practice-moved"] != 0 || doubtful != 28 || want["practice-listed"] != 3 || want["practice-renamed"] != 33 {
		t.Errorf("the plain way: %v, and %d doubtful", want, doubtful)
	}
	agree(t, directory.Fold(h), second)
	for _, e := range []Edition{second, first, second} {
		if _, again := take(t, h, e); len(again) > 0 {
			t.Errorf("the list %s again causes %v", e.Layout, tally(again))
		}
	}
}

// The newer list first: the older one adds what only it has, and undoes nothing.
func TestThePublishedListsOutOfOrder(t *testing.T) {
	first, second := edition(t, publishedOlder), edition(t, publishedNewer)
	h, _ := take(t, nil, second)
	h, facts := take(t, h, first)
	if got, want := tally(facts), map[string]int{"practice-listed": 469}; !maps.Equal(got, want) {
		t.Errorf("the older list causes %v, want %v", got, want)
	}
	agree(t, directory.Fold(h), second)
	if _, again := take(t, h, first); len(again) > 0 {
		t.Errorf("the older list again causes %v", tally(again))
	}
}

// agree checks that d, on the day e was true, says of every practice what e
// says, but for ICBs in doubt.
func agree(t *testing.T, d directory.Directory, e Edition) {
	t.Helper()
	asAt := e.AsAt(today)
	all := map[string]directory.Practice{}
	for _, p := range d.Practices() {
		all[p.Code] = p
	}
	doubted := map[string]bool{}
	for _, s := range e.Astray {
		doubted[s.Practice] = true
	}
	open := 0
	for _, l := range e.Listings {
		p := all[l.Practice]
		if p.Closed() != l.Closed || p.OpenOn(asAt) != (l.Closed.IsZero() || !l.Closed.Before(asAt)) {
			t.Fatalf("%+v is known as %+v", l, p)
		}
		if !p.OpenOn(asAt) {
			continue
		}
		open++
		if p.NameOn(asAt) != l.Name || p.ICBOn(asAt) != l.ICB && !doubted[l.Practice] {
			t.Fatalf("%+v is known as %+v", l, p)
		}
	}
	if open != e.Active+e.Dormant {
		t.Errorf("%d practices are open, want %d", open, e.Active+e.Dormant)
	}
}

// An import is one commit, and a commit is one message of the log: 8 MiB at most.
func TestAnImportFitsIntoOneMessage(t *testing.T) {
	h, _ := take(t, nil, edition(t, publishedOlder))
	sealed, err := events.Seal(h[0].Commit)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d facts in %d bytes", len(sealed.Facts), len(sealed.Stored))
	if len(sealed.Stored) > 4<<20 {
		t.Errorf("the import of a whole list takes %d bytes, more than half of what a message may have", len(sealed.Stored))
	}
	back, err := events.Decode(sealed.Stored)
	if err != nil || len(back.Facts) != len(sealed.Facts) {
		t.Errorf("read back: %d facts, %v", len(back.Facts), err)
	}
}

func BenchmarkReadPublished(b *testing.B) {
	content := published(b, publishedOlder)
	b.SetBytes(int64(len(content)))
	for b.Loop() {
		if _, err := Read(bytes.NewReader(content), known); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkImportPublished(b *testing.B) {
	e := edition(b, publishedOlder)
	for b.Loop() {
		take(b, nil, e)
	}
}
