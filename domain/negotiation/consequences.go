package negotiation

import (
	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

// consequences returns the facts that cause brings about in case c, which has
// not taken it in yet: the clocks it starts and those it stops, what becomes of
// running notices, and which later facts a correction makes turn out otherwise.
// Each is a follower of cause, so that a correction of cause carries it along.
func consequences(c Case, cause events.Fact, given Circumstances, ids *deadlineIDs) []events.Fact {
	var follow followers
	follow.on = cause.On
	switch e := cause.Event.(type) {
	case events.OfferTabled:
		follow.tabled(c, e, ids)
	case events.OfferAccepted:
		follow.meet(c, func(clock deadline.Clock) bool { return clock.Offer == e.Offer })
		follow.supersede(c, "another offer was accepted", func(clock deadline.Clock) bool { return clock.Offer != 0 && clock.Offer != e.Offer })
		if !e.KeepNotices {
			follow.settleNotices(c, e.Offer)
		}
	case events.OfferRejected:
		follow.meet(c, func(clock deadline.Clock) bool { return clock.Offer == e.Offer })
	case events.OfferWithdrawn:
		follow.supersede(c, "the offer was withdrawn", func(clock deadline.Clock) bool { return clock.Offer == e.Offer })
	case events.AgreementSigned:
		follow.agreement(e, ids)
		if c.Agreement != nil {
			follow.settleNotices(c, c.Agreement.Offer)
		}
	case events.NoticeServed:
		follow.notice(e, ids)
	case events.NoticeAcknowledged:
		follow.meet(c, clockOf(deadline.NoticeAck, e.Practice))
	case events.NoticeWithdrawn:
		follow.supersede(c, "the notice was withdrawn", clockOfNotice(e.Practice))
	case events.NoticeTookEffect:
		follow.meet(c, clockOf(deadline.LESNotice, e.Practice))
		follow.supersede(c, "the notice took effect", clockOf(deadline.NoticeAck, e.Practice))
	case events.CaseClosed: // what was agreed has its dates still; an offer that nobody answers has none
		follow.supersede(c, "the case was closed", func(clock deadline.Clock) bool { return clock.Offer != 0 })
	case events.EventRetracted:
		follow.correction(cause, given, ids)
	case events.EventReplaced:
		ids.given += len(e.With) // the clocks in it have their IDs
		follow.correction(cause, given, ids)
	default:
		follow.procedure(c, cause, ids)
		follow.closure(c, cause, ids)
	}
	return follow.facts
}

// followers gathers the consequences of one cause.
type followers struct {
	on    calendar.Date
	facts []events.Fact
}

func (f *followers) add(e events.Event) {
	f.facts = append(f.facts, events.Fact{On: f.on, Event: e, Follows: true})
}

func (f *followers) meet(c Case, concerned func(deadline.Clock) bool) {
	for _, clock := range c.Deadlines {
		if clock.Running() && concerned(clock) {
			f.add(events.DeadlineMet{Deadline: clock.Deadline})
		}
	}
}

func (f *followers) supersede(c Case, why string, concerned func(deadline.Clock) bool) {
	for _, clock := range c.Deadlines {
		if clock.Running() && concerned(clock) {
			f.add(events.DeadlineSuperseded{Deadline: clock.Deadline, Why: why})
		}
	}
}

func (f *followers) tabled(c Case, e events.OfferTabled, ids *deadlineIDs) {
	for _, o := range c.Offers {
		if o.By == e.By && o.State == Standing {
			f.supersede(c, "the offer was replaced", func(clock deadline.Clock) bool { return clock.Offer == o.Offer })
		}
	}
	if !e.ReplyBy.IsZero() {
		set := deadline.OfferReply.Set(Offer{OfferTabled: e}.otherSide())
		set.Deadline, set.Offer, set.Trigger, set.Stated = ids.next(), e.Offer, f.on, e.ReplyBy
		f.add(set)
	}
}

// settleNotices cancels the notices that an agreement overtakes, and records
// that those which had run out by then took effect. Should the agreement have
// been entered late, it leaves alone what was served after it.
func (f *followers) settleNotices(c Case, offer int) {
	agreed := f.on
	for _, p := range c.Practices {
		if !p.Notice.Running() || p.Notice.Served.After(agreed) {
			continue
		}
		its := clockOfNotice(p.Code)
		if p.Notice.RanOut(agreed) {
			f.on = p.Notice.Ends
			f.add(events.NoticeTookEffect{Practice: p.Code})
			f.meet(c, clockOf(deadline.LESNotice, p.Code))
			f.supersede(c, "the notice took effect", clockOf(deadline.NoticeAck, p.Code))
		} else {
			f.on = agreed
			f.add(events.NoticeWithdrawn{Practice: p.Code, Agreed: offer})
			f.supersede(c, "the notice was cancelled by agreement", its)
		}
	}
	f.on = agreed
}

func (f *followers) agreement(e events.AgreementSigned, ids *deadlineIDs) {
	if !e.Review.IsZero() {
		set := deadline.AgreementReview.Set(events.LMC)
		set.Deadline, set.Trigger, set.Stated, set.Document = ids.next(), f.on, e.Review, e.Document
		f.add(set)
	}
	if !e.Until.IsZero() {
		set := deadline.AgreementEnd.Set(events.LMC)
		set.Deadline, set.Trigger, set.Stated, set.Document = ids.next(), f.on, e.Until, e.Document
		f.add(set)
	}
}

// correction amends the later facts that turn out otherwise. That it may be
// made at all has been decided.
func (f *followers) correction(cause events.Fact, given Circumstances, ids *deadlineIDs) {
	amended, _ := retell(given, cause, ids)
	for _, e := range amended {
		f.add(e)
	}
}
