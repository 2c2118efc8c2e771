package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"parley/adapters/natsd"
	"parley/adapters/natslog"
	"parley/adapters/storedir"
	"parley/events"
)

// What became of a log that was found damaged.
var (
	errPutBack  = errors.New("the log was put back from its copy")
	errNoBetter = errors.New("its copy in this folder has no more than that")
)

// openLog starts the server and opens the log, of which a copy is kept.
func (s *store) openLog(ctx context.Context, log *slog.Logger) error {
	err := s.startLog(ctx, log, false)
	if err == nil && len(s.copied.Contradicts) > 0 {
		err = s.settle(ctx)
	}
	return s.opened(err)
}

// openToAudit is openLog for those who walk the whole log and judge it.
func (s *store) openToAudit(ctx context.Context, log *slog.Logger) error {
	return s.opened(s.startLog(ctx, log, true))
}

func (s *store) startLog(ctx context.Context, log *slog.Logger, audit bool) (err error) {
	if s.dir.Identity().Outside {
		return fmt.Errorf("%w: %s", errOutside, s.dir.Path())
	}
	s.how.Dir, s.how.Name, s.how.Log = s.dir.Path(), "parley", log
	if err := s.how.Check(); err != nil { // before anything is touched
		return err
	}
	if s.copied, err = s.dir.BeforeOpen(); err != nil {
		return err
	}
	if s.how.Limit, err = s.limit(); err != nil {
		return err
	}
	if s.server, err = natsd.Start(ctx, s.how); err != nil {
		return s.stuck(err)
	}
	s.log, err = natslog.Open(ctx, s.server.Conn(), natslog.Guard{
		Existed: s.dir.Identity().StreamCreated,
		Mark:    natslog.Mark(s.dir.Mark()),
		Audit:   audit,
		Begun:   s.dir.MarkStreamCreated,
		Alive:   s.server.Alive(),
	})
	return s.stuck(err)
}

// limit is how long the server may take to open its streams, or to close them:
// half a minute, and what it takes to read the log at 16 MiB a second.
func (s *store) limit() (time.Duration, error) {
	log, err := s.dir.LogBytes()
	return 30*time.Second + time.Duration(log>>24)*time.Second, err
}

// stuck adds what is damaged to an error that says that the server does not come
// to an end, or answers nothing, where a look at its files shows what that is.
func (s *store) stuck(err error) error {
	if !errors.Is(err, natsd.ErrStuck) && !errors.Is(err, natslog.ErrUnavailable) {
		return err
	}
	if wrong := s.dir.CheckBlocks(); wrong != nil {
		return fmt.Errorf("%w: %w", wrong, err)
	}
	return err
}

// opened takes how opening the log ended, and puts back one that is damaged.
func (s *store) opened(err error) error {
	s.sound = err == nil
	if errors.Is(err, events.ErrDamaged) {
		return also(err, s.makeGood(err))
	}
	return err
}

// settle decides between a log that opens and a copy that contradicts it, as
// after a crash in the middle of a write: a log with nothing wrong in it stands.
func (s *store) settle(ctx context.Context) error {
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
func (s *store) audit(ctx context.Context) (events.Report, error) {
	return s.auditFrom(ctx, events.NewAudit(), 0)
}

// auditFrom walks the log after a position.
func (s *store) auditFrom(ctx context.Context, audit *events.Audit, after uint64) (events.Report, error) {
	if m := s.dir.Mark(); m.Position > after {
		audit.Expect(m.Position, m.Hash)
	}
	last, err := s.log.ScanStored(ctx, after, func(p events.Placed) error {
		audit.Next(p)
		return nil
	})
	if err != nil && !errors.Is(err, events.ErrDamaged) { // broken off: what was not looked at is not missing
		return events.Report{}, err
	}
	return audit.Report(last), err
}

// clear ends what damage, or a copy that contradicts the log, gave rise to, once
// an audit has found nothing wrong. The mark goes as far as the log then. It
// says what is cleared up, if there was anything.
func (s *store) clear(ctx context.Context) (story string, err error) {
	var was *storedir.Damage
	switch err := s.dir.Damage(); {
	case errors.As(err, &was):
		story = was.Story()
	case err != nil:
		story = err.Error()
	}
	if _, err = s.log.Last(ctx); err != nil {
		return story, err
	}
	differs, err := s.dir.CopyDiffers()
	if err == nil && len(differs)+len(s.copied.Contradicts) > 0 {
		if story == "" && len(differs) > 0 {
			story = fmt.Sprintf("the copy of the log in before-open is not what the log is, and was made afresh: %s", strings.Join(differs, ", "))
		}
		err = s.dir.Renew()
	}
	if err == nil {
		err = s.dir.ClearDamage()
	}
	return story, err
}

// makeGood keeps in mind that the log is damaged, stops the server, and puts the
// log's copy in its place where that has anything that the log has not: the
// server may have cut it. The damaged log is set aside. It returns what became
// of the log: errPutBack, errNoBetter, or why it could not be done.
func (s *store) makeGood(damage error) error {
	var before *storedir.Damage
	again := errors.As(s.dir.Damage(), &before) && before.Became != ""
	err := s.dir.NoteDamage(storedir.Damage{Found: s.clock().UTC(), What: damage.Error()})
	if s.server != nil { // it may be damaged so that none was started
		stopped := s.server.Stop()
		if errors.Is(stopped, natsd.ErrStuck) { // it touches nothing any more, and goes with this process
			stopped = nil
		}
		err = also(err, also(s.setMark(), stopped))
	}
	if err != nil {
		return err
	}
	back, err := s.dir.MakeGood()
	if err != nil {
		return err
	}
	became := whatBecame(back)
	if again && back.Done && back.Aside == "" { // what was put back then was as damaged
		became = errNoBetter
	}
	if err := s.dir.NoteBecame(became.Error()); err != nil {
		return also(became, err)
	}
	return became
}

func whatBecame(back storedir.PutBack) error {
	switch {
	case !back.Done:
		return errNoBetter
	case back.Aside == "":
		return errPutBack
	case back.Short:
		return fmt.Errorf("%w, and what was damaged is kept in %s: there may be commits there that the copy has not", errPutBack, back.Aside)
	}
	return fmt.Errorf("%w, and what was damaged is kept in %s", errPutBack, back.Aside)
}
