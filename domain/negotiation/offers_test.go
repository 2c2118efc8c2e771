package negotiation

import (
	"testing"

	"parley/domain/calendar"
	"parley/domain/directory"
	"parley/events"
)

func terms(pence int64) events.Terms {
	return events.Terms{PricePence: pence, Unit: "blood test", From: day("2027-04-01")}
}

// proposal is an offer of a price per blood test, made on 5 October 2026.
func proposal(by events.Party, pence int64) TableOffer {
	return TableOffer{Dated: at("2026-10-05"), By: by, Terms: terms(pence)}
}

// bid is proposal with a day and a reply-by date, which may be empty.
func bid(on string, by events.Party, pence int64, replyBy string) TableOffer {
	offer := TableOffer{Dated: at(on), By: by, Terms: terms(pence)}
	if replyBy != "" {
		offer.ReplyBy = day(replyBy)
	}
	return offer
}

func TestTabling(t *testing.T) {
	spec(t, "the LMC proposes", given(opened()), when(proposal(events.LMC, 525)),
		then(fact("2026-10-05", events.OfferTabled{Offer: 1, Round: 1, By: events.LMC, Terms: terms(525)})))
	proposed := given(opened(), proposal(events.LMC, 525))
	spec(t, "the ICB's answer belongs to the same round", proposed, when(bid("2026-10-12", events.ICB, 300, "")),
		then(fact("2026-10-12", events.OfferTabled{Offer: 2, Round: 1, By: events.ICB, Terms: terms(300)})))
	spec(t, "a side's next offer begins the next round", and(proposed, bid("2026-10-12", events.ICB, 300, "")), when(bid("2026-10-19", events.LMC, 500, "")),
		then(fact("2026-10-19", events.OfferTabled{Offer: 3, Round: 2, By: events.LMC, Terms: terms(500)})))
	spec(t, "what is on the table is not put there again", proposed, when(proposal(events.LMC, 525)), nothing())
	spec(t, "after agreement nothing is proposed", agreed(), when(bid("2026-10-20", events.LMC, 500, "")), refused(ErrAgreed, "offer 1 was accepted"))
	spec(t, "an offer is no older than the side's last", given(opened(), bid("2026-10-12", events.ICB, 300, "")), when(bid("2026-10-11", events.ICB, 250, "")),
		refused(ErrTooEarly, "offer 1", "Mon 12 Oct 2026"))
	spec(t, "the other side's may be newer", given(opened(), bid("2026-10-12", events.ICB, 300, "")), when(bid("2026-10-11", events.LMC, 250, "")),
		then(fact("2026-10-11", events.OfferTabled{Offer: 2, Round: 1, By: events.LMC, Terms: terms(250)})))
	spec(t, "an ICB that is gone is not bargained with",
		given(OpenCase{at("2026-03-01"), "NCL-26-0001", "NCL", "QMJ", "phlebotomy-secondary", "x", nil}), when(proposal(events.LMC, 500)), refused(directory.ErrAbolished, "Z9B2Z"))
	for what, c := range map[string]struct {
		change func(*TableOffer)
		why    error
	}{
		"by nobody":                 {func(o *TableOffer) { o.By = "" }, ErrMissing},
		"by a practice":             {func(o *TableOffer) { o.By = events.Practice }, ErrInvalid},
		"at a negative price":       {func(o *TableOffer) { o.Terms.PricePence = -1 }, ErrInvalid},
		"at an absurd price":        {func(o *TableOffer) { o.Terms.PricePence = dearest + 1 }, ErrInvalid},
		"of a negative value":       {func(o *TableOffer) { o.Terms.AnnualPence = -1 }, ErrInvalid},
		"of an absurd value":        {func(o *TableOffer) { o.Terms.AnnualPence = dearest + 1 }, ErrInvalid},
		"with a negative cap":       {func(o *TableOffer) { o.Terms.Cap = -1 }, ErrInvalid},
		"without a start":           {func(o *TableOffer) { o.Terms.From = calendar.Date{} }, ErrMissing},
		"without a unit":            {func(o *TableOffer) { o.Terms.Unit = " " }, ErrMissing},
		"ending before it starts":   {func(o *TableOffer) { o.Terms.Until = day("2027-03-31") }, ErrInvalid},
		"reviewed before it starts": {func(o *TableOffer) { o.Terms.Review = day("2027-03-31") }, ErrInvalid},
		"to be answered before it":  {func(o *TableOffer) { o.ReplyBy = day("2026-10-04") }, ErrInvalid},
		"tomorrow":                  {func(o *TableOffer) { o.Dated = at("2027-03-02") }, ErrFuture},
		"about a patient":           {func(o *TableOffer) { o.Terms.Conditions = "as for 943-476-5919" }, ErrPatientData},
	} {
		offer := proposal(events.LMC, 500)
		c.change(&offer)
		spec(t, "no offer "+what, given(opened()), when(offer), refused(c.why))
	}
	free := proposal(events.LMC, 0)
	spec(t, "an offer of nothing is an offer", given(opened()), when(free), then(fact("2026-10-05", events.OfferTabled{Offer: 1, Round: 1, By: events.LMC, Terms: terms(0)})))
}

// agreed is a case whose offer 1, of the ICB, was accepted on 19 October 2026.
func agreed() []Command {
	return given(opened(), proposal(events.ICB, 450), AcceptOffer{Dated: at("2026-10-19"), Offer: 1})
}

func TestAnsweringOffers(t *testing.T) {
	offered := given(opened(), bid("2026-10-05", events.ICB, 450, "2026-10-26"))
	spec(t, "the other side accepts", offered, when(AcceptOffer{Dated: at("2026-10-26"), Offer: 1}), then(
		fact("2026-10-26", events.OfferAccepted{Offer: 1, By: events.LMC}), follows("2026-10-26", events.DeadlineMet{Deadline: "D2.1"})))
	spec(t, "the LMC's offer is accepted by the ICB", given(opened(), proposal(events.LMC, 450)), when(AcceptOffer{Dated: at("2026-10-19"), Offer: 1}),
		then(fact("2026-10-19", events.OfferAccepted{Offer: 1, By: events.ICB})))
	spec(t, "accepting twice is accepting once", agreed(), when(AcceptOffer{Dated: at("2026-10-20"), Offer: 1}), nothing())
	spec(t, "a lapsed offer is not accepted", offered, when(AcceptOffer{Dated: at("2026-10-27"), Offer: 1}), refused(ErrLapsed, "Mon 26 Oct 2026"))
	spec(t, "but rejected", offered, when(RejectOffer{at("2026-10-27"), 1, "too late, too low"}), then(
		fact("2026-10-27", events.OfferRejected{Offer: 1, By: events.LMC, Why: "too late, too low"}), follows("2026-10-27", events.DeadlineMet{Deadline: "D2.1"})))
	spec(t, "no offer is accepted before it was made", offered, when(AcceptOffer{Dated: at("2026-10-04"), Offer: 1}), refused(ErrTooEarly, "the offer was made"))
	spec(t, "nor rejected", offered, when(RejectOffer{at("2026-10-04"), 1, ""}), refused(ErrTooEarly, "the offer was made"))
	spec(t, "nor withdrawn", offered, when(WithdrawOffer{at("2026-10-04"), 1, ""}), refused(ErrTooEarly))
	spec(t, "there must be offers", given(opened()), when(AcceptOffer{Offer: 1}), refused(ErrUnknownOffer, "no offers yet"))
	for _, cmd := range []Command{AcceptOffer{Offer: 2}, RejectOffer{Offer: 0}, WithdrawOffer{Offer: -1}} {
		spec(t, "an offer is answered by its number", offered, when(cmd), refused(ErrUnknownOffer, "its latest is offer 1"))
	}
	replaced := and(offered, bid("2026-10-20", events.ICB, 475, ""))
	for _, cmd := range []Command{AcceptOffer{Dated: at("2026-10-21"), Offer: 1}, RejectOffer{at("2026-10-21"), 1, ""}, WithdrawOffer{at("2026-10-21"), 1, ""}} {
		spec(t, "a replaced offer is not answered", replaced, when(cmd), refused(ErrNotStanding, "offer 2 replaced it on Tue 20 Oct 2026"))
	}
	rejected := and(offered, RejectOffer{at("2026-10-12"), 1, "below cost"})
	spec(t, "a rejected offer is not accepted", rejected, when(AcceptOffer{Dated: at("2026-10-13"), Offer: 1}), refused(ErrNotStanding, "rejected", "Mon 12 Oct 2026"))
	spec(t, "rejecting twice is rejecting once", rejected, when(RejectOffer{at("2026-10-13"), 1, ""}), nothing())
	withdrawn := and(offered, WithdrawOffer{at("2026-10-12"), 1, "a mistake"})
	spec(t, "a withdrawn offer is not accepted", withdrawn, when(AcceptOffer{Dated: at("2026-10-13"), Offer: 1}), refused(ErrNotStanding, "withdrawn"))
	spec(t, "withdrawing twice is withdrawing once", withdrawn, when(WithdrawOffer{at("2026-10-13"), 1, ""}), nothing())
	spec(t, "a lapsed offer may be withdrawn", offered, when(WithdrawOffer{at("2026-11-13"), 1, ""}), then(
		fact("2026-11-13", events.OfferWithdrawn{Offer: 1}), follows("2026-11-13", events.DeadlineSuperseded{Deadline: "D2.1", Why: "the offer was withdrawn"})))
	both := and(offered, bid("2026-10-06", events.LMC, 500, ""), AcceptOffer{Dated: at("2026-10-19"), Offer: 1})
	spec(t, "two offers are not accepted", both, when(AcceptOffer{Dated: at("2026-10-20"), Offer: 2}), refused(ErrAgreed, "offer 1"))
	spec(t, "an agreement that fell through", agreed(), when(WithdrawOffer{at("2026-11-02"), 1, "no money"}), then(fact("2026-11-02", events.OfferWithdrawn{Offer: 1, Why: "no money"})))
	spec(t, "cannot have done so before it was reached", agreed(), when(WithdrawOffer{at("2026-10-18"), 1, ""}), refused(ErrTooEarly, "accepted"))
	spec(t, "then another can be reached", and(agreed(), WithdrawOffer{at("2026-11-02"), 1, "no money"}), when(bid("2026-11-03", events.ICB, 440, "")),
		then(fact("2026-11-03", events.OfferTabled{Offer: 2, Round: 2, By: events.ICB, Terms: terms(440)})))
	spec(t, "a signed one stands", and(agreed(), Sign{Dated: at("2026-11-02")}), when(WithdrawOffer{at("2026-11-03"), 1, ""}), refused(ErrAgreed, "signed on Mon 2 Nov 2026"))
}

func TestSigningAndFunding(t *testing.T) {
	offer := proposal(events.ICB, 450)
	offer.Terms.Until, offer.Terms.Review = day("2029-03-31"), day("2028-03-31")
	accepted := given(opened(), offer, AcceptOffer{Dated: at("2026-10-19"), Offer: 1})
	review := events.DeadlineSet{
		Deadline: "D4.1", Rule: "agreement-review", RuleVersion: 1, Title: "Review the agreement", Owner: events.LMC,
		Trigger: day("2026-11-02"), Stated: day("2028-03-31"), Document: "v7.pdf",
	}
	end := review
	end.Deadline, end.Rule, end.Title, end.Stated = "D4.2", "agreement-end", "Agreement ends", day("2029-03-31")
	spec(t, "signing takes the offer's dates and starts their clocks", accepted, when(Sign{Dated: at("2026-11-02"), Document: "v7.pdf"}), then(
		fact("2026-11-02", events.AgreementSigned{Document: "v7.pdf", From: day("2027-04-01"), Until: day("2029-03-31"), Review: day("2028-03-31")}),
		follows("2026-11-02", review), follows("2026-11-02", end)))
	spec(t, "without dates no clock starts", agreed(), when(Sign{Dated: at("2026-11-02"), From: day("2027-05-01")}),
		then(fact("2026-11-02", events.AgreementSigned{From: day("2027-05-01")})))
	signed := and(accepted, Sign{Dated: at("2026-11-02"), Document: "v7.pdf"})
	spec(t, "signing alike again changes nothing", signed, when(Sign{Dated: at("2026-11-03"), Document: "v7.pdf"}), nothing())
	spec(t, "signing otherwise is a correction", signed, when(Sign{Dated: at("2026-11-03"), Document: "v8.pdf"}), refused(ErrSettled, "Mon 2 Nov 2026", "correct"))
	spec(t, "nothing agreed, nothing signed", given(opened(), offer), when(Sign{Dated: at("2026-11-02")}), refused(ErrNotAgreed))
	spec(t, "not before it was agreed", accepted, when(Sign{Dated: at("2026-10-18")}), refused(ErrTooEarly, "accepted"))
	spec(t, "the end comes after the start", accepted, when(Sign{Dated: at("2026-11-02"), Until: day("2027-03-31")}), refused(ErrInvalid))
	spec(t, "the review too", accepted, when(Sign{Dated: at("2026-11-02"), Review: day("2027-03-31")}), refused(ErrInvalid))

	spec(t, "funding starts", signed, when(Fund{at("2027-02-01"), 65_625, "the first month"}), then(fact("2027-02-01", events.FundingStarted{Pence: 65_625, Note: "the first month"})))
	spec(t, "once", and(signed, Fund{at("2027-02-01"), 0, ""}), when(Fund{at("2027-02-02"), 1, ""}), refused(ErrSettled, "Mon 1 Feb 2027"))
	spec(t, "for something agreed", given(opened()), when(Fund{at("2027-02-01"), 1, ""}), refused(ErrNotAgreed))
	spec(t, "and signed", accepted, when(Fund{at("2027-02-01"), 1, ""}), refused(ErrNotSigned, "offer 1"))
	spec(t, "with money", signed, when(Fund{at("2027-02-01"), -1, ""}), refused(ErrInvalid))
	spec(t, "not all there is", signed, when(Fund{at("2027-02-01"), dearest + 1, ""}), refused(ErrInvalid))
	spec(t, "not before it was agreed", signed, when(Fund{at("2026-10-18"), 1, ""}), refused(ErrTooEarly))
	spec(t, "an agreed case is closed as resourced", signed, when(Close{Dated: at("2027-02-01"), Outcome: events.Resourced}), then(fact("2027-02-01", events.CaseClosed{Outcome: events.Resourced})))
}
