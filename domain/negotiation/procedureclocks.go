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

// closure adds the clocks that the closing of a list, and an award under the
// Provider Selection Regime, start and stop.
func (f *followers) closure(c Case, cause events.Fact, ids *deadlineIDs) {
	switch e := cause.Event.(type) {
	case events.ListClosureApplied:
		f.supersede(c, "the practice applied again", clockOf(deadline.ListClosureReapply, e.Practice))
		f.list(deadline.ListClosureAck, events.ICB, e.Practice, ids)
		f.list(deadline.ListClosureDecide, events.ICB, e.Practice, ids)
	case events.ListClosureAcknowledged:
		f.meet(c, clockOf(deadline.ListClosureAck, e.Practice))
	case events.ListClosureDecided: // which acknowledges it too
		f.meet(c, clockOf(deadline.ListClosureAck, e.Practice))
		f.meet(c, clockOf(deadline.ListClosureDecide, e.Practice))
		f.listDecided(e, ids)
	case events.AwardIntended:
		f.award(deadline.PSRStandstill, e.Document, ids)
	case events.AwardDecided:
		f.meet(c, func(clock deadline.Clock) bool { return clock.Rule == string(deadline.PSRStandstill) })
		f.award(deadline.PSRPanel, e.Document, ids)
	}
}

// list starts a clock about the list of one practice.
func (f *followers) list(rule deadline.ID, owner events.Party, practice string, ids *deadlineIDs) {
	set := rule.Set(owner)
	set.Deadline, set.Practice, set.Trigger = ids.next(), practice, f.on
	f.add(set)
}

// listDecided starts what a decision on a list leaves to wait for: its end and
// the last day for asking to extend it, or the day before a new application.
func (f *followers) listDecided(e events.ListClosureDecided, ids *deadlineIDs) {
	switch {
	case !e.Granted:
		f.list(deadline.ListClosureReapply, events.Practice, e.Practice, ids)
	case !e.Until.IsZero():
		end := deadline.ListClosureLength.Set(events.Practice)
		end.Deadline, end.Practice, end.Trigger, end.Stated, end.Document = ids.next(), e.Practice, f.on, e.Until, e.Document
		f.add(end)
		extend := deadline.ListClosureExtend.Set(events.Practice)
		extend.Deadline, extend.Practice, extend.Trigger = ids.next(), e.Practice, e.Until
		f.add(extend)
	}
}

// award starts a clock of the LMC about an award: it speaks for the practices.
func (f *followers) award(rule deadline.ID, document string, ids *deadlineIDs) {
	set := rule.Set(events.LMC)
	set.Deadline, set.Trigger, set.Document = ids.next(), f.on, document
	f.add(set)
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
	end, ack := NoticeClocks(e)
	end.Deadline, ack.Deadline = ids.next(), ids.next()
	f.add(end)
	f.add(ack)
}

// NoticeClocks returns the two clocks that a notice starts, without their IDs:
// its end, and its acknowledgement. They are counted from the day it counts as
// served, and carry when and how it was sent.
func NoticeClocks(e events.NoticeServed) (end, ack events.DeadlineSet) {
	end, ack = deadline.LESNotice.Set(events.Practice), deadline.NoticeAck.Set(events.ICB)
	end.Period, end.ToMonthEnd, end.Document = e.Period, e.ToMonthEnd, e.Document
	for _, set := range []*events.DeadlineSet{&end, &ack} {
		set.Practice, set.Trigger, set.Time, set.Service = e.Practice, e.Sent, e.SentTime, events.Service{Method: e.Method}
		if e.Stated || e.Deemed != e.Sent {
			set.Service.Deemed = e.Deemed
		}
	}
	return end, ack
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
