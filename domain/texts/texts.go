// Package texts says which texts may be recorded at all, whatever they are about:
// none that is too long, and none with what looks like patient data.
package texts

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// Why a text is refused. The error that is returned says what of it.
var (
	ErrTooLong     = errors.New("the text is too long")
	ErrPatientData = errors.New("patient data never belongs here")
)

// Longest is the most characters one text of a fact may have.
const Longest = 10_000

// Check refuses a text that may not be recorded. Its errors match ErrTooLong or
// ErrPatientData, and repeat no more of a number than its end.
func Check(text string) error {
	if n := utf8.RuneCountInString(text); n > Longest {
		return refusal{ErrTooLong, fmt.Sprintf("a text of %d characters: the most is %d; keep the document itself elsewhere and give its reference", n, Longest)}
	}
	if n, found := findNHSNumber(text); found {
		return refusal{ErrPatientData, fmt.Sprintf("the text contains what looks like an NHS number (…%s)", n[len(n)-3:])}
	}
	return nil
}

// refusal is an error of one of the kinds above, in words of its own.
type refusal struct {
	kind error
	text string
}

func (r refusal) Error() string { return r.text }
func (r refusal) Unwrap() error { return r.kind }
