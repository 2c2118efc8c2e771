package backup

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// opened is a file with a Reader on it.
type opened struct {
	*Reader
	f *os.File
}

// openFile opens the backup at path and reads its header.
func openFile(ctx context.Context, path string) (*opened, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("the backup cannot be read: %w", err)
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%w: %s is no file", ErrNotABackup, path)
	}
	var r *Reader
	if err == nil {
		r, err = newReader(ctx, f, info.Size(), path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return &opened{r, f}, nil
}

// again begins a second reading of the same file.
func (o *opened) again(ctx context.Context) (*Reader, error) {
	return newReader(ctx, o.file, o.size, o.name)
}

// close lets the file go.
func (o *opened) close() error {
	if o.packed != nil {
		o.packed.Close()
	}
	return o.f.Close()
}
