package natsd

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/nats-io/nats-server/v2/server"
)

// Why a store is not opened with the key that was given, or without one. With
// these nothing on disk was changed.
var (
	ErrNeedsKey    = errors.New("this store is encrypted, and no key was given")
	ErrWrongKey    = errors.New("this is not the key of this store")
	ErrUnencrypted = errors.New("this store is not encrypted, and a key was given")
	ErrKeyFile     = errors.New("the key cannot be read")
)

const (
	secretSize = 32 // bytes
	saltSize   = 16 // bytes
	checkSize  = 32 // bytes
	keyLine    = "parley-store-key-1:"
	cipherName = "chacha20-poly1305" // what stores are encrypted with: fast without help from the processor
)

// Key is the secret that a store is encrypted with. Whoever loses it has lost
// the store: keep a copy elsewhere, and not among the backups.
type Key struct{ secret [secretSize]byte }

// NewKey returns a key that nobody has had before.
func NewKey() *Key {
	k := &Key{}
	_, _ = rand.Read(k.secret[:]) // never fails: see crypto/rand
	return k
}

// ReadKey reads the key in a file that WriteFile wrote. Its errors wrap
// ErrKeyFile: the file cannot be read, holds no key, or others may read it too.
//
// Credentials is the folder in which a service manager gives files to this process
// alone; empty if there is none. Where it does so by a list of who may read a file,
// that shows as a mode that lets the group read: there this is no objection, as
// long as the folder lets nobody in by its mode.
func ReadKey(path, credentials string) (*Key, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyFile, err)
	}
	allowed := fs.FileMode(0o700)
	if credentials != "" && filepath.Dir(path) == filepath.Clean(credentials) && closed(credentials) {
		allowed |= 0o040
	}
	if others := info.Mode().Perm() &^ allowed; others != 0 && runtime.GOOS != "windows" { // which has no such modes
		return nil, fmt.Errorf("%w: %s has mode %04o, and others may read it: run chmod 600 on it", ErrKeyFile, path, info.Mode().Perm())
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrKeyFile, err)
	}
	text, is := strings.CutPrefix(strings.TrimSpace(string(data)), keyLine)
	secret, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if !is || err != nil || len(secret) != secretSize {
		return nil, fmt.Errorf("%w: %s does not hold the key of a store", ErrKeyFile, path)
	}
	return &Key{[secretSize]byte(secret)}, nil
}

// closed reports whether a folder lets nobody in but its owner and its group.
func closed(folder string) bool {
	info, err := os.Stat(folder)
	return err == nil && info.Mode().Perm()&0o007 == 0
}

// WriteFile writes the key to a new file that only this user may read, and
// returns once it is on disk. It never replaces a file.
func (k *Key) WriteFile(path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("the key cannot be written: %w", err)
	}
	_, err = f.WriteString(keyLine + base64.RawURLEncoding.EncodeToString(k.secret[:]) + "\n")
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("the key cannot be written: %w", errors.Join(err, os.Remove(path)))
	}
	return nil
}

// Seal returns what is to be kept beside a new store, so that another key is
// recognised before it can do harm: see Config.Sealed. It tells nothing of the key.
func (k *Key) Seal() string {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt)
	return strings.Join([]string{"1", cipherName, inText(salt), inText(k.expand(salt, "parley store key check", checkSize))}, ".")
}

// Derive returns a secret of 32 bytes for one purpose, such as the views of the
// store, that tells nothing of the key nor of those for other purposes.
func (k *Key) Derive(purpose string) []byte {
	return k.expand(nil, "parley store key for "+purpose, secretSize)
}

func (k *Key) expand(salt []byte, purpose string, size int) []byte {
	out, err := hkdf.Key(sha256.New, k.secret[:], salt, purpose, size)
	if err != nil { // only for sizes of thousands of bytes
		panic(err)
	}
	return out
}

// Opens returns an error that wraps ErrWrongKey unless this key made sealed, which
// is what Seal returned: see Config.Sealed.
func (k *Key) Opens(sealed string) error { return k.opens(sealed) }

// opens returns nil if sealed was made by this key.
func (k *Key) opens(sealed string) error {
	parts := strings.Split(sealed, ".")
	if len(parts) != 4 || parts[0] != "1" || parts[1] != cipherName {
		return fmt.Errorf("%w: it was encrypted in a way that this version does not know: %q", ErrWrongKey, sealed)
	}
	salt, err := base64.RawURLEncoding.DecodeString(parts[2])
	check, err2 := base64.RawURLEncoding.DecodeString(parts[3])
	if err := errors.Join(err, err2); err != nil {
		return fmt.Errorf("%w: what is kept of the right one does not read: %w", ErrWrongKey, err)
	}
	if subtle.ConstantTimeCompare(check, k.expand(salt, "parley store key check", checkSize)) != 1 {
		return ErrWrongKey
	}
	return nil
}

// Encrypted reports whether anything in the folder of a store, its log or a copy of
// that, is known to be encrypted: for where nothing else is left that says so.
func Encrypted(folder string) bool {
	found, _ := lookAt(folder, false) // what does not read says nothing
	return found.encrypted != ""
}

// encrypt sets the server up to encrypt what it stores.
func (k *Key) encrypt(o *server.Options) {
	o.JetStreamKey = inText(k.Derive("jetstream"))
	o.JetStreamCipher = server.ChaCha
}

// String keeps the secret out of messages and logs.
func (*Key) String() string { return "the key of a store" }

// GoString keeps the secret out of messages and logs.
func (k *Key) GoString() string { return k.String() }

func inText(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
