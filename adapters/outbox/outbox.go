// Package outbox is the channel that needs no set-up: it writes alerts as plain
// text to a file, and shows them on a terminal if there is one.
//
// Each message is a block between two lines that name its delivery, with every
// line of its text indented, so that no text can look like the end of a block:
//
//	--- GLO-26-0001_D7-1_day_20261102, for ann, Mon 2 Nov 2026 08:30 GMT
//	    Due today: answer the FOI request
//	    …
//	--- end of GLO-26-0001_D7-1_day_20261102 ---
//
// A message whose block is whole in the file is not written again, whoever wrote
// it: so it is always known whether one was delivered. A block that a crash cut
// short does not count, and is written anew below. A message has reached the
// disk when Send returns. Several processes may write to one file; they lock
// FILE.lock meanwhile. The file may be moved away at any time, to begin another.
package outbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"parley/domain/alerting"
	"parley/domain/watch"
)

// The form of the file.
const (
	width  = 76 // of text, in letters
	indent = "    "
	begins = "--- "
	ends   = "--- end of "
	ended  = " ---"
	poll   = 20 * time.Millisecond // how often a lock that others hold is tried
)

// Config is where messages go.
type Config struct {
	Path string         // of the file; its folder must be there
	Echo io.Writer      // shows each message too; nil for nowhere. What it fails at is nobody's loss
	Zone *time.Location // in which times are told; nil for UTC
}

// Channel writes alerts to a file. It is for use by several goroutines.
type Channel struct {
	config Config

	mu    sync.Mutex
	lock  *flock.Flock
	seen  os.FileInfo         // which file has been read
	until int64               // up to where, in bytes; always the end of a line
	there map[string]struct{} // the deliveries with a whole block in it, as they are marked
}

// New returns the channel of a file, which Send makes if it is not there.
func New(c Config) *Channel {
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	return &Channel{config: c, lock: flock.New(c.Path+".lock", flock.SetPermissions(0o600))}
}

// Send writes m to the file unless it is there already, and returns where. Its
// errors wrap watch.ErrTemporary, or watch.ErrPermanent for a message without an
// ID; it is never uncertain.
func (c *Channel) Send(ctx context.Context, m alerting.Message) (string, error) {
	if m.ID == "" {
		return "", fmt.Errorf("%w: it has no ID", watch.ErrPermanent)
	}
	var receipt string
	err := c.locked(ctx, func(f *os.File) error {
		size, err := c.catchUp(f)
		if err != nil {
			return err
		}
		if _, written := c.there[mark(m.ID)]; written {
			receipt = "already in " + c.config.Path
			return nil
		}
		block := c.block(m)
		if size > c.until { // a line was cut short
			block = append([]byte("\n"), block...)
		}
		if err := appendTo(f, block, size); err != nil {
			return err
		}
		receipt = fmt.Sprintf("written to %s from byte %d", c.config.Path, size)
		if c.config.Echo != nil {
			_, _ = c.config.Echo.Write(append([]byte("\n"), block...))
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("%w: %w", watch.ErrTemporary, err)
	}
	return receipt, nil
}

// Check reports whether the file can be written and read. It makes the file, and
// writes nothing into it.
func (c *Channel) Check(ctx context.Context) error {
	err := c.locked(ctx, func(f *os.File) error {
		_, err := c.catchUp(f)
		return err
	})
	if err != nil {
		return fmt.Errorf("%w: %w", watch.ErrTemporary, err)
	}
	return nil
}

// locked calls do with the file while nobody else has it.
func (c *Channel) locked(ctx context.Context, do func(*os.File) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if info, err := os.Stat(filepath.Dir(c.config.Path)); err != nil || !info.IsDir() {
		return fmt.Errorf("alerts cannot be written to %s: there is no such folder", c.config.Path)
	}
	if _, err := c.lock.TryLockContext(ctx, poll); err != nil {
		return fmt.Errorf("alerts cannot be written to %s, as its lock is not to be had: %w", c.config.Path, err)
	}
	f, err := c.open()
	if err == nil {
		err = errors.Join(do(f), f.Close())
	}
	if err := errors.Join(err, c.lock.Unlock()); err != nil {
		return fmt.Errorf("alerts cannot be written to %s: %w", c.config.Path, err)
	}
	return nil
}

// open opens the file, or makes it and puts its name on disk.
func (c *Channel) open() (*os.File, error) {
	info, err := os.Stat(c.config.Path)
	made := errors.Is(err, os.ErrNotExist)
	switch {
	case err != nil && !made:
		return nil, err
	case !made && !info.Mode().IsRegular():
		return nil, errors.New("that is not a file")
	}
	f, err := os.OpenFile(c.config.Path, os.O_CREATE|os.O_RDWR|os.O_APPEND, 0o600)
	if err == nil && made {
		err = syncFolder(filepath.Dir(c.config.Path))
	}
	return f, err
}

// catchUp reads which deliveries the file holds, from where it was read to, and
// returns its size.
func (c *Channel) catchUp(f *os.File) (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if c.seen == nil || !os.SameFile(c.seen, info) || info.Size() < c.until {
		c.until, c.there = 0, map[string]struct{}{}
	}
	c.seen = info
	unread := make([]byte, info.Size()-c.until)
	if _, err := f.ReadAt(unread, c.until); err != nil && len(unread) > 0 {
		return 0, err
	}
	for {
		line, rest, whole := bytes.Cut(unread, []byte("\n"))
		if marked, ok := bytes.CutSuffix(bytes.TrimPrefix(line, []byte(ends)), []byte(ended)); ok && bytes.HasPrefix(line, []byte(ends)) {
			c.there[string(marked)] = struct{}{}
		}
		if !whole {
			return info.Size(), nil
		}
		c.until += int64(len(line)) + 1
		unread = rest
	}
}

// appendTo writes block at the file's end and puts it on disk. If that fails,
// the file is left as it was, as far as it can be.
func appendTo(f *os.File, block []byte, size int64) error {
	_, err := f.Write(block)
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return errors.Join(err, f.Truncate(size))
	}
	return nil
}

// block returns m as it stands in the file.
func (c *Channel) block(m alerting.Message) []byte {
	var b strings.Builder
	b.WriteString(begins + mark(m.ID))
	if to := alerting.OneLine(m.To); to != "" {
		b.WriteString(", for " + to)
	}
	b.WriteString(", " + m.At.In(c.config.Zone).Format("Mon 2 Jan 2006 15:04 MST") + "\n")
	for line := range strings.Lines(m.Text(width)) {
		if line != "\n" {
			b.WriteString(indent)
		}
		b.WriteString(line)
	}
	b.WriteString(ends + mark(m.ID) + ended + "\n")
	return []byte(b.String())
}

// mark returns an ID as one word of plain letters: as it is if it is one, and in
// quotes otherwise. No two IDs have the same.
func mark(id string) string {
	for _, b := range []byte(id) {
		if b <= ' ' || b > '~' || b == '"' || b == ',' {
			return strconv.QuoteToASCII(id)
		}
	}
	return id
}
