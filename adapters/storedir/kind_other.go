//go:build !linux

package storedir

// kindOf would say what is special about the file system with path. Only Linux
// is asked.
func kindOf(string) string { return "" }
