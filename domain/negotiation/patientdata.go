package negotiation

import (
	"regexp"
	"strings"
)

// tenDigits finds ten digits as NHS numbers are written: together, or in
// groups of 3, 3 and 4 with spaces, tabs, hyphens, dashes or dots between, of
// whatever width a letter or a spreadsheet gave them.
var tenDigits = regexp.MustCompile(`\d{3}[\t\p{Zs}\p{Pd}.]{0,2}\d{3}[\t\p{Zs}\p{Pd}.]{0,2}\d{4}`)

// findNHSNumber returns the digits of the first thing in text that looks like
// an NHS number: ten digits, not part of a longer run, of which the last is
// the modulus-11 check digit of the others (NHS Data Dictionary, NHS NUMBER).
func findNHSNumber(text string) (string, bool) {
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

// alone reports whether no letter or digit touches text[from:to], which would
// make it part of a reference; the letters NHS before it do not.
func alone(text string, from, to int) bool {
	touches := func(i int) bool {
		if i < 0 || i >= len(text) {
			return false
		}
		b := text[i]
		return b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
	}
	label := text[max(0, from-3):from]
	return !touches(to) && (!touches(from-1) || strings.EqualFold(label, "NHS") && !touches(from-4))
}

func digits(s string) string {
	only := make([]byte, 0, 10)
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
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
