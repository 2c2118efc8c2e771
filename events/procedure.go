package events

import "parley/domain/calendar"

// Procedure is a way of settling a dispute.
type Procedure string

// The procedures.
const (
	LocalResolution      Procedure = "local"
	Mediation            Procedure = "mediation"
	ExpertDetermination  Procedure = "expert-determination"   // NHS Standard Contract
	NHSDisputeResolution Procedure = "nhs-dispute-resolution" // GMS and PMS contracts
)

// DisputeRaised begins a dispute, numbered within the case from 1.
type DisputeRaised struct {
	Dispute   int       `json:"dispute"`
	By        Party     `json:"by"`
	Procedure Procedure `json:"procedure"`
	About     string    `json:"about"`
}

func (DisputeRaised) storedAs() string { return "dispute-raised" }

// DisputeStepped takes a dispute a step on, or to another procedure.
type DisputeStepped struct {
	Dispute   int       `json:"dispute"`
	Procedure Procedure `json:"procedure"`
	Text      string    `json:"text"`
}

func (DisputeStepped) storedAs() string { return "dispute-stepped" }

// DisputeDetermined ends a dispute with its outcome.
type DisputeDetermined struct {
	Dispute int    `json:"dispute"`
	For     Party  `json:"for,omitempty"` // whom it favoured; empty if neither
	Text    string `json:"text"`
}

func (DisputeDetermined) storedAs() string { return "dispute-determined" }

// FOISent is a request under the Freedom of Information Act 2000, numbered
// within the case from 1.
type FOISent struct {
	Request  int    `json:"request"`
	To       string `json:"to"` // the body asked: an ODS code
	ToName   string `json:"to_name,omitempty"`
	About    string `json:"about"`
	Document string `json:"document,omitempty"`
}

func (FOISent) storedAs() string { return "foi-sent" }

// FOIOutcome is how a request was answered.
type FOIOutcome string

// The outcomes of a request.
const (
	Disclosed FOIOutcome = "disclosed"
	Partly    FOIOutcome = "partly"
	Refused   FOIOutcome = "refused"
	NotHeld   FOIOutcome = "not-held"
)

// FOIAnswered is the answer to a request.
type FOIAnswered struct {
	Request  int        `json:"request"`
	Outcome  FOIOutcome `json:"outcome"`
	Text     string     `json:"text,omitempty"`
	Document string     `json:"document,omitempty"`
}

func (FOIAnswered) storedAs() string { return "foi-answered" }

// Direction says which way a letter went, seen from the LMC.
type Direction string

// The directions.
const (
	In  Direction = "in"
	Out Direction = "out"
)

// LetterLogged notes a letter or an email.
type LetterLogged struct {
	Direction Direction `json:"direction"`
	With      Party     `json:"with"`
	Method    Method    `json:"method"`
	Subject   string    `json:"subject"`
	Document  string    `json:"document,omitempty"`
}

func (LetterLogged) storedAs() string { return "letter-logged" }

// MeetingLogged notes a meeting and what came of it.
type MeetingLogged struct {
	With Party  `json:"with"`
	Text string `json:"text"`
}

func (MeetingLogged) storedAs() string { return "meeting-logged" }

// NoteAdded is a caseworker's own note.
type NoteAdded struct {
	Text string `json:"text"`
}

func (NoteAdded) storedAs() string { return "note-added" }

// DeadlineSet starts a clock. The due date is not stored: it is counted from
// the rule, its parameters and what happened to the clock since. A date that a
// letter states beats one that is counted, and stands in Stated. Parameters that
// are left out are the rule's own.
type DeadlineSet struct {
	Deadline    string          `json:"deadline"` // its ID within the case, D7.1
	Rule        string          `json:"rule"`
	RuleVersion int             `json:"rule_version"`
	Title       string          `json:"title"`
	Owner       Party           `json:"owner"`              // who must act
	Practice    string          `json:"practice,omitempty"` // the practice concerned
	Offer       int             `json:"offer,omitempty"`    // the offer concerned
	Request     int             `json:"request,omitempty"`  // the request for information concerned
	Dispute     int             `json:"dispute,omitempty"`  // the dispute concerned
	Trigger     calendar.Date   `json:"trigger"`            // the day that is counted from
	Period      calendar.Period `json:"period,omitzero"`
	ToMonthEnd  bool            `json:"to_month_end,omitempty"`
	Stated      calendar.Date   `json:"stated,omitzero"`
	Document    string          `json:"document,omitempty"` // where Stated was read

	Time     string           `json:"time,omitempty"` // of the trigger, 15:04 Europe/London, where it is known
	Service  Service          `json:"service,omitzero"`
	Counting Counting         `json:"counting,omitempty"`
	Calendar calendar.Working `json:"calendar,omitempty"` // which days are working days
	Roll     Roll             `json:"roll,omitempty"`
	Backward bool             `json:"backward,omitempty"` // counted back from Trigger, which lies ahead
}

func (DeadlineSet) storedAs() string { return "deadline-set" }

// DeadlineMet says that what was due was done, on the day of the fact.
type DeadlineMet struct {
	Deadline string `json:"deadline"`
	Time     string `json:"time,omitempty"` // 15:04 Europe/London, where it is known
}

func (DeadlineMet) storedAs() string { return "deadline-met" }

// DeadlineMissed puts on record that a deadline passed unmet.
type DeadlineMissed struct {
	Deadline string        `json:"deadline"`
	Due      calendar.Date `json:"due"` // as it was counted then
}

func (DeadlineMissed) storedAs() string { return "deadline-missed" }

// DeadlineExtended moves a deadline to a date that was agreed or granted.
type DeadlineExtended struct {
	Deadline string        `json:"deadline"`
	Until    calendar.Date `json:"until"`
	Base     string        `json:"base"` // by what right
}

func (DeadlineExtended) storedAs() string { return "deadline-extended" }

// DeadlineExtensionRemoved takes an extension back: the clock runs to the date
// that it had without it.
type DeadlineExtensionRemoved struct {
	Deadline string        `json:"deadline"`
	Until    calendar.Date `json:"until,omitzero"` // the date that falls away; zero for every extension
	Why      string        `json:"why"`
}

func (DeadlineExtensionRemoved) storedAs() string { return "deadline-extension-removed" }

// DeadlineShortened moves a deadline to an earlier date that was agreed.
type DeadlineShortened struct {
	Deadline string        `json:"deadline"`
	Until    calendar.Date `json:"until"`
	Base     string        `json:"base"` // by what right
}

func (DeadlineShortened) storedAs() string { return "deadline-shortened" }

// DeadlinePaused stops a clock; the day of the fact does not count.
type DeadlinePaused struct {
	Deadline string        `json:"deadline"`
	Why      string        `json:"why"`
	Until    calendar.Date `json:"until,omitzero"` // the first day that counts again, if that was known already
}

func (DeadlinePaused) storedAs() string { return "deadline-paused" }

// DeadlineResumed lets a paused clock run on; the day of the fact counts.
type DeadlineResumed struct {
	Deadline string `json:"deadline"`
}

func (DeadlineResumed) storedAs() string { return "deadline-resumed" }

// DeadlineWaived says that who was owed it let it go.
type DeadlineWaived struct {
	Deadline string `json:"deadline"`
	Why      string `json:"why"`
}

func (DeadlineWaived) storedAs() string { return "deadline-waived" }

// DeadlineSuperseded says that events overtook a deadline.
type DeadlineSuperseded struct {
	Deadline string `json:"deadline"`
	Why      string `json:"why"`
}

func (DeadlineSuperseded) storedAs() string { return "deadline-superseded" }

// CaseAssigned gives the case to a caseworker.
type CaseAssigned struct {
	Caseworker string `json:"caseworker"`
}

func (CaseAssigned) storedAs() string { return "case-assigned" }

// Outcome is how a case ended.
type Outcome string

// The outcomes of a case.
const (
	Resourced  Outcome = "resourced"
	Ceased     Outcome = "ceased"
	Withdrawn  Outcome = "withdrawn"
	Determined Outcome = "determined"
	Merged     Outcome = "merged"
)

// CaseClosed ends a case.
type CaseClosed struct {
	Outcome Outcome `json:"outcome"`
	Into    string  `json:"into,omitempty"` // the reference of the case it was merged into
	Text    string  `json:"text,omitempty"`
}

func (CaseClosed) storedAs() string { return "case-closed" }

// CaseReopened takes a closed case up again. Its clocks run on with what
// remained of them, unless they are to start afresh.
type CaseReopened struct {
	Why         string `json:"why"`
	FreshClocks bool   `json:"fresh_clocks,omitempty"` // counted anew from the day of the fact
}

func (CaseReopened) storedAs() string { return "case-reopened" }

// EventRetracted says that a fact was recorded wrongly and did not happen. Its
// consequences fall with it.
type EventRetracted struct {
	Event EventID `json:"event"`
	Why   string  `json:"why"`
}

func (EventRetracted) storedAs() string { return "event-retracted" }

// EventReplaced says how it really was. With takes the place of the fact and
// of its consequences.
type EventReplaced struct {
	Event EventID `json:"event"`
	Why   string  `json:"why"`
	With  []Fact  `json:"with"`
}

func (EventReplaced) storedAs() string { return "event-replaced" }
