package natslog

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"parley/domain/casework"
	"parley/events"
)

// JetStream's error codes that say why a message was not stored.
const (
	codeWrongLast         = 10071 // the subject's last message is another
	codeWrongLastInFlight = 10164 // the same, found while another was being stored
	codeSameIDInFlight    = 10158 // a message with this ID is being stored
	codeSameIDInBatch     = 10201
	codeNoResources       = 10023
	codeNoStorage         = 10047
	codeStoreFailed       = 10077
	codeOverAccount       = 10122
)

// Append stores c as casework.Log describes. Beside its errors there are
// ErrTooLarge, ErrNoSpace and ErrUnavailable, with which nothing was stored
// either unless ErrUncertain is there too.
func (l *Log) Append(ctx context.Context, c events.Sealed, expect uint64) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if err := c.Aggregate.Check(); err != nil {
		return 0, err
	}
	if most := l.nc.MaxPayload(); int64(len(c.Stored)) > most-headroom {
		return 0, fmt.Errorf("%w: %s version %d has %d KiB, and %d KiB is the most: record it in several parts",
			ErrTooLarge, c.Aggregate, c.Version, len(c.Stored)>>10, (most-headroom)>>10)
	}
	if l.alive.Err() != nil {
		return 0, failed(context.Cause(l.alive))
	}
	ctx, cancel := l.whileAlive(ctx)
	defer cancel()
	before := l.Seen().Position
	message := nats.NewMsg(subjectOf(c.Aggregate))
	message.Data = c.Stored
	ack, err := l.publish(ctx, message, c, expect)
	switch {
	case err != nil && l.alive.Err() != nil:
		return 0, fmt.Errorf("%w: %w", casework.ErrUncertain, failed(context.Cause(l.alive)))
	case err != nil:
		return 0, refused(err)
	case ack.Duplicate:
		return l.stored(ctx, c, ack.Sequence)
	case ack.Sequence <= before:
		return 0, fmt.Errorf("%w: %w: the log had reached position %d and now counts on from %d",
			casework.ErrUncertain, events.ErrDamaged, before, ack.Sequence)
	}
	l.saw(Mark{ack.Sequence, c.Hash})
	return ack.Sequence, nil
}

// publish sends the message and waits for the answer. A cluster refuses what
// seems to come while something else is being stored on its subject, although
// that has been acknowledged or will not be: then nothing was stored, and it is
// sent again unless the log has gone on in the meantime.
func (l *Log) publish(ctx context.Context, m *nats.Msg, c events.Sealed, expect uint64) (*jetstream.PubAck, error) {
	for {
		ack, err := l.publishOnce(ctx, m, c, expect)
		api, ok := errors.AsType[*jetstream.APIError](err)
		if !ok || l.replicas == 1 || api.ErrorCode != codeWrongLastInFlight && api.ErrorCode != codeSameIDInFlight {
			return ack, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(catchUp):
		}
		if last, unread := l.lastOf(ctx, c.Aggregate); unread != nil || last != expect {
			return nil, err
		}
	}
}

// publishOnce sends the message once. In a cluster the server that leads may be
// lost with the answer, or nobody leads yet: it is not waited for long, as the
// log is asked next what became of it.
func (l *Log) publishOnce(ctx context.Context, m *nats.Msg, c events.Sealed, expect uint64) (*jetstream.PubAck, error) {
	options := []jetstream.PublishOpt{
		// A command may touch several aggregates, and each commit is its own message.
		jetstream.WithMsgID(c.Command.String() + "/" + c.Aggregate.String()),
		jetstream.WithExpectLastSequencePerSubject(expect),
	}
	if l.replicas > 1 {
		options = append(options, jetstream.WithRetryAttempts(int(acknowledge/jetstream.DefaultPubRetryWait))) // while nobody leads
		limited, cancel := context.WithTimeout(ctx, acknowledge)
		defer cancel()
		ctx = limited
	}
	return l.js.PublishMsg(ctx, m, options...)
}

// whileAlive gives ctx an end if it has none, and ends it if the server fails.
func (l *Log) whileAlive(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := l.limited(ctx)
	stop := context.AfterFunc(l.alive, cancel)
	return ctx, func() { stop(); cancel() }
}

// failed turns the reason for which the server failed into the log's own errors.
func failed(why error) error {
	if outOfRoom(why.Error()) {
		return fmt.Errorf("%w: %w", ErrNoSpace, why)
	}
	return unavailable("nothing can be recorded", why)
}

// outOfRoom reports whether an operating system said that a disk is full.
func outOfRoom(said string) bool {
	s := strings.ToLower(said)
	return strings.Contains(s, "no space left") || strings.Contains(s, "not enough space") || strings.Contains(s, "quota exceeded")
}

// acknowledge is how long one attempt waits for a cluster to acknowledge it.
const acknowledge = 5 * time.Second

// headroom is what a message's headers may take of the payload limit, in bytes.
const headroom = 4 << 10

// stored returns c's position if it is what the log has there. JetStream knows
// the command's ID; but the commit may be another than the one it caused then.
func (l *Log) stored(ctx context.Context, c events.Sealed, position uint64) (uint64, error) {
	r, err := l.commit(ctx, position)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", casework.ErrUncertain, err)
	}
	if r.Hash != c.Hash {
		return 0, fmt.Errorf("%w: command %s has been recorded at position %d", casework.ErrConflict, c.Command, position)
	}
	return position, nil
}

// refused turns what a publish failed with into the log's own errors.
func refused(err error) error {
	var api *jetstream.APIError
	switch {
	case errors.As(err, &api):
		return refusedBy(api)
	case errors.Is(err, nats.ErrMaxPayload):
		return fmt.Errorf("%w: %w", ErrTooLarge, err)
	case errors.Is(err, jetstream.ErrNoStreamResponse):
		return unavailable("nothing was recorded", err)
	default: // no answer, a broken connection, an answer that does not read
		return fmt.Errorf("%w: %w", casework.ErrUncertain, err)
	}
}

func refusedBy(api *jetstream.APIError) error {
	switch api.ErrorCode {
	case codeWrongLast, codeWrongLastInFlight, codeSameIDInFlight, codeSameIDInBatch:
		return fmt.Errorf("%w: %w", casework.ErrConflict, api)
	case codeNoResources, codeNoStorage, codeOverAccount:
		return fmt.Errorf("%w: %w", ErrNoSpace, api)
	case codeStoreFailed:
		if outOfRoom(api.Description) {
			return fmt.Errorf("%w: %w", ErrNoSpace, api)
		}
		return fmt.Errorf("%w: %w", casework.ErrUncertain, api)
	default:
		return fmt.Errorf("the log refused it: %w", api)
	}
}
