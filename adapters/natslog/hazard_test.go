package natslog_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"parley/adapters/logtest"
	"parley/adapters/natsd"
	"parley/adapters/natslog"
	"parley/adapters/storedir"
	"parley/domain/casework"
	"parley/events"
)

// store is a store as the program wires it: folder, server and log.
type store struct {
	dir    *storedir.Dir
	copied storedir.Copied
	server *natsd.Server
	log    *natslog.Log
}

var identity = storedir.Identity{LMC: "Gloucestershire LMC", Code: "GLO", Actor: "sam", Created: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}

// wire opens everything on a folder; on an error it leaves nothing open but the folder.
func wire(t *testing.T, dir *storedir.Dir) (*store, error) {
	t.Helper()
	s := &store{dir: dir}
	var err error
	if s.copied, err = dir.BeforeOpen(); err != nil {
		return s, err
	}
	if s.server, err = natsd.Start(t.Context(), natsd.Config{Dir: dir.Path(), Name: "test"}); err != nil {
		return s, err
	}
	s.log, err = natslog.Open(t.Context(), s.server.Conn(), natslog.Guard{
		Existed: dir.Identity().StreamCreated, Mark: natslog.Mark(dir.Mark()), Begun: dir.MarkStreamCreated, Alive: s.server.Alive(),
	})
	if err != nil {
		return s, errors.Join(err, s.server.Stop())
	}
	t.Cleanup(func() { _ = s.server.Stop() })
	return s, nil
}

// close closes the store as the program does, noting how far the log goes.
func (s *store) close(t *testing.T) {
	t.Helper()
	if err := errors.Join(s.dir.SetMark(storedir.Mark(s.log.Seen())), s.server.Stop(), s.dir.Close()); err != nil {
		t.Fatal(err)
	}
}

// filled makes a store with three cases of n commits each and closes it. Its
// blocks are copied, as they are when a command opens it the next time.
func filled(t *testing.T, path string, n int) []events.History {
	t.Helper()
	dir, err := storedir.Create(t.Context(), path, identity, storedir.Claim{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := wire(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	var all []events.History
	for i := range 3 {
		all = append(all, logtest.Fill(t, s.log, events.Case(fmt.Sprintf("GLO-26-%04d", i+1)), n, strings.Repeat("a note ", 20)))
	}
	s.close(t)
	s, err = reopened(t, path)
	if err != nil {
		t.Fatal(err)
	}
	s.close(t)
	return all
}

func reopened(t *testing.T, path string) (*store, error) {
	t.Helper()
	dir, err := storedir.Open(t.Context(), path, storedir.Claim{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dir.Close() })
	return wire(t, dir)
}

// mustHold checks that a log has all of these commits and nothing wrong with it.
func mustHold(t *testing.T, l *natslog.Log, all []events.History) {
	t.Helper()
	n := 0
	for _, want := range all {
		got, err := l.Read(t.Context(), want[0].Aggregate, 0)
		if err != nil || len(got) < len(want) {
			t.Fatalf("%d of %d commits of %s: %v", len(got), len(want), want[0].Aggregate, err)
		}
		for i := range want {
			if got[i].Hash != want[i].Hash {
				t.Errorf("%s version %d is another", want[i].Aggregate, want[i].Version)
			}
		}
		n += len(got)
	}
	if r := logtest.Audit(t, l); !r.OK() || r.Commits != n {
		t.Errorf("the audit says %+v", r)
	}
}

// blocks returns the files that hold the log's commits.
func blocks(t *testing.T, path string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(path, "jetstream", "$G", "streams", "ES", "msgs", "*.blk"))
	if err != nil || len(found) == 0 {
		t.Fatalf("no blocks in %s: %v", path, err)
	}
	slices.Sort(found)
	return found
}

// flip changes one letter of a note in the middle of a block, and returns the
// block's bytes as they then are.
func flip(t *testing.T, block string) []byte {
	t.Helper()
	data, err := os.ReadFile(block)
	if err != nil {
		t.Fatal(err)
	}
	at := len(data)/2 + bytes.Index(data[len(data)/2:], []byte("note"))
	data[at] ^= 1
	if err := os.WriteFile(block, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return data
}

func TestTheLogIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	all := filled(t, path, 5)
	s, err := reopened(t, path)
	if err != nil {
		t.Fatal(err)
	}
	mustHold(t, s.log, all)
	if len(s.copied.Contradicts) != 0 || len(s.server.Warnings()) != 0 {
		t.Errorf("contradicts %v, warnings %v", s.copied.Contradicts, s.server.Warnings())
	}
	if m := s.dir.Mark(); m.Position != 15 || m != storedir.Mark(s.log.Seen()) {
		t.Errorf("the mark is %v, the log has seen %v", m, s.log.Seen())
	}
}

func TestTwoProcessesOnOneStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	filled(t, path, 2)
	if _, err := reopened(t, path); err != nil {
		t.Fatal(err)
	}
	_, err := storedir.Open(t.Context(), path, storedir.Claim{Wait: 50 * time.Millisecond})
	if _, held := errors.AsType[*storedir.HeldError](err); !held {
		t.Errorf("the second got %v", err)
	}
}

func TestAWipedLogIsPutBack(t *testing.T) {
	for _, gone := range []string{"jetstream", "jetstream/$G/streams/ES", "jetstream/$G/streams/ES/msgs", "jetstream/$G/streams/ES/meta.inf"} {
		t.Run(gone, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "store")
			all := filled(t, path, 5)
			if err := os.RemoveAll(filepath.Join(path, gone)); err != nil {
				t.Fatal(err)
			}
			s, err := reopened(t, path)
			if !errors.Is(err, events.ErrDamaged) {
				t.Fatalf("opened with %v", err)
			}
			if len(s.copied.Contradicts) == 0 {
				t.Error("the copy noticed nothing")
			}
			restoreAndCheck(t, s, path, all)
		})
	}
}

// restoreAndCheck puts the copy of a log back and checks that all is there again.
func restoreAndCheck(t *testing.T, s *store, path string, all []events.History) {
	t.Helper()
	if _, err := s.dir.Restore(); err != nil {
		t.Fatal(err)
	}
	if err := s.dir.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := reopened(t, path)
	if err != nil {
		t.Fatal(err)
	}
	mustHold(t, s.log, all)
	if len(s.copied.Contradicts) != 0 {
		t.Errorf("put back, it contradicts %v", s.copied.Contradicts)
	}
	last := all[0][len(all[0])-1]
	if _, err := s.log.Append(t.Context(), logtest.Next(t, last.Aggregate, last, "x", "one more"), last.Position); err != nil {
		t.Errorf("put back, it takes nothing: %v", err)
	}
}

// TestAFlippedBit: it is noticed when the log is opened or read, never served,
// and what was on disk can be put back as it was, whatever the server did to it.
func TestAFlippedBit(t *testing.T) {
	for _, name := range []string{"with an index", "without an index", "copied before it flipped"} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "store")
			all := filled(t, path, 100)
			block := blocks(t, path)[0]
			if name == "without an index" {
				if err := os.Remove(filepath.Join(filepath.Dir(block), "index.db")); err != nil {
					t.Fatal(err)
				}
			}
			flipped := flip(t, block)
			if name != "copied before it flipped" { // then the copy has it too, which is the worse case
				write(t, filepath.Join(path, "before-open", "msgs", filepath.Base(block)), flipped)
			}
			s, err := reopened(t, path)
			if err == nil {
				err = readAll(t, s.log, all)
				if r := logtest.Audit(t, s.log); r.OK() || err == nil {
					t.Errorf("the audit says %+v, reading %v", r, err)
				}
				s.log.Consult(indexOf(all...))
				if byIndex := readAll(t, s.log, all); !errors.Is(byIndex, events.ErrDamaged) {
					t.Errorf("by an index that knows where everything was it is read with %v", byIndex)
				}
				if err := s.server.Stop(); err != nil {
					t.Error(err)
				}
			}
			if !errors.Is(err, events.ErrDamaged) {
				t.Fatalf("it was opened and read with %v", err)
			}
			t.Logf("noticed: %v", err)
			if name == "copied before it flipped" {
				restoreAndCheck(t, s, path, all)
				return
			}
			aside, err := s.dir.Restore()
			if err != nil {
				t.Fatal(err)
			}
			if info, err := os.Stat(filepath.Join(aside, "msgs", filepath.Base(block))); err == nil {
				t.Logf("the server left %d of %d bytes", info.Size(), len(flipped))
			}
			if now, err := os.ReadFile(block); err != nil || !bytes.Equal(now, flipped) {
				t.Errorf("put back, the block has %d of %d bytes: %v", len(now), len(flipped), err)
			}
		})
	}
}

// readAll reads every case and the whole log, checks that nothing comes back that
// was not stored, and returns the first error.
func readAll(t *testing.T, l *natslog.Log, all []events.History) error {
	t.Helper()
	stored := map[events.Hash]bool{}
	var first error
	for _, h := range all {
		for _, r := range h {
			stored[r.Hash] = true
		}
	}
	for _, h := range all {
		got, err := l.Read(t.Context(), h[0].Aggregate, 0)
		if err == nil && len(got) != len(h) {
			t.Errorf("%s was read without an error: %d of %d commits", h[0].Aggregate, len(got), len(h))
		}
		for _, r := range got {
			if !stored[r.Hash] {
				t.Errorf("%s version %d was never stored", r.Aggregate, r.Version)
			}
		}
		if first == nil {
			first = err
		}
	}
	n := 0
	err := l.Scan(t.Context(), 0, func(events.Recorded) error { n++; return nil })
	if err == nil {
		t.Errorf("a scan came to its end after %d commits", n)
	}
	return errors.Join(first, err)
}

func TestACutBlock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store")
	all := filled(t, path, 100)
	block := blocks(t, path)[0]
	info, err := os.Stat(block)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(block, info.Size()*2/3); err != nil {
		t.Fatal(err)
	}
	s, err := reopened(t, path)
	if !errors.Is(err, events.ErrDamaged) || !strings.Contains(err.Error(), "300") {
		t.Fatalf("opened with %v", err)
	}
	restoreAndCheck(t, s, path, all)
}

func TestAnotherLogInItsPlace(t *testing.T) {
	one, other := filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "other")
	filled(t, one, 5)
	filled(t, other, 6)
	tree := filepath.Join("jetstream", "$G", "streams", "ES")
	if err := os.RemoveAll(filepath.Join(one, tree)); err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(one, tree), os.DirFS(filepath.Join(other, tree))); err != nil {
		t.Fatal(err)
	}
	if _, err := reopened(t, one); !errors.Is(err, events.ErrDamaged) {
		t.Errorf("opened with %v", err)
	}
}

func TestALogThatIsNotSetUpToKeep(t *testing.T) {
	good := jetstream.StreamConfig{Name: "ES", Subjects: []string{"es.>"}, DenyDelete: true, DenyPurge: true, AllowDirect: true}
	for name, spoil := range map[string]func(*jetstream.StreamConfig){
		"may be deleted from": func(c *jetstream.StreamConfig) { c.DenyDelete = false },
		"may be purged":       func(c *jetstream.StreamConfig) { c.DenyPurge = false },
		"has a limit":         func(c *jetstream.StreamConfig) { c.MaxMsgs = 10 },
		"ages":                func(c *jetstream.StreamConfig) { c.MaxAge = time.Hour },
		"in memory":           func(c *jetstream.StreamConfig) { c.Storage = jetstream.MemoryStorage },
		"no direct reading":   func(c *jetstream.StreamConfig) { c.AllowDirect = false },
		"other subjects":      func(c *jetstream.StreamConfig) { c.Subjects = []string{"es.>", "more"} },
		"":                    func(*jetstream.StreamConfig) {},
	} {
		s := start(t, t.TempDir()) // each its own: a stream that is deleted lingers
		js, err := jetstream.New(s.Conn())
		if err != nil {
			t.Fatal(err)
		}
		c := good
		spoil(&c)
		if _, err := js.CreateStream(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if _, err := natslog.Open(t.Context(), s.Conn(), natslog.Guard{}); errors.Is(err, natslog.ErrUnsafe) != (name != "") {
			t.Errorf("a stream that is %q: %v", name, err)
		}
	}
}

func TestAnAuditNamesEveryDamagedPlace(t *testing.T) {
	s := start(t, t.TempDir())
	l := open(t, s, natslog.Guard{})
	h := logtest.Fill(t, l, events.Case("GLO-26-0001"), 4, "a note")
	js, err := jetstream.New(s.Conn())
	if err != nil {
		t.Fatal(err)
	}
	put := func(subject string, stored []byte) {
		if _, err := js.Publish(t.Context(), subject, stored); err != nil {
			t.Fatal(err)
		}
	}
	next := logtest.Next(t, h[3].Aggregate, h[3], "x", "a note")
	put("es.case.GLO-26-0001", bytes.Replace(next.Stored, []byte("a note"), []byte("A note"), 1)) // 5
	put("es.case.GLO-26-0002", next.Stored)                                                       // 6: another's, after one that does not read
	put("es.nonsense", []byte("{}"))                                                              // 7
	put("es.case.GLO-26-0001", next.Stored)                                                       // 8: twice
	put("es.case.GLO-26-0003", []byte(`{"schema":99}`))                                           // 9
	r := logtest.Audit(t, l)
	var at []uint64
	for _, f := range r.Findings {
		at = append(at, f.Position)
		t.Logf("%d %s %d: %s", f.Position, f.Aggregate, f.Version, f.Wrong)
	}
	if r.OK() || !slices.Equal(slices.Compact(at), []uint64{5, 6, 7, 8, 9}) || r.Commits != 6 || r.Last != 9 {
		t.Errorf("the audit says %+v", r)
	}
	if !errors.Is(r.Findings[len(r.Findings)-1].Err, events.ErrNewer) || !errors.Is(r.Err(), events.ErrDamaged) {
		t.Errorf("the errors are %v and %v", r.Findings[len(r.Findings)-1].Err, r.Err())
	}
	if _, err := l.Read(t.Context(), events.Case("GLO-26-0001"), 0); !errors.Is(err, events.ErrDamaged) || !strings.Contains(err.Error(), "position 5") {
		t.Errorf("reading: %v", err)
	}
	if err := l.Scan(t.Context(), 0, func(events.Recorded) error { return nil }); !errors.Is(err, events.ErrDamaged) || !strings.Contains(err.Error(), "position 5") {
		t.Errorf("scanning: %v", err)
	}
	if err := l.Scan(t.Context(), 8, func(events.Recorded) error { return nil }); !errors.Is(err, events.ErrNewer) {
		t.Errorf("scanning the last: %v", err)
	}
}

func TestACommitThatIsTooLarge(t *testing.T) {
	l := open(t, start(t, t.TempDir()), natslog.Guard{})
	c := logtest.Next(t, events.Directory(), events.Recorded{}, "x", strings.Repeat("practice ", 1<<20))
	if _, err := l.Append(t.Context(), c, 0); !errors.Is(err, natslog.ErrTooLarge) {
		t.Errorf("appended with %v", err)
	}
	if h, err := l.Read(t.Context(), events.Directory(), 0); err != nil || len(h) != 0 {
		t.Errorf("it left %d commits, %v", len(h), err)
	}
}

func TestAServerThatIsGone(t *testing.T) {
	s := start(t, t.TempDir())
	l := open(t, s, natslog.Guard{})
	h := logtest.Fill(t, l, events.Case("GLO-26-0001"), 2, "a note")
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(t.Context(), logtest.Next(t, h[1].Aggregate, h[1], "x", "lost"), 2); !errors.Is(err, casework.ErrUncertain) {
		t.Errorf("append: %v", err)
	}
	if _, err := l.Read(t.Context(), h[1].Aggregate, 0); !errors.Is(err, natslog.ErrUnavailable) {
		t.Errorf("read: %v", err)
	}
	if err := l.Scan(t.Context(), 0, func(events.Recorded) error { return nil }); !errors.Is(err, natslog.ErrUnavailable) {
		t.Errorf("scan: %v", err)
	}
}

func write(t *testing.T, file string, holds []byte) {
	t.Helper()
	if err := os.WriteFile(file, holds, 0o600); err != nil {
		t.Fatal(err)
	}
}
