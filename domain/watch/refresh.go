package watch

import (
	"context"
	"hash/maphash"
	"sync"

	"parley/domain/alerting"
	"parley/domain/calendar"
)

// scene is what alerts follow from beside the cases.
type scene struct {
	policy  alerting.Policy
	cal     calendar.Calendar
	backlog alerting.Backlog // nil if it was not counted
}

// look takes in all that the log holds. Its error is ErrNoPolicy if nothing says
// who is to be warned.
func (w *Watch) look(ctx context.Context) (scene, error) {
	if err := w.Book.CatchUp(ctx, 0); err != nil {
		return scene{}, err
	}
	policy, err := w.Book.Policy(ctx)
	if err != nil {
		return scene{}, err
	}
	if policy.IsZero() {
		return scene{}, ErrNoPolicy
	}
	cal, err := w.Book.Calendar(ctx)
	return scene{policy: policy, cal: cal}, err
}

// refresher looks at the log's head for everybody who asks. Those who ask while
// it looks share the next look, for what they ask about may have come since.
type refresher struct {
	load func(context.Context) (scene, error)
	mu   sync.Mutex
	next *glance
	busy bool
}

// glance is one look at the log's head.
type glance struct {
	done  chan struct{}
	scene scene
	err   error
}

// refresh returns a scene that is as good as the log was when it was called, or
// better; the book is as well.
func (r *refresher) refresh(ctx context.Context) (scene, error) {
	r.mu.Lock()
	if r.next == nil {
		r.next = &glance{done: make(chan struct{})}
	}
	mine := r.next
	if !r.busy {
		r.busy = true
		go r.looks(context.WithoutCancel(ctx))
	}
	r.mu.Unlock()
	select {
	case <-mine.done:
		return mine.scene, mine.err
	case <-ctx.Done():
		return scene{}, ctx.Err()
	}
}

// looks looks until nobody asks any more.
func (r *refresher) looks(ctx context.Context) {
	for {
		r.mu.Lock()
		now := r.next
		r.next = nil
		if now == nil {
			r.busy = false
			r.mu.Unlock()
			return
		}
		r.mu.Unlock()
		now.scene, now.err = r.load(ctx)
		close(now.done)
	}
}

// locks is a lock for each of many names; some share one.
type locks struct {
	once sync.Once
	seed maphash.Seed
	of   [256]sync.Mutex
}

// lock locks a name, until the func that it returns is called.
func (l *locks) lock(name string) (unlock func()) {
	l.once.Do(func() { l.seed = maphash.MakeSeed() })
	m := &l.of[maphash.String(l.seed, name)%uint64(len(l.of))]
	m.Lock()
	return m.Unlock
}
