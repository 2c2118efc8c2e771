//go:build unix

package settings

import (
	"errors"
	"io/fs"
	"os"
)

// openToAll reports whether a file with this mode may be read or written by
// anybody who has an account.
func openToAll(mode fs.FileMode) bool { return mode.Perm()&0o006 != 0 }

// syncFolder puts the names in a folder on disk.
func syncFolder(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
