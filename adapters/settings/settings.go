// Package settings reads what people configure by hand, and keeps what Parley
// keeps for them outside the log: alerts.toml, who is warned and by which
// channels; contexts.toml, which servers a client knows; feeds.json, the secret
// addresses of calendars.
//
// What facts may say (who is warned, when, and by which channels) is given back
// as events.AlertPolicySet, to be recorded. What they must never say (addresses,
// servers, where secrets are) stays here, and goes to the channels. Secrets stand
// in files of their own: here are only their paths, and nobody else may read
// them.
//
// A file is taken as a whole or not at all. What is wrong with it is said all at
// once, each with its line, why, and what to do (InvalidError).
package settings

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"parley/events"
)

// The files in a store's folder.
const (
	AlertsFile = "alerts.toml"
	FeedsFile  = "feeds.json"
	outboxFile = "alerts.log"
)

//go:embed sample.toml
var sample string

// Sample returns an alerts.toml with everything in it, explained.
func Sample() string { return sample }

// Problem is one thing that is wrong with a file.
type Problem struct {
	File string `json:"file"`
	Line int    `json:"line,omitempty"` // from 1; 0 if it is about the file as a whole
	What string `json:"what"`           // what is refused; where Why and Next are missing it says them too
	Why  string `json:"why,omitempty"`
	Next string `json:"next,omitempty"` // what to do about it
}

// String writes p as one sentence for people.
func (p Problem) String() string {
	said := p.File
	if p.Line > 0 {
		said += fmt.Sprintf(", line %d", p.Line)
	}
	said += ": " + p.What
	if p.Why != "" {
		said += ": " + p.Why
	}
	if p.Next != "" {
		said += "; " + p.Next
	}
	return said
}

// ErrInvalid is wrapped by every InvalidError.
var ErrInvalid = errors.New("these settings cannot be right")

// InvalidError says what is wrong with a file of settings.
type InvalidError struct{ Problems []Problem } // by line; at least one

func (e *InvalidError) Error() string {
	said := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		said[i] = p.String()
	}
	return strings.Join(said, "\n")
}

// Unwrap returns ErrInvalid.
func (e *InvalidError) Unwrap() error { return ErrInvalid }

// Alerts is what alerts.toml says.
type Alerts struct {
	File   string                // where it was read; empty if there is none, and the defaults hold
	Policy events.AlertPolicySet // without addresses

	// PublicURL is where people reach the server, without a slash at its end:
	// https://parley.lmc.example. Empty if nobody does.
	PublicURL string
	Addresses map[string]string // email addresses by people's names
	Email     *Email            // nil if there is no such channel
	Teams     *Teams            // likewise
	Webhook   *Webhook          // likewise
	Outbox    string            // the file to which the channel "file" writes
}

// ReadAlerts reads alerts.toml in a store's folder. Without one, or where it
// names nobody, everything goes to actor by the channel "file". Its errors are
// *InvalidError, or that the file cannot be read.
func ReadAlerts(folder, actor string) (Alerts, error) {
	file := filepath.Join(folder, AlertsFile)
	source, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return defaults(folder, actor), nil
	}
	if err != nil {
		return Alerts{}, fmt.Errorf("the settings of alerts cannot be read: %w", err)
	}
	return parseAlerts(file, string(source), actor)
}
