package rpc

import (
	"context"
	"fmt"
	"time"

	"parley/domain/casework"
	"parley/domain/directory"
	"parley/domain/holidays"
	"parley/domain/negotiation"
	"parley/events"
	"parley/projections/bodies"
	"parley/projections/docket"
	"parley/projections/status"
)

// About implements Office.
func (c *Client) About(ctx context.Context) (About, error) {
	return ask[About](ctx, c, verbAbout, nothing{}, false)
}

// Handle implements Office.
func (c *Client) Handle(ctx context.Context, ref string, cmd negotiation.Command, how casework.Request) (casework.Outcome, error) {
	o, err := pack(onCases(), ref, cmd, how)
	if err != nil {
		return casework.Outcome{}, err
	}
	return c.tell(ctx, verbHandle, o, how.DryRun)
}

// UpdateDirectory implements Office.
func (c *Client) UpdateDirectory(ctx context.Context, cmd directory.Command, how casework.Request) (casework.Outcome, error) {
	o, err := pack(onDirectory(), "", cmd, how)
	if err != nil {
		return casework.Outcome{}, err
	}
	return c.tell(ctx, verbDirectory, o, how.DryRun)
}

// UpdateCalendar implements Office.
func (c *Client) UpdateCalendar(ctx context.Context, cmd holidays.Command, how casework.Request) (casework.Outcome, error) {
	o, err := pack(onCalendar(), "", cmd, how)
	if err != nil {
		return casework.Outcome{}, err
	}
	return c.tell(ctx, verbCalendar, o, how.DryRun)
}

// tell sends a command. An answer that cannot be read leaves it unknown what
// became of it.
func (c *Client) tell(ctx context.Context, verb string, command any, dryRun bool) (casework.Outcome, error) {
	told, err := ask[outcome](ctx, c, verb, command, !dryRun)
	if err != nil {
		return casework.Outcome{}, err
	}
	out, err := told.unpack()
	if err != nil {
		return casework.Outcome{}, fmt.Errorf("%w: %w", ErrGarbled, err)
	}
	c.reached(out.Position)
	return out, nil
}

// CatchUp implements Office.
func (c *Client) CatchUp(ctx context.Context, position uint64) error {
	if position > 0 {
		c.reached(position)
		return nil
	}
	_, err := ask[nothing](ctx, c, verbCatchUp, nothing{}, false)
	return err
}

// Case implements Office.
func (c *Client) Case(ctx context.Context, ref string) (negotiation.Casefile, error) {
	return ask[negotiation.Casefile](ctx, c, verbCase, askRef{ref}, false)
}

// History implements Office.
func (c *Client) History(ctx context.Context, a events.Aggregate) (events.History, error) {
	all, err := ask[[]written](ctx, c, verbHistory, askHistory{a.String()}, false)
	if err != nil {
		return nil, err
	}
	return unpackHistory(a, all)
}

// Cases implements Office.
func (c *Client) Cases(ctx context.Context, f status.Filter) ([]status.Row, error) {
	return ask[[]status.Row](ctx, c, verbCases, f, false)
}

// Deadlines implements Office.
func (c *Client) Deadlines(ctx context.Context, q docket.Query) ([]*docket.Row, error) {
	return ask[[]*docket.Row](ctx, c, verbDeadlines, askDeadlines{q.Within, q.Overdue, q.Ref, q.Owner, q.All}, false)
}

// Nearest implements Office.
func (c *Client) Nearest(ctx context.Context, ref string) ([]string, error) {
	return ask[[]string](ctx, c, verbNearest, askRef{ref}, false)
}

// Day implements Office.
func (c *Client) Day(ctx context.Context, asOf time.Time) (docket.Day, error) {
	told, err := ask[dayAnswer](ctx, c, verbDay, askDay{asOf}, false)
	if err != nil {
		return docket.Day{}, err
	}
	revisions, err := unpackHistory(events.Calendar(), told.Calendar)
	return docket.Day{
		Today: told.Today, Calendar: holidays.Fold(revisions).Calendar,
		Bodies: directory.New().WithCommissioners(told.Commissioners...),
	}, err
}

// Bodies implements Office.
func (c *Client) Bodies(ctx context.Context, practices []string) (directory.Directory, error) {
	told, err := ask[bodiesAnswer](ctx, c, verbBodies, askBodies{practices}, false)
	return directory.New().WithCommissioners(told.Commissioners...).With(told.Practices...), err
}

// Find implements Office.
func (c *Client) Find(ctx context.Context, s bodies.Search) ([]bodies.Row, bool, error) {
	found, err := ask[findAnswer](ctx, c, verbFind, s, false)
	return found.Rows, found.More, err
}

// Verify implements Office.
func (c *Client) Verify(ctx context.Context, from Since) (events.Report, error) {
	told, err := askFor[reportAnswer](ctx, c, verbVerify, from, false, mostTime)
	r := events.Report{After: told.After, Commits: told.Commits, Facts: told.Facts, Aggregates: told.Aggregates, Last: told.Last}
	for _, f := range told.Findings {
		found := events.Finding{Position: f.Position, Through: f.Through, Version: f.Version, Wrong: f.Wrong, Err: c.o.Errors.unpack(f.Err)}
		if f.Aggregate != "" && err == nil {
			found.Aggregate, err = events.ParseAggregate(f.Aggregate)
		}
		r.Findings = append(r.Findings, found)
	}
	return r, err
}

// Examine implements Office.
func (c *Client) Examine(ctx context.Context) ([]Check, error) {
	return askFor[[]Check](ctx, c, verbExamine, nothing{}, false, 4*c.o.Patience)
}
