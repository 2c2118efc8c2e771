package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parley/adapters/backup"
	"parley/adapters/natslog"
)

// restoreOutside makes a backup the log of NATS servers elsewhere that have none.
func (a *app) restoreOutside(ctx context.Context, f restoreFlags) error {
	if f.into != "" || f.secret.encrypt || f.plain || f.actor != "" {
		return usageError{errors.New("--nats makes no store on this machine, and goes with none of --into, --actor, --encrypt and --plain")}
	}
	identities, found, err := readable(ctx, f)
	if err != nil {
		return err
	}
	nc, err := f.outside.connect(ctx)
	if err != nil {
		return err
	}
	defer nc.Close()
	switch owner, err := natslog.OwnerOf(ctx, nc); {
	case err == nil:
		if _, err := natslog.Open(ctx, nc, natslog.Guard{Joins: true, Audit: true}); errors.Is(err, natslog.ErrUnfilled) {
			return err // by an earlier one of these
		}
		return fmt.Errorf("%w: %s has that of %s", natslog.ErrBegun, f.outside.url, owner.LMC)
	case !errors.Is(err, natslog.ErrNoLog):
		return err
	}
	h := found.Header
	answer := restored{
		Store: f.outside.url, LMC: h.Store.LMC, Code: h.Store.Code, From: f.file, Taken: h.Taken, Position: h.To.Position,
		Commits: found.Log.Commits, Events: found.Log.Facts, DryRun: f.dryRun,
	}
	if f.dryRun {
		answer.Gained = h.To.Position
		return a.print(answer.report())
	}
	began := time.Now()
	log, err := natslog.Open(ctx, nc, natslog.Guard{
		Filling: h.To.Position, Replicas: f.outside.replicas, LMC: h.Store.Code, Name: h.Store.LMC, Rehearsal: h.Store.Rehearsal,
	})
	if err != nil {
		return err
	}
	if _, err := backup.Restore(ctx, f.file, identities, log, a.progress("restoring")); err != nil {
		return fmt.Errorf("%w: %w", natslog.ErrUnfilled, err)
	}
	answer.Seconds = time.Since(began).Seconds()
	return a.print(answer.report())
}
