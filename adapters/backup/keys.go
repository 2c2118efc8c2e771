package backup

import (
	"fmt"
	"os"
	"strings"

	"filippo.io/age"
)

// Recipients reads whom to encrypt to: each of these is a recipient, age1…, or a
// file with one a line. Its errors wrap ErrRecipients.
func Recipients(named []string) ([]age.Recipient, error) {
	var all []age.Recipient
	for _, n := range named {
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
