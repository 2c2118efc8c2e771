package storedir

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

// unfinishedFile marks a folder whose log is being filled from a backup.
const unfinishedFile = "restoring.json"

// ErrUnfinished says that a store was being restored and is not whole. It is not
// opened; Fill begins it again.
var ErrUnfinished = errors.New("a restore was cut short here")

// Filling is what a store that is not whole is being filled from.
type Filling struct {
	From  string    `json:"from"`  // the backup
	Began time.Time `json:"began"` // UTC
}

// Fill makes path the folder of a store that is to be filled from a backup, and
// opens it. Until Filled is called nobody else can open it. The folder may exist
// if it is empty, or if it holds a store whose filling was cut short, which is
// then cleared away. Errors: those of Create.
func Fill(ctx context.Context, path string, id Identity, claim Claim, from Filling) (*Dir, error) {
	d, err := claimed(ctx, path, claim, fillable)
	if err != nil {
		return nil, err
	}
	if err := d.beginFilling(id, from); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// fillable returns an error unless the folder is empty, or marked as unfinished
// and holds nothing else than a store.
func fillable(path string) error {
	switch err := unfinished(path); {
	case err == nil && !abandoned(path):
		return vacant(path)
	case err != nil && !errors.Is(err, ErrUnfinished):
		return err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return fmt.Errorf("no store can be made at %s: %w", path, err)
	}
	for _, e := range entries {
		if !ours(e.Name()) {
			return fmt.Errorf("no store can be made at %s: %w, such as %s: name an empty or a new folder", path, ErrNotEmpty, e.Name())
		}
	}
	return nil
}

// abandoned reports whether there is no more than a marker that was not yet in place.
func abandoned(path string) bool {
	markers, err := filepath.Glob(filepath.Join(path, unfinishedFile+".new-*"))
	_, none := os.Stat(filepath.Join(path, storeFile))
	return err == nil && len(markers) > 0 && errors.Is(none, fs.ErrNotExist)
}

// ours reports whether a store that is being filled may have a file or folder of
// this name, if only in the making.
func ours(name string) bool {
	name, _, _ = strings.Cut(name, ".new")
	return slices.Contains([]string{
		lockFile, holderFile, storeFile, markFile, damageFile, viewsFile, unfinishedFile,
		"jetstream", copyTree, doubtedTree, viewsFile + ".damaged",
	}, name)
}

// beginFilling leaves nothing in the folder but the marker and an identity. The
// marker is there before anything else is, and stays throughout.
func (d *Dir) beginFilling(id Identity, from Filling) error {
	from.Began = from.Began.UTC()
	if err := writeJSON(filepath.Join(d.path, unfinishedFile), from); err != nil {
		return fmt.Errorf("no store can be made at %s: %w", d.path, err)
	}
	entries, err := os.ReadDir(d.path)
	if err != nil {
		return fmt.Errorf("no store can be made at %s: %w", d.path, err)
	}
	for _, e := range entries {
		switch e.Name() {
		case lockFile, holderFile, unfinishedFile:
		default:
			if err := os.RemoveAll(filepath.Join(d.path, e.Name())); err != nil {
				return fmt.Errorf("what a restore left at %s cannot be cleared away: %w", d.path, err)
			}
		}
	}
	id.Format, id.Created, id.StreamCreated = format, id.Created.UTC(), false
	return d.setIdentity(id)
}

// Filled says that the log was filled, looked through and found whole, up to
// the mark: the store can be opened from now on. The server must have stopped.
func (d *Dir) Filled(upTo Mark) error {
	if err := syncTree(filepath.Join(d.path, "jetstream")); err != nil {
		return fmt.Errorf("the log of the store at %s is not on disk: %w", d.path, err)
	}
	if upTo != (Mark{}) {
		if err := d.SetMark(upTo); err != nil {
			return err
		}
	}
	err := os.Remove(filepath.Join(d.path, unfinishedFile))
	if err == nil {
		err = syncFolder(d.path)
	}
	if err != nil {
		return fmt.Errorf("the store at %s cannot be written: %w", d.path, err)
	}
	return nil
}

// unfinished returns an error that wraps ErrUnfinished if the folder is marked.
// A marker that says nothing is one all the same. Where it cannot be looked for, as
// in somebody else's folder, the error says that and no more.
func unfinished(path string) error {
	data, err := os.ReadFile(filepath.Join(path, unfinishedFile))
	var f Filling
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("the store at %s cannot be read: %w", path, err)
	case strict(data, &f) == nil:
		return fmt.Errorf("%w: the store at %s is not whole: it was to be filled from %s: restore it again", ErrUnfinished, path, f.From)
	}
	return fmt.Errorf("%w: the store at %s is not whole: restore it again", ErrUnfinished, path)
}

// syncTree puts every file and name under root on disk.
func syncTree(root string) error {
	return filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && path == root:
			return nil
		case err != nil:
			return err
		case e.IsDir():
			return syncFolder(path)
		}
		f, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		return errors.Join(f.Sync(), f.Close())
	})
}

// FreeBytes returns how much of the disk with the folder at path this user may
// still fill.
func FreeBytes(path string) (uint64, error) { return freeBytes(path) }

// LogBytes returns how much room the log takes on disk, in bytes.
func (d *Dir) LogBytes() (int64, error) {
	log, _ := d.trees()
	var sum int64
	err := files(log, func(_ string, size int64) error {
		sum += size
		return nil
	})
	return sum, err
}
