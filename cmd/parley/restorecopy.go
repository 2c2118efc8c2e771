package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"parley/adapters/natsd"
	"parley/adapters/rpc"
	"parley/adapters/storedir"
	"parley/events"
)

// openAsItIs opens the log and audits nothing; if it is damaged nothing takes its
// place.
func (s *store) openAsItIs(ctx context.Context, log *slog.Logger) error {
	err := s.startLog(ctx, log, true)
	s.sound = err == nil
	return err
}

// restoreCopy puts the log's copy in its place, and walks it.
func (a *app) restoreCopy(ctx context.Context, f restoreFlags) error {
	if f.into != "" || f.secret.encrypt || f.plain || f.actor != "" || f.dryRun || len(f.identities) > 0 || f.outside.url != "" {
		return usageError{errors.New("--before-open puts back what is in the store's folder, and goes with none of --into, --identity, --actor, --encrypt, --plain, --nats and --dry-run")}
	}
	path, err := a.restorePlace("")
	if err != nil {
		return err
	}
	if err := a.ask(ctx, fmt.Sprintf("Put the copy of the log in its place at %s? What is there is set aside.", path)); err != nil {
		return err
	}
	began := time.Now()
	aside, err := a.putCopyBack(ctx, path)
	if err != nil {
		return err
	}
	here := *a
	here.store = path
	found, became, err := here.verifyHere(ctx, rpc.Since{})
	if err != nil {
		return err
	}
	if !found.OK {
		return also(a.print(found.report()), also(fmt.Errorf("%w: %s", errFound, count(len(found.Findings), "finding")), became))
	}
	id, err := storedir.Look(path)
	if err != nil {
		return err
	}
	return a.print(restored{
		Store: path, LMC: id.LMC, Code: id.Code, From: "before-open", Taken: began.UTC().Truncate(time.Second), Position: found.Last, Commits: found.Commits, Events: found.Events,
		Encrypted: id.Sealed != "", Aside: aside, Seconds: time.Since(began).Seconds(),
	}.report())
}

// putCopyBack puts the log's copy in its place. The key is checked first, as for
// any other work on the store.
func (a *app) putCopyBack(ctx context.Context, path string) (aside string, err error) {
	dir, err := storedir.Open(ctx, path, a.claim())
	if err != nil {
		return "", err
	}
	defer func() { err = also(err, dir.Close()) }()
	if dir.Identity().Outside {
		return "", fmt.Errorf("%w: %s", errOutside, path)
	}
	how := natsd.Config{Dir: dir.Path(), Sealed: dir.Identity().Sealed}
	if how.Key, err = a.key(); err == nil {
		err = how.Check()
	}
	if err != nil && !errors.Is(err, events.ErrDamaged) {
		return "", err
	}
	return dir.Restore()
}
