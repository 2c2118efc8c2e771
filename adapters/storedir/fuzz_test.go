package storedir

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"parley/events"
)

// The files of a store's folder read, or are damage, or are a note that is not
// there. Nothing that is cut or spoiled passes for whole.
func FuzzFiles(f *testing.F) {
	for _, s := range []string{
		`{"format":1,"lmc":"Test LMC","code":"GLO","actor":"jo","rehearsal":false,"created":"2026-11-22T09:00:00Z","stream_created":true}`,
		`{"format":9}`, `{"position":3,"hash":"2f77668a9dfbf8d5848b9eeb4a7145ca94c6ed9236e4a773f6dcafa5132b2f91"}`, `{"position":0,"hash":""}`, `{"position":-1}`,
		`{"found":"2026-11-22T09:00:00Z","what":"x","became":"y"}`, `{"pid":7,"host":"h","command":"c","since":"2026-11-22T09:00:00Z"}`,
		`{"url":"nats://127.0.0.1:1","actor":"jo","seed":"SU","pid":1}`, "", "null", "{}{}", "[]", "\x00", `{"pid":-1}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		dir := t.TempDir()
		for _, name := range []string{storeFile, markFile, holderFile, servingFile, damageFile} {
			if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		valid := json.Valid(content)
		id, err := Look(dir)
		if err == nil && (!valid || id.Code == "" || id.Format != format) || err != nil && !errors.Is(err, events.ErrDamaged) && !errors.Is(err, events.ErrNewer) {
			t.Errorf("%q is the store of %+v: %v", content, id, err)
		}
		mark, err := readMark(dir)
		if err == nil && (!valid || mark.Position == 0 || mark.Hash.IsZero()) || err != nil && !errors.Is(err, events.ErrDamaged) {
			t.Errorf("%q is the mark %+v: %v", content, mark, err)
		}
		if err := (&Dir{path: dir}).Damage(); err == nil || !errors.Is(err, events.ErrDamaged) {
			t.Errorf("%q is no damage: %v", content, err)
		}
		if s, ok := Discover(dir); ok && (!valid || s.URL == "" || s.Seed == "") {
			t.Errorf("%q is the server %+v", content, s)
		}
		held := &HeldError{dir, readHolder(dir)}
		_ = held.Error()
	})
}
