package storedir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/gofrs/flock"

	"parley/events"
)

// Holds reports whether the folder at path has anything of a store in it, be it
// damaged: then it must not be filled, but may give way to another. One that was
// being filled, and is not whole, has nothing. One that this user may not look into
// may have anything.
func Holds(path string) bool {
	if errors.Is(unfinished(path), ErrUnfinished) {
		return false
	}
	for _, name := range []string{storeFile, markFile, damageFile, "jetstream", copyTree, doubtedTree} {
		if _, err := os.Lstat(filepath.Join(path, name)); err == nil || errors.Is(err, fs.ErrPermission) {
			return true
		}
	}
	return false
}

// ErrStays says that the folder of a store cannot be renamed, and so not give way
// to another.
var ErrStays = errors.New("the folder cannot be set aside")

// CanGiveWay returns an error that wraps ErrStays where it can be told beforehand
// that GiveWay would fail for the folder at path, or that nothing can be made
// beside it. It changes nothing.
func CanGiveWay(path string) error {
	switch mount, err := isMount(path); {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrStays, err)
	case mount:
		return fmt.Errorf("%w: %s is where a disk is mounted", ErrStays, path)
	}
	if err := mayWrite(filepath.Dir(path)); err != nil {
		return fmt.Errorf("%w: nothing can be made or renamed in the folder above %s: %w", ErrStays, path, err)
	}
	return nil
}

// CanFill returns an error where it can be told beforehand that Fill would refuse
// path, or could make nothing there. It changes nothing. Errors: ErrExists,
// ErrNotEmpty, syscall.ENOTDIR where there is a file, and what the disk says.
func CanFill(path string) error {
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return mayWrite(Standing(path))
	case err != nil:
		return fmt.Errorf("no store can be made at %s: %w", path, err)
	case !info.IsDir():
		return fmt.Errorf("no store can be made at %s: there is a file: %w", path, syscall.ENOTDIR)
	}
	if err := fillable(path); err != nil {
		return err
	}
	return mayWrite(path)
}

// Above returns the folder of the store that path lies in, if only by the name of a
// folder that is to be made; empty if it lies in none. A store at path itself is not
// meant.
func Above(path string) string {
	folder := Standing(filepath.Dir(path))
	if whole, err := filepath.EvalSymlinks(folder); err == nil {
		folder = whole
	}
	for {
		_, err := Look(folder)
		if err == nil || errors.Is(err, events.ErrDamaged) || errors.Is(err, events.ErrNewer) {
			return folder
		}
		if folder == filepath.Dir(folder) {
			return ""
		}
		folder = filepath.Dir(folder)
	}
}

// Standing returns path, or the nearest folder above it that there is.
func Standing(path string) string {
	for {
		if _, err := os.Stat(path); err == nil || path == filepath.Dir(path) {
			return path
		}
		path = filepath.Dir(path)
	}
}

// Hold is a folder that is held as it is, whatever is in it, so that nobody works
// on it.
type Hold struct {
	path string // absolute
	lock *flock.Flock
}

// TakeHold takes hold of the folder at path, which need not hold a store that
// can be opened. Errors: ErrNoStore where there is no folder, and *HeldError.
func TakeHold(ctx context.Context, path string, claim Claim) (*Hold, error) {
	whole, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(whole); err != nil || !info.IsDir() {
		return nil, fmt.Errorf("%w: %s", ErrNoStore, path)
	}
	lock, err := acquire(ctx, whole, claim)
	if err != nil {
		return nil, err
	}
	return &Hold{whole, lock}, nil
}

// GiveWay sets the folder aside, as it is, and puts fresh in its place, which
// must be the folder of a whole store beside it that nobody has open. What
// others keep in the folder, such as settings and secrets, is copied into fresh
// first. It returns where the old folder is now.
func (h *Hold) GiveWay(fresh string) (aside string, err error) {
	aside = h.path + ".before-restore-" + time.Now().UTC().Format("20060102-150405.000")
	if err := carry(h.path, fresh); err != nil {
		return "", fmt.Errorf("what is kept beside the log cannot be copied: %w", err)
	}
	if runtime.GOOS == "windows" { // where no folder is renamed in which a file is open
		if err := h.lock.Unlock(); err != nil {
			return "", err
		}
	}
	if err := os.Rename(h.path, aside); err != nil {
		return "", fmt.Errorf("%w: %w", ErrStays, err)
	}
	if err := os.Rename(fresh, h.path); err != nil {
		return "", fmt.Errorf("the store at %s cannot be replaced: %w", h.path, errors.Join(err, os.Rename(aside, h.path)))
	}
	h.path = aside
	return aside, syncFolder(filepath.Dir(aside))
}

// Close lets the folder go, wherever it is by now.
func (h *Hold) Close() error {
	err := os.Remove(filepath.Join(h.path, holderFile))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, h.lock.Unlock())
}

// carried reports whether what has this name in the folder of a store is neither
// about its log nor made afresh.
func carried(name string) bool {
	switch {
	case ours(name), name == servingFile, name == probeFile, strings.HasPrefix(name, "damaged-"), strings.HasPrefix(name, "reminder.json"):
		return false
	}
	return true
}

// carry copies what others keep in the folder of a store into another.
func carry(from, to string) error {
	entries, err := os.ReadDir(from)
	for _, e := range entries {
		if err == nil && carried(e.Name()) {
			err = copyAsIs(filepath.Join(from, e.Name()), filepath.Join(to, e.Name()))
		}
	}
	if err == nil {
		err = syncFolder(to)
	}
	return err
}

// copyAsIs copies a file, link or folder, with who may read it, and puts it on disk.
func copyAsIs(from, to string) error {
	return filepath.WalkDir(from, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		switch target := filepath.Join(to, below); {
		case e.IsDir():
			return os.MkdirAll(target, info.Mode().Perm()|0o700)
		case info.Mode()&fs.ModeSymlink != 0:
			leads, err := os.Readlink(path)
			if err != nil {
				return err
			}
			return os.Symlink(leads, target)
		case info.Mode().IsRegular():
			return copyFile(path, target, info.Mode().Perm())
		}
		return nil // a socket or the like is nobody's setting
	})
}

func copyFile(from, to string, mode fs.FileMode) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }() // only read from
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err == nil {
		err = out.Chmod(mode)
	}
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}
