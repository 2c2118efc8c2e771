//go:build !linux

package feed

import "go.etcd.io/bbolt"

// unmap does nothing: what the file has in memory is for the system to take back.
func unmap(*bbolt.Tx) {}
