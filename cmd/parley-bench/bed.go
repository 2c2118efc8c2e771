package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parley/adapters/feed"
	"parley/adapters/natsd"
	"parley/adapters/natslog"
	"parley/adapters/storedir"
	"parley/domain/casework"
	"parley/domain/negotiation"
)

// bed is an open store with the application on it, as the program has it.
type bed struct {
	dir    *storedir.Dir
	server *natsd.Server
	log    *natslog.Log
	views  *feed.Views
	desk   *casework.Desk
}

// makeBed opens a store as the program does, guards included. What it returns
// is to be closed even after an error.
func makeBed(ctx context.Context, path string) (*bed, error) {
	s, err := makeBare(ctx, path)
	if err != nil {
		return s, err
	}
	if s.views, err = feed.OpenViews(s.dir.ViewsPath(), s.log); err != nil {
		return s, err
	}
	s.log.Consult(s.views)
	if err := s.views.CatchUp(ctx, 0); err != nil {
		return s, err
	}
	zone, err := time.LoadLocation("Europe/London")
	s.desk = casework.New(s.log, s.views, s.views, time.Now, zone)
	return s, err
}

// makeBare is makeBed without views, and so without a desk.
func makeBare(ctx context.Context, path string) (*bed, error) {
	s := &bed{}
	var err error
	if s.dir, err = storedir.Open(ctx, path, storedir.Claim{Command: "parley-bench"}); err != nil {
		return s, err
	}
	if _, err = s.dir.BeforeOpen(); err != nil {
		return s, err
	}
	if s.server, err = natsd.Start(ctx, natsd.Config{Dir: path, Name: "parley"}); err != nil {
		return s, err
	}
	s.log, err = natslog.Open(ctx, s.server.Conn(), natslog.Guard{
		Existed: true, Mark: natslog.Mark(s.dir.Mark()), Begun: s.dir.MarkStreamCreated, Alive: s.server.Alive(),
	})
	return s, err
}

// close puts everything away, and notes how far the log has come.
func (s *bed) close() error {
	var errs []error
	if s.views != nil {
		errs = append(errs, s.views.Close())
	}
	if s.log != nil && s.log.Seen().Position > s.dir.Mark().Position {
		errs = append(errs, s.dir.SetMark(storedir.Mark(s.log.Seen())))
	}
	if s.server != nil {
		errs = append(errs, s.server.Stop())
	}
	if s.dir != nil {
		errs = append(errs, s.dir.Close())
	}
	return errors.Join(errs...)
}

// both is the two open stores that are compared.
type both struct {
	*bed
	raw *raw
}

// openBoth opens the store and its copy, side by side, in one of the two ways.
func openBoth(ctx context.Context, st stores, open func(context.Context, string) (*bed, error)) (both, error) {
	s, err := open(ctx, st.parley)
	if err != nil {
		return both{}, errors.Join(err, s.close())
	}
	r, err := startRaw(st.raw, true)
	if err != nil {
		return both{}, errors.Join(err, s.close())
	}
	return both{s, r}, nil
}

func (o both) close() error {
	o.raw.stop()
	return o.bed.close()
}

// do carries out a command on a case, which must bring about so many facts.
func (s *bed) do(ctx context.Context, ref string, cmd negotiation.Command, facts int) error {
	how, err := request()
	if err != nil {
		return err
	}
	out, err := s.desk.Handle(ctx, ref, cmd, how)
	if err == nil && len(out.Facts) != facts {
		return fmt.Errorf("%w: %T on %s brought about %d facts, not %d", errNothing, cmd, ref, len(out.Facts), facts)
	}
	return err
}
