package users_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"parley/adapters/users"
	"parley/events"
)

var november = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// public returns the public half of a key.
func public(t *testing.T, seed string) string {
	t.Helper()
	pair, err := nkeys.FromSeed([]byte(seed))
	if err != nil {
		t.Fatal(err)
	}
	key, err := pair.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func add(t *testing.T, b *users.Book, name string) (seed string) {
	t.Helper()
	seed, err := b.Add(t.Context(), name, november)
	if err != nil {
		t.Fatal(err)
	}
	return seed
}

func TestUsersComeAndGo(t *testing.T) {
	dir := t.TempDir()
	b, other := users.In(dir), users.In(dir) // a command, and a running server
	if all, err := b.All(); err != nil || len(all) != 0 {
		t.Fatalf("before anybody is there: %v, %v", all, err)
	}
	if name, ok := other.Lookup("UABC"); ok {
		t.Errorf("a stranger is %q", name)
	}
	sam, jo := public(t, add(t, b, "sam")), public(t, add(t, b, "Jo O'Neill"))
	for key, want := range map[string]string{sam: "sam", jo: "Jo O'Neill"} {
		if name, ok := other.Lookup(key); !ok || name != want {
			t.Errorf("%s is %q", want, name)
		}
	}
	all, err := other.All()
	if err != nil || len(all) != 2 || all[0] != (users.User{Name: "Jo O'Neill", Key: jo, Added: november}) || all[1].Name != "sam" {
		t.Errorf("the list is %v, %v", all, err)
	}
	if err := b.Remove(t.Context(), "sam"); err != nil {
		t.Fatal(err)
	}
	if name, ok := other.Lookup(sam); ok {
		t.Errorf("who was removed is still %q", name)
	}
	if again := public(t, add(t, b, "sam")); again == sam {
		t.Error("the same key was given again")
	}
	if info, err := os.Stat(filepath.Join(dir, "users.json")); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("the list is kept as %v, %v", info.Mode(), err)
	}
	if err := os.Remove(filepath.Join(dir, "users.json")); err != nil {
		t.Fatal(err)
	}
	if _, ok := other.Lookup(jo); ok {
		t.Error("somebody is known though there is no list")
	}
}

func TestWhatIsRefused(t *testing.T) {
	b := users.In(t.TempDir())
	add(t, b, "sam")
	for name, want := range map[string]error{
		"sam": users.ErrKnown, "Sam": users.ErrKnown, "": users.ErrName, " jo": users.ErrName, "Parley": users.ErrName, "jo\n": users.ErrName,
		"jo\x00": users.ErrName, "jo\xff": users.ErrName, strings.Repeat("x", 65): users.ErrName,
	} {
		if seed, err := b.Add(t.Context(), name, november); !errors.Is(err, want) || seed != "" {
			t.Errorf("adding %q: a key of %d letters, %v", name, len(seed), err)
		}
	}
	for _, name := range []string{"jo", "SAM", ""} {
		if err := b.Remove(t.Context(), name); !errors.Is(err, users.ErrUnknown) {
			t.Errorf("removing %q: %v", name, err)
		}
	}
	if _, err := users.In(filepath.Join(t.TempDir(), "none")).Add(t.Context(), "sam", november); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in no folder: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Add(ctx, "jo", november); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if all, err := b.All(); err != nil || len(all) != 1 {
		t.Errorf("the list is %v, %v", all, err)
	}
}

func TestAListThatDoesNotRead(t *testing.T) {
	dir := t.TempDir()
	b := users.In(dir)
	sam := public(t, add(t, b, "sam"))
	if _, ok := b.Lookup(sam); !ok {
		t.Fatal("sam is not known")
	}
	for holds, want := range map[string]error{
		"":                                 events.ErrDamaged,
		`{"format":1,"users":[`:            events.ErrDamaged,
		`{"format":1,"users":[],"more":1}`: events.ErrDamaged,
		`{"format":1,"users":[]} {}`:       events.ErrDamaged,
		`{"users":[]}`:                     events.ErrDamaged,
		`{"format":1,"users":[{"name":"jo","key":"U","added":"2026-11-22T09:00:00Z"}]}`:              events.ErrDamaged,
		fmt.Sprintf(`{"format":1,"users":[{"name":"","key":%q}]}`, sam):                              events.ErrDamaged,
		fmt.Sprintf(`{"format":1,"users":[{"name":"a","key":%[1]q},{"name":"b","key":%[1]q}]}`, sam): events.ErrDamaged,
		`{"format":2,"groups":[]}`: events.ErrNewer,
	} {
		if err := os.WriteFile(filepath.Join(dir, "users.json"), []byte(holds), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := b.All(); !errors.Is(err, want) {
			t.Errorf("%q: %v", holds, err)
		}
		if _, err := b.Add(t.Context(), "jo", november); !errors.Is(err, want) {
			t.Errorf("added to %q: %v", holds, err)
		}
		if name, ok := b.Lookup(sam); !ok || name != "sam" {
			t.Errorf("with %q sam is shut out", holds)
		}
		if _, ok := users.In(dir).Lookup(sam); ok {
			t.Errorf("with %q sam is let in by one who never read a good list", holds)
		}
	}
}

func TestTwoWhoAddAtOnce(t *testing.T) {
	dir := t.TempDir()
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			if _, err := users.In(dir).Add(t.Context(), fmt.Sprintf("user %d", i), november); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got, err := users.In(dir).All(); err != nil || len(got) != 12 {
		t.Errorf("%d users, %v", len(got), err)
	}
}

func TestKeyFiles(t *testing.T) {
	_, seed, err := users.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "key")
	if err := users.WriteKey(file, "Zoë O'Neill", seed); err != nil {
		t.Fatal(err)
	}
	if name, got, err := users.ReadKey(file); err != nil || name != "Zoë O'Neill" || got != seed {
		t.Errorf("read as %q, %v", name, err)
	}
	if _, err := nats.NkeyOptionFromSeed(file); err != nil {
		t.Errorf("NATS does not read it: %v", err)
	}
	if info, err := os.Stat(file); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("it is kept as %v, %v", info.Mode(), err)
	}
	if err := users.WriteKey(file, "jo", seed); !errors.Is(err, fs.ErrExist) {
		t.Errorf("written over another: %v", err)
	}
	if name, _, err := users.ReadKey(file); err != nil || name != "Zoë O'Neill" {
		t.Errorf("the other is now %q, %v", name, err)
	}
	account, err := nkeys.CreateAccount()
	if err != nil {
		t.Fatal(err)
	}
	accounts, err := account.Seed()
	if err != nil {
		t.Fatal(err)
	}
	for _, holds := range []string{
		"", "Dear Sir\n", seed, "# Parley user: sam\n", "# Parley user: \n" + seed, "# Parley user: a.b\n" + seed,
		"# Parley user: sam\n" + seed[:30], "# Parley user: sam\n" + string(accounts),
	} {
		if err := os.WriteFile(file, []byte(holds), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := users.ReadKey(file); !errors.Is(err, users.ErrKey) {
			t.Errorf("%q: %v", holds, err)
		}
	}
	if _, _, err := users.ReadKey(file + ".none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}
