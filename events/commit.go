// Package events holds the facts Parley stores: what happened in a case, in
// the directory of bodies, to the calendar, in the register of case numbers and
// to the alerts of deadlines.
//
// Facts reach the log as Commits: all that one command caused on one
// aggregate, sealed into a chain of hashes. The stored form only grows: names
// never change, fields are only added, older forms are upcast on reading, and
// what is unknown is an error that names it. Nothing here decides whether a
// fact may happen; that is the domain's work.
package events

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/google/uuid"

	"parley/domain/calendar"
)

// Kind is a sort of aggregate.
type Kind string

// The kinds of aggregate.
const (
	KindCase      Kind = "case"      // one negotiation; its ID is the reference, GLO-26-0001
	KindDirectory Kind = "directory" // practices and commissioners; one aggregate, "england"
	KindCalendar  Kind = "calendar"  // the bank holidays that are known; one aggregate, "bank-holidays"
	KindRegister  Kind = "register"  // case numbers given out; its ID is LMC code and year, GLO-26
	KindAlert     Kind = "alert"     // one alert of a deadline, one digest, or the "policy" that says which there are
)

// Aggregate names one line of history: facts that are decided together.
type Aggregate struct {
	Kind Kind
	ID   string
}

// Case returns the aggregate of the case with this reference.
func Case(ref string) Aggregate { return Aggregate{KindCase, ref} }

// Directory returns the aggregate that holds practices and commissioners.
func Directory() Aggregate { return Aggregate{KindDirectory, "england"} }

// Calendar returns the aggregate that holds which bank holidays are known.
func Calendar() Aggregate { return Aggregate{KindCalendar, "bank-holidays"} }

// Register returns the aggregate that gives out case numbers for series, such as GLO-26.
func Register(series string) Aggregate { return Aggregate{KindRegister, series} }

// Alert returns the aggregate of the alert with this ID, such as
// GLO-26-0001_D7-1_day_20261026.
func Alert(id string) Aggregate { return Aggregate{KindAlert, id} }

// AlertPolicy returns the aggregate that holds who is warned, when and how.
func AlertPolicy() Aggregate { return Aggregate{KindAlert, "policy"} }

// String returns kind and ID, as case/GLO-26-0001.
func (a Aggregate) String() string { return string(a.Kind) + "/" + a.ID }

// isAggregateID reports whether id is letters, digits, - and _, and begins with
// a letter or digit.
func isAggregateID(id string) bool {
	for i := range len(id) {
		switch c := id[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case i > 0 && (c == '_' || c == '-'):
		default:
			return false
		}
	}
	return id != ""
}

// ParseAggregate reads what String wrote. IDs are letters, digits, - and _.
func ParseAggregate(s string) (Aggregate, error) {
	kind, id, _ := strings.Cut(s, "/")
	a := Aggregate{Kind(kind), id}
	if err := a.Check(); err != nil {
		return Aggregate{}, err
	}
	return a, nil
}

// Check returns an error unless a names a line of history that there can be:
// one that ParseAggregate reads.
func (a Aggregate) Check() error {
	switch a.Kind {
	case KindCase, KindDirectory, KindCalendar, KindRegister, KindAlert:
	default:
		return fmt.Errorf("%q names an unknown kind of aggregate", a)
	}
	if !isAggregateID(a.ID) {
		return fmt.Errorf("%q is not the name of an aggregate", a)
	}
	return nil
}

// Fact is an event and the day it was so in the world.
type Fact struct {
	On    calendar.Date
	Event Event

	// Follows marks a fact that the nearest earlier one of its commit, not so
	// marked, brought about: the deadline that a notice sets. A correction of
	// the cause carries its consequences with it.
	Follows bool
}

// EventID names one fact of an aggregate: the commit's version, and the
// fact's place in it from 1. It reads 7.2. The zero EventID names none.
type EventID struct{ Version, Index int }

// String returns the ID as people write it, 7.2.
func (id EventID) String() string { return fmt.Sprintf("%d.%d", id.Version, id.Index) }

// before reports whether id stands earlier in the aggregate's history than o.
func (id EventID) before(o EventID) bool {
	return id.Version < o.Version || id.Version == o.Version && id.Index < o.Index
}

// IsZero reports whether id names no fact.
func (id EventID) IsZero() bool { return id == EventID{} }

// MarshalText writes the ID as String does, and no ID as nothing. It refuses
// what ParseEventID would not read.
func (id EventID) MarshalText() ([]byte, error) {
	if id.IsZero() {
		return nil, nil
	}
	text := id.String()
	if _, err := ParseEventID(text); err != nil {
		return nil, err
	}
	return []byte(text), nil
}

// UnmarshalText reads what MarshalText wrote, and 7 for the first fact of commit 7.
func (id *EventID) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*id = EventID{}
		return nil
	}
	parsed, err := ParseEventID(string(text))
	if err != nil {
		return err
	}
	*id = parsed
	return nil
}

var eventID = regexp.MustCompile(`^([1-9]\d{0,8})(?:\.([1-9]\d{0,8}))?$`)

// ParseEventID reads 7.2, or 7 for the first fact of commit 7.
func ParseEventID(s string) (EventID, error) {
	m := eventID.FindStringSubmatch(s)
	if m == nil {
		return EventID{}, fmt.Errorf("%q is not the number of an event: write it as the timeline shows it, such as 7.1", s)
	}
	id := EventID{Index: 1}
	_, _ = fmt.Sscan(m[1], &id.Version)
	if m[2] != "" {
		_, _ = fmt.Sscan(m[2], &id.Index)
	}
	return id, nil
}

// Commit is all that one command caused on one aggregate. It is stored whole
// or not at all, as one message.
type Commit struct {
	Command    uuid.UUID // the command's ID, a UUIDv7: the same command is never stored twice
	Aggregate  Aggregate
	Version    int       // 1 for an aggregate's first commit, then without gaps
	Actor      string    // who said it
	RecordedAt time.Time // when Parley was told, UTC; never earlier than the commit before
	Previous   Hash      // the hash of the aggregate's commit before this, zero for the first
	Facts      []Fact

	Digest Hash // of the stored facts
	Hash   Hash // over Previous, Digest and all of the above but the facts themselves
}

// ID returns the ID of the commit's fact at index i, counted from 0.
func (c Commit) ID(i int) EventID { return EventID{c.Version, i + 1} }

// Recorded is a commit as the log holds it.
type Recorded struct {
	Commit
	Position uint64 // its place in the whole log, from 1
}

// ErrDamaged is wrapped by every error that means the stored bytes are not
// what was written.
var ErrDamaged = errors.New("the record is damaged")

// ErrNewer is wrapped by every error that means that a newer version of Parley
// wrote what was read.
var ErrNewer = errors.New("written by a newer version of Parley")
