package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"filippo.io/age"

	"parley/events"
)

// Source is a log that is backed up, while others may append to it.
type Source interface {
	// ScanStored calls f with what stands at each position after one, up to the
	// last there is when it is called, in order, whether it reads or not, and
	// stops at f's first error. It returns the last position.
	ScanStored(ctx context.Context, after uint64, f func(events.Placed) error) (uint64, error)
}

// Request says what to take a backup of, and where it goes.
type Request struct {
	Store   Store
	UpTo    Mark      // the log's last commit when the backup is begun
	Folder  string    // must exist
	Now     time.Time // when the backup is taken
	Program string    // which Parley takes it

	Recipients []age.Recipient // whom it is encrypted to; none: it is not
	Identities []age.Identity  // what to read it back with if it is encrypted; none: it is checked as it is written

	LogBytes int64                                         // what the log takes on disk, to ask for room; 0 if not known
	Free     func(folder string) (bytes uint64, err error) // how much room there is
}

// Taken says what Take made.
type Taken struct {
	Path   string
	Report Report
	Digest events.Hash // SHA-256 of the file but for its last line

	// ReadBack says that the commits were read back from the file. Otherwise it
	// is encrypted to others: the commits were checked as they were written, and
	// the file's checksum after that.
	ReadBack bool
}

// spare is how much room a backup leaves on its disk, in bytes.
const spare = 16 << 20

// Take takes a backup of a log up to the commit that the request names. The file
// gets its name when it is on disk and was found sound; until then it has
// another, beginning with that name and ".partial-", and if anything goes wrong it
// is removed. The log can be appended to meanwhile.
//
// Errors: those of events where it is the log that is damaged, ErrDamaged where
// the disk did not keep what was written, *FullError, ErrExists, ErrRecipients.
func Take(ctx context.Context, log Source, r Request) (Taken, error) {
	var taken Taken
	h := Header{Format: format, Store: r.Store, Taken: r.Now.UTC().Truncate(time.Second), From: 1, To: r.UpTo, Encrypted: len(r.Recipients) > 0, Program: r.Program}
	if err := h.check(); err != nil {
		return Taken{}, fmt.Errorf("no backup can be made: %w", err)
	}
	taken.Path = filepath.Join(r.Folder, h.Name())
	if err := r.admits(taken.Path); err != nil {
		return Taken{}, err
	}
	f, err := os.CreateTemp(r.Folder, h.Name()+partial+"*")
	if err != nil {
		return Taken{}, r.unwritable(err)
	}
	err = taken.make(ctx, log, r, h, f)
	if err = errors.Join(err, f.Close()); err == nil {
		err = put(f.Name(), taken.Path)
	}
	if err == nil {
		return taken, nil
	}
	err = r.unwritable(err)
	if left := os.Remove(f.Name()); left != nil && !errors.Is(left, fs.ErrNotExist) {
		err = fmt.Errorf("%w; what was written so far cannot be removed: %w", err, left)
	}
	return Taken{}, err
}

// admits returns an error if there is no place or too little room for a backup.
func (r Request) admits(path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%w: %s", ErrExists, path)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return r.unwritable(err)
	}
	free, err := r.Free(r.Folder)
	if err != nil {
		return fmt.Errorf("the free space at %s is not known: %w", r.Folder, err)
	}
	if need := uint64(r.LogBytes)/2 + spare; free < need { // it packs to a third
		return &FullError{r.Folder, free, need}
	}
	return nil
}

// unwritable says of a failure that a disk is full, if it is that.
func (r Request) unwritable(err error) error {
	var path *fs.PathError
	switch {
	case outOfRoom(err):
		return fmt.Errorf("%w (%w)", &FullError{Folder: r.Folder}, err)
	case errors.As(err, &path):
		return fmt.Errorf("no backup can be made in %s: %w", r.Folder, err)
	}
	return err
}

// make writes the backup to f and checks it.
func (t *Taken) make(ctx context.Context, log Source, r Request, h Header, f *os.File) error {
	t.ReadBack = !h.Encrypted || len(r.Identities) > 0
	var audit *events.Audit
	if !t.ReadBack {
		audit = events.NewAudit()
		audit.Expect(h.To.Position, h.To.Hash)
	}
	w, err := newWriter(f, h, r.Recipients)
	if err != nil {
		return err
	}
	if err := copyLog(ctx, log, h.To.Position, w, audit); err != nil {
		w.abandon()
		return err
	}
	if t.Digest, err = w.finish(); err == nil {
		err = f.Sync()
	}
	if err != nil {
		return err
	}
	forget(f)
	if t.Report, err = lookBack(ctx, f, r.Identities); err != nil {
		return err
	}
	if audit != nil {
		t.Report.Log, t.Report.Plain = audit.Report(h.To.Position), w.plain
	}
	return t.Report.Log.Err()
}

// errEnough ends a scan at the position up to which the backup goes.
var errEnough = errors.New("the backup goes no further")

// copyLog writes the commits of a log up to a position, and shows them to an
// audit if there is one.
func copyLog(ctx context.Context, log Source, last uint64, to *writer, audit *events.Audit) error {
	if last == 0 {
		return nil
	}
	_, err := log.ScanStored(ctx, 0, func(p events.Placed) error {
		if p.Position > last {
			return errEnough
		}
		if err := to.add(p); err != nil {
			return err
		}
		if audit != nil {
			audit.Next(p)
		}
		if p.Position == last {
			return errEnough
		}
		return nil
	})
	switch {
	case err != nil && !errors.Is(err, errEnough):
		return err
	case to.next <= last:
		return fmt.Errorf("%w: the commits at positions %d to %d are missing", events.ErrDamaged, to.next, last)
	}
	return nil
}

// lookBack reads the file that was written. What it finds wrong with the log is
// in the report, and no error: the file is what was written then.
func lookBack(ctx context.Context, f *os.File, identities []age.Identity) (Report, error) {
	info, err := f.Stat()
	if err != nil {
		return Report{}, err
	}
	r, err := newReader(ctx, f, info.Size(), f.Name())
	if err != nil {
		return Report{}, err
	}
	found, err := r.verify(identities)
	if r.packed != nil {
		r.packed.Close()
	}
	if errors.Is(found.Log.Err(), events.ErrDamaged) {
		err = nil
	}
	return found, err
}

// put gives a file its name, and returns once that is on disk. Only a backup of
// the same moment could have the name already.
func put(from, to string) error {
	if _, err := os.Lstat(to); err == nil {
		return fmt.Errorf("%w: %s", ErrExists, to)
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	if runtime.GOOS == "windows" { // which journals names, and syncs no folders
		return nil
	}
	folder, err := os.Open(filepath.Dir(to))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
