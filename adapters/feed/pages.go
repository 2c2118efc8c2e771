package feed

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"go.etcd.io/bbolt"
)

// pages goes through the pages of a file.
type pages struct {
	file io.ReaderAt
	size uint64 // of a page, in bytes
	has  uint64 // pages
	used []bool // by page
}

// openChecked opens a file with bbolt, and goes through its pages before bbolt uses
// any of its trees: by bbolt's own handle, which has the file locked.
func openChecked(path string, options bbolt.Options) (*bbolt.DB, error) {
	var file *os.File
	options.OpenFile = func(name string, flag int, mode os.FileMode) (_ *os.File, err error) {
		file, err = os.OpenFile(name, flag, mode)
		return file, err
	}
	db, err := bbolt.Open(path, 0o600, &options)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil {
		err = checkPages(file, info.Size())
	}
	if err != nil {
		giveUp(db)
		return nil, err
	}
	return db, nil
}

// checkPages returns an error unless the pages of a file, which is so many bytes long,
// form trees: each is used once or free once, and is what it is used as. Of the
// documents it reads no leaf but the first and last of each view, so that it costs little.
//
// Bbolt goes down its trees by recursion (Cursor.search) and up and down in a loop
// (Cursor.next), and looks at nothing but a page's own ID. One bit of a branch can
// have it be its own child: the stack or the memory is used up, and the process
// ends, which nobody can recover from. A bit can also lead to a page that is free,
// where an earlier state still stands, checksums and all.
func checkPages(file io.ReaderAt, length int64) error {
	m, is := newestMeta(file)
	if !is {
		return nil // bbolt says what is wrong with it
	}
	has := min(m.pages, uint64(length)/m.pageSize)
	p := &pages{file, m.pageSize, has, make([]bool, has)}
	if err := p.tree(m.root, p.buckets); err != nil || m.free == noFreePages {
		return err
	}
	return p.free(m.free)
}

// tree goes through the branches of a tree, and through its leaves if they are
// asked for. They are all at one depth, which the first says, and the last.
func (p *pages) tree(top uint64, leaf func([]byte) error) error {
	depth, err := p.depth(top, func(uint64) uint64 { return 0 })
	if err != nil {
		return err
	}
	if last, err := p.depth(top, func(count uint64) uint64 { return count - 1 }); err != nil || last != depth {
		return cmp.Or(err, fmt.Errorf("below page %d leaves are %d and %d pages down", top, depth, last))
	}
	return p.below(top, depth, leaf)
}

// deepest is more branches above one another than a file has pages for.
const deepest = 48

// soundWay returns an error that wraps ErrUnreadable unless the pages that lead to
// where a key would stand in a bucket, and the leaf there, hold as many elements as
// were written: one that has lost some hides documents, which would be taken for
// ones that never were. A bucket without a tree of its own was gone through when the file was opened.
func soundWay(tx *bbolt.Tx, b *bbolt.Bucket, key string) (err error) {
	id := uint64(b.Root())
	if id == 0 {
		return nil
	}
	file, err := os.Open(tx.DB().Path())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	size := uint64(tx.DB().Info().PageSize)
	p := &pages{file: file, size: size, has: uint64(tx.Size()) / size}
	for depth := 0; ; depth++ {
		page, count, err := p.read(id, branchPage|leafPage)
		if err == nil && depth == deepest {
			err = fmt.Errorf("page %d is %d pages down", id, depth)
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrUnreadable, err)
		}
		if flags(page) == leafPage {
			return nil
		}
		if id, err = towards(page, count, key); err != nil {
			return fmt.Errorf("%w: page %d: %w", ErrUnreadable, id, err)
		}
	}
}

// towards returns the page below a branch on which a key would stand: the last
// that does not begin after it, or the first.
func towards(branch []byte, count uint64, key string) (id uint64, err error) {
	for i := range count {
		at := pageHead + 16*i
		from := at + uint64(native.Uint32(branch[at:]))
		to := from + uint64(native.Uint32(branch[at+4:]))
		if to > uint64(len(branch)) {
			return 0, errors.New("a key is not in it")
		}
		if i > 0 && string(branch[from:to]) > key {
			break
		}
		id = child(branch, i)
	}
	return id, nil
}

// depth returns how many branches are above one of the leaves of a tree.
func (p *pages) depth(id uint64, which func(count uint64) uint64) (depth int, err error) {
	for ; depth < deepest; depth++ {
		page, count, err := p.read(id, branchPage|leafPage)
		if err != nil || flags(page) == leafPage {
			return depth, err
		}
		id = child(page, which(count))
	}
	return 0, fmt.Errorf("page %d is %d pages down", id, deepest)
}

// below uses a page, and all below it that far down.
func (p *pages) below(id uint64, depth int, leaf func([]byte) error) error {
	switch {
	case depth == 0 && leaf == nil:
		return p.use(id, 1)
	case depth == 0:
		page, _, err := p.take(id, leafPage)
		if err != nil {
			return err
		}
		return leaf(page)
	}
	page, count, err := p.take(id, branchPage)
	for i := range count {
		if err == nil {
			err = p.below(child(page, i), depth-1, leaf)
		}
	}
	return err
}

// buckets goes through the trees of the buckets that a leaf holds.
func (p *pages) buckets(leaf []byte) error {
	for i := range uint64(native.Uint16(leaf[10:])) {
		at := pageHead + 16*i
		e := leaf[at:]
		from := at + uint64(native.Uint32(e[4:])) + uint64(native.Uint32(e[8:]))
		to := from + uint64(native.Uint32(e[12:]))
		if native.Uint32(e)&bucketFlag == 0 || to > uint64(len(leaf)) || to < from+bucketHead {
			return errors.New("what should be a bucket is none")
		}
		value := leaf[from:to]
		if top := native.Uint64(value); top != 0 {
			if err := p.tree(top, nil); err != nil {
				return err
			}
			continue
		}
		if within := value[bucketHead:]; len(within) < pageHead || flags(within) != leafPage || !holds(within, uint64(native.Uint16(within[10:]))) {
			return errors.New("what should be a small bucket is none")
		}
	}
	return nil
}

// free goes through the pages that are free.
func (p *pages) free(id uint64) error {
	page, n, err := p.take(id, freePage)
	if err != nil {
		return err
	}
	ids := page[pageHead:]
	if n == math.MaxUint16 {
		n, ids = native.Uint64(ids), ids[8:]
	}
	if n > uint64(len(ids)/8) {
		return fmt.Errorf("page %d holds less than it says", id)
	}
	for i := range n {
		if err := p.use(native.Uint64(ids[8*i:]), 1); err != nil {
			return err
		}
	}
	return nil
}

// take uses a page, with those that belong to it, and reads it.
func (p *pages) take(id uint64, kind uint16) (page []byte, count uint64, err error) {
	if page, count, err = p.read(id, kind); err != nil {
		return nil, 0, err
	}
	return page, count, p.use(id, uint64(len(page))/p.size)
}

// use notes that n pages are used, which must be pages of the file and not be
// used already. The first two are the meta pages.
func (p *pages) use(id, n uint64) error {
	for i := range n {
		switch id := id + i; {
		case id < 2 || id >= p.has:
			return fmt.Errorf("page %d is used, and the file has %d", id, p.has)
		case p.used[id]:
			return fmt.Errorf("page %d is used twice", id)
		default:
			p.used[id] = true
		}
	}
	return nil
}
