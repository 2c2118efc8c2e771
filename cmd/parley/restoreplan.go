package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"syscall"

	"filippo.io/age"

	"parley/adapters/backup"
	"parley/adapters/natsd"
	"parley/adapters/storedir"
	"parley/events"
)

// plan is what is to be restored, and where.
type plan struct {
	file       string
	path       string // of the store
	identities []age.Identity
	found      backup.Report
	id         storedir.Identity // of the new store
	replaces   bool              // there is a store in that place
	encrypt    bool
	key        *natsd.Key // of the encrypted store that it replaces; nil if it has another, or none
}

// restorePlace returns where the store is to be, which is on this machine.
func (a *app) restorePlace(into string) (string, error) {
	if into != "" {
		return filepath.Abs(into)
	}
	if _, named, err := a.namedServer(); err != nil {
		return "", err
	} else if named {
		return "", usageError{errors.New("a store is restored on the machine that it is on: name it with --store, or a new folder with --into")}
	}
	path, err := a.storePath()
	if err != nil {
		return "", err
	}
	if path, err = filepath.Abs(path); err != nil {
		return "", err
	}
	return pastLinks(path), nil
}

// pastLinks returns where path leads if it is a link, also where there is nothing
// (yet, or for a moment): what takes the place of a store has to be on its disk.
func pastLinks(path string) string {
	for range 40 { // as many as a system follows
		to, err := os.Readlink(path)
		if err != nil {
			return path
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return path
}

// planned checks the backup from end to end, and says what is to be done. Nothing
// is changed yet.
func (a *app) planned(ctx context.Context, f restoreFlags) (p plan, err error) {
	if f.plain && f.secret.encrypt {
		return p, usageError{errors.New("--encrypt and --plain contradict each other")}
	}
	p.file = f.file
	if p.path, err = a.restorePlace(f.into); err != nil {
		return p, err
	}
	if p.replaces = storedir.Holds(p.path); !p.replaces {
		if err := placeable(p.path); err != nil {
			return p, err
		}
	} else if f.into != "" {
		return p, fmt.Errorf("no store can be made at %s: %w", p.path, storedir.ErrExists)
	}
	if p.identities, p.found, err = readable(ctx, f); err != nil {
		return p, err
	}
	h := p.found.Header
	p.id = storedir.Identity{LMC: h.Store.LMC, Code: h.Store.Code, Rehearsal: h.Store.Rehearsal, Created: h.Store.Created, Actor: f.actor}
	if err := a.succeed(&p, f); err != nil {
		return p, err
	}
	if u, err := user.Current(); p.id.Actor == "" && err == nil {
		p.id.Actor = u.Username
	}
	if p.id.Actor == "" {
		return p, usageError{errors.New("who works with this store is missing: give --actor")}
	}
	return p, nil
}

// succeed takes over what the store says of itself that gives way, if one does: who
// works with it, and whether it is encrypted, and with which key. It returns an error
// if that must not give way to this backup.
func (a *app) succeed(p *plan, f restoreFlags) (err error) {
	p.encrypt = f.secret.encrypt
	sealed := ""
	if was, err := storedir.Look(p.path); err == nil {
		if was.Outside {
			return fmt.Errorf("%w: %s", errOutside, p.path)
		}
		if was.Code != p.id.Code || was.Rehearsal != p.id.Rehearsal {
			return fmt.Errorf("%w: %s is of %s, and the backup of %s", errOtherStore, p.path, kindOf(was), kindOf(p.id))
		}
		p.id.Actor = cmp.Or(f.actor, was.Actor)
		p.encrypt, sealed = p.encrypt || was.Sealed != "" && !f.plain, was.Sealed
	} else if p.replaces && !f.plain { // what is left of its log says whether it is encrypted
		p.encrypt = p.encrypt || natsd.Encrypted(p.path)
	}
	if !p.encrypt || f.secret.encrypt {
		return nil
	}
	if p.key, err = a.keptKey(p.path, sealed); err != nil {
		return fmt.Errorf("%w; for another key than that of the store at %s say --encrypt, for none --plain", err, p.path)
	}
	return nil
}

// errWithin says that a store would lie in the folder of another, and go wherever
// that goes.
var errWithin = errors.New("a store is not made within another")

// placeable returns an error where no store is to be made.
func placeable(path string) error {
	if other := storedir.Above(path); other != "" {
		return fmt.Errorf("no store can be made at %s: %w: there is one at %s", path, errWithin, other)
	}
	if err := storedir.CanFill(path); !errors.Is(err, syscall.EROFS) && !errors.Is(err, fs.ErrPermission) { // see obstacle
		return err
	}
	return nil
}

// obstacle returns what stands in the way of what is planned, as far as it is seen
// beforehand. A dry run still says what the backup holds.
func (p plan) obstacle() error {
	check := storedir.CanFill
	if p.replaces {
		check = storedir.CanGiveWay
	}
	if err := check(p.path); err != nil {
		return err
	}
	return p.hasRoom()
}

// keptKey returns the key of the encrypted store at path, for what takes its place.
// It never makes one: where the key is missing, as on a stick that is not in its
// place, the store would else get a key that nobody knows of. Where the store does
// not say what recognises its key (sealed), the one that is given is taken.
func (a *app) keptKey(path, sealed string) (*natsd.Key, error) {
	key, err := a.key()
	switch {
	case err != nil:
		return nil, err
	case key == nil:
		return nil, natsd.ErrNeedsKey
	case within(path, a.namedKey()):
		return nil, usageError{fmt.Errorf("the key must not lie in the folder that it locks: move it to another place than %s", a.namedKey())}
	case sealed == "":
		return key, nil
	}
	return key, key.Opens(sealed)
}

// readable checks a backup from end to end.
func readable(ctx context.Context, f restoreFlags) (ids []age.Identity, found backup.Report, err error) {
	if ids, err = backup.Identities(f.identities); err != nil {
		return nil, found, err
	}
	if found, err = backup.Verify(ctx, f.file, ids); err == nil && !found.Read {
		err = fmt.Errorf("%w: %s", backup.ErrNeedsIdentity, f.file)
	}
	return ids, found, err
}

// errOtherStore says that a backup of one LMC is not put in place of another's store.
var errOtherStore = errors.New("the backup is of another store than the one in that place")

func kindOf(id storedir.Identity) string {
	if id.Rehearsal {
		return id.Code + ", a rehearsal"
	}
	return id.Code
}

// hasRoom returns an error unless the disk has room for the log, its copy and
// the views.
func (p plan) hasRoom() error {
	parent := storedir.Standing(p.path)
	free, err := storedir.FreeBytes(parent)
	if err != nil {
		return fmt.Errorf("the free space at %s is not known: %w", parent, err)
	}
	if need := 3*uint64(p.found.Plain) + restoreSpare; free < need {
		return &storedir.FullError{Dir: parent, Free: free, Needed: need}
	}
	return nil
}

const restoreSpare = 64 << 20 // bytes

// foresee compares the backup with the present log, and changes nothing.
func (a *app) foresee(ctx context.Context, p plan, f restoreFlags, answer *restored) error {
	var present backup.Source
	closed := func() error { return nil }
	if p.replaces {
		s, err := a.openToCompare(ctx)
		switch {
		case cannotCompare(err, f):
			a.say("Warning: the present log does not open, and is not compared: %s", err)
		case err != nil:
			return err
		default:
			present, closed = s.office, func() error { return s.close(nil) }
		}
	}
	c, err := backup.Compare(ctx, p.file, p.identities, present)
	if err = also(err, closed()); err != nil {
		return err
	}
	answer.Present, answer.Same, answer.Gained, answer.Lost = c.Present, c.Same, c.Gained, c.Lost
	if !c.LostFrom.IsZero() {
		answer.LostFrom, answer.LostTo = &c.LostFrom, &c.LostTo
	}
	return nil
}

// cannotCompare reports whether a present log that does not open is none of the
// backup's business: it is what a backup is for, or lies on a disk that nothing can
// be written to, or has another key than the one that is given.
func cannotCompare(err error, f restoreFlags) bool {
	var full *storedir.FullError
	causes := []error{events.ErrDamaged, natsd.ErrFull, syscall.ENOSPC, syscall.EROFS, fs.ErrPermission}
	if f.plain || f.secret.encrypt {
		causes = append(causes, natsd.ErrNeedsKey, natsd.ErrWrongKey, natsd.ErrUnencrypted, natsd.ErrKeyFile)
	}
	return errors.As(err, &full) || slices.ContainsFunc(causes, func(cause error) bool { return errors.Is(err, cause) })
}

// openToCompare opens the log, of a server or of the store, as it is: if it is
// damaged nothing is put in its place.
func (a *app) openToCompare(ctx context.Context) (*session, error) {
	if s, err := a.remote(ctx); s != nil || err != nil {
		return s, err
	}
	st, err := a.openStore(ctx, (*store).openAsItIs)
	if err != nil {
		return nil, err
	}
	return &session{office: newLocalOffice(st), shut: func(error) error { return st.close() }}, nil
}
