package directory

import (
	"fmt"
	"regexp"
	"time"

	"parley/domain/calendar"
	"parley/events"
)

// ICBsBegan is the day on which the first ICBs were established, under the
// Health and Care Act 2022.
var ICBsBegan = calendar.On(2022, time.July, 1)

// Commissioner is an ICB with the days it existed.
type Commissioner struct {
	Code       string        `json:"code"` // ODS code, QR1 or S1Y5D
	Name       string        `json:"name"` // its statutory name
	From       calendar.Date `json:"from"`
	Until      calendar.Date `json:"until,omitzero"`       // the last day; none while it exists
	Successors []string      `json:"successors,omitempty"` // codes of those that took over
}

var commissionerCode = regexp.MustCompile(`^(Q[A-Z0-9]{2}|[A-Z]\d[A-Z]\d[A-Z])$`)

// IsCommissionerCode reports whether code is shaped like an ICB's ODS code.
func IsCommissionerCode(code string) bool { return commissionerCode.MatchString(code) }

// ExistsOn reports whether c exists on that day.
func (c Commissioner) ExistsOn(on calendar.Date) bool {
	return !on.Before(c.From) && (c.Until.IsZero() || !on.After(c.Until))
}

// NameOn returns c's name. An ICB that changes its name gets another code, so
// that it is the same on any day.
func (c Commissioner) NameOn(calendar.Date) string { return c.Name }

// String returns name and code, as people write them.
func (c Commissioner) String() string { return fmt.Sprintf("%s (%s)", c.Name, c.Code) }

// Apply returns c with the fact taken in. Facts about other bodies leave it as
// it is. The zero Commissioner becomes the one that the fact names, from what
// is built in.
func (c Commissioner) Apply(f events.Fact) Commissioner {
	about := commissionerOf(f.Event)
	if about == "" || c.Code != "" && c.Code != about {
		return c
	}
	if c.Code == "" {
		c, _ = Builtin(about)
		c.Code = about
	}
	switch e := f.Event.(type) {
	case events.CommissionerEstablished:
		return Commissioner{Code: e.ICB, Name: e.Name, From: f.On}
	case events.CommissionerAbolished:
		c.Until, c.Successors = f.On, e.Successors
	}
	return c
}

// Code returns the code of the practice or commissioner that e is a fact
// about, and nothing if e is about neither.
func Code(e events.Event) string { return practiceOf(e) + commissionerOf(e) }

// practiceOf returns the code of the practice whose place in the directory e changes.
func practiceOf(e events.Event) string {
	switch e := e.(type) {
	case events.PracticeListed:
		return e.Practice
	case events.PracticeClosed:
		return e.Practice
	case events.PracticeReopened:
		return e.Practice
	case events.PracticeRenamed:
		return e.Practice
	case events.PracticeMoved:
		return e.Practice
	}
	return ""
}

// commissionerOf returns the code of the ICB that e establishes or abolishes.
func commissionerOf(e events.Event) string {
	switch e := e.(type) {
	case events.CommissionerEstablished:
		return e.ICB
	case events.CommissionerAbolished:
		return e.ICB
	}
	return ""
}
