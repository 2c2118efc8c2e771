package negotiation

import (
	"regexp"

	"parley/domain/directory"
	"parley/events"
)

// SendFOI is a request under the Freedom of Information Act 2000. To left out
// is the case's commissioner.
type SendFOI struct {
	Dated
	To       string // an ODS code
	About    string
	Document string
}

// bodyCode is the form of any organisation's ODS code.
var bodyCode = regexp.MustCompile(`^[A-Z0-9]{3,8}$`)

func (cmd SendFOI) decide(c Case, given Circumstances) ([]events.Event, error) {
	if err := required("what is asked for", cmd.About); err != nil {
		return nil, err
	}
	sent := events.FOISent{Request: 1, To: cmd.To, About: cmd.About, Document: cmd.Document}
	if sent.To == "" {
		sent.To = c.ICB
	}
	switch {
	case directory.IsCommissionerCode(sent.To):
		icb, err := given.Bodies.Commissioner(sent.To, cmd.on(given))
		if err != nil {
			return nil, err
		}
		sent.ToName = icb.Name
	case !bodyCode.MatchString(sent.To):
		return nil, refuse(ErrInvalid, "%q is not the ODS code of a body", sent.To)
	}
	for _, r := range c.Requests {
		sent.Request = max(sent.Request, r.Request+1)
	}
	return []events.Event{sent}, c.notBefore(cmd.on(given), c.OpenedOn, c.Ref+" was opened")
}

// AnswerFOI is the answer to a request.
type AnswerFOI struct {
	Dated
	Request  int
	Outcome  events.FOIOutcome
	Text     string
	Document string
}

func (cmd AnswerFOI) decide(c Case, given Circumstances) ([]events.Event, error) {
	r := c.request(cmd.Request)
	switch {
	case r == nil:
		return nil, refuse(ErrUnknownNumber, "%s has no request %d: it has %d", c.Ref, cmd.Request, len(c.Requests))
	case !r.Answered.IsZero() && r.Outcome == cmd.Outcome && r.Answered == cmd.on(given):
		return nil, nil
	case !r.Answered.IsZero():
		return nil, refuse(ErrSettled, "request %d was answered on %s: correct that event if it was recorded wrongly", cmd.Request, r.Answered.Long())
	}
	if err := first(
		oneOf("the outcome", cmd.Outcome, events.Disclosed, events.Partly, events.Refused, events.NotHeld),
		c.notBefore(cmd.on(given), r.On, "the request was sent"),
	); err != nil {
		return nil, err
	}
	return []events.Event{events.FOIAnswered{Request: cmd.Request, Outcome: cmd.Outcome, Text: cmd.Text, Document: cmd.Document}}, nil
}

// AskFOIReview asks the body for an internal review of its answer.
type AskFOIReview struct {
	Dated
	Request  int
	Why      string
	Document string
}

func (cmd AskFOIReview) decide(c Case, given Circumstances) ([]events.Event, error) {
	r := c.request(cmd.Request)
	switch {
	case r == nil:
		return nil, refuse(ErrUnknownNumber, "%s has no request %d: it has %d", c.Ref, cmd.Request, len(c.Requests))
	case !r.ReviewAsked.IsZero():
		return nil, refuse(ErrSettled, "a review of request %d was asked for on %s", cmd.Request, r.ReviewAsked.Long())
	}
	from := r.On // a body that does not answer can be asked for a review too
	if !r.Answered.IsZero() {
		from = r.Answered
	}
	return []events.Event{events.FOIReviewAsked{Request: cmd.Request, Why: cmd.Why, Document: cmd.Document}}, first(
		required("a reason", cmd.Why),
		c.notBefore(cmd.on(given), from, "the request was last dealt with"),
	)
}

// AnswerFOIReview is the outcome of an internal review.
type AnswerFOIReview struct {
	Dated
	Request  int
	Outcome  events.FOIOutcome
	Text     string
	Document string
}

func (cmd AnswerFOIReview) decide(c Case, given Circumstances) ([]events.Event, error) {
	r := c.request(cmd.Request)
	switch {
	case r == nil || r.ReviewAsked.IsZero():
		return nil, refuse(ErrUnknownNumber, "no review of request %d was asked for", cmd.Request)
	case !r.Reviewed.IsZero():
		return nil, refuse(ErrSettled, "the review of request %d was answered on %s", cmd.Request, r.Reviewed.Long())
	}
	return []events.Event{events.FOIReviewAnswered{Request: cmd.Request, Outcome: cmd.Outcome, Text: cmd.Text, Document: cmd.Document}}, first(
		oneOf("the outcome", cmd.Outcome, events.Disclosed, events.Partly, events.Refused, events.NotHeld),
		c.notBefore(cmd.on(given), r.ReviewAsked, "the review was asked for"),
	)
}

// LogLetter notes a letter or an email.
type LogLetter struct {
	Dated
	Letter events.LetterLogged
}

func (cmd LogLetter) decide(Case, Circumstances) ([]events.Event, error) {
	l := cmd.Letter
	return []events.Event{l}, first(
		oneOf("the direction", l.Direction, events.In, events.Out),
		oneOf("the other party", l.With, events.ICB, events.Practice, events.Provider, events.LMC),
		oneOf("the method", l.Method, events.Email, events.Post, events.Hand),
		required("the subject", l.Subject),
	)
}

// LogMeeting notes a meeting and what came of it.
type LogMeeting struct {
	Dated
	Meeting events.MeetingLogged
}

func (cmd LogMeeting) decide(Case, Circumstances) ([]events.Event, error) {
	m := cmd.Meeting
	return []events.Event{m}, first(
		oneOf("the other party", m.With, events.ICB, events.Practice, events.Provider, events.LMC),
		required("what came of it", m.Text),
	)
}

// AddNote is a caseworker's own note.
type AddNote struct {
	Dated
	Text string
}

func (cmd AddNote) decide(Case, Circumstances) ([]events.Event, error) {
	return []events.Event{events.NoteAdded{Text: cmd.Text}}, required("the note's text", cmd.Text)
}
