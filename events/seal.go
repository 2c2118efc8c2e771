package events

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"
)

// Seal computes c's digest and hash and returns it with its stored form. It
// refuses a commit that names no aggregate and text that is not UTF-8: neither
// would read back as it was.
//
// What it writes is what encoding/json makes of a storedCommit. But that goes
// over each event four times, as it is JSON within JSON; here only the events
// themselves are left to it.
func Seal(c Commit) (Sealed, error) {
	if err := c.Aggregate.Check(); err != nil {
		return Sealed{}, err
	}
	if !utf8.ValidString(c.Actor) {
		return Sealed{}, fmt.Errorf("%s: the actor %q is not UTF-8 text", c.Aggregate, c.Actor)
	}
	facts, err := appendFacts(make([]byte, 0, 512), c.Facts)
	if err != nil {
		return Sealed{}, fmt.Errorf("events of %s: %w", c.Aggregate, err)
	}
	if notUTF8(facts) {
		return Sealed{}, fmt.Errorf("events of %s: text that is not UTF-8", c.Aggregate)
	}
	c.RecordedAt = c.RecordedAt.UTC().Truncate(time.Microsecond)
	c.Digest = sha256.Sum256(facts)
	c.Hash = c.chain()
	stored, err := c.stored(facts)
	return Sealed{c, stored}, err
}

// notUTF8 reports whether what became of text in the JSON was not UTF-8: such
// bytes are written as an escaped U+FFFD, and a real U+FFFD as itself.
func notUTF8(facts []byte) bool {
	for at := 0; ; at++ {
		next := bytes.Index(facts[at:], []byte(`\ufffd`))
		if next < 0 {
			return false
		}
		at += next
		before := facts[:at]
		if slashes := len(before) - len(bytes.TrimRight(before, `\`)); slashes%2 == 0 { // not itself escaped
			return true
		}
	}
}

// stored returns c's stored form, with its facts as they are stored.
func (c Commit) stored(facts []byte) ([]byte, error) {
	b := make([]byte, 0, len(facts)+len(c.Actor)+512) // more than the rest needs
	b = append(b, `{"schema":`...)
	b = strconv.AppendInt(b, schema, 10)
	b = appendQuoted(append(b, `,"aggregate":`...), c.Aggregate.String())
	b = strconv.AppendInt(append(b, `,"version":`...), int64(c.Version), 10)
	b = appendQuoted(append(b, `,"command":`...), c.Command.String())
	b = AppendText(append(b, `,"actor":`...), c.Actor)
	b, err := c.RecordedAt.AppendText(append(b, `,"recorded_at":"`...))
	if err != nil {
		return nil, err
	}
	b = appendHash(append(b, `","previous":`...), c.Previous)
	b = appendHash(append(b, `,"digest":`...), c.Digest)
	b = appendHash(append(b, `,"hash":`...), c.Hash)
	b = append(append(b, `,"events":`...), facts...)
	return append(b, '}'), nil
}

// appendQuoted appends text in which nothing needs to be escaped.
func appendQuoted(b []byte, text string) []byte {
	return append(append(append(b, '"'), text...), '"')
}

// AppendText appends any text, as encoding/json writes it.
func AppendText(b []byte, text string) []byte {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			quoted, _ := json.Marshal(text) // it refuses no text
			return append(b, quoted...)
		}
	}
	return appendQuoted(b, text)
}

// appendHash appends h as its MarshalText has it.
func appendHash(b []byte, h Hash) []byte {
	if h.IsZero() {
		return append(b, `""`...)
	}
	return append(hex.AppendEncode(append(b, '"'), h[:]), '"')
}

// appendFacts appends the stored form of facts.
func appendFacts(b []byte, facts []Fact) (_ []byte, err error) {
	if facts == nil {
		return append(b, "null"...), nil
	}
	b = append(b, '[')
	for i, f := range facts {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = f.append(b); err != nil {
			return nil, err
		}
	}
	return append(b, ']'), nil
}

// append appends the fact's stored form.
func (f Fact) append(b []byte) ([]byte, error) {
	if f.Event == nil {
		return nil, errors.New("a fact without an event")
	}
	name := Name(f.Event)
	data, err := json.Marshal(f.Event)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	b = appendQuoted(append(b, `{"type":`...), name)
	if form := byName[name].current(); form > 0 {
		b = strconv.AppendInt(append(b, `,"form":`...), int64(form), 10)
	}
	if b, err = f.On.AppendText(append(b, `,"on":"`...)); err != nil {
		return nil, err
	}
	b = append(b, '"')
	if f.Follows {
		b = append(b, `,"follows":true`...)
	}
	b = append(append(b, `,"data":`...), data...)
	return append(b, '}'), nil
}

// MarshalJSON writes the fact's stored form.
func (f Fact) MarshalJSON() ([]byte, error) { return f.append(nil) }
