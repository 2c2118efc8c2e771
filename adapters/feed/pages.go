package feed

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math"
	"os"

	"go.etcd.io/bbolt"
)

// What is known here of bbolt's file is version 2 of its form, which its meta pages
// name. Numbers are in the machine's byte order.
//
//	page     its own ID, 8 bytes; flags, 2; elements, 2; pages that belong to it as well, 4; elements
//	branch   of each element: place and length of its key, 4 each; ID of the page below, 8
//	leaf     of each element: flags, place from here, length of key, length of value, 4 each
//	free     IDs of pages, 8 each; of 65,535 elements and more their number is the first
//	bucket   a value: ID of its tree's top, 8; a sequence, 8; a leaf, where that ID is 0
//	meta     see readMeta
const (
	formMagic   = 0xED0CDAED
	formVersion = 2

	pageHead    = 16 // bytes, as an element of a branch or leaf
	metaSize    = 64
	bucketHead  = 16
	branchPage  = 0x01
	leafPage    = 0x02
	freePage    = 0x10
	bucketFlag  = 0x01
	noFreePages = math.MaxUint64 // in place of the ID of the page of free pages
)

var native = binary.NativeEndian

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

// read returns the bytes of a page, with those that belong to it, and the number of
// its elements. It is of one of these kinds.
func (p *pages) read(id uint64, kinds uint16) (page []byte, count uint64, err error) {
	if page, err = p.bytes(id, 1); err != nil {
		return nil, 0, err
	}
	if more := uint64(native.Uint32(page[12:])); more > 0 {
		if page, err = p.bytes(id, 1+more); err != nil {
			return nil, 0, err
		}
	}
	count = uint64(native.Uint16(page[10:]))
	own, is := native.Uint64(page), flags(page)
	switch {
	case own != id:
		err = fmt.Errorf("page %d says that it is page %d", id, own)
	case is&kinds == 0 || is&(is-1) != 0:
		err = fmt.Errorf("page %d is of kind %#x", id, is)
	case is == branchPage && count == 0:
		err = fmt.Errorf("page %d leads nowhere", id)
	case is != freePage && !holds(page, count):
		err = fmt.Errorf("page %d does not hold what it says", id)
	}
	return page, count, err
}

// holds reports whether a branch or leaf has so many elements: right behind them
// stands the first one's key.
func holds(page []byte, count uint64) bool {
	place := 0 // in a branch
	if flags(page) == leafPage {
		place = 4
	}
	return count == 0 || pageHead+16*count <= uint64(len(page)) && uint64(native.Uint32(page[pageHead+place:])) == 16*count
}

// bytes returns the bytes of n pages.
func (p *pages) bytes(id, n uint64) ([]byte, error) {
	if id < 2 || id >= p.has || n > p.has-id {
		return nil, fmt.Errorf("page %d is used with %d more, and the file has %d", id, n-1, p.has)
	}
	data := make([]byte, n*p.size)
	_, err := p.file.ReadAt(data, int64(id*p.size))
	return data, err
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

func flags(page []byte) uint16 { return native.Uint16(page[8:]) }

// child returns the ID that an element of a branch has.
func child(branch []byte, i uint64) uint64 { return native.Uint64(branch[pageHead+16*i+8:]) }

// meta is what a meta page says.
type meta struct {
	pageSize uint64 // in bytes
	root     uint64 // page at the top of the tree of buckets
	free     uint64 // page of the free pages
	pages    uint64 // how many there are
	written  uint64 // number of the transaction
}

// newestMeta returns the sound meta page of the later transaction, as bbolt finds
// it: where the first page is none, the length of a page is to be tried out.
func newestMeta(file io.ReaderAt) (m meta, is bool) {
	if m, is = readMeta(file, 0); is {
		if second, is := readMeta(file, m.pageSize); is && second.written > m.written {
			m = second
		}
		return m, true
	}
	for size := uint64(1 << 10); size <= 16<<20 && !is; size <<= 1 {
		m, is = readMeta(file, size)
	}
	return m, is
}

// readMeta reads a meta page: magic, version, length of a page, flags, 4 bytes
// each; the bucket of all buckets; page of free pages, number of pages, transaction,
// and a checksum over what is before it, 8 each.
func readMeta(file io.ReaderAt, at uint64) (m meta, is bool) {
	page := make([]byte, pageHead+metaSize)
	if _, err := file.ReadAt(page, int64(at)); err != nil {
		return m, false
	}
	data := page[pageHead:]
	sum := fnv.New64a()
	sum.Write(data[:56])
	m = meta{
		pageSize: uint64(native.Uint32(data[8:])),
		root:     native.Uint64(data[16:]),
		free:     native.Uint64(data[32:]),
		pages:    native.Uint64(data[40:]),
		written:  native.Uint64(data[48:]),
	}
	is = native.Uint32(data) == formMagic && native.Uint32(data[4:]) == formVersion && native.Uint64(data[56:]) == sum.Sum64() &&
		m.pageSize >= 1<<10 && m.pageSize <= 16<<20
	return m, is
}
