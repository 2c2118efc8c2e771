package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Policy says which backups of a store are kept: the last few, and the newest of
// each of so many days, weeks (from Monday) and months that have one. Days
// without a backup do not count, so that nothing is deleted for want of new ones.
type Policy struct{ Last, Daily, Weekly, Monthly int }

// PruneRequest says what Prune is to do.
type PruneRequest struct {
	Folder string
	Made   Header // the backup that was just taken or, of a dry run, would be
	Policy Policy
	Now    time.Time      // by the clock that dates backups
	Files  time.Time      // now by the clock that dates files: a rehearsal's is another
	Zone   *time.Location // in which days begin and end
	DryRun bool           // delete nothing, and say what would be
}

// Pruned says what Prune did, or would do. Paths are in the request's folder.
type Pruned struct {
	Kept     []Kept     // newest first
	Deleted  []string   // backups
	Leavings []string   // files of backups that were never finished: deleted, too
	Doubtful []Doubtful // backups by their name, which were left alone
}

// Kept is a backup that is kept, and why: "newest", "made" just now, "last",
// "daily", "weekly", "monthly".
type Kept struct {
	Path   string
	Header Header
	Why    []string
}

// Doubtful is a file that is damaged, not what its name says, or dated in the
// future.
type Doubtful struct {
	Path string
	Err  error
}

const (
	partial = ".partial-"    // what follows the name of a backup that has not been checked yet
	stale   = 24 * time.Hour // after which nobody is at work on it any more
	skew    = time.Minute    // by which the clocks of two machines may differ
)

// Prune deletes the backups in a folder that the policy does not keep. They are
// those of the store whose backup was just made: whatever there is of another
// LMC, or of a rehearsal, is left alone, as is whatever has not exactly the name
// of a backup, or of one that was not finished in a day.
//
// Each file is checked against its checksum before it is kept or deleted. One
// that is not sound, or is dated in the future, counts for nothing and is left
// for a person to look at. The newest that is sound and the one just made are
// kept in any case, and where none is sound nothing is deleted.
// Errors: ErrKeepsNothing, ErrNoneSound.
func Prune(ctx context.Context, r PruneRequest) (done Pruned, err error) {
	if p := r.Policy; p.Last < 0 || p.Daily < 0 || p.Weekly < 0 || p.Monthly < 0 || p == (Policy{}) {
		return done, fmt.Errorf("%w: keep the last few at least", ErrKeepsNothing)
	}
	sound, err := done.survey(ctx, r)
	if err == nil && len(sound) == 0 && len(done.Doubtful) > 0 {
		err = fmt.Errorf("%w: those of %s in %s", ErrNoneSound, r.Made.Store.Code, r.Folder)
	}
	if err != nil {
		done.Leavings = nil
		return done, err
	}
	done.choose(r, sound)
	if r.DryRun {
		return done, nil
	}
	for i, path := range slices.Concat(done.Deleted, done.Leavings) {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) { // another who prunes may be quicker
			done.Deleted, done.Leavings = done.Deleted[:min(i, len(done.Deleted))], done.Leavings[:max(0, i-len(done.Deleted))]
			return done, fmt.Errorf("an old backup cannot be deleted: %w", err)
		}
	}
	return done, nil
}

// survey reads the folder and returns the store's backups that are sound, newest
// first, with the one that a dry run supposes.
func (done *Pruned) survey(ctx context.Context, r PruneRequest) ([]Kept, error) {
	entries, err := os.ReadDir(r.Folder)
	if err != nil {
		return nil, fmt.Errorf("the backups cannot be listed: %w", err)
	}
	var sound []Kept
	if r.DryRun {
		sound = append(sound, Kept{Path: filepath.Join(r.Folder, r.Made.Name()), Header: r.Made})
	}
	for _, e := range entries {
		path := filepath.Join(r.Folder, e.Name())
		name, rest, unfinished := strings.Cut(e.Name(), partial)
		if n, err := ParseName(name); err != nil || n.Code != r.Made.Store.Code || !e.Type().IsRegular() {
			continue
		}
		if unfinished {
			if r.abandoned(ctx, path, rest) {
				done.Leavings = append(done.Leavings, path)
			}
			continue
		}
		h, err := intact(ctx, path)
		doubt := r.doubts(path, h, err)
		switch {
		case ctx.Err() != nil:
			return nil, err
		case errors.Is(err, fs.ErrNotExist): // another who prunes has deleted it since
		case h.Format > 0 && !h.Store.is(r.Made.Store):
		case doubt != nil:
			done.Doubtful = append(done.Doubtful, Doubtful{path, doubt})
		default:
			sound = append(sound, Kept{Path: path, Header: h})
		}
	}
	slices.SortFunc(sound, func(a, b Kept) int { return strings.Compare(b.Path, a.Path) })
	return sound, nil
}

// intact reads what the backup at path says of itself, and checks the whole file
// against its checksum, for which no identity is needed. The header is given
// where it reads, whatever else is wrong.
func intact(ctx context.Context, path string) (Header, error) {
	o, err := openFile(ctx, path)
	if err != nil {
		return Header{}, err
	}
	return o.Header(), errors.Join(o.drain(), o.close())
}

// doubts returns why a backup does not count, if it does not.
func (r PruneRequest) doubts(path string, h Header, err error) error {
	switch {
	case err != nil:
		return err
	case h.Name() != filepath.Base(path):
		return fmt.Errorf("%w: %s: it was taken as %s", ErrDamaged, path, h.Name())
	case h.Taken.Sub(r.Now) > skew:
		return fmt.Errorf("the backup is dated in the future: %s: a clock was wrong then, or is now", path)
	}
	return nil
}

// abandoned reports whether a file is a backup of this store in the making, as far
// as its header was written, that nobody makes any more.
func (r PruneRequest) abandoned(ctx context.Context, path, number string) bool {
	if number == "" || strings.Trim(number, "0123456789") != "" {
		return false
	}
	if h, err := Inspect(ctx, path); err == nil && !h.Store.is(r.Made.Store) {
		return false
	}
	info, err := os.Lstat(path)
	return err == nil && r.Files.Sub(info.ModTime()) > stale
}

// choose sorts the backups into those to keep and to delete.
func (done *Pruned) choose(r PruneRequest, newestFirst []Kept) {
	headers := make([]Header, len(newestFirst))
	for i, k := range newestFirst {
		headers[i] = k.Header
	}
	for i, why := range r.Policy.keeps(headers, r.Zone) {
		k := newestFirst[i]
		switch {
		case i == 0:
			why = append([]string{"newest"}, why...)
		case len(why) == 0 && k.Header.Name() == r.Made.Name():
			why = []string{"made"}
		case len(why) == 0:
			done.Deleted = append(done.Deleted, k.Path)
			continue
		}
		k.Why = why
		done.Kept = append(done.Kept, k)
	}
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
