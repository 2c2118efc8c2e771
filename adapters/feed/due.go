package feed

import (
	"context"
	"errors"
	"slices"
	"sync"

	"parley/projections/docket"
)

// Due returns the deadlines that q asks for, as docket.List does. What can still
// fall due is answered from what KeepDue keeps, which is waited for if it has begun:
// that takes no longer than to go through the documents beside it. Where it has not,
// and whatever else is asked, it is answered from the documents.
func (v *Views) Due(ctx context.Context, q docket.Query) ([]*docket.Row, error) {
	if q.Ref != "" {
		doc, found, err := v.Docket.Get(ctx, q.Ref)
		if err != nil || !found {
			return []*docket.Row{}, err
		}
		return docket.List(slices.Values([]docket.Doc{doc}), q)
	}
	var failed error
	docs := v.Docket.All(ctx, &failed)
	if !q.All {
		switch kept, err := v.keptDue(ctx); {
		case err != nil:
			return nil, err
		case kept != nil:
			var rows []*docket.Row
			err := v.steadily(ctx, func() (err error) {
				rows, err = kept.list(q)
				return err
			})
			return rows, err
		}
		docs = v.Docket.some(ctx, docket.MayAwait, &failed)
	}
	rows, err := docket.List(docs, q)
	return rows, errors.Join(err, failed)
}

// KeepDue keeps the deadlines that can still fall due in memory, in order, for as
// long as the views are open: for a process that stays. They stand as on that
// day, until Due is asked about another. First it goes through every document.
func (v *Views) KeepDue(ctx context.Context, day docket.Day) error {
	kept := &dueList{board: docket.NewBoard(day), filled: make(chan struct{})}
	defer close(kept.filled)
	v.due.Store(kept)
	err := v.Docket.Follow(ctx, kept)
	if err != nil {
		v.due.Store(nil)
	}
	return err
}

// KeepsDue reports whether KeepDue is done, so that Due is answered at once.
func (v *Views) KeepsDue() bool {
	kept := v.due.Load()
	if kept == nil {
		return false
	}
	select {
	case <-kept.filled:
		return true
	default:
		return false
	}
}

// keptDue returns what KeepDue keeps, once it is all there; nil if it keeps nothing.
func (v *Views) keptDue(ctx context.Context) (*dueList, error) {
	kept := v.due.Load()
	if kept == nil {
		return nil, nil
	}
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-kept.filled:
		return v.due.Load(), nil
	}
}

// dueList is a board that follows the docket. It implements Follower, and Choosy.
type dueList struct {
	filled chan struct{} // closed when every document was gone through, or could not be

	mu    sync.RWMutex
	board *docket.Board
}

// Concerned implements Choosy.
func (l *dueList) Concerned(stored []byte) bool { return docket.MayAwait(stored) }

// Changed implements Follower.
func (l *dueList) Changed(_ string, doc docket.Doc) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.board.Put(doc)
}

// Gone implements Follower.
func (l *dueList) Gone(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.board.Remove(key)
}

// Reset implements Follower.
func (l *dueList) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.board = docket.NewBoard(l.board.Day())
}

// list answers from the board, which is counted afresh where the day is another,
// or other holidays or bodies are known.
func (l *dueList) list(q docket.Query) ([]*docket.Row, error) {
	if rows, answered, err := l.asItIs(q); answered {
		return rows, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.board.Answers(q) {
		l.board = l.board.On(q.Day)
	}
	return l.board.List(q)
}

func (l *dueList) asItIs(q docket.Query) (rows []*docket.Row, answered bool, err error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if !l.board.Answers(q) {
		return nil, false, nil
	}
	rows, err = l.board.List(q)
	return rows, true, err
}
