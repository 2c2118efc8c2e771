package feed

import (
	"go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

// unmap tells the system that the file's pages need not be in this process's
// memory. What is read of them from now on comes back from the system's own
// memory, or from the disk. That it does not listen is no harm.
func unmap(tx *bbolt.Tx) {
	_, _, _ = unix.Syscall(unix.SYS_MADVISE, tx.DB().Info().Data, uintptr(tx.Size()), unix.MADV_DONTNEED)
}
