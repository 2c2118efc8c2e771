package storedir

import "golang.org/x/sys/windows"

// freeBytes returns how much of the disk with path this user may still fill.
func freeBytes(path string) (uint64, error) {
	name, err := windows.UTF16PtrFromString(path)
	if err != nil {
		return 0, err
	}
	var free uint64
	err = windows.GetDiskFreeSpaceEx(name, &free, nil, nil)
	return free, err
}

// mayWrite returns nil: what a folder lets a user do is known once it is tried.
func mayWrite(string) error { return nil }

// syncFolder does nothing: NTFS journals its names, and a folder cannot be synced.
func syncFolder(string) error { return nil }
