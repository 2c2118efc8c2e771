package feed

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"testing"

	"parley/domain/negotiation"
)

// A document of a view reads as it was written, or is unreadable, and then the
// view is built afresh: whether its checksum is wrong, or right and its content
// is not what this program writes.
func FuzzDocument(f *testing.F) {
	good, err := wrapping{}.encode("GLO-26-0001", negotiation.Casefile{})
	if err != nil {
		f.Fatal(err)
	}
	f.Add("GLO-26-0001", good, false)
	for _, s := range []string{`{}`, `null`, `[]`, `{"case":{"Practices":[{"Code":"L84001"}]},"head":{"version":1}}`, `{"head":{"hash":"zz"}}`, "", "{", "\xff"} {
		f.Add("GLO-26-0001", []byte(s), true)
		f.Add("GLO-26-0001", []byte(s), false)
	}
	f.Fuzz(func(t *testing.T, key string, stored []byte, sealed bool) {
		if sealed {
			stored = append(binary.LittleEndian.AppendUint32(nil, checksum(key, stored)), stored...)
		}
		for _, into := range []any{&negotiation.Casefile{}, &negotiation.Registerfile{}, &mark{}} {
			err := wrapping{}.decode(key, stored, into)
			if err != nil && !errors.Is(err, ErrUnreadable) {
				t.Error(err)
			}
			if err == nil && (len(stored) < 4 || !json.Valid(stored[4:])) {
				t.Errorf("%q was read as %+v", stored, into)
			}
			if err == nil && (wrapping{}).decode(key+"x", stored, into) == nil {
				t.Errorf("%q is the document of another key too", stored)
			}
		}
	})
}
