// Package natslog is the event log on JetStream.
//
// One commit is one message on the literal subject of its aggregate, es.KIND.ID,
// in the stream ES, published with the subject's expected last position. What
// JetStream's position within the stream is, is the commit's position in the log.
//
// It promises what casework.Log asks for, and that damage does not go unseen:
// the log is looked over when it is opened, every commit that is read is checked
// against its own hash and its predecessor's, and a stream that once existed is
// never begun again. Every error that means damage wraps events.ErrDamaged.
package natslog

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"parley/events"
)

const (
	streamName = "ES"
	prefix     = "es."

	// duplicates is how long JetStream itself remembers message IDs: they cost
	// memory, and the log is searched for commands anyway.
	duplicates = 2 * time.Minute

	// answer is how long a request waits that the caller set no limit to, and
	// clusterAnswer where another server of a cluster may first have to take over.
	answer        = 10 * time.Second
	clusterAnswer = 20 * time.Second
)

// Errors beside those of casework and events.
var (
	ErrNoSpace     = errors.New("there is no room left for the log")
	ErrTooLarge    = errors.New("this is more than the log takes in one piece")
	ErrUnavailable = errors.New("the log does not answer")
	ErrUnsafe      = errors.New("the log is not set up to keep what it is given")
	ErrOtherLMC    = errors.New("this is another log")
	ErrNoLog       = errors.New("there is no log")
	ErrBegun       = errors.New("there is a log already, and a backup is restored where there is none")
	ErrUnfilled    = errors.New("a restore was cut short here, and the log is not whole")
	ErrAlone       = errors.New("this NATS server is not one of a cluster, and keeps one copy of a log")
)

// Mark names a commit of the log. The zero Mark names none.
type Mark struct {
	Position uint64
	Hash     events.Hash
}

// Guard is what is known of a log before it is opened.
type Guard struct {
	Existed bool // the log was begun: it must not be begun again
	Mark    Mark // a commit that it is known to hold
	Joins   bool // somebody else begins the log, and nothing else is known of it: without one, ErrNoLog
	Audit   bool // the caller walks the whole log and judges it: Open lets it be damaged

	// Begun notes for good that the log has been begun. It is called before Open
	// returns if Existed is false. It may be nil.
	Begun func() error

	// Alive ends when the server fails, with the reason as its cause, so that
	// nobody waits for an answer that does not come. It may be nil.
	Alive context.Context

	Replicas int // copies of a new log in a cluster; 0 is 1

	// LMC is the code of the LMC whose log it must be, and Rehearsal whether it
	// must be one for training. Both are kept with a log when it is begun. Without
	// a code anybody's will do, as will a log of a time when they were not kept.
	LMC       string
	Name      string // the LMC's, kept likewise; it is for OwnerOf, and need not be the same
	Rehearsal bool

	// Filling is for a new log that is filled from a backup up to this position,
	// and that nobody else opens before it goes so far; 0: it is not.
	Filling uint64
}

// Log is an open event log. It is safe for concurrent use.
type Log struct {
	nc       *nats.Conn
	js       jetstream.JetStream
	stream   jetstream.Stream
	replicas int
	alive    context.Context
	seen     atomic.Pointer[Mark]
	index    Index       // nil: there is none
	inboxes  chan *inbox // that wait for nothing
}

// Open opens the log, beginning it if there never was one, and looks it over:
// its settings, that nothing is missing between its ends, that it holds what
// Guard says, and that its last commit is sound and follows from its predecessor.
// Errors wrap events.ErrDamaged, events.ErrNewer, ErrUnsafe, ErrOtherLMC,
// ErrNoLog, ErrBegun, ErrUnfilled, ErrAlone or ErrUnavailable.
func Open(ctx context.Context, nc *nats.Conn, g Guard) (*Log, error) {
	ctx, cancel := limited(ctx, clusterAnswer)
	defer cancel()
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, err
	}
	s, err := find(ctx, js, g)
	if err != nil {
		return nil, err
	}
	info := s.CachedInfo()
	l := &Log{nc: nc, js: js, stream: s, replicas: max(1, info.Config.Replicas), alive: g.Alive, inboxes: make(chan *inbox, kept)}
	if l.alive == nil {
		l.alive = context.Background()
	}
	l.seen.Store(&Mark{})
	if err := errors.Join(whose(info.Config, g), sound(info.Config), filled(info, g)); err != nil {
		return nil, err
	}
	if !g.Audit {
		if err := l.lookOver(ctx, info.State, g); err != nil {
			return nil, err
		}
	}
	if !g.Existed && g.Begun != nil {
		if err := g.Begun(); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// lookOver checks that nothing is missing, and both ends.
func (l *Log) lookOver(ctx context.Context, s jetstream.StreamState, g Guard) error {
	if err := l.whole(s, g); err != nil {
		return err
	}
	return l.patiently(ctx, func(ctx context.Context) (lags bool, err error) {
		err = l.checkEnds(ctx, s.LastSeq, g.Mark)
		return errors.Is(err, events.ErrDamaged), err // the predecessor is read from any copy
	})
}

// whole checks that nothing is missing between the ends of the log.
func (l *Log) whole(s jetstream.StreamState, g Guard) error {
	switch {
	case s.LastSeq < g.Mark.Position:
		return fmt.Errorf("%w: the log ends at position %d, and had reached %d", events.ErrDamaged, s.LastSeq, g.Mark.Position)
	case s.LastSeq > 0 && s.FirstSeq != 1:
		return fmt.Errorf("%w: the log begins at position %d: what stood before is gone", events.ErrDamaged, s.FirstSeq)
	case s.NumDeleted > 0 || s.Msgs != s.LastSeq:
		return fmt.Errorf("%w: %d of the log's %d commits are gone", events.ErrDamaged, s.LastSeq-s.Msgs, s.LastSeq)
	}
	return nil
}

// checkEnds checks that the commit the mark names is the one that was stored,
// the last commit, and that it follows from its predecessor. If the last is the
// one that was marked, its hash says so already, and its predecessor, which the
// server may have to search the whole log for, is left alone.
func (l *Log) checkEnds(ctx context.Context, last uint64, mark Mark) error {
	if last == 0 {
		return nil
	}
	tail, err := l.commit(ctx, last)
	if err != nil {
		return err
	}
	marked := tail
	if mark.Position != last {
		if err := l.checkPredecessor(ctx, tail); err != nil {
			return err
		}
		if mark.Position > 0 {
			if marked, err = l.commit(ctx, mark.Position); err != nil {
				return err
			}
		}
	}
	if mark.Position > 0 && marked.Hash != mark.Hash {
		return fmt.Errorf("%w: position %d of the log does not hold the commit that was stored there", events.ErrDamaged, mark.Position)
	}
	l.saw(Mark{last, tail.Hash})
	return nil
}

// Seen returns the last commit that this Log has appended or read itself: what
// is known to be stored, without asking. It never goes back.
func (l *Log) Seen() Mark { return *l.seen.Load() }

func (l *Log) saw(m Mark) {
	for {
		old := l.seen.Load()
		if old.Position >= m.Position || l.seen.CompareAndSwap(old, &m) {
			return
		}
	}
}

// Last returns the last commit of the log; the zero Mark if it has none.
func (l *Log) Last(ctx context.Context) (Mark, error) {
	ctx, cancel := l.limited(ctx)
	defer cancel()
	state, err := l.state(ctx)
	if err != nil || state.LastSeq == 0 {
		return Mark{}, err
	}
	r, err := l.commit(ctx, state.LastSeq)
	if err != nil {
		return Mark{}, err
	}
	m := Mark{r.Position, r.Hash}
	l.saw(m)
	return m, nil
}

// Bytes returns how much the server keeps of the log, without its replicas.
func (l *Log) Bytes(ctx context.Context) (uint64, error) {
	ctx, cancel := l.limited(ctx)
	defer cancel()
	state, err := l.state(ctx)
	return state.Bytes, err
}

// state asks the stream's leader how far the log goes.
func (l *Log) state(ctx context.Context) (state jetstream.StreamState, err error) {
	err = l.patiently(ctx, func(ctx context.Context) (lags bool, err error) {
		seen := l.Seen() // before, as others append meanwhile
		info, err := l.stream.Info(ctx)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			return false, fmt.Errorf("%w: the log (the stream %s) is gone", events.ErrDamaged, streamName)
		}
		if err != nil {
			return false, unavailable("the log cannot be read", err)
		}
		state = info.State
		if state.LastSeq < seen.Position {
			return true, fmt.Errorf("%w: the log ends at position %d, and had reached %d", events.ErrDamaged, state.LastSeq, seen.Position)
		}
		return false, nil
	})
	return state, err
}

// unavailable wraps what a request failed with.
func unavailable(what string, err error) error {
	if errors.Is(err, context.Canceled) {
		return fmt.Errorf("%s: %w", what, err)
	}
	return fmt.Errorf("%s: %w: %w", what, ErrUnavailable, err)
}

// subjectOf returns the subject of an aggregate's commits.
func subjectOf(a events.Aggregate) string { return prefix + string(a.Kind) + "." + a.ID }

// aggregateOf returns whose commits have a subject; nobody's is the zero Aggregate.
func aggregateOf(subject string) events.Aggregate {
	a, err := events.ParseAggregate(strings.Replace(strings.TrimPrefix(subject, prefix), ".", "/", 1))
	if err != nil || subjectOf(a) != subject {
		return events.Aggregate{}
	}
	return a
}
