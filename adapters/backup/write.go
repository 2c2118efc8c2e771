package backup

import (
	"bufio"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"parley/events"
)

// writer writes one backup. What it is given must come in order, without gaps.
type writer struct {
	out    *bufio.Writer // the file
	sum    hash.Hash     // of the file, so far
	sealed io.WriteCloser
	packed *zstd.Encoder
	inner  hash.Hash // of the contents, so far
	next   uint64    // the position that is due
	plain  int64     // bytes of contents
}

// nopCloser makes a WriteCloser of contents that are not encrypted.
type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

// newWriter begins a backup. It is encrypted if there are recipients.
func newWriter(to io.Writer, h Header, recipients []age.Recipient) (*writer, error) {
	head, err := line(h)
	if err != nil {
		return nil, err
	}
	w := &writer{sum: sha256.New(), inner: sha256.New(), next: 1}
	w.out = bufio.NewWriterSize(io.MultiWriter(to, w.sum), 256<<10)
	if _, err := fmt.Fprintf(w.out, "%s%d\n%s", firstLine, format, head); err != nil {
		return nil, err
	}
	w.sealed = nopCloser{w.out}
	if len(recipients) > 0 {
		if w.sealed, err = age.Encrypt(w.out, recipients...); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrRecipients, err)
		}
	}
	if w.packed, err = zstd.NewWriter(w.sealed, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20)); err != nil {
		return nil, err
	}
	return w, w.write(head)
}

func (w *writer) write(contents []byte) error {
	w.inner.Write(contents)
	w.plain += int64(len(contents))
	_, err := w.packed.Write(contents)
	return err
}

// add adds a commit. Its error wraps events.ErrDamaged if it is not the one that
// is due, or stands in nobody's line.
func (w *writer) add(p events.Placed) error {
	switch {
	case p.Position != w.next:
		return fmt.Errorf("%w: the commit at position %d is missing", events.ErrDamaged, w.next)
	case p.Aggregate == events.Aggregate{}:
		return fmt.Errorf("%w: what stands at position %d is no commit", events.ErrDamaged, p.Position)
	}
	w.next++
	err := w.write(fmt.Appendf(nil, "%d %s %d\n", p.Position, p.Aggregate, len(p.Stored)))
	if err == nil {
		err = w.write(p.Stored)
	}
	if err == nil {
		err = w.write([]byte("\n"))
	}
	return err
}

// finish ends the backup and returns the digest of the file.
func (w *writer) finish() (events.Hash, error) {
	end, err := line(ending{w.next - 1, events.Hash(w.inner.Sum(nil))})
	if err == nil {
		err = w.write(append([]byte(endWord), end...))
	}
	err = errors.Join(err, w.packed.Close())
	if err == nil {
		err = w.sealed.Close()
	}
	if err == nil {
		err = w.out.Flush()
	}
	digest := events.Hash(w.sum.Sum(nil))
	if err == nil {
		_, err = w.out.WriteString(closing(digest))
	}
	if err == nil {
		err = w.out.Flush()
	}
	return digest, err
}

// abandon lets go of what the writer holds, where finish is not reached.
func (w *writer) abandon() {
	w.packed.Reset(nil)
	_ = w.packed.Close() // writes nothing
}
