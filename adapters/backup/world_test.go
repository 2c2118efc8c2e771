package backup_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/google/uuid"

	"parley/adapters/backup"
	"parley/adapters/logtest"
	"parley/adapters/memlog"
	"parley/adapters/natsd"
	"parley/adapters/natslog"
	"parley/adapters/storedir"
	"parley/domain/calendar"
	"parley/events"
)

var (
	made  = time.Date(2026, 4, 1, 9, 0, 0, 0, time.UTC)
	taken = time.Date(2026, 11, 22, 10, 15, 0, 0, time.UTC)
	whose = backup.Store{LMC: "Gloucestershire LMC", Code: "GLO", Created: made}
)

// place is an open store: folder, server and log.
type place struct {
	dir    *storedir.Dir
	server *natsd.Server
	log    *natslog.Log
}

// identity is that of a store under a key; nil for a plain one.
func identity(k *natsd.Key) storedir.Identity {
	id := storedir.Identity{LMC: whose.LMC, Code: whose.Code, Actor: "sam", Created: whose.Created}
	if k != nil {
		id.Sealed = k.Seal()
	}
	return id
}

// begin makes a store in a new folder.
func begin(t testing.TB, path string, k *natsd.Key) *place {
	t.Helper()
	dir, err := storedir.Create(t.Context(), path, identity(k), storedir.Claim{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := run(t.Context(), dir, k)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// reopen opens a store that exists, as a command does.
func reopen(t testing.TB, path string, k *natsd.Key) *place {
	t.Helper()
	dir, err := storedir.Open(t.Context(), path, storedir.Claim{})
	if err != nil {
		t.Fatal(err)
	}
	p, err := run(t.Context(), dir, k)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// filling is for a server whose store is being filled.
func filling(c *natsd.Config) { c.Filling = true }

// run starts the server of a folder and opens the log.
func run(ctx context.Context, dir *storedir.Dir, k *natsd.Key, how ...func(*natsd.Config)) (*place, error) {
	config := natsd.Config{Dir: dir.Path(), Name: "test", Key: k, Sealed: dir.Identity().Sealed}
	for _, set := range how {
		set(&config)
	}
	if err := config.Check(); err != nil {
		return nil, err
	}
	if copied, err := dir.BeforeOpen(); err != nil || len(copied.Contradicts) > 0 {
		return nil, fmt.Errorf("the copy of the log: %v, %w", copied.Contradicts, err)
	}
	s, err := natsd.Start(ctx, config)
	if err != nil {
		return nil, err
	}
	l, err := natslog.Open(ctx, s.Conn(), natslog.Guard{
		Existed: dir.Identity().StreamCreated, Mark: natslog.Mark(dir.Mark()), Begun: dir.MarkStreamCreated, Alive: s.Alive(),
	})
	return &place{dir, s, l}, err
}

// close puts the store away, with its mark and copy up to date.
func (p *place) close(t testing.TB) {
	t.Helper()
	for _, err := range []error{p.dir.SetMark(storedir.Mark(p.log.Seen())), p.server.Stop()} {
		if err != nil {
			t.Error(err)
		}
	}
	if copied, err := p.dir.KeepUp(); err != nil || len(copied.Contradicts) > 0 {
		t.Errorf("the copy of the log: %v, %v", copied.Contradicts, err)
	}
	if err := p.dir.Close(); err != nil {
		t.Error(err)
	}
}

// request asks for a backup of a log up to its end.
func (p *place) request(t testing.TB, folder string) backup.Request {
	t.Helper()
	last, err := p.log.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	bytes, err := p.dir.LogBytes()
	if err != nil {
		t.Fatal(err)
	}
	return backup.Request{
		Store: whose, UpTo: backup.Mark(last), Folder: folder, Now: taken, Program: "parley test",
		LogBytes: bytes, Free: storedir.FreeBytes,
	}
}

// take takes a backup and fails the test if that fails.
func take(t testing.TB, log backup.Source, r backup.Request) backup.Taken {
	t.Helper()
	made, err := backup.Take(t.Context(), log, r)
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// restore makes a store of a backup in a new folder, as the verb is to do it.
func restore(ctx context.Context, file, path string, ids []age.Identity, k *natsd.Key, progress func(done, of uint64)) (backup.Report, error) {
	h, err := backup.Inspect(ctx, file)
	if err != nil {
		return backup.Report{}, err
	}
	id := storedir.Identity{LMC: h.Store.LMC, Code: h.Store.Code, Rehearsal: h.Store.Rehearsal, Created: h.Store.Created, Actor: "sam"}
	if k != nil {
		id.Sealed = k.Seal()
	}
	dir, err := storedir.Fill(ctx, path, id, storedir.Claim{}, storedir.Filling{From: file, Began: taken})
	if err != nil {
		return backup.Report{}, err
	}
	defer func() { _ = dir.Close() }()
	p, err := run(ctx, dir, k, filling)
	if err != nil {
		return backup.Report{}, err
	}
	r, err := backup.Restore(ctx, file, ids, p.log, progress)
	if stopped := p.server.Stop(); err == nil {
		err = stopped
	}
	if err != nil {
		return r, err
	}
	return r, dir.Filled(storedir.Mark(h.To))
}

// stored returns everything that a log holds.
func stored(t testing.TB, log backup.Source) []events.Placed {
	t.Helper()
	var all []events.Placed
	if _, err := log.ScanStored(t.Context(), 0, func(p events.Placed) error {
		all = append(all, p)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// mustEqual compares two logs byte by byte.
func mustEqual(t testing.TB, got, want []events.Placed) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d commits, not %d", len(got), len(want))
	}
	for i, w := range want {
		if got[i].Position != w.Position || got[i].Aggregate != w.Aggregate || string(got[i].Stored) != string(w.Stored) {
			t.Fatalf("position %d has %d bytes of %s, not %d bytes of %s", w.Position, len(got[i].Stored), got[i].Aggregate, len(w.Stored), w.Aggregate)
		}
	}
}

// small returns a log in memory with a few commits in three lines, and a request for it.
func small(t testing.TB, folder string) (*memlog.Log, backup.Request) {
	t.Helper()
	l := memlog.New()
	for i, n := range []int{4, 1, 2} {
		logtest.Fill(t, l, events.Case(fmt.Sprintf("GLO-26-%04d", i+1)), n, "the practice waits")
	}
	return l, upTo(t, l, folder)
}

// upTo asks for a backup of a log in memory.
func upTo(t testing.TB, l *memlog.Log, folder string) backup.Request {
	t.Helper()
	r := backup.Request{Store: whose, Folder: folder, Now: taken, Program: "parley test", Free: storedir.FreeBytes}
	if all := stored(t, l); len(all) > 0 {
		last := all[len(all)-1]
		c, err := events.Decode(last.Stored)
		if err != nil {
			t.Fatal(err)
		}
		r.UpTo = backup.Mark{Position: last.Position, Hash: c.Hash}
	}
	return r
}

// keyPair returns an identity of age and its recipient.
func keyPair(t testing.TB) (*age.X25519Identity, []age.Recipient) {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id, []age.Recipient{id.Recipient()}
}

// only fails the test unless the folder holds these files and no others.
func only(t testing.TB, folder string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(names, " ") {
		t.Errorf("%s has %q, not %q", filepath.Base(folder), got, names)
	}
}

// endless is a long log that is made up as it is read: so many commits in lines
// of twenty. It holds nothing but the line that is under way.
type endless struct{ commits uint64 }

func (e endless) ScanStored(ctx context.Context, after uint64, f func(events.Placed) error) (uint64, error) {
	var last events.Commit
	for position := after - after%20 + 1; position <= e.commits; position++ {
		c, err := e.at(position, last)
		if err != nil {
			return 0, err
		}
		last = c.Commit
		if position <= after {
			continue
		}
		if err := f(events.Placed{Position: position, Aggregate: c.Aggregate, Stored: c.Stored}); err != nil {
			return 0, err
		}
	}
	return e.commits, ctx.Err()
}

func (e endless) at(position uint64, last events.Commit) (events.Sealed, error) {
	version := int((position-1)%20) + 1
	c := events.Commit{
		Command:   uuid.NewSHA1(uuid.Nil, fmt.Appendf(nil, "%d", position)),
		Aggregate: events.Case(fmt.Sprintf("GLO-26-%04d", (position-1)/20+1)),
		Version:   version, Actor: "filler", RecordedAt: made.Add(time.Duration(position) * time.Second),
		Facts: []events.Fact{{On: calendar.On(2026, 4, 1), Event: events.NoteAdded{Text: fmt.Sprintf("the practice asked the board for an answer by letter no. %d, and waits", position)}}},
	}
	if version > 1 {
		c.Previous = last.Hash
	}
	return events.Seal(c)
}

// end returns the last commit of an endless log.
func (e endless) end(t testing.TB) backup.Mark {
	t.Helper()
	var stored []byte
	if _, err := e.ScanStored(t.Context(), e.commits-1, func(p events.Placed) error { stored = p.Stored; return nil }); err != nil {
		t.Fatal(err)
	}
	c, err := events.Decode(stored)
	if err != nil {
		t.Fatal(err)
	}
	return backup.Mark{Position: e.commits, Hash: c.Hash}
}
