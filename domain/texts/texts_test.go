package texts

import (
	"errors"
	"strings"
	"testing"
)

func TestWhatIsRefused(t *testing.T) {
	for text, want := range map[string]error{
		"":                             nil,
		"chased by phone":              nil,
		strings.Repeat("é", Longest):   nil,
		strings.Repeat("é", Longest+1): ErrTooLong,
		"seen to for NHS 943 476 5919": ErrPatientData,
		"ring 943 476 5918 (not a number of the NHS)": nil,
	} {
		if err := Check(text); !errors.Is(err, want) || err != nil && (err.Error() == want.Error() || strings.Contains(err.Error(), "5919")) {
			t.Errorf("%.40q: %v", text, err)
		}
	}
}
