package storedir

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// kindOf says what is special about the file system with path; nothing if
// nothing is known to be.
func kindOf(path string) string {
	var s unix.Statfs_t
	if unix.Statfs(path, &s) != nil {
		return ""
	}
	switch int64(s.Type) {
	case unix.TMPFS_MAGIC, unix.RAMFS_MAGIC:
		return "in memory"
	case unix.NFS_SUPER_MAGIC, unix.SMB_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC, unix.CEPH_SUPER_MAGIC, unix.AFS_SUPER_MAGIC:
		return "network"
	}
	return ""
}

// isMount reports whether the folder at path is where a disk, or a folder of
// another place, is mounted: then it cannot be renamed.
func isMount(path string) (bool, error) {
	var s, above unix.Statx_t
	err := unix.Statx(unix.AT_FDCWD, path, unix.AT_SYMLINK_NOFOLLOW, unix.STATX_BASIC_STATS, &s)
	if err == nil && s.Attributes_mask&unix.STATX_ATTR_MOUNT_ROOT != 0 {
		return s.Attributes&unix.STATX_ATTR_MOUNT_ROOT != 0, nil
	}
	if err == nil { // a kernel before 5.8: another disk at least is seen
		err = unix.Statx(unix.AT_FDCWD, filepath.Dir(path), 0, unix.STATX_BASIC_STATS, &above)
	}
	if err != nil {
		return false, &os.PathError{Op: "stat", Path: path, Err: err}
	}
	return s.Dev_major != above.Dev_major || s.Dev_minor != above.Dev_minor, nil
}
