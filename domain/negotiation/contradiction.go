package negotiation

import "parley/events"

// contradiction refuses a correction that would leave later facts of the
// history without what they rest on: a notice without guidance, an answer to
// an offer that was never made.
func contradiction(h events.History, correction events.Fact) error {
	next := events.Recorded{Commit: events.Commit{Version: len(h) + 1, Facts: []events.Fact{correction}}}
	corrected := append(append(events.History(nil), h...), next).Effective()
	var c Case
	for _, r := range corrected {
		for _, f := range r.Facts {
			if why := c.unsupported(f); why != "" {
				return refuse(ErrCorrection, "with that correction, version %d (%s) could not stand: %s; correct that first", r.Version, events.Name(f.Event), why)
			}
			c.apply(f)
		}
	}
	return nil
}

// unsupported says what the fact lacks in the case before it, or nothing.
func (c Case) unsupported(f events.Fact) string {
	switch e := f.Event.(type) {
	case events.PracticeLeft:
		return c.withoutParty(e.Practice)
	case events.GuidanceGiven:
		return c.withoutParty(e.Practice)
	case events.NoticeServed:
		if p, _ := c.Practice(e.Practice); !p.Party() || p.Guided.IsZero() || p.Guided.After(f.On) {
			return e.Practice + " would have served notice without guidance"
		}
	case events.NoticeAcknowledged:
		return c.withoutNotice(e.Practice)
	case events.NoticeWithdrawn:
		if p, _ := c.Practice(e.Practice); p.Notice.Running() && p.Notice.Ends.Before(f.On) {
			return e.Practice + "'s notice would have run out before it was withdrawn"
		}
		return c.withoutNotice(e.Practice)
	case events.NoticeTookEffect:
		if p, _ := c.Practice(e.Practice); f.On.Before(p.Notice.Ends) {
			return e.Practice + "'s notice would still be running"
		}
		return c.withoutNotice(e.Practice)
	case events.OfferAccepted:
		return c.withoutOffer(e.Offer)
	case events.OfferRejected:
		return c.withoutOffer(e.Offer)
	case events.OfferWithdrawn:
		return c.withoutOffer(e.Offer)
	case events.AgreementSigned:
		if c.Agreement == nil {
			return "nothing would have been agreed"
		}
	case events.FundingStarted:
		if c.Agreement == nil || c.Agreement.Signed.IsZero() {
			return "no agreement would have been signed"
		}
	case events.DisputeStepped:
		if c.dispute(e.Dispute) == nil {
			return "the dispute would not have been raised"
		}
	case events.DisputeDetermined:
		if c.dispute(e.Dispute) == nil {
			return "the dispute would not have been raised"
		}
	case events.FOIAnswered:
		if c.request(e.Request) == nil {
			return "the request would not have been sent"
		}
	case events.CaseReopened:
		if c.Closed == nil {
			return "the case would not have been closed"
		}
	}
	return ""
}

func (c Case) withoutParty(code string) string {
	if p, ok := c.Practice(code); !ok || !p.Party() {
		return code + " would not be a party to the case"
	}
	return ""
}

func (c Case) withoutNotice(code string) string {
	if p, _ := c.Practice(code); !p.Notice.Running() {
		return code + " would have no running notice"
	}
	return ""
}

func (c Case) withoutOffer(n int) string {
	o, err := c.offer(n)
	if err != nil || o.State != Standing && o.State != Accepted {
		return "the offer would not have stood"
	}
	return ""
}
