package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"parley/adapters/feed"
	"parley/adapters/natsd"
	"parley/adapters/natslog"
	"parley/adapters/storedir"
	"parley/domain/calendar"
	"parley/domain/casework"
	"parley/events"
)

// zone is where the days of every case begin and end.
const zone = "Europe/London"

// storePath returns the folder of the store: --store, PARLEY_STORE, or one in
// the user's data folder.
func (a *app) storePath() (string, error) {
	if a.store != "" {
		return a.store, nil
	}
	if path := a.getenv("PARLEY_STORE"); path != "" {
		return path, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no folder for the store: %w; name one with --store", err)
	}
	switch runtime.GOOS {
	case "windows":
		if local := a.getenv("LocalAppData"); local != "" {
			return filepath.Join(local, "parley"), nil
		}
	case "darwin":
		return filepath.Join(home, "Library", "Application Support", "parley"), nil
	}
	if data := a.getenv("XDG_DATA_HOME"); data != "" {
		return filepath.Join(data, "parley"), nil
	}
	return filepath.Join(home, ".local", "share", "parley"), nil
}

// clock returns what tells the time: the machine, or on a rehearsal store
// PARLEY_CLOCK where it is set. A real store refuses a set clock.
func (a *app) clock(id storedir.Identity) (func() time.Time, error) {
	set := a.getenv("PARLEY_CLOCK")
	switch {
	case set == "":
		return a.now, nil
	case !id.Rehearsal:
		return nil, errClock
	}
	t, err := time.Parse(time.RFC3339, set)
	if err != nil {
		return nil, fmt.Errorf("%w: %q", errBadClock, set)
	}
	return func() time.Time { return t }, nil
}

// session is an open embedded store and the application on it.
type session struct {
	dir    *storedir.Dir
	server *natsd.Server
	log    *natslog.Log
	views  *feed.Views
	desk   *casework.Desk
	clock  func() time.Time
	zone   *time.Location

	damaged error // damage that was found while it was open: see putBack
}

// today returns the day it is in England.
func (s *session) today() calendar.Date { return calendar.At(s.clock(), s.zone) }

// open takes hold of the embedded store, starts its server and brings the
// views up to date. The caller closes the session.
func (a *app) open(ctx context.Context) (*session, error) {
	s, err := a.openWithoutViews(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.openViews(ctx); err != nil {
		if errors.Is(err, events.ErrDamaged) {
			s.damaged = err
		}
		return nil, errors.Join(err, s.close())
	}
	if damage := s.dir.Damage(); damage != nil {
		_, _ = fmt.Fprintln(a.stderr, "Warning:", damage)
	}
	s.desk = casework.New(s.log, s.views, s.views, s.clock, s.zone)
	return s, nil
}

// openWithoutViews is open for those who want nothing but the log.
func (a *app) openWithoutViews(ctx context.Context) (*session, error) {
	path, err := a.storePath()
	if err != nil {
		return nil, err
	}
	dir, err := storedir.Open(ctx, path, a.claim())
	if err != nil {
		return nil, err
	}
	s, err := a.start(ctx, dir)
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// start starts the server on the store's folder and opens the log. What it
// returns is to be closed even after an error.
func (a *app) start(ctx context.Context, dir *storedir.Dir) (*session, error) {
	s := &session{dir: dir}
	var err error
	if s.clock, err = a.clock(dir.Identity()); err != nil {
		return s, err
	}
	if s.zone, err = time.LoadLocation(zone); err != nil {
		return s, err
	}
	if dir.Identity().Rehearsal {
		a.rehearsal = s.clock().In(s.zone).Format("Mon 2 Jan 2006 15:04")
		if a.output != "json" {
			a.sayRehearsal()
		}
	}
	return s, s.openLog(ctx, a.warnings())
}

// sayRehearsal reminds that the store is for training, once. Where JSON is asked
// for this waits for the end: an error carries it, so that it stands alone.
func (a *app) sayRehearsal() {
	if a.rehearsal != "" {
		_, _ = fmt.Fprintf(a.stderr, "Rehearsal store: the clock reads %s\n", a.rehearsal)
	}
	a.rehearsal = ""
}

// warnings returns where the server's warnings go: to stderr, as JSON where
// that is asked for.
func (a *app) warnings() *slog.Logger {
	opts := &slog.HandlerOptions{Level: slog.LevelWarn}
	if a.output == "json" {
		return slog.New(slog.NewJSONHandler(a.stderr, opts))
	}
	return slog.New(slog.NewTextHandler(a.stderr, opts))
}

func (a *app) claim() storedir.Claim {
	return storedir.Claim{Command: a.verb, Wait: a.wait}
}

// openLog starts the server and opens the log, of which a copy is kept.
func (s *session) openLog(ctx context.Context, log *slog.Logger) error {
	if err := s.dir.CheckSpace(); err != nil {
		return err
	}
	copied, err := s.dir.BeforeOpen()
	if err != nil {
		return err
	}
	if s.server, err = natsd.Start(ctx, natsd.Config{Dir: s.dir.Path(), Name: "parley", Log: log}); err != nil {
		return err
	}
	s.log, err = natslog.Open(ctx, s.server.Conn(), natslog.Guard{
		Existed: s.dir.Identity().StreamCreated,
		Mark:    natslog.Mark(s.dir.Mark()),
		Begun:   s.dir.MarkStreamCreated,
		Alive:   s.server.Alive(),
	})
	if err == nil && len(copied.Contradicts) > 0 {
		err = s.settle(ctx)
	}
	if errors.Is(err, events.ErrDamaged) {
		noted := s.dir.NoteDamage(storedir.Damage{Found: s.clock().UTC(), What: err.Error()})
		return errors.Join(err, noted, s.putBack(len(copied.Contradicts) > 0))
	}
	return err
}

// settle decides between a log that opens and a copy that contradicts it, as
// after a crash in the middle of a write: a log with nothing wrong in it stands.
func (s *session) settle(ctx context.Context) error {
	found, err := s.audit(ctx)
	if err == nil {
		err = found.Err()
	}
	if err != nil {
		return err
	}
	return s.dir.Renew()
}

// audit walks the whole log.
func (s *session) audit(ctx context.Context) (events.Report, error) {
	audit := events.NewAudit()
	if m := s.dir.Mark(); m.Position > 0 {
		audit.Expect(m.Position, m.Hash)
	}
	last, err := s.log.ScanStored(ctx, 0, func(p events.Placed) error {
		audit.Next(p)
		return nil
	})
	return audit.Report(last), err
}

// putBack stops the server and undoes what it did to a damaged log when it
// opened or read it: where the log has less in it than its copy, the copy takes
// its place. The damaged log is kept if it may hold what the copy does not.
func (s *session) putBack(keep bool) error {
	if err := s.server.Stop(); err != nil {
		return err
	}
	spoiled, err := s.dir.BeforeOpen()
	if err != nil || len(spoiled.Contradicts) == 0 {
		return err
	}
	aside, err := s.dir.Restore()
	switch {
	case err != nil:
		return err
	case keep && aside != "":
		return fmt.Errorf("the log was put back from its copy, and what was damaged is set aside in %s", aside)
	}
	return errors.Join(os.RemoveAll(aside), errors.New("the log was put back from its copy"))
}

// manyCommits is how many commits to take in are worth saving memory for.
const manyCommits = 2000

// openViews opens the views and lets them take in what is new in the log.
func (s *session) openViews(ctx context.Context) (err error) {
	if s.views, err = feed.OpenViews(s.dir.ViewsPath(), s.log); err != nil {
		return err
	}
	if s.log.Seen().Position > s.views.Position()+manyCommits {
		debug.SetGCPercent(100) // this takes a while: see garbage
	}
	return s.views.CatchUp(ctx, 0)
}

// close puts everything away, and notes how far the log has come.
func (s *session) close() error {
	var errs []error
	if s.views != nil {
		errs = append(errs, s.views.Close())
	}
	switch {
	case s.server != nil && s.damaged != nil:
		noted := s.dir.NoteDamage(storedir.Damage{Found: s.clock().UTC(), What: s.damaged.Error()})
		errs = append(errs, noted, s.setMark(), s.putBack(true))
	case s.server != nil:
		marked := make(chan error, 1) // the disk is waited for meanwhile
		go func() { marked <- s.setMark() }()
		errs = append(errs, s.server.Stop(), <-marked)
	}
	errs = append(errs, s.dir.Close())
	return errors.Join(errs...)
}

// setMark notes how far the log is known to go.
func (s *session) setMark() error {
	if s.log == nil {
		return nil
	}
	seen := s.log.Seen()
	if seen.Position <= s.dir.Mark().Position {
		return nil
	}
	return s.dir.SetMark(storedir.Mark(seen))
}
