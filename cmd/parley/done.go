package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"parley/domain/casework"
)

// done is something that a command recorded.
type done struct {
	Ref       string `json:"ref"`
	Version   int    `json:"version"`
	CommandID string `json:"command_id"`
}

// afterwards is what went wrong after something was recorded.
type afterwards struct {
	done []done
	err  error
}

func (e *afterwards) Error() string {
	all := make([]string, len(e.done))
	for i, d := range e.done {
		all[i] = fmt.Sprintf("%s version %d", d.Ref, d.Version)
	}
	return fmt.Sprintf("it was recorded (%s), but then: %v", strings.Join(all, ", "), e.err)
}

func (e *afterwards) Unwrap() error { return e.err }

// hint adds to the next step that nothing need be recorded twice.
func (e *afterwards) hint(next string) string {
	if len(e.done) > 1 { // lists of practices: what is known already is passed over
		return next
	}
	if next != "" {
		next += "; "
	}
	return next + fmt.Sprintf("with --command-id %s it is not recorded twice", e.done[0].CommandID)
}

// committed keeps in mind what a command brought about, and waits until the views
// have seen it.
func (s *session) committed(ctx context.Context, out casework.Outcome, how casework.Request) error {
	if out.Position > 0 && !how.DryRun {
		s.done = append(s.done, done{out.Aggregate.ID, out.Version, how.Command.String()})
	}
	return s.office.CatchUp(ctx, out.Position)
}

// afterwards returns err, with what was recorded before it.
func (s *session) afterwards(err error) error {
	if err == nil || len(s.done) == 0 {
		return err
	}
	return &afterwards{s.done, err}
}

// interrupted is what an error amounts to that an interrupt brought about.
func interrupted(err error) error {
	var after *afterwards
	if errors.As(err, &after) {
		return &afterwards{after.done, errInterrupted}
	}
	return errInterrupted
}
