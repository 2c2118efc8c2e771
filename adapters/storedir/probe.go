package storedir

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// TimeWrite writes a little to the disk of the store and returns how long it
// took to be durable: the median of several.
func (d *Dir) TimeWrite() (time.Duration, error) {
	path := filepath.Join(d.path, "probe.tmp")
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	const tries = 9
	var took [tries]time.Duration
	for i := range took {
		began := time.Now()
		if _, err = f.Write(make([]byte, 512)); err == nil {
			err = f.Sync()
		}
		if err != nil {
			break
		}
		took[i] = time.Since(began)
	}
	if err := errors.Join(err, f.Close(), os.Remove(path)); err != nil {
		return 0, err
	}
	return median(took[:]), nil
}

func median(of []time.Duration) time.Duration {
	slices.Sort(of)
	return of[len(of)/2]
}
