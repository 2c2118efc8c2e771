package events

import "parley/domain/calendar"

// PracticeListed enters a practice in the directory, or makes it known to
// Parley, as the source has it.
type PracticeListed struct {
	Practice string        `json:"practice"` // ODS code
	Name     string        `json:"name"`
	ICB      string        `json:"icb,omitempty"` // empty if it closed before there were ICBs
	Opened   calendar.Date `json:"opened"`
	Closed   calendar.Date `json:"closed,omitzero"` // its last day
}

func (PracticeListed) storedAs() string { return "practice-listed" }

// PracticeClosed says that the practice's last day was that of the fact.
type PracticeClosed struct {
	Practice string `json:"practice"`
}

func (PracticeClosed) storedAs() string { return "practice-closed" }

// PracticeReopened says that a practice was open again from the day of the fact.
type PracticeReopened struct {
	Practice string `json:"practice"`
}

func (PracticeReopened) storedAs() string { return "practice-reopened" }

// PracticeRenamed gives a practice another name.
type PracticeRenamed struct {
	Practice string `json:"practice"`
	Name     string `json:"name"`
}

func (PracticeRenamed) storedAs() string { return "practice-renamed" }

// PracticeMoved puts a practice under another commissioner.
type PracticeMoved struct {
	Practice string `json:"practice"`
	ICB      string `json:"icb"`
}

func (PracticeMoved) storedAs() string { return "practice-moved" }

// PracticesImported says that a published list of practices, true as at the
// day of the fact, was taken in: a list that is older must not undo it.
type PracticesImported struct {
	Practices int `json:"practices"` // how many the list has
}

func (PracticesImported) storedAs() string { return "practices-imported" }

// CommissionerEstablished enters an ICB that is not built in, from the day of the fact.
type CommissionerEstablished struct {
	ICB  string `json:"icb"` // ODS code
	Name string `json:"name"`
}

func (CommissionerEstablished) storedAs() string { return "commissioner-established" }

// CommissionerAbolished ends an ICB: the day of the fact is its last.
type CommissionerAbolished struct {
	ICB        string   `json:"icb"`
	Successors []string `json:"successors"`
}

func (CommissionerAbolished) storedAs() string { return "commissioner-abolished" }

// CaseNumbered gives out the next case reference of a series.
type CaseNumbered struct {
	Ref    string `json:"ref"`
	Number int    `json:"number"`
}

func (CaseNumbered) storedAs() string { return "case-numbered" }
