package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"parley/adapters/backup"
	"parley/adapters/natsd"
	"parley/adapters/storedir"
)

// restoreFlags are the flags of restore.
type restoreFlags struct {
	file       string
	into       string
	actor      string
	identities []string
	secret     encryptFlags
	outside    outsideFlags
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
cut short, run it again. A store in a folder that is a disk of its own cannot be
set aside: that is said before anything is made.

With --encrypt the new store is encrypted with the key in --key-file, which is
made if there is none. What takes the place of an encrypted store is encrypted
with the key of that one, which must be given, unless --encrypt names another or
--plain says that it need not be.

With --before-open no backup is needed: the log gives way to its copy, which is
kept in the store's folder and brought up to date before the log is opened. What
was there is set aside in the folder.

With --nats the backup becomes the log of NATS servers elsewhere that have none yet:
no folder is made here, and parley serve works on it from then on as on any other.
Servers of Parley that were started before it is whole refuse to work on it. If it
is cut short, the stream ES must be deleted there before it is run again.

With --dry-run nothing is changed: it says what the backup holds, which commits of
the present store it has not, and what stands in the way.`,
		Example: `  parley restore /media/backups/parley-GLO-20261122T101500Z-p000123.backup --dry-run
  parley restore /media/backups/parley-GLO-20261122T101500Z-p000123.backup
  parley restore /media/backups/parley-GLO-20261122T101500Z-p000123.backup.age --identity age.key --into ./drill
  parley restore one.backup --nats nats://n1:4222,nats://n2:4222,nats://n3:4222 --creds init.key --replicas 3
  parley restore --before-open`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 || (len(args) == 1) == f.beforeOpen {
				return usageError{errors.New("restore what? Give the file of a backup, or --before-open")}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.outside.check(cmd); err != nil {
				return err
			}
			if f.into == "" && cmd.Flags().Changed("into") { // as a variable may be that was never set
				return usageError{errors.New("--into is empty: name the new folder, or leave it out to restore in the place of the store")}
			}
			if f.beforeOpen {
				return a.restoreCopy(cmd.Context(), f)
			}
			f.file = args[0]
			if f.outside.url != "" {
				return a.restoreOutside(cmd.Context(), f)
			}
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
	f.outside.register(cmd)
	return cmd
}

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
		if err := a.foresee(ctx, p, f, &answer); err != nil {
			return err
		}
		return also(a.print(answer.report()), p.obstacle())
	}
	if err := p.obstacle(); err != nil {
		return err
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
			earlier := fmt.Sprintf("%s.restored-%s", p.path, time.Now().UTC().Format("20060102-150405.000"))
			if err := os.Rename(fresh, earlier); err != nil {
				return "", err
			}
			_, _ = fmt.Fprintf(a.stderr, "What an earlier restore had made, and could not put in its place, is in %s. It can be deleted.\n", earlier)
		}
	}
	if f.plain {
		a.keyFile, a.keyless = "", true
	}
	key, forget := p.key, func() {}
	if key == nil {
		key, forget, err = a.newKey(p.path, p.encrypt)
	}
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
	if aside, err = hold.GiveWay(fresh); err != nil {
		return "", fmt.Errorf("%w; the store that was restored is whole, and is in %s", err, fresh)
	}
	return aside, nil
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
