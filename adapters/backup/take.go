package backup

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
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
	Name    string    // of its file there; empty: as its header gives it
	Now     time.Time // when the backup is taken
	Program string    // which Parley takes it

	Recipients []age.Recipient // whom it is encrypted to; none: it is not
	Identities []age.Identity  // what to read it back with if it is encrypted; none: it is checked as it is written

	LogBytes int64                                         // what the log takes on disk, to ask for room; 0 if not known
	Free     func(folder string) (bytes uint64, err error) // how much room there is
}

// Header returns what the backup is to say of itself.
func (r Request) Header() Header {
	return Header{
		Format: format, Store: r.Store, Taken: r.Now.UTC().Truncate(time.Second), From: 1, To: r.UpTo,
		Encrypted: len(r.Recipients) > 0, Program: r.Program,
	}
}

// Path returns where the backup is to be.
func (r Request) Path() string { return filepath.Join(r.Folder, cmp.Or(r.Name, r.Header().Name())) }

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
// gets its name when it is on disk and was found sound, and if nothing else has
// come by that name meanwhile. Until then it has another, beginning with what its
// header gives it and ".partial-", and if anything goes wrong it is removed. The
// log can be appended to meanwhile.
//
// Errors: those of events where it is the log that is damaged, ErrDamaged where
// the disk did not keep what was written, *FullError, ErrExists, ErrRecipients.
func Take(ctx context.Context, log Source, r Request) (Taken, error) {
	taken := Taken{Path: r.Path()}
	h := r.Header()
	err := h.check()
	if err == nil {
		err = r.admits()
	}
	if err == nil {
		err = taken.write(ctx, log, r, h)
	}
	if err != nil {
		return Taken{}, fmt.Errorf("no backup was made in %s: %w", r.Folder, err)
	}
	return taken, nil
}

// admits returns an error if there is no place or too little room for a backup.
func (r Request) admits() error {
	if _, err := os.Lstat(r.Path()); err == nil {
		return fmt.Errorf("%w: %s", ErrExists, r.Path())
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	free, err := r.Free(r.Folder)
	if err != nil {
		return fmt.Errorf("the free space there is not known: %w", err)
	}
	if need := uint64(r.LogBytes)/2 + spare; free < need { // it packs to a third
		return &FullError{free, need}
	}
	return nil
}

// write makes a file of the backup, which has its name in the end or is gone.
func (t *Taken) write(ctx context.Context, log Source, r Request, h Header) error {
	f, err := os.CreateTemp(r.Folder, h.Name()+partial+"*")
	if err != nil {
		return t.unwritable(err)
	}
	err = t.make(ctx, log, r, h, f)
	if err = errors.Join(err, f.Close()); err == nil {
		err = put(f.Name(), t.Path)
	}
	left := os.Remove(f.Name())
	if err == nil {
		return nil // whoever prunes clears away a name that is left
	}
	err = t.unwritable(err)
	if left != nil && !errors.Is(left, fs.ErrNotExist) {
		err = fmt.Errorf("%w; what was written so far cannot be removed: %w", err, left)
	}
	return err
}

// unwritable says of a failure that a disk is full, if it is that, and does not
// name the file as it was called while it was written.
func (t *Taken) unwritable(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) && strings.Contains(path.Path, partial) {
		err = fmt.Errorf("%s: %w", t.Path, path.Err)
	}
	if outOfRoom(err) {
		return fmt.Errorf("%w: %w", &FullError{}, err)
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
	if t.Report, err = lookBack(ctx, f, t.Path, r.Identities); err != nil {
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

// lookBack reads the file that was written; its name is for messages. What it finds wrong with the log is
// in the report, and no error: the file is what was written then.
func lookBack(ctx context.Context, f *os.File, name string, identities []age.Identity) (Report, error) {
	info, err := f.Stat()
	if err != nil {
		return Report{}, err
	}
	r, err := newReader(ctx, f, info.Size(), name)
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
