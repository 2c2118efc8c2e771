package storedir

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const probeFile = "probe.tmp"

// Disk says how the disk of a store behaved when it was tried.
type Disk struct {
	Durable time.Duration // what a small write took that is forced to disk: the median of several
	Slowest time.Duration // the slowest of them
	Loose   time.Duration // what one took that is not forced to disk: the median of as many
	Kind    string        // of file system, as far as it is known: "in memory", "network"; or empty
}

// Forces reports whether the disk takes longer over a write that it is to force
// out than over another. If it does not, it cannot keep that promise. If it does
// it may still answer before the data is safe: that no program can tell.
func (d Disk) Forces() bool { return d.Durable >= 3*d.Loose && d.Durable >= 5*time.Microsecond }

// tries is how many writes of each sort are timed.
const tries = 15

// TryDisk writes a little to the disk of the store, and says how that went.
func (d *Dir) TryDisk() (Disk, error) {
	path := filepath.Join(d.path, probeFile)
	f, err := os.Create(path)
	if err != nil {
		return Disk{}, err
	}
	loose, err := timed(f, func() error { return nil })
	var durable []time.Duration
	if err == nil {
		durable, err = timed(f, f.Sync)
	}
	if err := errors.Join(err, f.Close(), os.Remove(path)); err != nil {
		return Disk{}, err
	}
	return Disk{Durable: median(durable), Slowest: slices.Max(durable), Loose: median(loose), Kind: kindOf(d.path)}, nil
}

// timed writes to f several times, and returns how long each took with then.
func timed(f *os.File, then func() error) ([]time.Duration, error) {
	took := make([]time.Duration, tries)
	for i := range took {
		began := time.Now()
		_, err := f.Write(make([]byte, 512))
		if err == nil {
			err = then()
		}
		if err != nil {
			return nil, err
		}
		took[i] = time.Since(began)
	}
	return took, nil
}

func median(of []time.Duration) time.Duration {
	of = slices.Sorted(slices.Values(of))
	return of[len(of)/2]
}
