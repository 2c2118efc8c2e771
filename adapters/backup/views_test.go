package backup_test

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"go.etcd.io/bbolt"

	"parley/adapters/feed"
	"parley/adapters/logtest/sample"
	"parley/adapters/natsd"
	"parley/events"
)

// TestTheViewsAreTheSame: of real cases, every document of every view that grows
// from the restored log is byte by byte what it is in the store that was backed up.
func TestTheViewsAreTheSame(t *testing.T) {
	root := t.TempDir()
	p := begin(t, filepath.Join(root, "store"), nil)
	for n := range 3 {
		last := uint64(0)
		for _, r := range sample.Collective(t, fmt.Sprintf("GLO-26-%04d", n+1), 4) {
			c, err := events.Seal(r.Commit)
			if err == nil {
				last, err = p.log.Append(t.Context(), c, last)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	id, recipients := keyPair(t)
	r := p.request(t, t.TempDir())
	r.Recipients = recipients
	made := take(t, p.log, r)
	want := documents(t, p)
	p.close(t)
	if len(want) < 6 {
		t.Fatalf("there are only %d documents", len(want))
	}
	k, path := natsd.NewKey(), filepath.Join(root, "restored")
	if _, err := restore(t.Context(), made.Path, path, append(r.Identities, id), k, nil); err != nil {
		t.Fatal(err)
	}
	q := reopen(t, path, k)
	defer q.close(t)
	got := documents(t, q)
	if !maps.Equal(got, want) {
		t.Errorf("there are the documents %q, not %q, or they say other things", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
}

// documents lets the views of a store grow and returns all that is in their file.
func documents(t *testing.T, p *place) map[string]string {
	t.Helper()
	v, err := feed.OpenViews(p.dir.ViewsPath(), p.log)
	if err == nil {
		err = v.CatchUp(t.Context(), 0)
	}
	if err == nil {
		err = v.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	db, err := bbolt.Open(p.dir.ViewsPath(), 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	all := map[string]string{}
	err = db.View(func(tx *bbolt.Tx) error {
		return tx.ForEach(func(bucket []byte, b *bbolt.Bucket) error {
			return b.ForEach(func(key, value []byte) error {
				all[string(bucket)+" "+string(key)] = string(value)
				return nil
			})
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
