package backup_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"filippo.io/age"

	"parley/adapters/backup"
	"parley/adapters/memlog"
	"parley/events"
)

// TestDamageAnywhereIsNoticed: every byte of a backup changed, and every length
// that it might be cut to. What is wrong is named, nothing is restored, and
// without an identity an encrypted backup is not taken for sound either.
func TestDamageAnywhereIsNoticed(t *testing.T) {
	id, recipients := keyPair(t)
	for name, c := range map[string]struct {
		to   []age.Recipient
		with []age.Identity
	}{
		"plain":                        {},
		"encrypted":                    {recipients, []age.Identity{id}},
		"encrypted, and nobody's here": {recipients, nil},
	} {
		t.Run(name, func(t *testing.T) {
			l, r := small(t, t.TempDir())
			r.Recipients, r.Identities = c.to, c.with
			made := take(t, l, r)
			sound, err := os.ReadFile(made.Path)
			if err != nil {
				t.Fatal(err)
			}
			bad := filepath.Join(t.TempDir(), "bad.backup")
			checked := 0
			check := func(what string, data []byte) {
				checked++
				if err := os.WriteFile(bad, data, 0o600); err != nil {
					t.Fatal(err)
				}
				mustBeNoticed(t, what, bad, c.with, checked%16 == 0)
			}
			for i := range sound {
				data := bytes.Clone(sound)
				data[i] ^= 1 << (i % 8)
				check(fmt.Sprint("byte ", i, " of ", len(sound)), data)
				if i%5 == 0 || i > len(sound)-100 {
					check(fmt.Sprint("cut to ", i, " of ", len(sound)), sound[:i])
				}
			}
			check("one byte more", append(bytes.Clone(sound), '\n'))
			check("twice", append(bytes.Clone(sound), sound...))
			check("a part left out", append(bytes.Clone(sound[:len(sound)/2]), sound[len(sound)/2+9:]...))
		})
	}
}

func mustBeNoticed(t *testing.T, what, path string, ids []age.Identity, restore bool) {
	t.Helper()
	_, err := backup.Verify(t.Context(), path, ids)
	if !errors.Is(err, backup.ErrDamaged) && !errors.Is(err, backup.ErrNotABackup) && !errors.Is(err, events.ErrNewer) {
		t.Errorf("%s: %v", what, err)
	}
	if errors.Is(err, events.ErrDamaged) {
		t.Errorf("%s is taken for damage of a log: %v", what, err)
	}
	if !restore {
		return
	}
	into := memlog.New()
	if _, err := backup.Restore(t.Context(), path, ids, into, nil); err == nil || len(stored(t, into)) > 0 {
		t.Errorf("%s: %d commits were restored, %v", what, len(stored(t, into)), err)
	}
}

// TestDamageIsNamed: where it is and what it is.
func TestDamageIsNamed(t *testing.T) {
	folder := t.TempDir()
	l, r := small(t, folder)
	id, recipients := keyPair(t)
	plain := take(t, l, r)
	r.Recipients = recipients
	locked := take(t, l, r)
	for _, c := range []struct {
		what  string
		from  string
		spoil func([]byte) []byte
		want  string
	}{
		{"the first line", plain.Path, at(3), "does not begin as one"},
		{"a later form", plain.Path, swap("parley backup 1", "parley backup 2"), "form 2"},
		{"the header's syntax", plain.Path, swap(`{"store"`, `{"store`), "header does not read"},
		{"the LMC's name", plain.Path, swap("Gloucestershire", "Gloucestershirf"), "its header is not the one that was written"},
		{"the position it goes up to", plain.Path, swap(`"position":7`, `"position":8`), "its header is not the one that was written"},
		{"who can read it", locked.Path, swap("-> X25519 ", "-> X25519 q"), "the part that says who can read it"},
		{"the contents", plain.Path, func(b []byte) []byte { return at(len(b) * 2 / 3)(b) }, `after position \d of 7|contents do not begin`},
		{"the encrypted contents", locked.Path, func(b []byte) []byte { return at(len(b) * 2 / 3)(b) }, `after position \d of 7|contents do not begin`},
		{"the end", plain.Path, func(b []byte) []byte { return b[:len(b)-200] }, `after position \d of 7: .*it was cut short|contents do not begin`},
		{"the last line", plain.Path, func(b []byte) []byte { return b[:len(b)-2] }, `after position 7 of 7: .*it was cut short, or its last line is damaged`},
		{"the checksum", plain.Path, func(b []byte) []byte { return digit(b) }, "its checksum is another"},
	} {
		data, err := os.ReadFile(c.from)
		if err != nil {
			t.Fatal(err)
		}
		bad := filepath.Join(t.TempDir(), "bad.backup")
		if err := os.WriteFile(bad, c.spoil(data), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err = backup.Verify(t.Context(), bad, []age.Identity{id})
		if err == nil || !regexp.MustCompile(c.want).MatchString(err.Error()) || !strings.Contains(err.Error(), bad) {
			t.Errorf("%s: %v", c.what, err)
		}
	}
	if _, err := backup.Verify(t.Context(), filepath.Join(folder, "none"), nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// at flips a bit of one byte.
func at(i int) func([]byte) []byte {
	return func(b []byte) []byte {
		b[i] ^= 4
		return b
	}
}

func swap(old, with string) func([]byte) []byte {
	return func(b []byte) []byte {
		if !bytes.Contains(b, []byte(old)) {
			panic("there is no " + old)
		}
		return bytes.Replace(b, []byte(old), []byte(with), 1)
	}
}

// digit changes the last digit of the checksum to another.
func digit(b []byte) []byte {
	i := len(b) - 2
	if b[i] == '0' {
		b[i] = '1'
	} else {
		b[i] = '0'
	}
	return b
}

func TestVerifyAndInspect(t *testing.T) {
	l, r := small(t, t.TempDir())
	id, recipients := keyPair(t)
	r.Recipients = recipients
	made := take(t, l, r)
	h, err := backup.Inspect(t.Context(), made.Path)
	if err != nil || h.Store != whose || h.To != r.UpTo || !h.Encrypted || h.Taken != taken || h.Program != "parley test" || h.Format != 1 || h.From != 1 {
		t.Errorf("%+v, %v", h, err)
	}
	blind, err := backup.Verify(t.Context(), made.Path, nil)
	if err != nil || blind.Read || blind.Log.Commits != 0 || blind.Header != h {
		t.Errorf("without an identity: %+v, %v", blind, err)
	}
	seen, err := backup.Verify(t.Context(), made.Path, []age.Identity{id})
	if err != nil || !seen.Read || seen.Log.Commits != 7 || seen.Log.Aggregates != 3 || seen.Last.IsZero() || seen.Plain == 0 {
		t.Errorf("with one: %+v, %v", seen, err)
	}
	stranger, _ := keyPair(t)
	if _, err := backup.Verify(t.Context(), made.Path, []age.Identity{stranger}); !errors.Is(err, backup.ErrWrongIdentity) {
		t.Errorf("with a stranger's: %v", err)
	}
	data, err := os.ReadFile(made.Path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(data, []byte("the practice waits")) || bytes.Contains(data, []byte("GLO-26-0001")) {
		t.Error("what should be encrypted is not")
	}
}

// FuzzReader: whatever a file holds, it is read to its end or refused.
func FuzzReader(f *testing.F) {
	l, r := small(f, f.TempDir())
	made := take(f, l, r)
	data, err := os.ReadFile(made.Path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add(data[:len(data)-80])
	f.Add([]byte("parley backup 1\n{}\n"))
	f.Add([]byte("parley backup 1"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(dir, "fuzzed")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		found, err := backup.Verify(t.Context(), path, nil)
		if err == nil && !found.Header.Encrypted && uint64(found.Log.Commits) != found.Header.To.Position {
			t.Errorf("sound, with %d commits of %d", found.Log.Commits, found.Header.To.Position)
		}
	})
}
