package negotiation

import (
	"parley/domain/deadline"
	"parley/events"
)

// commandFor returns the command that a fact answers to, so that a correction
// meets the same rules as the first telling, and false for facts that no
// command states by themselves.
func commandFor(e events.Event, on Dated) (Command, bool) {
	switch e := e.(type) {
	case events.CaseOpened:
		return OpenCase{on, e.Ref, e.LMC, e.ICB, e.Service, e.Title, nil}, true
	case events.CommissionerChanged:
		return Transfer{on, e.ICB, e.Why}, true
	case events.PracticeJoined:
		return Join{on, []string{e.Practice}}, true
	case events.PracticeLeft:
		return Leave{on, []string{e.Practice}, e.Why}, true
	case events.ContractPositionRecorded:
		return RecordContract{on, e}, true
	case events.EvidenceRecorded:
		return RecordEvidence{on, e}, true
	case events.CostRecorded:
		return RecordCost{on, e}, true
	case events.MandateGiven:
		return GiveMandate{on, e}, true
	case events.CaseAssigned:
		return Assign{on, e.Caseworker}, true
	case events.CaseClosed:
		return Close{on, e.Outcome, e.Into, e.Text}, true
	case events.CaseReopened:
		return Reopen{on, e.Why, e.FreshClocks}, true
	case events.LetterLogged:
		return LogLetter{on, e}, true
	case events.MeetingLogged:
		return LogMeeting{on, e}, true
	case events.NoteAdded:
		return AddNote{on, e.Text}, true
	}
	if cmd, ok := commandForDeadline(e, on); ok {
		return cmd, true
	}
	if cmd, ok := commandForTalks(e, on); ok {
		return cmd, true
	}
	if cmd, ok := commandForClosure(e, on); ok {
		return cmd, true
	}
	return commandForProcedure(e, on)
}

func commandForClosure(e events.Event, on Dated) (Command, bool) {
	switch e := e.(type) {
	case events.ListClosureApplied:
		return ApplyListClosure{on, e.Practice, e.Document}, true
	case events.ListClosureAcknowledged:
		return AcknowledgeListClosure{on, e.Practice, e.Document}, true
	case events.ListClosureDecided:
		return DecideListClosure{on, e.Practice, e.Granted, e.Until, e.Document}, true
	case events.AwardIntended:
		return PublishAwardIntention{on, e.Provider, e.Document}, true
	case events.AwardDecided:
		return DecideAward{on, e.Provider, e.Text, e.Document}, true
	}
	return nil, false
}

func commandForTalks(e events.Event, on Dated) (Command, bool) {
	switch e := e.(type) {
	case events.OfferTabled:
		return TableOffer{on, e.By, e.Terms, e.ReplyBy}, true
	case events.OfferAccepted:
		return AcceptOffer{on, e.Offer, e.KeepNotices}, true
	case events.OfferRejected:
		return RejectOffer{on, e.Offer, e.Why}, true
	case events.OfferWithdrawn:
		return WithdrawOffer{on, e.Offer, e.Why}, true
	case events.AgreementSigned:
		return Sign{on, e.Document, e.From, e.Until, e.Review}, true
	case events.FundingStarted:
		return Fund{on, e.Pence, e.Note}, true
	}
	return nil, false
}

func commandForProcedure(e events.Event, on Dated) (Command, bool) {
	switch e := e.(type) {
	case events.GuidanceGiven:
		return Advise{on, []string{e.Practice}, e.Text}, true
	case events.NoticeServed:
		return serveAgain(e, on), true
	case events.NoticeAcknowledged:
		return AcknowledgeNotice{on, []string{e.Practice}, e.Document}, true
	case events.NoticeWithdrawn:
		return WithdrawNotice{on, []string{e.Practice}, e.Why}, true
	case events.NoticeTookEffect:
		return EffectNotice{on, []string{e.Practice}}, true
	case events.DisputeRaised:
		return RaiseDispute{on, e.By, e.Procedure, e.About}, true
	case events.DisputeStepped:
		return StepDispute{on, e.Dispute, e.Procedure, e.Text}, true
	case events.DisputeDetermined:
		return DetermineDispute{on, e.Dispute, e.For, e.Text}, true
	case events.FOISent:
		return SendFOI{on, e.To, e.About, e.Document}, true
	case events.FOIAnswered:
		return AnswerFOI{on, e.Request, e.Outcome, e.Text, e.Document}, true
	case events.FOIReviewAsked:
		return AskFOIReview{on, e.Request, e.Why, e.Document}, true
	case events.FOIReviewAnswered:
		return AnswerFOIReview{on, e.Request, e.Outcome, e.Text, e.Document}, true
	}
	return nil, false
}

func commandForDeadline(e events.Event, on Dated) (Command, bool) {
	switch e := e.(type) {
	case events.DeadlineSet:
		return AddDeadline{
			Dated: on, Rule: bookRule(e.Rule), Title: e.Title, Owner: e.Owner, Practice: e.Practice,
			From: deadline.Moment{Date: e.Trigger, Time: e.Time}, Service: e.Service, Stated: e.Stated, Document: e.Document,
			Limit: deadline.Limit{
				Period: e.Period, Counting: e.Counting, Calendar: e.Calendar, Roll: e.Roll, Backward: e.Backward, ToMonthEnd: e.ToMonthEnd,
			},
		}, true
	case events.DeadlineExtended:
		return ExtendDeadline{on, e.Deadline, e.Until, e.Base}, true
	case events.DeadlineExtensionRemoved:
		return RemoveExtension{on, e.Deadline, e.Until, e.Why}, true
	case events.DeadlineShortened:
		return ShortenDeadline{on, e.Deadline, e.Until, e.Base}, true
	case events.DeadlinePaused:
		return PauseDeadline{on, e.Deadline, e.Until, e.Why}, true
	case events.DeadlineResumed:
		return ResumeDeadline{on, e.Deadline}, true
	case events.DeadlineMet:
		return MeetDeadline{on, e.Deadline, e.Time}, true
	case events.DeadlineWaived:
		return WaiveDeadline{on, e.Deadline, e.Why}, true
	}
	return nil, false
}

// bookRule returns the rule that a clock was asked for by: none for one that
// the case sets itself.
func bookRule(id string) string {
	if id == string(deadline.LocalOverride) || id == string(deadline.LocalPeriod) {
		return ""
	}
	return id
}

// subject is what a fact is about, where it is about one practice or one
// numbered thing.
type subject struct {
	practice string
	number   int
	by       events.Party
	deadline string
}

// subjectOf returns what e is about. A correction never turns a fact into one
// about something else.
func subjectOf(e events.Event) subject {
	switch e := e.(type) {
	case events.CaseOpened:
		return subject{practice: e.Ref}
	case events.PracticeJoined:
		return subject{practice: e.Practice}
	case events.PracticeLeft:
		return subject{practice: e.Practice}
	case events.GuidanceGiven:
		return subject{practice: e.Practice}
	case events.NoticeServed:
		return subject{practice: e.Practice}
	case events.NoticeAcknowledged:
		return subject{practice: e.Practice}
	case events.NoticeWithdrawn:
		return subject{practice: e.Practice}
	case events.NoticeTookEffect:
		return subject{practice: e.Practice}
	case events.OfferTabled:
		return subject{number: e.Offer, by: e.By}
	case events.OfferAccepted:
		return subject{number: e.Offer}
	case events.OfferRejected:
		return subject{number: e.Offer}
	case events.OfferWithdrawn:
		return subject{number: e.Offer}
	case events.DisputeRaised:
		return subject{number: e.Dispute}
	case events.DisputeStepped:
		return subject{number: e.Dispute}
	case events.DisputeDetermined:
		return subject{number: e.Dispute}
	case events.FOISent:
		return subject{number: e.Request}
	case events.FOIAnswered:
		return subject{number: e.Request}
	case events.FOIReviewAsked:
		return subject{number: e.Request}
	case events.FOIReviewAnswered:
		return subject{number: e.Request}
	case events.ListClosureApplied:
		return subject{practice: e.Practice}
	case events.ListClosureAcknowledged:
		return subject{practice: e.Practice}
	case events.ListClosureDecided:
		return subject{practice: e.Practice}
	case events.DeadlineSet:
		return subject{practice: e.Practice}
	case events.DeadlineExtended:
		return subject{deadline: e.Deadline}
	case events.DeadlineExtensionRemoved:
		return subject{deadline: e.Deadline}
	case events.DeadlineShortened:
		return subject{deadline: e.Deadline}
	case events.DeadlinePaused:
		return subject{deadline: e.Deadline}
	case events.DeadlineResumed:
		return subject{deadline: e.Deadline}
	case events.DeadlineMet:
		return subject{deadline: e.Deadline}
	case events.DeadlineWaived:
		return subject{deadline: e.Deadline}
	}
	return subject{}
}
