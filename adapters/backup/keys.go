package backup

import (
	"fmt"
	"os"
	"strings"

	"filippo.io/age"
)

// named returns an error unless n can be a recipient or the name of a file: one that
// is empty would be none at all, and a secret key is not for messages to repeat.
func named(n string) error {
	switch {
	case n == "":
		return fmt.Errorf("%w: one that was given is empty", ErrRecipients)
	case strings.Contains(strings.ToUpper(n), "AGE-SECRET-KEY-"):
		return fmt.Errorf("%w: a secret key stands in the place of a recipient or a file, and whoever sees the command can read it", ErrRecipients)
	}
	return nil
}

// Recipients reads whom to encrypt to: each of these is a recipient, age1…, or a
// file with one a line. Its errors wrap ErrRecipients, and never quote what is secret.
func Recipients(given []string) ([]age.Recipient, error) {
	var all []age.Recipient
	for _, n := range given {
		if err := named(n); err != nil {
			return nil, err
		}
		text := n
		if !strings.HasPrefix(n, "age1") {
			data, err := os.ReadFile(n)
			if err != nil {
				return nil, fmt.Errorf("%w: %w", ErrRecipients, err)
			}
			text = string(data)
		}
		found, err := age.ParseRecipients(strings.NewReader(text))
		if err != nil {
			return nil, fmt.Errorf("%w: %q: %w", ErrRecipients, n, err)
		}
		all = append(all, found...)
	}
	return all, nil
}

// Identities reads what to decrypt with from files as age-keygen writes them.
// Its errors wrap ErrRecipients, and never quote what is secret.
func Identities(files []string) ([]age.Identity, error) {
	var all []age.Identity
	for _, name := range files {
		if err := named(name); err != nil {
			return nil, err
		}
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrRecipients, err)
		}
		found, err := age.ParseIdentities(f)
		_ = f.Close() // only read from
		if err != nil {
			return nil, fmt.Errorf("%w: %s holds no identity of age, or one behind a passphrase, which is not asked for", ErrRecipients, name)
		}
		all = append(all, found...)
	}
	return all, nil
}
