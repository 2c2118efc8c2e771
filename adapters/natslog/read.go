package natslog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"

	"parley/events"
)

// batch is how many commits are asked for in one request.
const batch = 512

// catchUp is how long to wait before asking a copy again that lags behind.
const catchUp = 5 * time.Millisecond

// Read returns the commits of a after a position, as casework.Log describes.
// Each is checked against its own hash and its predecessor's. Nothing says so much of
// the last one: the server forgets it if its subject is damaged. So a whole history is
// to reach as far as the index knows, or to have as many commits as the server counts.
func (l *Log) Read(ctx context.Context, a events.Aggregate, after uint64) (events.History, error) {
	ctx, cancel := l.limited(ctx)
	defer cancel()
	if after > 0 {
		return l.readWhole(ctx, a, after, nil)
	}
	var known []uint64
	if l.index != nil {
		known = l.index.Positions(ctx, a)
	}
	if len(known) == 0 {
		return l.readCounted(ctx, a)
	}
	h, err := l.readWhole(ctx, a, 0, l.indexed(ctx, a, known))
	if last := known[len(known)-1]; err == nil && last > reaches(h, 0) {
		err = l.checkLost(ctx, a, last)
	}
	if err != nil {
		return nil, err
	}
	return h, nil
}

// readCounted reads the whole history of an aggregate of which the index knows nothing.
func (l *Log) readCounted(ctx context.Context, a events.Aggregate) (events.History, error) {
	n, err := l.count(ctx, a) // before, as others append meanwhile
	if err != nil {
		return nil, err
	}
	h, err := l.readWhole(ctx, a, 0, nil)
	if err == nil && uint64(len(h)) < n {
		return nil, fmt.Errorf("%w: %s has %d commits, and %d are found in its line", events.ErrDamaged, a, n, len(h))
	}
	return h, err
}

// readWhole is readOn, and notes how far the log goes.
func (l *Log) readWhole(ctx context.Context, a events.Aggregate, after uint64, h events.History) (events.History, error) {
	h, err := l.readOn(ctx, a, after, h)
	if err != nil {
		return nil, err
	}
	if len(h) > 0 {
		l.saw(Mark{h[len(h)-1].Position, h[len(h)-1].Hash})
	}
	return h, nil
}

// readOn searches for what comes after h, a's commits after a position, until it
// has the last that the stream's leader has. It may have to search again: a copy
// of the log lags behind. On a single server what cannot be found then is damaged,
// for what cannot be read is said to be absent.
func (l *Log) readOn(ctx context.Context, a events.Aggregate, after uint64, h events.History) (events.History, error) {
	last, err := l.lastOf(ctx, a)
	for tried := 0; err == nil && reaches(h, after) < last; tried++ {
		if tried > 0 && l.replicas == 1 {
			return nil, fmt.Errorf("%w: position %d of the log cannot be read", events.ErrDamaged, last)
		}
		if tried > 0 {
			select {
			case <-ctx.Done():
				return nil, unavailable("a copy of the log lags behind", ctx.Err())
			case <-time.After(catchUp):
			}
		}
		h, err = l.search(ctx, a, after, h)
	}
	return h, err
}

// checkLost returns an error that wraps events.ErrDamaged if a commit of a that the
// index knows of is in the log, and cannot be read or is not found in the line. Where the
// log does not reach the position, or has another's commit there, the index is wrong.
func (l *Log) checkLost(ctx context.Context, a events.Aggregate, position uint64) error {
	s, err := l.state(ctx)
	if err != nil || position > s.LastSeq {
		return err
	}
	r, err := l.commit(ctx, position)
	if err == nil && r.Aggregate == a {
		err = fmt.Errorf("position %d: %w: this commit of %s is not found in its line", position, events.ErrDamaged, a)
	}
	return err
}

// search returns h with a's commits after it that some copy of the log finds.
func (l *Log) search(ctx context.Context, a events.Aggregate, after uint64, h events.History) (found events.History, err error) {
	err = l.patiently(ctx, func(ctx context.Context) (_ bool, err error) {
		found, err = l.readBatches(ctx, a, after, h)
		return false, err
	})
	return found, err
}

// reaches returns the position up to which h, read after a position, goes.
func reaches(h events.History, after uint64) uint64 {
	if len(h) == 0 {
		return after
	}
	return h[len(h)-1].Position
}

// readBatches returns h with a's commits after it, until there are no more.
func (l *Log) readBatches(ctx context.Context, a events.Aggregate, after uint64, h events.History) (events.History, error) {
	for began := len(h); ; {
		messages, err := jetstreamext.GetBatch(ctx, l.js, streamName, batch,
			jetstreamext.GetBatchSubject(subjectOf(a)), jetstreamext.GetBatchSeq(reaches(h, after)+1), jetstreamext.GetBatchMaxBytes(stretchBytes))
		if err != nil {
			return nil, unavailable("the log cannot be read", err)
		}
		pending, before := "", len(h)
		for m, err := range messages {
			if errors.Is(err, jetstreamext.ErrNoMessages) {
				if len(h) == began || l.replicas > 1 { // from a copy that lags behind the one before
					return h, nil
				}
				return nil, fmt.Errorf("%w: %s has more commits than can be read after position %d", events.ErrDamaged, a, reaches(h, after))
			}
			if err != nil {
				return nil, unavailable("the log cannot be read", err)
			}
			r, err := decode(m.Sequence, m.Data)
			if err != nil {
				return nil, err
			}
			if h, err = follow(h, a, after, r); err != nil {
				return nil, err
			}
			pending = m.Header.Get("Nats-Num-Pending")
		}
		switch {
		case len(h) == before: // the request's iterator ends in silence when time is up
			return nil, unavailable("the log cannot be read", errors.Join(ctx.Err(), errors.New("no answer in time")))
		case pending == "0":
			return h, nil
		}
	}
}

// follow adds r to h, a's commits after a position, if it comes next.
func follow(h events.History, a events.Aggregate, after uint64, r events.Recorded) (events.History, error) {
	if r.Aggregate != a {
		return nil, fmt.Errorf("position %d: %w: a commit of %s stands in the line of %s", r.Position, events.ErrDamaged, r.Aggregate, a)
	}
	var err error
	switch {
	case len(h) > 0:
		err = r.Continues(h[len(h)-1].Version, h[len(h)-1].Hash)
	case after == 0:
		err = r.Continues(0, events.Hash{})
	}
	if err != nil {
		return nil, fmt.Errorf("position %d: %w", r.Position, err)
	}
	return append(h, r), nil
}

// lastOf asks the stream's leader for the last position of an aggregate; 0 if
// it has none.
func (l *Log) lastOf(ctx context.Context, a events.Aggregate) (uint64, error) {
	for tried := 0; ; tried++ {
		position, err := l.askLast(ctx, a)
		if err != nil || position > 0 {
			return position, err
		}
		n, err := l.count(ctx, a)
		switch {
		case err != nil || n == 0:
			return 0, err
		case tried > 0: // not merely appended in between
			return 0, fmt.Errorf("%w: %d commits of %s cannot be read", events.ErrDamaged, n, a)
		}
	}
}

// askLast is lastOf, but that it may be damage if there is none. A single server
// is asked directly, which takes a quarter of the time.
func (l *Log) askLast(ctx context.Context, a events.Aggregate) (uint64, error) {
	if l.replicas > 1 {
		m, err := l.fromLeader(ctx, map[string]any{"last_by_subj": subjectOf(a)})
		if m == nil {
			return 0, err
		}
		return m.Sequence, nil
	}
	m, err := l.nc.RequestWithContext(ctx, direct+"."+subjectOf(a), nil)
	switch {
	case err != nil:
		return 0, unavailable("the log cannot be read", err)
	case m.Header.Get("Status") == "404":
		return 0, nil
	}
	position, err := strconv.ParseUint(m.Header.Get("Nats-Sequence"), 10, 64)
	if err != nil {
		return 0, unavailable("the log cannot be read", errors.New(m.Header.Get("Status")+" "+m.Header.Get("Description")))
	}
	return position, nil
}

// count asks the stream's leader how many commits of an aggregate it has.
func (l *Log) count(ctx context.Context, a events.Aggregate) (n uint64, err error) {
	subject := subjectOf(a)
	err = l.patiently(ctx, func(ctx context.Context) (bool, error) {
		info, err := l.stream.Info(ctx, jetstream.WithSubjectFilter(subject))
		if err != nil {
			return false, unavailable("the log cannot be read", err)
		}
		n = info.State.Subjects[subject]
		return false, nil
	})
	return n, err
}

// leaderMessage is a message as the stream's leader answers with it.
type leaderMessage struct {
	Sequence uint64 `json:"seq"`
	Subject  string `json:"subject"`
	Data     []byte `json:"data"`
}

// fromLeader asks the stream's leader for one message; nil if there is none.
func (l *Log) fromLeader(ctx context.Context, what map[string]any) (m *leaderMessage, err error) {
	request, err := json.Marshal(what)
	if err != nil {
		return nil, err
	}
	err = l.patiently(ctx, func(ctx context.Context) (_ bool, err error) {
		m, err = l.askLeader(ctx, request)
		return false, err
	})
	return m, err
}

func (l *Log) askLeader(ctx context.Context, request []byte) (*leaderMessage, error) {
	answer, err := l.nc.RequestWithContext(ctx, "$JS.API.STREAM.MSG.GET."+streamName, request)
	if err != nil {
		return nil, unavailable("the log cannot be read", err)
	}
	var got struct {
		Message *leaderMessage      `json:"message"`
		Error   *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(answer.Data, &got); err != nil {
		return nil, unavailable("the log cannot be read", err)
	}
	if got.Error != nil && got.Error.ErrorCode != jetstream.JSErrCodeMessageNotFound {
		return nil, unavailable("the log cannot be read", got.Error)
	}
	return got.Message, nil
}

// commit reads the commit at a position. A position that has none is damage.
func (l *Log) commit(ctx context.Context, position uint64) (events.Recorded, error) {
	m, err := l.fromLeader(ctx, map[string]any{"seq": position})
	if err != nil {
		return events.Recorded{}, err
	}
	if m == nil {
		return events.Recorded{}, missing(position)
	}
	return decode(position, m.Data)
}

// checkPredecessor checks that r, the log's last commit, follows from its
// aggregate's commit before it.
func (l *Log) checkPredecessor(ctx context.Context, r events.Recorded) error {
	if r.Version == 1 {
		return l.checkFirst(ctx, r)
	}
	version, hash := 0, events.Hash{}
	if r.Position > 1 {
		messages, err := jetstreamext.GetLastMsgsFor(ctx, l.js, streamName, []string{subjectOf(r.Aggregate)},
			jetstreamext.GetLastMsgsUpToSeq(r.Position-1))
		if err != nil {
			return unavailable("the log cannot be read", err)
		}
		for m, err := range messages {
			if errors.Is(err, jetstreamext.ErrNoMessages) {
				break
			}
			if err != nil {
				return unavailable("the log cannot be read", err)
			}
			before, err := decode(m.Sequence, m.Data)
			if err != nil {
				return err
			}
			version, hash = before.Version, before.Hash
		}
		if err := ctx.Err(); err != nil {
			return unavailable("the log cannot be read", err)
		}
	}
	if err := r.Continues(version, hash); err != nil {
		return fmt.Errorf("position %d: %w", r.Position, err)
	}
	return nil
}

// checkFirst checks that r, the last commit when the log was looked at, is the
// first of its aggregate. The server would search the whole log for another; it
// is asked for their number, which it knows. Only if there are more by now, as
// others append meanwhile, is it asked which is the first.
func (l *Log) checkFirst(ctx context.Context, r events.Recorded) error {
	n, err := l.count(ctx, r.Aggregate)
	if err != nil {
		return err
	}
	if n != 1 {
		first, err := l.fromLeader(ctx, map[string]any{"seq": 1, "next_by_subj": subjectOf(r.Aggregate)})
		if err != nil {
			return err
		}
		if first == nil || first.Sequence != r.Position {
			return fmt.Errorf("position %d: %w: %s has %d commits, and this one says that it is the first", r.Position, events.ErrDamaged, r.Aggregate, n)
		}
	}
	if err := r.Continues(0, events.Hash{}); err != nil {
		return fmt.Errorf("position %d: %w", r.Position, err)
	}
	return nil
}

// decode reads the commit that a position of the log holds.
func decode(position uint64, stored []byte) (events.Recorded, error) {
	c, err := events.Decode(stored)
	if err != nil {
		return events.Recorded{}, fmt.Errorf("position %d: %w", position, err)
	}
	return events.Recorded{Commit: c, Position: position}, nil
}

// missing is the error for a position that should have a commit and has none.
func missing(position uint64) error {
	return fmt.Errorf("%w: the commit at position %d is missing", events.ErrDamaged, position)
}
