package storedir_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"parley/adapters/logtest"
	"parley/adapters/storedir"
)

// A folder where a disk is mounted, or another folder of the same disk, is not
// renamed by any system: that is told beforehand, and by the same error afterwards.
func TestAMountedFolderStays(t *testing.T) {
	disk := logtest.SmallDisk(t, "80m")
	filled(t, disk)
	bound, other := t.TempDir(), t.TempDir()
	if err := syscall.Mount(other, bound, "", syscall.MS_BIND, ""); err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(bound, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	for _, path := range []string{disk, bound} {
		if err := storedir.CanGiveWay(path); !errors.Is(err, storedir.ErrStays) {
			t.Errorf("%s: %v", path, err)
		}
	}
	below := filepath.Join(disk, "below")
	if err := errors.Join(os.Mkdir(below, 0o700), storedir.CanGiveWay(below)); err != nil {
		t.Error(err)
	}
	h, err := storedir.TakeHold(t.Context(), disk, storedir.Claim{})
	if err != nil {
		t.Fatal(err)
	}
	fresh := disk + ".restoring"
	filled(t, fresh)
	if _, err := h.GiveWay(fresh); !errors.Is(err, storedir.ErrStays) {
		t.Errorf("%v", err)
	}
	if err := errors.Join(h.Close(), syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, "")); err != nil {
		t.Fatal(err)
	}
	if err := storedir.CanGiveWay(below); !errors.Is(err, storedir.ErrStays) || !errors.Is(err, syscall.EROFS) {
		t.Errorf("%v", err)
	}
	if err := storedir.CanFill(filepath.Join(disk, "new")); !errors.Is(err, syscall.EROFS) {
		t.Errorf("%v", err)
	}
}
