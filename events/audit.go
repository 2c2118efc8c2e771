package events

import (
	"errors"
	"fmt"

	"github.com/google/uuid"
)

// Placed is what a log has at one position, whether or not it reads.
type Placed struct {
	Position  uint64
	Aggregate Aggregate // in whose line it stands; zero if that is nobody's
	Stored    []byte
}

// Finding is one thing that is wrong with a log.
type Finding struct {
	Position  uint64    // where; of several positions the first
	Through   uint64    // the last of several positions; else as Position
	Aggregate Aggregate // whose; zero if that is not known
	Version   int       // of the aggregate; 0 if that is not known
	Wrong     string    // what, in words
	Err       error     // wraps ErrDamaged or ErrNewer
}

// Audit walks a whole log and names everything that is wrong with it, where
// reading would stop at the first. Give it every position with Next, in order,
// then take the Report.
type Audit struct {
	lines    map[Aggregate]*line
	commands map[seenCommand]int // → version
	marks    map[uint64]Hash
	before   func(Aggregate) (History, error) // see After
	report   Report
}

// Report is what an Audit found.
type Report struct {
	After      uint64 // the position after which the walk began; 0 if it walked the whole log
	Commits    int    // that read
	Facts      int
	Aggregates int
	Last       uint64 // the last position
	Findings   []Finding
}

// OK reports whether nothing is wrong.
func (r Report) OK() bool { return len(r.Findings) == 0 }

// Err returns nil if nothing is wrong, and otherwise an error that wraps what
// the first finding does, and says how many more there are.
func (r Report) Err() error {
	switch n := len(r.Findings); n {
	case 0:
		return nil
	case 1:
		return fmt.Errorf("position %d: %w", r.Findings[0].Position, r.Findings[0].Err)
	default:
		return fmt.Errorf("position %d: %w (and %d more)", r.Findings[0].Position, r.Findings[0].Err, n-1)
	}
}

// line is how far one aggregate has been followed.
type line struct {
	number     int // among the aggregates, to keep seenCommand small
	version    int
	hash       Hash
	unreadable int  // commits after version that did not read
	unfounded  bool // what it had before the walk is not known
}

type seenCommand struct {
	line    int
	command uuid.UUID
}

// NewAudit returns an Audit of a log.
func NewAudit() *Audit {
	return &Audit{lines: map[Aggregate]*line{}, commands: map[seenCommand]int{}, marks: map[uint64]Hash{}}
}

// Expect says that the log is known to hold a commit with this hash at this
// position. Call it before Next.
func (a *Audit) Expect(position uint64, hash Hash) {
	if position > 0 {
		a.marks[position] = hash
	}
}

// After makes it an audit of what stands after a position, and of nothing
// before. before returns the commits of an aggregate up to that position, to
// whose last the walk's first is tied; an error of it is a finding. Call it
// before Next.
func (a *Audit) After(position uint64, before func(Aggregate) (History, error)) {
	a.report.After, a.report.Last, a.before = position, position, before
}

// Next takes in what the log has at the next position that has anything.
func (a *Audit) Next(p Placed) {
	if p.Position > a.report.Last+1 {
		a.missing(a.report.Last+1, p.Position-1)
	}
	if p.Position <= a.report.Last {
		a.find(p.Position, p.Aggregate, 0, fmt.Errorf("%w: the log goes back from position %d", ErrDamaged, a.report.Last))
		return
	}
	a.report.Last = p.Position
	c, err := Decode(p.Stored)
	if err != nil {
		if p.Aggregate != (Aggregate{}) {
			a.line(p.Aggregate).unreadable++
		}
		a.find(p.Position, p.Aggregate, 0, err)
		return
	}
	a.report.Commits++
	a.report.Facts += len(c.Facts)
	if p.Stored[0] != '{' { // JSON passes over space, and nobody wrote any
		a.find(p.Position, c.Aggregate, c.Version, fmt.Errorf("%w: something stands before the commit that was not written with it", ErrDamaged))
	}
	if c.Aggregate != p.Aggregate {
		a.find(p.Position, c.Aggregate, c.Version, fmt.Errorf("%w: a commit of %s stands in the line of %q", ErrDamaged, c.Aggregate, p.Aggregate))
	}
	if hash, marked := a.marks[p.Position]; marked && hash != c.Hash {
		a.find(p.Position, c.Aggregate, c.Version, fmt.Errorf("%w: this is not the commit that is known to have been stored here", ErrDamaged))
	}
	delete(a.marks, p.Position)
	a.follow(p.Position, c)
}

// follow checks that c comes right after what its aggregate had, and goes on from it.
func (a *Audit) follow(position uint64, c Commit) {
	l := a.line(c.Aggregate)
	if l.unfounded {
		l.version, l.hash, l.unfounded = c.Version-1, c.Previous, false
	}
	err := c.Continues(l.version, l.hash)
	if l.unreadable > 0 && c.Version == l.version+l.unreadable+1 {
		err = nil // its predecessor is a finding already
	}
	if err != nil {
		a.find(position, c.Aggregate, c.Version, err)
	}
	seen := seenCommand{l.number, c.Command}
	if earlier, twice := a.commands[seen]; twice {
		a.find(position, c.Aggregate, c.Version, fmt.Errorf("%w: the command %s was stored as version %d already", ErrDamaged, c.Command, earlier))
	}
	a.commands[seen] = c.Version
	l.version, l.hash, l.unreadable = c.Version, c.Hash, 0
}

// Report returns what was found. last is the position at which the log ended
// when the walk began; what it has not got up to there is missing.
func (a *Audit) Report(last uint64) Report {
	for position := range a.marks {
		last = max(last, position)
	}
	if last > a.report.Last {
		a.missing(a.report.Last+1, last)
		a.report.Last = last
	}
	a.report.Aggregates = len(a.lines)
	return a.report
}

func (a *Audit) line(of Aggregate) *line {
	l := a.lines[of]
	if l == nil {
		l = &line{number: len(a.lines)}
		a.lines[of] = l
		a.recall(of, l)
	}
	return l
}

// recall brings a line to where it stood before the walk, if that begins in the
// middle of the log.
func (a *Audit) recall(of Aggregate, l *line) {
	if a.before == nil {
		return
	}
	history, err := a.before(of)
	if err != nil {
		l.unfounded = true
		a.find(a.report.Last, of, 0, fmt.Errorf("what it follows on cannot be read: %w", err))
		return
	}
	for _, r := range history {
		l.version, l.hash = r.Version, r.Hash
		a.commands[seenCommand{l.number, r.Command}] = r.Version
	}
}

func (a *Audit) missing(from, through uint64) {
	what := fmt.Sprintf("the commits at positions %d to %d are missing", from, through)
	if from == through {
		what = fmt.Sprintf("the commit at position %d is missing", from)
	}
	a.report.Findings = append(a.report.Findings, Finding{
		Position: from, Through: through, Wrong: what, Err: fmt.Errorf("%w: %s", ErrDamaged, what),
	})
}

func (a *Audit) find(position uint64, of Aggregate, version int, err error) {
	wrong := err.Error()
	if inner := errors.Unwrap(err); inner != nil && inner == ErrDamaged {
		wrong = wrong[min(len(wrong), len(ErrDamaged.Error())+len(": ")):]
	}
	a.report.Findings = append(a.report.Findings, Finding{position, position, of, version, wrong, err})
}
