package natslog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"pgregory.net/rapid"

	"parley/adapters/logtest"
	"parley/adapters/natslog"
	"parley/events"
)

// index is an Index that says what it was told.
type index map[events.Aggregate][]uint64

func (i index) Positions(_ context.Context, a events.Aggregate) []uint64 { return i[a] }

// indexOf returns an index that knows these histories.
func indexOf(all ...events.History) index {
	known := index{}
	for _, h := range all {
		for _, r := range h {
			known[r.Aggregate] = append(known[r.Aggregate], r.Position)
		}
	}
	return known
}

// abreast appends n commits to each of several cases, in turn.
func abreast(t testing.TB, l *natslog.Log, cases, n int) []events.History {
	t.Helper()
	all := make([]events.History, cases)
	for range n {
		for i := range all {
			a := events.Case(fmt.Sprintf("GLO-26-%04d", i+1))
			var last events.Recorded
			if n := len(all[i]); n > 0 {
				last = all[i][n-1]
			}
			c := logtest.Next(t, a, last, "x", "a note")
			position, err := l.Append(t.Context(), c, last.Position)
			if err != nil {
				t.Fatal(err)
			}
			all[i] = append(all[i], events.Recorded{Commit: c.Commit, Position: position})
		}
	}
	return all
}

// What an index says makes no difference to what is read.
func TestAnIndexMayBeWrong(t *testing.T) {
	l := open(t, start(t, t.TempDir()), natslog.Guard{})
	all := abreast(t, l, 3, 40)
	want, other := all[1], indexOf(all...)[all[0][0].Aggregate]
	a := want[0].Aggregate
	right := indexOf(want)[a]
	but := func(i int, position uint64) []uint64 {
		said := slices.Clone(right)
		said[i] = position
		return said
	}
	backwards := slices.Clone(right)
	slices.Reverse(backwards)
	for name, said := range map[string][]uint64{
		"right":                              right,
		"nothing":                            {},
		"too few":                            right[:7],
		"too few by one":                     right[:39],
		"without the first":                  right[1:],
		"with a hole":                        slices.Delete(slices.Clone(right), 20, 21),
		"too many":                           append(slices.Clone(right), 118, 119, 120),
		"the last twice":                     append(slices.Clone(right), right[39]),
		"each twice":                         slices.Sorted(slices.Values(slices.Concat(right, right))),
		"backwards":                          backwards,
		"another case's":                     other,
		"another case's in the middle":       but(17, other[17]),
		"beyond the end":                     append(slices.Clone(right), 121, 100_000),
		"beyond the end in the middle":       but(17, 100_000),
		"nowhere":                            {0},
		"nowhere in the middle":              but(17, 0),
		"as far as numbers go":               {math.MaxUint64},
		"as far as numbers go, from some on": but(3, math.MaxUint64),
	} {
		l.Consult(index{a: said})
		for _, after := range []int{0, 1, 20, 39, 40} {
			var position uint64
			if after > 0 {
				position = want[after-1].Position
			}
			h, err := l.Read(t.Context(), a, position)
			if err != nil {
				t.Errorf("%s, after %d: %v", name, after, err)
			}
			if diff := cmp.Diff(want[after:], h, inShort); diff != "" {
				t.Errorf("%s, after %d: %s", name, after, diff)
			}
		}
	}
}

// inShort compares histories by their positions, versions and hashes.
var inShort = cmp.Transformer("hashes", func(h events.History) []string {
	all := []string{}
	for _, r := range h {
		all = append(all, fmt.Sprint(r.Position, " ", r.Version, " ", r.Hash))
	}
	return all
})

// Whatever positions an index makes up of what stands near, it leads to what a search finds.
func TestReadingByAnIndexIsReading(t *testing.T) {
	l := open(t, start(t, t.TempDir()), natslog.Guard{})
	all := abreast(t, l, 2, 6)
	rapid.Check(t, func(r *rapid.T) {
		h := rapid.SampledFrom(all).Draw(r, "case")
		a := h[0].Aggregate
		said := indexOf(h)[a]
		for range rapid.IntRange(0, 3).Draw(r, "lies") {
			at := rapid.IntRange(0, len(said)).Draw(r, "at")
			if at < len(said) && rapid.Bool().Draw(r, "left out") {
				said = slices.Delete(said, at, at+1)
				continue
			}
			said = slices.Insert(said, at, rapid.Uint64Range(0, 14).Draw(r, "position"))
		}
		l.Consult(index{a: said})
		got, err := l.Read(t.Context(), a, 0)
		if err != nil {
			r.Fatal(err)
		}
		if diff := cmp.Diff(h, got, inShort); diff != "" {
			r.Fatal(diff)
		}
	})
}

// By an index nothing is searched for but what it does not know.
func TestAnIndexSparesTheSearch(t *testing.T) {
	s := start(t, t.TempDir())
	l := open(t, s, natslog.Guard{})
	all := abreast(t, l, 3, 40)
	a := all[0][0].Aggregate
	asked, err := s.Conn().SubscribeSync("$JS.API.DIRECT.GET.ES")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		known    index
		searches []string
	}{
		{index{}, []string{`"seq":1,`}},
		{indexOf(all[0]), nil},
		{indexOf(all[0][:30]), []string{fmt.Sprintf(`"seq":%d,`, all[0][29].Position+1)}},
	} {
		l.Consult(c.known)
		if h, err := l.Read(t.Context(), a, 0); err != nil || len(h) != 40 {
			t.Fatalf("%d commits, %v", len(h), err)
		}
		if err := s.Conn().Flush(); err != nil {
			t.Fatal(err)
		}
		for {
			m, err := asked.NextMsg(0)
			if err != nil {
				break
			}
			if strings.Contains(string(m.Data), "next_by_subj") {
				if len(c.searches) == 0 || !strings.Contains(string(m.Data), c.searches[0]) {
					t.Errorf("with %d positions known it was asked for %s", len(c.known[a]), m.Data)
					continue
				}
				c.searches = c.searches[1:]
			}
		}
		if len(c.searches) > 0 {
			t.Errorf("with %d positions known nothing was searched for", len(c.known[a]))
		}
	}
}

// walked is an Index that walks the log each time, so that it is always a little late.
type walked struct{ log *natslog.Log }

func (w walked) Positions(ctx context.Context, a events.Aggregate) (all []uint64) {
	_ = w.log.Scan(ctx, 0, func(r events.Recorded) error {
		if r.Aggregate == a {
			all = append(all, r.Position)
		}
		return nil
	})
	return all
}

func TestContractByAnIndex(t *testing.T) {
	logtest.Run(t, func(t *testing.T) logtest.Log {
		l := open(t, start(t, t.TempDir()), natslog.Guard{})
		l.Consult(walked{l})
		return l
	})
}

// A history that is larger than what a connection may have waiting for it is
// read, with an index and without, and nobody is cut off for being slow.
func TestAHistoryOfLargeCommits(t *testing.T) {
	s := start(t, t.TempDir())
	l := open(t, s, natslog.Guard{})
	want := logtest.Fill(t, l, events.Case("GLO-26-0001"), 36, strings.Repeat("a long note ", 160_000))
	cut := make(chan error, 1)
	s.Conn().SetDisconnectErrHandler(func(_ *nats.Conn, err error) { cut <- err })
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	for _, known := range []index{{}, indexOf(want)} {
		l.Consult(known)
		h, err := l.Read(ctx, want[0].Aggregate, 0)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, h, inShort); diff != "" {
			t.Error(diff)
		}
	}
	s.Conn().SetDisconnectErrHandler(nil)
	select {
	case err := <-cut:
		t.Errorf("the connection was lost: %v", err)
	default:
	}
}

// A bit of the subject of a case's last commit, in the log and in its copy: the
// server has the case end before it, and no hash says otherwise.
func TestALastCommitThatItsLineHasLostIsMissed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	all := filled(t, path, 5)
	block := blocks(t, path)[0]
	data, err := os.ReadFile(block)
	if err != nil {
		t.Fatal(err)
	}
	lost := all[1]
	data[bytes.LastIndex(data, []byte("."+lost[0].Aggregate.ID))+1] ^= 8
	write(t, block, data)
	write(t, filepath.Join(path, "before-open", "msgs", filepath.Base(block)), data)
	s, err := reopened(t, path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.log.Read(t.Context(), lost[0].Aggregate, 0); !errors.Is(err, events.ErrDamaged) {
		t.Errorf("without an index: %d of %d commits, %v", len(got), len(lost), err)
	}
	s.log.Consult(indexOf(all...))
	got, err := s.log.Read(t.Context(), lost[0].Aggregate, 0)
	if !errors.Is(err, events.ErrDamaged) || !strings.Contains(err.Error(), fmt.Sprint(lost[4].Position)) {
		t.Errorf("%d of %d commits, %v", len(got), len(lost), err)
	}
	for _, h := range [][]events.Recorded{all[0], all[2]} {
		if got, err := s.log.Read(t.Context(), h[0].Aggregate, 0); err != nil || len(got) != len(h) {
			t.Errorf("another case: %d of %d commits, %v", len(got), len(h), err)
		}
	}
}
