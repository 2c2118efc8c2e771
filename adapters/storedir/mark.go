package storedir

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"parley/events"
)

// Mark names a commit that the log is known to hold. The zero Mark names none.
type Mark struct {
	Position uint64      `json:"position"`
	Hash     events.Hash `json:"hash"`
}

// Mark returns the last commit known to be stored.
func (d *Dir) Mark() Mark { return d.mark }

// SetMark notes the last commit known to be stored, and returns once that is on
// disk. A mark never goes back: a lower one, or another hash at the same place,
// is an error that wraps events.ErrDamaged.
func (d *Dir) SetMark(m Mark) error {
	switch {
	case m == d.mark:
		return nil
	case m.Position < d.mark.Position:
		return fmt.Errorf("%w: the log ends at position %d, and had reached %d", events.ErrDamaged, m.Position, d.mark.Position)
	case m.Position == d.mark.Position:
		return fmt.Errorf("%w: position %d of the log is not what it was", events.ErrDamaged, m.Position)
	case m.Hash.IsZero():
		return fmt.Errorf("a mark at position %d without a hash", m.Position)
	}
	if err := writeJSON(filepath.Join(d.path, markFile), m); err != nil {
		return fmt.Errorf("the store at %s cannot be written: %w", d.path, err)
	}
	d.mark = m
	return nil
}

// readMark reads the folder's mark, and none where there is none yet.
func readMark(path string) (Mark, error) {
	file := filepath.Join(path, markFile)
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return Mark{}, nil
	}
	if err != nil {
		return Mark{}, fmt.Errorf("the store at %s cannot be read: %w", path, err)
	}
	var m Mark
	if err := strict(data, &m); err != nil {
		return Mark{}, fmt.Errorf("%w: %s: %w", events.ErrDamaged, file, err)
	}
	if m.Position == 0 || m.Hash.IsZero() {
		return Mark{}, fmt.Errorf("%w: %s does not name a commit", events.ErrDamaged, file)
	}
	return m, nil
}
