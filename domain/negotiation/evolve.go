package negotiation

import (
	"slices"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

// Fold returns the case that history led to, with its corrections taken into
// account.
func Fold(h events.History) Case { return foldWith(h, h.Corrections()) }

// foldWith folds h under these corrections, which may come from later on.
func foldWith(h events.History, corrections map[events.EventID]events.Correction) Case {
	var c Case
	for _, r := range h.Under(corrections) {
		for _, f := range r.Facts {
			c.apply(f)
		}
	}
	return c
}

// Evolve returns the case after these facts. It never refuses: they have
// happened. A correction changes nothing here, because what it corrects has
// been taken in already: after one, Fold the whole history again.
func Evolve(c Case, facts ...events.Fact) Case {
	if !slices.ContainsFunc(facts, changes) {
		return c
	}
	c = c.clone()
	c.Deadlines = c.Deadlines.Copy(facts)
	for _, f := range facts {
		c.apply(f)
	}
	return c
}

// changes reports whether a fact may change a case. What was written, said and
// noted down is told in the timeline, and no rule reads it.
func changes(f events.Fact) bool {
	switch f.Event.(type) {
	case events.NoteAdded, events.LetterLogged, events.MeetingLogged:
		return false
	}
	return true
}

// clone returns a copy that shares nothing but its clocks that apply changes in
// place.
func (c Case) clone() Case {
	c.Practices = slices.Clone(c.Practices)
	c.Contracts = slices.Clone(c.Contracts)
	c.Evidence = slices.Clone(c.Evidence)
	c.Costs = slices.Clone(c.Costs)
	c.Offers = slices.Clone(c.Offers)
	c.Disputes = slices.Clone(c.Disputes)
	c.Requests = slices.Clone(c.Requests)
	c.Closures = slices.Clone(c.Closures)
	if c.Award != nil {
		a := *c.Award
		c.Award = &a
	}
	if c.Agreement != nil {
		a := *c.Agreement
		c.Agreement = &a
	}
	return c
}

func (c *Case) apply(f events.Fact) {
	c.Deadlines.Take(f)
	c.followClocks(f)
	switch e := f.Event.(type) {
	case events.CaseOpened:
		c.Ref, c.LMC, c.ICB, c.ICBName, c.Service, c.Title, c.OpenedOn = e.Ref, e.LMC, e.ICB, e.ICBName, e.Service, e.Title, f.On
	case events.CommissionerChanged:
		c.ICB, c.ICBName = e.ICB, e.ICBName
	case events.CaseAssigned:
		c.Caseworker = e.Caseworker
	case events.CaseClosed:
		c.Closed = &Closing{f.On, e.Outcome, e.Into}
	case events.CaseReopened:
		c.Closed = nil
	case events.PracticeJoined:
		c.joined(e, f.On)
	case events.PracticeLeft:
		c.change(e.Practice, func(p *Practice) { p.Left = f.On })
	case events.ContractPositionRecorded:
		c.Contracts = latest(c.Contracts, e, func(p events.ContractPositionRecorded) string { return p.Practice })
	case events.EvidenceRecorded:
		c.Evidence = append(c.Evidence, e)
	case events.CostRecorded:
		c.Costs = latest(c.Costs, e, func(p events.CostRecorded) string { return p.Practice })
	case events.MandateGiven:
		c.Mandate = &e
	default:
		c.applyTalks(f)
		c.applyNotice(f)
		c.applyProcedure(f)
		c.applyClosure(f)
	}
}

func (c *Case) applyTalks(f events.Fact) {
	switch e := f.Event.(type) {
	case events.OfferTabled:
		c.tabled(e, f.On)
	case events.OfferAccepted:
		c.overtake(e.Offer, f.On)
		c.decided(e.Offer, Accepted, f.On)
		c.Agreement = &Agreement{Offer: e.Offer, On: f.On}
	case events.OfferRejected:
		c.decided(e.Offer, Rejected, f.On)
	case events.OfferWithdrawn:
		c.decided(e.Offer, TakenBack, f.On)
		if c.Agreement != nil && c.Agreement.Offer == e.Offer {
			c.Agreement = nil
		}
	case events.AgreementSigned:
		if c.Agreement != nil {
			c.Agreement.Signed, c.Agreement.Terms = f.On, &e
		}
	case events.FundingStarted:
		if c.Agreement != nil {
			c.Agreement.Funded = f.On
		}
	}
}

func (c *Case) applyNotice(f events.Fact) {
	switch e := f.Event.(type) {
	case events.GuidanceGiven:
		c.change(e.Practice, func(p *Practice) {
			if p.Guided.IsZero() || f.On.Before(p.Guided) {
				p.Guided = f.On
			}
		})
	case events.NoticeServed:
		c.change(e.Practice, func(p *Practice) {
			p.Notice = Notice{Served: f.On, Deemed: e.Deemed, Ends: noticeEnd(e)}
		})
	case events.NoticeAcknowledged:
		c.change(e.Practice, func(p *Practice) { p.Notice.Acknowledged = f.On })
	case events.NoticeWithdrawn:
		c.change(e.Practice, func(p *Practice) { p.Notice.Withdrawn, p.Notice.Agreed = f.On, e.Agreed })
	case events.NoticeTookEffect:
		c.change(e.Practice, func(p *Practice) { p.Notice.Effective = f.On })
	}
}

func (c *Case) applyProcedure(f events.Fact) {
	switch e := f.Event.(type) {
	case events.DisputeRaised:
		c.Disputes = append(c.Disputes, Dispute{DisputeRaised: e, On: f.On})
	case events.DisputeStepped:
		if d := c.dispute(e.Dispute); d != nil {
			d.Procedure = e.Procedure
		}
	case events.DisputeDetermined:
		if d := c.dispute(e.Dispute); d != nil {
			d.Determined, d.For = f.On, e.For
		}
	case events.FOISent:
		c.Requests = append(c.Requests, Request{FOISent: e, On: f.On})
	case events.FOIAnswered:
		if r := c.request(e.Request); r != nil {
			r.Answered, r.Outcome = f.On, e.Outcome
		}
	case events.FOIReviewAsked:
		if r := c.request(e.Request); r != nil {
			r.ReviewAsked = f.On
		}
	case events.FOIReviewAnswered:
		if r := c.request(e.Request); r != nil {
			r.Reviewed, r.Outcome = f.On, e.Outcome
		}
	}
}

func (c *Case) applyClosure(f events.Fact) {
	switch e := f.Event.(type) {
	case events.ListClosureApplied:
		c.Closures = append(c.Closures, Closure{Practice: e.Practice, Applied: f.On})
	case events.ListClosureAcknowledged:
		if applied := c.closure(e.Practice); applied != nil {
			applied.Acknowledged = f.On
		}
	case events.ListClosureDecided:
		if applied := c.closure(e.Practice); applied != nil {
			applied.Decided, applied.Granted, applied.Until = f.On, e.Granted, e.Until
		}
	case events.AwardIntended:
		c.Award = &Award{Provider: e.Provider, Intended: f.On}
	case events.AwardDecided:
		if c.Award != nil {
			c.Award.Provider, c.Award.Decided = e.Provider, f.On
		}
	}
}

// noticeEnd returns the last day of a notice, or the day it was deemed served
// where its period cannot be counted.
func noticeEnd(e events.NoticeServed) calendar.Date {
	last, err := deadline.LastDay(e.Deemed, e.Period, e.ToMonthEnd)
	if err != nil {
		return e.Deemed
	}
	return last
}

func (c *Case) joined(e events.PracticeJoined, on calendar.Date) {
	if i := c.practice(e.Practice); i >= 0 {
		c.Practices[i].Name, c.Practices[i].Joined, c.Practices[i].Left = e.Name, on, calendar.Date{}
		return
	}
	c.Practices = append(c.Practices, Practice{Code: e.Practice, Name: e.Name, Joined: on})
}

func (c *Case) tabled(e events.OfferTabled, on calendar.Date) {
	for i := range c.Offers {
		if o := &c.Offers[i]; o.By == e.By && o.State == Standing {
			o.State, o.DecidedOn = Replaced, on
		}
	}
	c.Offers = append(c.Offers, Offer{OfferTabled: e, On: on, State: Standing})
}

// overtake settles the offers that stood beside the one that was accepted.
func (c *Case) overtake(accepted int, on calendar.Date) {
	for i := range c.Offers {
		if o := &c.Offers[i]; o.Offer != accepted && o.State == Standing {
			o.State, o.DecidedOn = Overtaken, on
		}
	}
}

func (c *Case) decided(offer int, as OfferState, on calendar.Date) {
	for i := range c.Offers {
		if o := &c.Offers[i]; o.Offer == offer {
			o.State, o.DecidedOn = as, on
		}
	}
}

func (c *Case) change(code string, do func(*Practice)) {
	if i := c.practice(code); i >= 0 {
		do(&c.Practices[i])
	}
}

// latest returns list with e in place of the entry of the same key, or added.
func latest[E any](list []E, e E, key func(E) string) []E {
	if i := slices.IndexFunc(list, func(o E) bool { return key(o) == key(e) }); i >= 0 {
		list[i] = e
		return list
	}
	return append(list, e)
}

func (c Case) dispute(n int) *Dispute {
	for i := range c.Disputes {
		if c.Disputes[i].Dispute == n {
			return &c.Disputes[i]
		}
	}
	return nil
}

func (c Case) request(n int) *Request {
	for i := range c.Requests {
		if c.Requests[i].Request == n {
			return &c.Requests[i]
		}
	}
	return nil
}
