package negotiation

import "parley/events"

// RaiseDispute begins a dispute.
type RaiseDispute struct {
	Dated
	By        events.Party
	Procedure events.Procedure
	About     string
}

func (cmd RaiseDispute) decide(c Case, given Circumstances) ([]events.Event, error) {
	if err := first(
		oneOf("who raises it", cmd.By, events.LMC, events.ICB, events.Practice),
		checkProcedure(cmd.Procedure),
		required("what it is about", cmd.About),
		c.notBefore(cmd.on(given), c.OpenedOn, c.Ref+" was opened"),
	); err != nil {
		return nil, err
	}
	number := 1
	for _, d := range c.Disputes {
		number = max(number, d.Dispute+1)
	}
	return []events.Event{events.DisputeRaised{Dispute: number, By: cmd.By, Procedure: cmd.Procedure, About: cmd.About}}, nil
}

// StepDispute takes a dispute a step on. Procedure left out stays as it is.
type StepDispute struct {
	Dated
	Dispute   int
	Procedure events.Procedure
	Text      string
}

func (cmd StepDispute) decide(c Case, given Circumstances) ([]events.Event, error) {
	d, err := c.openDispute(cmd.Dispute, cmd.Dated, given)
	if err != nil {
		return nil, err
	}
	if cmd.Procedure == "" {
		cmd.Procedure = d.Procedure
	}
	if err := first(checkProcedure(cmd.Procedure), required("what was done", cmd.Text)); err != nil {
		return nil, err
	}
	return []events.Event{events.DisputeStepped{Dispute: d.Dispute, Procedure: cmd.Procedure, Text: cmd.Text}}, nil
}

// DetermineDispute ends a dispute with its outcome.
type DetermineDispute struct {
	Dated
	Dispute int
	For     events.Party // empty if it favoured neither side
	Text    string
}

func (cmd DetermineDispute) decide(c Case, given Circumstances) ([]events.Event, error) {
	d, err := c.openDispute(cmd.Dispute, cmd.Dated, given)
	if err != nil {
		return nil, err
	}
	if cmd.For != "" {
		err = oneOf("whom it favoured", cmd.For, events.LMC, events.ICB, events.Practice)
	}
	if err := first(err, required("the outcome", cmd.Text)); err != nil {
		return nil, err
	}
	return []events.Event{events.DisputeDetermined{Dispute: d.Dispute, For: cmd.For, Text: cmd.Text}}, nil
}

// openDispute returns the dispute of this number if it is not determined.
func (c Case) openDispute(n int, dated Dated, given Circumstances) (Dispute, error) {
	d := c.dispute(n)
	switch {
	case d == nil:
		return Dispute{}, refuse(ErrUnknownNumber, "%s has no dispute %d: it has %d", c.Ref, n, len(c.Disputes))
	case !d.Determined.IsZero():
		return Dispute{}, refuse(ErrSettled, "dispute %d was determined on %s", n, d.Determined.Long())
	}
	return *d, c.notBefore(dated.on(given), d.On, "the dispute was raised")
}

func checkProcedure(p events.Procedure) error {
	return oneOf("the procedure", p, events.LocalResolution, events.Mediation, events.ExpertDetermination, events.NHSDisputeResolution)
}
