package backup_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"parley/adapters/backup"
	"parley/adapters/logtest"
	"parley/adapters/natslog"
	"parley/adapters/storedir"
)

// TestADiskThatIsFull: before a backup is begun, and while it is written. Older
// backups stay, and no half one is left.
func TestADiskThatIsFull(t *testing.T) {
	disk := logtest.SmallDisk(t, "1m")
	l, r := small(t, disk)
	_, err := backup.Take(t.Context(), l, r)
	if full, is := errors.AsType[*backup.FullError](err); !is || full.Free > 1<<20 || full.Needed != 16<<20 {
		t.Errorf("begun with %v", err)
	}
	r.Free = func(string) (uint64, error) { return 1 << 40, nil }
	older := take(t, l, r)
	long := endless{20_000}
	r.UpTo = long.end(t)
	_, err = backup.Take(t.Context(), long, r)
	if full, is := errors.AsType[*backup.FullError](err); !is || full.Needed != 0 || !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("while it was written: %v", err)
	}
	if text := err.Error(); !strings.HasPrefix(text, "no backup was made in "+disk+": the disk filled up") || strings.Contains(text, ".partial-") {
		t.Errorf("it says %q", text)
	}
	only(t, disk, filepath.Base(older.Path))
	if _, err := backup.Verify(t.Context(), older.Path, nil); err != nil {
		t.Error(err)
	}
}

// TestRestoreOntoADiskThatFills: the folder is marked as unfinished.
func TestRestoreOntoADiskThatFills(t *testing.T) {
	disk := logtest.SmallDisk(t, "66m") // a store asks for 64 to begin with
	long := endless{3_000}
	_, r := small(t, t.TempDir())
	r.UpTo = long.end(t)
	made := take(t, long, r)
	path := filepath.Join(disk, "store")
	ballast := filepath.Join(disk, "ballast")
	_, err := restore(t.Context(), made.Path, path, nil, nil, func(done, _ uint64) {
		if done == 512 {
			if err := os.WriteFile(ballast, make([]byte, 66<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
				t.Errorf("the disk takes more than there is room for: %v", err)
			}
		}
	})
	if !errors.Is(err, natslog.ErrNoSpace) {
		t.Errorf("it ended with %v", err)
	}
	if _, err := storedir.Open(t.Context(), path, storedir.Claim{}); !errors.Is(err, storedir.ErrUnfinished) {
		t.Errorf("opened: %v", err)
	}
}
