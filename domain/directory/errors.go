package directory

import (
	"errors"
	"fmt"
	"strings"

	"parley/domain/calendar"
)

// Why a body cannot be had. Each is matched by a type of error that carries
// the particulars.
var (
	ErrMalformedCode       = errors.New("not an ODS code of this sort of body")       // MalformedCode
	ErrUnknownPractice     = errors.New("no such practice in the directory")          // UnknownPractice
	ErrUnknownCommissioner = errors.New("no such commissioner in the directory")      // UnknownCommissioner
	ErrNotOpen             = errors.New("the practice is not open on that day")       // NotOpen
	ErrAbolished           = errors.New("the commissioner was abolished")             // Abolished
	ErrNotYetEstablished   = errors.New("the commissioner did not exist by that day") // NotYetEstablished
)

// MalformedCode says that a code cannot be that of a practice, or of a commissioner.
type MalformedCode struct {
	Code  string
	Body  string // practice or commissioner
	Shape string // what such a code looks like
}

func malformedPractice(code string) MalformedCode {
	return MalformedCode{code, "practice", "a letter and five digits, such as A81001"}
}

func malformedCommissioner(code string) MalformedCode {
	return MalformedCode{code, "commissioner", "QR1, or S1Y5D since April 2026"}
}

func (e MalformedCode) Error() string {
	return fmt.Sprintf("%q is not the ODS code of a %s: it looks like %s", e.Code, e.Body, e.Shape)
}

// Is matches ErrMalformedCode.
func (MalformedCode) Is(target error) bool { return target == ErrMalformedCode }

// UnknownPractice says that the directory has no practice with this code.
type UnknownPractice struct{ Code string }

func (e UnknownPractice) Error() string {
	return fmt.Sprintf("no practice with the code %s is in the directory", e.Code)
}

// Is matches ErrUnknownPractice.
func (UnknownPractice) Is(target error) bool { return target == ErrUnknownPractice }

// UnknownCommissioner says that the directory has no ICB with this code.
type UnknownCommissioner struct{ Code string }

func (e UnknownCommissioner) Error() string {
	return fmt.Sprintf("no commissioner with the code %s is in the directory", e.Code)
}

// Is matches ErrUnknownCommissioner.
func (UnknownCommissioner) Is(target error) bool { return target == ErrUnknownCommissioner }

// NotOpen says that a practice is not open on a day.
type NotOpen struct {
	Code, Name string
	On         calendar.Date
	Closed     calendar.Date // its last day before On; none if it had not opened yet
	Opens      calendar.Date // its first day after On; none if it did not open again
}

func (e NotOpen) Error() string {
	who := fmt.Sprintf("%s (%s)", e.Name, e.Code)
	switch {
	case e.Closed.IsZero() && e.Opens.IsZero():
		return fmt.Sprintf("%s was not open on %s", who, day(e.On))
	case e.Closed.IsZero():
		return fmt.Sprintf("%s was not open on %s: its first day is %s", who, day(e.On), day(e.Opens))
	case e.Opens.IsZero():
		return fmt.Sprintf("%s closed on %s", who, day(e.Closed))
	}
	return fmt.Sprintf("%s was not open on %s: it closed on %s and opened again on %s", who, day(e.On), day(e.Closed), day(e.Opens))
}

// Is matches ErrNotOpen.
func (NotOpen) Is(target error) bool { return target == ErrNotOpen }

// Abolished says that an ICB no longer exists on a day, and who took over.
type Abolished struct {
	Code, Name string
	LastDay    calendar.Date
	Successors []Commissioner // those that exist on the day asked about
}

func (e Abolished) Error() string {
	var names []string
	for _, s := range e.Successors {
		names = append(names, s.String())
	}
	was := fmt.Sprintf("%s (%s) was abolished on %s", e.Name, e.Code, day(e.LastDay))
	switch len(names) {
	case 0:
		return was
	case 1:
		return was + ": its successor is " + names[0]
	}
	last := len(names) - 1
	return was + ": its successors are " + strings.Join(names[:last], ", ") + " and " + names[last]
}

// Is matches ErrAbolished.
func (Abolished) Is(target error) bool { return target == ErrAbolished }

// NotYetEstablished says that an ICB began later than the day asked about.
type NotYetEstablished struct {
	Code, Name string
	From       calendar.Date
}

func (e NotYetEstablished) Error() string {
	return fmt.Sprintf("%s (%s) did not exist before %s", e.Name, e.Code, day(e.From))
}

// Is matches ErrNotYetEstablished.
func (NotYetEstablished) Is(target error) bool { return target == ErrNotYetEstablished }

// day returns d as messages write it: 31 March 2026.
func day(d calendar.Date) string {
	if d.IsZero() {
		return "no known day"
	}
	return d.Time().Format("2 January 2006")
}
