package backup

import (
	"os"

	"golang.org/x/sys/unix"
)

// forget asks the system to keep nothing of a synced file in memory, so that
// what is read next comes from the disk. It is a request, and may be in vain.
func forget(f *os.File) { _ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) }
