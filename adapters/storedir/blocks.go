package storedir

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"parley/events"
)

// The head of each message in a block of a stream, as the server writes it:
// length, position, time, length of the subject. The highest bit of the length
// says whether there are headers.
const (
	headSize   = 22
	hasHeaders = 1 << 31
	isGone     = 1<<63 | 1<<62 // of a position: it says that what stood there is gone, here or in a block before
	farthest   = 1 << 32       // that one message may be from the one before, because of those that are gone
)

// CheckBlocks walks the heads of all messages in the blocks of a store that is
// not encrypted, and returns an error that wraps events.ErrDamaged and names the
// first that cannot be right. It is for when the server does not come to an end
// with them: a position far beyond the one before has it count up to there.
func (d *Dir) CheckBlocks() error {
	if d.identity.Sealed != "" {
		return nil
	}
	blocks, err := filepath.Glob(filepath.Join(d.path, "jetstream", "$G", "streams", "*", "msgs", "*.blk"))
	slices.Sort(blocks)
	for _, block := range blocks {
		if err == nil {
			err = checkBlock(block)
		}
	}
	return err
}

func checkBlock(file string) (err error) {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	r := bufio.NewReader(f)
	var last uint64
	for at := int64(0); ; {
		var head [headSize]byte
		if _, err := io.ReadFull(r, head[:]); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return fmt.Errorf("%w: %s ends in the middle of a message, at byte %d", events.ErrDamaged, file, at)
		}
		length := int64(binary.LittleEndian.Uint32(head[:]) &^ hasHeaders)
		position := binary.LittleEndian.Uint64(head[4:]) &^ isGone
		if length < headSize || last > 0 && position > last+farthest || last == 0 && position > farthest {
			return fmt.Errorf("%w: the message at byte %d of %s has a length or a position that cannot be right", events.ErrDamaged, at, file)
		}
		if position > last {
			last = position
		}
		if _, err := r.Discard(int(length - headSize)); err != nil {
			return fmt.Errorf("%w: %s ends in the middle of a message, at byte %d", events.ErrDamaged, file, at)
		}
		at += length
	}
}
