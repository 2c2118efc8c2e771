package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"filippo.io/age"
)

// Policy says which backups of a store are kept: the last few, and the newest of
// each of so many days, weeks (from Monday) and months that have one. Days
// without a backup do not count, so that nothing is deleted for want of new ones.
type Policy struct{ Last, Daily, Weekly, Monthly int }

// PruneRequest says what Prune is to do.
type PruneRequest struct {
	Folder     string
	Policy     Policy
	Now        time.Time
	Zone       *time.Location // in which days begin and end
	Identities []age.Identity // to read encrypted backups with; none: their checksum is checked
	DryRun     bool           // delete nothing, and say what would be
}

// Pruned says what Prune did, or would do. Paths are in the request's folder.
type Pruned struct {
	Kept     []Kept     // newest first, store by store
	Deleted  []string   // backups
	Leavings []string   // files of backups that were never finished: deleted, too
	Doubtful []Doubtful // backups by their name, which were left alone
}

// Kept is a backup that is kept, and why: "newest", "last", "daily", "weekly", "monthly".
type Kept struct {
	Path   string
	Header Header
	Why    []string
}

// Doubtful is a file that is damaged, or not what its name says.
type Doubtful struct {
	Path string
	Err  error
}

const (
	partial = ".partial-"    // what follows the name of a backup that has not been checked yet
	stale   = 24 * time.Hour // after which nobody is at work on it any more
)

// Prune deletes the backups in a folder that the policy does not keep, for each
// store by itself. The newest that is found sound now is kept in any case, newer
// ones that are not sound are left for a person to look at, and where none is
// sound nothing is deleted. Whatever has not exactly the name of a backup, or of
// one that was not finished in a day, is left alone.
// Errors: ErrKeepsNothing, ErrNoneSound.
func Prune(ctx context.Context, r PruneRequest) (done Pruned, err error) {
	if p := r.Policy; p.Last < 0 || p.Daily < 0 || p.Weekly < 0 || p.Monthly < 0 || p == (Policy{}) {
		return done, fmt.Errorf("%w: keep the last few at least", ErrKeepsNothing)
	}
	groups, err := done.survey(ctx, r)
	if err != nil {
		return done, err
	}
	for _, g := range groups {
		if err := done.choose(ctx, r, g); err != nil {
			done.Deleted, done.Leavings = nil, nil
			return done, err
		}
	}
	if r.DryRun {
		return done, nil
	}
	for i, path := range slices.Concat(done.Deleted, done.Leavings) {
		if err := os.Remove(path); err != nil {
			done.Deleted, done.Leavings = done.Deleted[:min(i, len(done.Deleted))], done.Leavings[:max(0, i-len(done.Deleted))]
			return done, fmt.Errorf("an old backup cannot be deleted: %w", err)
		}
	}
	return done, nil
}

// survey reads the folder and returns the backups of each store, newest first.
func (done *Pruned) survey(ctx context.Context, r PruneRequest) ([][]Kept, error) {
	entries, err := os.ReadDir(r.Folder)
	if err != nil {
		return nil, fmt.Errorf("the backups cannot be listed: %w", err)
	}
	var stores []Store
	groups := map[Store][]Kept{}
	for _, e := range entries {
		path := filepath.Join(r.Folder, e.Name())
		if abandoned(e, r.Now) {
			done.Leavings = append(done.Leavings, path)
			continue
		}
		if _, err := ParseName(e.Name()); err != nil || !e.Type().IsRegular() {
			continue
		}
		h, err := Inspect(ctx, path)
		if err == nil && h.Name() != e.Name() {
			err = fmt.Errorf("%w: %s: it was taken as %s", ErrDamaged, path, h.Name())
		}
		if err != nil {
			done.Doubtful = append(done.Doubtful, Doubtful{path, err})
			continue
		}
		s := Store{Code: h.Store.Code, Rehearsal: h.Store.Rehearsal, Created: h.Store.Created.UTC()} // its name may be put better one day
		if groups[s] == nil {
			stores = append(stores, s)
		}
		groups[s] = append(groups[s], Kept{Path: path, Header: h})
	}
	var all [][]Kept
	for _, s := range stores {
		slices.SortFunc(groups[s], func(a, b Kept) int { return strings.Compare(b.Path, a.Path) })
		all = append(all, groups[s])
	}
	return all, nil
}

// abandoned reports whether a file is a backup in the making that nobody makes any more.
func abandoned(e os.DirEntry, now time.Time) bool {
	name, rest, is := strings.Cut(e.Name(), partial)
	if _, err := ParseName(name); err != nil || !is || rest == "" || strings.Trim(rest, "0123456789") != "" || !e.Type().IsRegular() {
		return false
	}
	info, err := e.Info()
	return err == nil && now.Sub(info.ModTime()) > stale
}

// choose sorts the backups of one store into those to keep and to delete.
func (done *Pruned) choose(ctx context.Context, r PruneRequest, newestFirst []Kept) error {
	sound, err := done.newestSound(ctx, r, newestFirst)
	if err != nil {
		return err
	}
	rest := newestFirst[sound:]
	headers := make([]Header, len(rest))
	for i, k := range rest {
		headers[i] = k.Header
	}
	for i, why := range r.Policy.keeps(headers, r.Zone) {
		if i == 0 {
			why = append([]string{"newest"}, why...)
		}
		if len(why) == 0 {
			done.Deleted = append(done.Deleted, rest[i].Path)
			continue
		}
		rest[i].Why = why
		done.Kept = append(done.Kept, rest[i])
	}
	return nil
}

// newestSound returns the index of the newest backup that is sound. Those before
// it become doubtful.
func (done *Pruned) newestSound(ctx context.Context, r PruneRequest, newestFirst []Kept) (int, error) {
	for i, k := range newestFirst {
		_, err := Verify(ctx, k.Path, r.Identities)
		if errors.Is(err, ErrWrongIdentity) { // its checksum was checked on the way
			err = nil
		}
		if ctx.Err() != nil {
			return 0, err
		}
		if err == nil {
			return i, nil
		}
		done.Doubtful = append(done.Doubtful, Doubtful{k.Path, err})
	}
	return 0, fmt.Errorf("%w: those of %s, the newest being %s", ErrNoneSound, newestFirst[0].Header.Store.Code, newestFirst[0].Path)
}

// keeps says of each backup, newest first, why it is kept; nothing if it is not.
func (p Policy) keeps(newestFirst []Header, zone *time.Location) [][]string {
	why := make([][]string, len(newestFirst))
	for _, rule := range []struct {
		name string
		keep int
		span func(time.Time) string
	}{
		{"last", p.Last, nil},
		{"daily", p.Daily, func(t time.Time) string { return t.Format(time.DateOnly) }},
		{"weekly", p.Weekly, func(t time.Time) string { year, week := t.ISOWeek(); return fmt.Sprint(year, "-", week) }},
		{"monthly", p.Monthly, func(t time.Time) string { return t.Format("2006-01") }},
	} {
		before, kept := "", 0
		for i, h := range newestFirst {
			if kept == rule.keep {
				break
			}
			if rule.span != nil {
				span := rule.span(h.Taken.In(zone))
				if span == before {
					continue
				}
				before = span
			}
			why[i] = append(why[i], rule.name)
			kept++
		}
	}
	return why
}
