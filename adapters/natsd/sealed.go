package natsd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"parley/events"
)

// Check returns an error if the store must not be opened with the key that was
// given, or without one: ErrNeedsKey, ErrWrongKey, ErrUnencrypted, or one that wraps
// events.ErrDamaged where what lies in the folder contradicts what is kept
// beside it. It changes nothing on disk, and Start makes the same check before
// anything else. Whoever copies or locks the store first should ask before that.
//
// The server itself would not ask: with a wrong key it passes over the log and
// lets another be begun in its place; a block whose own key is missing it takes
// for a plain one, and encrypts it a second time.
func (c Config) Check() error {
	found, err := lookAt(filepath.Join(c.Dir, "jetstream"), c.Sealed != "")
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrFailed, err)
	case c.Sealed == "" && c.Key != nil:
		return ErrUnencrypted
	case c.Sealed == "" && found.encrypted != "":
		return fmt.Errorf("%w: %s says so, although nothing is kept of its key", ErrNeedsKey, found.encrypted)
	case c.Sealed == "":
		return nil
	case c.Key == nil:
		return ErrNeedsKey
	}
	if err := c.Key.opens(c.Sealed); err != nil {
		return err
	}
	if found.plain != "" {
		return fmt.Errorf("%w: this store is encrypted, and the key that belongs to %s is missing", events.ErrDamaged, found.plain)
	}
	return nil
}

// nonceSize is how many bytes stand before everything that the server encrypts as
// settings does it, so that no such file is shorter.
const nonceSize = 24

// dropCut removes what is kept of the consumers of an encrypted store where it is
// cut so short that the server, which asks for no length, would panic. They are
// made anew then, as they are where it is damaged in another way.
func (c Config) dropCut() error {
	if c.Key == nil {
		return nil
	}
	var failed error
	for _, name := range []string{"meta.inf", "o.dat"} {
		all, err := filepath.Glob(filepath.Join(c.Dir, "jetstream", "*", "streams", "*", "obs", "*", name))
		failed = errors.Join(failed, err)
		for _, file := range all {
			if info, err := os.Stat(file); err == nil && info.Size() < nonceSize {
				failed = errors.Join(failed, os.Remove(file))
			}
		}
	}
	if failed != nil {
		return fmt.Errorf("%w: %w", ErrFailed, failed)
	}
	return nil
}

// onDisk says what of the server's files was found encrypted and what plain: an
// example of each, or nothing.
type onDisk struct{ encrypted, plain string }

// lookAt goes through the streams that the server keeps under root. Each is
// encrypted if it has a key beside its settings, and each of its blocks, which are
// looked at if asked for, if it has one beside it. Consumers are left out: they
// are made anew.
func lookAt(root string, blocks bool) (found onDisk, err error) {
	err = filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil
		case err != nil:
			return err
		case e.IsDir() && (e.Name() == "obs" || e.Name() == "msgs" && !blocks):
			return fs.SkipDir
		case e.Name() == "meta.key":
			found.encrypted = path
			return nil
		case e.Name() != "meta.inf" && !strings.HasSuffix(e.Name(), ".blk"):
			return nil
		}
		info, err := e.Info()
		if err != nil || info.Size() == 0 { // begun, and nothing written to it
			return err
		}
		if _, err = os.Stat(strings.TrimSuffix(path, filepath.Ext(path)) + ".key"); errors.Is(err, fs.ErrNotExist) {
			found.plain, err = path, nil
		}
		return err
	})
	return found, err
}
