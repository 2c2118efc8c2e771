package negotiation

import "parley/events"

// RecordContract says on what footing the work is done.
type RecordContract struct {
	Dated
	Position events.ContractPositionRecorded
}

func (cmd RecordContract) decide(c Case, given Circumstances) ([]events.Event, error) {
	p := cmd.Position
	if !p.Notice.IsZero() {
		if err := countable(given.Today, p.Notice, p.ToMonthEnd); err != nil {
			return nil, err
		}
	}
	if err := first(
		c.partyIfNamed(p.Practice),
		oneOf("the position", p.Position, events.NoContract, events.Signed, events.RolledOver, events.Core),
	); err != nil {
		return nil, err
	}
	for _, known := range c.Contracts {
		if known == p {
			return nil, nil
		}
	}
	return []events.Event{p}, nil
}

// RecordEvidence counts the work done.
type RecordEvidence struct {
	Dated
	Evidence events.EvidenceRecorded
}

func (cmd RecordEvidence) decide(c Case, given Circumstances) ([]events.Event, error) {
	e := cmd.Evidence
	switch {
	case e.Activity <= 0:
		return nil, refuse(ErrInvalid, "an activity of %d is out of range: it is 1 or more", e.Activity)
	case e.From.IsZero() || e.Until.IsZero():
		return nil, refuse(ErrMissing, "the first and last day that were counted are missing")
	case e.Until.After(given.Today):
		return nil, refuse(ErrFuture, "%s lies in the future: activity is counted up to a day that has passed", e.Until.Long())
	}
	if err := first(
		c.partyIfNamed(e.Practice),
		required("the unit that was counted", e.Unit),
		required("the source", e.Source),
		inOrder("the first day", e.From, "the last day", e.Until),
	); err != nil {
		return nil, err
	}
	for _, known := range c.Evidence {
		if known == e {
			return nil, nil
		}
	}
	return []events.Event{e}, nil
}

// RecordCost says what one unit of the work costs.
type RecordCost struct {
	Dated
	Cost events.CostRecorded
}

func (cmd RecordCost) decide(c Case, _ Circumstances) ([]events.Event, error) {
	cost := cmd.Cost
	if err := first(
		payable("a cost", cost.Pence),
		c.partyIfNamed(cost.Practice),
		required("the unit that was costed", cost.Unit),
		required("the basis of the cost", cost.Basis),
	); err != nil {
		return nil, err
	}
	for _, known := range c.Costs {
		if known == cost {
			return nil, nil
		}
	}
	return []events.Event{cost}, nil
}

// GiveMandate authorises the LMC to negotiate.
type GiveMandate struct {
	Dated
	Mandate events.MandateGiven
}

func (cmd GiveMandate) decide(c Case, _ Circumstances) ([]events.Event, error) {
	m := cmd.Mandate
	if err := first(payable("the lowest price", m.FloorPence), required("who gave the mandate", m.By), required("the mandate's text", m.Text)); err != nil {
		return nil, err
	}
	if c.Mandate != nil && *c.Mandate == m {
		return nil, nil
	}
	return []events.Event{m}, nil
}

func (c Case) partyIfNamed(code string) error {
	if code == "" {
		return nil
	}
	_, err := c.party(code)
	return err
}
