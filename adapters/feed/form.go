package feed

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"io"
	"math"
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
