package alerting

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"parley/domain/calendar"
	"parley/domain/deadline"
	"parley/domain/holidays"
	"parley/events"
)

// Evidence is the histories from which it is proved what became of the alerts
// of one deadline. Positions say what came first.
type Evidence struct {
	Case     events.History // whole
	Deadline string         // its ID within the case
	Calendar events.History
	Policy   events.History
	Alerts   map[string]events.History // by ID; those of other deadlines are left out of account
	Before   Policy                    // what held before a policy was recorded
	Now      time.Time
}

// Proof is what became of the alerts of one deadline, from events alone.
type Proof struct {
	Ref        string          `json:"ref"`
	Deadline   string          `json:"deadline"`
	Title      string          `json:"title"`
	Due        calendar.Date   `json:"due"`            // as it is counted now
	Time       string          `json:"time,omitempty"` // of a limit in hours: until when on that day
	Status     deadline.Status `json:"status"`
	Caseworker string          `json:"caseworker,omitempty"`
	Alerts     []Proved        `json:"alerts"` // by their time
}

// Proved is one alert that was wanted or recorded, and what became of it.
type Proved struct {
	ID         string        `json:"id"`
	Rung       string        `json:"rung"`
	Step       string        `json:"step"` // the same in words: one working day before
	Due        calendar.Date `json:"due"`  // the due date that it warns of
	At         time.Time     `json:"at"`   // when it goes out, or was to, UTC
	Person     string        `json:"person"`
	Status     Status        `json:"status"`
	Since      time.Time     `json:"since"`            // when that became so, UTC
	Why        string        `json:"why,omitempty"`    // in words
	Event      string        `json:"event,omitempty"`  // of the case's events the one that brought it about, 12.1
	By         string        `json:"by,omitempty"`     // the ID of the alert that brought it about, or took its place
	Digest     string        `json:"digest,omitempty"` // the ID of the digest that it went out in, or is to
	Deliveries []Outcome     `json:"deliveries"`
}

// Prove walks through what was recorded, in the order in which it was, and tells
// which alerts of a deadline were wanted after each step and what became of
// them. Its error matches ErrNoDeadline where the case never had that deadline.
func Prove(ev Evidence) (Proof, error) {
	w := walk{Evidence: ev, policy: ev.Before, states: map[string]State{}, found: map[string]*Proved{}}
	w.editions = holidays.Editions(nil)
	for _, r := range w.steps() {
		if err := w.step(r); err != nil {
			return Proof{}, err
		}
	}
	if !w.ever {
		return Proof{}, refuse(ErrNoDeadline, "%s has never had a deadline %q", w.ref(), ev.Deadline)
	}
	return w.proof(), nil
}

// ref returns the reference of the case, as far as its history says.
func (ev Evidence) ref() string {
	if len(ev.Case) == 0 {
		return "the case"
	}
	return ev.Case[0].Aggregate.ID
}

// steps returns all that was recorded and can matter, in order.
func (ev Evidence) steps() events.History {
	all := slices.Concat(ev.Case, ev.Calendar, ev.Policy)
	prefix := ID(ev.ref(), ev.Deadline, "", calendar.Date{})
	prefix = strings.TrimRight(prefix, "_") + "_"
	for id, h := range ev.Alerts {
		if strings.HasPrefix(id, prefix) {
			all = append(all, h...)
		}
	}
	slices.SortStableFunc(all, func(a, b events.Recorded) int { return cmp.Compare(a.Position, b.Position) })
	return all
}

// proof returns what the walk has found.
func (w *walk) proof() Proof {
	d := w.last
	due, hour := d.due(w.calendar())
	p := Proof{
		Ref: w.ref(), Deadline: w.Deadline, Title: d.Clock.Titled(), Due: due, Time: hour,
		Status: d.Clock.Status(w.calendar(), deadline.InLondon(w.Now).Date), Caseworker: d.Caseworker, Alerts: []Proved{},
	}
	for id := range w.states {
		w.put(w.unplanned(id))
	}
	for id, a := range w.found {
		w.tell(a, w.states[id])
		p.Alerts = append(p.Alerts, *a)
	}
	slices.SortFunc(p.Alerts, func(a, b Proved) int { return cmp.Or(a.At.Compare(b.At), strings.Compare(a.ID, b.ID)) })
	return p
}

// unplanned returns an alert as its own history tells of it: it can have been
// recorded under a policy that is not known any more.
func (w *walk) unplanned(id string) Proved {
	s := w.states[id]
	name, _ := ParseID(id)
	p := Proved{ID: id, Rung: name.Rung, Due: name.Due, At: s.Claim.At, Person: s.Claim.Person, Status: Planned, Since: s.Head.RecordedAt}
	if !s.Claimed() {
		p.At, p.Person = s.Superseded.Planned, s.Superseded.Person
	}
	p.Step = w.policy.StepOf(p.Rung, w.last.Clock, p.Person)
	return p
}

// put adds an alert that is not there yet.
func (w *walk) put(a Proved) {
	if w.found[a.ID] == nil {
		a.Deliveries = []Outcome{}
		w.found[a.ID] = &a
	}
}

// NotSentYet is what is said of a planned alert whose time has come.
const NotSentYet = "its time has come, and nobody has sent it yet"

// tell completes what is said of an alert with what was recorded of it.
func (w *walk) tell(a *Proved, s State) {
	_, still := w.wanted[a.ID]
	switch {
	case s.Claimed():
		a.Status, a.Since, a.Why, a.Event, a.By = s.Status(), s.Head.RecordedAt, "", "", ""
		a.At, a.Person, a.Digest, a.Deliveries = s.Claim.At, s.Claim.Person, s.Claim.Digest, s.Deliveries
		a.Why = outcomes(s)
	case s.Superseded.Why != "":
		a.Status, a.Since, a.Why, a.By, a.Event = Superseded, s.Superseded.At, s.Superseded.Why, s.Superseded.By, ""
	case still && !a.At.After(w.Now):
		a.Why = NotSentYet
	}
}

// outcomes says in words what became of a claimed alert, as far as it is not
// sent and nothing else.
func outcomes(s State) string {
	var said []string
	if s.Acknowledged.By != "" {
		said = append(said, "acknowledged by "+s.Acknowledged.By+because(s.Acknowledged.Text))
	}
	for _, o := range s.Deliveries {
		switch {
		case o.Status == Failed && o.RetryAt.IsZero():
			said = append(said, o.Delivery.Channel+": "+o.Why+", given up")
		case o.Status == Failed:
			said = append(said, o.Delivery.Channel+": "+o.Why+", to be tried again "+moment(o.RetryAt))
		case o.Status == Uncertain:
			said = append(said, o.Delivery.Channel+": "+o.Why)
		}
	}
	return strings.Join(said, "; ")
}

func because(text string) string {
	if text == "" {
		return ""
	}
	return ": " + text
}

func redated(to calendar.Date) string { return "re-dated to " + to.Long() }
