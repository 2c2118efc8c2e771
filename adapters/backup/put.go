package backup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// put gives a file a name that no file has yet, and returns once that is on disk.
// The file may keep the name that it had, too. Its error wraps ErrExists if
// somebody has come by the name first.
func put(from, to string) error {
	err := os.Link(from, to)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		err = claim(from, to)
	}
	switch {
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%w: %s", ErrExists, to)
	case err != nil:
		return err
	}
	if err := syncFolder(filepath.Dir(to)); err != nil {
		return errors.Join(err, os.Remove(to))
	}
	return nil
}

// claim is put for disks on which no file has two names, such as sticks: an empty
// file takes the name, if it is free, and gives way to the other at once.
func claim(from, to string) error {
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err = f.Close(); err == nil {
		err = os.Rename(from, to)
	}
	if err != nil {
		return errors.Join(err, os.Remove(to))
	}
	return nil
}

// syncFolder forces the names in a folder to disk.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" { // which journals names, and syncs no folders
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
