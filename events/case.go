package events

import "parley/domain/calendar"

// Party is a side in a negotiation, or who must act on a deadline.
type Party string

// The parties.
const (
	LMC      Party = "lmc"
	ICB      Party = "icb"
	Practice Party = "practice"
	Provider Party = "provider"

	// Adjudicator is who determines a dispute: on some deadlines only they can act.
	Adjudicator Party = "adjudicator"
)

// CaseOpened begins a case about one service with one commissioner.
type CaseOpened struct {
	Ref     string `json:"ref"`
	LMC     string `json:"lmc"` // its code, GLO
	ICB     string `json:"icb"` // ODS code
	ICBName string `json:"icb_name"`
	Service string `json:"service"` // the slug in the catalogue of services
	Title   string `json:"title"`
}

func (CaseOpened) storedAs() string { return "case-opened" }

// CommissionerChanged puts a case before another ICB: the successor of one
// that was abolished, or the right one where the wrong one was written down.
type CommissionerChanged struct {
	ICB     string `json:"icb"`
	ICBName string `json:"icb_name"`
	Why     string `json:"why,omitempty"`
}

func (CommissionerChanged) storedAs() string { return "commissioner-changed" }

// PracticeJoined makes a practice a party to the case, under the name it had.
type PracticeJoined struct {
	Practice string `json:"practice"` // ODS code
	Name     string `json:"name"`
}

func (PracticeJoined) storedAs() string { return "practice-joined" }

// PracticeLeft takes a practice out of the case.
type PracticeLeft struct {
	Practice string `json:"practice"`
	Why      string `json:"why,omitempty"`
}

func (PracticeLeft) storedAs() string { return "practice-left" }

// Position is on what footing a practice does the work.
type Position string

// The positions.
const (
	NoContract Position = "none"        // nobody commissioned it
	Signed     Position = "signed"      // a signed contract in force
	RolledOver Position = "rolled-over" // a contract that expired and was carried on with
	Core       Position = "core"        // the ICB says it is part of the core contract
)

// ContractPositionRecorded says on what footing the work is done: by one
// practice, or by all of the case where Practice is empty.
type ContractPositionRecorded struct {
	Practice    string          `json:"practice,omitempty"`
	Position    Position        `json:"position"`
	TermEnd     calendar.Date   `json:"term_end,omitzero"`     // the last day of the written term
	LastPayment calendar.Date   `json:"last_payment,omitzero"` // the last payment after the term
	Clause      string          `json:"clause,omitempty"`      // the notice clause, as numbered or quoted
	Notice      calendar.Period `json:"notice,omitzero"`       // the notice period it asks for
	ToMonthEnd  bool            `json:"to_month_end,omitempty"`
	Document    string          `json:"document,omitempty"`
}

func (ContractPositionRecorded) storedAs() string { return "contract-position-recorded" }

// EvidenceRecorded counts the work done: activity of one practice, or of all.
type EvidenceRecorded struct {
	Practice string        `json:"practice,omitempty"`
	Activity int           `json:"activity"` // how many
	Unit     string        `json:"unit"`     // of what
	From     calendar.Date `json:"from"`
	Until    calendar.Date `json:"until"` // the last day counted
	Source   string        `json:"source"`
}

func (EvidenceRecorded) storedAs() string { return "evidence-recorded" }

// CostRecorded says what one unit of the work costs to do.
type CostRecorded struct {
	Practice string `json:"practice,omitempty"`
	Pence    int64  `json:"pence"`
	Unit     string `json:"unit"`
	Basis    string `json:"basis"` // how it was worked out
}

func (CostRecorded) storedAs() string { return "cost-recorded" }

// MandateGiven authorises the LMC to negotiate. Confidential to the LMC.
type MandateGiven struct {
	By         string `json:"by"`                    // who gave it: a committee, a ballot
	FloorPence int64  `json:"floor_pence,omitempty"` // the lowest price per unit to accept
	Text       string `json:"text"`
}

func (MandateGiven) storedAs() string { return "mandate-given" }

// Terms is what an offer offers.
type Terms struct {
	PricePence  int64         `json:"price_pence"` // per unit
	Unit        string        `json:"unit"`
	From        calendar.Date `json:"from"`
	Until       calendar.Date `json:"until,omitzero"`  // the last day
	Review      calendar.Date `json:"review,omitzero"` // by when the terms are looked at again
	Cap         int           `json:"cap,omitempty"`   // the most units paid for in a year
	AnnualPence int64         `json:"annual_pence,omitempty"`
	Conditions  string        `json:"conditions,omitempty"`
}

// OfferTabled puts By's terms before the other side, replacing By's earlier
// ones. Offers are numbered within the case from 1; a round is a proposal and
// what answers it.
type OfferTabled struct {
	Offer   int           `json:"offer"`
	Round   int           `json:"round"`
	By      Party         `json:"by"`
	Terms   Terms         `json:"terms"`
	ReplyBy calendar.Date `json:"reply_by,omitzero"` // the last day on which it can be accepted
}

func (OfferTabled) storedAs() string { return "offer-tabled" }

// OfferAccepted is the other side's yes to a standing offer. It cancels the
// notices that are running, unless they were to run on until it is signed.
type OfferAccepted struct {
	Offer       int   `json:"offer"`
	By          Party `json:"by"` // who accepted
	KeepNotices bool  `json:"keep_notices,omitempty"`
}

func (OfferAccepted) storedAs() string { return "offer-accepted" }

// OfferRejected is the other side's no to a standing offer.
type OfferRejected struct {
	Offer int    `json:"offer"`
	By    Party  `json:"by"`
	Why   string `json:"why,omitempty"`
}

func (OfferRejected) storedAs() string { return "offer-rejected" }

// OfferWithdrawn takes a standing offer back.
type OfferWithdrawn struct {
	Offer int    `json:"offer"`
	Why   string `json:"why,omitempty"`
}

func (OfferWithdrawn) storedAs() string { return "offer-withdrawn" }

// AgreementSigned puts the accepted terms in writing.
type AgreementSigned struct {
	Document string        `json:"document,omitempty"`
	From     calendar.Date `json:"from"`
	Until    calendar.Date `json:"until,omitzero"`
	Review   calendar.Date `json:"review,omitzero"`
}

func (AgreementSigned) storedAs() string { return "agreement-signed" }

// FundingStarted is the first payment under the agreement.
type FundingStarted struct {
	Pence int64  `json:"pence,omitempty"`
	Note  string `json:"note,omitempty"`
}

func (FundingStarted) storedAs() string { return "funding-started" }

// GuidanceGiven is the LMC's advice to one practice about serving notice.
type GuidanceGiven struct {
	Practice string `json:"practice"`
	Text     string `json:"text"`
}

func (GuidanceGiven) storedAs() string { return "guidance-given" }

// Method is how a document was delivered.
type Method string

// The methods.
const (
	Email Method = "email"
	Post  Method = "post"
	Hand  Method = "hand"
)

// NoticeServed is one practice's own notice to stop the service.
type NoticeServed struct {
	Practice   string          `json:"practice"`
	Period     calendar.Period `json:"period"`
	ToMonthEnd bool            `json:"to_month_end,omitempty"` // runs on to the end of the month it ends in
	Clause     string          `json:"clause,omitempty"`       // the contract clause it is given under
	Method     Method          `json:"method"`
	Sent       calendar.Date   `json:"sent"`
	SentTime   string          `json:"sent_time,omitempty"` // 15:04, Europe/London, where it is known
	Deemed     calendar.Date   `json:"deemed"`              // the day it counts as served
	Stated     bool            `json:"stated,omitempty"`    // Deemed was stated, not taken from Sent
	Document   string          `json:"document,omitempty"`

	FromContract FromContract `json:"from_contract,omitzero"`
}

// FromContract says which terms of a notice were those of the contract that was
// recorded, so that a correction of the contract reaches the notice.
type FromContract struct {
	Period     bool `json:"period,omitempty"`
	ToMonthEnd bool `json:"to_month_end,omitempty"`
	Clause     bool `json:"clause,omitempty"`
}

func (NoticeServed) storedAs() string { return "notice-served" }

// NoticeAcknowledged is the commissioner's receipt of one practice's notice.
type NoticeAcknowledged struct {
	Practice string `json:"practice"`
	Document string `json:"document,omitempty"`
}

func (NoticeAcknowledged) storedAs() string { return "notice-acknowledged" }

// NoticeWithdrawn ends a running notice before it takes effect: the practice
// took it back or, where Agreed is the number of an offer, its acceptance
// cancelled it.
type NoticeWithdrawn struct {
	Practice string `json:"practice"`
	Agreed   int    `json:"agreed,omitempty"`
	Why      string `json:"why,omitempty"`
}

func (NoticeWithdrawn) storedAs() string { return "notice-withdrawn" }

// NoticeTookEffect says that a notice ran out and the practice stopped.
type NoticeTookEffect struct {
	Practice string `json:"practice"`
}

func (NoticeTookEffect) storedAs() string { return "notice-took-effect" }
