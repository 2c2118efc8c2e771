package storedir

import "fmt"

// spare is how much room a store asks for before anything is written: enough
// for the largest import and for the server's own housekeeping. In bytes.
const spare = 64 << 20

// FullError says that the disk of a store has too little room to write to it.
type FullError struct {
	Dir          string
	Free, Needed uint64 // bytes
}

// Error gives the figures.
func (e *FullError) Error() string {
	return fmt.Sprintf("the disk with the store at %s is full: %d MiB are free and %d MiB are needed", e.Dir, e.Free>>20, e.Needed>>20)
}

// CheckSpace returns a *FullError if the disk with the folder at path has too
// little room. Call it before anything is written.
func CheckSpace(path string) error {
	free, err := freeBytes(path)
	if err != nil {
		return fmt.Errorf("the free space at %s is not known: %w", path, err)
	}
	if free < spare {
		return &FullError{path, free, spare}
	}
	return nil
}

// CheckSpace returns a *FullError if the store's disk has too little room.
// Call it before anything is written.
func (d *Dir) CheckSpace() error { return CheckSpace(d.path) }
