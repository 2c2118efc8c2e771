package outbox

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"parley/adapters/logtest"
	"parley/domain/watch"
)

// A message that no longer fits leaves the file as it was, and is written once
// there is room.
func TestADiskThatIsFull(t *testing.T) {
	dir := logtest.SmallDisk(t, "16k")
	path, ballast := filepath.Join(dir, "alerts.log"), filepath.Join(dir, "ballast")
	c := New(Config{Path: path, Zone: london()})
	send(t, c, message("a_1"))
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk took it: %v", err)
	}
	long := message("a_2")
	long.Closing = strings.Repeat("word ", 2000)
	if _, err := c.Send(t.Context(), long); !errors.Is(err, watch.ErrTemporary) || !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("on a full disk: %v", err)
	}
	if got := read(t, path); got != block {
		t.Errorf("the file reads\n%s", got)
	}
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	long.Closing = "word"
	send(t, c, long)
	if got := read(t, path); !strings.HasPrefix(got, block+"--- a_2,") || !strings.HasSuffix(got, "--- end of a_2 ---\n") {
		t.Errorf("the file reads\n%s", got)
	}
}
