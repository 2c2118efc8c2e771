package negotiation

import (
	"errors"
	"slices"

	"parley/domain/calendar"
	"parley/events"
)

// TableOffer puts one side's terms before the other: the LMC submits, the ICB's
// are received. It replaces that side's standing offer.
type TableOffer struct {
	Dated
	By      events.Party
	Terms   events.Terms
	ReplyBy calendar.Date
}

func (cmd TableOffer) decide(c Case, given Circumstances) ([]events.Event, error) {
	on := cmd.on(given)
	if err := first(cmd.check(), inOrder("the offer", on, "its reply-by date", cmd.ReplyBy)); err != nil {
		return nil, err
	}
	if c.Agreement != nil {
		return nil, refuse(ErrAgreed, "offer %d was accepted on %s: withdraw it first if the agreement fell through", c.Agreement.Offer, c.Agreement.On.Long())
	}
	if _, err := given.Bodies.Commissioner(c.ICB, on); err != nil {
		return nil, err
	}
	for _, o := range c.Offers {
		if o.By == cmd.By && on.Before(o.On) {
			return nil, refuse(ErrTooEarly, "offer %d of the same side was made on %s, after %s: an offer cannot replace a later one, so log what came earlier as a letter", o.Offer, o.On.Long(), on.Long())
		}
	}
	if i := slices.IndexFunc(c.Offers, func(o Offer) bool {
		return o.By == cmd.By && o.StateOn(on) == Standing && o.Terms == cmd.Terms && o.ReplyBy == cmd.ReplyBy && o.On == on
	}); i >= 0 {
		return nil, nil // already on the table
	}
	number, round := 1, 1
	for _, o := range c.Offers {
		number = max(number, o.Offer+1)
		round = max(round, o.Round)
	}
	if slices.ContainsFunc(c.Offers, func(o Offer) bool { return o.By == cmd.By && o.Round == round }) {
		round++
	}
	return []events.Event{events.OfferTabled{Offer: number, Round: round, By: cmd.By, Terms: cmd.Terms, ReplyBy: cmd.ReplyBy}}, nil
}

// check refuses terms that no offer can have.
func (cmd TableOffer) check() error {
	t := cmd.Terms
	switch {
	case t.Cap < 0:
		return refuse(ErrInvalid, "a cap of %d units is out of range: it is 0 for none, or more", t.Cap)
	case t.From.IsZero():
		return refuse(ErrMissing, "the day from which the terms would run is missing")
	}
	return first(
		payable("a price", t.PricePence),
		payable("an annual value", t.AnnualPence),
		oneOf("the side", cmd.By, events.LMC, events.ICB),
		required("the unit that the price is for", t.Unit),
		inOrder("the start", t.From, "the end of the terms", t.Until),
		inOrder("the start", t.From, "the review", t.Review),
	)
}

// AcceptOffer says yes to the other side's standing offer. Notices that are
// running are cancelled by the agreement, and those that have run out took
// effect, unless KeepNotices asks that they run on until it is signed.
type AcceptOffer struct {
	Dated
	Offer       int
	KeepNotices bool
}

func (cmd AcceptOffer) decide(c Case, given Circumstances) ([]events.Event, error) {
	o, err := c.offer(cmd.Offer)
	if err != nil {
		return nil, err
	}
	if o.State == Accepted {
		return nil, nil
	}
	if c.Agreement != nil {
		return nil, refuse(ErrAgreed, "offer %d was accepted on %s", c.Agreement.Offer, c.Agreement.On.Long())
	}
	if err := c.standing(o, cmd.on(given)); err != nil {
		return nil, err
	}
	return []events.Event{events.OfferAccepted{Offer: o.Offer, By: o.otherSide(), KeepNotices: cmd.KeepNotices}}, nil
}

// RejectOffer says no to the other side's standing offer.
type RejectOffer struct {
	Dated
	Offer int
	Why   string
}

func (cmd RejectOffer) decide(c Case, given Circumstances) ([]events.Event, error) {
	o, err := c.offer(cmd.Offer)
	if err != nil {
		return nil, err
	}
	if o.State == Rejected {
		return nil, nil
	}
	// An offer that has lapsed may still be answered with a no.
	if err := c.standing(o, cmd.on(given)); err != nil && !errors.Is(err, ErrLapsed) {
		return nil, err
	}
	return []events.Event{events.OfferRejected{Offer: o.Offer, By: o.otherSide(), Why: cmd.Why}}, nil
}

// WithdrawOffer takes an offer back: one that stands, or one whose agreement
// fell through before it was signed.
type WithdrawOffer struct {
	Dated
	Offer int
	Why   string
}

func (cmd WithdrawOffer) decide(c Case, given Circumstances) ([]events.Event, error) {
	o, err := c.offer(cmd.Offer)
	if err != nil {
		return nil, err
	}
	switch {
	case o.State == TakenBack:
		return nil, nil
	case o.State == Accepted && c.Agreement != nil && !c.Agreement.Signed.IsZero():
		return nil, refuse(ErrAgreed, "offer %d was accepted, and the agreement signed on %s", o.Offer, c.Agreement.Signed.Long())
	case o.State == Accepted:
		err = c.notBefore(cmd.on(given), o.DecidedOn, "it was accepted")
	case o.State == Standing:
		err = c.notBefore(cmd.on(given), o.On, "it was made")
	default:
		err = c.standing(o, cmd.on(given))
	}
	if err != nil {
		return nil, err
	}
	return []events.Event{events.OfferWithdrawn{Offer: o.Offer, Why: cmd.Why}}, nil
}

func (o Offer) otherSide() events.Party {
	if o.By == events.LMC {
		return events.ICB
	}
	return events.LMC
}

func (c Case) offer(n int) (Offer, error) {
	i := slices.IndexFunc(c.Offers, func(o Offer) bool { return o.Offer == n })
	if i >= 0 {
		return c.Offers[i], nil
	}
	if len(c.Offers) == 0 {
		return Offer{}, refuse(ErrUnknownOffer, "%s has no offers yet", c.Ref)
	}
	return Offer{}, refuse(ErrUnknownOffer, "%s has no offer %d: its latest is offer %d", c.Ref, n, c.Offers[len(c.Offers)-1].Offer)
}

// standing refuses an answer to an offer that does not stand on this day.
func (c Case) standing(o Offer, on calendar.Date) error {
	switch o.StateOn(on) {
	case Standing:
		return c.notBefore(on, o.On, "the offer was made")
	case Lapsed:
		return refuse(ErrLapsed, "offer %d lapsed: it could be accepted up to %s", o.Offer, o.ReplyBy.Long())
	case Replaced:
		for _, later := range c.Offers {
			if later.By == o.By && later.Offer > o.Offer {
				return refuse(ErrNotStanding, "offer %d no longer stands: offer %d replaced it on %s", o.Offer, later.Offer, o.DecidedOn.Long())
			}
		}
	}
	return refuse(ErrNotStanding, "offer %d no longer stands: it was %s on %s", o.Offer, o.State, o.DecidedOn.Long())
}

// Sign puts the accepted offer in writing. Dates left out are those of the offer.
type Sign struct {
	Dated
	Document            string
	From, Until, Review calendar.Date
}

func (cmd Sign) decide(c Case, given Circumstances) ([]events.Event, error) {
	switch {
	case c.Agreement == nil:
		return nil, refuse(ErrNotAgreed, "%s has no accepted offer to sign", c.Ref)
	case !c.Agreement.Signed.IsZero() && cmd.terms(c) == *c.Agreement.Terms:
		return nil, nil
	case !c.Agreement.Signed.IsZero():
		return nil, refuse(ErrSettled, "the agreement was signed on %s: correct that event if it was recorded wrongly", c.Agreement.Signed.Long())
	}
	signed := cmd.terms(c)
	if err := first(
		c.notBefore(cmd.on(given), c.Agreement.On, "the offer was accepted"),
		inOrder("the start", signed.From, "the end of the agreement", signed.Until),
		inOrder("the start", signed.From, "the review", signed.Review),
	); err != nil {
		return nil, err
	}
	return []events.Event{signed}, nil
}

func (cmd Sign) terms(c Case) events.AgreementSigned {
	o, _ := c.offer(c.Agreement.Offer)
	signed := events.AgreementSigned{Document: cmd.Document, From: cmd.From, Until: cmd.Until, Review: cmd.Review}
	if signed.From.IsZero() {
		signed.From = o.Terms.From
	}
	if signed.Until.IsZero() {
		signed.Until = o.Terms.Until
	}
	if signed.Review.IsZero() {
		signed.Review = o.Terms.Review
	}
	return signed
}

// Fund records the first payment under the agreement.
type Fund struct {
	Dated
	Pence int64
	Note  string
}

func (cmd Fund) decide(c Case, given Circumstances) ([]events.Event, error) {
	switch {
	case c.Agreement == nil:
		return nil, refuse(ErrNotAgreed, "%s has no agreement to be funded", c.Ref)
	case c.Agreement.Signed.IsZero():
		return nil, refuse(ErrNotSigned, "the agreement on offer %d has not been signed", c.Agreement.Offer)
	case !c.Agreement.Funded.IsZero():
		return nil, refuse(ErrSettled, "funding started on %s: only the first payment is recorded", c.Agreement.Funded.Long())
	}
	if err := first(payable("a payment", cmd.Pence), c.notBefore(cmd.on(given), c.Agreement.On, "the offer was accepted")); err != nil {
		return nil, err
	}
	return []events.Event{events.FundingStarted{Pence: cmd.Pence, Note: cmd.Note}}, nil
}
