package timeline

import (
	"fmt"
	"strings"

	"parley/domain/calendar"
	"parley/events"
)

// Describe returns e in a sentence of plain English, without its full stop.
// It is empty for an event that it does not know: there is none.
func Describe(e events.Event) string {
	for _, describe := range []func(events.Event) string{describeCase, describeGap, describeTalks, describeNotice, describeProcedure, describeClosure, describeDeadline, describeBodies, describeAlert} {
		if text := describe(e); text != "" {
			return text
		}
	}
	return ""
}

func describeCase(e events.Event) string {
	switch e := e.(type) {
	case events.CaseOpened:
		return fmt.Sprintf("Case opened with %s about %s: %s", named(e.ICB, e.ICBName), e.Service, e.Title)
	case events.CommissionerChanged:
		return "Case put before " + named(e.ICB, e.ICBName) + because(e.Why)
	case events.PracticeJoined:
		return named(e.Practice, e.Name) + " joined"
	case events.PracticeLeft:
		return e.Practice + " left" + because(e.Why)
	case events.CaseAssigned:
		return "Assigned to " + e.Caseworker
	case events.CaseClosed:
		text := "Case closed: " + string(e.Outcome)
		if e.Into != "" {
			text += " into " + e.Into
		}
		return text + because(e.Text)
	case events.CaseReopened:
		if e.FreshClocks {
			return "Case reopened, with fresh clocks" + because(e.Why)
		}
		return "Case reopened" + because(e.Why)
	case events.EventRetracted:
		return fmt.Sprintf("Event %s retracted", e.Event) + because(e.Why)
	case events.EventReplaced:
		return fmt.Sprintf("Event %s corrected", e.Event) + because(e.Why)
	case events.NoteAdded:
		return "Note: " + e.Text
	}
	return ""
}

func describeGap(e events.Event) string {
	switch e := e.(type) {
	case events.ContractPositionRecorded:
		return fmt.Sprintf("Contract position of %s: %s", whose(e.Practice), contract(e)) + filed(e.Document)
	case events.EvidenceRecorded:
		return fmt.Sprintf("Activity of %s: %d %s from %s to %s (%s)", whose(e.Practice), e.Activity, e.Unit, e.From.Long(), e.Until.Long(), e.Source)
	case events.CostRecorded:
		return fmt.Sprintf("Cost to %s: %s (%s)", whose(e.Practice), Price(e.Pence, e.Unit), e.Basis)
	case events.MandateGiven:
		text := "Mandate given by " + e.By
		if e.FloorPence != 0 {
			text += fmt.Sprintf(", no lower than %s", Pounds(e.FloorPence))
		}
		return text + because(e.Text)
	}
	return ""
}

func contract(e events.ContractPositionRecorded) string {
	var said []string
	switch e.Position {
	case events.NoContract:
		said = append(said, "no contract")
	case events.Signed:
		said = append(said, "a signed contract")
	case events.RolledOver:
		said = append(said, "an expired contract that was carried on with")
	case events.Core:
		said = append(said, "part of the core contract, as the ICB has it")
	default:
		said = append(said, string(e.Position))
	}
	if !e.TermEnd.IsZero() {
		said = append(said, "term to "+e.TermEnd.Long())
	}
	if !e.LastPayment.IsZero() {
		said = append(said, "last paid "+e.LastPayment.Long())
	}
	if !e.Notice.IsZero() {
		said = append(said, "notice of "+e.Notice.Long()+toMonthEnd(e.ToMonthEnd))
	}
	if e.Clause != "" {
		said = append(said, "clause "+e.Clause)
	}
	return strings.Join(said, ", ")
}

func describeTalks(e events.Event) string {
	switch e := e.(type) {
	case events.OfferTabled:
		text := fmt.Sprintf("Offer %d (round %d) by %s: %s", e.Offer, e.Round, party(e.By), terms(e.Terms))
		if !e.ReplyBy.IsZero() {
			text += ", reply by " + e.ReplyBy.Long()
		}
		return text
	case events.OfferAccepted:
		text := fmt.Sprintf("Offer %d accepted by %s", e.Offer, party(e.By))
		if e.KeepNotices {
			text += ", notices to run on until it is signed"
		}
		return text
	case events.OfferRejected:
		return fmt.Sprintf("Offer %d rejected by %s", e.Offer, party(e.By)) + because(e.Why)
	case events.OfferWithdrawn:
		return fmt.Sprintf("Offer %d withdrawn", e.Offer) + because(e.Why)
	case events.AgreementSigned:
		return "Agreement signed, running" + span(e.From, e.Until) + review(e.Review) + filed(e.Document)
	case events.FundingStarted:
		text := "Funding started"
		if e.Pence != 0 {
			text += " with " + Pounds(e.Pence)
		}
		return text + because(e.Note)
	}
	return ""
}

func terms(t events.Terms) string {
	text := Price(t.PricePence, t.Unit) + span(t.From, t.Until)
	if t.Cap != 0 {
		text += fmt.Sprintf(", at most %d a year", t.Cap)
	}
	if t.AnnualPence != 0 {
		text += fmt.Sprintf(", worth %s a year", Pounds(t.AnnualPence))
	}
	text += review(t.Review)
	if t.Conditions != "" {
		text += ", conditions: " + t.Conditions
	}
	return text
}

func describeNotice(e events.Event) string {
	switch e := e.(type) {
	case events.GuidanceGiven:
		return fmt.Sprintf("Guidance given to %s: %s", e.Practice, e.Text)
	case events.NoticeServed:
		return served(e)
	case events.NoticeAcknowledged:
		return "Notice of " + e.Practice + " acknowledged" + filed(e.Document)
	case events.NoticeWithdrawn:
		if e.Agreed != 0 {
			return fmt.Sprintf("Notice of %s cancelled by the agreement on offer %d", e.Practice, e.Agreed) + because(e.Why)
		}
		return "Notice of " + e.Practice + " withdrawn" + because(e.Why)
	case events.NoticeTookEffect:
		return "Notice of " + e.Practice + " took effect: it no longer does the work"
	}
	return ""
}

func served(e events.NoticeServed) string {
	text := fmt.Sprintf("%s served notice of %s%s", e.Practice, e.Period.Long(), toMonthEnd(e.ToMonthEnd))
	if e.Clause != "" {
		text += " under clause " + e.Clause
	}
	text += fmt.Sprintf(", sent by %s on %s", method(e.Method), e.Sent.Long())
	if e.SentTime != "" {
		text += " at " + e.SentTime
	}
	text += ", deemed served " + e.Deemed.Long()
	if e.Stated {
		text += " as stated"
	}
	return text + filed(e.Document)
}

func describeProcedure(e events.Event) string {
	switch e := e.(type) {
	case events.DisputeRaised:
		return fmt.Sprintf("Dispute %d raised by %s (%s): %s", e.Dispute, party(e.By), procedure(e.Procedure), e.About)
	case events.DisputeStepped:
		return fmt.Sprintf("Dispute %d taken on (%s): %s", e.Dispute, procedure(e.Procedure), e.Text)
	case events.DisputeDetermined:
		text := fmt.Sprintf("Dispute %d determined", e.Dispute)
		if e.For != "" {
			text += " for " + party(e.For)
		}
		return text + because(e.Text)
	case events.FOISent:
		return fmt.Sprintf("Freedom of information request %d sent to %s: %s", e.Request, named(e.To, e.ToName), e.About) + filed(e.Document)
	case events.FOIAnswered:
		return fmt.Sprintf("Freedom of information request %d answered: %s", e.Request, outcome(e.Outcome)) + because(e.Text) + filed(e.Document)
	case events.FOIReviewAsked:
		return fmt.Sprintf("Internal review of freedom of information request %d asked for", e.Request) + because(e.Why) + filed(e.Document)
	case events.FOIReviewAnswered:
		return fmt.Sprintf("Internal review of freedom of information request %d answered: %s", e.Request, outcome(e.Outcome)) + because(e.Text) + filed(e.Document)
	case events.LetterLogged:
		way := "to"
		if e.Direction == events.In {
			way = "from"
		}
		return fmt.Sprintf("%s %s %s: %s", letter(e.Method), way, party(e.With), e.Subject) + filed(e.Document)
	case events.MeetingLogged:
		return fmt.Sprintf("Meeting with %s: %s", party(e.With), e.Text)
	}
	return ""
}

func describeBodies(e events.Event) string {
	switch e := e.(type) {
	case events.PracticeListed:
		text := named(e.Practice, e.Name) + " entered in the directory"
		if e.ICB != "" {
			text += " under " + e.ICB
		}
		return text + ", open" + span(e.Opened, e.Closed)
	case events.PracticeClosed:
		return e.Practice + " closed"
	case events.PracticeReopened:
		return e.Practice + " opened again"
	case events.PracticeRenamed:
		return e.Practice + " renamed " + e.Name
	case events.PracticeMoved:
		return e.Practice + " came under " + e.ICB
	case events.PracticesImported:
		return fmt.Sprintf("A list of %d practices taken in", e.Practices)
	case events.CommissionerEstablished:
		return named(e.ICB, e.Name) + " established"
	case events.CommissionerAbolished:
		return e.ICB + " abolished, succeeded by " + strings.Join(e.Successors, ", ")
	case events.CalendarRevised:
		return fmt.Sprintf("Bank holidays revised to %s: %d added, %d removed, known to %s", e.Version, len(e.Added), len(e.Removed), e.Horizon.Long())
	case events.CaseNumbered:
		return "Case number " + e.Ref + " given out"
	}
	return ""
}

// span returns the days something runs, with a space before it.
func span(from, until calendar.Date) string {
	text := ""
	if !from.IsZero() {
		text += " from " + from.Long()
	}
	if !until.IsZero() {
		text += " to " + until.Long()
	}
	return text
}
