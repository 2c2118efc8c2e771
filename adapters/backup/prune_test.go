package backup_test

import (
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
	r := backup.PruneRequest{
		Folder: folder, Policy: backup.Policy{Last: 3, Daily: 4, Weekly: 3, Monthly: 6}, Now: taken, Zone: london(t), DryRun: true,
	}
	would, err := backup.Prune(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	if got := listed(t, folder); !slices.Equal(got, all) {
		t.Errorf("a dry run left %d of %d", len(got), len(all))
	}
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
	done, err := backup.Prune(t.Context(), backup.PruneRequest{Folder: folder, Policy: backup.Policy{Daily: 2}, Now: taken, Zone: london(t)})
	if err != nil || len(done.Deleted) != 0 || len(done.Kept) != 2 {
		t.Errorf("of %v it deleted %v: %v", names, done.Deleted, err)
	}
}

// TestPruneNeverDeletesTheNewestSoundOne, whatever lies around it: newer ones
// that are damaged are left for a person, and those of other stores are theirs.
func TestPruneNeverDeletesTheNewestSoundOne(t *testing.T) {
	folder := t.TempDir()
	rehearsal, later := whose, whose
	rehearsal.Rehearsal = true
	later.Created = made.AddDate(0, 0, 1)
	old := takeAt(t, folder, whose, hourly(taken, 5, time.Hour)...)
	spoil(t, folder, old[4])
	spoil(t, folder, old[3])
	trained := takeAt(t, folder, rehearsal, taken.Add(30*time.Minute), taken.Add(31*time.Minute))
	another := takeAt(t, folder, later, taken.Add(100*time.Hour))
	done, err := backup.Prune(t.Context(), backup.PruneRequest{Folder: folder, Policy: backup.Policy{Last: 1}, Now: taken, Zone: time.UTC})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := bases(done.Deleted), []string{old[0], trained[0], old[1]}; !slices.Equal(got, want) {
		t.Errorf("it deleted %v, not %v", got, want)
	}
	only(t, folder, trained[1], old[2], old[3], old[4], another[0])
	var doubtful []string
	for _, d := range done.Doubtful {
		doubtful = append(doubtful, d.Path)
		if !errors.Is(d.Err, backup.ErrDamaged) {
			t.Errorf("%s: %v", d.Path, d.Err)
		}
	}
	if got, want := bases(doubtful), []string{old[3], old[4]}; !slices.Equal(got, want) {
		t.Errorf("it doubts %v, not %v", got, want)
	}
}

func TestPruneWithoutASoundOne(t *testing.T) {
	folder := t.TempDir()
	bad := takeAt(t, folder, whose, hourly(taken, 3, time.Hour)...)
	for _, name := range bad {
		spoil(t, folder, name)
	}
	other := whose
	other.Code = "AVON"
	good := takeAt(t, folder, other, hourly(taken, 2, time.Hour)...)
	done, err := backup.Prune(t.Context(), backup.PruneRequest{Folder: folder, Policy: backup.Policy{Last: 1}, Now: taken, Zone: time.UTC})
	if !errors.Is(err, backup.ErrNoneSound) || !strings.Contains(err.Error(), "GLO") || len(done.Deleted) > 0 {
		t.Errorf("%v, %v", done.Deleted, err)
	}
	only(t, folder, append(good, bad...)...)
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
	done, err := backup.Prune(t.Context(), backup.PruneRequest{Folder: folder, Policy: backup.Policy{Last: 1}, Now: taken, Zone: time.UTC})
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

// TestPruneOfEncryptedBackups needs no identity, and is not put off by a wrong one.
func TestPruneOfEncryptedBackups(t *testing.T) {
	folder := t.TempDir()
	l, r := small(t, folder)
	_, r.Recipients = keyPair(t)
	var names []string
	for i := range 3 {
		r.Now = taken.Add(time.Duration(i) * time.Hour)
		names = append(names, filepath.Base(take(t, l, r).Path))
	}
	spoil(t, folder, names[2])
	stranger, _ := keyPair(t)
	request := backup.PruneRequest{Folder: folder, Policy: backup.Policy{Last: 1}, Now: taken, Zone: time.UTC, DryRun: true}
	for round := range 2 {
		done, err := backup.Prune(t.Context(), request)
		if err != nil || fmt.Sprint(bases(done.Deleted)) != fmt.Sprint(names[:1]) || len(done.Doubtful) != 1 {
			t.Errorf("round %d: %v, %v, %v", round, done.Deleted, done.Doubtful, err)
		}
		request.Identities = append(request.Identities, stranger)
	}
}
