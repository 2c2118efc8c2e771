package backup

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"

	"parley/events"
)

// The parts of the file that are the same in every backup: see the package.
const (
	format    = 1
	firstLine = "parley backup "
	endWord   = "end "
	lastLine  = "\nparley sha256 "
	lastSize  = len(lastLine) + 2*len(events.Hash{}) + len("\n") // 80 bytes

	longestLine   = 64 << 10 // bytes
	largestCommit = 64 << 20 // bytes: the log takes some 8 MiB
)

// ending is how the contents end.
type ending struct {
	Commits uint64      `json:"commits"`
	Digest  events.Hash `json:"sha256"`
}

// line returns v as one line of JSON.
func line(v any) ([]byte, error) {
	data, err := json.Marshal(v)
	return append(data, '\n'), err
}

// strict reads one JSON value into v and refuses unknown fields and anything after it.
func strict(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("more after the end of the value")
	}
	return nil
}

// closing returns the last line of a file with this digest.
func closing(digest events.Hash) string { return lastLine + digest.String() + "\n" }

// closingDigest reads the last line; false if it is not one.
func closingDigest(last []byte) (digest events.Hash, ok bool) {
	if len(last) != lastSize || !bytes.HasPrefix(last, []byte(lastLine)) {
		return digest, false
	}
	_, err := hex.Decode(digest[:], last[len(lastLine):lastSize-1])
	return digest, err == nil && closing(digest) == string(last)
}
