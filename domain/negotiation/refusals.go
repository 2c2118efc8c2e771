package negotiation

import (
	"errors"
	"fmt"

	"parley/domain/texts"
)

// Why a command is refused. Every refusal of Decide wraps one of these, and its
// own text says what was refused and why in the case at hand.
var (
	ErrClosed        = errors.New("the case is closed")
	ErrNotClosed     = errors.New("the case is not closed")
	ErrOpened        = errors.New("the case has been opened already")
	ErrNotOpened     = errors.New("there is no such case")
	ErrFuture        = errors.New("nothing is dated in the future")
	ErrTooEarly      = errors.New("it cannot have happened so early")
	ErrMissing       = errors.New("something needed was left out")
	ErrInvalid       = errors.New("a value is out of range")
	ErrTooLong       = texts.ErrTooLong
	ErrPatientData   = texts.ErrPatientData
	ErrNotParty      = errors.New("the practice is not a party to the case")
	ErrOtherICB      = errors.New("the practice belongs to another ICB")
	ErrNoGuidance    = errors.New("the LMC has not guided the practice")
	ErrNoticeRunning = errors.New("a notice of the practice for this service is running")
	ErrOtherNotice   = fmt.Errorf("%w in another case", ErrNoticeRunning)
	ErrNoNotice      = errors.New("the practice has no running notice")
	ErrNoticeEnded   = errors.New("the notice has run out")
	ErrNotYetEnded   = errors.New("the notice has not run out")
	ErrUnknownOffer  = errors.New("there is no such offer")
	ErrNotStanding   = errors.New("the offer no longer stands")
	ErrLapsed        = errors.New("the offer has lapsed")
	ErrAgreed        = errors.New("an agreement has been reached")
	ErrNotAgreed     = errors.New("nothing has been agreed")
	ErrNotSigned     = errors.New("the agreement has not been signed")
	ErrUnknownNumber = errors.New("there is nothing of that number")
	ErrSettled       = errors.New("it has been settled already")
	ErrUnknownEvent  = errors.New("there is no such event")
	ErrCorrection    = errors.New("the correction cannot stand")
)

// refusal is a refusal's own text and the reason it wraps.
type refusal struct {
	why  error
	text string
}

func (r *refusal) Error() string { return r.text }
func (r *refusal) Unwrap() error { return r.why }

// refuse returns a refusal for the reason why.
func refuse(why error, format string, args ...any) error {
	return &refusal{why, fmt.Sprintf(format, args...)}
}
