package sched

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

const (
	leaseBucket = "LEASE"
	leaseKey    = "watch"

	// lapse is after how long without renewal the lease is free. It is renewed,
	// and others look whether it is free, every renewal.
	lapse   = 3 * time.Second
	renewal = time.Second
)

// ErrLost is why the context of a function ends that Lead called, if the lease
// was lost: another server may have it.
var ErrLost = errors.New("another server has taken over, or this one could not be reached")

// openLeases opens the bucket of leases. It is kept in memory: what it says is
// worth nothing a few seconds later.
func openLeases(ctx context.Context, js jetstream.JetStream, replicas int) (jetstream.KeyValue, error) {
	kv, err := js.KeyValue(ctx, leaseBucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		kv, err = js.CreateKeyValue(ctx, jetstream.KeyValueConfig{
			Bucket: leaseBucket, Description: "which of Parley's servers watches deadlines", History: 1, TTL: lapse,
			Storage: jetstream.MemoryStorage, Replicas: max(1, replicas),
		})
	}
	if err != nil {
		return nil, unavailable("the lease cannot be opened", err)
	}
	status, err := kv.Status(ctx)
	if err != nil {
		return nil, unavailable("the lease cannot be opened", err)
	}
	if status.TTL() != lapse {
		return nil, fmt.Errorf("%w (the bucket %s): the lease lapses after %s, not %s; delete it", ErrUnsafe, leaseBucket, status.TTL(), lapse)
	}
	return kv, nil
}

// Lead waits for the lease, calls f while it holds it, and gives it back when f
// returns; then it returns f's error. If the lease is lost f's ctx ends, with
// ErrLost as its cause, and when f has returned Lead waits for the lease again.
// It returns nil when ctx ends. name says which run of which server this is, and
// no other has it.
//
// When the holder dies another takes over within 5 s. For that long after it lost
// touch with the server, a holder may not know that it is one no more.
func (s *Schedule) Lead(ctx context.Context, name string, f func(context.Context) error) error {
	for {
		held, err := s.acquire(ctx, name)
		if err != nil {
			return ended(ctx, err)
		}
		err = s.hold(ctx, name, held, f)
		if ctx.Err() != nil {
			return nil
		}
		if !errors.Is(err, ErrLost) {
			return err
		}
	}
}

// Leader returns the name under which the lease is held; empty if nobody has it.
func (s *Schedule) Leader(ctx context.Context) (string, error) {
	ctx, cancel := limited(ctx)
	defer cancel()
	entry, err := s.leases.Get(ctx, leaseKey)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return "", nil
	}
	if err != nil {
		return "", unavailable("the lease cannot be read", err)
	}
	return string(entry.Value()), nil
}

// lease is the lease as somebody holds it.
type lease struct {
	revision uint64
	until    time.Time // by this machine's clock: it does not lapse earlier
}

// acquire waits until the lease is free, and takes it. A server that does not
// answer, as when its leader is being elected, is asked again.
func (s *Schedule) acquire(ctx context.Context, name string) (lease, error) {
	for {
		asked := time.Now()
		held, err := s.try(ctx, func(ctx context.Context) (uint64, error) {
			return s.leases.Create(ctx, leaseKey, []byte(name))
		})
		if err == nil {
			return lease{held, asked.Add(lapse)}, nil
		}
		if !errors.Is(err, jetstream.ErrKeyExists) { // the bucket may have gone with the server's memory
			_, _ = openLeases(ctx, s.js, s.replicas)
		}
		select {
		case <-ctx.Done():
			return lease{}, ctx.Err()
		case <-time.After(renewal):
		}
	}
}

// try makes one attempt, of which it waits no longer than for a renewal.
func (s *Schedule) try(ctx context.Context, attempt func(context.Context) (uint64, error)) (uint64, error) {
	ctx, cancel := context.WithTimeout(ctx, renewal)
	defer cancel()
	return attempt(ctx)
}

// hold calls f while the lease can be renewed. Its error is f's, or wraps ErrLost.
func (s *Schedule) hold(ctx context.Context, name string, l lease, f func(context.Context) error) error {
	running, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	returned := make(chan error, 1)
	go func() { returned <- f(running) }()
	ticker := time.NewTicker(renewal)
	defer ticker.Stop()
	for {
		select {
		case err := <-returned:
			s.giveBack(ctx, l)
			return err
		case <-ticker.C:
		}
		asked := time.Now()
		revision, err := s.try(context.WithoutCancel(ctx), func(ctx context.Context) (uint64, error) {
			return s.renew(ctx, name, l.revision)
		})
		switch {
		case err == nil:
			l = lease{revision, asked.Add(lapse)}
		case !taken(err) && time.Now().Add(renewal).Before(l.until):
			// it may yet be renewed
		default:
			stop(ErrLost)
			return errors.Join(ErrLost, <-returned)
		}
	}
}

// renew renews the lease and returns its new revision. If the answer to an
// earlier renewal was lost, the revision is another than was known.
func (s *Schedule) renew(ctx context.Context, name string, known uint64) (uint64, error) {
	revision, err := s.leases.Update(ctx, leaseKey, []byte(name), known)
	if !taken(err) {
		return revision, err
	}
	if entry, lookErr := s.leases.Get(ctx, leaseKey); lookErr == nil && string(entry.Value()) == name {
		return s.leases.Update(ctx, leaseKey, []byte(name), entry.Revision())
	}
	return 0, err
}

// taken reports whether a renewal failed because the lease is another's, or
// lapsed; otherwise there was no answer.
func taken(err error) bool {
	var api *jetstream.APIError
	return errors.As(err, &api) && api.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence
}

// giveBack frees the lease, so that nobody need wait for it to lapse.
func (s *Schedule) giveBack(ctx context.Context, l lease) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewal)
	defer cancel()
	_ = s.leases.Delete(ctx, leaseKey, jetstream.LastRevision(l.revision)) // otherwise it lapses by itself
}
