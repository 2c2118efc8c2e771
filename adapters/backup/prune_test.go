package backup_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // this machine may have no time zones of its own

	"parley/adapters/backup"
)

// london is where days begin and end.
func london(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// takeAt takes a small backup of a store at each of these moments, and returns
// the files' names.
func takeAt(t *testing.T, folder string, of backup.Store, moments ...time.Time) (names []string) {
	t.Helper()
	l, r := small(t, folder)
	r.Store = of
	for _, r.Now = range moments {
		names = append(names, filepath.Base(take(t, l, r).Path))
	}
	return names
}

// after asks for what is done after that backup was made.
func after(t *testing.T, folder, name string, p backup.Policy) backup.PruneRequest {
	t.Helper()
	h, err := backup.Inspect(t.Context(), filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	return backup.PruneRequest{Folder: folder, Made: h, Policy: p, Now: h.Taken, Files: h.Taken, Zone: time.UTC}
}

func spoil(t *testing.T, folder, name string) {
	t.Helper()
	path := filepath.Join(folder, name)
	data, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, at(len(data)-100)(data), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func listed(t *testing.T, folder string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// bases returns the names of files, sorted.
func bases(paths []string) (names []string) {
	for _, p := range paths {
		names = append(names, filepath.Base(p))
	}
	slices.Sort(names)
	return names
}

func hourly(from time.Time, n int, step time.Duration) (moments []time.Time) {
	for i := range n {
		moments = append(moments, from.Add(time.Duration(i)*step))
	}
	return moments
}

// TestPruneKeepsWhatThePolicySays: two backups a day for sixty days.
func TestPruneKeepsWhatThePolicySays(t *testing.T) {
	folder := t.TempDir()
	all := takeAt(t, folder, whose, hourly(time.Date(2026, 9, 1, 7, 0, 0, 0, time.UTC), 120, 12*time.Hour)...)
	r := after(t, folder, all[len(all)-1], backup.Policy{Last: 3, Daily: 4, Weekly: 3, Monthly: 6})
	r.Zone, r.DryRun = london(t), true
	if err := os.Remove(filepath.Join(folder, all[len(all)-1])); err != nil { // which a dry run supposes
		t.Fatal(err)
	}
	would, err := backup.Prune(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if got := listed(t, folder); !slices.Equal(got, all[:len(all)-1]) {
		t.Errorf("a dry run left %d of %d", len(got), len(all)-1)
	}
	takeAt(t, folder, whose, r.Made.Taken)
	r.DryRun = false
	did, err := backup.Prune(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(did.Deleted, would.Deleted) || len(did.Doubtful)+len(did.Leavings) > 0 {
		t.Errorf("it deleted %d, and said it would delete %d", len(did.Deleted), len(would.Deleted))
	}
	var got []string
	for _, k := range did.Kept {
		name := strings.TrimSuffix(strings.TrimPrefix(filepath.Base(k.Path), "parley-GLO-2026"), "Z-p000007.backup")
		got = append(got, name+" "+strings.Join(k.Why, ","))
	}
	want := []string{
		"1030T190000 newest,last,daily,weekly,monthly", // a Friday, the last of the sixty days
		"1030T070000 last",
		"1029T190000 last,daily",
		"1028T190000 daily",
		"1027T190000 daily",
		"1025T190000 weekly", // the Sundays before
		"1018T190000 weekly",
		"0930T190000 monthly",
	}
	if !slices.Equal(got, want) {
		t.Errorf("it kept\n%s\nnot\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if left := listed(t, folder); len(left) != len(want) {
		t.Errorf("%d are left", len(left))
	}
	again, err := backup.Prune(t.Context(), r)
	if err != nil || len(again.Deleted) != 0 {
		t.Errorf("once more: %d deleted, %v", len(again.Deleted), err)
	}
}

// TestDaysAreThoseOfEngland: half past midnight in summer is the day before in UTC.
func TestDaysAreThoseOfEngland(t *testing.T) {
	folder := t.TempDir()
	names := takeAt(t, folder, whose, time.Date(2026, 7, 1, 22, 30, 0, 0, time.UTC), time.Date(2026, 7, 1, 23, 30, 0, 0, time.UTC))
	r := after(t, folder, names[1], backup.Policy{Daily: 2})
	r.Zone = london(t)
	done, err := backup.Prune(t.Context(), r)
	if err != nil || len(done.Deleted) != 0 || len(done.Kept) != 2 {
		t.Errorf("of %v it deleted %v: %v", names, done.Deleted, err)
	}
}

// TestPruneIsOfOneStore: what else lies in the folder is another LMC's, or a
// rehearsal's, or of a store that was begun afresh, and is theirs to keep; the
// same goes for what they never finished.
func TestPruneIsOfOneStore(t *testing.T) {
	folder := t.TempDir()
	dorset, rehearsal, afresh := whose, whose, whose
	dorset.Code, dorset.LMC = "DOR", "Dorset LMC"
	rehearsal.Rehearsal = true
	afresh.Created = made.AddDate(0, 0, 1)
	var theirs []string
	for i, store := range []backup.Store{dorset, rehearsal, afresh} {
		theirs = append(theirs, takeAt(t, folder, store, hourly(taken.Add(time.Duration(10+i)*time.Minute), 3, time.Hour)...)...)
	}
	spoil(t, folder, theirs[8]) // whose it is can still be read
	for _, at := range []int{0, 3} {
		theirs = append(theirs, unfinished(t, folder, theirs[at]))
	}
	renamed := whose
	renamed.LMC = "Gloucestershire Local Medical Committee"
	mine := append(takeAt(t, folder, whose, hourly(taken, 2, time.Hour)...), takeAt(t, folder, renamed, hourly(taken.Add(2*time.Hour), 2, time.Hour)...)...)
	left := unfinished(t, folder, mine[0])
	done, err := backup.Prune(t.Context(), after(t, folder, mine[3], backup.Policy{Last: 1}))
	if err != nil || len(done.Doubtful) > 0 {
		t.Errorf("%v, %v", done.Doubtful, err)
	}
	if got := bases(done.Deleted); !slices.Equal(got, mine[:3]) {
		t.Errorf("it deleted %v", got)
	}
	if got := bases(done.Leavings); !slices.Equal(got, []string{left}) {
		t.Errorf("it cleared away %v", got)
	}
	want := append(theirs, mine[3])
	slices.Sort(want)
	only(t, folder, want...)
}

// unfinished leaves what a backup that was killed a year ago would have left of
// the one of that name, and returns its name.
func unfinished(t *testing.T, folder, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(folder, name))
	if err != nil {
		t.Fatal(err)
	}
	name += ".partial-123"
	path, then := filepath.Join(folder, name), taken.AddDate(-1, 0, 0)
	if err := errors.Join(os.WriteFile(path, data[:len(data)/2], 0o600), os.Chtimes(path, then, then)); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestPruneChecksEachFile: one that is damaged counts for nothing, old or new, and
// is left for a person, also where it would be deleted.
func TestPruneChecksEachFile(t *testing.T) {
	folder := t.TempDir()
	old := takeAt(t, folder, whose, hourly(taken, 6, time.Hour)...)
	for _, i := range []int{0, 2, 4} {
		spoil(t, folder, old[i])
	}
	done, err := backup.Prune(t.Context(), after(t, folder, old[5], backup.Policy{Last: 2}))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := bases(done.Deleted), []string{old[1]}; !slices.Equal(got, want) {
		t.Errorf("it deleted %v, not %v", got, want)
	}
	only(t, folder, old[0], old[2], old[3], old[4], old[5])
	var doubtful []string
	for _, d := range done.Doubtful {
		doubtful = append(doubtful, d.Path)
		if !errors.Is(d.Err, backup.ErrDamaged) {
			t.Errorf("%s: %v", d.Path, d.Err)
		}
	}
	if got, want := bases(doubtful), []string{old[0], old[2], old[4]}; !slices.Equal(got, want) {
		t.Errorf("it doubts %v, not %v", got, want)
	}
}

// TestPruneOfADamagedDay: of two backups of a month the sound one is kept.
func TestPruneOfADamagedDay(t *testing.T) {
	folder := t.TempDir()
	old := takeAt(t, folder, whose, taken.AddDate(0, -2, -1), taken.AddDate(0, -2, 0), taken)
	spoil(t, folder, old[1])
	done, err := backup.Prune(t.Context(), after(t, folder, old[2], backup.Policy{Last: 1, Monthly: 2}))
	if err != nil || len(done.Deleted) > 0 || len(done.Doubtful) != 1 {
		t.Errorf("it deleted %v and doubts %v: %v", done.Deleted, done.Doubtful, err)
	}
}

// TestPruneKeepsWhatWasJustMade, whatever is dated after it: by a clock that was a
// year ahead, or by another who takes one at the same time.
func TestPruneKeepsWhatWasJustMade(t *testing.T) {
	folder := t.TempDir()
	all := takeAt(t, folder, whose, taken, taken.Add(time.Hour), taken.Add(time.Hour+5*time.Second), taken.AddDate(1, 0, 0))
	done, err := backup.Prune(t.Context(), after(t, folder, all[1], backup.Policy{Last: 1}))
	if err != nil {
		t.Fatal(err)
	}
	only(t, folder, all[1:]...)
	if len(done.Kept) != 2 || fmt.Sprint(done.Kept[0].Why, done.Kept[1].Why) != "[newest last] [made]" {
		t.Errorf("it kept %+v", done.Kept)
	}
	if len(done.Doubtful) != 1 || filepath.Base(done.Doubtful[0].Path) != all[3] || !strings.Contains(done.Doubtful[0].Err.Error(), "future") {
		t.Errorf("it doubts %v", done.Doubtful)
	}
}

// quicker deletes a file when it has been asked so many times.
type quicker struct {
	context.Context
	left int
	path string
}

func (q *quicker) Err() error {
	if q.left--; q.left == 0 {
		_ = os.Remove(q.path) // who has done so already is looked at by the test
	}
	return q.Context.Err()
}

// TestTwoWhoPrune: what one of them wants to look at or to delete may be gone, and
// that is no complaint.
func TestTwoWhoPrune(t *testing.T) {
	looks := 0
	for at := range 100 {
		folder := t.TempDir()
		all := takeAt(t, folder, whose, hourly(taken, 3, time.Hour)...)
		ctx := &quicker{t.Context(), at + 1, filepath.Join(folder, all[1])}
		done, err := backup.Prune(ctx, after(t, folder, all[2], backup.Policy{Last: 1}))
		if err != nil || len(done.Doubtful) > 0 {
			t.Fatalf("after %d looks: %v, %v", at, done.Doubtful, err)
		}
		only(t, folder, all[2])
		if ctx.left > 0 {
			break
		}
		looks++
	}
	if looks < 6 { // two at each of three files, at the least
		t.Errorf("somebody came between %d times only", looks)
	}
}

func TestPruneWithoutASoundOne(t *testing.T) {
	folder := t.TempDir()
	bad := takeAt(t, folder, whose, hourly(taken, 3, time.Hour)...)
	request := after(t, folder, bad[2], backup.Policy{Last: 1})
	for _, name := range bad {
		spoil(t, folder, name)
	}
	done, err := backup.Prune(t.Context(), request)
	if !errors.Is(err, backup.ErrNoneSound) || !strings.Contains(err.Error(), "GLO") || len(done.Deleted) > 0 || len(done.Doubtful) != 3 {
		t.Errorf("%v, %v", done, err)
	}
	only(t, folder, bad...)
	other := whose
	other.Code = "AVON" // for whom that is no matter
	good := takeAt(t, folder, other, hourly(taken, 2, time.Hour)...)
	done, err = backup.Prune(t.Context(), after(t, folder, good[1], backup.Policy{Last: 1}))
	if err != nil || len(done.Doubtful) > 0 {
		t.Errorf("%v, %v", done.Doubtful, err)
	}
	only(t, folder, append(good[1:], bad...)...)
}

// TestPruneLeavesWhatIsNotItsOwn: strangers' files, folders, links, backups under
// another name, and those that are still being made.
func TestPruneLeavesWhatIsNotItsOwn(t *testing.T) {
	folder := t.TempDir()
	mine := takeAt(t, folder, whose, hourly(taken, 3, time.Hour)...)
	write := func(name string, age time.Duration) {
		path := filepath.Join(folder, name)
		if err := errors.Join(os.WriteFile(path, []byte("x"), 0o600), os.Chtimes(path, taken.Add(-age), taken.Add(-age))); err != nil {
			t.Fatal(err)
		}
	}
	strangers := []string{"letter.docx", mine[0] + ".gpg", "copy of " + mine[0], mine[0] + ".partial-12x", "parley-GLO-20261122T101500Z-p1.backup", ".backup"}
	for _, name := range strangers {
		write(name, 1000*time.Hour)
	}
	fresh, stale := mine[0]+".partial-123", mine[1]+".partial-456"
	write(fresh, 23*time.Hour)
	write(stale, 25*time.Hour)
	renamed := strings.Replace(mine[0], "T10", "T09", 1)
	if err := os.Rename(filepath.Join(folder, mine[0]), filepath.Join(folder, renamed)); err != nil {
		t.Fatal(err)
	}
	named := strings.Replace(mine[0], "2026", "2025", 1)
	if err := os.Mkdir(filepath.Join(folder, named), 0o700); err != nil {
		t.Fatal(err)
	}
	linked := strings.Replace(mine[0], "2026", "2024", 1)
	if err := os.Symlink(filepath.Join(folder, mine[1]), filepath.Join(folder, linked)); err != nil {
		t.Fatal(err)
	}
	empty := strings.Replace(mine[0], "2026", "2023", 1)
	write(empty, 1000*time.Hour)
	request := after(t, folder, mine[2], backup.Policy{Last: 1})
	request.Files = taken // and not the clock of the backups, which a rehearsal sets
	request.Now = request.Now.AddDate(1, 0, 0)
	done, err := backup.Prune(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if got := bases(done.Deleted); !slices.Equal(got, []string{mine[1]}) {
		t.Errorf("it deleted %v", got)
	}
	if got := bases(done.Leavings); !slices.Equal(got, []string{stale}) {
		t.Errorf("it cleared away %v", got)
	}
	want := append([]string{fresh, renamed, named, linked, empty, mine[2]}, strangers...)
	slices.Sort(want)
	only(t, folder, want...)
	if len(done.Doubtful) != 2 { // the renamed, and the empty one
		t.Errorf("it doubts %v", done.Doubtful)
	}
}

func TestPruneRefuses(t *testing.T) {
	for _, p := range []backup.Policy{{}, {Last: -1, Daily: 7}, {Daily: -1}} {
		if _, err := backup.Prune(t.Context(), backup.PruneRequest{Folder: t.TempDir(), Policy: p, Zone: time.UTC}); !errors.Is(err, backup.ErrKeepsNothing) {
			t.Errorf("%+v: %v", p, err)
		}
	}
	if _, err := backup.Prune(t.Context(), backup.PruneRequest{Folder: filepath.Join(t.TempDir(), "none"), Policy: backup.Policy{Last: 1}, Zone: time.UTC}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
}

// TestPruneOfEncryptedBackups needs no identity.
func TestPruneOfEncryptedBackups(t *testing.T) {
	folder := t.TempDir()
	l, r := small(t, folder)
	_, r.Recipients = keyPair(t)
	var names []string
	for i := range 4 {
		r.Now = taken.Add(time.Duration(i) * time.Hour)
		names = append(names, filepath.Base(take(t, l, r).Path))
	}
	spoil(t, folder, names[2])
	done, err := backup.Prune(t.Context(), after(t, folder, names[3], backup.Policy{Last: 2}))
	if err != nil || fmt.Sprint(bases(done.Deleted)) != fmt.Sprint(names[:1]) || len(done.Doubtful) != 1 {
		t.Errorf("%v, %v, %v", done.Deleted, done.Doubtful, err)
	}
}
