package rpc

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"parley/domain/calendar"
	"parley/domain/casework"
	"parley/domain/directory"
	"parley/domain/negotiation"
	"parley/events"
	"parley/projections/bodies"
	"parley/projections/docket"
	"parley/projections/status"
)

// The questions and answers of verbs, where they are not those of Office itself.
type (
	askRef     struct{ Ref string }
	askHistory struct{ Aggregate string }
	askDay     struct{ AsOf time.Time }
	askBodies  struct{ Practices []string }

	askDeadlines struct {
		Within  calendar.Period
		Overdue bool
		Ref     string
		Owner   events.Party
		All     bool
	}

	dayAnswer struct {
		Today         calendar.Date
		Calendar      []written // its history
		Commissioners []directory.Commissioner
	}
	bodiesAnswer struct {
		Commissioners []directory.Commissioner
		Practices     []directory.Practice
	}
	findAnswer struct {
		Rows []bodies.Row
		More bool
	}
	reportAnswer struct {
		After                      uint64
		Commits, Facts, Aggregates int
		Last                       uint64
		Findings                   []findingAnswer
	}
	findingAnswer struct {
		Position, Through uint64
		Aggregate         string
		Version           int
		Wrong             string
		Err               complaint
	}
)

// answering makes a verb of a function from a question to an answer.
func answering[Q, A any](name string, most int, answer func(context.Context, Served, Q) (A, error)) *verb {
	return &verb{name: name, most: most, answer: func(ctx context.Context, o Served, body []byte, _ Errors) (any, error) {
		var q Q
		if err := strict(body, &q); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		return answer(ctx, o, q)
	}}
}

// verbs returns every verb there is.
func verbs() []*verb {
	return append(append(onAlerts(), onLog()...), []*verb{
		answering(verbAbout, smallBody, answerAbout),
		answering(verbHandle, commandBody, answerHandle),
		answering(verbDirectory, largeBody, answerDirectory),
		answering(verbCalendar, commandBody, answerCalendar),
		answering(verbCatchUp, smallBody, func(ctx context.Context, o Served, _ nothing) (nothing, error) { return nothing{}, o.CatchUp(ctx, 0) }),
		answering(verbCase, smallBody, func(ctx context.Context, o Served, q askRef) (negotiation.Casefile, error) { return o.Case(ctx, q.Ref) }),
		answering(verbHistory, smallBody, answerHistory),
		answering(verbCases, smallBody, func(ctx context.Context, o Served, f status.Filter) ([]status.Row, error) { return o.Cases(ctx, f) }),
		answering(verbDeadlines, smallBody, func(ctx context.Context, o Served, q askDeadlines) (docket.Rows, error) {
			return o.Deadlines(ctx, docket.Query{Within: q.Within, Overdue: q.Overdue, Ref: q.Ref, Owner: q.Owner, All: q.All})
		}),
		answering(verbNearest, smallBody, func(ctx context.Context, o Served, q askRef) ([]string, error) { return o.Nearest(ctx, q.Ref) }),
		answering(verbDay, smallBody, answerDay),
		answering(verbBodies, commandBody, answerBodies),
		answering(verbFind, smallBody, func(ctx context.Context, o Served, s bodies.Search) (findAnswer, error) {
			rows, more, err := o.Find(ctx, s)
			return findAnswer{rows, more}, err
		}),
		answering(verbExamine, smallBody, func(ctx context.Context, o Served, _ nothing) ([]Check, error) { return o.Examine(ctx) }),
	}...)
}

// answerAbout takes in whatever the log holds first: what anybody has recorded
// before somebody comes in, they see.
func answerAbout(ctx context.Context, o Served, _ nothing) (About, error) {
	if err := o.CatchUp(ctx, 0); err != nil {
		return About{}, err
	}
	return o.About(ctx)
}

func answerHandle(ctx context.Context, o Served, q order) (outcome, error) {
	cmd, how, err := unpack(onCases(), q)
	if err != nil {
		return outcome{}, err
	}
	out, err := o.Handle(ctx, q.Ref, cmd, how)
	return recorded(ctx, o, out, err)
}

func answerDirectory(ctx context.Context, o Served, q order) (outcome, error) {
	cmd, how, err := unpack(onDirectory(), q)
	if err != nil {
		return outcome{}, err
	}
	out, err := o.UpdateDirectory(ctx, cmd, how)
	return recorded(ctx, o, out, err)
}

func answerCalendar(ctx context.Context, o Served, q order) (outcome, error) {
	cmd, how, err := unpack(onCalendar(), q)
	if err != nil {
		return outcome{}, err
	}
	out, err := o.UpdateCalendar(ctx, cmd, how)
	return recorded(ctx, o, out, err)
}

// recorded waits until the views have seen what a command brought about, so that
// whoever asks next does. What was recorded stays so if they do not come so far.
func recorded(ctx context.Context, o Served, out casework.Outcome, err error) (outcome, error) {
	if err != nil {
		return outcome{}, err
	}
	if out.Position > 0 {
		_ = o.CatchUp(ctx, out.Position) // the next question asks for that position, and is told why not
	}
	return packOutcome(out), nil
}

func answerHistory(ctx context.Context, o Served, q askHistory) ([]written, error) {
	a, err := events.ParseAggregate(q.Aggregate)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	placed, err := o.Stored(ctx, a)
	return packStored(placed), err
}

func answerDay(ctx context.Context, o Served, q askDay) (dayAnswer, error) {
	day, err := o.Day(ctx, q.AsOf)
	if err != nil {
		return dayAnswer{}, err
	}
	revisions, err := o.Stored(ctx, events.Calendar())
	if err != nil {
		return dayAnswer{}, err
	}
	if !q.AsOf.IsZero() {
		for i, p := range revisions {
			if c, err := events.Decode(p.Stored); err != nil || c.RecordedAt.After(q.AsOf) {
				revisions = revisions[:i]
				break
			}
		}
	}
	return dayAnswer{day.Today, packStored(revisions), unlikeBuiltin(day.Bodies)}, nil
}

func answerBodies(ctx context.Context, o Served, q askBodies) (bodiesAnswer, error) {
	known, err := o.Bodies(ctx, q.Practices)
	return bodiesAnswer{unlikeBuiltin(known), known.Practices()}, err
}

// unlikeBuiltin returns the commissioners that the other end does not know of itself.
func unlikeBuiltin(d directory.Directory) []directory.Commissioner {
	var found []directory.Commissioner
	for _, c := range d.Commissioners() {
		if b, known := directory.Builtin(c.Code); !known || !reflect.DeepEqual(b, c) {
			found = append(found, c)
		}
	}
	return found
}

// answerVerify tells what is wrong with the errors as they travel.
func answerVerify() *verb {
	return &verb{name: verbVerify, most: smallBody, answer: func(ctx context.Context, o Served, body []byte, known Errors) (any, error) {
		var from Since
		if err := strict(body, &from); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		r, err := o.Verify(ctx, from)
		answer := reportAnswer{After: r.After, Commits: r.Commits, Facts: r.Facts, Aggregates: r.Aggregates, Last: r.Last}
		for _, f := range r.Findings {
			whose := ""
			if f.Aggregate != (events.Aggregate{}) {
				whose = f.Aggregate.String()
			}
			answer.Findings = append(answer.Findings, findingAnswer{f.Position, f.Through, whose, f.Version, f.Wrong, known.pack(f.Err)})
		}
		return answer, err
	}}
}
