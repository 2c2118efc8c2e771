//go:build unix

package storedir

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// freeBytes returns how much of the disk with path this user may still fill.
func freeBytes(path string) (uint64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, err
	}
	return uint64(s.Bavail) * uint64(s.Bsize), nil
}

// mayWrite returns an error if this user may not make anything in a folder, or
// nobody may, as on a disk that is mounted to be read.
func mayWrite(folder string) error {
	if err := unix.Access(folder, unix.W_OK|unix.X_OK); err != nil {
		return &os.PathError{Op: "write", Path: folder, Err: err}
	}
	return nil
}

// syncFolder puts the names in a folder on disk.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
