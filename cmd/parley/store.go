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

	"github.com/nats-io/nats.go"

	"parley/adapters/feed"
	"parley/adapters/natsd"
	"parley/adapters/natslog"
	"parley/adapters/storedir"
	"parley/events"
)

// zone is where the days of every case begin and end.
const zone = "Europe/London"

// storePath returns the folder of the store: --store, PARLEY_STORE, or one in
// the user's data folder. It refuses a server in its place: what only a store on
// this machine can do would else be done to another than is meant.
func (a *app) storePath() (string, error) {
	if a.context != "" {
		return "", errHere
	}
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
	switch {
	case a.getenv("PARLEY_CLOCK") == "":
		return a.now, nil
	case !id.Rehearsal:
		return nil, errClock
	}
	t, _, err := a.setClock()
	return func() time.Time { return t }, err
}

// store is an open embedded store: its folder, its server, its log and its views.
type store struct {
	dir    *storedir.Dir
	server *natsd.Server
	log    *natslog.Log
	views  *feed.Views
	clock  func() time.Time
	zone   *time.Location
	how    natsd.Config // how the server is to be started, beside its folder
	nc     *nats.Conn   // to a server elsewhere that keeps the log; nil if it is kept here

	copied  storedir.Copied // how the log and its copy compared before it was opened
	sound   bool            // it opened, and its ends are as they should be
	damaged error           // damage that was found while it was open: see makeGood
}

// openWithViews takes hold of the embedded store, starts its server and brings
// the views up to date. The caller closes it.
func (a *app) openWithViews(ctx context.Context) (*store, error) {
	s, err := a.openWithoutViews(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.openViews(ctx); err != nil {
		s.note(err)
		return nil, also(err, s.close())
	}
	return s, nil
}

// note keeps in mind that an error means damage.
func (s *store) note(err error) {
	if errors.Is(err, events.ErrDamaged) {
		s.damaged = err
	}
}

// openWithoutViews is openWithViews for those who want nothing but the log.
func (a *app) openWithoutViews(ctx context.Context) (*store, error) {
	return a.openStore(ctx, (*store).openLog)
}

// openStore takes hold of the store and starts its server.
func (a *app) openStore(ctx context.Context, open openLog) (*store, error) {
	path, err := a.storePath()
	if err != nil {
		return nil, err
	}
	dir, err := storedir.Open(ctx, path, a.claim())
	if err != nil {
		return nil, err
	}
	s, err := a.start(ctx, dir, open)
	if err != nil {
		return nil, also(err, s.close())
	}
	return s, nil
}

// openLog is how the log of a store is opened.
type openLog func(*store, context.Context, *slog.Logger) error

// start starts the server on the store's folder and opens the log. What it
// returns is to be closed even after an error.
func (a *app) start(ctx context.Context, dir *storedir.Dir, open openLog) (*store, error) {
	s := &store{dir: dir}
	var err error
	if s.clock, err = a.clock(dir.Identity()); err != nil {
		return s, err
	}
	if s.zone, err = time.LoadLocation(zone); err != nil {
		return s, err
	}
	if s.how.Sealed = dir.Identity().Sealed; !dir.Identity().Outside {
		if s.how.Key, err = a.key(); err != nil {
			return s, err
		}
	}
	if dir.Identity().Rehearsal {
		a.noteRehearsal(s.clock().In(s.zone))
	}
	return s, open(s, ctx, a.warnings())
}

// noteRehearsal keeps in mind that the store is for training, and what its clock
// reads.
func (a *app) noteRehearsal(now time.Time) {
	a.rehearsal = now.Format("Mon 2 Jan 2006 15:04")
	if a.output != "json" {
		a.sayRehearsal()
	}
}

// sayRehearsal reminds that the store is for training, once. Where JSON is asked
// for this waits for the end: an error carries it, so that it stands alone.
func (a *app) sayRehearsal() {
	if a.rehearsal != "" {
		a.say("Rehearsal store: the clock reads %s", a.rehearsal)
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

// manyCommits is how many commits to take in are worth saving memory for.
const manyCommits = 2000

// openViews opens the views and lets them take in what is new in the log.
func (s *store) openViews(ctx context.Context) (err error) {
	if s.views, err = feed.OpenSealedViews(s.dir.ViewsPath(), s.log, s.secret("views")); err != nil {
		return err
	}
	s.log.Consult(s.views)
	if s.log.Seen().Position <= s.views.Position()+manyCommits {
		return s.views.CatchUp(ctx, 0)
	}
	collectAsUsual() // this takes a while
	defer debug.FreeOSMemory()
	return s.views.CatchUp(ctx, 0)
}

// recorder is a store's log for those who record: what they append the views take
// in at once, without its being read.
type recorder struct {
	*natslog.Log
	views *feed.Views
}

// recorder returns the log for the Desk and the Watch.
func (s *store) recorder() recorder { return recorder{s.log, s.views} }

// Append implements casework.Log.
func (r recorder) Append(ctx context.Context, c events.Sealed, expect uint64) (uint64, error) {
	position, err := r.Log.Append(ctx, c, expect)
	if err != nil || r.views == nil || position != r.views.Position()+1 {
		return position, err
	}
	if stored, err := events.Decode(c.Stored); err == nil {
		// What goes wrong is met again by whoever waits for the views.
		_ = r.views.Take(ctx, events.Recorded{Commit: stored, Position: position})
	}
	return position, nil
}

// close puts everything away.
func (s *store) close() error {
	var err error
	switch {
	case s.nc != nil:
		err = also(s.closeViews(), s.leave())
	case s.server == nil:
		err = s.closeViews()
	case s.damaged != nil:
		err = also(s.closeViews(), s.makeGood(s.damaged))
	default:
		err = s.stop()
	}
	return also(err, s.dir.Close())
}

// closeViews writes and closes the views, if they are open.
func (s *store) closeViews() error {
	if s.views == nil {
		return nil
	}
	return s.views.Close()
}

// stop writes the views, stops the server, notes how far the log has come, and
// brings its copy up to date with what was recorded: all at once, as the disk is
// waited for.
func (s *store) stop() error {
	grown := s.sound && s.log.Seen().Position > s.dir.Mark().Position
	closed, marked, copied := make(chan error, 1), make(chan error, 1), make(chan error, 1)
	go func() { closed <- s.closeViews() }()
	go func() { marked <- s.setMark() }()
	go func() {
		var err error
		if grown {
			_, err = s.dir.KeepUp() // what contradicts the copy is dealt with when the log is next opened
		}
		copied <- err
	}()
	err := s.server.Stop()
	return also(also(<-closed, err), also(<-copied, <-marked))
}

// also is err and then another error, in one sentence.
func also(err, then error) error {
	switch {
	case err == nil:
		return then
	case then == nil:
		return err
	}
	return fmt.Errorf("%w; %w", err, then)
}

// setMark notes how far the log is known to go.
func (s *store) setMark() error {
	if s.log == nil {
		return nil
	}
	seen := s.log.Seen()
	if seen.Position <= s.dir.Mark().Position {
		return nil
	}
	return s.dir.SetMark(storedir.Mark(seen))
}
