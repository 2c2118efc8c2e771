package natslog_test

import (
	"slices"
	"strings"
	"testing"

	"parley/adapters/logtest"
	"parley/adapters/natslog"
	"parley/events"
)

// A scan asks for stretches ahead, each from where the one before would end if
// nothing cut it short. Large commits do.
func TestAScanOfCommitsOfAllSizes(t *testing.T) {
	l := open(t, start(t, t.TempDir()), natslog.Guard{})
	var want []events.Hash
	for i, fill := range []struct {
		n    int
		text string
	}{{700, "a note"}, {9, strings.Repeat("a long note ", 100_000)}, {600, "a note"}, {1, strings.Repeat("a long note ", 400_000)}, {20, "a note"}} {
		for _, r := range logtest.Fill(t, l, events.Case("GLO-26-000"+string(rune('1'+i))), fill.n, fill.text) {
			want = append(want, r.Hash)
		}
	}
	for _, after := range []int{0, 1, 400, 699, 700, 705, 1200, 1309, 1310, 1329, 1330} {
		var read, stored []events.Hash
		if err := l.Scan(t.Context(), uint64(after), func(r events.Recorded) error {
			read = append(read, r.Hash)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := l.ScanStored(t.Context(), uint64(after), func(p events.Placed) error {
			c, err := events.Decode(p.Stored)
			stored = append(stored, c.Hash)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(read, want[after:]) || !slices.Equal(stored, want[after:]) {
			t.Errorf("after %d there are %d commits, and %d as they are stored, of %d", after, len(read), len(stored), len(want)-after)
		}
	}
}
