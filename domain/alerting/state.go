package alerting

import "parley/events"

// State is what has become of one alert or digest, grown from its facts. The
// zero State is one of which nothing has been recorded: it is planned at most.
type State struct {
	Head  events.Head         `json:"head"` // of its aggregate
	ID    string              `json:"id"`
	Claim events.AlertClaimed `json:"claim,omitzero"` // the latest
}
