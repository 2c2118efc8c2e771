package settings

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// patience is for how long we wait for somebody else who is changing a file.
const patience = 5 * time.Second

// replace replaces a file by content that nobody else may read, whole or not at
// all, and returns once that is on disk.
func replace(file string, content []byte) (err error) {
	fresh, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".new-*") // of mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(fresh.Name()))
		}
	}()
	_, err = fresh.Write(content)
	if err == nil {
		err = fresh.Sync()
	}
	if err = errors.Join(err, fresh.Close()); err != nil {
		return err
	}
	if err = os.Rename(fresh.Name(), file); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(file))
}

// alone does something while no other process that asks the same way does it to
// that file. Its folder is made if there is none.
func alone(file string, do func() error) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	lock := flock.New(file+".lock", flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, 20*time.Millisecond); err != nil {
		return fmt.Errorf("somebody else is changing %s: %w; try again", file, err)
	}
	return errors.Join(do(), lock.Unlock())
}
