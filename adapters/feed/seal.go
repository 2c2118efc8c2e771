package feed

import (
	"crypto/aes"
	"crypto/cipher"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
)

// SecretSize is how long the secret is that views are sealed with, in bytes.
const SecretSize = 32

// newAEAD returns what seals values with a secret; nil if there is none.
func newAEAD(secret []byte) (cipher.AEAD, error) {
	if secret == nil {
		return nil, nil
	}
	if len(secret) != SecretSize {
		return nil, fmt.Errorf("the secret of the views has %d bytes, not %d", len(secret), SecretSize)
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// wrapping is how the values of one bucket stand in the file. Without a secret
// that is a checksum of key and value, which bbolt does not have, and the value
// as JSON. With one it is a nonce and the JSON, encrypted and authenticated with
// AES-GCM together with the names of bucket and key, so that no value can be
// put in another's place. Keys stand as they are: lists need their order.
type wrapping struct {
	bucket string
	aead   cipher.AEAD // nil: values are not encrypted
}

// encode returns the stored form of a document or mark.
func (w wrapping) encode(key string, value any) ([]byte, error) {
	data, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("the document %s cannot be stored: %w", key, err)
	}
	if w.aead != nil {
		return w.aead.Seal(nil, nil, data, w.place(key)), nil
	}
	stored := binary.LittleEndian.AppendUint32(make([]byte, 0, checksumSize+len(data)), checksum(key, data))
	return append(stored, data...), nil
}

// open returns the JSON of what encode wrote. Its error wraps ErrUnreadable
// unless key and value are those that were written.
func (w wrapping) open(key string, stored []byte) ([]byte, error) {
	if w.aead != nil {
		data, err := w.aead.Open(nil, nil, stored, w.place(key))
		if err != nil {
			return nil, fmt.Errorf("%w: the document %q is not what was written", ErrUnreadable, key)
		}
		return data, nil
	}
	if len(stored) < checksumSize || binary.LittleEndian.Uint32(stored) != checksum(key, stored[checksumSize:]) {
		return nil, fmt.Errorf("%w: the document %q is not what was written", ErrUnreadable, key)
	}
	return stored[checksumSize:], nil
}

// decode reads what encode wrote. Its error wraps ErrUnreadable.
func (w wrapping) decode(key string, stored []byte, value any) error {
	data, err := w.open(key, stored)
	if err != nil {
		return err
	}
	return unpack(key, data, value)
}

// unpack reads the JSON of a document. Its error wraps ErrUnreadable.
func unpack(key string, data []byte, value any) error {
	if err := json.Unmarshal(data, value); err != nil {
		return fmt.Errorf("%w: the document %s: %w", ErrUnreadable, key, err)
	}
	return nil
}

func (w wrapping) place(key string) []byte { return []byte(w.bucket + "\x00" + key) }

const checksumSize = 4 // bytes

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func checksum(key string, data []byte) uint32 {
	return crc32.Update(crc32.Checksum([]byte(key), castagnoli), castagnoli, data)
}
