package storedir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"parley/events"
)

// backupFile says which backup was made last.
const backupFile = "backup.json"

// Backup says where a backup of the log is, and what it holds.
type Backup struct {
	Path      string      `json:"path"`          // of the file, on its machine
	Host      string      `json:"host"`          // the name of that machine
	Taken     time.Time   `json:"taken"`         // UTC
	Position  uint64      `json:"position"`      // up to which it goes
	Hash      events.Hash `json:"hash,omitzero"` // of the commit there; zero in a note of an older version
	Encrypted bool        `json:"encrypted"`     // to age recipients
}

// NoteBackup keeps in mind which backup was made last.
func (d *Dir) NoteBackup(b Backup) error {
	if err := writeJSON(filepath.Join(d.path, backupFile), b); err != nil {
		return fmt.Errorf("the store at %s cannot be written: %w", d.path, err)
	}
	return nil
}

// LastBackup returns the backup that was made last, and false if none is known.
// Its error wraps events.ErrDamaged if the note does not read.
func (d *Dir) LastBackup() (b Backup, known bool, err error) {
	data, err := os.ReadFile(filepath.Join(d.path, backupFile))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return b, false, nil
	case err != nil:
		return b, false, fmt.Errorf("the store at %s cannot be read: %w", d.path, err)
	}
	if err := strict(data, &b); err != nil {
		return Backup{}, false, fmt.Errorf("%w: %s: %w", events.ErrDamaged, backupFile, err)
	}
	return b, true, nil
}
