// Package storedir keeps the folder of an embedded store: who may use it, whose
// it is, and what stands between it and loss.
//
// The folder holds
//
//	lock             locked for as long as a process has the store open
//	holder.json      who that is, for the message to whoever comes second
//	serve.json       how to reach the server that has the store open, if one has
//	store.json       whose store it is, and that it once had a log
//	highwater.json   the last commit known to be stored
//	damage.json      what was found wrong with the log, until it is cleared up
//	jetstream/       the event log and the alarms, kept by the embedded server
//	before-open/     the copy of the log
//	doubted/         a log that contradicted its copy, before a server opened it
//	damaged-*/       logs that were found damaged and set aside
//	restoring.json   says that the log is being filled from a backup, and not whole
//	backup.json      which backup was made last
//
// and what others keep in it:
//
//	views.db         the views, which can be rebuilt from the log
//	reminder.json    what was counted for the reminder; it can be deleted
//	users.json       who may connect to the server (with users.lock)
//	alerts.toml      who is warned of deadlines and how, written by people
//	alerts.log       the alerts that go to the file (with alerts.log.lock)
//	feeds.json       the secret addresses of calendars (with feeds.json.lock)
//
// It promises that one process at a time works on the folder, that its own
// files are replaced whole or not at all, and that no copy of the log gives way
// to one that has less in it. What the log says is none of its business: the
// adapter of the log judges that, with the mark and the marker kept here.
package storedir

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"parley/events"
)

// Errors of Create and Open, beside *HeldError and *FullError.
var (
	ErrNoStore  = errors.New("there is no store here")
	ErrExists   = errors.New("there is a store here already")
	ErrNotEmpty = errors.New("the folder holds other things")
)

// ErrEdited says that what is kept of whose store it is, is not what was written: it
// is damaged, or somebody changed it, who then has to take its line with the sum out.
var ErrEdited = errors.New("this is not as it was written")

// format is the version of the folder's layout.
const format = 1

// The files of the folder.
const (
	lockFile   = "lock"
	holderFile = "holder.json"
	storeFile  = "store.json"
	markFile   = "highwater.json"
	viewsFile  = "views.db"
)

// Identity says whose store it is.
type Identity struct {
	Format    int       `json:"format"`    // of the folder's layout, filled in by Create
	LMC       string    `json:"lmc"`       // its name
	Code      string    `json:"code"`      // GLO
	Actor     string    `json:"actor"`     // who acts where no connection proves it
	Rehearsal bool      `json:"rehearsal"` // for training and tests: honours a set clock
	Created   time.Time `json:"created"`   // UTC

	// StreamCreated says that the log has been begun: where it is missing from
	// then on, it is lost, and another must not be begun in its place.
	StreamCreated bool `json:"stream_created"`

	// Sealed recognises the key that the log is encrypted with, and tells nothing
	// of it: what the server's Key.Seal returned. Empty for a plain store.
	Sealed string `json:"sealed,omitempty"`

	// Outside says that the log is kept by a NATS server elsewhere, and the folder
	// holds no more than what this machine knows of it.
	Outside bool `json:"outside,omitempty"`
}

// signed is what store.json holds: a letter of a name that is another would not be
// noticed otherwise, and every fact recorded under it.
type signed struct {
	Sum string `json:"sum,omitempty"` // of the identity; a file of an older version has none. It comes first, so that its line can be taken out
	Identity
}

// sum is a checksum of what an identity says.
func (id Identity) sum() string {
	said, err := json.Marshal(id)
	if err != nil { // a year that JSON does not know
		return ""
	}
	sum := sha256.Sum256(said)
	return hex.EncodeToString(sum[:8])
}

// Claim says who wants the folder and how long they will wait for it.
type Claim struct {
	Command string        // as it is shown to others who wait: parley case list
	Wait    time.Duration // 0: not at all
}

// Dir is the folder of a store, held by this process until Close.
type Dir struct {
	path     string
	lock     *flock.Flock
	identity Identity
	mark     Mark
}

// Create makes path the folder of a new store and opens it. The folder may
// exist if it is empty. Errors: ErrExists, ErrNotEmpty, *HeldError, *FullError.
func Create(ctx context.Context, path string, id Identity, claim Claim) (*Dir, error) {
	d, err := claimed(ctx, path, claim, vacant)
	if err != nil {
		return nil, err
	}
	id.Format, id.Created = format, id.Created.UTC()
	if err := d.setIdentity(id); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// claimed makes the folder of a store to be, and locks it. free says whether it may
// be one: before the lock is waited for, and again once it is held, as somebody
// else may have been quicker.
func claimed(ctx context.Context, path string, claim Claim, free func(path string) error) (*Dir, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("no store can be made at %s: %w", path, err)
	}
	if err := free(path); err != nil {
		return nil, err
	}
	if err := CheckSpace(path); err != nil {
		return nil, err
	}
	lock, err := acquire(ctx, path, claim)
	if err != nil {
		return nil, err
	}
	d := &Dir{path: path, lock: lock}
	if err := free(path); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// vacant returns an error unless the folder holds nothing but a lock.
func vacant(path string) error {
	entries, err := os.ReadDir(path)
	if err != nil {
		return fmt.Errorf("no store can be made at %s: %w", path, err)
	}
	other := ""
	for _, e := range entries {
		switch name, _, making := strings.Cut(e.Name(), ".new"); {
		case name == storeFile && !making:
			return fmt.Errorf("no store can be made at %s: %w", path, ErrExists)
		case name == lockFile, name == holderFile, name == storeFile: // of one that was killed as it began
		default:
			other = e.Name()
		}
	}
	if other != "" {
		return fmt.Errorf("no store can be made at %s: %w, such as %s: name an empty or a new folder", path, ErrNotEmpty, other)
	}
	return nil
}

// Open takes hold of the store at path. Errors: ErrNoStore, *HeldError, and
// those of Look.
func Open(ctx context.Context, path string, claim Claim) (*Dir, error) {
	if _, err := os.Stat(filepath.Join(path, storeFile)); errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrNoStore, path)
	}
	lock, err := acquire(ctx, path, claim)
	if err != nil {
		return nil, err
	}
	d := &Dir{path: path, lock: lock}
	if d.identity, err = Look(path); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	if d.mark, err = readMark(path); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	if err := d.Unserve(); err != nil { // of a server that was killed
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// Look reads whose store is at path, without taking hold of it. Its errors
// wrap ErrNoStore, ErrUnfinished, events.ErrDamaged (and with it ErrEdited, if that is
// all) or events.ErrNewer.
func Look(path string) (Identity, error) {
	if err := unfinished(path); err != nil {
		return Identity{}, err
	}
	file := filepath.Join(path, storeFile)
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return Identity{}, fmt.Errorf("%w: %s", ErrNoStore, path)
	}
	if err != nil {
		return Identity{}, fmt.Errorf("the store at %s cannot be read: %w", path, err)
	}
	var probe struct{ Format int }
	if json.Unmarshal(data, &probe) == nil && probe.Format > format {
		return Identity{}, fmt.Errorf("the store at %s has layout %d, and this version knows layouts up to %d: %w", path, probe.Format, format, events.ErrNewer)
	}
	var found signed
	if err := strict(data, &found); err != nil {
		return Identity{}, fmt.Errorf("%w: %s: %w", events.ErrDamaged, file, err)
	}
	id := found.Identity
	if found.Sum != "" && found.Sum != id.sum() {
		return Identity{}, fmt.Errorf("%w: %s: %w", events.ErrDamaged, file, ErrEdited)
	}
	if id.Format < 1 || id.Code == "" || id.Created.IsZero() {
		return Identity{}, fmt.Errorf("%w: %s does not say whose store it is", events.ErrDamaged, file)
	}
	return id, nil
}

// Path returns the folder. It is also the store folder to give to the server.
func (d *Dir) Path() string { return d.path }

// ViewsPath returns where the checkpoint of the views belongs.
func (d *Dir) ViewsPath() string { return filepath.Join(d.path, viewsFile) }

// Identity returns whose store it is.
func (d *Dir) Identity() Identity { return d.identity }

// MarkStreamCreated notes for good that the log has been begun. It must be
// called before anything is appended to a new log.
func (d *Dir) MarkStreamCreated() error {
	if d.identity.StreamCreated {
		return nil
	}
	id := d.identity
	id.StreamCreated = true
	return d.setIdentity(id)
}

func (d *Dir) setIdentity(id Identity) error {
	if err := writeJSON(filepath.Join(d.path, storeFile), signed{id.sum(), id}); err != nil {
		return fmt.Errorf("the store at %s cannot be written: %w", d.path, err)
	}
	d.identity = id
	return nil
}

// Close lets the folder go.
func (d *Dir) Close() error {
	// Removed while the lock is held, so that it is never another's.
	unserved := d.Unserve()
	err := os.Remove(filepath.Join(d.path, holderFile))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(unserved, err, d.lock.Unlock())
}
