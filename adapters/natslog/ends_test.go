package natslog_test

import (
	"errors"
	"testing"

	"parley/adapters/logtest"
	"parley/adapters/natslog"
	"parley/events"
)

// What is last in the log and was not marked must follow from what was there:
// after a loss the server counts on as though nothing had been.
func TestALastCommitThatDoesNotFollow(t *testing.T) {
	one, other := events.Case("GLO-26-0001"), events.Case("GLO-26-0002")
	for _, c := range []struct {
		name  string
		of    events.Aggregate
		after int // the version that the commit claims to follow on; the case has three
		sound bool
	}{
		{"it follows", one, 3, true},
		{"it is the first of another case", other, 0, true},
		{"it says that it is the first", one, 0, false},
		{"it steps back", one, 2, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			s := start(t, dir)
			l := open(t, s, natslog.Guard{})
			history := logtest.Fill(t, l, one, 3, "a note")
			mark := natslog.Mark{Position: 3, Hash: history[2].Hash}
			var before events.Recorded
			var expect uint64
			if c.after > 0 {
				before = history[c.after-1]
			}
			if c.of == one {
				expect = 3
			}
			if _, err := l.Append(t.Context(), logtest.Next(t, c.of, before, "sam", "the last"), expect); err != nil {
				t.Fatal(err)
			}
			_, err := natslog.Open(t.Context(), s.Conn(), natslog.Guard{Existed: true, Mark: mark})
			if c.sound && err != nil || !c.sound && !errors.Is(err, events.ErrDamaged) {
				t.Errorf("opened with %v", err)
			}
		})
	}
}

// The last commit is not the one that was marked there.
func TestALastCommitThatIsAnother(t *testing.T) {
	s := start(t, t.TempDir())
	history := logtest.Fill(t, open(t, s, natslog.Guard{}), events.Case("GLO-26-0001"), 3, "a note")
	for hash, sound := range map[events.Hash]bool{history[2].Hash: true, history[1].Hash: false} {
		_, err := natslog.Open(t.Context(), s.Conn(), natslog.Guard{Existed: true, Mark: natslog.Mark{Position: 3, Hash: hash}})
		if sound && err != nil || !sound && !errors.Is(err, events.ErrDamaged) {
			t.Errorf("opened with %v", err)
		}
	}
}
