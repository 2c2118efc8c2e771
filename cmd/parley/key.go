package main

import (
	"cmp"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"parley/adapters/natsd"
)

// The key of an encrypted store is in a file, and never beside what it opens.

// namedKey returns the file with the key: --key-file, or PARLEY_KEY_FILE; empty
// if neither is given.
func (a *app) namedKey() string {
	if a.keyless {
		return ""
	}
	return cmp.Or(a.keyFile, a.getenv("PARLEY_KEY_FILE"))
}

// key returns the key of the store; nil if none is given.
func (a *app) key() (*natsd.Key, error) {
	if a.namedKey() == "" {
		return nil, nil
	}
	return a.readKey(a.namedKey())
}

// readKey reads a key, also one that systemd gives to the service (LoadCredential=).
func (a *app) readKey(file string) (*natsd.Key, error) {
	return natsd.ReadKey(file, a.getenv("CREDENTIALS_DIRECTORY"))
}

// encryptFlags say whether a new store is encrypted.
type encryptFlags struct{ encrypt bool }

func (f *encryptFlags) register(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.encrypt, "encrypt", false, "encrypt the store with the key in --key-file, which is made if there is no such file")
}

// newKey returns the key that a new store at path is to be encrypted with; nil if
// it is not to be. It makes the key's file if there is none, and then forget
// removes it again, for when the store could not be made.
func (a *app) newKey(path string, encrypt bool) (key *natsd.Key, forget func(), err error) {
	file, forget := a.namedKey(), func() {}
	switch {
	case !encrypt && file == "":
		return nil, forget, nil
	case !encrypt:
		return nil, forget, usageError{fmt.Errorf("a key is given (%s), and not --encrypt: give both, or neither --key-file nor PARLEY_KEY_FILE", file)}
	case file == "":
		return nil, forget, usageError{errors.New("--encrypt needs a file for the key: give --key-file, on another disk than the store's if there is one")}
	case within(path, file):
		return nil, forget, usageError{fmt.Errorf("the key must not lie in the folder that it locks: name another place than %s", file)}
	}
	switch _, err := os.Stat(file); {
	case err == nil:
		key, err = a.readKey(file)
		return key, forget, err
	case !errors.Is(err, fs.ErrNotExist):
		return nil, forget, fmt.Errorf("%w: %w", natsd.ErrKeyFile, err)
	}
	key = natsd.NewKey()
	if err := key.WriteFile(file); err != nil {
		return nil, forget, err
	}
	a.say("The key of the store is in %s. Keep a copy of it elsewhere, and not among the backups: without it the store cannot be read by anybody.", file)
	return key, func() { _ = os.Remove(file) }, nil
}

// within reports whether file lies in folder.
func within(folder, file string) bool {
	whole, err := filepath.Abs(folder)
	other, err2 := filepath.Abs(file)
	if err != nil || err2 != nil {
		return false
	}
	below, err := filepath.Rel(whole, other)
	return err == nil && below != ".." && !strings.HasPrefix(below, ".."+string(filepath.Separator))
}

// secret returns what is encrypted with for one purpose beside the log; nil in a
// store that is not encrypted.
func (s *store) secret(purpose string) []byte {
	if s.how.Sealed == "" || s.how.Key == nil {
		return nil
	}
	return s.how.Key.Derive(purpose)
}

// sealed returns data as it may stand on disk: as it is, or in an encrypted
// store encrypted for this purpose.
func (s *store) sealed(purpose string, data []byte) ([]byte, error) {
	aead, err := s.aead(purpose)
	if aead == nil || err != nil {
		return data, err
	}
	return aead.Seal(nil, nil, data, []byte(purpose)), nil
}

// unsealed reads what sealed returned.
func (s *store) unsealed(purpose string, data []byte) ([]byte, error) {
	aead, err := s.aead(purpose)
	if aead == nil || err != nil {
		return data, err
	}
	return aead.Open(nil, nil, data, []byte(purpose))
}

func (s *store) aead(purpose string) (cipher.AEAD, error) {
	secret := s.secret(purpose)
	if secret == nil {
		return nil, nil
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}
