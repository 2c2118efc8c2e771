package storedir_test

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"parley/adapters/storedir"
)

// nobody is a user who owns none of the folders of these tests.
const nobody = 65534

// asNobody does something as a user who may not look into a folder. It must stay in
// the goroutine of its caller.
func asNobody(t *testing.T, folder string, do func()) {
	t.Helper()
	if os.Geteuid() != 0 { // who owns the folder, and no more than that
		if err := os.Chmod(folder, 0); err != nil {
			t.Fatal(err)
		}
		do()
		if err := os.Chmod(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		return
	}
	runtime.LockOSThread() // whose files these are is asked of the thread
	defer runtime.UnlockOSThread()
	if err := unix.Setfsuid(nobody); err != nil {
		t.Fatal(err)
	}
	do()
	if err := unix.Setfsuid(0); err != nil {
		t.Fatal(err)
	}
}

// Somebody else's store is not one that is to be restored.
func TestTheStoreOfAnotherUser(t *testing.T) {
	d := create(t)
	path := d.Path()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	asNobody(t, path, func() {
		for name, try := range map[string]func() error{
			"look": func() error { _, err := storedir.Look(path); return err },
			"open": func() error { _, err := storedir.Open(t.Context(), path, storedir.Claim{}); return err },
			"fill": func() error {
				_, err := storedir.Fill(t.Context(), path, gloucestershire, storedir.Claim{}, storedir.Filling{})
				return err
			},
		} {
			err := try()
			if !errors.Is(err, fs.ErrPermission) || errors.Is(err, storedir.ErrUnfinished) || !strings.Contains(err.Error(), path) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if !storedir.Holds(path) {
			t.Error("there may be a store there, and it is said that there is none")
		}
	})
	if id, err := storedir.Look(path); err != nil || id.Code != "GLO" {
		t.Errorf("afterwards: %+v, %v", id, err)
	}
}
