// Package negotiation holds the rules of a case: one service that practices
// carry without a contract or below its cost, taken up with one commissioner.
//
// A case is grown from facts by Fold and Evolve, which never refuse. Wishes to
// change it are Commands; Decide checks one against the case and answers with
// the facts it causes, or with a refusal that says why. Nothing here knows the
// time, the disk or the network: what a rule needs of the world is handed to
// it in Circumstances. How commands reach the log is casework's business.
package negotiation

import (
	"slices"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/events"
)

// Case is what the facts so far add up to, as far as rules and readers of the
// current status need it. It is a value: Evolve returns a new one.
type Case struct {
	Ref      string        `json:"ref"`
	LMC      string        `json:"lmc"`
	ICB      string        `json:"icb"`
	ICBName  string        `json:"icb_name"`
	Service  string        `json:"service"`
	Title    string        `json:"title"`
	OpenedOn calendar.Date `json:"opened_on"`

	Closed     *Closing `json:"closed,omitempty"` // nil while the case is open
	Caseworker string   `json:"caseworker,omitempty"`

	Practices []Practice                        `json:"practices,omitempty"` // in the order of joining
	Contracts []events.ContractPositionRecorded `json:"contracts,omitempty"` // the latest of each practice, and of all
	Evidence  []events.EvidenceRecorded         `json:"evidence,omitempty"`
	Costs     []events.CostRecorded             `json:"costs,omitempty"` // the latest of each practice, and of all
	Mandate   *events.MandateGiven              `json:"mandate,omitempty"`

	Offers    []Offer       `json:"offers,omitempty"` // in the order of their numbers
	Agreement *Agreement    `json:"agreement,omitempty"`
	Disputes  []Dispute     `json:"disputes,omitempty"`
	Requests  []Request     `json:"requests,omitempty"`
	Closures  []Closure     `json:"closures,omitempty"` // of patient lists, as they were applied for
	Award     *Award        `json:"award,omitempty"`
	Deadlines deadline.Book `json:"deadlines,omitempty"`
}

// Closing is how and when a case ended.
type Closing struct {
	On      calendar.Date  `json:"on"`
	Outcome events.Outcome `json:"outcome"`
	Into    string         `json:"into,omitempty"`
}

// Practice is a practice's part in a case.
type Practice struct {
	Code   string        `json:"code"`
	Name   string        `json:"name"` // as it was on joining
	Joined calendar.Date `json:"joined"`
	Left   calendar.Date `json:"left,omitzero"`   // zero while it is a party
	Guided calendar.Date `json:"guided,omitzero"` // the day of the LMC's earliest guidance to it
	Notice Notice        `json:"notice,omitzero"` // its latest notice
}

// Party reports whether the practice is a party to the case.
func (p Practice) Party() bool { return p.Left.IsZero() }

// Notice is a practice's notice to stop the service. Its zero value is none.
type Notice struct {
	Served       calendar.Date `json:"served,omitzero"`  // the day it was given
	Deemed       calendar.Date `json:"deemed,omitzero"`  // the day it counts as served
	Ends         calendar.Date `json:"ends,omitzero"`    // its last day, as its clock has it
	Paused       bool          `json:"paused,omitempty"` // its clock stands still, and nobody knows until when
	Acknowledged calendar.Date `json:"acknowledged,omitzero"`
	Withdrawn    calendar.Date `json:"withdrawn,omitzero"`
	Agreed       int           `json:"agreed,omitempty"` // the offer whose acceptance cancelled it
	Effective    calendar.Date `json:"effective,omitzero"`
}

// NoticeState is where a practice stands with its notice.
type NoticeState string

// The states of notices.
const (
	NoNotice     NoticeState = "none"
	Guided       NoticeState = "guided" // the LMC has advised; nothing is served
	Served       NoticeState = "served"
	Acknowledged NoticeState = "acknowledged"
	Withdrawn    NoticeState = "withdrawn" // by the practice
	Cancelled    NoticeState = "cancelled" // by agreement
	Ended        NoticeState = "ended"     // it ran out, or took effect
)

// NoticeState returns where the practice stands with its notice on this day.
func (p Practice) NoticeState(today calendar.Date) NoticeState {
	n := p.Notice
	switch {
	case n.Served.IsZero() && p.Guided.IsZero():
		return NoNotice
	case n.Served.IsZero():
		return Guided
	case n.Agreed != 0:
		return Cancelled
	case !n.Withdrawn.IsZero():
		return Withdrawn
	case !n.Effective.IsZero() || n.RanOut(today):
		return Ended
	case !n.Acknowledged.IsZero():
		return Acknowledged
	}
	return Served
}

// Running reports whether the notice has been served and has neither been
// withdrawn nor taken effect.
func (n Notice) Running() bool {
	return !n.Served.IsZero() && n.Withdrawn.IsZero() && n.Effective.IsZero()
}

// RanOut reports whether the notice's last day has passed by then. One whose
// clock stands still has none.
func (n Notice) RanOut(by calendar.Date) bool { return !n.Paused && n.Ends.Before(by) }

// OfferState is where an offer stands.
type OfferState string

// The states of offers.
const (
	Standing  OfferState = "standing"
	Replaced  OfferState = "replaced" // by a later one of the same side
	Accepted  OfferState = "accepted"
	Rejected  OfferState = "rejected"
	TakenBack OfferState = "withdrawn"
	Lapsed    OfferState = "lapsed"    // its reply-by date has passed
	Overtaken OfferState = "overtaken" // by an agreement on another
)

// Offer is one side's terms, and what became of them. Its ReplyBy is the date
// that was stated or, where its clock was moved since, that of the clock.
type Offer struct {
	events.OfferTabled
	On        calendar.Date `json:"on"`
	State     OfferState    `json:"state"`
	DecidedOn calendar.Date `json:"decided_on,omitzero"`
	Paused    bool          `json:"paused,omitempty"` // the clock of ReplyBy stands still, and nobody knows until when
}

// StateOn returns where the offer stands on this day: one whose reply-by date
// has passed unanswered has lapsed.
func (o Offer) StateOn(day calendar.Date) OfferState {
	if o.State == Standing && !o.Paused && !o.ReplyBy.IsZero() && o.ReplyBy.Before(day) {
		return Lapsed
	}
	return o.State
}

// Agreement is an accepted offer and what followed it.
type Agreement struct {
	Offer  int                     `json:"offer"`
	On     calendar.Date           `json:"on"`
	Signed calendar.Date           `json:"signed,omitzero"`
	Terms  *events.AgreementSigned `json:"terms,omitempty"`
	Funded calendar.Date           `json:"funded,omitzero"`
}

// Dispute is a dispute within a case.
type Dispute struct {
	events.DisputeRaised
	On         calendar.Date `json:"on"`
	Determined calendar.Date `json:"determined,omitzero"`
	For        events.Party  `json:"for,omitempty"`
}

// Request is a freedom-of-information request and its answer.
type Request struct {
	events.FOISent
	On       calendar.Date     `json:"on"`
	Answered calendar.Date     `json:"answered,omitzero"`
	Outcome  events.FOIOutcome `json:"outcome,omitempty"` // of the review, once there is one

	ReviewAsked calendar.Date `json:"review_asked,omitzero"`
	Reviewed    calendar.Date `json:"reviewed,omitzero"`
}

// Exists reports whether the case has been opened.
func (c Case) Exists() bool { return c.Ref != "" }

// Practice returns the part of the practice with this code, party or not.
func (c Case) Practice(code string) (Practice, bool) {
	i := c.practice(code)
	if i < 0 {
		return Practice{}, false
	}
	return c.Practices[i], true
}

func (c Case) practice(code string) int {
	return slices.IndexFunc(c.Practices, func(p Practice) bool { return p.Code == code })
}

// Contract returns on what footing this practice does the work: its own
// record, else that of all practices.
func (c Case) Contract(code string) (events.ContractPositionRecorded, bool) {
	var found events.ContractPositionRecorded
	var ok bool
	for _, p := range c.Contracts {
		if p.Practice == code || p.Practice == "" && !ok {
			found, ok = p, true
		}
	}
	return found, ok
}

// Stage is where a case stands.
type Stage string

// The stages of a case.
const (
	StagePreparing   Stage = "preparing"
	StageNegotiating Stage = "negotiating"
	StageNotice      Stage = "notice"
	StageAgreed      Stage = "agreed"
	StageDisputed    Stage = "disputed"
	StageCeased      Stage = "ceased"
	StageClosed      Stage = "closed"
)

// Stages returns every stage in the usual order.
func Stages() []Stage {
	return []Stage{StagePreparing, StageNegotiating, StageNotice, StageAgreed, StageDisputed, StageCeased, StageClosed}
}

// Stage returns where the case stands on this day. It follows from the facts
// and is never set: a dispute outranks an agreement, that a running notice,
// that notices which have all ended, those an offer.
func (c Case) Stage(today calendar.Date) Stage {
	var running, ended bool
	for _, p := range c.Practices {
		switch p.NoticeState(today) {
		case Served, Acknowledged:
			running = true
		case Ended:
			ended = true
		}
	}
	switch {
	case c.Closed != nil:
		return StageClosed
	case slices.ContainsFunc(c.Disputes, func(d Dispute) bool { return d.Determined.IsZero() }):
		return StageDisputed
	case c.Agreement != nil:
		return StageAgreed
	case running:
		return StageNotice
	case ended:
		return StageCeased
	case len(c.Offers) > 0:
		return StageNegotiating
	}
	return StagePreparing
}

// Casefile is a case and where its history stands.
type Casefile struct {
	events.Head
	Case Case `json:"case"`
}
