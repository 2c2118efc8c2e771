package texts

import (
	"regexp"
	"strings"
	"unicode"
)

// tenDigits finds ten digits as NHS numbers are written: together, or in
// groups of 3, 3 and 4 with spaces, line breaks, hyphens, dashes, strokes, dots
// or low lines between, of whatever width a letter or a web page gave them.
var tenDigits = regexp.MustCompile(`\d{3}` + between + `\d{3}` + between + `\d{4}`)

const between = `[\s\pZ\p{Pd}\p{Cf}\x{2212}/._]{0,3}`

// findNHSNumber returns the digits of the first thing in text that looks like
// an NHS number: ten digits of any script, not part of a longer run, of which
// the last is the modulus-11 check digit of the others (NHS Data Dictionary,
// NHS NUMBER).
func findNHSNumber(text string) (string, bool) {
	text = strings.Map(plain, text)
	if len(digits(text)) < 10 { // as in most texts; to look for a pattern takes longer
		return "", false
	}
	for start := 0; start < len(text); {
		at := tenDigits.FindStringIndex(text[start:])
		if at == nil {
			return "", false
		}
		from, to := start+at[0], start+at[1]
		if alone(text, from, to) {
			if n := digits(text[from:to]); checks(n) {
				return n, true
			}
		}
		start = from + 1
	}
	return "", false
}

// plain returns the ASCII character that r stands for: a digit of any script, or
// a character of full width. Others stay as they are.
func plain(r rune) rune {
	switch {
	case r < unicode.MaxASCII:
		return r
	case r >= '！' && r <= '～':
		return r - '！' + '!'
	}
	for _, digits := range unicode.Digit.R16 { // ten by ten, from nought to nine
		if r >= rune(digits.Lo) && r <= rune(digits.Hi) {
			return '0' + (r-rune(digits.Lo))%10
		}
	}
	for _, digits := range unicode.Digit.R32 {
		if r >= rune(digits.Lo) && r <= rune(digits.Hi) {
			return '0' + (r-rune(digits.Lo))%10
		}
	}
	return r
}

// alone reports whether no letter or digit touches text[from:to], which would
// make it part of a reference. A word before it that begins with NHS does not.
func alone(text string, from, to int) bool {
	word := from
	for word > 0 && letter(text[word-1]) {
		word--
	}
	switch {
	case to < len(text) && (letter(text[to]) || digit(text[to])), word > 0 && digit(text[word-1]):
		return false
	}
	return word == from || strings.HasPrefix(strings.ToLower(text[word:from]), "nhs")
}

func letter(b byte) bool { return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' }

func digit(b byte) bool { return b >= '0' && b <= '9' }

func digits(s string) string {
	only := make([]byte, 0, 10)
	for i := range len(s) {
		if digit(s[i]) {
			only = append(only, s[i])
		}
	}
	return string(only)
}

func checks(n string) bool {
	sum := 0
	for i := range 9 {
		sum += int(n[i]-'0') * (10 - i)
	}
	check := (11 - sum%11) % 11
	return check != 10 && check == int(n[9]-'0')
}
