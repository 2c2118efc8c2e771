package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"parley/adapters/feed"
	"parley/domain/calendar"
	"parley/events"
	"parley/projections/docket"
)

// fortnight asks for what is due within 14 days, or overdue.
func fortnight(ctx context.Context, v *feed.Views) (docket.Query, error) {
	q := docket.Query{Day: docket.Day{Today: calendar.At(time.Now(), time.UTC)}, Within: calendar.Period{N: 14, Unit: calendar.Days}}
	var err error
	if q.Calendar, err = v.Calendar(ctx); err != nil {
		return q, err
	}
	q.Bodies, err = v.Bodies(ctx, nil)
	return q, err
}

// due asks the views for what is due: of a server, once it keeps that in order,
// and otherwise of a command.
func due(ctx context.Context, v *feed.Views) ([]*docket.Row, error) {
	q, err := fortnight(ctx, v)
	if err != nil {
		return nil, err
	}
	return v.Due(ctx, q)
}

// measureDocket measures how long the list of what is due takes on a store.
func (b *bench) measureDocket(ctx context.Context, st stores) (err error) {
	s, err := makeBed(ctx, st.parley)
	defer func() { err = errors.Join(err, s.close()) }()
	if err != nil {
		return err
	}
	var took times
	var rows []*docket.Row
	for range b.rounds(st, 9) {
		began := time.Now()
		if rows, err = due(ctx, s.views); err != nil {
			return err
		}
		took = append(took, time.Since(began))
	}
	b.add(alone("docket", fmt.Sprintf("what is due within 14 days or overdue, of %d cases", s.views.Docket.Count()),
		took.figure(), fmt.Sprintf("%d rows", len(rows))))
	return nil
}

// openCases is of how many cases goal 7 speaks.
const openCases = 60_000

// counted is how many months the deadlines of these cases last.
const counted = 36

// openings is a log of cases that have just been opened, each with one deadline,
// some of them due soon. It implements feed.Source.
type openings []events.Recorded

// Scan implements feed.Source.
func (o openings) Scan(_ context.Context, after uint64, f func(events.Recorded) error) error {
	for _, r := range o[after:] {
		if err := f(r); err != nil {
			return err
		}
	}
	return nil
}

// Read implements feed.Source.
func (o openings) Read(_ context.Context, a events.Aggregate, after uint64) (events.History, error) {
	h := events.History{}
	for _, r := range o[after:] {
		if r.Aggregate == a {
			h = append(h, r)
		}
	}
	return h, nil
}

// newOpenings returns the log of n open cases. Their deadlines fall within the
// next three years, evenly: some 1 in 78 within 14 days.
func newOpenings(w *world, today calendar.Date, n int) (openings, error) {
	log := make(openings, 0, n)
	for i := range n {
		how, err := request()
		if err != nil {
			return nil, err
		}
		l := w.lmcs[i%len(w.lmcs)]
		ref := fmt.Sprintf("%s-26-%05d", l.code, i)
		service := w.titles[i%len(w.titles)]
		begun := today.AddDays(i * 1095 / n).AddMonths(-counted)
		sealed, err := events.Seal(events.Commit{
			Command: how.Command, Aggregate: events.Case(ref), Version: 1, Actor: how.Actor, RecordedAt: today.Time(),
			Facts: []events.Fact{
				{On: begun, Event: events.CaseOpened{Ref: ref, LMC: l.code, ICB: l.icb, ICBName: l.name, Service: service.Slug, Title: title(service, ref)}},
				{On: begun, Event: events.DeadlineSet{
					Deadline: "D1.2", Rule: "local-override", Title: "Reply to our letter", Owner: events.ICB, Trigger: begun,
					Period: calendar.Period{N: counted, Unit: calendar.Months},
				}},
			},
		})
		if err != nil {
			return nil, err
		}
		log = append(log, events.Recorded{Commit: sealed.Commit, Position: uint64(i + 1)})
	}
	return log, nil
}

// measureDue compares the list of what is due, of 60,000 open cases, with the
// same of a database that has an index over the dates.
func (b *bench) measureDue(ctx context.Context, st stores) (err error) {
	dir, err := os.MkdirTemp("", "parley-bench-due-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	log, err := newOpenings(st.world, calendar.At(time.Now(), time.UTC), openCases)
	if err != nil {
		return err
	}
	v, err := feed.OpenViews(filepath.Join(dir, "views.db"), log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.Close()) }()
	if err := v.CatchUp(ctx, 0); err != nil {
		return err
	}
	ways, err := dueWays(ctx, v)
	if err != nil {
		return err
	}
	peer, err := b.peers.dates(ctx, filepath.Join(dir, "dates.json"), v)
	if err != nil {
		return err
	}
	return b.compareDue(st, ways, peer)
}

// dueWay is one way to the list of what is due. It says how long that is.
type dueWay struct {
	name, what string
	goal       *goal
	list       func() (int, error)
}

// dueWays returns the ways to the list: out of documents in memory, as a command
// without a server makes it, as a server is asked for it, and that as JSON.
func dueWays(ctx context.Context, v *feed.Views) ([]dueWay, error) {
	var failed error
	inMemory := slices.Collect(v.Docket.All(ctx, &failed))
	q, err := fortnight(ctx, v)
	if err = errors.Join(err, failed); err != nil {
		return nil, err
	}
	asked := func() ([]*docket.Row, error) { return due(ctx, v) }
	keep := sync.OnceValue(func() error { return v.KeepDue(ctx, q.Day) })
	served := func() ([]*docket.Row, error) {
		if err := keep(); err != nil {
			return nil, err
		}
		return asked()
	}
	number := func(rows []*docket.Row, err error) (int, error) { return len(rows), err }
	return []dueWay{
		{"due-memory", "due within 14 days of 60,000 open cases: out of documents in memory", nil, func() (int, error) {
			return number(docket.List(slices.Values(inMemory), q))
		}},
		{"due-command", "the same, as a command without a server makes it", nil, func() (int, error) { return number(asked()) }},
		{"due", "the same, as a server is asked for it", &goal{0.05, false, 7}, func() (int, error) { return number(served()) }},
		{"due-json", "the same, as JSON", &goal{0.5, false, 7}, func() (int, error) {
			rows, err := served()
			docket.Rows(rows).AppendJSON(nil)
			return len(rows), err
		}},
	}, nil
}

// slow is how long something takes that is not repeated within a round.
const slow = 200 * time.Millisecond

// compareDue takes turns with a database, if there is one.
func (b *bench) compareDue(st stores, ways []dueWay, peer *peerDates) error {
	for _, w := range ways {
		began := time.Now()
		rows, err := w.list()
		if err != nil {
			return err
		}
		n := 5
		if time.Since(began) > slow {
			n = 1
		}
		if peer == nil {
			took, err := repeated(func(int) error { _, err := w.list(); return err })(n)
			if err != nil {
				return err
			}
			b.add(alone(w.name, w.what, took.figure(), fmt.Sprintf("%d rows; there is no database here", rows)))
			continue
		}
		p, err := turns(b.rounds(st, 5), n, func(int) error { _, err := w.list(); return err }, func(int) error { return peer.same(rows) })
		if err != nil {
			return err
		}
		b.add(p.row(w.name, w.what, fmt.Sprintf("%s, indexed, %d rows", peer.name, rows), w.goal))
	}
	return nil
}
