package rpc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"parley/events"
)

// Keeping is what is asked by those who look after the log: who check it, and
// keep backups of it.
type Keeping interface {
	// End returns where the log ends.
	End(ctx context.Context) (End, error)

	// ScanStored calls f with what stands at each position after one, up to the
	// last there is when it is called, in order, whether it reads or not, and
	// stops at f's first error. It returns the last position.
	ScanStored(ctx context.Context, after uint64, f func(events.Placed) error) (uint64, error)

	// Verify walks the log from there on, checks it, and changes nothing. An error
	// is ErrNothingSince where the log does not reach so far.
	Verify(ctx context.Context, from Since) (events.Report, error)

	// NoteBackup keeps in mind that a backup was made, for Examine.
	NoteBackup(ctx context.Context, b Backup) error
}

// ErrNothingSince says that there is nothing in the log from where it is to be
// looked at.
var ErrNothingSince = errors.New("nothing was recorded since")

// End is where a log ends.
type End struct {
	Position uint64      // of the last commit; 0 if there is none
	Hash     events.Hash // of that commit
	Bytes    int64       // what the log takes on disk; 0 if that is not known
}

// Since says where in the log to begin: the zero Since is its beginning.
type Since struct {
	Position uint64    // with this one
	Time     time.Time // or with the first commit that was recorded then or later
}

// Backup says where a backup is and what it holds.
type Backup struct {
	Path      string      `json:"path"`          // of the file, on its machine
	Host      string      `json:"host"`          // the name of that machine
	Taken     time.Time   `json:"taken"`         // UTC
	Position  uint64      `json:"position"`      // up to which it goes
	Hash      events.Hash `json:"hash,omitzero"` // of the commit there; zero from a client of an older version
	Encrypted bool        `json:"encrypted"`     // to age recipients
}

// The verbs of those who look after the log.
const (
	verbVerify = "verify"
	verbEnd    = "end"
	verbWalk   = "walk"
	verbBackup = "note-backup"
)

// stride is how many bytes of commits an answer holds when the log is walked; it
// may be exceeded by the last of them.
const stride = 4 << 20

type (
	askWalk    struct{ After uint64 }
	walkAnswer struct {
		Placed  []placed
		Through uint64 // up to which position this is all there is
		Last    uint64 // the last position of the log
	}
	placed struct {
		Position  uint64 `json:"position"`
		Aggregate string `json:"aggregate"`
		Stored    []byte `json:"stored"`
	}
)

func onLog() []*verb {
	return []*verb{
		answerVerify(),
		answering(verbEnd, smallBody, func(ctx context.Context, o Served, _ nothing) (End, error) { return o.End(ctx) }),
		answering(verbWalk, smallBody, answerWalk),
		answering(verbBackup, smallBody, func(ctx context.Context, o Served, b Backup) (nothing, error) {
			return nothing{}, o.NoteBackup(ctx, b)
		}),
	}
}

// errStride ends a walk of which an answer is full.
var errStride = errors.New("this is enough for one answer")

func answerWalk(ctx context.Context, o Served, q askWalk) (walkAnswer, error) {
	end, err := o.End(ctx)
	if err != nil {
		return walkAnswer{}, err
	}
	a, bytes := walkAnswer{Placed: []placed{}}, 0
	a.Last, err = o.ScanStored(ctx, q.After, func(p events.Placed) error {
		whose := ""
		if p.Aggregate != (events.Aggregate{}) {
			whose = p.Aggregate.String()
		}
		a.Placed = append(a.Placed, placed{p.Position, whose, p.Stored})
		if bytes += len(p.Stored); bytes >= stride {
			return errStride
		}
		return nil
	})
	if errors.Is(err, errStride) {
		a.Through, a.Last = a.Placed[len(a.Placed)-1].Position, max(a.Last, end.Position)
		return a, nil
	}
	a.Through = a.Last
	return a, err
}

// End implements Office.
func (c *Client) End(ctx context.Context) (End, error) {
	return ask[End](ctx, c, verbEnd, nothing{}, false)
}

// ScanStored implements Office. The log travels a few MiB at a time.
func (c *Client) ScanStored(ctx context.Context, after uint64, f func(events.Placed) error) (uint64, error) {
	last := uint64(0)
	for first := true; first || after < last; first = false {
		got, err := askFor[walkAnswer](ctx, c, verbWalk, askWalk{after}, false, 8*c.o.Patience)
		if err != nil {
			return 0, err
		}
		if first {
			last = got.Last
		}
		for _, p := range got.Placed {
			if p.Position > last {
				return last, nil
			}
			whose := events.Aggregate{}
			if p.Aggregate != "" {
				if whose, err = events.ParseAggregate(p.Aggregate); err != nil {
					return 0, fmt.Errorf("%w: %w", ErrGarbled, err)
				}
			}
			if err := f(events.Placed{Position: p.Position, Aggregate: whose, Stored: p.Stored}); err != nil {
				return 0, err
			}
		}
		if got.Through <= after && after < last {
			return 0, fmt.Errorf("%w: the log is said to go on after position %d, and does not", ErrGarbled, after)
		}
		after = got.Through
	}
	return last, nil
}

// NoteBackup implements Office.
func (c *Client) NoteBackup(ctx context.Context, b Backup) error {
	_, err := ask[nothing](ctx, c, verbBackup, b, false)
	return err
}
