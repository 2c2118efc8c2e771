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

// damageFile says that damage was found, for those who come later.
const damageFile = "damage.json"

// Damage is what was found wrong with the log of the store, and not cleared up.
type Damage struct {
	Found  time.Time `json:"found"` // UTC
	What   string    `json:"what"`
	Became string    `json:"became,omitempty"` // what was done about it
}

// Error says what was found. It wraps events.ErrDamaged.
func (d *Damage) Error() string {
	return fmt.Sprintf("damage was found in this store on %s, and nothing is recorded until it is cleared up: %s", d.Found.Format("2 Jan 2006"), d.Story())
}

// Story says what was found and what was done about it.
func (d *Damage) Story() string {
	if d.Became == "" {
		return d.What
	}
	return d.What + "; " + d.Became
}

func (d *Damage) Unwrap() error { return events.ErrDamaged }

// Damage returns what was found wrong with the log and not cleared up yet: a
// *Damage, or nil. Whoever would write asks for it first.
func (d *Dir) Damage() error {
	data, err := os.ReadFile(filepath.Join(d.path, damageFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the store at %s cannot be read: %w", d.path, err)
	}
	var found Damage
	if err := strict(data, &found); err != nil {
		return fmt.Errorf("%w: %s: %w", events.ErrDamaged, damageFile, err)
	}
	return &found
}

// NoteDamage keeps on disk that damage was found. What was found first stays.
func (d *Dir) NoteDamage(found Damage) error {
	if d.Damage() != nil {
		return nil
	}
	if err := writeJSON(filepath.Join(d.path, damageFile), found); err != nil {
		return fmt.Errorf("the store at %s cannot be written: %w", d.path, err)
	}
	return nil
}

// NoteBecame adds to what is kept in mind what was done about it, where that is
// not said yet.
func (d *Dir) NoteBecame(became string) error {
	var found *Damage
	if !errors.As(d.Damage(), &found) || found.Became != "" {
		return nil
	}
	found.Became = became
	if err := writeJSON(filepath.Join(d.path, damageFile), found); err != nil {
		return fmt.Errorf("the store at %s cannot be written: %w", d.path, err)
	}
	return nil
}

// ClearDamage says that the whole log was looked through, up to the mark at
// least, and that nothing is wrong.
func (d *Dir) ClearDamage() error {
	err := os.Remove(filepath.Join(d.path, damageFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
