package events

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/google/uuid"

	"parley/domain/calendar"
)

// schema is the version of the commit's own stored form.
const schema = 1

// Hash is a SHA-256 sum, written in hexadecimal. The zero Hash is none.
type Hash [sha256.Size]byte

// IsZero reports whether h is no hash.
func (h Hash) IsZero() bool { return h == Hash{} }

// String returns h in hexadecimal.
func (h Hash) String() string { return hex.EncodeToString(h[:]) }

// MarshalText writes h in hexadecimal, and no hash as nothing.
func (h Hash) MarshalText() ([]byte, error) {
	if h.IsZero() {
		return nil, nil
	}
	return hex.AppendEncode(nil, h[:]), nil
}

// UnmarshalText reads what MarshalText wrote.
func (h *Hash) UnmarshalText(text []byte) error {
	*h = Hash{}
	if len(text) == 0 {
		return nil
	}
	if len(text) != 2*len(h) {
		return fmt.Errorf("a hash has %d hexadecimal digits, not %d", 2*len(h), len(text))
	}
	_, err := hex.Decode(h[:], text)
	return err
}

// storedCommit is a commit's stored form.
type storedCommit struct {
	Schema     int             `json:"schema"`
	Aggregate  string          `json:"aggregate"`
	Version    int             `json:"version"`
	Command    uuid.UUID       `json:"command"`
	Actor      string          `json:"actor"`
	RecordedAt time.Time       `json:"recorded_at"`
	Previous   Hash            `json:"previous"`
	Digest     Hash            `json:"digest"`
	Hash       Hash            `json:"hash"`
	Events     json.RawMessage `json:"events"`
}

// storedFact is a fact's stored form. Form counts the forms that an event of
// this name has had: 0 for the first, which is not written.
type storedFact struct {
	Type    string          `json:"type"`
	Form    int             `json:"form,omitempty"`
	On      calendar.Date   `json:"on"`
	Follows bool            `json:"follows,omitempty"`
	Data    json.RawMessage `json:"data"`
}

// chain returns the hash that ties c to its predecessor and to its facts'
// digest, each part with its length before it so that none can run into the next.
func (c Commit) chain() Hash {
	parts := make([]byte, 0, 256) // more than most commits need
	parts = part(parts, "parley commit 1")
	parts = part(parts, c.Aggregate.String())
	parts = part(parts, binary.BigEndian.AppendUint64(nil, uint64(c.Version)))
	parts = part(parts, c.Command[:])
	parts = part(parts, c.Actor)
	parts = part(parts, binary.BigEndian.AppendUint64(nil, uint64(c.RecordedAt.UnixMicro())))
	parts = part(parts, c.Previous[:])
	parts = part(parts, c.Digest[:])
	return sha256.Sum256(parts)
}

// part appends a part of what is hashed, with its length before it.
func part[T string | []byte](parts []byte, of T) []byte {
	return append(binary.BigEndian.AppendUint32(parts, uint32(len(of))), of...)
}

// Decode reads a stored commit and checks its digest and hash. Its errors wrap
// ErrDamaged or ErrNewer and name what is wrong. Whether Previous is the hash
// of the commit before is for the reader of both to check, with Continues.
func Decode(stored []byte) (Commit, error) {
	if c, ok := scan(stored); ok {
		return c, nil
	}
	return decodeStrictly(stored)
}

// decodeStrictly is all that Decode is, but slower.
func decodeStrictly(stored []byte) (Commit, error) {
	var s storedCommit
	if err := strict(stored, &s); err != nil {
		var probe struct{ Schema int }
		if json.Unmarshal(stored, &probe) == nil && probe.Schema > schema {
			return Commit{}, fmt.Errorf("a commit in form %d, and this version knows forms up to %d: %w", probe.Schema, schema, ErrNewer)
		}
		return Commit{}, fmt.Errorf("%w: a commit that does not read: %w", ErrDamaged, err)
	}
	switch {
	case s.Schema > schema:
		return Commit{}, fmt.Errorf("a commit in form %d, and this version knows forms up to %d: %w", s.Schema, schema, ErrNewer)
	case s.Schema < 1:
		return Commit{}, fmt.Errorf("%w: a commit in form %d", ErrDamaged, s.Schema)
	case s.RecordedAt != s.RecordedAt.UTC().Truncate(time.Microsecond):
		return Commit{}, fmt.Errorf("%w: %s version %d was recorded at %s, which is not in microseconds of UTC",
			ErrDamaged, s.Aggregate, s.Version, s.RecordedAt.Format(time.RFC3339Nano))
	}
	aggregate, err := ParseAggregate(s.Aggregate)
	if err != nil {
		return Commit{}, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	c := Commit{
		Command: s.Command, Aggregate: aggregate, Version: s.Version, Actor: s.Actor,
		RecordedAt: s.RecordedAt, Previous: s.Previous, Digest: s.Digest, Hash: s.Hash,
	}
	if sha256.Sum256(s.Events) != s.Digest {
		return Commit{}, fmt.Errorf("%w: the events of %s version %d do not match their digest", ErrDamaged, s.Aggregate, s.Version)
	}
	if c.chain() != s.Hash {
		return Commit{}, fmt.Errorf("%w: %s version %d does not match its hash", ErrDamaged, s.Aggregate, s.Version)
	}
	switch err := json.Unmarshal(s.Events, &c.Facts); {
	case err == nil:
		return c, nil
	case errors.Is(err, ErrNewer) || errors.Is(err, ErrDamaged):
		return Commit{}, fmt.Errorf("%s version %d: %w", s.Aggregate, s.Version, err)
	default:
		return Commit{}, fmt.Errorf("%w: the events of %s version %d: %w", ErrDamaged, s.Aggregate, s.Version, err)
	}
}

// Continues returns an error that wraps ErrDamaged unless c is the commit that
// comes right after the one with this version and hash; 0 and none before the first.
func (c Commit) Continues(version int, hash Hash) error {
	switch {
	case c.Version != version+1:
		return fmt.Errorf("%w: %s goes from version %d to %d", ErrDamaged, c.Aggregate, version, c.Version)
	case c.Previous != hash:
		return fmt.Errorf("%w: %s version %d does not follow from version %d", ErrDamaged, c.Aggregate, c.Version, version)
	}
	return nil
}

// UnmarshalJSON reads a fact's stored form, whichever of its forms it is in.
func (f *Fact) UnmarshalJSON(stored []byte) error {
	var s storedFact
	if err := strict(stored, &s); err != nil {
		return misread("a fact", err)
	}
	form, known := byName[s.Type]
	switch {
	case s.Type == "":
		return fmt.Errorf("%w: a fact without a type", ErrDamaged)
	case !known:
		return fmt.Errorf("an event of the unknown type %q: %w", s.Type, ErrNewer)
	}
	event, err := form.read(s.Form, s.Data)
	if err != nil {
		return err
	}
	*f = Fact{s.On, event, s.Follows}
	return nil
}

// misread says what of a stored fact did not read, and why: a newer version
// wrote it if it holds a field or an event that is unknown here.
func misread(what string, err error) error {
	switch {
	case errors.Is(err, ErrNewer):
		return fmt.Errorf("%s: %w", what, err)
	case strings.HasPrefix(err.Error(), "json: unknown field"):
		return fmt.Errorf("%s with an %s: %w", what, strings.TrimPrefix(err.Error(), "json: "), ErrNewer)
	case errors.Is(err, ErrDamaged):
		return fmt.Errorf("%s: %w", what, err)
	default:
		return fmt.Errorf("%w: %s does not read: %w", ErrDamaged, what, err)
	}
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
