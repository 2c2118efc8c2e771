package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"

	"parley/adapters/feed"
	"parley/domain/casework"
	"parley/domain/negotiation"
)

// Whatever goes wrong once a command was carried out, the error says that it was.
func TestWhatGoesWrongAfterwardsHidesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T, s *store, stop func())
		exit  int
		says  string
	}{
		"the views do not catch up": {func(t *testing.T, s *store, _ func()) {
			if err := s.views.Close(); err != nil {
				t.Fatal(err)
			}
		}, exitRefused, feed.ErrClosed.Error()},
		"it is interrupted": {func(_ *testing.T, _ *store, stop func()) { stop() }, exitInterrupted, "interrupted"},
		"the mark is not written": {func(t *testing.T, s *store, _ func()) {
			mark := filepath.Join(s.dir.Path(), "highwater.json")
			if err := errors.Join(os.Remove(mark), os.MkdirAll(filepath.Join(mark, "in the way"), 0o700)); err != nil {
				t.Fatal(err)
			}
		}, exitRefused, "cannot be written"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newStore(t)
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			var stdout, stderr bytes.Buffer
			a := p.app(&stdout, &stderr)
			id := uuid.Must(uuid.NewV7())
			err := a.with(ctx, func(ctx context.Context, s *session) (report, error) {
				how := casework.Request{Command: id}
				out, err := s.office.Handle(ctx, "", negotiation.OpenCase{LMC: "GLO", ICB: "QR1", Service: "ecg", Title: "ECGs"}, how)
				if err != nil {
					return report{}, err
				}
				c.spoil(t, s.office.(*localOffice).store, stop)
				r, err := s.changed(ctx, out, how, nil)
				return r, cmp.Or(err, ctx.Err()) // as whatever it still had to do would end
			})
			if ctx.Err() != nil && errors.Is(err, context.Canceled) {
				err = interrupted(err)
			}
			var after *afterwards
			if !errors.As(err, &after) || len(after.done) != 1 || after.done[0].Version != 1 || after.done[0].CommandID != id.String() {
				t.Fatalf("it failed with %v", err)
			}
			if exit := a.fail(err); exit != c.exit {
				t.Errorf("exit code %d, want %d", exit, c.exit)
			}
			for _, want := range []string{"it was recorded (" + after.done[0].Ref + " version 1), but then: ", c.says, "with --command-id " + id.String() + " it is not recorded twice"} {
				if !strings.Contains(stderr.String(), want) {
					t.Errorf("it does not say %q:\n%s", want, stderr.String())
				}
			}
			if stdout.Len() > 0 {
				t.Errorf("stdout has %s", stdout.String())
			}
		})
	}
}
