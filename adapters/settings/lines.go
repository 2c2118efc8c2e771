package settings

import (
	"strconv"
	"strings"
)

// lines finds out on which line of a file of TOML each key stands: the name of
// a key is person[0].channels, that of the second table in a list of them
// ladder[0].rungs[1]. The library says where syntax is broken, but of keys that
// come in several tables it remembers only the last. What is given must be
// valid TOML.
func lines(source string) map[string]int {
	s := &scanner{source: source, line: 1, found: map[string]int{}, tables: map[string]int{}}
	for s.at < len(s.source) {
		s.statement()
	}
	return s.found
}

// scanner reads TOML from left to right.
type scanner struct {
	source string
	at     int
	line   int
	table  string         // that the keys to come belong to
	tables map[string]int // how many tables a list has had so far
	found  map[string]int
}

// statement reads one line, or a key with the whole of its value.
func (s *scanner) statement() {
	s.blank()
	switch {
	case s.at >= len(s.source):
	case s.ahead("#"), s.ahead("\n"), s.ahead("\r"):
		s.rest()
	case s.ahead("["):
		s.header()
		s.rest()
	default:
		s.value(s.under(s.table, s.key("=")))
	}
}

// header reads [email] or [[person]].
func (s *scanner) header() {
	list := s.ahead("[[")
	s.at += len("[")
	if list {
		s.at++
	}
	parts := s.key("]")
	parent := s.under("", parts[:len(parts)-1])
	s.table = join(parent, parts[len(parts)-1])
	if list {
		n := s.tables[s.table]
		s.tables[s.table]++
		s.table = nth(s.table, n)
	}
	s.mark(s.table)
}

// under returns the name of a key within a table: where a part of it is a list
// of tables, its last one is meant. What a key stands in and has no line of its
// own begins with it.
func (s *scanner) under(table string, parts []string) string {
	for _, part := range parts {
		table = join(table, part)
		if n := s.tables[table]; n > 0 {
			table = nth(table, n-1)
		}
		s.mark(table)
	}
	return table
}

func (s *scanner) mark(name string) {
	if s.found[name] == 0 {
		s.found[name] = s.line
	}
}

// key reads the parts of a key, and what ends it.
func (s *scanner) key(end string) []string {
	var parts []string
	var part strings.Builder
	for s.at < len(s.source) && !s.ahead(end) {
		switch c := s.source[s.at]; c {
		case '"', '\'':
			written := s.quoted()
			if plain, err := strconv.Unquote(written); err == nil && c == '"' {
				part.WriteString(plain)
			} else {
				part.WriteString(strings.Trim(written, string(c)))
			}
		case '.':
			parts = append(parts, part.String())
			part.Reset()
			s.at++
		case ' ', '\t':
			s.at++
		default:
			part.WriteByte(c)
			s.at++
		}
	}
	s.at += len(end)
	return append(parts, part.String())
}

// value reads the value of a key, to the end of its line, and marks the tables
// that are written within a list.
func (s *scanner) value(name string) {
	depth, n := 0, 0
	for s.at < len(s.source) {
		switch c := s.source[s.at]; c {
		case '"', '\'':
			s.quoted()
			continue
		case '#':
			s.comment()
			continue
		case '[', '{':
			if c == '{' && depth == 1 {
				s.mark(nth(name, n))
				n++
			}
			depth++
		case ']', '}':
			depth--
		case '\n':
			s.line++
			if depth == 0 {
				s.at++
				return
			}
		}
		s.at++
	}
}

// quoted reads a text in quotes, and returns it with them.
func (s *scanner) quoted() string {
	begin := s.at
	quote := s.source[s.at : s.at+1]
	end := quote
	if long := strings.Repeat(quote, 3); s.ahead(long) {
		end = long
	}
	s.at += len(end)
	for s.at < len(s.source) && !s.ahead(end) {
		if s.source[s.at] == '\n' {
			s.line++
		}
		if s.source[s.at] == '\\' && quote == `"` && s.at+1 < len(s.source) && s.source[s.at+1] != '\n' {
			s.at++
		}
		s.at++
	}
	s.at = min(s.at+len(end), len(s.source))
	for len(end) == 3 && s.ahead(quote) { // a long text may end with quotes of its own
		s.at++
	}
	return s.source[begin:s.at]
}

func (s *scanner) ahead(what string) bool { return strings.HasPrefix(s.source[s.at:], what) }

// blank passes over what stands before a statement.
func (s *scanner) blank() {
	for s.at < len(s.source) && (s.source[s.at] == ' ' || s.source[s.at] == '\t') {
		s.at++
	}
}

// comment passes over what is left of a line.
func (s *scanner) comment() {
	for s.at < len(s.source) && s.source[s.at] != '\n' {
		s.at++
	}
}

// rest passes over what is left of a line, and its end.
func (s *scanner) rest() {
	s.comment()
	s.at++
	s.line++
}

func join(table, key string) string {
	if table == "" {
		return key
	}
	return table + "." + key
}

func nth(list string, n int) string { return list + "[" + strconv.Itoa(n) + "]" }
