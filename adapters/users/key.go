package users

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/nats-io/nkeys"

	"parley/domain/casework"
)

// ErrKey means that a file is not one that WriteKey has written.
var ErrKey = errors.New("this is not the key of a user")

const nameLine = "# Parley user: "

// NewKey makes up the key of a user: its public half (U…) and its seed (SU…).
func NewKey() (public, seed string, err error) {
	pair, err := nkeys.CreateUser()
	if err != nil {
		return "", "", err
	}
	defer pair.Wipe()
	secret, err := pair.Seed()
	if err != nil {
		return "", "", err
	}
	public, err = pair.PublicKey()
	return public, string(secret), err
}

// WriteKey writes the file that a user connects with: their name, and the seed
// as NATS reads it. It is readable by this account alone, and never replaces
// another file: the error then wraps fs.ErrExist.
func WriteKey(file, name, seed string) (err error) {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("the key of %s cannot be written: %w", name, err)
	}
	_, err = fmt.Fprintf(f, "%s%s\n# Whoever has this file acts in that name. Keep it to yourself.\n%s\n", nameLine, casework.Token(name), seed)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(fmt.Errorf("the key of %s cannot be written: %w", name, err), os.Remove(file))
	}
	return nil
}

// ReadKey reads what WriteKey has written. Errors wrap ErrKey, or the system's
// where there is no such file.
func ReadKey(file string) (name, seed string, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", "", fmt.Errorf("the key cannot be read: %w", err)
	}
	for lines := bufio.NewScanner(bytes.NewReader(data)); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		if token, ok := strings.CutPrefix(line, nameLine); ok {
			name, err = casework.FromToken(token)
		} else if line != "" && !strings.HasPrefix(line, "#") && seed == "" {
			seed = line
		}
	}
	pair, bad := nkeys.FromSeed([]byte(seed))
	if bad == nil {
		defer pair.Wipe()
		var public string
		if public, bad = pair.PublicKey(); bad == nil && !nkeys.IsValidPublicUserKey(public) {
			bad = errors.New("it is not a user's")
		}
	}
	switch {
	case err != nil || name == "":
		return "", "", fmt.Errorf("%w: %s does not say whose it is", ErrKey, file)
	case bad != nil:
		return "", "", fmt.Errorf("%w: %s: %w", ErrKey, file, bad)
	}
	return name, seed, nil
}
