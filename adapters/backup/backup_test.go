package backup_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"filippo.io/age"

	"parley/adapters/backup"
	"parley/adapters/logtest"
	"parley/adapters/memlog"
	"parley/adapters/natsd"
	"parley/domain/casework"
	"parley/events"
)

// TestBackupWhileItIsWritten: backups that are taken while four writers append
// hold what was there when they were begun, and restore to the same log in
// another folder and in an encrypted one.
func TestBackupWhileItIsWritten(t *testing.T) {
	root, folder := t.TempDir(), t.TempDir()
	p := begin(t, filepath.Join(root, "store"), nil)
	stop := make(chan struct{})
	var writers sync.WaitGroup
	for w := range 4 {
		writers.Go(func() { write(t, p, events.Case(fmt.Sprintf("GLO-26-%04d", w+1)), stop) })
	}
	id, recipients := keyPair(t)
	var backups []backup.Taken
	for i := range 4 {
		awaitCommits(t, p, uint64(100*(i+1)))
		r := p.request(t, folder)
		r.Now = taken.Add(time.Duration(i) * time.Second)
		if i%2 == 1 {
			r.Recipients = recipients
		}
		if i == 3 {
			r.Identities = []age.Identity{id}
		}
		b := take(t, p.log, r)
		if b.Report.Header.To != r.UpTo || uint64(b.Report.Log.Commits) != r.UpTo.Position || b.ReadBack != (i != 1) {
			t.Errorf("backup %d: %+v", i, b)
		}
		backups = append(backups, b)
	}
	close(stop)
	writers.Wait()
	all := stored(t, p.log)
	p.close(t)
	for i, b := range backups {
		want := all[:b.Report.Header.To.Position]
		var k *natsd.Key
		if i >= 2 {
			k = natsd.NewKey()
		}
		path := filepath.Join(root, fmt.Sprint("restored-", i))
		if _, err := restore(t.Context(), b.Path, path, []age.Identity{id}, k, nil); err != nil {
			t.Fatal(err)
		}
		mustBeTheSameStore(t, path, k, want)
	}
}

// write appends to one case until it is told to stop.
func write(t *testing.T, p *place, a events.Aggregate, stop <-chan struct{}) {
	var last events.Recorded
	for {
		select {
		case <-stop:
			return
		default:
		}
		c := logtest.Next(t, a, last, "writer", strings.Repeat("a note ", last.Version%50))
		position, err := p.log.Append(t.Context(), c, last.Position)
		if err != nil {
			t.Errorf("%s: %v", a, err)
			return
		}
		last = events.Recorded{Commit: c.Commit, Position: position}
	}
}

func awaitCommits(t *testing.T, p *place, n uint64) {
	t.Helper()
	for p.log.Seen().Position < n {
		if t.Failed() {
			t.FailNow()
		}
		time.Sleep(time.Millisecond)
	}
}

// mustBeTheSameStore opens a restored store as a command would: it holds these
// commits, its audit finds nothing, commands that it knows are not recorded
// twice, and work goes on.
func mustBeTheSameStore(t *testing.T, path string, k *natsd.Key, want []events.Placed) {
	t.Helper()
	p := reopen(t, path, k)
	defer p.close(t)
	mustEqual(t, stored(t, p.log), want)
	if r := logtest.Audit(t, p.log); !r.OK() || r.Commits != len(want) {
		t.Errorf("the audit says %+v", r)
	}
	last := want[len(want)-1]
	c, err := events.Decode(last.Stored)
	if err != nil {
		t.Fatal(err)
	}
	h, err := p.log.Read(t.Context(), c.Aggregate, 0)
	if err != nil {
		t.Fatal(err)
	}
	before := uint64(0)
	if len(h) > 1 {
		before = h[len(h)-2].Position
	}
	position, err := p.log.Append(t.Context(), events.Sealed{Commit: c, Stored: last.Stored}, before)
	if !errors.Is(err, casework.ErrConflict) && position != last.Position {
		t.Errorf("a command that was restored, once more: %d, %v", position, err)
	}
	next := logtest.Next(t, c.Aggregate, h[len(h)-1], "sam", "on we go")
	position, err = p.log.Append(t.Context(), next, last.Position)
	if err != nil || position != last.Position+1 {
		t.Errorf("the next commit: %d, %v", position, err)
	}
}

func TestAnEmptyLog(t *testing.T) {
	folder := t.TempDir()
	made := take(t, memlog.New(), upTo(t, memlog.New(), folder))
	only(t, folder, "parley-GLO-20261122T101500Z-p000000.backup")
	into := memlog.New()
	if r, err := backup.Restore(t.Context(), made.Path, nil, into, nil); err != nil || r.Log.Commits != 0 || !r.Read {
		t.Errorf("%+v, %v", r, err)
	}
}

func TestTakeRefuses(t *testing.T) {
	folder := t.TempDir()
	l, good := small(t, folder)
	for name, c := range map[string]struct {
		spoil func(*backup.Request)
		want  error
	}{
		"a code that no name can hold": {func(r *backup.Request) { r.Store.Code = "../x" }, nil},
		"no time":                      {func(r *backup.Request) { r.Now = time.Time{} }, nil},
		"a position without a hash":    {func(r *backup.Request) { r.UpTo.Hash = events.Hash{} }, nil},
		"beyond the end":               {func(r *backup.Request) { r.UpTo.Position = 9 }, events.ErrDamaged},
		"another last commit":          {func(r *backup.Request) { r.UpTo.Hash[0]++ }, events.ErrDamaged},
		"another last commit, encrypted to others": {func(r *backup.Request) {
			r.UpTo.Hash[0]++
			_, r.Recipients = keyPair(t)
		}, events.ErrDamaged},
		"an identity that is not among the recipients": {func(r *backup.Request) {
			_, r.Recipients = keyPair(t)
			id, _ := keyPair(t)
			r.Identities = []age.Identity{id}
		}, backup.ErrWrongIdentity},
		"no such folder":  {func(r *backup.Request) { r.Folder = filepath.Join(folder, "none") }, os.ErrNotExist},
		"too little room": {func(r *backup.Request) { r.LogBytes = 1 << 60 }, nil},
	} {
		r := good
		c.spoil(&r)
		_, err := backup.Take(t.Context(), l, r)
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if full, is := errors.AsType[*backup.FullError](err); is != (name == "too little room") || is && full.Needed < 1<<58 {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && (!strings.HasPrefix(err.Error(), "no backup was made in "+r.Folder+": ") || strings.Contains(err.Error(), ".partial-")) {
			t.Errorf("%s: it says %q", name, err)
		}
		only(t, folder)
	}
	take(t, l, good)
	if _, err := backup.Take(t.Context(), l, good); !errors.Is(err, backup.ErrExists) {
		t.Errorf("twice in a second: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	good.Now = good.Now.Add(time.Second)
	if _, err := backup.Take(ctx, l, good); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	only(t, folder, "parley-GLO-20261122T101500Z-p000007.backup")
}

// meanwhile is a log whose reading something comes between, in the middle.
type meanwhile struct {
	*memlog.Log
	do func()
}

func (m meanwhile) ScanStored(ctx context.Context, after uint64, f func(events.Placed) error) (uint64, error) {
	return m.Log.ScanStored(ctx, after, func(p events.Placed) error {
		if p.Position == 4 {
			m.do()
		}
		return f(p)
	})
}

// TestTwoBackupsOfOneName: whoever is done first has it, and nothing is
// overwritten, whether the name is the backup's own or was given.
func TestTwoBackupsOfOneName(t *testing.T) {
	for _, name := range []string{"", "same.backup"} {
		folder := t.TempDir()
		l, r := small(t, folder)
		r.Name = name
		var first backup.Taken
		_, err := backup.Take(t.Context(), meanwhile{l, func() { first = take(t, l, r) }}, r)
		if !errors.Is(err, backup.ErrExists) || first.Path != r.Path() {
			t.Errorf("%q: the first made %q, and the second %v", name, first.Path, err)
		}
		only(t, folder, filepath.Base(r.Path()))
	}
}

// TestAFolderThatGoes while a backup is written: there is none, and it is not
// named as it was called meanwhile.
func TestAFolderThatGoes(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "stick")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	l, r := small(t, folder)
	_, err := backup.Take(t.Context(), meanwhile{l, func() { _ = os.RemoveAll(folder) }}, r)
	if !errors.Is(err, os.ErrNotExist) || !strings.HasPrefix(err.Error(), "no backup was made in "+folder+": ") ||
		strings.Contains(err.Error(), ".partial-") || !strings.Contains(err.Error(), r.Path()) {
		t.Errorf("it says %v", err)
	}
}

// spoiled is a log in which one position does not hold what was written.
type spoiled struct {
	*memlog.Log
	at   uint64
	with func([]byte) []byte // nil: nothing stands there
}

func (s spoiled) ScanStored(ctx context.Context, after uint64, f func(events.Placed) error) (uint64, error) {
	return s.Log.ScanStored(ctx, after, func(p events.Placed) error {
		if p.Position == s.at {
			if s.with == nil {
				return nil
			}
			p.Stored = s.with(p.Stored)
		}
		return f(p)
	})
}

// TestADamagedLogIsNotBackedUp: what is wrong with it is named, and no file is left.
func TestADamagedLogIsNotBackedUp(t *testing.T) {
	folder := t.TempDir()
	l, plain := small(t, folder)
	toOthers := plain
	_, toOthers.Recipients = keyPair(t)
	for name, s := range map[string]spoiled{
		"a flipped byte":   {l, 3, func(b []byte) []byte { return []byte(strings.Replace(string(b), "waits", "waitz", 1)) }},
		"a missing commit": {l, 3, nil},
		"a missing end":    {l, 7, nil},
	} {
		for _, r := range []backup.Request{plain, toOthers} {
			_, err := backup.Take(t.Context(), s, r)
			if !errors.Is(err, events.ErrDamaged) || errors.Is(err, backup.ErrDamaged) || !strings.Contains(err.Error(), fmt.Sprint(s.at)) {
				t.Errorf("%s: %v", name, err)
			}
			only(t, folder)
		}
	}
}

func TestRestoreRefuses(t *testing.T) {
	folder := t.TempDir()
	l, r := small(t, folder)
	plain := take(t, l, r)
	id, recipients := keyPair(t)
	r.Recipients = recipients
	locked := take(t, l, r)
	stranger, _ := keyPair(t)
	full := memlog.New()
	logtest.Fill(t, full, events.Case("GLO-26-0009"), 1, "somebody's work")
	for name, c := range map[string]struct {
		file string
		ids  []age.Identity
		into backup.Log
		want error
	}{
		"into a log":     {plain.Path, nil, full, backup.ErrNotEmpty},
		"no identity":    {locked.Path, nil, memlog.New(), backup.ErrNeedsIdentity},
		"wrong identity": {locked.Path, []age.Identity{stranger}, memlog.New(), backup.ErrWrongIdentity},
		"no file":        {filepath.Join(folder, "none"), nil, memlog.New(), os.ErrNotExist},
		"a folder":       {folder, nil, memlog.New(), backup.ErrNotABackup},
	} {
		before := len(stored(t, c.into))
		if _, err := backup.Restore(t.Context(), c.file, c.ids, c.into, nil); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if after := len(stored(t, c.into)); after != before {
			t.Errorf("%s: %d commits were appended", name, after-before)
		}
	}
	if _, err := backup.Restore(t.Context(), locked.Path, []age.Identity{stranger, id}, memlog.New(), nil); err != nil {
		t.Errorf("with one of two identities: %v", err)
	}
}

// faithless is a log that forgets, gives other positions, or is not sure.
type faithless struct {
	*memlog.Log
	unsure  int  // appends that are stored, and said not to be known
	clash   int  // appends that are stored, and said to be in conflict
	lost    int  // appends that are not stored, and said not to be known
	wrong   bool // positions are one too high
	altered bool // what is read is not what was stored
}

func (f *faithless) Append(ctx context.Context, c events.Sealed, expect uint64) (uint64, error) {
	if f.lost > 0 {
		f.lost--
		return 0, casework.ErrUncertain
	}
	position, err := f.Log.Append(ctx, c, expect)
	if err == nil && f.unsure > 0 {
		f.unsure--
		return 0, casework.ErrUncertain
	}
	if err == nil && f.clash > 0 {
		f.clash--
		return 0, casework.ErrConflict
	}
	if f.wrong {
		position++
	}
	return position, err
}

func (f *faithless) ScanStored(ctx context.Context, after uint64, g func(events.Placed) error) (uint64, error) {
	return f.Log.ScanStored(ctx, after, func(p events.Placed) error {
		if f.altered && p.Position == 3 {
			p.Stored = append([]byte(" "), p.Stored...)
		}
		return g(p)
	})
}

// TestRestoreIntoAnUncertainLog: as in a cluster whose leader changes meanwhile.
func TestRestoreIntoAnUncertainLog(t *testing.T) {
	l, r := small(t, t.TempDir())
	made := take(t, l, r)
	for name, c := range map[string]struct {
		into *faithless
		want error
	}{
		"stored, but not known":               {&faithless{Log: memlog.New(), unsure: 3}, nil},
		"stored, and in conflict with itself": {&faithless{Log: memlog.New(), clash: 3}, nil},
		"not stored, and not known":           {&faithless{Log: memlog.New(), lost: 3}, nil},
		"never known":                         {&faithless{Log: memlog.New(), lost: 1000}, casework.ErrUncertain},
		"other positions":                     {&faithless{Log: memlog.New(), wrong: true}, backup.ErrNotRestored},
		"other bytes":                         {&faithless{Log: memlog.New(), altered: true}, backup.ErrNotRestored},
	} {
		synctest.Test(t, func(t *testing.T) { // it waits between its attempts
			_, err := backup.Restore(t.Context(), made.Path, nil, c.into, nil)
			if !errors.Is(err, c.want) {
				t.Errorf("%s: %v", name, err)
			}
			if c.want == nil {
				mustEqual(t, stored(t, c.into), stored(t, l))
			}
		})
	}
}

func TestCompare(t *testing.T) {
	folder := t.TempDir()
	a := events.Case("GLO-26-0001")
	l := memlog.New()
	h := logtest.Fill(t, l, a, 5, "a note")
	made := take(t, l, upTo(t, l, folder))
	same := func() *memlog.Log {
		into := memlog.New()
		if _, err := backup.Restore(t.Context(), made.Path, nil, into, nil); err != nil {
			t.Fatal(err)
		}
		return into
	}
	ahead := same()
	last := h[4]
	for range 3 {
		c := logtest.Next(t, a, last, "sam", "more")
		position, err := ahead.Append(t.Context(), c, last.Position)
		if err != nil {
			t.Fatal(err)
		}
		last = events.Recorded{Commit: c.Commit, Position: position}
	}
	other := memlog.New()
	logtest.Fill(t, other, a, 2, "another store")
	behind := memlog.New()
	for _, p := range stored(t, l)[:2] {
		c, err := events.Decode(p.Stored)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := behind.Append(t.Context(), events.Sealed{Commit: c, Stored: p.Stored}, p.Position-1); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		present                     backup.Source
		last, same, gained, lost    uint64
		firstOfTheLost, lastOfThose time.Time
	}{
		"no store":           {nil, 0, 0, 5, 0, time.Time{}, time.Time{}},
		"the same":           {same(), 5, 5, 0, 0, time.Time{}, time.Time{}},
		"one that went on":   {ahead, 8, 5, 0, 3, h[4].RecordedAt.Add(time.Second), last.RecordedAt},
		"one that is behind": {behind, 2, 2, 3, 0, time.Time{}, time.Time{}},
		"another":            {other, 2, 0, 5, 2, h[0].RecordedAt, h[1].RecordedAt},
		"a damaged one":      {spoiled{ahead, 4, func([]byte) []byte { return []byte("{") }}, 8, 3, 2, 5, h[4].RecordedAt, last.RecordedAt},
		"one with a gap":     {spoiled{ahead, 4, nil}, 8, 3, 2, 4, h[4].RecordedAt, last.RecordedAt},
	} {
		got, err := backup.Compare(t.Context(), made.Path, nil, c.present)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got.Present != c.last || got.Same != c.same || got.Gained != c.gained || got.Lost != c.lost || got.LostFrom != c.firstOfTheLost || got.LostTo != c.lastOfThose {
			t.Errorf("%s: %+v", name, got)
		}
		if got.Report.Last != h[4].RecordedAt || got.Report.Log.Commits != 5 {
			t.Errorf("%s: of the backup %+v", name, got.Report)
		}
	}
}

func TestNames(t *testing.T) {
	n := backup.Name{Code: "GLO", Taken: taken, Position: 123, Encrypted: true}
	if got := n.String(); got != "parley-GLO-20261122T101500Z-p000123.backup.age" {
		t.Errorf("it is called %s", got)
	}
	for _, good := range []string{
		"parley-GLO-20261122T101500Z-p000123.backup", "parley-GLO-20261122T101500Z-p000000.backup.age", "parley-BUCKS-20280229T235959Z-p12400000.backup",
	} {
		if n, err := backup.ParseName(good); err != nil || n.String() != good {
			t.Errorf("%s is read as %s, %v", good, n, err)
		}
	}
	for _, bad := range []string{
		"", "parley", "parley-GLO-20261122T101500Z-p000123.backup.gpg", "parley-GLO-20261122T101500Z-p000123.backup.partial-1",
		"parley-glo-20261122T101500Z-p000123.backup", "parley-GLO-20261322T101500Z-p000123.backup", "parley-GLO-20261122T101500Z-p123.backup",
		"parley-GLO-20261122T101500Z-p0000123.backup", "parley-GLO-20261122T101500-p000123.backup", "x-parley-GLO-20261122T101500Z-p000123.backup",
		"parley-GLO-20261122T101500Z-p9999999999999999999.backup.age\n", "parley-GLO-20261122T101500Z-p99999999999999999999.backup", "parley-GLO-20260229T101500Z-p000123.backup",
	} {
		if n, err := backup.ParseName(bad); !errors.Is(err, backup.ErrNotABackup) {
			t.Errorf("%q is read as %s, %v", bad, n, err)
		}
	}
}

func TestRecipientsAndIdentities(t *testing.T) {
	dir := t.TempDir()
	id, _ := keyPair(t)
	second, _ := keyPair(t)
	file := func(name, holds string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(holds), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	list := file("recipients.txt", "# the office\n"+second.Recipient().String()+"\n")
	secret := file("identity.txt", "# created\n"+id.String()+"\n")
	to, err := backup.Recipients([]string{id.Recipient().String(), list})
	if err != nil || len(to) != 2 {
		t.Errorf("%d recipients, %v", len(to), err)
	}
	ids, err := backup.Identities([]string{secret})
	if err != nil || len(ids) != 1 {
		t.Errorf("%d identities, %v", len(ids), err)
	}
	for _, bad := range []string{filepath.Join(dir, "none"), file("bad", "age1nonsense\n"), file("empty", ""), "age1nonsense", secret, "", id.String(), strings.ToLower(id.String())} {
		if _, err := backup.Recipients([]string{bad}); !errors.Is(err, backup.ErrRecipients) || strings.Contains(strings.ToUpper(err.Error()), "SECRET-KEY") {
			t.Errorf("to %s: %v", bad, err)
		}
	}
	for _, bad := range []string{filepath.Join(dir, "none"), file("bad-id", "AGE-SECRET-KEY-1NONSENSE\n"), list, "", id.String()} {
		if _, err := backup.Identities([]string{bad}); !errors.Is(err, backup.ErrRecipients) || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("with %s: %v", bad, err)
		}
	}
}
