//go:build !linux

package storedir

// kindOf would say what is special about the file system with path. Only Linux
// is asked.
func kindOf(string) string { return "" }

// isMount reports whether the folder at path is known to be one that cannot be
// renamed, as a disk is mounted there.
func isMount(string) (bool, error) { return false, nil }
