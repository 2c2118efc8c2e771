package casework

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"parley/events"
)

// rules is how the state of one kind of aggregate grows from its history.
type rules[S any] struct {
	fold   func(events.History) S
	evolve func(S, events.Recorded) S
}

// line is one aggregate as the Desk last knew it.
type line[S any] struct {
	mu    sync.Mutex // held while a command is carried out on it
	rules rules[S]
	head  events.Head
	state S
}

// lines is the lines of one kind that a Desk keeps in mind.
type lines[S any] struct {
	mu    sync.Mutex
	known map[string]*line[S]
}

// mostLines is how many of a kind are kept. Beyond it one is forgotten for each
// that comes, and read again when it is next wanted.
const mostLines = 20_000

// take returns the line of the aggregate with this ID, empty if it is new, and
// locked: the caller unlocks it.
func (ls *lines[S]) take(id string, r rules[S]) *line[S] {
	ls.mu.Lock()
	l := ls.known[id]
	if l == nil {
		if ls.known == nil {
			ls.known = map[string]*line[S]{}
		}
		if len(ls.known) >= mostLines {
			for other := range ls.known {
				delete(ls.known, other)
				break
			}
		}
		l = &line[S]{rules: r}
		ls.known[id] = l
	}
	ls.mu.Unlock()
	l.mu.Lock()
	return l
}

// attempts is how often a command is decided, when others keep coming first.
const attempts = 8

// carryOut looks for the command in the aggregate's history, decides it and
// appends what was decided; on a conflict it decides afresh on what is so by
// then. What l holds may be out of date: nothing is refused or left undone
// before the log has been asked for what came after it.
func carryOut[S any](ctx context.Context, d scribe, a events.Aggregate, l *line[S], how Request, decide func(S, int) ([]events.Fact, error)) (Outcome, error) {
	if err := how.check(); err != nil {
		return Outcome{}, err
	}
	var failed error
	for attempt := range attempts {
		if attempt > 0 || how.Seen > 0 {
			if err := l.catchUp(ctx, d.log, a); err != nil {
				return Outcome{}, unread(failed, err)
			}
		}
		if version := l.head.Commands.Version(how.Command); version > 0 {
			out, err := d.recorded(ctx, a, version)
			return out, unread(failed, err)
		}
		if how.Seen > 0 && how.Seen != l.head.Version {
			return Outcome{}, d.conflict(ctx, a, how.Seen)
		}
		facts, err := decide(l.state, l.head.Version+1)
		if err != nil || len(facts) == 0 || how.DryRun {
			if attempt == 0 && how.Seen == 0 {
				continue // on what may be out of date: ask the log first
			}
			if err != nil {
				return Outcome{}, err
			}
			return Outcome{Aggregate: a, Version: l.head.Version, Facts: facts}, nil
		}
		commit, err := d.append(ctx, a, l.head, how, facts)
		switch {
		case err == nil:
			_ = l.follow(ctx, d.log, a, events.History{commit}) // it is stored, whatever becomes of this line
			return Outcome{Aggregate: a, Version: commit.Version, Position: commit.Position, Facts: commit.Facts}, nil
		case !errors.Is(err, ErrConflict) && !errors.Is(err, ErrUncertain):
			return Outcome{}, unsure(failed, err)
		}
		failed = err
	}
	return Outcome{}, fmt.Errorf("%s is busy: %w, %d times over", a.ID, failed, attempts)
}

// unread returns the error of a log that did not read. After an append of
// which it is not known whether it was stored, that is still not known.
func unread(failed, err error) error {
	if err != nil && errors.Is(failed, ErrUncertain) {
		return fmt.Errorf("%w, and the log could not be read: %w", failed, err)
	}
	return err
}

// unsure returns the error of an append that stored nothing. After one of which
// it is not known whether it was stored, that is still not known: it may be yet.
func unsure(failed, err error) error {
	if errors.Is(failed, ErrUncertain) {
		return fmt.Errorf("%w, and another attempt failed: %w", failed, err)
	}
	return err
}

// remember takes over what somebody else knew, and changes nothing of theirs.
func (l *line[S]) remember(head events.Head, state S) { l.head, l.state = head, state }

// catchUp takes in what the log holds of a beyond l.
func (l *line[S]) catchUp(ctx context.Context, log Log, a events.Aggregate) error {
	news, err := log.Read(ctx, a, l.head.Position)
	if err != nil {
		return err
	}
	return l.follow(ctx, log, a, news)
}

// follow takes in the commits that come next. A correction changes what went
// before, so that the state is folded afresh. If that fails the line forgets
// everything, and begins again when it is next wanted.
func (l *line[S]) follow(ctx context.Context, log Log, a events.Aggregate, news events.History) (err error) {
	defer func() {
		if err != nil {
			var nothing S
			l.head, l.state = events.Head{}, nothing
		}
	}()
	known := l.head.Version
	for _, r := range news {
		if err := l.head.Advance(r); err != nil {
			return err
		}
	}
	if !slices.ContainsFunc(news, func(r events.Recorded) bool { return r.Corrects() }) {
		for _, r := range news {
			l.state = l.rules.evolve(l.state, r)
		}
		return nil
	}
	history := news
	if known > 0 {
		if history, err = log.Read(ctx, a, 0); err != nil {
			return err
		}
	}
	if len(history) < l.head.Version {
		return fmt.Errorf("%w: %s lacks its version %d", events.ErrDamaged, a, l.head.Version)
	}
	l.state = l.rules.fold(history[:l.head.Version])
	return nil
}
