package feed

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.etcd.io/bbolt"
)

// grove is a small file of trees as bbolt makes it: branches above branches, small
// buckets, and pages that are free.
type grove struct {
	t    testing.TB
	data []byte
	keys []string // of documents/many
}

const groveSize = 1 << 10 // of a page

func newGrove(t testing.TB) *grove {
	t.Helper()
	g := &grove{t: t}
	path := filepath.Join(t.TempDir(), "views.db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{PageSize: groveSize})
	if err != nil {
		t.Fatal(err)
	}
	update := func(fn func(*bbolt.Tx) error) {
		t.Helper()
		if err := db.Update(fn); err != nil {
			t.Fatal(err)
		}
	}
	update(func(tx *bbolt.Tx) error {
		few, err := tx.CreateBucket([]byte(marks))
		if err != nil {
			return err
		}
		many, err := tx.CreateBucket([]byte(documents + "many"))
		if err != nil {
			return err
		}
		for i := range 600 {
			g.keys = append(g.keys, fmt.Sprintf("GLO-26-%025d", i))
			err = errors.Join(err, many.Put([]byte(g.keys[i]), []byte(strings.Repeat("a document ", 4))))
		}
		return errors.Join(err, few.Put([]byte("many"), []byte("a mark of them all")))
	})
	update(func(tx *bbolt.Tx) (err error) { // which leaves free what was there
		b := tx.Bucket([]byte(documents + "many"))
		for i := range 60 {
			err = errors.Join(err, b.Put([]byte(g.keys[10*i]), []byte(strings.Repeat("another one ", 4))))
		}
		return err
	})
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if g.data, err = os.ReadFile(path); err != nil {
		t.Fatal(err)
	}
	return g
}

// check returns what checkPages says of a file.
func (g *grove) check(data []byte) error { return checkPages(bytes.NewReader(data), int64(len(data))) }

func page(data []byte, id uint64) []byte { return data[id*groveSize:] }

// pointer returns where a branch has the ID of a page below.
func pointer(branch []byte, i int) []byte { return branch[pageHead+16*i+8:] }

// family is pages of the tree of documents/many: its top, the first branch below,
// and the first leaf below that.
type family struct{ top, branch, leaf uint64 }

func (g *grove) family() (f family) {
	g.t.Helper()
	m, is := newestMeta(bytes.NewReader(g.data))
	if !is {
		g.t.Fatal("there is no sound meta page")
	}
	p := &pages{bytes.NewReader(g.data), m.pageSize, m.pages, make([]bool, m.pages)}
	err := p.tree(m.root, func(leaf []byte) error { // the first bucket is of documents
		e := leaf[pageHead:]
		f.top = native.Uint64(e[native.Uint32(e[4:])+native.Uint32(e[8:]):])
		return nil
	})
	f.branch = child(page(g.data, f.top), 0)
	f.leaf = child(page(g.data, f.branch), 0)
	if err != nil || flags(page(g.data, f.top)) != branchPage || flags(page(g.data, f.branch)) != branchPage || flags(page(g.data, f.leaf)) != leafPage {
		g.t.Fatalf("%+v is not a tree of three levels: %v", f, err)
	}
	return f
}

// Each of these is a page or two that is not what it should be, most of them by a
// bit or two.
func TestPagesThatFormNoTreesAreRefused(t *testing.T) {
	g := newGrove(t)
	f := g.family()
	m, _ := newestMeta(bytes.NewReader(g.data))
	for what, harm := range map[string]func(data []byte){
		"a branch is its own child":             func(d []byte) { native.PutUint64(pointer(page(d, f.branch), 3), f.branch) },
		"a branch is its own first child":       func(d []byte) { native.PutUint64(pointer(page(d, f.branch), 0), f.branch) },
		"the top is below itself":               func(d []byte) { native.PutUint64(pointer(page(d, f.branch), 3), f.top) },
		"the top is its own child":              func(d []byte) { native.PutUint64(pointer(page(d, f.top), 1), f.top) },
		"a leaf has two places":                 func(d []byte) { native.PutUint64(pointer(page(d, f.branch), 3), f.leaf) },
		"a leaf is where a branch should be":    func(d []byte) { copy(pointer(page(d, f.top), 1), pointer(page(d, f.branch), 3)[:8]) },
		"a branch leads beyond the file":        func(d []byte) { native.PutUint64(pointer(page(d, f.branch), 3), 1<<40) },
		"a branch leads to a meta page":         func(d []byte) { native.PutUint64(pointer(page(d, f.branch), 3), 1) },
		"a branch leads to a page that is free": func(d []byte) { copy(pointer(page(d, f.branch), 3), page(d, m.free)[pageHead:][:8]) },
		"a branch leads nowhere":                func(d []byte) { native.PutUint16(page(d, f.branch)[10:], 0) },
		"a branch holds less than it says":      func(d []byte) { native.PutUint16(page(d, f.branch)[10:], groveSize/16) },
		"a branch has pages of others":          func(d []byte) { native.PutUint32(page(d, f.branch)[12:], 2) },
		"a branch has another ID":               func(d []byte) { native.PutUint64(page(d, f.branch), f.branch^1) },
		"a branch is of no kind":                func(d []byte) { native.PutUint16(page(d, f.branch)[8:], 3) },
		"a branch is a leaf":                    func(d []byte) { native.PutUint16(page(d, f.branch)[8:], leafPage) },
		"what is free is in use":                func(d []byte) { native.PutUint64(page(d, m.free)[pageHead:], f.leaf) },
		"what is free is beyond the file":       func(d []byte) { page(d, m.free)[pageHead+7] ^= 4 },
		"more is free than there is room for":   func(d []byte) { native.PutUint16(page(d, m.free)[10:], 1000) },
		"what is free is no list":               func(d []byte) { native.PutUint16(page(d, m.free)[8:], branchPage) },
		"a bucket is a document":                func(d []byte) { page(d, m.root)[pageHead] ^= bucketFlag },
		"a bucket ends beyond its page":         func(d []byte) { page(d, m.root)[pageHead+14] ^= 1 },
		"a bucket is too short":                 func(d []byte) { page(d, m.root)[pageHead+12] = 8 },
	} {
		t.Run(what, func(t *testing.T) {
			data := slices.Clone(g.data)
			harm(data)
			path := inTemp(t)
			overwrite(t, path, data)
			if db, err := open(path); !errors.Is(err, ErrUnreadable) {
				_ = db.Close()
				t.Errorf("it was opened: %v", err)
			}
			if g.check(data) == nil {
				t.Error("only bbolt has something against it")
			}
		})
	}
}

func TestABranchThatLeadsBackIsPutRight(t *testing.T) {
	w := newWorld(t)
	w.listing(120) // so that there are branches
	path, data := written(t, w)
	size, tried := os.Getpagesize(), 0
	for at := 2 * size; at+size <= len(data); at += size {
		id := uint64(at / size)
		if native.Uint64(data[at:]) != id || flags(data[at:]) != branchPage {
			continue
		}
		damaged := slices.Clone(data)
		native.PutUint64(pointer(damaged[at:], 1), id)
		overwrite(t, path, damaged)
		v := open1(t, path, w.log)
		catchUp(t, v)
		w.agrees(v)
		if len(v.Repairs()) != 1 {
			t.Errorf("page %d: repairs: %v", id, v.Repairs())
		}
		closed(t, v)
		tried++
	}
	if tried == 0 {
		t.Error("there is no branch")
	}
}

// Whatever was written and removed, what bbolt leaves behind is opened.
func TestPagesThatBboltWroteAreNotRefused(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	path := inTemp(t)
	for round := range 60 {
		db, err := open(path)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if err := db.Update(func(tx *bbolt.Tx) error {
			name := []byte(fmt.Sprint(documents, random.IntN(9)))
			if random.IntN(5) == 0 && tx.Bucket(name) != nil {
				return tx.DeleteBucket(name)
			}
			b, err := tx.CreateBucketIfNotExists(name)
			if err != nil {
				return err
			}
			from, n := random.IntN(3000), random.IntN(1500)
			for i := from; i < from+n && err == nil; i++ {
				if key := fmt.Appendf(nil, "%030d", i); round%3 == 1 {
					err = b.Delete(key)
				} else {
					err = b.Put(key, make([]byte, random.IntN(1<<random.IntN(15))))
				}
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// Whatever becomes of a file's bytes: what passes, bbolt can be trusted with. It
// finds every key, or fails in a way that is caught.
func FuzzPages(f *testing.F) {
	g := newGrove(f)
	seed := func(harm func(data []byte)) {
		data, changes := slices.Clone(g.data), []byte{}
		harm(data)
		for i, b := range data {
			if b != g.data[i] { // three bytes of where, and what changes there
				changes = append(changes, byte(i>>16), byte(i>>8), byte(i), b^g.data[i])
			}
		}
		f.Add(changes)
	}
	fam := g.family()
	seed(func([]byte) {})
	for _, branch := range []uint64{fam.top, fam.branch} {
		seed(func(d []byte) { native.PutUint64(pointer(page(d, branch), 2), branch) })
		seed(func(d []byte) { native.PutUint64(pointer(page(d, branch), 2), fam.top) })
		seed(func(d []byte) { native.PutUint16(page(d, branch)[8:], leafPage) })
	}
	seed(func(d []byte) { native.PutUint16(page(d, fam.leaf)[8:], branchPage) })
	seed(func(d []byte) { native.PutUint16(page(d, fam.leaf)[10:], 1) })
	f.Fuzz(func(t *testing.T, changes []byte) {
		data := slices.Clone(g.data)
		for c := range slices.Chunk(changes, 4) {
			if len(c) == 4 {
				data[(int(c[0])<<16|int(c[1])<<8|int(c[2]))%len(data)] ^= c[3]
			}
		}
		if g.check(data) != nil {
			return
		}
		path := filepath.Join(t.TempDir(), "views.db")
		overwrite(t, path, data)
		db, err := open(path)
		if err != nil {
			if !errors.Is(err, ErrUnreadable) {
				t.Error(err)
			}
			return
		}
		defer giveUp(db)
		err = guarded(func() error { return db.View(g.everyKey) })
		if err != nil && !errors.Is(err, ErrUnreadable) || len(changes) == 0 && err != nil {
			t.Error(err)
		}
	})
}

// everyKey looks for every key, and goes through them.
func (g *grove) everyKey(tx *bbolt.Tx) error {
	b := tx.Bucket([]byte(documents + "many"))
	if b == nil {
		return ErrUnreadable
	}
	missing := 0
	for _, key := range g.keys {
		if b.Get([]byte(key)) == nil {
			missing++
		}
	}
	var disk onDisk
	for disk.seek(b); disk.there; disk.next() {
	}
	if missing > 0 {
		return fmt.Errorf("%w: %d keys are missing", ErrUnreadable, missing)
	}
	return disk.err
}
