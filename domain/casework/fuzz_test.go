package casework_test

import (
	"errors"
	"strings"
	"testing"

	"parley/domain/casework"
)

// A token is read in one way alone, and every name has one that goes into a
// subject.
func FuzzToken(f *testing.F) {
	for _, s := range []string{"jo", "Dr Jo", "Dr%20Jo", "%6A", "changes", "%63hanges", "", "%", "%2", "%zz", "a.b", "\xff", "é", ">", "*"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, err := casework.FromToken(s)
		switch {
		case err == nil && casework.Token(name) != s:
			t.Errorf("%q is read as %q, whose token is %q", s, name, casework.Token(name))
		case err != nil && !errors.Is(err, casework.ErrNoToken):
			t.Error(err)
		}
		token := casework.Token(s)
		if back, err := casework.FromToken(token); s != "" && (err != nil || back != s) {
			t.Errorf("the token of %q is %q, which is read as %q: %v", s, token, back, err)
		}
		if strings.ContainsAny(token, ".*> \t\r\n") || token == "changes" {
			t.Errorf("the token of %q is %q", s, token)
		}
	})
}
