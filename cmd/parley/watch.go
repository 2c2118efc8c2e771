package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"parley/adapters/rpc"
	"parley/events"
	"parley/projections/docket"
)

func newCaseWatch(a *app) *cobra.Command {
	var confidential bool
	cmd := &cobra.Command{
		Use: "watch REF", Short: "Show where a case stands, and again whenever that changes", Args: oneRef, ValidArgsFunction: a.completeRefs,
		Long: `Show where a case stands, and again whenever that changes, until it is interrupted.
With -o json each time is one line. From a server changes come at once; without
one the store is looked at every two seconds.`,
		Example: `  parley case watch GLO-26-0001
  parley case watch GLO-26-0001 --jq .stage`,
		RunE: func(cmd *cobra.Command, args []string) error {
			a.ref = args[0]
			return a.watch(cmd.Context(), func(ctx context.Context, s *session) (report, error) {
				return s.showCase(ctx, args[0], time.Time{}, confidential)
			}, func(c rpc.Change) bool { return c.Kind != events.KindCase || c.ID == args[0] })
		},
	}
	confidentialFlag(cmd, &confidential)
	return cmd
}

func newDeadlineWatch(a *app) *cobra.Command {
	var q docket.Query
	cmd := &cobra.Command{
		Use: "watch", Short: "List deadlines by due date, and again whenever that changes", Args: cobra.NoArgs,
		Long: `List deadlines as parley deadline list does, and again whenever that changes, until
it is interrupted. With -o json each time is one line.`,
		Example: `  parley deadline watch --within 14d
  parley deadline watch --overdue --jq length`,
		RunE: func(cmd *cobra.Command, _ []string) error {
			a.ref = q.Ref
			return a.watch(cmd.Context(), func(ctx context.Context, s *session) (report, error) {
				return s.listDeadlines(ctx, q)
			}, func(c rpc.Change) bool { return q.Ref == "" || c.Kind != events.KindCase || c.ID == q.Ref })
		},
	}
	a.deadlineFilter(cmd, &q)
	return cmd
}

const (
	glance = 2 * time.Second  // after which a store without a server is looked at again
	minute = 30 * time.Second // after which the answer of a server is, as days pass too
)

// watch prints a report, and again whenever it has changed, until ctx ends.
// concerns says which changes may bear on it.
func (a *app) watch(ctx context.Context, look func(context.Context, *session) (report, error), concerns func(rpc.Change) bool) error {
	seen := &lastPrinted{app: a}
	for {
		s, err := a.open(ctx)
		if err != nil {
			return err
		}
		if s.remote != nil {
			err := a.watchServer(ctx, s, seen, look, concerns)
			if s.found && ctx.Err() == nil && (gone(err) || errors.Is(err, rpc.ErrForbidden)) { // its key is no longer good: it has stopped
				if err = also(s.close(nil), pause(ctx, glance)); err == nil {
					continue
				}
				return err
			}
			return also(s.nearest(ctx, err), s.close(err))
		}
		r, err := look(ctx, s)
		if err != nil {
			err = s.nearest(ctx, err)
		}
		if err = also(err, s.close(err)); err == nil {
			err = seen.print(r)
		}
		if err == nil {
			err = pause(ctx, glance)
		}
		if err != nil {
			return err
		}
	}
}

// watchServer is watch where a server tells of changes.
func (a *app) watchServer(ctx context.Context, s *session, seen *lastPrinted, look func(context.Context, *session) (report, error), concerns func(rpc.Change) bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	told, err := s.remote.Changes(ctx)
	if err != nil {
		return err
	}
	changed := make(chan struct{}, 1)
	go func() {
		for c, err := range told {
			if err == nil && (c.Kind == events.KindAlert || !concerns(c)) {
				continue
			}
			select {
			case changed <- struct{}{}:
			default: // it is about to be looked at again anyway
			}
		}
	}()
	for tick := time.NewTicker(minute); ; {
		r, err := look(ctx, s)
		if err == nil {
			err = seen.print(r)
		}
		if err != nil {
			tick.Stop()
			return err
		}
		select {
		case <-ctx.Done():
			tick.Stop()
			return ctx.Err()
		case <-changed:
		case <-tick.C:
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// lastPrinted prints reports that differ from the one before.
type lastPrinted struct {
	*app
	printed []byte
	times   int
}

func (l *lastPrinted) print(r report) error {
	value, err := json.Marshal(r.value)
	if err != nil || bytes.Equal(value, l.printed) {
		return err
	}
	l.printed = value
	if l.times++; l.times > 1 && l.output == "table" {
		_, _ = fmt.Fprintln(l.stdout)
	}
	if l.output == "json" && l.jq == "" {
		return l.line(value)
	}
	return l.app.print(r)
}

// line prints a value on one line.
func (l *lastPrinted) line(value []byte) error {
	var compact bytes.Buffer
	if err := json.Compact(&compact, value); err != nil {
		return err
	}
	compact.WriteByte('\n')
	if _, err := io.Copy(l.stdout, &compact); err != nil {
		return fmt.Errorf("%w: %w", errOutput, err)
	}
	return nil
}
