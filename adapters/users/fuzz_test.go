package users_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"parley/adapters/users"
	"parley/events"
)

// A list of users that does not read lets nobody in; one that does is whole.
func FuzzList(f *testing.F) {
	dir := f.TempDir()
	if _, err := users.In(dir).Add(f.Context(), "Jo", time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)); err != nil {
		f.Fatal(err)
	}
	good, err := os.ReadFile(filepath.Join(dir, "users.json"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(append(good, '}'))
	for _, s := range []string{`{"format":1,"users":[]}`, `{"format":2}`, `{"format":1,"users":null}`, `{"format":1,"users":[{"name":"","key":"U"}]}`, "", "null", "[]"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "users.json"), content, 0o600); err != nil {
			t.Fatal(err)
		}
		book := users.In(dir)
		all, err := book.All()
		switch {
		case err == nil && !json.Valid(content):
			t.Errorf("%q is a list of users: %+v", content, all)
		case err != nil && !errors.Is(err, events.ErrDamaged) && !errors.Is(err, events.ErrNewer):
			t.Error(err)
		}
		for _, u := range all {
			if name, in := book.Lookup(u.Key); !in || name != u.Name || users.CheckName(name) != nil {
				t.Errorf("%+v comes in as %q, %t", u, name, in)
			}
		}
		if _, in := book.Lookup(""); in {
			t.Error("whoever has no key is let in")
		}
	})
}

// A file with a key is that of a user, or refused.
func FuzzKey(f *testing.F) {
	_, seed, err := users.NewKey()
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{"# Parley user: Dr%20Jo\n# x\n" + seed + "\n", "# Parley user: jo\n", seed, "# Parley user: %6a\n" + seed, "", "# Parley user: \n" + seed, "\x00"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		file := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(file, content, 0o600); err != nil {
			t.Fatal(err)
		}
		name, seed, err := users.ReadKey(file)
		if err != nil {
			if !errors.Is(err, users.ErrKey) || name != "" || seed != "" {
				t.Errorf("%q, %v", name, err)
			}
			return
		}
		again := filepath.Join(t.TempDir(), "again")
		if err := users.WriteKey(again, name, seed); err != nil {
			t.Fatal(err)
		}
		if n, s, err := users.ReadKey(again); n != name || s != seed || err != nil {
			t.Errorf("%q reads back as %q: %v", name, n, err)
		}
	})
}
