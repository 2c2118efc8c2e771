package natslog

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	// try is how long a cluster's leader is waited for before it is taken for
	// lost, and asked for again: another may lead by then.
	try = 2 * time.Second

	// retry is how long to wait before that, and lag how long a copy of the log
	// may be behind the others before what it lacks is taken to be missing.
	retry = 50 * time.Millisecond
	lag   = 5 * time.Second
)

// The errors of a cluster in which nobody leads for the moment.
const (
	codeNotAvailable = 10008
	codeNotLeader    = 10009
)

// patiently calls f until it succeeds. On a single server that is once. In a
// cluster a server may be lost, and another takes over within seconds; and one
// copy of the log may lag behind another, which f says with its error. ctx must
// have an end.
func (l *Log) patiently(ctx context.Context, f func(context.Context) (lags bool, err error)) error {
	if l.replicas == 1 {
		_, err := f(ctx)
		return err
	}
	for began := time.Now(); ; {
		tried, cancel := context.WithTimeout(ctx, try)
		lags, err := f(tried)
		cancel()
		passing := lags && time.Since(began) < lag || !lags && passes(err)
		if err == nil || !passing || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(retry):
		}
	}
}

// passes reports whether an error may be that of a cluster which is about to
// find itself another leader.
func passes(err error) bool {
	if api, ok := errors.AsType[*jetstream.APIError](err); ok {
		return api.ErrorCode == codeNotAvailable || api.ErrorCode == codeNotLeader
	}
	return errors.Is(err, ErrUnavailable)
}

// limited gives ctx an end if it has none, so that nothing waits for ever.
func (l *Log) limited(ctx context.Context) (context.Context, context.CancelFunc) {
	if l.replicas > 1 {
		return limited(ctx, clusterAnswer)
	}
	return limited(ctx, answer)
}

func limited(ctx context.Context, most time.Duration) (context.Context, context.CancelFunc) {
	if _, has := ctx.Deadline(); has {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, most)
}
