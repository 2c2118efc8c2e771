package backup

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
)

// TestPut: of many files that are to have one name one gets it, and nothing is
// overwritten, also where no file can have two names.
func TestPut(t *testing.T) {
	for name, put := range map[string]func(from, to string) error{"put": put, "claim": claim} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			to := filepath.Join(folder, "same.backup")
			failed := make([]error, 32)
			var all sync.WaitGroup
			for i := range failed {
				from := filepath.Join(folder, fmt.Sprint(i))
				if err := os.WriteFile(from, []byte(from), 0o600); err != nil {
					t.Fatal(err)
				}
				all.Go(func() { failed[i] = put(from, to) })
			}
			all.Wait()
			var winner []string
			for i, err := range failed {
				if err == nil {
					winner = append(winner, filepath.Join(folder, fmt.Sprint(i)))
				} else if !errors.Is(err, ErrExists) && !errors.Is(err, os.ErrExist) {
					t.Error(err)
				}
			}
			if data, err := os.ReadFile(to); err != nil || len(winner) != 1 || string(data) != winner[0] {
				t.Errorf("it holds %q, and was put by %q: %v", data, winner, err)
			}
		})
	}
}

// TestPutNothing: a name is not taken where there is nothing to give it to.
func TestPutNothing(t *testing.T) {
	folder := t.TempDir()
	if err := put(filepath.Join(folder, "none"), filepath.Join(folder, "x.backup")); !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
	if all, err := os.ReadDir(folder); err != nil || len(all) > 0 {
		t.Errorf("it left %v, %v", all, err)
	}
}
