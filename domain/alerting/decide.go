package alerting

import (
	"slices"
	"time"

	"parley/domain/calendar"
	"parley/events"
)

// Command is a wish to record something of one alert or digest. decide is its
// rule.
type Command interface {
	decide(State) ([]events.Event, error)
}

// Decide returns the facts that cmd adds to what is recorded of an alert: none
// if it is so already. today is the day of the facts. An error means that
// nothing may be recorded.
func Decide(s State, cmd Command, today calendar.Date) ([]events.Fact, error) {
	decided, err := cmd.decide(s)
	if err != nil {
		return nil, err
	}
	facts := make([]events.Fact, len(decided))
	for i, e := range decided {
		facts[i] = events.Fact{On: today, Event: e}
	}
	return facts, nil
}

// Claim claims an alert for its first attempt: from then on nobody else may
// deliver it.
type Claim struct {
	Alert  Alert
	Worker string // which run of which server
}

func (cmd Claim) decide(s State) ([]events.Event, error) {
	a := cmd.Alert
	return claim(s, events.AlertClaimed{
		Ref: a.Ref, Deadline: a.Deadline, Rung: a.Rung.ID, Due: a.Due, Person: a.Person, At: a.At.UTC(), Digest: a.Digest,
		Deliveries: a.Deliveries, Attempt: 1, Worker: cmd.Worker,
	})
}

// ClaimDigest claims a morning digest for its first attempt.
type ClaimDigest struct {
	Morning Morning
	Worker  string
}

func (cmd ClaimDigest) decide(s State) ([]events.Event, error) {
	m := cmd.Morning
	return claim(s, events.AlertClaimed{Person: m.Person, At: m.At.UTC(), Deliveries: m.Deliveries, Attempt: 1, Worker: cmd.Worker})
}

func claim(s State, c events.AlertClaimed) ([]events.Event, error) {
	switch {
	case c.Worker == "" || len(c.Deliveries) == 0:
		return nil, refuse(ErrUnsigned, "an alert is claimed by somebody, for at least one delivery")
	case s.Claim.Attempt == 1 && s.Claim.Worker == c.Worker:
		return nil, nil
	case s.Claimed():
		return nil, refuse(ErrClaimed, "%s has been claimed by %s: nobody else delivers it", s.ID, s.Claim.Worker)
	case s.Superseded.Why != "":
		return nil, superseded(s)
	}
	return []events.Event{c}, nil
}

func superseded(s State) error {
	return refuse(ErrSuperseded, "%s was superseded: %s", s.ID, s.Superseded.Why)
}

// Retry claims an alert again, for those of its deliveries that failed and whose
// time to be tried again has come.
type Retry struct {
	Now    time.Time
	Worker string
}

func (cmd Retry) decide(s State) ([]events.Event, error) {
	if !s.Claimed() {
		return nil, notClaimed(s)
	}
	again, waiting := s.retries(cmd.Now)
	switch {
	case cmd.Worker == "":
		return nil, refuse(ErrUnsigned, "an alert is claimed by somebody")
	case len(again) > 0:
		c := s.Claim
		c.Deliveries, c.Attempt, c.Worker = again, c.Attempt+1, cmd.Worker
		return []events.Event{c}, nil
	case s.has(Claimed) && s.Claim.Worker == cmd.Worker && (s.Claim.Attempt > 1 || !waiting):
		return nil, nil // it is being tried again
	case waiting:
		return nil, refuse(ErrTooEarly, "%s is tried again at %s, not before", s.ID, s.RetryAt().Format(time.RFC3339))
	case s.has(Claimed):
		return nil, refuse(ErrClaimed, "%s has been claimed by %s, and is being delivered", s.ID, s.Claim.Worker)
	case s.has(Uncertain):
		return nil, refuse(ErrUncertain, "%s may have been delivered: it is not sent again", s.ID)
	case s.has(Failed):
		return nil, refuse(ErrGivenUp, "%s failed for good: it is not tried again", s.ID)
	}
	return nil, refuse(ErrSent, "%s has been sent", s.ID)
}

// Elsewhere is why a delivery was given up that is not wanted any more while the
// alert is.
const Elsewhere = "it goes elsewhere by now: the case, the people or their channels have changed"

// Redirect claims an alert again that failed, as it is wanted by now: where it
// is to be tried again, and as a first attempt where it has never gone. What
// failed and is not wanted any more is given up; nobody is told twice, and what is
// under way is left as it is.
type Redirect struct {
	Alert  Alert // of one within a digest the digest says when
	Now    time.Time
	Worker string
}

func (cmd Redirect) decide(s State) ([]events.Event, error) {
	_, waiting := s.retries(cmd.Now)
	again, _ := s.retries(s.lastRetry())
	switch {
	case cmd.Worker == "":
		return Retry{cmd.Now, cmd.Worker}.decide(s)
	case len(again) == 0 && slices.ContainsFunc(s.Deliveries, func(o Outcome) bool { return o.Why == Elsewhere }):
		return nil, nil // it goes elsewhere already
	case len(again) == 0:
		return Retry{cmd.Now, cmd.Worker}.decide(s)
	}
	var decided []events.Event
	for _, d := range again {
		if !slices.Contains(cmd.Alert.Deliveries, d) {
			decided = append(decided, events.AlertFailed{Delivery: d, Why: Elsewhere})
		}
	}
	c := s.Claim
	c.Person, c.Digest, c.Attempt, c.Worker, c.Deliveries = cmd.Alert.Person, cmd.Alert.Digest, c.Attempt+1, cmd.Worker, nil
	for _, d := range cmd.Alert.Deliveries {
		o, was := s.Outcome(d)
		come := o.Status == Failed && !o.RetryAt.IsZero() && (c.Digest != "" || !o.RetryAt.After(cmd.Now))
		if !was || come || o.Status == Failed && o.Why == Elsewhere {
			c.Deliveries = append(c.Deliveries, d)
		}
	}
	if len(c.Deliveries) > 0 {
		decided = append(decided, c)
	}
	if len(decided) == 0 && waiting {
		return Retry{cmd.Now, cmd.Worker}.decide(s)
	}
	return decided, nil
}

// GiveUp records of what failed that it is not tried again.
type GiveUp struct {
	Deliveries []events.Delivery // none for all
	Why        string
}

func (cmd GiveUp) decide(s State) ([]events.Event, error) {
	if !s.Claimed() {
		return nil, notClaimed(s)
	}
	var decided []events.Event
	all, _ := s.retries(s.lastRetry())
	for _, d := range all {
		if len(cmd.Deliveries) == 0 || slices.Contains(cmd.Deliveries, d) {
			decided = append(decided, events.AlertFailed{Delivery: d, Why: cmd.Why})
		}
	}
	return decided, nil
}

// lastRetry returns when the last of the deliveries that failed is tried again;
// the zero time if none is.
func (s State) lastRetry() time.Time {
	var last time.Time
	for _, o := range s.Deliveries {
		if o.Status == Failed && o.RetryAt.After(last) {
			last = o.RetryAt
		}
	}
	return last
}

// retries returns the deliveries to be tried again now, and whether others wait
// for a later time.
func (s State) retries(now time.Time) (again []events.Delivery, waiting bool) {
	for _, o := range s.Deliveries {
		switch {
		case o.Status != Failed || o.RetryAt.IsZero():
		case o.RetryAt.After(now):
			waiting = true
		default:
			again = append(again, o.Delivery)
		}
	}
	return again, waiting
}

func (s State) has(status Status) bool {
	return slices.ContainsFunc(s.Deliveries, func(o Outcome) bool { return o.Status == status })
}

func notClaimed(s State) error {
	if s.ID == "" {
		return refuse(ErrNotClaimed, "the alert has not been claimed by anybody, so that nothing can have become of it")
	}
	return refuse(ErrNotClaimed, "%s has not been claimed by anybody, so that nothing can have become of it", s.ID)
}

// RecordSent records that a channel took a delivery. It is allowed after the
// delivery was put down as uncertain: some servers answer late.
type RecordSent struct {
	Delivery events.Delivery
	Receipt  string // what the channel answered
}

func (cmd RecordSent) decide(s State) ([]events.Event, error) {
	o, err := s.claimed(cmd.Delivery)
	switch {
	case err != nil:
		return nil, err
	case o.Status == Sent:
		return nil, nil
	case o.Status == Failed:
		return nil, refuse(ErrNotClaimed, "%s by %s failed, and has not been claimed again", s.ID, cmd.Delivery.Channel)
	}
	return []events.Event{events.AlertSent{Delivery: cmd.Delivery, Receipt: cmd.Receipt}}, nil
}

// RecordFailed records that a delivery did not reach its channel. Unless that is
// Permanent it is tried again after a time that grows with the attempts.
type RecordFailed struct {
	Delivery  events.Delivery
	Why       string
	Permanent bool // the channel will never take it
	Now       time.Time

	Policy   Policy // by whose hours it is tried again; the zero Policy for any hour
	Calendar calendar.Calendar
}

func (cmd RecordFailed) decide(s State) ([]events.Event, error) {
	o, err := s.claimed(cmd.Delivery)
	switch {
	case err != nil:
		return nil, err
	case o.Status == Failed && o.Why == cmd.Why:
		return nil, nil
	case o.Status == Failed:
		return nil, refuse(ErrNotClaimed, "%s by %s failed already, and has not been claimed again", s.ID, cmd.Delivery.Channel)
	case o.Status == Sent:
		return nil, refuse(ErrSent, "%s by %s has been sent", s.ID, cmd.Delivery.Channel)
	case o.Status == Uncertain:
		return nil, refuse(ErrUncertain, "%s by %s may have been delivered: it is not sent again", s.ID, cmd.Delivery.Channel)
	}
	e := events.AlertFailed{Delivery: cmd.Delivery, Why: cmd.Why}
	if at, again := cmd.Policy.retry(cmd.Calendar, s.Claim, o.Attempts, cmd.Now); again && !cmd.Permanent {
		e.RetryAt = at.UTC().Truncate(time.Microsecond)
	}
	return []events.Event{e}, nil
}

// RecordUncertain records that it is not known whether deliveries were made.
// Those of which the outcome is known are left as they are.
type RecordUncertain struct {
	Deliveries []events.Delivery // none for all that are claimed
	Why        string
}

func (cmd RecordUncertain) decide(s State) ([]events.Event, error) {
	if !s.Claimed() {
		return nil, notClaimed(s)
	}
	asked := cmd.Deliveries
	if len(asked) == 0 {
		for _, o := range s.Deliveries {
			asked = append(asked, o.Delivery)
		}
	}
	var unsure []events.Delivery
	for _, d := range asked {
		o, err := s.claimed(d)
		if err != nil {
			return nil, err
		}
		if o.Status == Claimed {
			unsure = append(unsure, d)
		}
	}
	if len(unsure) == 0 {
		return nil, nil
	}
	return []events.Event{events.AlertUncertain{Deliveries: unsure, Why: cmd.Why}}, nil
}

// claimed returns the outcome of a delivery. It refuses one that was never
// claimed.
func (s State) claimed(d events.Delivery) (Outcome, error) {
	if !s.Claimed() {
		return Outcome{}, notClaimed(s)
	}
	o, ok := s.Outcome(d)
	if !ok {
		return o, refuse(ErrDelivery, "%s is not delivered to %q by %s", s.ID, d.To, d.Channel)
	}
	return o, nil
}
