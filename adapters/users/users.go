// Package users keeps the list of those who may connect to a store's server,
// and the files with their keys.
//
// The list, users.json in the store's folder, has each user's name and public
// key. The secret half of a key is nowhere but in the file that is given to the
// user: it cannot be shown again, only replaced. The package promises that the
// list is replaced whole or not at all, that two who change it at once both have
// their way, and that a running server knows a changed list without being told.
// Who may do what is none of its business.
package users

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gofrs/flock"
	"github.com/nats-io/nkeys"

	"parley/events"
)

// What Add and Remove refuse.
var (
	ErrKnown   = errors.New("there is a user with this name")
	ErrUnknown = errors.New("there is no user with this name")
	ErrName    = errors.New("this is not a user's name")
)

const (
	listFile = "users.json"
	lockFile = "users.lock"
	format   = 1
	longest  = 64 // bytes of a name
	poll     = 20 * time.Millisecond
)

// User is somebody who may connect.
type User struct {
	Name  string    `json:"name"`
	Key   string    `json:"key"`   // the public nkey, U…
	Added time.Time `json:"added"` // UTC
}

// list is what users.json holds.
type list struct {
	Format int    `json:"format"`
	Users  []User `json:"users"` // by name
}

// Book is the list in a folder. It is safe for concurrent use.
type Book struct {
	dir string

	mu    sync.Mutex
	read  os.FileInfo       // the list that was last looked at, sound or not; nil if there was none
	names map[string]string // by public key, as in the last that was sound
}

// In returns the list in a store's folder. It need not be there yet.
func In(folder string) *Book { return &Book{dir: folder} }

// Add puts a user on the list and returns their secret key, the seed of an nkey
// (SU…), which is kept nowhere: see WriteKey. Errors: ErrName, ErrKnown, and
// those of All.
func (b *Book) Add(ctx context.Context, name string, at time.Time) (seed string, err error) {
	if err := CheckName(name); err != nil {
		return "", err
	}
	public, seed, err := NewKey()
	if err != nil {
		return "", err
	}
	err = b.change(ctx, func(users []User) ([]User, error) {
		if i := find(users, name); i >= 0 {
			return nil, fmt.Errorf("%w: %s: remove it first to give it another key", ErrKnown, users[i].Name)
		}
		return append(users, User{name, public, at.UTC().Truncate(time.Second)}), nil
	})
	if err != nil {
		return "", err
	}
	return seed, nil
}

// Remove takes a user off the list: a running server cuts them off soon. Errors:
// ErrUnknown, and those of All.
func (b *Book) Remove(ctx context.Context, name string) error {
	return b.change(ctx, func(users []User) ([]User, error) {
		i := find(users, name)
		if i < 0 || users[i].Name != name {
			return nil, fmt.Errorf("%w: %s", ErrUnknown, name)
		}
		return slices.Delete(users, i, i+1), nil
	})
}

// All returns the users by name, none if there is no list. A list that does not
// read is an error that wraps events.ErrDamaged or events.ErrNewer.
func (b *Book) All() ([]User, error) {
	file := filepath.Join(b.dir, listFile)
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the list of users cannot be read: %w", err)
	}
	var probe struct{ Format int }
	if json.Unmarshal(data, &probe) == nil && probe.Format > format {
		return nil, fmt.Errorf("%s has layout %d, and this version knows layouts up to %d: %w", file, probe.Format, format, events.ErrNewer)
	}
	var l list
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&l); err != nil {
		return nil, fmt.Errorf("%w: %s: %w", events.ErrDamaged, file, err)
	}
	if d.More() || l.Format != format {
		return nil, fmt.Errorf("%w: %s is not a list of users", events.ErrDamaged, file)
	}
	for i, u := range l.Users {
		if CheckName(u.Name) != nil || !nkeys.IsValidPublicUserKey(u.Key) || find(l.Users[:i], u.Name) >= 0 || slices.ContainsFunc(l.Users[:i], func(o User) bool { return o.Key == u.Key }) {
			return nil, fmt.Errorf("%w: %s: user %d (%q) has no good name or key, or is there twice", events.ErrDamaged, file, i+1, u.Name)
		}
	}
	return l.Users, nil
}

// Lookup returns the name of the user with this public key. It reads the list
// afresh when it has changed. While the list does not read, it answers from the
// last that did: damage shuts nobody out, and lets nobody in.
func (b *Book) Lookup(publicKey string) (name string, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if info, err := os.Stat(filepath.Join(b.dir, listFile)); b.changed(info, err) {
		if users, err := b.All(); err == nil {
			b.names = make(map[string]string, len(users))
			for _, u := range users {
				b.names[u.Key] = u.Name
			}
		}
		b.read = info
	}
	name, ok = b.names[publicKey]
	return name, ok
}

// changed reports whether the list is another than that which was last read.
func (b *Book) changed(now os.FileInfo, err error) bool {
	if err != nil {
		return b.read != nil && errors.Is(err, fs.ErrNotExist)
	}
	return b.read == nil || !os.SameFile(now, b.read) || !now.ModTime().Equal(b.read.ModTime()) || now.Size() != b.read.Size()
}

// change replaces the list by what f makes of it, one at a time.
func (b *Book) change(ctx context.Context, f func([]User) ([]User, error)) (err error) {
	lock := flock.New(filepath.Join(b.dir, lockFile), flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, poll); err != nil {
		return fmt.Errorf("the list of users cannot be locked: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	users, err := b.All()
	if err != nil {
		return err
	}
	if users, err = f(users); err != nil {
		return err
	}
	slices.SortFunc(users, func(a, b User) int { return strings.Compare(a.Name, b.Name) })
	data, err := json.MarshalIndent(list{format, users}, "", "  ")
	if err != nil {
		return err
	}
	if err := replace(filepath.Join(b.dir, listFile), append(data, '\n')); err != nil {
		return fmt.Errorf("the list of users cannot be written: %w", err)
	}
	return nil
}

// replace writes a file whole or not at all.
func replace(file string, data []byte) (err error) {
	fresh, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".new-*") // for this user alone
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(fresh.Name()))
		}
	}()
	_, err = fresh.Write(data)
	if err == nil {
		err = fresh.Sync()
	}
	if err = errors.Join(err, fresh.Close()); err != nil {
		return err
	}
	return os.Rename(fresh.Name(), file)
}

// CheckName returns an error that wraps ErrName unless this can be a user's name:
// up to 64 bytes of text on one line, without spaces around it.
func CheckName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("%w: it is empty", ErrName)
	case len(name) > longest:
		return fmt.Errorf("%w: it has more than %d bytes", ErrName, longest)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return fmt.Errorf("%w: %q has something in it that cannot be printed", ErrName, name)
	case strings.TrimSpace(name) != name:
		return fmt.Errorf("%w: %q has spaces around it", ErrName, name)
	case strings.EqualFold(name, itself):
		return fmt.Errorf("%w: %q is the program's own: it signs what it does by itself", ErrName, name)
	}
	return nil
}

// itself is the name under which the program records what nobody told it to.
const itself = "parley"

// find returns where a name is, however it is capitalised; -1 if it is nowhere.
func find(users []User, name string) int {
	return slices.IndexFunc(users, func(u User) bool { return strings.EqualFold(u.Name, name) })
}
