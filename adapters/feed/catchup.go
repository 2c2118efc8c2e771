package feed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"parley/events"
)

// commit is a commit on its way to the views.
type commit struct {
	events.Recorded
	history func() (events.History, error) // its aggregate's, up to and with the commit, if that corrects something
}

// CatchUp takes in what the log holds beyond the views, so that readers see it.
// It returns at once if they have reached position atLeast, unless that is 0,
// which asks for all there is. It writes only where there is much of it: see Write.
//
// It is cut off by ctx between commits; what was taken in by then stays. Its
// errors are those of the Source, *Ahead, ErrBehind if the log does not reach
// atLeast, ErrUnwritable if there is too much to take in unwritten, and one that
// wraps events.ErrDamaged if the log disagrees with itself.
func (f *Feed) CatchUp(ctx context.Context, atLeast uint64) error {
	for tries := 0; ; tries++ {
		if has, err := f.has(atLeast); has || err != nil {
			return err
		}
		err := f.catchUpNow(ctx, atLeast)
		if !errors.Is(err, ErrBehind) || tries == lagTries {
			return err
		}
		if err := pause(ctx, lagPause); err != nil {
			return err
		}
	}
}

// catchUpNow is CatchUp up to where the log ends now: nobody else is kept waiting
// until it goes on.
func (f *Feed) catchUpNow(ctx context.Context, atLeast uint64) error {
	f.catching.Lock()
	defer f.catching.Unlock()
	if has, err := f.has(atLeast); has || err != nil {
		return err
	}
	return f.catchUp(ctx, atLeast)
}

// Take is CatchUp up to a commit that the caller has read from the log, or
// appended to it: where that is the next, nothing need be read.
func (f *Feed) Take(ctx context.Context, r events.Recorded) error {
	if taken, err := f.takeNext(ctx, r); taken || err != nil {
		return err
	}
	return f.CatchUp(ctx, r.Position) // which puts right what is not as it should be
}

// takeNext takes in a commit if it is the next, or known already.
func (f *Feed) takeNext(ctx context.Context, r events.Recorded) (taken bool, err error) {
	f.catching.Lock()
	defer f.catching.Unlock()
	if has, err := f.has(r.Position); has || err != nil {
		return has, err
	}
	for _, v := range f.views {
		if v.reached().Position+1 != r.Position { // nothing comes in between later
			return false, nil
		}
	}
	err = f.takeIn(ctx, []events.Recorded{r})
	return err == nil || errors.Is(err, ErrUnwritable), nil // it is in memory, and Write says what is wrong with the disk
}

// How often, and after what pause, a log is asked again that has not reached a
// position: a copy in a cluster may lag behind for a moment.
const (
	lagTries = 40
	lagPause = 50 * time.Millisecond
)

// catchUp takes in all there is, and puts right what stands in the way. Its error is
// ErrBehind if the log does not reach atLeast yet. The caller holds catching.
func (f *Feed) catchUp(ctx context.Context, atLeast uint64) error {
	var tried attempt
	for {
		err := f.pass(ctx)
		if atLeast > 0 && errors.Is(err, ErrUnwritable) && least(f.views, view.reached) >= atLeast {
			err = nil
		}
		if err != nil {
			if err := f.putRight(err, &tried); err != nil {
				return err
			}
			continue
		}
		f.note(tried.repairs)
		if position := least(f.views, view.reached); position < atLeast {
			return fmt.Errorf("%w: %d, and it ends at %d", ErrBehind, atLeast, position)
		}
		return nil
	}
}

// attempt is what was tried to bring about one catching-up.
type attempt struct {
	repairs []Repair // of single views
	rebuilt map[view]bool
	afresh  bool // the whole file was begun again
}

// putRight makes ready for another pass after one that failed, where what may
// be to blame was not rebuilt already. Otherwise it returns the error.
func (f *Feed) putRight(err error, tried *attempt) error {
	var wrong *disagreement
	switch {
	case errors.As(err, &wrong) && !tried.rebuilt[wrong.view]:
		if tried.rebuilt == nil {
			tried.rebuilt = map[view]bool{}
		}
		tried.rebuilt[wrong.view] = true
		name, _ := wrong.view.describe()
		tried.repairs = append(tried.repairs, Repair{View: name, Why: wrong.err})
		f.mu.Lock()
		f.rebuild(wrong.view)
		f.mu.Unlock()
		return nil
	case errors.Is(err, ErrUnreadable) && !tried.afresh:
		tried.afresh = true
		return f.afresh(err)
	}
	return err
}

// disagreement says that a view and the log do not agree.
type disagreement struct {
	view view
	err  error
}

func (e *disagreement) Error() string { return e.err.Error() }
func (e *disagreement) Unwrap() error { return e.err }

// How many commits the views take in at once, and how many at a time are worth
// writing at once and a processor for each view.
const (
	batch = 256
	many  = 1024
)

// How many bytes of the documents of a view on disk are kept in memory, twice
// over: ordinarily, and while many commits are taken in.
const (
	roomAtRest = 2 << 20
	roomAtWork = 16 << 20
)

// pass takes in what the log holds beyond the views. It begins with the commit
// that they have reached, to see that the log still holds it.
func (f *Feed) pass(ctx context.Context) error {
	after := least(f.views, view.reached)
	if after > 0 {
		after--
	}
	var last uint64
	var waiting []events.Recorded
	commits := 0
	err := f.source.Scan(ctx, after, func(r events.Recorded) error {
		last = max(last, r.Position)
		if waiting = append(waiting, r); len(waiting) < f.batch {
			return nil
		}
		if commits += len(waiting); commits >= many {
			f.give(roomAtWork)
		}
		all := waiting
		waiting = waiting[:0]
		return f.takeIn(ctx, all)
	})
	if len(waiting) > 0 && ctx.Err() == nil {
		err = cmp.Or(f.takeIn(ctx, waiting), err)
	}
	if commits >= many {
		f.give(roomAtRest)
	}
	if err != nil {
		return err
	}
	for _, v := range f.views {
		if reached := v.reached().Position; reached > last {
			return f.ahead(ctx, reached)
		}
	}
	if commits >= many {
		err = f.write()
	}
	if errors.Is(err, ErrUnwritable) { // all that there is has been taken in: it is for Write to say so
		return nil
	}
	return err
}

// give gives every view so much room for documents that are on disk as well.
func (f *Feed) give(room int) {
	for _, v := range f.views {
		v.give(room)
	}
}

// takeIn lets the views take in what comes next, and readers see it, and writes
// if that is due. On a disk that was full it is left to Write to try again, unless
// much comes at once.
func (f *Feed) takeIn(ctx context.Context, all []events.Recorded) error {
	commits := make([]commit, len(all))
	for i, r := range all {
		commits[i] = commit{Recorded: r}
		if r.Corrects() {
			commits[i].history = f.historyOnce(ctx, r)
		}
	}
	if err := f.grow(commits); err != nil {
		for _, v := range f.views { // a commit is seen in all of them, or in none
			v.forget()
		}
		return err
	}
	f.mu.Lock()
	for _, v := range f.views {
		v.show()
	}
	f.shown = max(f.shown, least(f.views, view.reached))
	f.mu.Unlock()
	bytes := 0
	for _, v := range f.views {
		bytes += v.weight()
	}
	if f.unwritten += len(all); !f.full(f.unwritten, bytes) || f.stuck && len(all) <= few {
		return nil
	}
	return f.write()
}

// grow lets each view take in commits, side by side if there are many.
func (f *Feed) grow(commits []commit) error {
	errs := make([]error, len(f.views))
	var all sync.WaitGroup
	for i, v := range f.views {
		grow := func() { errs[i] = v.take(commits) }
		if len(commits) > few {
			all.Go(grow)
		} else {
			grow()
		}
	}
	all.Wait()
	return cmp.Or(errs...)
}

// historyOnce returns what history does, read when it is first asked for.
func (f *Feed) historyOnce(ctx context.Context, r events.Recorded) func() (events.History, error) {
	return sync.OnceValues(func() (events.History, error) { return f.history(ctx, r) })
}

// history returns the commits of r's aggregate up to and with r.
func (f *Feed) history(ctx context.Context, r events.Recorded) (events.History, error) {
	h, err := f.source.Read(ctx, r.Aggregate, 0)
	if err != nil {
		return nil, err
	}
	if len(h) < r.Version || r.Version < 1 || h[r.Version-1].Hash != r.Hash {
		return nil, fmt.Errorf("position %d: %w: the history of %s does not lead to its version %d", r.Position, events.ErrDamaged, r.Aggregate, r.Version)
	}
	return h[:r.Version], nil
}

// ahead returns the *Ahead of views that reached a position where the log, it
// turned out, has nothing.
func (f *Feed) ahead(ctx context.Context, reached uint64) error {
	low, high := uint64(0), reached // the log ends at low or later, and before high
	for low+1 < high {
		middle := low + (high-low)/2
		found := false
		err := f.source.Scan(ctx, middle-1, func(events.Recorded) error {
			found = true
			return errEnough
		})
		if err != nil && !errors.Is(err, errEnough) {
			return err
		}
		if found {
			low = middle
		} else {
			high = middle
		}
	}
	return &Ahead{Views: reached, Log: low, File: f.path}
}

// errEnough stops a scan that has found what it was for.
var errEnough = errors.New("enough")

// note keeps what was put right.
func (f *Feed) note(repairs []Repair) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.repairs = append(f.repairs, repairs...)
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
