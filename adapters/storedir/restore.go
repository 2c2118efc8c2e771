package storedir

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// seam is how many bytes before the end of a copied block the log must share
// with it, for what comes after to be put back too: they hold the checksum of
// the last commit that was copied.
const seam = 64

// ErrNoCopy says that there is no copy of the log that could be put in its place.
var ErrNoCopy = errors.New("there is no copy of the log to put back")

// PutBack says what MakeGood did.
type PutBack struct {
	Done  bool   // the copy took the log's place; otherwise they were the same, or there is no copy
	Aside string // where the damaged log was set aside; empty if there was none
	Short bool   // the damaged log has more than the copy, and it is not known that it goes on from it
}

// MakeGood is for a log that was found damaged: where its copy has anything
// that the log has not, the copy is put in its place, as Restore does. Every
// byte is compared. No server may have the log open.
func (d *Dir) MakeGood() (PutBack, error) {
	differs, err := d.CopyDiffers()
	if err != nil {
		return PutBack{}, err
	}
	if len(differs) == 0 {
		return PutBack{}, d.keepDoubted(false)
	}
	if err := d.dropCut(); err != nil {
		return PutBack{}, fmt.Errorf("the log of the store at %s cannot be put back: %w", d.path, err)
	}
	return d.putBack()
}

// CopyDiffers names the files of the copy in which anything is otherwise than in
// the log, or missing there. Every byte is compared.
func (d *Dir) CopyDiffers() ([]string, error) {
	log, kept := d.trees()
	all, err := differing(kept, log)
	if err != nil {
		return nil, fmt.Errorf("the log of the store at %s cannot be compared with its copy: %w", d.path, err)
	}
	return all, nil
}

// differing names the files of a log that another does not begin with.
func differing(log, other string) ([]string, error) {
	var all []string
	err := files(log, func(name string, size int64) error {
		is, err := section(filepath.Join(other, name), 0, size)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		was, err := section(filepath.Join(log, name), 0, size)
		if !bytes.Equal(was, is) {
			all = append(all, name)
		}
		return err
	})
	return all, err
}

// dropCut removes a log that is no more than the beginning of its copy, as the
// server leaves it that has cut it, where something was put back before and the
// damage stays: it is cut again whenever it is opened, and there would be ever
// more of them set aside. One that was doubted before it was opened is kept.
func (d *Dir) dropCut() error {
	log, kept := d.trees()
	var before *Damage
	if !errors.As(d.Damage(), &before) || before.Became == "" {
		return nil
	}
	if _, err := os.Stat(filepath.Join(d.path, doubtedTree)); err == nil {
		return nil
	}
	more, err := differing(log, kept)
	more = slices.DeleteFunc(more, func(name string) bool { return isKeyOfNothing(log, name) })
	if err == nil && len(more) == 0 {
		err = os.RemoveAll(log)
	}
	return err
}

// isKeyOfNothing reports whether a file of a log is the key of a block that holds
// nothing: an encrypted one that the server has begun where it cut all others.
func isKeyOfNothing(log, name string) bool {
	block, is := strings.CutSuffix(name, ".key")
	info, err := os.Stat(filepath.Join(log, block+".blk"))
	return is && err == nil && info.Size() == 0
}

// Restore sets the log aside and puts the copy in its place, with what the log
// has beyond the copy if that goes on from it. It returns where the log was set
// aside, as it was before it was opened; empty if there was none. No server may
// have it open.
func (d *Dir) Restore() (aside string, err error) {
	back, err := d.putBack()
	return back.Aside, err
}

func (d *Dir) putBack() (back PutBack, err error) {
	log, kept := d.trees()
	if _, err := os.Stat(kept); err != nil {
		return back, fmt.Errorf("%w: the store at %s", ErrNoCopy, d.path)
	}
	damaged, doubted := log, filepath.Join(d.path, doubtedTree)
	if _, err := os.Stat(doubted); err == nil {
		damaged = doubted
	}
	fresh, short, err := rebuild(kept, damaged)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(log), 0o700)
	}
	if err != nil {
		return back, fmt.Errorf("the log of the store at %s cannot be put back: %w", d.path, err)
	}
	if damaged == doubted { // the one that is kept goes last, if this is cut short
		err = errors.Join(os.RemoveAll(log), rename(fresh, log))
		if err == nil {
			back.Aside, err = d.setAside(doubted)
		}
	} else if back.Aside, err = d.setAside(log); err == nil {
		err = rename(fresh, log)
	}
	if err != nil {
		return back, fmt.Errorf("the log of the store at %s cannot be put back: %w", d.path, err)
	}
	back.Done, back.Short = true, short
	return back, nil
}

// rebuild makes a log of the copy and of what a damaged log has beyond it, and
// returns where. It is short if the damaged log has more, and what that is, is
// not known.
func rebuild(kept, damaged string) (fresh string, short bool, err error) {
	fresh = kept + ".put-back"
	err = os.RemoveAll(fresh)
	if err == nil {
		err = extend(kept, fresh)
	}
	if err != nil {
		return fresh, false, err
	}
	on, err := goesOn(damaged, kept)
	switch {
	case err != nil:
	case on:
		err = extend(damaged, fresh)
	default:
		short, err = hasMore(damaged, kept)
	}
	return fresh, short, err
}

// hasMore reports whether a log has blocks, or longer ones, than the copy.
func hasMore(log, kept string) (more bool, err error) {
	err = files(log, func(name string, size int64) error {
		info, err := os.Stat(filepath.Join(kept, name))
		if errors.Is(err, fs.ErrNotExist) {
			more, err = more || isBlock(name) && size > 0, nil
			return err
		}
		if err == nil && isBlock(name) && size > info.Size() {
			more = true
		}
		return err
	})
	return more, err
}

// goesOn reports whether a log has, at the end of each block of the copy, what
// the copy has there: then what comes after was written after it.
func goesOn(log, kept string) (bool, error) {
	on := true
	err := files(kept, func(name string, size int64) error {
		if !on || !isBlock(name) {
			return nil
		}
		same, err := sameBefore(filepath.Join(log, name), filepath.Join(kept, name), size, seam)
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		on = same
		return err
	})
	return on, err
}

// setAside moves a damaged log out of the way, for good. It returns where to;
// empty if there is none.
func (d *Dir) setAside(damaged string) (string, error) {
	aside := filepath.Join(d.path, "damaged-"+time.Now().UTC().Format("20060102-150405.000"))
	switch err := rename(damaged, aside); {
	case errors.Is(err, fs.ErrNotExist):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("what is damaged cannot be set aside: %w", err)
	}
	return aside, nil
}

// keepDoubted keeps a log that contradicts its copy as it is, before a server
// may cut it. One that is kept already is older and has more in it: the server
// has been at the log since. If the log is not doubted any more, what was kept
// is set aside.
func (d *Dir) keepDoubted(now bool) error {
	log, _ := d.trees()
	doubted := filepath.Join(d.path, doubtedTree)
	_, err := os.Stat(doubted)
	there := err == nil
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	case there == now:
		return nil
	case there:
		_, err := d.setAside(doubted)
		return err
	}
	if _, err := os.Stat(log); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	fresh := doubted + ".new"
	err = os.RemoveAll(fresh)
	if err == nil {
		err = os.Mkdir(fresh, 0o700)
	}
	if err == nil {
		err = extend(log, fresh)
	}
	if err == nil {
		err = rename(fresh, doubted)
	}
	return err
}
