package alerting

import (
	"slices"
	"time"

	"parley/domain/calendar"
	"parley/events"
)

// Status is what has become of an alert, or of one delivery of it.
type Status string

// The statuses of alerts and deliveries.
const (
	Planned      Status = "planned"    // its time has not come, or nobody has claimed it
	Claimed      Status = "claimed"    // somebody is about to deliver it
	Sent         Status = "sent"       // the channel took it
	Failed       Status = "failed"     // it did not reach the channel: see RetryAt
	Uncertain    Status = "uncertain"  // it may have been delivered, and is not delivered again
	Superseded   Status = "superseded" // it was not sent, as another took its place
	Acknowledged Status = "acknowledged"
	Snoozed      Status = "snoozed"
)

// State is what has become of one alert or digest, grown from its facts. The
// zero State is one of which nothing has been recorded: it is planned at most.
type State struct {
	Head         events.Head         `json:"head"` // of its aggregate
	ID           string              `json:"id"`
	Claim        events.AlertClaimed `json:"claim,omitzero"` // the latest
	Deliveries   []Outcome           `json:"deliveries,omitempty"`
	Acknowledged Word                `json:"acknowledged,omitzero"`
	Snoozed      Snoozing            `json:"snoozed,omitzero"`
	Superseded   Superseding         `json:"superseded,omitzero"`
}

// Outcome is what became of one delivery.
type Outcome struct {
	Delivery events.Delivery `json:"delivery"`
	Status   Status          `json:"status"`      // claimed, sent, failed or uncertain
	Attempts int             `json:"attempts"`    // from 1
	At       time.Time       `json:"at,omitzero"` // when that was recorded, UTC; zero of one that is planned
	Receipt  string          `json:"receipt,omitempty"`
	Why      string          `json:"why,omitempty"`
	RetryAt  time.Time       `json:"retry_at,omitzero"` // of one that failed: when it is tried again; zero if it is not
}

// Word is that somebody has seen to it.
type Word struct {
	By   string    `json:"by"`
	At   time.Time `json:"at"` // UTC
	Text string    `json:"text,omitempty"`
}

// Snoozing is that somebody put the alerts of a deadline off.
type Snoozing struct {
	Until calendar.Date `json:"until"`
	By    string        `json:"by"`
	At    time.Time     `json:"at"` // UTC
}

// Superseding is that another alert took the place of this.
type Superseding struct {
	Why     string    `json:"why"`
	By      string    `json:"by,omitempty"`     // the ID of the other
	At      time.Time `json:"at"`               // when that was recorded, UTC
	Planned time.Time `json:"planned"`          // when this was to go out, UTC
	Person  string    `json:"person,omitempty"` // who was to be warned
}

// Claimed reports whether anybody has claimed the alert.
func (s State) Claimed() bool { return s.Claim.Attempt > 0 }

// Settled reports whether the alert needs no sending any more: it was claimed,
// or superseded.
func (s State) Settled() bool { return s.Claimed() || s.Superseded.Why != "" }

// Pending reports whether the last word about the alert has not been said: a
// delivery is claimed without an outcome, or failed and to be tried again.
func (s State) Pending() bool {
	return slices.ContainsFunc(s.Deliveries, func(o Outcome) bool {
		return o.Status == Claimed || o.Status == Failed && !o.RetryAt.IsZero()
	})
}

// RetryAt returns when the first of the deliveries that failed is to be tried
// again; the zero time if none is.
func (s State) RetryAt() time.Time {
	var first time.Time
	for _, o := range s.Deliveries {
		if o.Status == Failed && !o.RetryAt.IsZero() && (first.IsZero() || o.RetryAt.Before(first)) {
			first = o.RetryAt
		}
	}
	return first
}

// Status returns what has become of the alert as a whole: what a person said of
// it, else the worst of its deliveries. One that failed and was given up because
// the alert goes elsewhere does not count.
func (s State) Status() Status {
	switch {
	case s.Acknowledged.By != "":
		return Acknowledged
	case s.Superseded.Why != "":
		return Superseded
	case !s.Claimed() && s.Snoozed.By != "":
		return Snoozed
	case !s.Claimed():
		return Planned
	}
	for _, status := range []Status{Claimed, Uncertain, Failed} {
		if slices.ContainsFunc(s.Deliveries, func(o Outcome) bool { return o.Status == status && o.Why != Elsewhere }) {
			return status
		}
	}
	return Sent
}

// Outcome returns what became of one delivery, and whether it was ever claimed.
func (s State) Outcome(d events.Delivery) (Outcome, bool) {
	i := slices.IndexFunc(s.Deliveries, func(o Outcome) bool { return o.Delivery == d })
	if i < 0 {
		return Outcome{}, false
	}
	return s.Deliveries[i], true
}

// Evolve returns s with the alert's next commit taken in. It never refuses; that
// r comes next is for the caller to check (events.Head.Advance).
func Evolve(s State, r events.Recorded) State {
	s.ID = r.Aggregate.ID
	for _, f := range r.Facts {
		s = s.apply(f.Event, r.Actor, r.RecordedAt)
	}
	return s
}

// Take returns s with the alert's next commit taken in, and its Head advanced.
// One that it has already changes nothing; one that is not the next is an error
// that wraps events.ErrDamaged.
func Take(s State, r events.Recorded) (State, error) {
	if r.Version <= s.Head.Version {
		return s, nil
	}
	if err := s.Head.Advance(r); err != nil {
		return s, err
	}
	return Evolve(s, r), nil
}

// Fold returns the State that an alert's history leads to.
func Fold(h events.History) (State, error) {
	var s State
	var err error
	for _, r := range h.Effective() {
		if s, err = Take(s, r); err != nil {
			return State{}, err
		}
	}
	return s, nil
}

func (s State) apply(e events.Event, actor string, at time.Time) State {
	switch e := e.(type) {
	case events.AlertClaimed:
		s.Claim = e
		for _, d := range e.Deliveries {
			s = s.with(d, func(o *Outcome) {
				*o = Outcome{Delivery: d, Status: Claimed, Attempts: o.Attempts + 1, At: at}
			})
		}
	case events.AlertSent:
		s = s.with(e.Delivery, func(o *Outcome) {
			o.Status, o.At, o.Receipt, o.Why, o.RetryAt = Sent, at, e.Receipt, "", time.Time{}
		})
	case events.AlertFailed:
		s = s.with(e.Delivery, func(o *Outcome) {
			o.Status, o.At, o.Receipt, o.Why, o.RetryAt = Failed, at, "", e.Why, e.RetryAt
		})
	case events.AlertUncertain:
		for _, d := range e.Deliveries {
			s = s.with(d, func(o *Outcome) {
				o.Status, o.At, o.Receipt, o.Why, o.RetryAt = Uncertain, at, "", e.Why, time.Time{}
			})
		}
	case events.AlertAcknowledged:
		s.Acknowledged = Word{By: actor, At: at, Text: e.Text}
	case events.AlertSnoozed:
		s.Snoozed = Snoozing{Until: e.Until, By: actor, At: at}
	case events.AlertSuperseded:
		s.Superseded = Superseding{Why: e.Why, By: e.By, At: at, Planned: e.At, Person: e.Person}
	}
	return s
}

// with returns s with the outcome of a delivery changed; s itself stays.
func (s State) with(d events.Delivery, change func(*Outcome)) State {
	s.Deliveries = slices.Clone(s.Deliveries)
	i := slices.IndexFunc(s.Deliveries, func(o Outcome) bool { return o.Delivery == d })
	if i < 0 {
		i = len(s.Deliveries)
		s.Deliveries = append(s.Deliveries, Outcome{Delivery: d})
	}
	change(&s.Deliveries[i])
	return s
}
