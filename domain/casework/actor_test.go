package casework_test

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"parley/domain/casework"
)

func TestNamesAsTokens(t *testing.T) {
	for name, token := range map[string]string{
		"sam":                 "sam",
		"Sam_Jones-2":         "Sam_Jones-2",
		"sam.jones":           "sam%2Ejones",
		"Dr Jo O'Neill":       "Dr%20Jo%20O%27Neill",
		"a*>b":                "a%2A%3Eb",
		"100%":                "100%25",
		"Zoë":                 "Zo%C3%AB",
		"jo@severnshire.test": "jo%40severnshire%2Etest",
		"changes":             "%63hanges",
		"changes2":            "changes2",
		"":                    "",
	} {
		if got := casework.Token(name); got != token {
			t.Errorf("Token(%q) is %q, not %q", name, got, token)
		}
		if name == "" {
			continue
		}
		if got, err := casework.FromToken(token); got != name || err != nil {
			t.Errorf("FromToken(%q) is %q, %v", token, got, err)
		}
	}
}

func TestWhatIsNoToken(t *testing.T) {
	for _, token := range []string{"", "sam jones", "sam.jones", "*", ">", "%", "a%2", "%2e", "%61", "%zz", "changes", "Zoë", "a%2Eb%"} {
		if name, err := casework.FromToken(token); !errors.Is(err, casework.ErrNoToken) {
			t.Errorf("FromToken(%q) is %q, %v", token, name, err)
		}
	}
}

func TestTokensAreNamesOwn(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := string(rapid.SliceOfN(rapid.Byte(), 1, 40).Draw(t, "name"))
		token := casework.Token(name)
		if strings.ContainsAny(token, ".*> \t\r\n") {
			t.Fatalf("%q would not be one word of a subject", token)
		}
		if back, err := casework.FromToken(token); back != name || err != nil {
			t.Fatalf("%q came back as %q, %v", name, back, err)
		}
	})
}
