package backup

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"strconv"
	"strings"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"parley/events"
)

// Reader reads the commits of a backup, in order. Only when Next has returned
// io.EOF is it known that the file is what was written.
type Reader struct {
	file   io.ReaderAt
	name   string
	size   int64
	header Header
	head   []byte // the header's line

	outer  *bufio.Reader // the file, without its last line
	sum    hash.Hash     // of what was taken from it
	want   events.Hash   // what sum must come to
	closed bool          // the file has a last line

	packed *zstd.Decoder
	plain  *bufio.Reader
	inner  hash.Hash
	read   int64 // bytes of contents
	next   uint64
	state  error // io.EOF, or what went wrong: Next returns nothing else from then on
}

// interrupted ends a read when ctx does.
type interrupted struct {
	ctx context.Context
	r   io.Reader
}

func (r interrupted) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// newReader reads the header of a backup of so many bytes; its name is for messages.
// Errors: ErrNotABackup, ErrDamaged, events.ErrNewer.
func newReader(ctx context.Context, file io.ReaderAt, size int64, name string) (*Reader, error) {
	r := &Reader{file: file, name: name, size: size, sum: sha256.New(), inner: sha256.New(), next: 1}
	last := make([]byte, lastSize)
	body := size
	if size >= int64(lastSize) {
		if _, err := file.ReadAt(last, size-int64(lastSize)); err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("the backup %s cannot be read: %w", name, err)
		}
		if r.want, r.closed = closingDigest(last); r.closed {
			body -= int64(lastSize)
		}
	}
	r.outer = bufio.NewReaderSize(io.TeeReader(interrupted{ctx, io.NewSectionReader(file, 0, body)}, r.sum), longestLine)
	if err := r.readHeader(); err != nil {
		return nil, err
	}
	return r, nil
}

func (r *Reader) readHeader() error {
	first, err := r.outer.ReadSlice('\n')
	version, is := strings.CutPrefix(strings.TrimSuffix(string(first), "\n"), firstLine)
	n, numberErr := strconv.Atoi(version)
	switch {
	case err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull):
		return r.failed(err)
	case err != nil || !is || numberErr != nil || n < 1:
		return fmt.Errorf("%w: %s does not begin as one", ErrNotABackup, r.name)
	case n > format:
		return fmt.Errorf("the backup %s has form %d, and this version knows forms up to %d: %w", r.name, n, format, events.ErrNewer)
	}
	head, err := r.outer.ReadSlice('\n')
	if err != nil {
		return r.damaged("its header does not end: " + err.Error())
	}
	r.head = bytes.Clone(head)
	r.header.Format = n
	if err := strict(head, &r.header); err != nil {
		return r.damaged("its header does not read: " + err.Error())
	}
	if err := r.header.check(); err != nil {
		return r.damaged("its header makes no sense: " + err.Error())
	}
	return nil
}

// Header returns what the backup says of itself.
func (r *Reader) Header() Header { return r.header }

// unlock makes the contents readable. Errors: ErrNeedsIdentity,
// ErrWrongIdentity, ErrDamaged.
func (r *Reader) unlock(identities []age.Identity) error {
	contents := io.Reader(r.outer)
	if r.header.Encrypted {
		if len(identities) == 0 {
			return fmt.Errorf("%w: %s", ErrNeedsIdentity, r.name)
		}
		var err error
		if contents, err = age.Decrypt(r.outer, identities...); err != nil {
			return r.locked(err)
		}
	}
	var err error
	r.packed, err = zstd.NewReader(contents, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(64<<20))
	if err != nil {
		return r.damaged("its contents cannot be unpacked: " + err.Error())
	}
	r.plain = bufio.NewReaderSize(r.packed, longestLine)
	head, err := r.takeLine()
	if err != nil {
		return r.damaged("its contents do not begin: " + err.Error())
	}
	if !bytes.Equal(head, r.head) {
		return r.damaged("its header is not the one that was written")
	}
	r.taken(head)
	return nil
}

// locked tells an identity that is the wrong one from a damaged lock.
func (r *Reader) locked(why error) error {
	var none *age.NoIdentityMatchError
	if errors.As(why, &none) && r.drain() == nil {
		return fmt.Errorf("%w: %s", ErrWrongIdentity, r.name)
	}
	return r.damaged("the part that says who can read it is not what was written: " + why.Error())
}

// Next returns the next commit. At the end it checks the file as a whole and
// returns io.EOF. Its other errors are ErrDamaged, which name the place.
func (r *Reader) Next() (events.Placed, error) {
	if r.state != nil {
		return events.Placed{}, r.state
	}
	p, err := r.take()
	if err != nil {
		r.state = err
	}
	return p, err
}

func (r *Reader) take() (events.Placed, error) {
	head, err := r.takeLine()
	if err != nil {
		return events.Placed{}, r.broken(err)
	}
	if end, is := bytes.CutPrefix(head, []byte(endWord)); is {
		return events.Placed{}, r.end(end)
	}
	r.taken(head)
	p, size, err := parseFrame(string(head))
	switch {
	case err != nil:
		return p, r.broken(err)
	case p.Position != r.next:
		return p, r.broken(fmt.Errorf("position %d comes next", p.Position))
	}
	if p.Stored, err = r.takeBytes(size + 1); err != nil {
		return p, r.broken(err)
	}
	if p.Stored[size] != '\n' {
		return p, r.broken(fmt.Errorf("the commit at position %d is longer than it says", p.Position))
	}
	p.Stored = p.Stored[:size:size]
	r.next++
	return p, nil
}

// parseFrame reads the line before a commit.
func parseFrame(head string) (p events.Placed, size int, err error) {
	parts := strings.Split(strings.TrimSuffix(head, "\n"), " ")
	if len(parts) != 3 {
		return p, 0, fmt.Errorf("no commit begins there")
	}
	position, err := strconv.ParseUint(parts[0], 10, 64)
	aggregate, err2 := events.ParseAggregate(parts[1])
	size, err3 := strconv.Atoi(parts[2])
	if err := errors.Join(err, err2, err3); err != nil {
		return p, 0, fmt.Errorf("no commit begins there: %w", err)
	}
	if size < 0 || size > largestCommit {
		return p, 0, fmt.Errorf("a commit of %d bytes", size)
	}
	return events.Placed{Position: position, Aggregate: aggregate}, size, nil
}

// takeLine returns a line of the contents, which is valid until the next take.
func (r *Reader) takeLine() ([]byte, error) {
	l, err := r.plain.ReadSlice('\n')
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return l, err
}

// taken counts what was read into the digest of the contents.
func (r *Reader) taken(contents []byte) {
	r.inner.Write(contents)
	r.read += int64(len(contents))
}

// takeBytes returns so many bytes of the contents. It sets no more memory aside
// than there turns out to be.
func (r *Reader) takeBytes(n int) ([]byte, error) {
	var data []byte
	var err error
	if n <= longestLine {
		data = make([]byte, n)
		_, err = io.ReadFull(r.plain, data)
	} else {
		data, err = io.ReadAll(io.LimitReader(r.plain, int64(n)))
		if err == nil && len(data) < n {
			err = io.ErrUnexpectedEOF
		}
	}
	r.taken(data)
	return data, err
}

// end checks the file as a whole and returns io.EOF.
func (r *Reader) end(said []byte) error {
	var e ending
	if err := strict(said, &e); err != nil {
		return r.broken(fmt.Errorf("its end does not read: %w", err))
	}
	switch _, err := r.plain.ReadByte(); {
	case err == nil:
		return r.broken(errors.New("more comes after the end"))
	case !errors.Is(err, io.EOF):
		return r.broken(err)
	case e.Commits != r.next-1 || r.header.To.Position != e.Commits:
		return r.damaged(fmt.Sprintf("it has %d commits, and says that it has %d, up to position %d", r.next-1, e.Commits, r.header.To.Position))
	case e.Digest != events.Hash(r.inner.Sum(nil)):
		return r.damaged("its commits are not those that were written")
	}
	r.packed.Close()
	if err := r.drain(); err != nil {
		return err
	}
	return io.EOF
}

// drain reads the file to its end, whether or not its contents can be read, and
// checks that it is what was written.
func (r *Reader) drain() error {
	if _, err := io.Copy(io.Discard, r.outer); err != nil {
		return r.failed(err)
	}
	switch {
	case !r.closed:
		return r.damaged("it does not end as a backup does: it was cut short, or its last line is damaged")
	case events.Hash(r.sum.Sum(nil)) != r.want:
		return r.damaged("it is not what was written: its checksum is another")
	}
	return nil
}

// broken says after which position it went wrong.
func (r *Reader) broken(why error) error {
	if errors.Is(why, context.Canceled) || errors.Is(why, context.DeadlineExceeded) {
		return r.failed(why)
	}
	cut := ""
	if !r.closed {
		cut = "; the file does not end as a backup does: it was cut short, or its last line is damaged"
	}
	return r.damaged(fmt.Sprintf("after position %d of %d: %s%s", r.next-1, r.header.To.Position, why, cut))
}

// failed is for a file that cannot be read at all, or a reader who was interrupted.
func (r *Reader) failed(why error) error {
	return fmt.Errorf("the backup %s cannot be read: %w", r.name, why)
}

func (r *Reader) damaged(what string) error {
	return fmt.Errorf("%w: %s: %s", ErrDamaged, r.name, what)
}
