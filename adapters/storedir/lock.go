package storedir

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// poll is how often a held lock is tried again.
const poll = 20 * time.Millisecond

// Holder is the process that has a store open.
type Holder struct {
	PID     int       `json:"pid"`
	Host    string    `json:"host"`
	Command string    `json:"command"`
	Since   time.Time `json:"since"`
}

// HeldError says that another process has the store open.
type HeldError struct {
	Dir    string
	Holder Holder // empty if it has not said who it is
}

// Error names the holder, as far as it is known.
func (e *HeldError) Error() string {
	h := e.Holder
	if h.PID == 0 {
		return fmt.Sprintf("the store at %s is in use by another process", e.Dir)
	}
	where, since := "", h.Since.Local().Format("15:04")
	if here, _ := os.Hostname(); h.Host != here {
		where = " on " + h.Host
	}
	if day := h.Since.Local().Format("2 Jan"); day != time.Now().Format("2 Jan") {
		since = day + " " + since
	}
	return fmt.Sprintf("the store at %s is in use by %s (process %d%s, since %s)", e.Dir, cmp.Or(h.Command, "another process"), h.PID, where, since)
}

// acquire locks the folder, waiting for as long as the claim says. The lock is
// the operating system's: it goes with its process, however that ends, and a
// lock file left behind holds nobody up.
func acquire(ctx context.Context, path string, claim Claim) (*flock.Flock, error) {
	began := time.Now()
	lock, err := tryLock(ctx, path, claim.Wait)
	for err == nil && lock != nil && !inPlace(lock, path) { // the folder has given way to another while it was waited for
		if err = lock.Unlock(); err == nil {
			lock, err = tryLock(ctx, path, claim.Wait-time.Since(began))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("the store at %s cannot be locked: %w", path, err)
	}
	if lock == nil {
		return nil, &HeldError{path, readHolder(path)}
	}
	host, _ := os.Hostname()
	me := Holder{os.Getpid(), host, claim.Command, time.Now().UTC().Truncate(time.Second)}
	if err := writeHolder(path, me); err != nil && !errors.Is(err, syscall.ENOSPC) { // a full disk can still be read
		return nil, errors.Join(fmt.Errorf("the store at %s cannot be written: %w", path, err), lock.Unlock())
	}
	return lock, nil
}

// tryLock locks the folder, waiting for as long as this. It returns nil if
// somebody else has it locked.
func tryLock(ctx context.Context, path string, wait time.Duration) (*flock.Flock, error) {
	lock := flock.New(filepath.Join(path, lockFile), flock.SetPermissions(0o600))
	held, err := lock.TryLock()
	if err == nil && !held && wait > 0 {
		waiting, stop := context.WithTimeout(ctx, wait)
		defer stop()
		held, err = lock.TryLockContext(waiting, poll)
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			err = nil
		}
	}
	if err != nil || !held {
		return nil, errors.Join(err, lock.Close())
	}
	return lock, nil
}

// inPlace reports whether a lock is that of the folder which is now at path.
func inPlace(lock *flock.Flock, path string) bool {
	mine, err := lock.Stat()
	there, err2 := os.Stat(filepath.Join(path, lockFile))
	return err == nil && err2 == nil && os.SameFile(mine, there)
}

// writeHolder leaves a note for others. It is a courtesy that does not outlive
// the process, so it is not forced to disk; it is renamed into place so that
// nobody reads half of it.
func writeHolder(path string, h Holder) error {
	data, err := json.Marshal(h)
	if err != nil {
		return err
	}
	file := filepath.Join(path, holderFile)
	if err := os.WriteFile(file+".new", data, 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

// readHolder reads the note, and nothing where there is none to read.
func readHolder(path string) Holder {
	var h Holder
	data, err := os.ReadFile(filepath.Join(path, holderFile))
	if err != nil || json.Unmarshal(data, &h) != nil {
		return Holder{}
	}
	return h
}
