package events

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
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

// Seal computes c's digest and hash and returns it with its stored form.
func Seal(c Commit) (Sealed, error) {
	facts, err := json.Marshal(c.Facts)
	if err != nil {
		return Sealed{}, fmt.Errorf("events of %s: %w", c.Aggregate, err)
	}
	c.RecordedAt = c.RecordedAt.UTC().Truncate(time.Microsecond)
	c.Digest = sha256.Sum256(facts)
	c.Hash = c.chain()
	stored, err := json.Marshal(storedCommit{
		schema, c.Aggregate.String(), c.Version, c.Command, c.Actor, c.RecordedAt, c.Previous, c.Digest, c.Hash, facts,
	})
	return Sealed{c, stored}, err
}

// chain returns the hash that ties c to its predecessor and to its facts'
// digest, each part with its length before it so that none can run into the next.
func (c Commit) chain() Hash {
	parts := make([]byte, 0, 256)
	add := func(part []byte) {
		parts = binary.BigEndian.AppendUint32(parts, uint32(len(part)))
		parts = append(parts, part...)
	}
	add([]byte("parley commit 1"))
	add([]byte(c.Aggregate.String()))
	add(binary.BigEndian.AppendUint64(nil, uint64(c.Version)))
	add(c.Command[:])
	add([]byte(c.Actor))
	add(binary.BigEndian.AppendUint64(nil, uint64(c.RecordedAt.UnixMicro())))
	add(c.Previous[:])
	add(c.Digest[:])
	return sha256.Sum256(parts)
}

// Decode reads a stored commit and checks its digest and hash. Its errors wrap
// ErrDamaged or ErrNewer and name what is wrong. Whether Previous is the hash
// of the commit before is for the reader of both to check, with Continues.
func Decode(stored []byte) (Commit, error) {
	var s storedCommit
	if err := strict(stored, &s); err != nil {
		var probe struct{ Schema int }
		if json.Unmarshal(stored, &probe) == nil && probe.Schema > schema {
			return Commit{}, fmt.Errorf("a commit in form %d, and this version knows forms up to %d: %w", probe.Schema, schema, ErrNewer)
		}
		return Commit{}, fmt.Errorf("%w: a commit that does not read: %w", ErrDamaged, err)
	}
	if s.Schema != schema {
		return Commit{}, fmt.Errorf("a commit in form %d, and this version knows forms up to %d: %w", s.Schema, schema, ErrNewer)
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
	if err := json.Unmarshal(s.Events, &c.Facts); err != nil {
		return Commit{}, fmt.Errorf("%s version %d: %w", s.Aggregate, s.Version, err)
	}
	return c, nil
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

// MarshalJSON writes the fact's stored form.
func (f Fact) MarshalJSON() ([]byte, error) {
	if f.Event == nil {
		return nil, fmt.Errorf("a fact without an event")
	}
	data, err := json.Marshal(f.Event)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Name(f.Event), err)
	}
	name := Name(f.Event)
	return json.Marshal(storedFact{name, byName[name].current(), f.On, f.Follows, data})
}

// UnmarshalJSON reads a fact's stored form, whichever of its forms it is in.
func (f *Fact) UnmarshalJSON(stored []byte) error {
	var s storedFact
	if err := strict(stored, &s); err != nil {
		return fmt.Errorf("%w: a fact that does not read: %w", ErrDamaged, err)
	}
	form, known := byName[s.Type]
	if !known {
		return fmt.Errorf("an event of the unknown type %q: %w", s.Type, ErrNewer)
	}
	event, err := form.read(s.Form, s.Data)
	if err != nil {
		return err
	}
	*f = Fact{s.On, event, s.Follows}
	return nil
}

// strict reads one JSON value into v and refuses unknown fields and anything after it.
func strict(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return err
	}
	if d.More() {
		return fmt.Errorf("more after the end of the value")
	}
	return nil
}
