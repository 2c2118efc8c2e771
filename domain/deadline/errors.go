package deadline

import (
	"errors"
	"fmt"
	"strings"
)

// What can be wrong with a question, or with what is to happen to a clock. The
// error that is returned says what was refused and why.
var (
	ErrUncountable = errors.New("the limit cannot be counted")
	ErrParameter   = errors.New("a parameter of the rule is missing or out of bounds")
	ErrPause       = errors.New("the pause does not fit the clock")
	ErrExtension   = errors.New("the new date does not fit the clock")
	ErrEnded       = errors.New("the clock no longer runs")
	ErrUnknownRule = errors.New("no such rule")
	ErrNoClock     = errors.New("the rule states no limit that can be counted")
)

// refusal is an error of one of the kinds above, in words of its own.
type refusal struct {
	kind error
	text string
}

func (r refusal) Error() string { return r.text }
func (r refusal) Unwrap() error { return r.kind }

func refuse(kind error, format string, args ...any) error {
	return refusal{kind, fmt.Sprintf(format, args...)}
}

// UnknownRule says that the rulebook has no rule of this ID. It matches ErrUnknownRule.
type UnknownRule struct {
	ID   string
	Near []string // IDs that are like it, the likest first
}

func (e UnknownRule) Error() string {
	if len(e.Near) == 0 {
		return fmt.Sprintf("there is no rule %q", e.ID)
	}
	return fmt.Sprintf("there is no rule %q: there is %s", e.ID, strings.Join(e.Near, ", "))
}

// Is matches ErrUnknownRule.
func (UnknownRule) Is(target error) bool { return target == ErrUnknownRule }

// NoClock says that a rule is known and states nothing that can be counted. It
// matches ErrNoClock.
type NoClock struct {
	ID    string `json:"id"`
	Title string `json:"title"`
	Why   string `json:"why"`
}

func (e NoClock) Error() string {
	return fmt.Sprintf("%s (%s) has no clock: %s", e.ID, e.Title, e.Why)
}

// Is matches ErrNoClock.
func (NoClock) Is(target error) bool { return target == ErrNoClock }
