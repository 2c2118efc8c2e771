package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"

	"github.com/nats-io/nats.go"

	"parley/events"
)

// Change says that something was recorded, and that the views have seen it.
type Change struct {
	Kind     events.Kind `json:"kind"`
	ID       string      `json:"id"`       // of the aggregate
	Version  int         `json:"version"`  // that it has now
	Position uint64      `json:"position"` // in the log
}

// Announce tells whoever listens what was recorded. It is called once the views
// have taken it in. With several servers each tells it.
func (s *Service) Announce(c Change) error {
	body, err := json.Marshal(c)
	if err == nil {
		err = s.nc.Publish(subjects+changes+"."+string(c.Kind)+"."+c.ID, body)
	}
	if err != nil {
		return fmt.Errorf("a change was not told: %w", err)
	}
	return nil
}

// ErrMissed says that changes were told that did not arrive.
var ErrMissed = errors.New("changes were missed")

// ready is how many changes may wait to be looked at.
const ready = 4096

// Changes yields what is recorded from now on, each change once, until ctx ends
// or the caller stops. Listening has begun when it returns. Where some were
// missed, or nothing more comes for now because the connection is lost, it yields
// ErrMissed: look at everything again.
func (c *Client) Changes(ctx context.Context) (iter.Seq2[Change, error], error) {
	heard := make(chan *nats.Msg, ready)
	sub, err := c.nc.ChanSubscribe(subjects+changes+".>", heard)
	if err == nil {
		err = c.nc.FlushTimeout(c.o.Patience)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnreachable, err)
	}
	return func(yield func(Change, error) bool) {
		defer func() { _ = sub.Unsubscribe() }()
		again := c.nc.StatusChanged(nats.RECONNECTING, nats.CONNECTED, nats.CLOSED)
		defer c.nc.RemoveStatusListener(again)
		var told uint64
		dropped := 0
		for {
			var change Change
			var err error
			select {
			case <-ctx.Done():
				return
			case <-again:
				err = ErrMissed
			case m := <-heard:
				if err = strict(m.Data, &change); err != nil {
					err = fmt.Errorf("%w: %w", ErrGarbled, err)
				}
			}
			if lost, _ := sub.Dropped(); err == nil && lost > dropped {
				dropped, err = lost, ErrMissed
			}
			if err == nil && change.Position <= told {
				continue // another server said so before
			}
			told = max(told, change.Position)
			c.reached(change.Position)
			if !yield(change, err) {
				return
			}
		}
	}, nil
}
