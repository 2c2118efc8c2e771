package negotiation

import (
	"encoding/json"
	"maps"
	"slices"

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
	standing := []events.Fact{fact}
	if earlier, corrected := given.History.Corrections()[cmd.Event]; corrected {
		if standing = earlier.With; len(standing) == 0 {
			return cmd.again(earlier)
		}
	}
	var correction events.Event = events.EventRetracted{Event: cmd.Event, Why: cmd.Why}
	if !cmd.Retract {
		with, err := cmd.redecide(standing, given)
		if err != nil {
			return nil, err
		}
		if with[0] == standing[0] {
			return nil, nil
		}
		correction = events.EventReplaced{Event: cmd.Event, Why: cmd.Why, With: with}
	}
	_, err := retell(given, events.Fact{On: cmd.on(given), Event: correction}, &deadlineIDs{})
	return []events.Event{correction}, err
}

// again answers the correction of an event that was retracted before.
func (cmd Correct) again(earlier events.Correction) ([]events.Event, error) {
	if cmd.Retract {
		return nil, nil
	}
	return nil, refuse(ErrCorrection, "event %s was retracted by %s: retract that correction to bring it back", cmd.Event, earlier.By)
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

// redecide returns what stands for the event, its fact first, as it should have
// been, with its consequences, by putting the same command to the case as it
// stood just before.
func (cmd Correct) redecide(standing []events.Fact, given Circumstances) ([]events.Fact, error) {
	fact := standing[0]
	event, err := cmd.amend(fact)
	if err != nil {
		return nil, err
	}
	on := fact.On
	if !cmd.Moved.IsZero() {
		on = cmd.Moved
	}
	again, ok := commandFor(event, Dated{on})
	switch {
	case !ok:
		return nil, refuse(ErrCorrection, "an event of the kind %s can only be retracted", events.Name(event))
	case subjectOf(event) != subjectOf(fact.Event):
		return nil, refuse(ErrCorrection, "event %s was about something else: retract it, and record what happened", cmd.Event)
	}
	with, err := Decide(before(given.History, cmd.Event), again, Circumstances{
		Today: given.Today, Calendar: given.Calendar, Version: given.Version, Bodies: given.Bodies,
	})
	switch {
	case err != nil:
		return nil, err
	case len(with) == 0:
		return nil, refuse(ErrCorrection, "event %s cannot have been so: it would have changed nothing", cmd.Event)
	}
	renumber(with, fact.Event)
	keepDeadlineIDs(with, given.History[cmd.Event.Version-1].Facts[cmd.Event.Index-1:])
	keepDeadlineIDs(with, standing)
	return with, cmd.heeded(with[0].Event)
}

// amend returns the fact's event with the fields that change and, for one that
// moves, on the day it was sent.
func (cmd Correct) amend(fact events.Fact) (events.Event, error) {
	event := fact.Event
	if n, ok := event.(events.NoticeServed); ok && n.Sent == fact.On && !cmd.Moved.IsZero() {
		n.Sent = cmd.Moved // it was sent on the day it was given
		event = n
	}
	if len(cmd.Fields) == 0 {
		return event, nil
	}
	amended, err := events.Amend(event, cmd.Fields)
	if err != nil {
		return nil, refuse(ErrCorrection, "event %s: %s", cmd.Event, err)
	}
	if n, ok := amended.(events.NoticeServed); ok {
		amended = restated(event.(events.NoticeServed), n)
	}
	return amended, nil
}

// heeded refuses fields that follow from others: the rules have set them again.
func (cmd Correct) heeded(decided events.Event) error {
	var fields map[string]json.RawMessage
	if len(cmd.Fields) == 0 || json.Unmarshal(cmd.Fields, &fields) != nil {
		return nil
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		one, err := json.Marshal(map[string]json.RawMessage{name: fields[name]})
		if err != nil {
			return err
		}
		if changed, err := events.Amend(decided, one); err != nil || changed != decided {
			return refuse(ErrCorrection, "event %s: %s follows from the rest, and cannot be changed by itself", cmd.Event, name)
		}
	}
	return nil
}

// before returns the case as it stood just before the fact with this ID.
func before(h events.History, id events.EventID) Case {
	earlier := append(events.History(nil), h[:id.Version]...)
	last := &earlier[id.Version-1]
	last.Facts = last.Facts[:id.Index-1]
	corrections := h.Corrections()
	return foldWith(earlier, corrections)
}

// keepDeadlineIDs gives the clocks that a fact starts the IDs of those that
// were started before, one for one by rule, so that they stay the same deadlines.
// The rest of a commit may follow had: what another cause brought about is not looked at.
func keepDeadlineIDs(with, had []events.Fact) {
	ids := map[string]string{}
	for i, f := range had {
		if i > 0 && !f.Follows {
			break
		}
		if set, ok := f.Event.(events.DeadlineSet); ok {
			ids[set.Rule] = set.Deadline
		}
	}
	for i, f := range with {
		if set, ok := f.Event.(events.DeadlineSet); ok && ids[set.Rule] != "" {
			set.Deadline = ids[set.Rule]
			with[i].Event = set
		}
	}
}

// renumber gives a fact that was decided afresh the number it had: others may
// have gone since, so that the rule would count otherwise.
func renumber(with []events.Fact, was events.Event) {
	switch was := was.(type) {
	case events.OfferTabled:
		e := with[0].Event.(events.OfferTabled)
		for i, f := range with {
			if set, ok := f.Event.(events.DeadlineSet); ok {
				set.Offer = was.Offer
				with[i].Event = set
			}
		}
		e.Offer, e.Round = was.Offer, was.Round
		with[0].Event = e
	case events.DisputeRaised:
		e := with[0].Event.(events.DisputeRaised)
		e.Dispute = was.Dispute
		with[0].Event = e
	case events.FOISent:
		e := with[0].Event.(events.FOISent)
		e.Request = was.Request
		with[0].Event = e
	case events.DeadlineSet:
		e := with[0].Event.(events.DeadlineSet)
		e.Deadline = was.Deadline
		with[0].Event = e
	}
}
