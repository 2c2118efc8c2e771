package feed

import (
	"errors"
	"os"
	"testing"

	"go.etcd.io/bbolt"
	"golang.org/x/sys/unix"
)

// The system refuses to map more of the file, as Windows does where the disk is
// full: the file is sound, and is not given up.
func TestAFileThatCannotBeMappedFurtherIsKept(t *testing.T) {
	w := newWorld(t).small()
	v := open1(t, inTemp(t), w.log)
	defer closed(t, v)
	catchUp(t, v)
	if err := v.Close(); err != nil {
		t.Fatal(err)
	}
	v = open1(t, v.path, w.log)
	if err := v.db.Close(); err != nil {
		t.Fatal(err)
	}
	var file *os.File
	var err error
	v.db, err = bbolt.Open(v.path, 0o600, &bbolt.Options{OpenFile: func(name string, flag int, mode os.FileMode) (*os.File, error) {
		var err error
		file, err = os.OpenFile(name, flag, mode)
		return file, err
	}})
	if err != nil {
		t.Fatal(err)
	}
	codes := w.listing(6000)
	catchUp(t, v)
	for _, flag := range []int{os.O_WRONLY, os.O_RDWR} { // what is only written cannot be mapped
		other, err := os.OpenFile(v.path, flag, 0)
		if err != nil {
			t.Fatal(err)
		}
		if flag == os.O_WRONLY {
			err = unix.Dup2(int(other.Fd()), int(file.Fd()))
		}
		if err = errors.Join(err, other.Close()); err != nil {
			t.Fatal(err)
		}
		switch err := v.Write(t.Context()); {
		case len(v.Repairs()) > 0:
			t.Fatalf("%v; a sound file was given up: %v", err, v.Repairs())
		case flag == os.O_WRONLY && !errors.Is(err, ErrUnwritable), flag == os.O_RDWR && err != nil:
			t.Fatal(err)
		}
	}
	if _, found, err := v.Practices.Get(t.Context(), codes[1]); !found || err != nil || v.Written() != v.Position() {
		t.Errorf("%t, %v, written up to %d of %d", found, err, v.Written(), v.Position())
	}
}
