// Package deadline counts when things are due and says how it came to the date.
//
// It holds the rulebook (a file per topic, book_*.go), the counting of limits,
// deemed service, and the life of one clock: set, paused, extended, met. All of
// it is worked out from facts and a calendar when it is asked for, so that a
// holiday that is added moves every date at once, and nothing depends on the
// order in which facts were recorded. It does not decide which facts set a
// clock (that is negotiation's work), nor who is warned.
package deadline

import (
	"fmt"
	"slices"
	"strings"

	"parley/domain/calendar"
	"parley/events"
)

// Standing says what a rule rests on.
type Standing string

// The standings of rules.
const (
	Statutory    Standing = "statutory"
	Contractual  Standing = "contractual"
	GoodPractice Standing = "good-practice"
	Local        Standing = "local"      // agreed between the parties of one case
	Unverified   Standing = "unverified" // from memory: to be shown as such, and confirmed before it is relied on
)

// Source says how what a rule states became known.
type Source string

// The sources.
const (
	Primary   Source = "primary source"   // the instrument itself was read
	Secondary Source = "secondary source" // somebody's page about it was read
	Memory    Source = "from memory"
	CaseFile  Source = "the case's own papers" // which every case brings along
)

// ID names a rule of the book, in lower case.
type ID string

// The rules that facts of a case set.
const (
	OfferReply         ID = "offer-reply"
	LESNotice          ID = "les-notice"
	AgreementReview    ID = "agreement-review"
	AgreementEnd       ID = "agreement-end"
	LocalOverride      ID = "local-override"
	LocalPeriod        ID = "local-period"
	NoticeAck          ID = "notice-ack"
	FOIRespond         ID = "foi-respond"
	FOIReviewRequest   ID = "foi-ir-request"
	FOIReviewAnswer    ID = "foi-ir-auth"
	FOIComplain        ID = "foi-ico"
	FOIFees            ID = "foi-fees"
	GMSTermPartnership ID = "gms-term-partnership"
	GMSTermIndividual  ID = "gms-term-individual"
	PMSTerm            ID = "pms-term"
	DisputeRefer       ID = "nhsdr-refer"
	DisputeReps        ID = "nhsdr-reps"
	DisputeAck         ID = "pgm-dispute-ack"
	DisputeNegotiation ID = "nhssc-gc14-neg"
	ListClosureAck     ID = "gms-close-ack"
	ListClosureDecide  ID = "gms-close-decide"
	ListClosureLength  ID = "gms-close-length"
	ListClosureExtend  ID = "gms-close-extend"
	ListClosureReapply ID = "gms-close-reapply"
	PSRStandstill      ID = "psr-standstill"
	PSRPanel           ID = "psr-panel"
)

// Set returns the fact that a clock of the rule starts, as Rule.Set does.
func (id ID) Set(owner events.Party) events.DeadlineSet {
	rule, err := Find(string(id))
	if err != nil {
		return events.DeadlineSet{Rule: string(id), Owner: owner}
	}
	return rule.Set(owner)
}

// Rule is a time limit: what it is called, who must act, how it is counted and
// by what authority.
type Rule struct {
	ID      ID           `json:"id"`
	Version int          `json:"version"`
	Title   string       `json:"title"`
	Owner   events.Party `json:"owner,omitempty"` // who must act; empty where the case decides
	From    string       `json:"from"`            // what it is counted from
	Limit                // without a period if that is a parameter of the case

	// Least and Most bound a period that the case may fix; of the same unit.
	Least calendar.Period `json:"least,omitzero"`
	Most  calendar.Period `json:"most,omitzero"`
	// Stated says that a date which a document states may take the period's place.
	Stated bool `json:"stated,omitempty"`
	// Earliest says that the date is the first on which something may be done or
	// takes effect, for the side that waits for it; otherwise it is the last day
	// on which the owner can act.
	Earliest bool `json:"earliest,omitempty"`
	// Fixed says that the parties can neither extend nor pause it.
	Fixed bool `json:"fixed,omitempty"`
	// Readings are the ways of reading an ambiguous rule, if it is one.
	Readings []Alternative `json:"readings,omitempty"`

	Standing  Standing `json:"standing"`
	Authority string   `json:"authority"`
	Source    Source   `json:"source"`
	AsReadAt  string   `json:"as_read_at,omitempty"` // which text was read, where that matters
	Note      string   `json:"note,omitempty"`
}

// Alternative is one way of reading an ambiguous rule.
type Alternative struct {
	Name     string          `json:"name"`
	Counting events.Counting `json:"counting"`
	ToEvent  bool            `json:"to_event,omitempty"`
}

// Rules returns the rulebook, topic by topic.
func Rules() []Rule { return slices.Clone(rulebook) }

// WithoutClock returns the rules that are known and state nothing that can be
// counted, each with the reason.
func WithoutClock() []NoClock { return slices.Clone(uncounted) }

// rulebook is every rule that can be counted. It is never written to.
var rulebook = slices.Concat(
	caseRules(), noticeRules(), gmsRules(), listRules(), disputeRules(), contractRules(),
	foiRules(), complaintRules(), procurementRules(), courtRules(),
)

var shelf = shelve(rulebook)

func shelve(rules []Rule) map[string]int {
	m := make(map[string]int, len(rules))
	for i, r := range rules {
		m[string(r.ID)] = i
	}
	return m
}

// Find returns the rule of this ID. Its error is an UnknownRule, or a NoClock
// where the rule is known and cannot be counted.
func Find(id string) (Rule, error) {
	id = strings.ToLower(strings.TrimSpace(id))
	if i, ok := shelf[id]; ok {
		return rulebook[i], nil
	}
	if i := slices.IndexFunc(uncounted, func(n NoClock) bool { return n.ID == id }); i >= 0 {
		return Rule{}, uncounted[i]
	}
	return Rule{}, UnknownRule{id, near(id)}
}

// Set returns the fact that a clock of this rule starts, with its identity
// filled in; the caller adds the parameters. No owner means the rule's own.
func (r Rule) Set(owner events.Party) events.DeadlineSet {
	if owner == "" {
		owner = r.Owner
	}
	return events.DeadlineSet{Rule: string(r.ID), RuleVersion: r.Version, Title: r.Title, Owner: owner}
}

// Needs says what a case must state before the rule can be counted, beside the
// day it starts; nothing if the rule states all of it.
func (r Rule) Needs() string {
	switch {
	case !r.Period.IsZero():
		return ""
	case r.Stated && r.Least.IsZero():
		return "the date that the document states, or a period"
	case !r.Least.IsZero() && !r.Most.IsZero():
		return fmt.Sprintf("a period of %s to %s", r.Least.Long(), r.Most.Long())
	}
	return "the period that the contract states"
}
