package casework

import (
	"errors"
	"fmt"
	"strings"
)

// ErrNoToken means that a text is not the token of any name.
var ErrNoToken = errors.New("this is not the token of a name")

const (
	hexDigits = "0123456789ABCDEF"
	reserved  = "changes" // the token that no name has
)

// Token returns an actor's name as one word that can stand within a subject or
// a file's name: ASCII letters, digits, - and _ as they are, and every other
// byte as % and two upper-case hexadecimal digits. Different names have
// different tokens, and FromToken turns them back. Nobody's token is "changes",
// which stands in its place where the news of all is told; whoever has that name
// is %63hanges. Only the empty name has an empty token, which is of no use.
func Token(actor string) string {
	var b strings.Builder
	for i := range len(actor) {
		c := actor[i]
		if plain(c) && (i > 0 || actor != reserved) {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		}
	}
	return b.String()
}

// FromToken returns the name whose token this is. The error wraps ErrNoToken:
// a token has one spelling only, and is never empty.
func FromToken(token string) (string, error) {
	var name []byte
	for i := 0; i < len(token); i++ {
		if token[i] != '%' {
			name = append(name, token[i])
			continue
		}
		if i+2 >= len(token) {
			return "", noToken(token)
		}
		high, low := strings.IndexByte(hexDigits, token[i+1]), strings.IndexByte(hexDigits, token[i+2])
		if high < 0 || low < 0 {
			return "", noToken(token)
		}
		name = append(name, byte(high<<4|low))
		i += 2
	}
	if len(name) == 0 || Token(string(name)) != token {
		return "", noToken(token)
	}
	return string(name), nil
}

func noToken(token string) error { return fmt.Errorf("%w: %q", ErrNoToken, token) }

// plain reports whether a byte stands for itself in a token.
func plain(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}
