package settings

import "io/fs"

// openToAll reports nothing: who may read a file on Windows is not in its mode.
func openToAll(fs.FileMode) bool { return false }

// syncFolder does nothing: NTFS journals its names, and a folder cannot be synced.
func syncFolder(string) error { return nil }
