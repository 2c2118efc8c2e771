package feed

import "sync"

// cache keeps documents that are on disk as they are here, those in use of late.
// It has two halves: what is used is moved to the younger, and when that has
// grown to its room it becomes the elder, whose documents are forgotten.
type cache[D any] struct {
	mu           sync.Mutex
	young, elder map[string]clean[D]
	size         int // of young: how long its documents are on disk, in bytes
	room         int // how large young may become
}

// clean is a document as it is on disk, and how long it is there, in bytes.
type clean[D any] struct {
	doc  D
	size int
}

// get returns a document that is kept, which makes it one that is in use.
func (c *cache[D]) get(key string) (clean[D], bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	kept, is := c.young[key]
	if !is {
		if kept, is = c.elder[key]; is {
			c.put(key, kept)
		}
	}
	return kept, is
}

// peek is get for somebody who goes through all documents.
func (c *cache[D]) peek(key string) (D, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	kept, is := c.young[key]
	if !is {
		kept, is = c.elder[key]
	}
	return kept.doc, is
}

// keep keeps a document in place of another under its key.
func (c *cache[D]) keep(key string, doc D, size int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.put(key, clean[D]{doc, size})
}

func (c *cache[D]) put(key string, kept clean[D]) {
	if c.size += kept.size - c.young[key].size; c.size > c.room {
		c.elder, c.young, c.size = c.young, nil, kept.size
	}
	if c.young == nil {
		c.young = map[string]clean[D]{}
	}
	c.young[key] = kept
}

// drop forgets a document.
func (c *cache[D]) drop(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.size -= c.young[key].size
	delete(c.young, key)
	delete(c.elder, key)
}

// clear forgets every document.
func (c *cache[D]) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.young, c.elder, c.size = nil, nil, 0
}

// give sets how large the younger half may become, and forgets what is too much.
func (c *cache[D]) give(room int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if room < c.room { // the elder half may be as large as that was
		c.elder = nil
	}
	if c.room = room; c.size > room {
		c.young, c.elder, c.size = nil, nil, 0
	}
}
