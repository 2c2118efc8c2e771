package negotiation

import (
	"encoding/json"

	"parley/domain/calendar"
	"parley/events"
)

// Correct retracts an event that did not happen, or says how it really was: on
// another day, or with other values in its fields. What it brought about is
// worked out afresh, as if it had been said rightly then; what came later must
// still make sense.
type Correct struct {
	Dated   // when the mistake was noticed
	Event   events.EventID
	Why     string
	Retract bool
	Moved   calendar.Date   // the day it really was; zero leaves it
	Fields  json.RawMessage // a JSON object with the event's fields that change; empty leaves them
}

func (cmd Correct) decide(_ Case, given Circumstances) ([]events.Event, error) {
	fact, ok := given.History.Fact(cmd.Event)
	if !ok {
		return nil, refuse(ErrUnknownEvent, "there is no event %s in this case", cmd.Event)
	}
	if err := first(required("the reason for the correction", cmd.Why), cmd.correctable(fact)); err != nil {
		return nil, err
	}
	earlier, corrected := given.History.Corrections()[cmd.Event]
	switch {
	case corrected && len(earlier.With) == 0 && cmd.Retract:
		return nil, nil
	case corrected && len(earlier.With) == 0:
		return nil, refuse(ErrCorrection, "event %s was retracted by %s: retract that correction to bring it back", cmd.Event, earlier.By)
	case corrected:
		fact = earlier.With[0]
	}
	var correction events.Event = events.EventRetracted{Event: cmd.Event, Why: cmd.Why}
	if !cmd.Retract {
		with, err := cmd.redecide(fact, given)
		if err != nil {
			return nil, err
		}
		if with[0] == fact {
			return nil, nil
		}
		correction = events.EventReplaced{Event: cmd.Event, Why: cmd.Why, With: with}
	}
	return []events.Event{correction}, contradiction(given.History, events.Fact{On: cmd.on(given), Event: correction})
}

// correctable refuses corrections of events that cannot be corrected, or not so.
func (cmd Correct) correctable(fact events.Fact) error {
	if fact.Follows {
		return refuse(ErrCorrection, "event %s (%s) follows from the one before it: correct that", cmd.Event, events.Name(fact.Event))
	}
	change := !cmd.Moved.IsZero() || len(cmd.Fields) > 0
	switch fact.Event.(type) {
	case events.CaseOpened:
		if cmd.Retract {
			return refuse(ErrCorrection, "the opening of a case cannot be retracted: close the case as withdrawn")
		}
	case events.EventRetracted, events.EventReplaced:
		if !cmd.Retract {
			return refuse(ErrCorrection, "event %s is itself a correction: retract it, then correct the event again", cmd.Event)
		}
	}
	switch {
	case cmd.Retract && change:
		return refuse(ErrCorrection, "an event is either retracted or changed, not both")
	case !cmd.Retract && !change:
		return refuse(ErrMissing, "what was wrong is missing: another day, other fields, or that it is to be retracted")
	}
	return nil
}

// redecide returns the fact as it should have been, with its consequences, by
// putting the same command to the case as it stood just before.
func (cmd Correct) redecide(fact events.Fact, given Circumstances) ([]events.Fact, error) {
	on, event := fact.On, fact.Event
	if !cmd.Moved.IsZero() {
		on, event = cmd.Moved, moved(fact, cmd.Moved)
	}
	if len(cmd.Fields) > 0 {
		var err error
		if event, err = events.Amend(event, cmd.Fields); err != nil {
			return nil, refuse(ErrCorrection, "event %s: %s", cmd.Event, err)
		}
	}
	again, ok := commandFor(event, Dated{on})
	if !ok {
		return nil, refuse(ErrCorrection, "an event of the kind %s can only be retracted", events.Name(event))
	}
	with, err := Decide(before(given.History, cmd.Event), again, Circumstances{
		Today: given.Today, Version: given.Version, Bodies: given.Bodies,
	})
	switch {
	case err != nil:
		return nil, err
	case len(with) == 0:
		return nil, refuse(ErrCorrection, "event %s cannot have been so: it would have changed nothing", cmd.Event)
	case subjectOf(with[0].Event) != subjectOf(fact.Event):
		return nil, refuse(ErrCorrection, "event %s was about something else: retract it, and record what happened", cmd.Event)
	}
	keepDeadlineIDs(given.History, cmd.Event, with)
	return with, nil
}

// before returns the case as it stood just before the fact with this ID.
func before(h events.History, id events.EventID) Case {
	earlier := append(events.History(nil), h[:id.Version]...)
	last := &earlier[id.Version-1]
	last.Facts = last.Facts[:id.Index-1]
	corrections := h.Corrections()
	return foldWith(earlier, corrections)
}

// keepDeadlineIDs gives the clocks that the corrected fact starts the IDs of
// those it had started, one for one by rule, so that they stay the same deadlines.
func keepDeadlineIDs(h events.History, id events.EventID, with []events.Fact) {
	had := map[string]string{}
	for _, f := range h[id.Version-1].Facts[id.Index:] {
		if !f.Follows {
			break
		}
		if set, ok := f.Event.(events.DeadlineSet); ok {
			had[set.Rule] = set.Deadline
		}
	}
	for i, f := range with {
		if set, ok := f.Event.(events.DeadlineSet); ok && had[set.Rule] != "" {
			set.Deadline = had[set.Rule]
			with[i].Event = set
		}
	}
}

// moved returns the fact's event as it would read had it been so on day on: a
// notice that was sent on the day it was given was sent on that day instead.
func moved(fact events.Fact, on calendar.Date) events.Event {
	n, ok := fact.Event.(events.NoticeServed)
	if !ok || n.Sent != fact.On {
		return fact.Event
	}
	if !n.Stated && n.Deemed == n.Sent {
		n.Deemed = on
	}
	n.Sent = on
	return n
}
