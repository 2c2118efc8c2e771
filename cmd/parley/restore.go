package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"time"

	"filippo.io/age"
	"github.com/spf13/cobra"

	"parley/adapters/backup"
	"parley/adapters/natsd"
	"parley/adapters/storedir"
	"parley/events"
)

// restoreFlags are the flags of restore.
type restoreFlags struct {
	file       string
	into       string
	actor      string
	identities []string
	secret     encryptFlags
	plain      bool
	beforeOpen bool
	dryRun     bool
}

func newRestore(a *app) *cobra.Command {
	var f restoreFlags
	cmd := &cobra.Command{
		Use: "restore FILE | restore --before-open", Short: "Make a store of a backup, also in the place of a damaged one",
		Long: `Make a store of a backup: in a new folder with --into, or else in the place of the
store itself, which is set aside beside it and never deleted; settings, secrets
and who is let in are copied from it. The backup is checked from end to end before
anything is changed, the store is not touched before what takes its place is
whole, and what was restored is compared with the backup byte by byte. If it is
cut short, run it again.

With --encrypt the new store is encrypted with the key in --key-file, which is
made if there is none. What takes the place of an encrypted store is encrypted
too, unless --plain says otherwise.

With --before-open no backup is needed: the log gives way to its copy, which is
kept in the store's folder and brought up to date before the log is opened. What
was there is set aside in the folder.

With --dry-run nothing is changed: it says what the backup holds, and which
commits of the present store it has not.`,
		Example: `  parley restore /media/backups/parley-GLO-20261122T101500Z-p000123.backup --dry-run
  parley restore /media/backups/parley-GLO-20261122T101500Z-p000123.backup
  parley restore /media/backups/parley-GLO-20261122T101500Z-p000123.backup.age --identity age.key --into ./drill
  parley restore --before-open`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 || (len(args) == 1) == f.beforeOpen {
				return usageError{errors.New("restore what? Give the file of a backup, or --before-open")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.beforeOpen {
				return a.restoreCopy(cmd.Context(), f)
			}
			f.file = args[0]
			return a.restore(cmd.Context(), f)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.into, "into", "", "new folder for the store (default: the place of the store itself)")
	flags.StringVar(&f.actor, "actor", "", "who works with the store (default: as in the store that it replaces, or your name on this machine)")
	flags.StringArrayVar(&f.identities, "identity", nil, "file with the age identity that the backup was encrypted to")
	flags.BoolVar(&f.plain, "plain", false, "do not encrypt the store, although the one that it replaces is")
	flags.BoolVar(&f.beforeOpen, "before-open", false, "put the log's copy in its place that is kept in the store's folder")
	flags.BoolVar(&f.dryRun, "dry-run", false, "show what would become of the store, and change nothing")
	f.secret.register(cmd)
	return cmd
}

// restored is the answer of restore.
type restored struct {
	Store     string    `json:"store"`
	LMC       string    `json:"lmc"`
	Code      string    `json:"code"`
	From      string    `json:"from"`  // the backup, or "before-open"
	Taken     time.Time `json:"taken"` // when the backup was
	Position  uint64    `json:"position"`
	Commits   int       `json:"commits"`
	Events    int       `json:"events"`
	Encrypted bool      `json:"encrypted"` // the store
	Aside     string    `json:"aside"`     // where what was there is now; empty if nothing was
	Seconds   float64   `json:"seconds"`
	DryRun    bool      `json:"dry_run"`

	// Of a dry run: how the present log compares. Commits after Same are only in
	// the backup (Gained), or only in the present log (Lost).
	Present  uint64     `json:"present"`
	Same     uint64     `json:"same"`
	Gained   uint64     `json:"gained"`
	Lost     uint64     `json:"lost"`
	LostFrom *time.Time `json:"lost_from,omitempty"` // recorded then
	LostTo   *time.Time `json:"lost_to,omitempty"`
}

// plan is what is to be restored, and where.
type plan struct {
	file       string
	path       string // of the store
	identities []age.Identity
	found      backup.Report
	id         storedir.Identity // of the new store
	replaces   bool              // there is a store in that place
	encrypt    bool
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
	return filepath.Abs(path)
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
	if p.identities, err = backup.Identities(f.identities); err != nil {
		return p, err
	}
	if p.found, err = backup.Verify(ctx, p.file, p.identities); err != nil {
		return p, err
	}
	if !p.found.Read {
		return p, fmt.Errorf("%w: %s", backup.ErrNeedsIdentity, p.file)
	}
	h := p.found.Header
	p.id = storedir.Identity{LMC: h.Store.LMC, Code: h.Store.Code, Rehearsal: h.Store.Rehearsal, Created: h.Store.Created, Actor: f.actor}
	p.encrypt, p.replaces = f.secret.encrypt, storedir.Holds(p.path)
	if p.replaces && f.into != "" {
		return p, fmt.Errorf("no store can be made at %s: %w", p.path, storedir.ErrExists)
	}
	if was, err := storedir.Look(p.path); err == nil {
		if was.Outside {
			return p, fmt.Errorf("%w: %s", errOutside, p.path)
		}
		if was.Code != p.id.Code || was.Rehearsal != p.id.Rehearsal {
			return p, fmt.Errorf("%w: %s is of %s, and the backup of %s", errOtherStore, p.path, kindOf(was), kindOf(p.id))
		}
		p.id.Actor = cmp.Or(f.actor, was.Actor)
		p.encrypt = p.encrypt || was.Sealed != "" && !f.plain
	}
	if u, err := user.Current(); p.id.Actor == "" && err == nil {
		p.id.Actor = u.Username
	}
	if p.id.Actor == "" {
		return p, usageError{errors.New("who works with this store is missing: give --actor")}
	}
	return p, p.hasRoom()
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
	parent := p.path
	for {
		if _, err := os.Stat(parent); err == nil || parent == filepath.Dir(parent) {
			break
		}
		parent = filepath.Dir(parent)
	}
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

// restore makes a store of a backup.
func (a *app) restore(ctx context.Context, f restoreFlags) error {
	if !f.dryRun {
		if err := a.finishEarlier(f.into); err != nil {
			return err
		}
	}
	p, err := a.planned(ctx, f)
	if err != nil {
		return err
	}
	answer := restored{
		Store: p.path, LMC: p.id.LMC, Code: p.id.Code, From: p.file, Taken: p.found.Header.Taken, Position: p.found.Header.To.Position,
		Commits: p.found.Log.Commits, Events: p.found.Log.Facts, Encrypted: p.encrypt, DryRun: f.dryRun,
	}
	if f.dryRun {
		if err := a.foresee(ctx, p, &answer); err != nil {
			return err
		}
		return a.print(answer.report())
	}
	question := ""
	if p.replaces {
		question = fmt.Sprintf("Put the backup of %s in the place of the store at %s? That is set aside; what was recorded since is not in the backup.", p.found.Header.Taken.Format("2 Jan 2006 15:04"), p.path)
	}
	if err := a.ask(ctx, question); err != nil {
		return err
	}
	began := time.Now()
	if answer.Aside, err = a.putInPlace(ctx, p, f); err != nil {
		return err
	}
	if err := a.opensWell(ctx, p, f); err != nil {
		return err
	}
	answer.Seconds = time.Since(began).Seconds()
	return a.print(answer.report())
}

// filling is what the folder is called, after that of the store, in which a store
// is filled that is to take the place of another.
const filling = ".restoring"

// finishEarlier puts a store in its place of which a restore was cut short just
// when the old one was set aside: whole, and with the old one's settings.
func (a *app) finishEarlier(into string) error {
	path, err := a.restorePlace(into)
	if err != nil || into != "" {
		return err
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if _, err := storedir.Look(path + filling); err != nil {
		return nil // there is none that is whole
	}
	return os.Rename(path+filling, path)
}

// putInPlace fills a new store, and sets the one aside that is in its place. That
// one is held all the while.
func (a *app) putInPlace(ctx context.Context, p plan, f restoreFlags) (aside string, err error) {
	fresh := p.path
	var hold *storedir.Hold
	if p.replaces {
		fresh = p.path + filling
		if hold, err = storedir.TakeHold(ctx, p.path, a.claim()); err != nil {
			return "", err
		}
		defer func() { err = also(err, hold.Close()) }()
		if storedir.Holds(fresh) { // whole, and an earlier restore was cut short when it was to be put in place
			if err := os.Rename(fresh, fmt.Sprintf("%s.restored-%s", p.path, time.Now().UTC().Format("20060102-150405.000"))); err != nil {
				return "", err
			}
		}
	}
	if f.plain {
		a.keyFile, a.keyless = "", true
	}
	key, forget, err := a.newKey(p.path, p.encrypt)
	if err != nil {
		return "", err
	}
	if key != nil {
		p.id.Sealed = key.Seal()
	}
	dir, err := storedir.Fill(ctx, fresh, p.id, a.claim(), storedir.Filling{From: p.file, Began: a.now()})
	if err != nil {
		forget()
		return "", err
	}
	err = a.fill(ctx, dir, p, key)
	if err = also(err, dir.Close()); err != nil {
		return "", fmt.Errorf("%w; what is in %s is not whole: run the command again", err, fresh)
	}
	if hold == nil {
		return "", nil
	}
	return hold.GiveWay(fresh)
}

// fill fills the log of a new store from the backup. Only when that is whole can
// the store be opened.
func (a *app) fill(ctx context.Context, dir *storedir.Dir, p plan, key *natsd.Key) error {
	s := &store{dir: dir, clock: a.now}
	s.how.Key, s.how.Sealed, s.how.Filling = key, p.id.Sealed, true
	err := s.startLog(ctx, a.warnings(), false)
	if err == nil {
		p.found, err = backup.Restore(ctx, p.file, p.identities, s.log, a.progress("restoring"))
	}
	if s.server != nil {
		err = also(err, s.server.Stop())
	}
	if err == nil {
		err = dir.Filled(storedir.Mark(p.found.Header.To))
	}
	return err
}

// progress returns what tells people how far something has come that takes a
// while; nil where nobody is there to see it.
func (a *app) progress(what string) func(done, of uint64) {
	if !a.terminal || a.output == "json" {
		return nil
	}
	said := time.Now()
	return func(done, of uint64) {
		if time.Since(said) < time.Second {
			return
		}
		said = time.Now()
		_, _ = fmt.Fprintf(a.stderr, "%s: %d of %d commits\n", what, done, of)
	}
}

// opensWell opens the store that was restored, and makes its views.
func (a *app) opensWell(ctx context.Context, p plan, f restoreFlags) error {
	here := *a
	here.store, here.keyless = p.path, f.plain
	s, err := here.openWithViews(ctx)
	if err != nil {
		return err
	}
	return s.close()
}

// foresee compares the backup with the present log, and changes nothing.
func (a *app) foresee(ctx context.Context, p plan, answer *restored) error {
	var present backup.Source
	closed := func() error { return nil }
	if p.replaces {
		s, err := a.openToCompare(ctx)
		switch {
		case errors.Is(err, events.ErrDamaged):
			_, _ = fmt.Fprintln(a.stderr, "Warning: the present log does not open, and is not compared:", oneLine(err.Error()))
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

func (r restored) report() report {
	return report{
		value: r, columns: []string{"store", "lmc", "code", "from", "taken", "position", "commits", "encrypted", "aside", "dry_run", "same", "gained", "lost"},
		rows: [][]cell{{
			text(r.Store), text(r.LMC), text(r.Code), text(r.From), text(r.Taken.Format(time.RFC3339)), text(fmt.Sprint(r.Position)), number(r.Commits),
			mark(r.Encrypted, "encrypted"), text(r.Aside), mark(r.DryRun, "dry run"), text(fmt.Sprint(r.Same)), text(fmt.Sprint(r.Gained)), text(fmt.Sprint(r.Lost)),
		}},
		page: r.page,
	}
}

func (r restored) page(w io.Writer, width int) {
	store := "a store"
	if r.Encrypted {
		store = "an encrypted store"
	}
	holds := fmt.Sprintf("%s with %s up to position %d", count(r.Commits, "commit"), count(r.Events, "event"), r.Position)
	if !r.DryRun {
		hanging(w, "", fmt.Sprintf("Restored: %s of %s (%s) at %s, %s.", store, r.LMC, r.Code, r.Store, holds), width)
		if r.Aside != "" {
			hanging(w, "", "What was there is set aside in "+r.Aside, width)
		}
		return
	}
	hanging(w, "", fmt.Sprintf("The backup is sound: %s. It would become %s at %s.", holds, store, r.Store), width)
	if r.Present == 0 {
		return
	}
	hanging(w, "", fmt.Sprintf("The present log goes up to position %d, and is the same up to position %d.", r.Present, r.Same), width)
	switch {
	case r.Lost > 0 && r.LostFrom != nil:
		hanging(w, "", fmt.Sprintf("%s would be lost that the backup has not, recorded from %s to %s.", count(int(r.Lost), "commit"), r.LostFrom.Format("2 Jan 2006 15:04"), r.LostTo.Format("2 Jan 2006 15:04 MST")), width)
	case r.Lost > 0:
		hanging(w, "", fmt.Sprintf("%s would be lost that the backup has not.", count(int(r.Lost), "commit")), width)
	default:
		hanging(w, "", fmt.Sprintf("Nothing would be lost, and %s gained.", count(int(r.Gained), "commit")), width)
	}
}
