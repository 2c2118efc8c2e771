package feed

import (
	"sync/atomic"

	"go.etcd.io/bbolt"
)

// paging counts how much of the file was read. The file is mapped into memory, and
// whatever was read of it once stays counted as this process's, until the system
// needs it: going through a large file would seem to take as much memory.
type paging struct{ since atomic.Int64 }

// ample is how many documents are read before the file's pages are given back. The
// system may map sixteen pages for each.
const ample = 2048

// read notes that so many more documents were read or written in a transaction.
func (p *paging) read(tx *bbolt.Tx, documents int) {
	if p.since.Add(int64(documents)) >= ample {
		p.done(tx)
	}
}

// done gives the file's pages back: they are not soon needed again.
func (p *paging) done(tx *bbolt.Tx) {
	p.since.Store(0)
	unmap(tx)
}
