package negotiation

import (
	"slices"
	"strings"

	"parley/domain/calendar"
	"parley/domain/catalogue"
	"parley/domain/directory"
	"parley/events"
)

// OpenCase opens a case under a reference that the register gave out.
type OpenCase struct {
	Dated
	Ref       string
	LMC       string // its code
	ICB       string
	Service   string
	Title     string
	Practices []string
}

func (cmd OpenCase) decide(_ Case, given Circumstances) ([]events.Event, error) {
	if err := first(required("the LMC's code", cmd.LMC), required("a title", cmd.Title)); err != nil {
		return nil, err
	}
	on := cmd.on(given)
	icb, err := given.Bodies.Commissioner(cmd.ICB, on)
	if err != nil {
		return nil, err
	}
	if _, err := catalogue.Find(cmd.Service); err != nil {
		return nil, err
	}
	opened := events.CaseOpened{Ref: cmd.Ref, LMC: cmd.LMC, ICB: icb.Code, ICBName: icb.Name, Service: cmd.Service, Title: cmd.Title}
	joined, err := Evolve(Case{}, events.Fact{On: on, Event: opened}).join(cmd.Practices, on, given)
	return append([]events.Event{opened}, joined...), err
}

// Join makes practices parties to the case. Those that are already are left as they are.
type Join struct {
	Dated
	Practices []string
}

func (cmd Join) decide(c Case, given Circumstances) ([]events.Event, error) {
	if len(cmd.Practices) == 0 {
		return nil, noPractice()
	}
	return c.join(cmd.Practices, cmd.on(given), given)
}

// join makes each of these practices a party, or none.
func (c Case) join(codes []string, on calendar.Date, given Circumstances) ([]events.Event, error) {
	var joined []events.Event
	for _, code := range distinct(codes) {
		p, err := given.Bodies.Practice(code, on)
		if err != nil {
			return nil, err
		}
		if err := belongs(p, c.ICB, on, given); err != nil {
			return nil, err
		}
		part, ok := c.Practice(code)
		if ok && part.Party() {
			continue
		}
		if err := c.notBefore(on, part.Left, code+" left"); err != nil {
			return nil, err
		}
		joined = append(joined, events.PracticeJoined{Practice: code, Name: p.NameOn(on)})
	}
	return joined, nil
}

// belongs refuses a practice whose commissioner on that day is not this one, the case's.
func belongs(p directory.Practice, with string, on calendar.Date, given Circumstances) error {
	var codes []string
	for _, icb := range given.Bodies.CommissionersOf(p, on) {
		codes = append(codes, icb.Code)
	}
	switch {
	case slices.Contains(codes, with):
		return nil
	case len(codes) == 0:
		return refuse(ErrOtherICB, "it is not known which ICB %s %s belonged to on %s: it is to be %s", p.Code, p.NameOn(on), on.Long(), with)
	}
	return refuse(ErrOtherICB, "%s %s belonged to %s on %s, and not to %s",
		p.Code, p.NameOn(on), strings.Join(codes, " or "), on.Long(), with)
}

// Leave takes practices out of the case.
type Leave struct {
	Dated
	Practices []string
	Why       string
}

func (cmd Leave) decide(c Case, given Circumstances) ([]events.Event, error) {
	if len(cmd.Practices) == 0 {
		return nil, noPractice()
	}
	var left []events.Event
	for _, code := range distinct(cmd.Practices) {
		p, ok := c.Practice(code)
		switch {
		case !ok:
			return nil, notParty(c, code)
		case p.unsettled(cmd.on(given)) != nil:
			return nil, p.unsettled(cmd.on(given))
		case p.Notice.Running():
			return nil, refuse(ErrNoticeRunning, "%s has a notice running to %s: withdraw the notice or record its effect first", code, p.Notice.Ends.Long())
		case p.Party():
			if err := c.notBefore(cmd.on(given), p.Joined, code+" joined"); err != nil {
				return nil, err
			}
			left = append(left, events.PracticeLeft{Practice: code, Why: cmd.Why})
		}
	}
	return left, nil
}

// Transfer puts the case before another commissioner: the one that succeeded
// it, or the right one. Every party that is open must come under it by then.
type Transfer struct {
	Dated
	ICB string
	Why string
}

func (cmd Transfer) decide(c Case, given Circumstances) ([]events.Event, error) {
	icb, err := given.Bodies.Commissioner(cmd.ICB, cmd.on(given))
	if err != nil || icb.Code == c.ICB {
		return nil, err
	}
	for _, part := range c.Practices {
		p, err := given.Bodies.Practice(part.Code, cmd.on(given))
		if err != nil || !part.Party() {
			continue // it has closed, or left
		}
		if err := belongs(p, icb.Code, cmd.on(given), given); err != nil {
			return nil, err
		}
	}
	return []events.Event{events.CommissionerChanged{ICB: icb.Code, ICBName: icb.Name, Why: cmd.Why}}, nil
}

// Assign gives the case to a caseworker.
type Assign struct {
	Dated
	Caseworker string
}

func (cmd Assign) decide(c Case, _ Circumstances) ([]events.Event, error) {
	if err := required("the caseworker", cmd.Caseworker); err != nil || cmd.Caseworker == c.Caseworker {
		return nil, err
	}
	return []events.Event{events.CaseAssigned{Caseworker: cmd.Caseworker}}, nil
}

// Close ends the case.
type Close struct {
	Dated
	Outcome events.Outcome
	Into    string // the reference of the case it merges into
	Text    string
}

func (cmd Close) decide(c Case, given Circumstances) ([]events.Event, error) {
	switch {
	case c.Closed != nil && c.Closed.Outcome == cmd.Outcome && c.Closed.Into == cmd.Into:
		return nil, nil
	case c.Closed != nil:
		return nil, refuse(ErrClosed, "%s was closed as %s on %s: reopen or correct it", c.Ref, c.Closed.Outcome, c.Closed.On.Long())
	case cmd.Outcome == events.Merged && (cmd.Into == "" || cmd.Into == c.Ref):
		return nil, refuse(ErrMissing, "a merged case needs the reference of the other case it merged into")
	case cmd.Outcome != events.Merged && cmd.Into != "":
		return nil, refuse(ErrInvalid, "only a merged case goes into another")
	case cmd.Outcome == events.Resourced && c.Agreement == nil:
		return nil, refuse(ErrNotAgreed, "%s has no accepted offer: it was not resourced", c.Ref)
	}
	if err := oneOf("the outcome", cmd.Outcome, events.Resourced, events.Ceased, events.Withdrawn, events.Determined, events.Merged); err != nil {
		return nil, err
	}
	for _, p := range c.Practices {
		if p.Notice.Running() && !p.Notice.RanOut(cmd.on(given)) {
			return nil, refuse(ErrNoticeRunning, "%s has a notice running to %s: closing would silence its deadline; withdraw it or wait", p.Code, p.Notice.Ends.Long())
		}
	}
	if err := c.notBefore(cmd.on(given), c.OpenedOn, c.Ref+" was opened"); err != nil {
		return nil, err
	}
	return []events.Event{events.CaseClosed{Outcome: cmd.Outcome, Into: cmd.Into, Text: cmd.Text}}, nil
}

// Reopen takes a closed case up again.
type Reopen struct {
	Dated
	Why         string
	FreshClocks bool // the clocks are counted anew from this day, and not by what remained
}

func (cmd Reopen) decide(c Case, given Circumstances) ([]events.Event, error) {
	if c.Closed == nil {
		return nil, refuse(ErrNotClosed, "%s is open", c.Ref)
	}
	if err := first(required("a reason", cmd.Why), c.notBefore(cmd.on(given), c.Closed.On, c.Ref+" was closed")); err != nil {
		return nil, err
	}
	for _, p := range c.Practices {
		if cmd.FreshClocks && p.Notice.Running() {
			return nil, refuse(ErrNoticeEnded, "the notice of %s ran out on %s and cannot start afresh: reopen the case without fresh clocks, and record that the notice took effect", p.Code, p.Notice.Ends.Long())
		}
	}
	return []events.Event{events.CaseReopened{Why: cmd.Why, FreshClocks: cmd.FreshClocks}}, nil
}
