package alerting

import (
	"errors"
	"fmt"
)

// What is refused. The error that is returned says what was refused and why.
var (
	ErrPolicy       = errors.New("the alert policy cannot be right")
	ErrUnknownAlert = errors.New("there is no such alert")
	ErrNoDeadline   = errors.New("there is no such deadline")
	ErrClaimed      = errors.New("the alert has been claimed")
	ErrNotClaimed   = errors.New("the alert has not been claimed")
	ErrSuperseded   = errors.New("the alert was superseded")
	ErrSent         = errors.New("the alert has been sent")
	ErrUncertain    = errors.New("it is not known whether the alert was delivered")
	ErrDelivery     = errors.New("the alert has no such delivery")
	ErrTooEarly     = errors.New("the time for it has not come")
	ErrGivenUp      = errors.New("it is not tried again")
	ErrSnooze       = errors.New("the alerts cannot be put off so long")
	ErrUnsigned     = errors.New("something needed was left out")
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
