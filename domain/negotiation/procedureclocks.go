package negotiation

import (
	"parley/domain/deadline"
	"parley/domain/directory"
	"parley/events"
)

// procedure adds the clocks that requests for information and disputes start
// and stop.
func (f *followers) procedure(c Case, cause events.Fact, ids *deadlineIDs) {
	switch e := cause.Event.(type) {
	case events.FOISent:
		f.request(deadline.FOIRespond, asked(e.To), e.Request, ids)
	case events.FOIAnswered:
		f.meet(c, clockOfRequest(e.Request, deadline.FOIRespond))
		if r := c.request(e.Request); e.Outcome != events.Disclosed && (r == nil || r.ReviewAsked.IsZero()) {
			f.request(deadline.FOIReviewRequest, events.LMC, e.Request, ids)
		}
	case events.FOIReviewAsked: // of silence too, which answers nothing: the answer stays due
		f.meet(c, clockOfRequest(e.Request, deadline.FOIReviewRequest))
		if r := c.request(e.Request); r != nil {
			f.request(deadline.FOIReviewAnswer, asked(r.To), e.Request, ids)
		}
	case events.FOIReviewAnswered:
		f.meet(c, clockOfRequest(e.Request, deadline.FOIReviewAnswer))
		f.supersede(c, "the review was answered", clockOfRequest(e.Request, deadline.FOIRespond))
		if e.Outcome != events.Disclosed {
			f.request(deadline.FOIComplain, events.LMC, e.Request, ids)
		}
	case events.DisputeRaised:
		f.dispute(e.Dispute, e.Procedure, e.By, ids)
	case events.DisputeStepped:
		d := c.dispute(e.Dispute)
		if d == nil || d.Procedure == e.Procedure {
			return
		}
		f.supersede(c, "the dispute moved to another procedure", clockOfDispute(e.Dispute))
		if e.Procedure == events.LocalResolution {
			f.dispute(e.Dispute, e.Procedure, d.By, ids)
		}
	case events.DisputeDetermined:
		f.supersede(c, "the dispute was determined", clockOfDispute(e.Dispute))
	}
}

// asked returns which party a body that is asked for information is.
func asked(body string) events.Party {
	if directory.IsCommissionerCode(body) {
		return events.ICB
	}
	return events.Provider
}

// request starts a clock about a request for information.
func (f *followers) request(rule deadline.ID, owner events.Party, request int, ids *deadlineIDs) {
	set := rule.Set(owner)
	set.Deadline, set.Request, set.Trigger = ids.next(), request, f.on
	f.add(set)
}

// dispute starts the clock of a procedure, where it has one. Under the NHS
// Standard Contract the parties negotiate from the dispute notice on, before
// they come to mediation or an expert: who steps there has done with that.
func (f *followers) dispute(n int, procedure events.Procedure, raisedBy events.Party, ids *deadlineIDs) {
	other := events.ICB
	if raisedBy == events.ICB {
		other = events.LMC
	}
	var rule deadline.ID
	switch procedure {
	case events.LocalResolution:
		rule = deadline.DisputeAck
	case events.Mediation, events.ExpertDetermination:
		rule = deadline.DisputeNegotiation
	default: // the rules of NHS dispute resolution bind who decides, or turn on dates in its notices
		return
	}
	set := rule.Set(other)
	set.Deadline, set.Dispute, set.Trigger = ids.next(), n, f.on
	f.add(set)
}

// notice starts the clocks of one practice's notice.
func (f *followers) notice(e events.NoticeServed, ids *deadlineIDs) {
	end := deadline.LESNotice.Set(events.Practice)
	end.Deadline, end.Practice, end.Trigger = ids.next(), e.Practice, e.Deemed
	end.Period, end.ToMonthEnd, end.Document = e.Period, e.ToMonthEnd, e.Document
	f.add(end)
	ack := deadline.NoticeAck.Set(events.ICB)
	ack.Deadline, ack.Practice, ack.Trigger = ids.next(), e.Practice, e.Deemed
	f.add(ack)
}

func clockOf(rule deadline.ID, practice string) func(deadline.Clock) bool {
	return func(clock deadline.Clock) bool { return clock.Rule == string(rule) && clock.Practice == practice }
}

func clockOfNotice(practice string) func(deadline.Clock) bool {
	return func(clock deadline.Clock) bool {
		return clockOf(deadline.LESNotice, practice)(clock) || clockOf(deadline.NoticeAck, practice)(clock)
	}
}

func clockOfRequest(n int, rule deadline.ID) func(deadline.Clock) bool {
	return func(clock deadline.Clock) bool { return clock.Request == n && clock.Rule == string(rule) }
}

func clockOfDispute(n int) func(deadline.Clock) bool {
	return func(clock deadline.Clock) bool { return clock.Dispute == n }
}
