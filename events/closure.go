package events

import "parley/domain/calendar"

// ListClosureApplied says that the ICB received a practice's application to
// close its patient list.
type ListClosureApplied struct {
	Practice string `json:"practice"`
	Document string `json:"document,omitempty"`
}

func (ListClosureApplied) storedAs() string { return "list-closure-applied" }

// ListClosureAcknowledged says that the ICB acknowledged the application.
type ListClosureAcknowledged struct {
	Practice string `json:"practice"`
	Document string `json:"document,omitempty"`
}

func (ListClosureAcknowledged) storedAs() string { return "list-closure-acknowledged" }

// ListClosureDecided is the ICB's decision on the application.
type ListClosureDecided struct {
	Practice string        `json:"practice"`
	Granted  bool          `json:"granted"`
	Until    calendar.Date `json:"until,omitzero"` // the last day of closure, if it was granted and says so
	Document string        `json:"document,omitempty"`
}

func (ListClosureDecided) storedAs() string { return "list-closure-decided" }

// AwardIntended says that the ICB published its notice of intention to award
// the contract for the service under the Provider Selection Regime.
type AwardIntended struct {
	Provider string `json:"provider"` // who is to have it, by name or ODS code
	Document string `json:"document,omitempty"`
}

func (AwardIntended) storedAs() string { return "award-intended" }

// AwardDecided says that the ICB communicated its further decision, after
// representations.
type AwardDecided struct {
	Provider string `json:"provider,omitempty"` // who is to have it; empty if nobody
	Text     string `json:"text"`
	Document string `json:"document,omitempty"`
}

func (AwardDecided) storedAs() string { return "award-decided" }
