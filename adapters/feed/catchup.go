package feed

import (
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

// CatchUp takes in what the log holds beyond the views, and writes it. It
// returns at once if they have reached position atLeast, unless that is 0, which
// asks for all there is. Where there is nothing new nothing is written.
//
// It is cut off by ctx between commits; what was not written by then is taken
// in again next time. Its errors are those of the Source, *Ahead, ErrBehind if
// the log does not reach atLeast, ErrUnwritable, and one that wraps
// events.ErrDamaged if the log disagrees with itself.
func (f *Feed) CatchUp(ctx context.Context, atLeast uint64) error {
	f.catching.Lock()
	defer f.catching.Unlock()
	if atLeast > 0 && f.Position() >= atLeast {
		return nil
	}
	return f.catchUp(ctx, atLeast)
}

// How often, and after what pause, a log is asked again that has not reached a
// position: a copy in a cluster may lag behind for a moment.
const (
	lagTries = 40
	lagPause = 50 * time.Millisecond
)

func (f *Feed) catchUp(ctx context.Context, atLeast uint64) error {
	var tried attempt
	for tries := 0; ; {
		if err := f.pass(ctx); err != nil {
			for _, v := range f.views {
				v.forget()
			}
			if err := f.putRight(err, &tried); err != nil {
				return err
			}
			continue
		}
		f.note(tried.repairs)
		tried.repairs = nil
		position := f.Position()
		if position >= atLeast {
			return nil
		}
		if tries++; tries > lagTries {
			return fmt.Errorf("%w: %d, and it ends at %d", ErrBehind, atLeast, position)
		}
		if err := pause(ctx, lagPause); err != nil {
			return err
		}
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
		wrong.view.setStored(mark{})
		f.mu.Unlock()
		wrong.view.forget()
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

// pass takes in what the log holds beyond the views. It begins with the commit
// that they have reached, to see that the log still holds it.
func (f *Feed) pass(ctx context.Context) error {
	after := least(f.views, view.working)
	if after > 0 {
		after--
	}
	var last uint64
	commits := 0
	err := f.source.Scan(ctx, after, func(r events.Recorded) error {
		last = max(last, r.Position)
		if err := f.take(ctx, r); err != nil {
			return err
		}
		bytes := 0
		for _, v := range f.views {
			bytes += v.weight()
		}
		if commits++; !f.full(commits, bytes) {
			return nil
		}
		commits = 0
		return f.write()
	})
	if err != nil {
		return err
	}
	for _, v := range f.views {
		if reached := v.working().Position; reached > last {
			return f.ahead(ctx, reached)
		}
	}
	return f.write()
}

func (f *Feed) take(ctx context.Context, r events.Recorded) error {
	c := commit{Recorded: r}
	if r.Corrects() {
		c.history = f.historyOnce(ctx, r)
	}
	for _, v := range f.views {
		if err := v.take(c); err != nil {
			return err
		}
	}
	return nil
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
