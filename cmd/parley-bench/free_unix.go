//go:build unix

package main

import "golang.org/x/sys/unix"

// freeBytes returns how much of the disk with path this user may still fill.
func freeBytes(path string) (uint64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return 0, err
	}
	return uint64(s.Bavail) * uint64(s.Bsize), nil
}
