package events

import (
	"crypto/sha256"
	"encoding/json"
	"time"
	"unicode/utf8"
)

// scan reads a stored commit in the one form that Seal writes, and checks its
// digest and hash. It is a short cut for Decode and decides nothing: it reports
// false for what is not as it expects, and leaves it to decodeStrictly to read
// it or to say what is wrong with it. So it may turn down whatever it likes, and
// must never take what decodeStrictly refuses, or read it as something else.
func scan(stored []byte) (Commit, bool) {
	s := &scanner{rest: stored, forms: scannables}
	c := s.envelope()
	list := s.rest
	if s.failed || len(list) == 0 || sha256.Sum256(list[:len(list)-1]) != c.Digest || c.chain() != c.Hash {
		return Commit{}, false
	}
	c.Facts = s.facts()
	s.expect("}")
	return c, !s.failed && len(s.rest) == 0
}

// A scanner goes once over the bytes of a commit, without space between them
// and with every field in its place. Once something is not as expected it has
// failed for good: what its methods return from then on means nothing.
type scanner struct {
	rest   []byte // what is still to be read
	failed bool
	depth  int // how many facts the one that is read stands within
	forms  map[string]scannable
}

// deepest is how many facts a scanner reads within one another.
const deepest = 8

// envelope reads a commit up to its events.
func (s *scanner) envelope() (c Commit) {
	s.expect(`{"schema":1,"aggregate":`)
	aggregate, err := ParseAggregate(string(s.plain()))
	s.check(err == nil)
	c.Aggregate = aggregate
	s.expect(`,"version":`)
	version := s.number()
	c.Version = int(version)
	s.check(int64(c.Version) == version)
	s.expect(`,"command":`)
	s.check(c.Command.UnmarshalText(s.plain()) == nil)
	s.expect(`,"actor":`)
	c.Actor = s.text()
	s.expect(`,"recorded_at":`)
	s.check(c.RecordedAt.UnmarshalText(s.plain()) == nil && c.RecordedAt == c.RecordedAt.UTC().Truncate(time.Microsecond))
	s.expect(`,"previous":`)
	s.check(c.Previous.UnmarshalText(s.plain()) == nil)
	s.expect(`,"digest":`)
	s.check(c.Digest.UnmarshalText(s.plain()) == nil)
	s.expect(`,"hash":`)
	s.check(c.Hash.UnmarshalText(s.plain()) == nil)
	s.expect(`,"events":`)
	return c
}

// facts reads a list of facts.
func (s *scanner) facts() []Fact {
	all := make([]Fact, 0, 4) // most commits have no more
	for s.inList(len(all)) {
		all = append(all, s.fact())
	}
	return all
}

func (s *scanner) fact() (f Fact) {
	s.depth++
	defer func() { s.depth-- }()
	s.check(s.depth <= deepest)
	s.expect(`{"type":`)
	form, known := s.forms[string(s.plain())]
	stored := int64(0)
	if s.has(`,"form":`) {
		stored = s.number()
	}
	s.check(known && stored == int64(form.current))
	s.expect(`,"on":`)
	s.check(f.On.UnmarshalText(s.plain()) == nil)
	if s.has(`,"follows":`) {
		f.Follows = s.flag()
	}
	s.expect(`,"data":`)
	if s.failed {
		return Fact{}
	}
	f.Event = form.read(s)
	s.expect("}")
	return f
}

// check notes that something is not as expected, unless it is.
func (s *scanner) check(asExpected bool) {
	if !asExpected {
		s.failed, s.rest = true, nil
	}
}

// expect reads these very bytes.
func (s *scanner) expect(what string) { s.check(s.has(what)) }

// has reads these very bytes if they come next.
func (s *scanner) has(what string) bool {
	if len(s.rest) < len(what) || string(s.rest[:len(what)]) != what {
		return false
	}
	s.rest = s.rest[len(what):]
	return true
}

// inList reads what stands before the next value of a list of which so many
// have been read, or what stands at the list's end. It reports whether there is
// another value.
func (s *scanner) inList(read int) bool {
	if read == 0 {
		s.expect("[")
		return !s.failed && !s.has("]")
	}
	if s.has(",") {
		return true
	}
	s.expect("]")
	return false
}

// flag reads true or false.
func (s *scanner) flag() bool {
	if s.has("true") {
		return true
	}
	s.expect("false")
	return false
}

// mostDigits is how many digits every number has room for.
const mostDigits = 18

// number reads a whole number.
func (s *scanner) number() (n int64) {
	negative := s.has("-")
	digits := 0
	for digits < len(s.rest) && digits <= mostDigits && '0' <= s.rest[digits] && s.rest[digits] <= '9' {
		n = 10*n + int64(s.rest[digits]-'0')
		digits++
	}
	s.check(digits > 0 && digits <= mostDigits && (s.rest[0] != '0' || digits == 1))
	if s.failed {
		return 0
	}
	s.rest = s.rest[digits:]
	if negative {
		return -n
	}
	return n
}

// plain reads a string of printable ASCII that has nothing escaped.
func (s *scanner) plain() []byte {
	quoted, is := s.quoted()
	s.check(is == ascii)
	if s.failed {
		return nil
	}
	return quoted[1 : len(quoted)-1]
}

// text reads any string.
func (s *scanner) text() string {
	quoted, is := s.quoted()
	switch {
	case s.failed:
		return ""
	case is == ascii, is == wider && utf8.Valid(quoted):
		return string(quoted[1 : len(quoted)-1])
	}
	var text string
	s.check(json.Unmarshal(quoted, &text) == nil)
	return text
}

// letters says what a string is made of.
type letters int

const (
	ascii   letters = iota // printable, and each stands for itself
	wider                  // bytes beyond ASCII too
	escaped                // something is escaped, or should be
)

// quoted reads a string and returns it as it is stored, in quotation marks.
func (s *scanner) quoted() (text []byte, is letters) {
	s.check(len(s.rest) > 0 && s.rest[0] == '"')
	for i := 1; i < len(s.rest); i++ {
		switch c := s.rest[i]; {
		case c == '"':
			text, s.rest = s.rest[:i+1], s.rest[i+1:]
			return text, is
		case c == '\\':
			is = escaped
			i++
		case c < ' ':
			is = escaped
		case c >= utf8.RuneSelf && is == ascii:
			is = wider
		}
	}
	s.check(false)
	return nil, is
}
