package settings

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Errors of feeds.
var (
	ErrNoFeed     = errors.New("there is no calendar address for them")
	ErrFeedExists = errors.New("there is a calendar address for them already")
	ErrFeeds      = errors.New("the list of calendar addresses cannot be used")
)

// tokenBytes is how long a token is: nobody guesses 256 bits.
const tokenBytes = 32

// Feeds is the secret addresses of people's calendars, in a file that nobody
// else may read. It is read anew whenever it is asked, so that what one process
// revokes no other honours.
type Feeds struct{ path string }

// OpenFeeds returns the calendar addresses in a store's folder. There need not
// be any yet.
func OpenFeeds(folder string) Feeds { return Feeds{filepath.Join(folder, FeedsFile)} }

// feedsForm is how the file looks.
type feedsForm struct {
	People map[string]string `json:"people"` // tokens by names
}

// All returns the tokens there are, by people's names. The error wraps ErrFeeds.
func (f Feeds) All() (map[string]string, error) {
	stat, err := os.Stat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return map[string]string{}, nil
	case err == nil && openToAll(stat.Mode()):
		return nil, fmt.Errorf("%w: everybody on this machine may read %s; chmod 600 it, and renew the addresses", ErrFeeds, f.path)
	}
	content, err := os.ReadFile(f.path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFeeds, err)
	}
	var form feedsForm
	in := json.NewDecoder(bytes.NewReader(content))
	in.DisallowUnknownFields()
	if err := in.Decode(&form); err != nil {
		return nil, fmt.Errorf("%w: %s: %w; remove it, and give out new ones", ErrFeeds, f.path, err)
	}
	if _, err := in.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("%w: %s: there is more after its end; remove it, and give out new ones", ErrFeeds, f.path)
	}
	for person, token := range form.People {
		if raw, err := base64.RawURLEncoding.DecodeString(token); err != nil || len(raw) != tokenBytes || person == "" {
			return nil, fmt.Errorf("%w: %s: that of %q is none; remove it, and give out new ones", ErrFeeds, f.path, person)
		}
	}
	if form.People == nil {
		form.People = map[string]string{}
	}
	return form.People, nil
}

// Create gives somebody a calendar address and returns its token, 43 letters
// that may stand in a URL. Errors wrap ErrFeedExists or ErrFeeds.
func (f Feeds) Create(person string) (string, error) {
	return f.give(person, func(exists bool) error {
		if exists {
			return fmt.Errorf("%w: %q; renew it to have another", ErrFeedExists, person)
		}
		return nil
	})
}

// Renew gives somebody another address in place of theirs, which is worth
// nothing from then on. Errors wrap ErrNoFeed or ErrFeeds.
func (f Feeds) Renew(person string) (string, error) {
	return f.give(person, func(exists bool) error {
		if !exists {
			return fmt.Errorf("%w: %q", ErrNoFeed, person)
		}
		return nil
	})
}

// Revoke takes somebody's address away. Errors wrap ErrNoFeed or ErrFeeds.
func (f Feeds) Revoke(person string) error {
	return f.change(func(people map[string]string) error {
		if _, exists := people[person]; !exists {
			return fmt.Errorf("%w: %q", ErrNoFeed, person)
		}
		delete(people, person)
		return nil
	})
}

// Lookup returns whose token this is; found is false if it is nobody's. How long
// that takes does not tell how much of a token was right. The error wraps
// ErrFeeds.
func (f Feeds) Lookup(token string) (person string, found bool, err error) {
	people, err := f.All()
	if err != nil {
		return "", false, err
	}
	given := sha256.Sum256([]byte(token))
	for name, theirs := range people {
		known := sha256.Sum256([]byte(theirs))
		if subtle.ConstantTimeCompare(given[:], known[:]) == 1 {
			person, found = name, true
		}
	}
	return person, found, nil
}

// give puts a new token in somebody's place if may allows it.
func (f Feeds) give(person string, may func(exists bool) error) (string, error) {
	if person == "" {
		return "", fmt.Errorf("%w: nobody was named", ErrNoFeed)
	}
	raw := make([]byte, tokenBytes)
	_, _ = rand.Read(raw) // never fails: see crypto/rand
	token := base64.RawURLEncoding.EncodeToString(raw)
	err := f.change(func(people map[string]string) error {
		_, exists := people[person]
		if err := may(exists); err != nil {
			return err
		}
		people[person] = token
		return nil
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

// change changes the file.
func (f Feeds) change(how func(map[string]string) error) error {
	return alone(f.path, func() error {
		people, err := f.All()
		if err != nil {
			return err
		}
		if err := how(people); err != nil {
			return err
		}
		content, err := json.MarshalIndent(feedsForm{people}, "", "  ")
		if err != nil {
			return err
		}
		if err := replace(f.path, append(content, '\n')); err != nil {
			return fmt.Errorf("%w: %w", ErrFeeds, err)
		}
		return nil
	})
}
