package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"parley/domain/negotiation"
	"parley/events"
)

// peerFigure is one thing that Parley and a database are compared by.
type peerFigure struct {
	name, what string
	ours       func(n int) (times, error)
	ask        peerQuestion // its N is how often
	often      int
	rows       int // that the rate is of; 0: it is not a rate
}

// measurePeers compares Parley with each of the databases that has the same
// commits, in the same run.
func (b *bench) measurePeers(ctx context.Context, st stores) (err error) {
	if b.peers == nil {
		b.say("peers are left out: there are none")
		return nil
	}
	s, err := makeBed(ctx, st.parley)
	defer func() { err = errors.Join(err, s.close()) }()
	if err != nil {
		return err
	}
	path := filepath.Join(filepath.Dir(st.parley), "commits.json")
	all, err := s.export(ctx, path)
	if err != nil {
		return err
	}
	for _, store := range b.peers.there.Names {
		if _, _, err := b.peers.ask(peerQuestion{Op: "fill", Store: store, Path: path}); err != nil {
			return err
		}
		for _, f := range b.peerFigures(ctx, st, s, all) {
			if err := b.comparePeer(st, store, f); err != nil {
				return err
			}
		}
	}
	return os.Remove(path)
}

// export writes every commit to a file, and counts them.
func (s *bed) export(ctx context.Context, path string) (n int, err error) {
	err = writeRows(path, func(put func(any) error) error {
		return s.log.Scan(ctx, 0, func(r events.Recorded) error {
			n++
			sealed, err := events.Seal(r.Commit)
			if err != nil {
				return err
			}
			return put(map[string]any{"line": r.Aggregate.String(), "version": r.Version, "stored": sealed.Stored})
		})
	})
	return n, err
}

// repeated times something done so often.
func repeated(do func(i int) error) func(int) (times, error) {
	return func(n int) (took times, err error) {
		for i := range n {
			began := time.Now()
			if err := do(i); err != nil {
				return nil, err
			}
			took = append(took, time.Since(began))
		}
		return took, nil
	}
}

// peerFigures returns what Parley and a database are compared by.
func (b *bench) peerFigures(ctx context.Context, st stores, s *bed, all int) []peerFigure {
	loaded := st.ref(60)
	line := events.Case(loaded)
	return []peerFigure{
		{"append", "one command, against one durable insert", repeated(func(int) error {
			return s.do(ctx, st.ref(1), negotiation.AddNote{Text: noteText}, 1)
		}), peerQuestion{Op: "append", Line: "one"}, 100, 0},
		{"writers", "sixteen writers, against sixteen that insert", func(n int) (times, error) {
			took, err := together(writers, n, func(w, _ int) error { return s.do(ctx, st.ref(2+w), negotiation.AddNote{Text: noteText}, 1) })
			return times{took}, err
		}, peerQuestion{Op: "writers", Line: "many"}, 100, writers * 100},
		{"load", "a case of 20 commits from the log, decoded, checked and folded, against 20 rows", repeated(func(int) error {
			h, err := s.log.Read(ctx, line, 0)
			if err == nil && negotiation.Fold(h).Ref == "" {
				err = errNothing
			}
			return errors.Join(err, some(len(h), commits))
		}), peerQuestion{Op: "load", Line: line.String()}, 20, 0},
		{"load-view", "the same case from the view, against 20 rows", repeated(func(int) error {
			_, found, err := s.views.Case(ctx, loaded)
			return errors.Join(err, map[bool]error{false: errNothing}[found])
		}), peerQuestion{Op: "load", Line: line.String()}, 20, 0},
		{"scan", "all commits read, decoded and checked, against all rows undecoded", repeated(func(int) error {
			return s.log.Scan(ctx, 0, func(events.Recorded) error { return nil })
		}), peerQuestion{Op: "scan"}, 1, all},
	}
}

// comparePeer takes turns with a database.
func (b *bench) comparePeer(st stores, store string, f peerFigure) error {
	var ours, theirs times
	var ratios []float64
	for range b.rounds(st, 5) {
		now, err := f.ours(f.often)
		if err != nil {
			return err
		}
		then, err := b.theirs(store, f)
		if err != nil {
			return err
		}
		ours, theirs = append(ours, now...), append(theirs, then...)
		r := ratio(now.p50(), then.p50())
		if f.rows > 0 {
			r = 1 / r
		}
		ratios = append(ratios, r)
	}
	a, t := ours.figure(), theirs.figure()
	if f.rows > 0 {
		a, t = ours.rate(f.rows), theirs.rate(f.rows)
	}
	b.add(compared(store+" "+f.name, f.what, a, t, b.peers.there.Titles[store], ratios, nil))
	return nil
}

// theirs asks a database to do it as often: one question for each load, and one
// for all appends.
func (b *bench) theirs(store string, f peerFigure) (times, error) {
	q := f.ask
	q.Store, q.N = store, f.often
	if q.Op != "load" {
		took, _, err := b.peers.ask(q)
		return took, err
	}
	var all times
	for range f.often {
		took, n, err := b.peers.ask(q)
		if err = errors.Join(err, some(n, commits)); err != nil {
			return nil, err
		}
		all = append(all, took...)
	}
	return all, nil
}
