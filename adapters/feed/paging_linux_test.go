package feed

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Whoever has gone through the whole file does not have it in memory afterwards.
func TestWhatWasReadOfTheFileIsGivenBack(t *testing.T) {
	w := newWorld(t)
	codes := w.listing(2 * ample)
	path := inTemp(t)
	v := open1(t, path, w.log)
	catchUp(t, v)
	closed(t, v)
	v = open1(t, path, w.log)
	defer closed(t, v)
	var failed error
	for code := range v.Practices.Keys(t.Context(), &failed) {
		if code == codes[chunk] {
			if resident(t, path) == 0 {
				t.Error("nothing of the file is in memory while it is read")
			}
		}
	}
	if failed != nil {
		t.Fatal(failed)
	}
	if n := resident(t, path); n > 0 {
		t.Errorf("%d kB of the file are in memory after it was read", n)
	}
	for _, code := range codes { // one by one
		if _, found, err := v.Practices.Get(t.Context(), code); !found || err != nil {
			t.Fatal(code, found, err)
		}
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := resident(t, path); n > int(info.Size())>>11 {
		t.Errorf("%d kB of the file are in memory after every document was asked for, of %d", n, info.Size()>>10)
	}
}

// resident returns how many kB of the file at path are mapped into this process
// and in its memory.
func resident(t *testing.T, path string) (kB int) {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		t.Skipf("this system does not say what is in memory: %v", err)
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		t.Fatal(err)
	}
	ours := false
	for line := range strings.Lines(string(maps)) {
		first, _, _ := strings.Cut(line, " ")
		if strings.Contains(first, "-") {
			ours = strings.HasSuffix(strings.TrimSpace(line), path)
		}
		if ours && first == "Rss:" {
			var n int
			if _, err := fmt.Sscanf(line, "Rss: %d kB", &n); err != nil {
				t.Fatal(err)
			}
			kB += n
		}
	}
	return kB
}
