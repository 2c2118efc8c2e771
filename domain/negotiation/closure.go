package negotiation

import (
	"parley/domain/calendar"
	"parley/events"
)

// Closure is a practice's application to close its patient list, and what
// became of it.
type Closure struct {
	Practice     string        `json:"practice"`
	Applied      calendar.Date `json:"applied"` // the day the ICB received it
	Acknowledged calendar.Date `json:"acknowledged,omitzero"`
	Decided      calendar.Date `json:"decided,omitzero"`
	Granted      bool          `json:"granted"`
	Until        calendar.Date `json:"until,omitzero"` // the last day of closure, where the decision says so
}

// Award is the latest award under the Provider Selection Regime that the ICB
// intends, and its further decision.
type Award struct {
	Provider string        `json:"provider"`
	Intended calendar.Date `json:"intended"`
	Decided  calendar.Date `json:"decided,omitzero"`
}

// closure returns the practice's latest application, or nil.
func (c Case) closure(practice string) *Closure {
	for i := len(c.Closures) - 1; i >= 0; i-- {
		if c.Closures[i].Practice == practice {
			return &c.Closures[i]
		}
	}
	return nil
}

// openClosure returns the practice's application if it is not decided.
func (c Case) openClosure(practice string) (Closure, error) {
	if practice == "" {
		return Closure{}, noPractice()
	}
	if _, err := c.party(practice); err != nil {
		return Closure{}, err
	}
	applied := c.closure(practice)
	switch {
	case applied == nil:
		return Closure{}, refuse(ErrUnknownNumber, "no application of %s to close its list is recorded in %s", practice, c.Ref)
	case !applied.Decided.IsZero():
		return Closure{}, refuse(ErrSettled, "the application of %s was decided on %s: correct that event if it was recorded wrongly", practice, applied.Decided.Long())
	}
	return *applied, nil
}

// ApplyListClosure is a practice's application to close its list, dated the
// day the ICB received it.
type ApplyListClosure struct {
	Dated
	Practice string
	Document string
}

func (cmd ApplyListClosure) decide(c Case, given Circumstances) ([]events.Event, error) {
	if cmd.Practice == "" {
		return nil, noPractice()
	}
	if _, err := c.party(cmd.Practice); err != nil {
		return nil, err
	}
	from, what := c.OpenedOn, c.Ref+" was opened"
	if earlier := c.closure(cmd.Practice); earlier != nil {
		if earlier.Decided.IsZero() {
			return nil, refuse(ErrSettled, "the application of %s on %s is not decided yet", cmd.Practice, earlier.Applied.Long())
		}
		from, what = earlier.Decided, "its application before this was decided"
	}
	return []events.Event{events.ListClosureApplied{Practice: cmd.Practice, Document: cmd.Document}}, c.notBefore(cmd.on(given), from, what)
}

// AcknowledgeListClosure is the ICB's acknowledgement of an application.
type AcknowledgeListClosure struct {
	Dated
	Practice string
	Document string
}

func (cmd AcknowledgeListClosure) decide(c Case, given Circumstances) ([]events.Event, error) {
	applied, err := c.openClosure(cmd.Practice)
	switch {
	case err != nil:
		return nil, err
	case applied.Acknowledged == cmd.on(given):
		return nil, nil
	case !applied.Acknowledged.IsZero():
		return nil, refuse(ErrSettled, "the application of %s was acknowledged on %s", cmd.Practice, applied.Acknowledged.Long())
	}
	return []events.Event{events.ListClosureAcknowledged{Practice: cmd.Practice, Document: cmd.Document}},
		c.notBefore(cmd.on(given), applied.Applied, "the ICB received the application")
}

// DecideListClosure is the ICB's decision on an application.
type DecideListClosure struct {
	Dated
	Practice string
	Granted  bool
	Until    calendar.Date // the last day of closure; none where the decision does not say
	Document string
}

func (cmd DecideListClosure) decide(c Case, given Circumstances) ([]events.Event, error) {
	applied, err := c.openClosure(cmd.Practice)
	if err != nil {
		return nil, err
	}
	if !cmd.Granted && !cmd.Until.IsZero() {
		return nil, refuse(ErrInvalid, "an application that is refused has no last day of closure (%s)", cmd.Until.Long())
	}
	return []events.Event{events.ListClosureDecided{Practice: cmd.Practice, Granted: cmd.Granted, Until: cmd.Until, Document: cmd.Document}}, first(
		c.notBefore(cmd.on(given), applied.Applied, "the ICB received the application"),
		inOrder("the day of the decision", cmd.on(given), "the last day of closure", cmd.Until),
	)
}

// PublishAwardIntention is the ICB's notice of intention to award the contract
// for the service, dated the day it was published.
type PublishAwardIntention struct {
	Dated
	Provider string
	Document string
}

func (cmd PublishAwardIntention) decide(c Case, given Circumstances) ([]events.Event, error) {
	from, what := c.OpenedOn, c.Ref+" was opened"
	if a := c.Award; a != nil {
		if a.Decided.IsZero() {
			return nil, refuse(ErrSettled, "the intention to award to %s was published on %s, and no further decision is recorded", a.Provider, a.Intended.Long())
		}
		from, what = a.Decided, "the award before this was decided"
	}
	return []events.Event{events.AwardIntended{Provider: cmd.Provider, Document: cmd.Document}}, first(
		required("the provider", cmd.Provider),
		c.notBefore(cmd.on(given), from, what),
	)
}

// DecideAward is the ICB's further decision on an award, after representations,
// dated the day it was communicated.
type DecideAward struct {
	Dated
	Provider string // empty if nobody is to have it
	Text     string
	Document string
}

func (cmd DecideAward) decide(c Case, given Circumstances) ([]events.Event, error) {
	switch a := c.Award; {
	case a == nil:
		return nil, refuse(ErrUnknownNumber, "no intention to award a contract is recorded in %s", c.Ref)
	case !a.Decided.IsZero():
		return nil, refuse(ErrSettled, "the award was decided on %s: correct that event if it was recorded wrongly", a.Decided.Long())
	}
	return []events.Event{events.AwardDecided{Provider: cmd.Provider, Text: cmd.Text, Document: cmd.Document}}, first(
		required("what was decided", cmd.Text),
		c.notBefore(cmd.on(given), c.Award.Intended, "the intention was published"),
	)
}
