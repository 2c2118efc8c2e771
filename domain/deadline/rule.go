// Package deadline counts when things are due and says how it came to the date.
//
// It holds the rulebook, the counting of periods and the life of one clock:
// set, paused, extended, met. It does not decide which facts set a clock (that
// is negotiation's work), nor who is warned. Working days and court tables are
// not counted yet: a rule here counts calendar days, weeks, months and years,
// or holds a date that a document states.
package deadline

import "parley/events"

// Standing says what a rule rests on.
type Standing string

// The standings of rules.
const (
	Statutory   Standing = "statutory"
	Contractual Standing = "contractual"
	Local       Standing = "local" // agreed between the parties of one case
)

// Rule is a time limit: what it is called, who must act and by what authority.
type Rule struct {
	ID        string
	Version   int
	Title     string
	Standing  Standing
	Authority string
}

// The rules that facts of a case set. Their periods and dates are parameters of
// the case, because notice clauses and terms are local: none is assumed.
var (
	// OfferReply is the last day on which an offer can be accepted.
	OfferReply = Rule{"offer-reply", 1, "Reply to offer", Local, "the date stated in the offer"}

	// LESNotice is the end of a practice's notice on a local enhanced service
	// or another contract of its kind. The contract's own clause fixes the period.
	LESNotice = Rule{"les-notice", 1, "Notice ends", Contractual, "the notice clause of the practice's own contract"}

	// AgreementReview is the day by which agreed terms are to be looked at again.
	AgreementReview = Rule{"agreement-review", 1, "Review the agreement", Local, "the date stated in the agreement"}

	// AgreementEnd is the last day of the agreed term.
	AgreementEnd = Rule{"agreement-end", 1, "Agreement ends", Local, "the date stated in the agreement"}
)

// Set returns the fact that a clock of this rule starts, with its identity
// filled in; the caller adds the parameters.
func (r Rule) Set(owner events.Party) events.DeadlineSet {
	return events.DeadlineSet{Rule: r.ID, RuleVersion: r.Version, Title: r.Title, Owner: owner}
}
