// Package backup keeps the event log in one file, away from its store, and
// makes a log of it again.
//
// A backup holds the stored bytes of every commit from the first to one that it
// names, with the position and the aggregate of each, and nothing of how the
// store keeps them. What else JetStream knows of a commit (its subject, its
// message ID, the position it was expected after) follows from the commit, and
// is the same wherever it is appended again in the same order: in another
// folder, under another key, in a cluster.
//
// It promises that a file with the name of a backup was read back from its disk,
// or checked while it was written where it cannot be read here, before it got
// that name; that a byte that is changed or missing anywhere in it is noticed;
// that a backup is restored whole, into an empty log, or not said to be; and
// that nothing it has not named itself is deleted. Planned alerts, settings and
// the keys of users are not in the log, and not in its backup.
//
// # The file
//
//	parley backup 1                                     the form of the file
//	{"store":{...},"taken":...,"to":{...},...}          the Header, one line of JSON
//	...                                                 the contents: zstd, and around it age if it is encrypted
//	(newline) parley sha256 HEX (newline)               SHA-256 of everything before this
//
// The contents are the header's line again, then for each commit a line with its
// position, aggregate and length in bytes, the stored bytes, and a newline; then
// "end " and a line of JSON with the number of commits and the SHA-256 of the
// contents before it. So a backup can be taken apart without Parley:
//
//	tail -n +3 FILE | head -c -80 | age -d -i IDENTITY | zstd -d
package backup

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"syscall"
	"time"

	"parley/events"
)

// Errors, beside those of events (ErrDamaged where it is the log that is
// damaged, ErrNewer) and *FullError.
var (
	ErrDamaged       = errors.New("the backup is damaged")
	ErrNotABackup    = errors.New("this is no backup of Parley")
	ErrNeedsIdentity = errors.New("the backup is encrypted, and no identity was given to read it with")
	ErrWrongIdentity = errors.New("the backup was not encrypted to this identity")
	ErrNotEmpty      = errors.New("a backup is restored into an empty log only, and this one has commits")
	ErrNotRestored   = errors.New("the log is not what the backup holds")
	ErrExists        = errors.New("there is a backup of this name already")
	ErrRecipients    = errors.New("whom to encrypt to, or the identity to read with, does not read")
	ErrKeepsNothing  = errors.New("this would keep no backup at all")
	ErrNoneSound     = errors.New("none of these backups is sound, so none was deleted")
)

// FullError says that the disk that the backup is to lie on has too little room.
type FullError struct{ Free, Needed uint64 } // bytes; 0 if the disk filled while it was written

// Error gives the figures.
func (e *FullError) Error() string {
	if e.Needed == 0 {
		return "the disk filled up"
	}
	return fmt.Sprintf("there is too little room: %d MiB are free and %d MiB may be needed", e.Free>>20, e.Needed>>20)
}

// outOfRoom reports whether an error says that a disk is full.
func outOfRoom(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || strings.Contains(strings.ToLower(err.Error()), "not enough space")
}

// Mark names a commit of a log. The zero Mark names none.
type Mark struct {
	Position uint64      `json:"position"`
	Hash     events.Hash `json:"hash"`
}

// Store says whose log it is.
type Store struct {
	LMC       string    `json:"lmc"`
	Code      string    `json:"code"` // two to five capital letters, such as GLO
	Rehearsal bool      `json:"rehearsal"`
	Created   time.Time `json:"created"` // UTC; a store that was restored is still the one it was
}

// is reports whether two are the same store. Its name may be put better one day.
func (s Store) is(other Store) bool {
	return s.Code == other.Code && s.Rehearsal == other.Rehearsal && s.Created.Equal(other.Created)
}

// Header says what a backup holds. It can be read without an identity.
type Header struct {
	Format    int       `json:"-"` // of the file: 1
	Store     Store     `json:"store"`
	Taken     time.Time `json:"taken"` // UTC, whole seconds
	From      uint64    `json:"from"`  // the first position: 1
	To        Mark      `json:"to"`    // the last commit; none of an empty log
	Encrypted bool      `json:"encrypted"`
	Program   string    `json:"program"` // which Parley made it
}

// Name returns the name of the backup's file.
func (h Header) Name() string {
	return Name{h.Store.Code, h.Taken.UTC().Truncate(time.Second), h.To.Position, h.Encrypted}.String()
}

// check returns an error that says what is impossible about h.
func (h Header) check() error {
	switch {
	case h.From != 1:
		return fmt.Errorf("it begins at position %d", h.From)
	case h.Taken.IsZero() || h.Store.Created.IsZero():
		return errors.New("it does not say when it was taken, or when the store was made")
	case (h.To.Position == 0) != h.To.Hash.IsZero():
		return errors.New("it does not name its last commit")
	}
	if _, err := ParseName(h.Name()); err != nil {
		return fmt.Errorf("the store's code is %q", h.Store.Code)
	}
	return nil
}

// Name is what the name of a backup's file says. Names sort by LMC, then by time.
type Name struct {
	Code      string
	Taken     time.Time // UTC, whole seconds
	Position  uint64    // the last position
	Encrypted bool
}

// stamp is how a name gives the time.
const stamp = "20060102T150405Z"

// String returns the name, such as parley-GLO-20261122T101500Z-p000123.backup.age.
func (n Name) String() string {
	name := fmt.Sprintf("parley-%s-%s-p%06d.backup", n.Code, n.Taken.Format(stamp), n.Position)
	if n.Encrypted {
		name += ".age"
	}
	return name
}

var nameForm = regexp.MustCompile(`^parley-([A-Z]{2,5})-(\d{8}T\d{6}Z)-p(\d{6,19})\.backup(\.age)?$`)

// ParseName reads what String wrote, and nothing else.
func ParseName(s string) (Name, error) {
	m := nameForm.FindStringSubmatch(s)
	if m == nil {
		return Name{}, fmt.Errorf("%w: %q is not the name of one", ErrNotABackup, s)
	}
	n := Name{Code: m[1], Encrypted: m[4] != ""}
	taken, err := time.Parse(stamp, m[2])
	if err == nil {
		_, err = fmt.Sscanf(m[3], "%d", &n.Position)
	}
	n.Taken = taken
	if err != nil || n.String() != s {
		return Name{}, fmt.Errorf("%w: %q is not the name of one", ErrNotABackup, s)
	}
	return n, nil
}
